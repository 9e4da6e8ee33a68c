//! What is committed of one customer.

use std::collections::BTreeSet;

use access::{Announcement, AuditEntry, Customer, ProjectId};
use jiff::Timestamp;

/// One customer's change: it is committed as a whole or not at all.
#[derive(Clone, Debug)]
pub struct CustomerChange {
    /// The state to record. Its version is the one with which the customer was read.
    pub customer: Customer,
    /// When the customer next needs to be looked at; `None` takes the customer out of the index of what is due.
    pub due_at: Option<Timestamp>,
    /// The projects of which a grant is opened or extended: the change fails if one of them is closed.
    pub opens: BTreeSet<ProjectId>,
    /// New entries of the grants' histories.
    pub audit: Vec<AuditEntry>,
    /// What to tell the world, once the change is committed.
    pub announcements: Vec<Announcement>,
}
