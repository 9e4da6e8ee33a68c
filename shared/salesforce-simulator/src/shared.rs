//! What requests and admins share of a running org.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::options::Options;
use crate::org::Org;

/// The org, what it was started with, and where it is reached.
#[derive(Debug)]
pub(crate) struct Shared {
    org: Mutex<Org>,
    pub(crate) options: Options,
    pub(crate) url: String,
}

impl Shared {
    pub(crate) fn new(org: Org, options: Options, url: String) -> Self {
        Self { org: Mutex::new(org), options, url }
    }

    /// The org. A panic elsewhere leaves it as it was.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Org> {
        self.org.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.options.clock)()
    }
}
