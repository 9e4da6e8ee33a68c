//! Taking access away by name: a person's word that it is over.

use jiff::Timestamp;

use crate::evidence::{Actor, AuditEntry, entry};
use crate::records::{Customer, Grant, Withdrawn, is_surely_before};
use crate::words::{GroupId, ProjectId};

/// A person's word that access is over, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// The project; `None` = every project of the org.
    pub project: Option<ProjectId>,
    /// The group; `None` = every group.
    pub group: Option<NamedGroup>,
    /// The instant that orders it among requests: it takes nothing of what was asked for later.
    pub word: Withdrawn,
}

/// A group by its record id or, in any case, by the name that it had when access was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamedGroup {
    /// By id.
    Id(GroupId),
    /// By name.
    Name(String),
}

impl NamedGroup {
    /// Whether a grant's group is meant.
    #[must_use]
    pub fn is(&self, group: &crate::Group) -> bool {
        match self {
            Self::Id(id) => group.id == *id,
            Self::Name(name) => group.name.trim().to_lowercase() == name.trim().to_lowercase(),
        }
    }
}

impl Withdrawal {
    /// Whether a grant is one of those that are named, whatever its state.
    #[must_use]
    pub fn names(&self, grant: &Grant) -> bool {
        self.project.as_ref().is_none_or(|project| grant.project == *project)
            && self.group.as_ref().is_none_or(|group| group.is(&grant.group))
    }

    fn takes(&self, grant: &Grant) -> bool {
        let asked = grant.asked.as_ref().map_or(grant.requested_at, |asked| asked.at);
        let is_newer = grant.withdrawn.as_ref().is_none_or(|word| word.at < self.word.at);
        // Of one instant the word that ends counts.
        let is_later = is_surely_before(self.word.at, asked);
        grant.is_open() && self.names(grant) && !is_later && is_newer
    }
}

/// The customer with the word recorded for every open grant that it takes, and the history; `None` where it takes none. From then on each
/// of these grants is due and ends as [`crate::EndReason::Withdrawn`].
#[must_use]
pub fn withdraw(
    customer: &Customer,
    withdrawal: &Withdrawal,
    actor: Actor<'_>,
    now: Timestamp,
) -> Option<(Customer, Vec<AuditEntry>)> {
    let mut next = customer.clone();
    let mut audit = Vec::new();
    for grant in next.grants.values_mut().filter(|grant| withdrawal.takes(grant)) {
        grant.withdrawn = Some(withdrawal.word.clone());
        grant.version += 1;
        audit.push(entry(grant, actor, "withdrawn".to_owned(), None, now));
        // Long texts stay in the history alone: whatever their size, a customer's record never becomes too large to end.
        grant.withdrawn = Some(Withdrawn { at: withdrawal.word.at, by: None, reason: None });
        grant.message = None;
        grant.reason = None;
    }
    (!audit.is_empty()).then_some((next, audit))
}
