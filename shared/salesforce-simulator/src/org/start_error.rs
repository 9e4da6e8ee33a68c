//! What can go wrong when an org is started.

use std::io;

use super::KeyError;

/// Why an org could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port cannot be had.
    #[error("the port cannot be bound")]
    Bind(#[source] io::Error),
    /// The demo key cannot be read.
    #[error("the demo key cannot be used")]
    Key(#[source] KeyError),
    /// `Options::organization_id` is no id of an org.
    #[error("{0:?} is no id of an org")]
    OrganizationId(String),
}
