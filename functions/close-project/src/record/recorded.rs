//! What is recorded, and is to be carried out.

use std::collections::BTreeSet;

use access::{Email, OrgAlias, Project, UnknownField};
use run::Trigger;

/// A message whose word is recorded, and which is to be carried out.
pub(crate) struct Recorded {
    pub(crate) trigger: Trigger,
    pub(crate) org: OrgAlias,
    pub(crate) word: Word,
    /// How many continuations came before.
    pub(crate) attempt: u32,
    /// What the chain of runs began with.
    pub(crate) origin: String,
    /// What the message has that no field is called.
    pub(crate) unknown: Vec<UnknownField>,
}

/// What was said.
pub(crate) enum Word {
    /// Of a project, as it is recorded now.
    Project(Project),
    /// That access of some customers is over.
    Withdrawal {
        customers: BTreeSet<Email>,
        /// How many of them have no grant that was meant.
        unmatched: usize,
    },
}
