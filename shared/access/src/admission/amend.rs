//! What a request makes of a grant: a new one, or changes to one that exists.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::allowed::Stay;
use super::ask::Ask;
use crate::policy::Policy;
use crate::records::{Grant, Lease, State};
use crate::seen::Shown;
use crate::telling::event::ChangedField;

/// The grant that a request makes where there is none.
pub(super) fn new_grant(
    policy: &Policy,
    stay: &Stay,
    ask: &Ask,
    lease: &Lease,
    now: Timestamp,
) -> Grant {
    let expires_at = ask.expires_at.unwrap_or_else(|| stay.term(policy, now));
    Grant {
        id: ask.new_grant.clone(),
        project: ask.project.clone(),
        project_name: ask.project_name.clone(),
        group: ask.group.clone(),
        role: ask.role_beside(None),
        sponsor: ask.sponsor.clone(),
        reason: ask.reason.clone(),
        message: ask.message.clone(),
        expires_at,
        requested_at: now,
        source: Some(ask.source.clone()),
        asked: Some(ask.asked.clone()),
        withdrawn: None,
        closed_at: None,
        state: State::Requested { due_at: lease.settled_at() },
        joined: None,
        noticed: policy.notice_threshold(expires_at, now),
        retry_at: None,
        invitations: BTreeSet::new(),
        version: 0,
        head: None,
    }
}

/// Lets the newest request win, and names what it changed.
pub(super) fn amend(
    policy: &Policy,
    stay: &Stay,
    grant: &mut Grant,
    ask: &Ask,
    now: Timestamp,
) -> Vec<ChangedField> {
    let mut changes = Vec::new();
    grant.asked = Some(ask.asked.after(grant.asked.as_ref()));
    // The withdrawal is older than this request, or the request would have been superseded.
    grant.withdrawn = None;
    // A grant whose expiry has passed and that no run has ended yet gets the policy's term: the passed expiry is no promise to
    // keep.
    let lapsed = || (grant.expires_at <= now).then(|| stay.term(policy, now));
    if let Some(expires_at) = ask.expires_at.or_else(lapsed).filter(|it| *it != grant.expires_at) {
        grant.expires_at = expires_at;
        grant.noticed = policy.notice_threshold(expires_at, now);
        changes.push(ChangedField::ExpiresAt);
    }
    let role = ask.role_beside(Some(grant));
    if grant.role != role {
        grant.role = role;
        changes.push(ChangedField::Role);
    }
    if grant.sponsor != ask.sponsor {
        grant.sponsor = ask.sponsor.clone();
        changes.push(ChangedField::Sponsor);
    }
    if ask.reason.is_some() && grant.reason != ask.reason {
        grant.reason.clone_from(&ask.reason);
        changes.push(ChangedField::Reason);
    }
    changes
}

/// The state with which the intent is recorded.
pub(crate) fn intended(grant: &Grant, shown: &Shown<'_>, lease: &Lease, now: Timestamp) -> State {
    match (shown, &grant.state) {
        (Shown::Joined { .. } | Shown::Waiting { .. }, State::Active { since }) => {
            State::Active { since: *since }
        }
        (Shown::Joined { .. }, _) => State::Active { since: now },
        (Shown::Waiting { invitation }, State::Invited { since, .. }) => {
            State::Invited { since: *since, invitation: Some((*invitation).clone()) }
        }
        (Shown::Waiting { invitation }, _) => {
            State::Invited { since: now, invitation: Some((*invitation).clone()) }
        }
        // A customer who is absent always needs a step: an invitation, a place in the group, or a user who can sign in.
        (Shown::Absent { .. }, _) => State::Requested { due_at: lease.settled_at() },
    }
}
