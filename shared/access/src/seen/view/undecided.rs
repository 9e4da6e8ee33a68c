//! Whether it can be told who accepted the invitation of a grant.

use std::collections::BTreeSet;

use super::View;
use crate::records::{Grant, State};
use crate::seen::acceptance::{
    came_after_cancelling, has_child, has_come_by, is_by, is_by_child, is_by_hand, rivals,
};
use crate::seen::observed::{Invitation, InvitationStatus};
use crate::words::{InvitationId, UserId, is_settling};

impl<'a> View<'a> {
    /// The users of whom one accepted the grant's invitation, where it cannot be told which: the address was changed since, or
    /// cannot be compared, or belongs to somebody who may have come without the invitation. Empty where it can be told, or where no
    /// user is left who may have done it.
    pub(crate) fn candidates(&self, grant: &Grant) -> BTreeSet<&'a UserId> {
        let accepted = self.unexplained(grant).map(|it| it.created);
        let lost = self.has_lost_invitation(grant).then_some(grant.requested_at);
        let Some(since) = accepted.chain(lost).min() else { return BTreeSet::new() };
        let came = rivals(self.customer, self.observed, &grant.group.id, since);
        let came: BTreeSet<UserId> = came.map(|it| it.user.clone()).collect();
        let strangers = self.observed.strangers.iter().map(|it| &it.user);
        let came = strangers.filter(|it| came.contains(*it) && !self.ours.contains(*it));
        // An invitation is deleted only by cancelling it, and only an open one is cancelled. So until it was deleted nobody had
        // accepted it.
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

    /// Whether one of Lanyard's invitations was accepted, and no user who can be seen may have done it. Salesforce deletes no
    /// users, so the one who did is not shown. Candidates who were told before have been shown, in whatever group they are by now.
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

    /// Whether an invitation of the address to the group was accepted by nobody who is known. Whoever it was has had the one mail, also
    /// where a hand has sent it and somebody is in the group who came with it.
    pub(crate) fn is_used(&self, grant: &Grant) -> bool {
        let mut by_hand = self.observed.invitations.iter().filter(|it| {
            it.group.as_ref() == Some(&grant.group.id)
                && it.status == InvitationStatus::Accepted
                && is_by_hand(self.customer, it)
        });
        self.unexplained(grant).next().is_some() || by_hand.any(|it| has_come_by(self.observed, it))
    }

    /// The accepted invitations of which nobody can say who accepted them.
    pub(crate) fn unexplained(&self, grant: &Grant) -> impl Iterator<Item = &'a Invitation> {
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
