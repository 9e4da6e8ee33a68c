//! One customer as seen at one instant.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::grant::{claim, is_settling};
use crate::{
    Completeness, Customer, EndReason, Grant, GrantId, GroupId, InvitationId, InvitationStatus,
    Looked, Observed, Policy, ProjectId, Role, State, User, UserId,
};

/// A customer, what is observed, and which of the open grants are over.
pub(crate) struct View<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) customer: &'a Customer,
    pub(crate) observed: &'a Observed,
    pub(crate) now: Timestamp,
    closed: &'a BTreeSet<ProjectId>,
    held: &'a BTreeSet<GrantId>,
    /// Open grants that are over, with why.
    ends: BTreeMap<&'a GrantId, EndReason>,
}

/// How an open grant shows in Salesforce.
pub(crate) enum Sight<'a> {
    /// In the group, with this role.
    Joined { user: &'a UserId, role: Role },
    /// Asked to join.
    Waiting { invitation: &'a InvitationId },
    /// Neither.
    Absent { user: Option<(&'a UserId, &'a User)> },
}

impl<'a> View<'a> {
    pub(crate) fn new(
        policy: &'a Policy,
        looked: &'a Looked,
        closed: &'a BTreeSet<ProjectId>,
        held: &'a BTreeSet<GrantId>,
        now: Timestamp,
    ) -> Self {
        let Looked { customer, observed } = looked;
        let mut view =
            Self { policy, customer, observed, now, closed, held, ends: BTreeMap::new() };
        let end_of = |grant: &'a Grant| Some((&grant.id, view.end_of_open(grant)?));
        view.ends = customer.grants.values().filter_map(end_of).collect();
        view
    }

    /// Whether the grant gives access and goes on giving it.
    pub(crate) fn is_live(&self, grant: &Grant) -> bool {
        grant.is_open() && (self.is_held(grant) || !self.ends.contains_key(&grant.id))
    }

    /// The grants that give access and go on giving it.
    pub(crate) fn live(&self) -> impl Iterator<Item = &'a Grant> {
        self.customer.grants.values().filter(|grant| self.is_live(grant))
    }

    /// Whether a live grant holds a place in the group.
    pub(crate) fn is_group_held(&self, group: &GroupId) -> bool {
        self.live().any(|grant| grant.group.id == *group)
    }

    /// Whether the brake holds the ending of the grant.
    pub(crate) fn is_held(&self, grant: &Grant) -> bool {
        self.held.contains(&grant.id)
    }

    /// Why an open grant is over, if it is.
    pub(crate) fn end_of(&self, grant: &Grant) -> Option<EndReason> {
        self.ends.get(&grant.id).copied()
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.observed.completeness == Completeness::Complete
    }

    /// Whether a user can sign in. Who is frozen by Lanyard cannot: being frozen is not access.
    pub(crate) fn is_in_force(&self, id: &UserId, user: &User) -> bool {
        user.is_active && !self.customer.frozen.contains(id)
    }

    /// How a grant shows.
    pub(crate) fn sight(&self, grant: &Grant) -> Sight<'a> {
        let observed = self.observed;
        let is_in_force =
            |id: &UserId| observed.users.get(id).is_some_and(|user| self.is_in_force(id, user));
        if let Some(place) = observed.places(&grant.group.id).find(|place| is_in_force(&place.user))
        {
            return Sight::Joined { user: &place.user, role: place.role };
        }
        if let Some(invitation) = observed.open_invitations(&grant.group.id).next() {
            return Sight::Waiting { invitation: &invitation.id };
        }
        let preference = |(id, user): &(&UserId, &User)| {
            (self.customer.users.contains(*id), user.is_active, (*id).clone())
        };
        Sight::Absent { user: observed.customers().max_by_key(preference) }
    }

    /// Protected are the addresses of the policy, and customers who have become colleagues. Where a colleague and a
    /// customer share the address, the customer is meant, and the colleague is never touched.
    pub(crate) fn is_protected(&self) -> bool {
        self.policy.protects(&self.customer.email) || self.is_colleague()
    }

    /// Whether a user who was this customer is none any more, and nobody else is.
    pub(crate) fn is_colleague(&self) -> bool {
        let is_colleague =
            |id| self.observed.users.get(id).is_some_and(|user| !user.is_ours_to_touch());
        self.customer.users.iter().any(is_colleague) && self.observed.customers().next().is_none()
    }

    /// Whether an ending of ours may have taken from this open grant what it promises.
    pub(crate) fn may_have_undone(&self, grant: &Grant) -> bool {
        self.customer.is_doubtful(grant) || self.customer.is_crossed(grant)
    }

    /// Until when a mail to this group may be on its way without being visible, so that no other may be sent.
    pub(crate) fn mail_under_way(&self, group: &GroupId) -> Option<Timestamp> {
        let in_group = self.customer.grants.values().filter(|grant| grant.group.id == *group);
        let until = in_group.filter_map(|grant| match &grant.state {
            State::Requested { claimed_until } => Some(*claimed_until),
            State::Invited { since, .. } => Some(claim(*since)),
            // It may have ended while it was being carried out.
            State::Ending { since, steps, .. } | State::Ended { at: since, steps, .. } => {
                steps.is_empty().then(|| claim(*since))
            }
            State::Active { .. } | State::Refused { .. } => None,
        });
        until.max().filter(|until| self.now < *until)
    }

    fn end_of_open(&self, grant: &Grant) -> Option<EndReason> {
        if !grant.is_open() {
            return None;
        }
        let is_closed = self.closed.contains(&grant.project);
        let reason = grant.end_reason(self.policy, is_closed, self.now);
        match (reason, self.sight(grant)) {
            // Accepted at the last moment: the customer is in, so "never joined" is no longer true. Where not all
            // was read, the customer may be in.
            (Some(EndReason::NeverJoined), Sight::Joined { .. }) => None,
            (Some(EndReason::NeverJoined), _) if !self.is_complete() => None,
            (Some(reason), _) => Some(reason),
            (None, Sight::Absent { .. }) if self.is_gone_by_hand(grant) => {
                Some(EndReason::RemovedByHand)
            }
            (None, _) => None,
        }
    }

    /// Whether absence means that somebody took the access away: everything was read, our own write is long enough
    /// ago to be visible, and no ending of ours may have done it.
    fn is_gone_by_hand(&self, grant: &Grant) -> bool {
        let since = match &grant.state {
            State::Invited { since, .. } | State::Active { since } => *since,
            State::Requested { .. }
            | State::Ending { .. }
            | State::Ended { .. }
            | State::Refused { .. } => return false,
        };
        let is_joined = matches!(grant.state, State::Active { .. });
        self.is_complete()
            && !is_settling(since, self.now)
            && !self.may_have_undone(grant)
            && (is_joined || !self.is_undecided(grant))
    }

    /// Whether the invitation stands in a way that proves nothing: accepted by somebody who is not visible (yet), or
    /// with a status that is not documented.
    fn is_undecided(&self, grant: &Grant) -> bool {
        let no_customer = self.observed.customers().next().is_none();
        self.observed.invitations.iter().any(|invitation| {
            invitation.group.as_ref() == Some(&grant.group.id)
                && match invitation.status {
                    InvitationStatus::Accepted => no_customer,
                    InvitationStatus::Other => true,
                    InvitationStatus::Sent | InvitationStatus::Canceled => false,
                }
        })
    }
}
