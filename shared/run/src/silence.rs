//! Orgs that do not answer: nobody waits for them twice in one invocation.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use access::OrgAlias;

/// The orgs that have not answered in one invocation. What else is meant for them is left without asking them again.
#[derive(Debug, Default)]
pub struct Silence(Mutex<BTreeSet<OrgAlias>>);

impl Silence {
    /// Why what is meant for a silent org is left.
    pub const REASON: &str = "the org has not answered, or is not ready";

    /// Notes that the org has not answered.
    pub fn note(&self, org: OrgAlias) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(org);
    }

    /// Whether the org has not answered.
    #[must_use]
    pub fn has(&self, org: &OrgAlias) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(org)
    }
}
