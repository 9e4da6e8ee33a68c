//! The right to change one customer until an instant: whoever ends something goes first.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Customer;

/// The right of one run to change a customer, so that what it decided is still so when it is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Tells the run from all others, whatever set them off: a message that is delivered twice begins two.
    pub token: String,
    /// When it is over by itself, should the run have died.
    pub until: Timestamp,
}

/// How a customer stands at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Anything may be decided.
    Free,
    /// A run is ending something: nothing may be given before it is done.
    Busy {
        /// When that is over at the latest.
        until: Timestamp,
    },
}

impl Lease {
    /// A lease of a run that is known by these random bits.
    #[must_use]
    pub fn from_random(bits: u128, until: Timestamp) -> Self {
        Self { token: format!("{bits:032x}"), until }
    }
}

impl Customer {
    /// How the customer stands.
    #[must_use]
    pub fn standing(&self, at: Timestamp) -> Standing {
        match &self.busy {
            Some(Lease { until, .. }) if at < *until => Standing::Busy { until: *until },
            Some(_) | None => Standing::Free,
        }
    }

    /// The customer under a lease; `None` while another run has one that is not over.
    #[must_use]
    pub fn leased(&self, lease: &Lease, at: Timestamp) -> Option<Self> {
        let is_free = self.is_leased_by(lease) || self.standing(at) == Standing::Free;
        is_free.then(|| Self { busy: Some(lease.clone()), ..self.clone() })
    }

    /// Whether the run with this lease has the right to change the customer.
    #[must_use]
    pub fn is_leased_by(&self, lease: &Lease) -> bool {
        self.busy.as_ref().is_some_and(|it| it.token == lease.token)
    }
}
