//! How a customer stands at an instant, before and after something is changed under a lease.

use jiff::Timestamp;

use super::customer::Customer;
use super::lease::{Done, Lease, Standing, settled_at};
use crate::words::is_settling;

impl Customer {
    /// How the customer stands.
    #[must_use]
    pub fn standing(&self, at: Timestamp) -> Standing {
        let lease = self.busy.as_ref().map(|lease| lease.until).filter(|until| at < *until);
        let unclear = self.unclear_until.filter(|until| at < *until);
        match (lease, unclear) {
            (Some(until), _) => Standing::Busy { until },
            (None, Some(until)) => Standing::Unclear { until },
            (None, None) => Standing::Free,
        }
    }

    /// The customer under a lease; `None` while another run has one that is not over.
    #[must_use]
    pub fn leased(&self, lease: &Lease, at: Timestamp) -> Option<Self> {
        let is_busy = matches!(self.standing(at), Standing::Busy { .. });
        let may_be_taken = self.is_leased_by(lease) || !is_busy;
        may_be_taken.then(|| Self { busy: Some(lease.clone()), ..self.clone() })
    }

    /// Whether the run with this lease has the right to change the customer.
    #[must_use]
    pub fn is_leased_by(&self, lease: &Lease) -> bool {
        self.busy.as_ref().is_some_and(|it| it.token == lease.token)
    }

    /// The customer as the run with this lease sees them: its own lease keeps it from nothing.
    #[must_use]
    pub fn seen_by(self, lease: &Lease) -> Self {
        if self.is_leased_by(lease) { Self { busy: None, ..self } } else { self }
    }

    /// The customer who is about to be changed in Salesforce under a lease: should nothing more be recorded, they are busy until it is
    /// over and unclear after that.
    #[must_use]
    pub fn set_out(mut self, lease: &Lease) -> Self {
        self.unclear_until = self.unclear_until.max(Some(lease.settled_at()));
        self.busy = Some(lease.clone());
        self
    }

    /// The customer after that, not busy any more. `before` is until when they were unclear before it, and `is_unclear` whether
    /// something that was sent may still take effect at the instant `at`.
    #[must_use]
    pub fn carried_out(
        mut self,
        done: impl IntoIterator<Item = Done>,
        before: Option<Timestamp>,
        is_unclear: bool,
        at: Timestamp,
    ) -> Self {
        let own = is_unclear.then(|| settled_at(at));
        self.busy = None;
        self.unclear_until = before.max(own);
        self.done.extend(done);
        self.forget_settled(at);
        self
    }

    /// Forgets of the standing what counts no more at an instant.
    pub(crate) fn forget_settled(&mut self, at: Timestamp) {
        self.busy.take_if(|lease| lease.until <= at);
        self.unclear_until.take_if(|until| *until <= at);
        self.done.retain(|done| is_settling(done.at, at));
    }
}
