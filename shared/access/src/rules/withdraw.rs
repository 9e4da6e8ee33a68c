//! Taking access away by name: a person's word that it is over.

use jiff::Timestamp;

use crate::evidence::{Actor, AuditEntry, entry};
use crate::records::{Customer, Grant, NamedGroup, Withdrawn, WithdrawnOf, is_surely_before};
use crate::words::ProjectId;

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

impl Withdrawal {
    /// Whether a grant is one of those that are named, whatever its state.
    #[must_use]
    pub fn names(&self, grant: &Grant) -> bool {
        self.project.as_ref().is_none_or(|project| grant.project == *project)
            && self.group.as_ref().is_none_or(|group| group.is(&grant.group))
    }

    fn takes(&self, grant: &Grant, now: Timestamp) -> bool {
        let asked = asked_at(grant);
        // Where a request and a withdrawal have the same instant, the withdrawal counts; and so it does where a request that is here
        // already is dated ahead.
        let is_later = asked <= now && is_surely_before(self.word.at, asked);
        // Of several words the first is when it should have been over.
        grant.is_open() && self.names(grant) && !is_later && grant.withdrawn.is_none()
    }
}

/// When a grant was asked for last, as whoever asked dates it.
fn asked_at(grant: &Grant) -> Timestamp {
    grant.asked.as_ref().map_or(grant.requested_at, |asked| asked.at)
}

/// The customer with the word recorded, for all requests that are older and for every open grant that it takes, and the history; `None`
/// where that changes nothing. From then on each of these grants is due and ends as [`crate::EndReason::Withdrawn`].
#[must_use]
pub fn withdraw(
    customer: &Customer,
    withdrawal: &Withdrawal,
    actor: Actor<'_>,
    now: Timestamp,
) -> Option<(Customer, Vec<AuditEntry>)> {
    // Of whom nothing is known nothing is kept.
    if customer.version == 0 {
        return None;
    }
    let mut next = customer.clone();
    let Withdrawal { project, group, word } = withdrawal;
    let taken = customer.grants.values().filter(|grant| withdrawal.takes(grant, now));
    let at = taken.map(asked_at).fold(word.at, Timestamp::max);
    next.remember(WithdrawnOf { at, project: project.clone(), group: group.clone() }, now);
    let mut audit = Vec::new();
    for grant in next.grants.values_mut().filter(|grant| withdrawal.takes(grant, now)) {
        grant.withdrawn = Some(withdrawal.word.clone());
        grant.version += 1;
        audit.push(entry(grant, actor, "withdrawn".to_owned(), None, now));
        // Long texts stay in the history alone: whatever their size, a customer's record never becomes too large to end.
        grant.withdrawn = Some(Withdrawn { at: withdrawal.word.at, by: None, reason: None });
        grant.message = None;
        grant.reason = None;
    }
    (next != *customer).then_some((next, audit))
}
