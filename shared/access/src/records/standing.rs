//! Whether a run has the right to change a customer at an instant.

use jiff::Timestamp;

use super::customer::Customer;
use super::lease::Lease;

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
