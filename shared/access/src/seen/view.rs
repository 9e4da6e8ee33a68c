//! One customer as seen at one instant.

mod elsewhere;
mod sharing;
mod undecided;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::acceptance::{came_with_acceptance, is_by_hand, is_entrance, is_rivalled};
use super::observed::{Invitation, InvitationStatus, Looked, Member, Observed, User};
use super::sight::Unseen;
use crate::policy::Policy;
use crate::records::{Customer, EndReason, Grant, Standing, State};
use crate::words::{GrantId, GroupId, InvitationId, ProjectId, Role, UserId, is_settling};

/// A customer, what is observed, and which of the open grants are over.
pub(crate) struct View<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) customer: &'a Customer,
    pub(crate) observed: &'a Observed,
    pub(crate) now: Timestamp,
    /// The worst standing of those who are the same person.
    pub(crate) standing: Standing,
    closed: &'a BTreeSet<ProjectId>,
    held: &'a BTreeSet<GrantId>,
    /// Whether this is the view of a request. Then a customer who is in the group already counts as let in.
    is_asking: bool,
    /// Open grants that are over, with why.
    ends: BTreeMap<&'a GrantId, EndReason>,
    /// The users whom Lanyard invited or adopted as this customer.
    pub(crate) ours: BTreeSet<&'a UserId>,
    /// The places of these users that are held by live grants of other customers who are the same person, each with the highest role.
    shared: BTreeMap<(&'a UserId, &'a GroupId), Role>,
    /// The places of these users for which grants of another customer answer who is the same person, because their end is not proven.
    answered: BTreeSet<(&'a UserId, &'a GroupId)>,
    /// Those of these users whom Lanyard has frozen for another customer who is the same person, or may have.
    frozen: BTreeSet<&'a UserId>,
    /// Whether one of those who are the same person could not be looked at: then nothing is taken from these users or proven.
    pub(crate) is_apart: bool,
}

/// How an open grant shows in Salesforce.
pub(crate) enum Shown<'a> {
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
        Self::asking(policy, looked, closed, held, None, now)
    }

    /// The view of a customer for whom access to one more group is asked. A customer who is in that group already counts as let in.
    pub(crate) fn asking(
        policy: &'a Policy,
        looked: &'a Looked,
        closed: &'a BTreeSet<ProjectId>,
        held: &'a BTreeSet<GrantId>,
        asked: Option<&GroupId>,
        now: Timestamp,
    ) -> Self {
        let Looked { customer, observed, at } = looked;
        let standing = customer.standing(*at);
        let (ends, answered) = (BTreeMap::new(), BTreeSet::new());
        let shared = observed.beside.iter().map(|((user, group), role)| ((user, group), *role));
        let ours = ours(customer, observed, asked);
        let is_asking = asked.is_some();
        let mut view = Self {
            policy,
            customer,
            observed,
            now,
            standing,
            closed,
            held,
            is_asking,
            ends,
            ours,
            shared: shared.collect(),
            answered,
            frozen: observed.frozen.iter().collect(),
            is_apart: observed.is_apart,
        };
        view.find_ends();
        view
    }

    /// Finds which open grants are over, and why.
    fn find_ends(&mut self) {
        let end_of = |grant: &'a Grant| Some((&grant.id, self.end_of_open(grant)?));
        self.ends = self.customer.grants.values().filter_map(end_of).collect();
    }

    /// The users whom this customer may be, whether or not Lanyard let them in. If a user is known to be the customer, or an
    /// invitation is still unused, a further user who only has the address is another person. Whom the ledger knows counts whether or
    /// not they were seen.
    fn persons(&self) -> BTreeSet<&'a UserId> {
        let email = Some(&self.customer.email);
        let may_be_named = self.ours.is_empty();
        let has_come = |user: &UserId| {
            let mut grants = self.customer.grants.values();
            grants.any(|it| is_entrance(self.customer, self.observed, user, &it.group.id))
        };
        let has_address = |(id, user): (&'a UserId, &User)| {
            let is_named = may_be_named && user.email.as_ref() == email && has_come(id);
            is_named.then_some(id)
        };
        let named = self.observed.customers().filter_map(has_address);
        named.chain(&self.customer.users).chain(self.ours.iter().copied()).collect()
    }

    /// Whether Lanyard has frozen a user of the customer's who is active, or may have: then it is Lanyard that keeps them out.
    pub(crate) fn has_frozen(&self) -> bool {
        self.ours().any(|(id, user)| user.is_active && self.is_frozen(id))
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

    /// Whether something may be under way for the customer: then nothing is given or proven, and absence says nothing.
    pub(crate) fn is_unclear(&self) -> bool {
        self.standing != Standing::Free
    }

    /// Whether something is still shown, in this group or of the seat, that was surely taken away.
    pub(crate) fn is_stale(&self, group: &GroupId) -> bool {
        let stale = &self.observed.stale;
        stale.groups.contains(group) || self.ours.iter().any(|user| stale.seats.contains(*user))
    }

    /// Whether the user's place in the group is one that was given of late and is not shown.
    pub(crate) fn is_laid(&self, user: &UserId, group: &GroupId) -> bool {
        self.observed.laid.contains_key(&(user.clone(), group.clone()))
    }

    /// Until when it cannot be told whether one of the customer's places in the group, which was given of late, is still there.
    pub(crate) fn laid_until(&self, group: &GroupId) -> Option<Timestamp> {
        let laid =
            |place: &Member| self.observed.laid.get(&(place.user.clone(), group.clone())).copied();
        self.places(group).filter_map(laid).max()
    }

    /// Whether absence is proof.
    pub(crate) fn is_full(&self) -> bool {
        self.observed.sight.is_full() && !self.is_apart
    }

    /// Whether Salesforce has answered to the end.
    fn is_read(&self) -> bool {
        self.observed.sight.causes().all(|cause| cause != Unseen::NotRead)
    }

    /// Whether all that concerns this very customer was seen.
    pub(crate) fn is_near(&self) -> bool {
        self.observed.sight.is_near() && !self.is_apart
    }

    /// Why it cannot be seen what a grant gives, if so. A user who cannot sign in has no access in any group, and a customer
    /// without a user to whom no invitation was sent is in none.
    pub(crate) fn hidden_of(&self, grant: &Grant) -> Option<Unseen> {
        let hidden = self.observed.hidden_of(grant)?;
        let is_active = self.observed.customers().any(|(_, user)| user.is_active);
        let was_never_here =
            self.customer.users.is_empty() && grant.known_invitations().next().is_none();
        let is_out = !is_active && (!self.ours.is_empty() || was_never_here);
        (hidden != Unseen::GroupHidden || !is_out).then_some(hidden)
    }

    /// The customer's users whom Lanyard invited or adopted, and may touch.
    pub(crate) fn ours(&self) -> impl Iterator<Item = (&'a UserId, &'a User)> {
        let observed = self.observed;
        self.ours.iter().filter_map(|id| observed.users.get_key_value(*id))
    }

    /// The places of those users in one group.
    pub(crate) fn places(&self, group: &GroupId) -> impl Iterator<Item = &'a Member> {
        let is_ours = |member: &&'a Member| self.ours.contains(&member.user);
        self.observed.members.iter().filter(move |it| it.group == *group && is_ours(it))
    }

    /// Whether a user can sign in, which a user whom Lanyard has frozen cannot, and one whom it may have frozen perhaps.
    pub(crate) fn is_in_force(&self, id: &UserId, user: &User) -> bool {
        user.is_active && !self.is_frozen(id)
    }

    /// Whether Lanyard has frozen a user, or may have, for this address or for another of the same person.
    fn is_frozen(&self, id: &UserId) -> bool {
        self.customer.is_frozen(id) || self.frozen.contains(id)
    }

    /// How a grant shows.
    pub(crate) fn shown(&self, grant: &Grant) -> Shown<'a> {
        let observed = self.observed;
        let is_in_force =
            |id: &UserId| observed.users.get(id).is_some_and(|user| self.is_in_force(id, user));
        // Where somebody else may have accepted the invitation, a place of this user in the group does not show that it was used.
        let mut places =
            self.places(&grant.group.id).filter(|_| self.is_asking || !self.is_ambiguous(grant));
        if let Some(place) = places.find(|place| is_in_force(&place.user)) {
            return Shown::Joined { user: &place.user, role: place.role };
        }
        let mut open = observed.invitations.iter().filter(|it| is_open_in(it, &grant.group.id));
        if let Some(invitation) = open.next() {
            return Shown::Waiting { invitation: &invitation.id };
        }
        let preference = |(id, user): &(&UserId, &User)| {
            (self.customer.users.contains(*id), user.is_active, (*id).clone())
        };
        Shown::Absent { user: observed.customers().max_by_key(preference) }
    }

    /// Whether nothing may be done: the policy protects the address, or the customer has become a colleague. Where a colleague and
    /// a customer share the address, the customer is meant, and the colleague is never touched.
    pub(crate) fn is_protected(&self) -> bool {
        self.policy.protects(&self.customer.email) || self.is_promoted()
    }

    /// Whether nobody is this customer any more because the user has another licence now, and the policy protects nobody.
    pub(crate) fn is_promoted(&self) -> bool {
        !self.policy.protects(&self.customer.email) && self.has_colleague() && self.ours.is_empty()
    }

    /// The colleagues in a group who were this customer.
    pub(crate) fn colleagues_in(&self, group: &GroupId) -> impl Iterator<Item = &'a UserId> {
        let is_colleague = |id: &&UserId| {
            let user = self.observed.users.get(*id);
            user.is_some_and(|user| user.is_colleague() && user.is_active)
        };
        let known = self.customer.users.iter().filter(is_colleague);
        known.filter(|id| self.observed.is_in(id, group))
    }

    /// Whether a user who was this customer is none any more, and nobody else is.
    pub(crate) fn is_colleague(&self) -> bool {
        self.has_colleague() && self.observed.customers().next().is_none()
    }

    fn has_colleague(&self) -> bool {
        let is_colleague = |id| self.observed.users.get(id).is_some_and(User::is_colleague);
        self.customer.users.iter().any(is_colleague)
    }

    fn end_of_open(&self, grant: &Grant) -> Option<EndReason> {
        if !grant.is_open() {
            return None;
        }
        if self.is_forbidden(grant) {
            return Some(EndReason::NeverJoined);
        }
        let is_closed = self.closed.contains(&grant.project);
        let reason = grant.end_reason(self.policy, is_closed, self.now);
        let reason =
            reason.or_else(|| self.is_elsewhere(grant).then_some(EndReason::JoinedElsewhere));
        match (reason, self.shown(grant)) {
            // A customer who accepted at the last moment is in the group, so "never joined" is no longer true. Where not all was
            // seen, or something is under way, the customer may be in the group too, also under another address beside an invitation
            // that is still open.
            (Some(EndReason::NeverJoined), Shown::Joined { .. }) => None,
            (Some(EndReason::NeverJoined), Shown::Absent { .. })
                if !self.is_full()
                    || self.is_unclear()
                    || self.is_ambiguous(grant)
                    || self.hidden_of(grant).is_some() =>
            {
                None
            }
            (Some(EndReason::NeverJoined), Shown::Waiting { .. }) if !self.is_near() => None,
            (Some(reason), _) => Some(reason),
            (None, Shown::Absent { .. }) if self.is_gone_by_hand(grant) => {
                Some(EndReason::RemovedByHand)
            }
            (None, _) => None,
        }
    }

    /// Whether absence means that somebody took the access away: everything was seen, our own write is long enough
    /// ago to be visible, nothing of ours is under way, and nobody is in the group who may be the customer.
    fn is_gone_by_hand(&self, grant: &Grant) -> bool {
        let Some(since) = grant.state.given_since() else { return false };
        self.is_full()
            && !self.has_colleague()
            && !is_settling(since, self.now)
            && !self.is_unclear()
            && !self.has_frozen()
            && !self.is_just_accepted(grant)
            && !self.is_undecided(grant)
            && self.hidden_of(grant).is_none()
    }
}

fn is_open_in(invitation: &Invitation, group: &GroupId) -> bool {
    invitation.status.is_open() && invitation.group.as_ref() == Some(group)
}

/// The users whom Lanyard invited or adopted as this customer. Sharing the address does not make a user ours.
///
/// These are the users whom the ledger knows, and those in a group of a grant who have the address or accepted one of Lanyard's
/// invitations under another address. If there is none, the only user who has the address is the one who accepted, in whatever
/// group they are by now. A user who may have come to a group without the invitation, while another came by it, is not taken for
/// the customer.
fn ours<'a>(
    customer: &'a Customer,
    observed: &'a Observed,
    asked: Option<&GroupId>,
) -> BTreeSet<&'a UserId> {
    let is_granted = |group: &GroupId| {
        let mut grants = customer.grants.values();
        asked == Some(group)
            || grants.any(|it| it.group.id == *group && !matches!(it.state, State::Refused { .. }))
    };
    let is_of_ours = |it: &Invitation| {
        it.group.as_ref().is_some_and(is_granted)
            && (it.group.as_ref() == asked || !is_by_hand(customer, it))
    };
    let invitations = || observed.invitations.iter().filter(|it| is_of_ours(it));
    let accepted: BTreeSet<&UserId> =
        invitations().filter_map(|it| it.accepted_by.as_ref()).collect();
    let is_named = |id: &UserId, user: &User| {
        user.email.as_ref() == Some(&customer.email) || accepted.contains(id)
    };
    let (known, named): (Vec<_>, Vec<_>) =
        observed.customers().partition(|(id, _)| customer.users.contains(*id));
    let named: Vec<&UserId> =
        named.into_iter().filter(|(id, user)| is_named(id, user)).map(|(id, _)| id).collect();
    let known: BTreeSet<&UserId> = known.into_iter().map(|(id, _)| id).collect();
    // Salesforce refuses to invite an address that a user has. So while a user who is known to be the customer has it, nobody else
    // came by an invitation to it.
    let is_taken = known.iter().any(|id| {
        observed.users.get(*id).is_some_and(|user| user.email.as_ref() == Some(&customer.email))
    });
    let is_let_in = |user: &UserId| {
        let mut members = observed.members.iter();
        let mut is_in = |is_clear: &dyn Fn(&GroupId) -> bool| {
            members.any(|it| it.user == *user && is_granted(&it.group) && is_clear(&it.group))
        };
        if accepted.contains(user) {
            return is_in(&|_| true);
        }
        !is_taken
            && is_in(&|group| {
                let is_entrance = is_entrance(customer, observed, user, group);
                let mut others = named.iter().filter(|it| **it != user && !accepted.contains(*it));
                let is_alone = !others.any(|it| observed.is_in(it, group));
                asked == Some(group)
                    || (is_entrance
                        && !is_rivalled(customer, observed, user, group)
                        && (is_alone || came_with_acceptance(observed, user, group)))
            })
    };
    let let_in: BTreeSet<&UserId> = named.iter().copied().filter(|id| is_let_in(id)).collect();
    let ours: BTreeSet<&UserId> = known.union(&let_in).copied().collect();
    let has_accepted = |user: &UserId| {
        let accepted = invitations().filter(|it| it.status == InvitationStatus::Accepted);
        let mut groups = accepted.filter_map(|it| it.group.as_ref());
        groups.any(|group| !is_rivalled(customer, observed, user, group))
    };
    match named.as_slice() {
        [only] if ours.is_empty() && has_accepted(only) => BTreeSet::from([*only]),
        _ => ours,
    }
}
