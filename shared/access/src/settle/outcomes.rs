//! What came of carrying a plan out.

use std::collections::{BTreeMap, BTreeSet};

use crate::records::{Customer, Failure, Step};
use crate::words::{GrantId, InvitationId, UserId};

/// What became of the steps of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Steps that Salesforce confirmed, by grant.
    pub done: BTreeMap<GrantId, BTreeSet<Step>>,
    /// Steps that failed, by grant.
    pub failures: BTreeMap<GrantId, Vec<Failure>>,
    /// The invitations that were created, by grant.
    pub invited: BTreeMap<GrantId, InvitationId>,
    /// Users that were frozen because they could not be deactivated.
    pub frozen: BTreeSet<UserId>,
    /// Users that are no longer frozen.
    pub unfrozen: BTreeSet<UserId>,
    /// Grants whose steps were not all tried, for lack of time.
    pub deferred: BTreeSet<GrantId>,
}

impl Outcomes {
    /// Whether a user was reactivated for a grant of this customer.
    pub(crate) fn has_woken(&self, customer: &Customer) -> bool {
        let mut done = customer.grants.keys().filter_map(|id| self.done.get(id)).flatten();
        done.any(|step| matches!(step, Step::Reactivate { .. }))
    }
}
