//! Who accepted an invitation. Salesforce does not say it: there is a place in the group that came with it, and an address that may
//! have been changed since, or given to somebody else.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::observed::{Invitation, InvitationStatus, Observed, Stranger};
use crate::records::{Customer, Grant, State};
use crate::words::{GroupId, InvitationId, UserId, is_settling};

/// How far apart the instant at which an invitation was accepted and the instant at which the place in the group came may lie, to
/// count as one event. A larger value leaves more grants undecided, and does no other harm.
const AT_ONCE: SignedDuration = SignedDuration::from_mins(1);

/// Whether somebody who has the customer's address in a group may have come there by themselves, and somebody else by the
/// customer's invitation.
pub(crate) fn is_rivalled(
    customer: &Customer,
    observed: &Observed,
    user: &UserId,
    group: &GroupId,
) -> bool {
    let mut accepted = observed.invitations.iter().filter(|it| {
        it.group.as_ref() == Some(group)
            && it.status == InvitationStatus::Accepted
            && it.parent.is_none()
            && !has_child(observed, it)
    });
    let is_clear = |it: &Invitation| {
        rivals(customer, observed, group, it.created).next().is_none()
            || is_by(customer, observed, user, group, it)
    };
    let Some(first) = accepted.next() else { return false };
    !is_clear(first) && !accepted.any(is_clear)
}

/// Customers for whom no grant answers and who came to the group, or to the org without any group, after an invitation to the group
/// was sent: each of them may have accepted it.
pub(crate) fn rivals<'a>(
    customer: &'a Customer,
    observed: &'a Observed,
    group: &'a GroupId,
    since: Timestamp,
) -> impl Iterator<Item = &'a Stranger> {
    observed.strangers.iter().map(Arc::as_ref).filter(move |it| {
        it.group.as_ref().is_none_or(|at| at == group)
            && it.since.is_none_or(|at| at >= since)
            && it.email.as_ref() != Some(&customer.email)
            && !customer.users.contains(&it.user)
            && !has_answered(observed, &it.user)
    })
}

/// Whether somebody other than Lanyard sent an invitation: no grant names it, and every grant in its group was over for long enough
/// when it was sent.
pub(crate) fn is_by_hand(customer: &Customer, invitation: &Invitation) -> bool {
    let is_known = |grant: &Grant| {
        let origin = invitation.parent.as_ref().unwrap_or(&invitation.id);
        grant.known_invitations().any(|id| id == origin || *id == invitation.id)
    };
    let is_over = |grant: &Grant| {
        matches!(grant.state, State::Refused { .. })
            || grant.state.done().is_some_and(|end| !is_settling(end.since, invitation.created))
    };
    let in_group = |grant: &&Grant| invitation.group.as_ref() == Some(&grant.group.id);
    !customer.grants.values().any(is_known)
        && customer.grants.values().filter(in_group).all(is_over)
}

/// Whether a user with the customer's address who is in a group may have come there by what was asked for, as far as the
/// invitations tell: one was accepted under no other address, or none was sent. Once the customer was seen to join, a further user
/// with the address is another person.
pub(crate) fn is_entrance(
    customer: &Customer,
    observed: &Observed,
    user: &UserId,
    group: &GroupId,
) -> bool {
    let grants = customer.grants.values().filter(|it| it.group.id == *group);
    let mut open = grants.filter(|it| {
        let is_refused = matches!(it.state, State::Refused { .. });
        !is_refused && (it.joined.is_none() || customer.users.is_empty())
    });
    if open.next().is_none() {
        return false;
    }
    let sent = observed.invitations.iter().filter(|it| {
        it.group.as_ref() == Some(group) && it.parent.is_none() && !is_by_hand(customer, it)
    });
    let mut sent = sent.peekable();
    let in_group = customer.grants.values().filter(|it| it.group.id == *group);
    let known: BTreeSet<&InvitationId> = in_group.flat_map(Grant::known_invitations).collect();
    let is_used = |it: &Invitation| match it.status {
        InvitationStatus::Sent | InvitationStatus::Canceled => false,
        InvitationStatus::Accepted => !is_by_child(observed, it),
        InvitationStatus::Other => true,
    };
    if sent.peek().is_none() && known.is_empty() {
        return true;
    }
    // Salesforce cancels an invitation by deleting its row. The link that was mailed may work all the same, for a user who came
    // after the row was deleted.
    let is_shown = |id: &&&InvitationId| observed.invitations.iter().any(|it| it.id == ***id);
    let is_any_gone = known.iter().filter(is_shown).count() < known.len();
    sent.any(is_used) || (is_any_gone && came_after_cancelling(customer, observed, user, group))
}

/// Whether a user came to a group after an invitation to it was cancelled. It surely was by the time when a grant there had ended,
/// or when another invitation was sent, which nobody does while one is open.
pub(crate) fn came_after_cancelling(
    customer: &Customer,
    observed: &Observed,
    user: &UserId,
    group: &GroupId,
) -> bool {
    let since = observed.since.get(&(user.clone(), group.clone()));
    let ended = customer.grants.values().filter(|it| it.group.id == *group);
    let ended = ended.filter_map(|it| it.state.end().filter(|end| end.proof.is_some()));
    let ended = ended.map(|end| end.since);
    let sent = observed.invitations.iter().filter(|it| {
        it.group.as_ref() == Some(group) && it.parent.is_none() && !is_by_hand(customer, it)
    });
    let mut cancelled = ended.chain(sent.map(|it| it.created));
    cancelled.any(|at| since.is_none_or(|since| *since >= at))
}

/// Whether a user's place came when an invitation to the group was accepted. Of several users with the address, this one is the
/// customer.
pub(crate) fn came_with_acceptance(observed: &Observed, user: &UserId, group: &GroupId) -> bool {
    let Some(place) = observed.since.get(&(user.clone(), group.clone())) else { return false };
    let mut accepted = observed
        .invitations
        .iter()
        .filter(|it| it.group.as_ref() == Some(group) && it.status == InvitationStatus::Accepted);
    accepted.any(|it| place.duration_since(it.changed).abs() <= AT_ONCE)
}

/// Whether a user's place came with the acceptance of the invitation, and that of nobody else who may have accepted it.
pub(crate) fn is_by(
    customer: &Customer,
    observed: &Observed,
    user: &UserId,
    group: &GroupId,
    invitation: &Invitation,
) -> bool {
    let is_then = |at: Timestamp| at.duration_since(invitation.changed).abs() <= AT_ONCE;
    let place = observed.since.get(&(user.clone(), group.clone()));
    let mut others = rivals(customer, observed, group, invitation.created);
    place.copied().is_some_and(is_then) && !others.any(|it| it.since.is_none_or(is_then))
}

/// Whether somebody is in the group, of whom nobody knows anything, whose place came when the invitation was accepted.
pub(crate) fn has_come_by(observed: &Observed, invitation: &Invitation) -> bool {
    observed.strangers.iter().any(|it| {
        let is_then = |at: Timestamp| at.duration_since(invitation.changed).abs() <= AT_ONCE;
        it.group == invitation.group && it.since.is_some_and(is_then)
    })
}

/// Whether an invitation was accepted at the instant at which a child of it was created. The child says under which address, and is
/// explained by itself. An invitation that was also accepted at another time has let in somebody else.
pub(crate) fn is_by_child(observed: &Observed, invitation: &Invitation) -> bool {
    let mut children =
        observed.invitations.iter().filter(|it| it.parent.as_ref() == Some(&invitation.id));
    children.any(|it| it.created.as_second() == invitation.changed.as_second())
}

/// Whether a child of an invitation, created when somebody accepted under another address, names this user.
fn has_answered(observed: &Observed, user: &UserId) -> bool {
    observed.invitations.iter().any(|it| it.accepted_by.as_ref() == Some(user))
}

pub(crate) fn has_child(observed: &Observed, invitation: &Invitation) -> bool {
    observed.invitations.iter().any(|it| it.parent.as_ref() == Some(&invitation.id))
}
