//! Why a function stopped.

use std::error::Error;

use crate::aws::AwsConfigurationError;
use crate::configuration::ConfigurationError;
use crate::http::HttpClientError;

/// Why a function stopped before or between its invocations.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Started by hand.
    #[error(
        "{0} is not set: this program runs inside AWS Lambda; a rehearsal on one machine is lanyard-local"
    )]
    NotOnLambda(&'static str),
    /// A variable.
    #[error("the configuration is not complete")]
    Configuration(#[from] ConfigurationError),
    /// No HTTP client.
    #[error("there is no HTTP client")]
    Http(#[from] HttpClientError),
    /// No AWS configuration.
    #[error("there are no AWS clients")]
    Aws(#[from] AwsConfigurationError),
    /// The function's own part.
    #[error("the function could not be built")]
    Build(#[source] Box<dyn Error>),
    /// No event loop.
    #[error("the event loop could not be started")]
    EventLoop(#[source] std::io::Error),
    /// The platform's Runtime API.
    #[error("the connection to the Lambda Runtime API failed")]
    RuntimeApi(#[source] Box<dyn Error>),
}
