//! Who accepted an invitation. Salesforce does not say it: there is a place in the group that came with it, and an address that may
//! have been changed since, or given to somebody else.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::grant::{PROVE, is_settling};
use crate::view::View;
use crate::{
    Customer, Grant, GroupId, Invitation, InvitationId, InvitationStatus, Observed, State,
    Stranger, UserId,
};

/// How far the instant of an acceptance and that of the place that it gives may lie apart. Wider only leaves more undecided.
const AT_ONCE: SignedDuration = SignedDuration::from_mins(1);

impl<'a> View<'a> {
    /// Those who may be the one who accepted the grant's invitation, where nobody can be told to be: the address was changed since, or
    /// is none that can be compared, or belongs to somebody who came by themselves. Empty where somebody can be told, or nobody is
    /// left to be it.
    pub(crate) fn candidates(&self, grant: &Grant) -> BTreeSet<&'a UserId> {
        let accepted = self.unexplained(grant).map(|it| it.created);
        let lost = self.has_lost_invitation(grant).then_some(grant.requested_at);
        let Some(since) = accepted.chain(lost).min() else { return BTreeSet::new() };
        let came = rivals(self.customer, self.observed, &grant.group.id, since);
        let came: BTreeSet<UserId> = came.map(|it| it.user.clone()).collect();
        let strangers = self.observed.strangers.iter().map(|it| &it.user);
        let came = strangers.filter(|it| came.contains(*it) && !self.ours.contains(*it));
        // Of an invitation whose row is gone it is known that nobody had accepted it when it was cancelled.
        let is_accepted = self.unexplained(grant).next().is_some();
        let may_have_come = |id: &UserId| {
            let is_over = matches!(grant.state, State::Ended { .. });
            let (customer, group) = (self.customer, &grant.group.id);
            is_accepted || !is_over || came_after_cancelling(customer, self.observed, id, group)
        };
        let named = self.observed.customers().filter(|(id, user)| {
            user.email.as_ref() == Some(&self.customer.email)
                && self.observed.is_in(id, &grant.group.id)
                && !self.ours.contains(id)
                && may_have_come(id)
        });
        came.chain(named.map(|(id, _)| id)).collect()
    }

    /// Whether it cannot be told who accepted the grant's invitation, so that absence proves nothing.
    pub(crate) fn is_undecided(&self, grant: &Grant) -> bool {
        !self.candidates(grant).is_empty() || self.is_unanswered(grant)
    }

    /// Whether somebody else than whoever is seen as the customer may have accepted the grant's invitation.
    pub(crate) fn is_ambiguous(&self, grant: &Grant) -> bool {
        self.unexplained(grant).next().is_some() && !self.candidates(grant).is_empty()
    }

    /// Whether an invitation of ours was accepted and nobody who can be seen may have done it. Salesforce deletes no users, so
    /// somebody is there who is not shown. Those who were told as candidates before have been shown, wherever they are by now.
    pub(crate) fn is_unanswered(&self, grant: &Grant) -> bool {
        if matches!(&grant.state, State::Ending { stuck: Some(stuck), .. } if !stuck.candidates.is_empty())
        {
            return false;
        }
        let mut accepted = self.unexplained(grant);
        let is_sent = |it: &Invitation| {
            let mut sent = grant.known_invitations();
            sent.any(|id| *id == it.id || it.parent.as_ref() == Some(id))
        };
        accepted.any(is_sent) && self.candidates(grant).is_empty()
    }

    /// Whether an invitation was accepted so recently that a reading may not show by whom.
    pub(crate) fn is_just_accepted(&self, grant: &Grant) -> bool {
        self.unexplained(grant).any(|it| is_settling(it.changed, self.now))
    }

    /// The accepted invitations of which nobody can say who accepted them.
    fn unexplained(&self, grant: &Grant) -> impl Iterator<Item = &'a Invitation> {
        self.observed.invitations.iter().filter(move |it| {
            it.group.as_ref() == Some(&grant.group.id)
                && it.status == InvitationStatus::Accepted
                && !is_by_hand(self.customer, it)
                && !self.is_explained(it, grant)
        })
    }

    /// Whether it is known who accepted an invitation.
    fn is_explained(&self, invitation: &Invitation, grant: &Grant) -> bool {
        if invitation.parent.is_some() {
            return invitation.accepted_by.is_some();
        }
        if grant.joined.is_some() {
            return true;
        }
        let group = &grant.group.id;
        let mut came = rivals(self.customer, self.observed, group, invitation.created);
        if !came.any(|it| !self.ours.contains(&it.user)) {
            return has_child(self.observed, invitation) || self.is_known(grant);
        }
        if is_by_child(self.observed, invitation) {
            return true;
        }
        let mut places = self.places(group);
        places.any(|it| is_by(self.customer, self.observed, &it.user, group, invitation))
    }

    /// Whether an invitation was sent for the grant of which no record is left, so that nobody can say whether it was accepted.
    fn has_lost_invitation(&self, grant: &Grant) -> bool {
        let is_there = |id: &InvitationId| self.observed.invitations.iter().any(|it| it.id == *id);
        let mut in_group = self.observed.invitations.iter();
        let is_unnamed = matches!(&grant.state, State::Invited { invitation: None, .. })
            && !in_group.any(|it| it.group.as_ref() == Some(&grant.group.id));
        let is_lost = is_unnamed || grant.known_invitations().any(|id| !is_there(id));
        is_lost && !self.is_known(grant)
    }

    /// Whether somebody is known to be the customer who came to the grant's group, or has the address.
    fn is_known(&self, grant: &Grant) -> bool {
        let email = Some(&self.customer.email);
        grant.joined.is_some()
            || self.places(&grant.group.id).next().is_some()
            || self.ours().any(|(_, user)| user.email.as_ref() == email)
    }
}

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

/// Customers for whom nobody answers, who came to the group, or to the org and no group, since an invitation to it was sent.
fn rivals<'a>(
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

/// Whether an invitation was sent by somebody else: nothing of the ledger's names it, and all that was ever asked for in its group
/// was over for long enough when it was sent.
pub(crate) fn is_by_hand(customer: &Customer, invitation: &Invitation) -> bool {
    let is_known = |grant: &Grant| {
        let origin = invitation.parent.as_ref().unwrap_or(&invitation.id);
        grant.known_invitations().any(|id| id == origin || *id == invitation.id)
    };
    let is_over = |grant: &Grant| match &grant.state {
        State::Ended { at, .. } => !is_settling(*at, invitation.created),
        State::Ending { since, stuck: Some(stuck), .. } if stuck.step == PROVE => {
            !is_settling(*since, invitation.created)
        }
        State::Refused { .. } => true,
        State::Requested { .. }
        | State::Invited { .. }
        | State::Active { .. }
        | State::Ending { .. } => false,
    };
    let in_group = |grant: &&Grant| invitation.group.as_ref() == Some(&grant.group.id);
    !customer.grants.values().any(is_known)
        && customer.grants.values().filter(in_group).all(is_over)
}

/// Whether somebody with the customer's address who is in a group may have come there by what was asked for, as far as the
/// invitations tell: one was accepted under no other address, or none was sent. Who was seen to join is known, and another is somebody else.
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
    // A row that is gone was deleted, which is how Salesforce cancels. The link may work all the same: for who came after that.
    let is_shown = |id: &&&InvitationId| observed.invitations.iter().any(|it| it.id == ***id);
    let is_any_gone = known.iter().filter(is_shown).count() < known.len();
    sent.any(is_used) || (is_any_gone && came_after_cancelling(customer, observed, user, group))
}

/// Whether a user came to a group after an invitation to it was cancelled, as far as is known: what was asked for there had ended, or
/// another was sent, which nobody does while one is open.
fn came_after_cancelling(
    customer: &Customer,
    observed: &Observed,
    user: &UserId,
    group: &GroupId,
) -> bool {
    let since = observed.since.get(&(user.clone(), group.clone()));
    let ended = customer.grants.values().filter(|it| it.group.id == *group);
    let ended = ended.filter_map(|it| match &it.state {
        State::Ended { at, .. } => Some(*at),
        State::Requested { .. }
        | State::Invited { .. }
        | State::Active { .. }
        | State::Ending { .. }
        | State::Refused { .. } => None,
    });
    let sent = observed.invitations.iter().filter(|it| {
        it.group.as_ref() == Some(group) && it.parent.is_none() && !is_by_hand(customer, it)
    });
    let mut cancelled = ended.chain(sent.map(|it| it.created));
    cancelled.any(|at| since.is_none_or(|since| *since >= at))
}

/// Whether a user's place came when an invitation to the group was accepted: of several who have the address, that is the customer.
pub(crate) fn came_with_acceptance(observed: &Observed, user: &UserId, group: &GroupId) -> bool {
    let Some(place) = observed.since.get(&(user.clone(), group.clone())) else { return false };
    let mut accepted = observed
        .invitations
        .iter()
        .filter(|it| it.group.as_ref() == Some(group) && it.status == InvitationStatus::Accepted);
    accepted.any(|it| place.duration_since(it.changed).abs() <= AT_ONCE)
}

/// Whether a user's place came with the acceptance of the invitation, and that of nobody else who may have accepted it.
fn is_by(
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

/// Whether an invitation was accepted when one came of it: that says under which address, and is to be explained itself. A link that was
/// accepted at another time as well has let in somebody else.
fn is_by_child(observed: &Observed, invitation: &Invitation) -> bool {
    let mut children =
        observed.invitations.iter().filter(|it| it.parent.as_ref() == Some(&invitation.id));
    children.any(|it| it.created.as_second() == invitation.changed.as_second())
}

/// Whether a child of an invitation says that this user accepted it.
fn has_answered(observed: &Observed, user: &UserId) -> bool {
    observed.invitations.iter().any(|it| it.accepted_by.as_ref() == Some(user))
}

fn has_child(observed: &Observed, invitation: &Invitation) -> bool {
    observed.invitations.iter().any(|it| it.parent.as_ref() == Some(&invitation.id))
}
