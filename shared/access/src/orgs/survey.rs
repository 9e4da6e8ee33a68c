//! Compares a census with the ledger: whom to look at tonight, and for whom no grant answers.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::census::{Census, OpenInvitation, Place, Ungoverned, UngovernedPlace, Whoever};
use crate::policy::Policy;
use crate::records::{Customer, Grant, Phase, State};
use crate::words::{Email, Group, GroupId, InvitationId, Role, UserId, is_settling};

/// What a census shows of a customer that is not as the ledger has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// Access that the ledger does not know of, or in another role.
    pub shows: bool,
    /// Access of which the ledger knows, and which is not there: only with full sight does that mean anything.
    pub lacks: bool,
}

/// Compares a census with what the ledger has, customer by customer.
#[derive(Debug)]
pub struct Survey<'a> {
    census: &'a Census,
    by_email: BTreeMap<&'a Email, BTreeSet<&'a UserId>>,
    places: BTreeMap<(&'a UserId, &'a GroupId), &'a Place>,
    placed: BTreeSet<&'a UserId>,
    groups: BTreeMap<&'a GroupId, &'a str>,
    answered: BTreeSet<(&'a UserId, &'a GroupId)>,
    seats: BTreeSet<&'a UserId>,
    invitations: BTreeSet<&'a InvitationId>,
}

impl<'a> Survey<'a> {
    /// The survey of which no customer of the ledger has been seen yet.
    #[must_use]
    pub fn new(census: &'a Census) -> Self {
        let mut by_email: BTreeMap<&Email, BTreeSet<&UserId>> = BTreeMap::new();
        for (id, person) in &census.persons {
            if let Some(email) = &person.email {
                by_email.entry(email).or_default().insert(id);
            }
        }
        let places = census.places.iter().map(|it| ((&it.user, &it.group.id), it)).collect();
        let groups =
            census.places.iter().map(|it| (&it.group.id, it.group.name.as_str())).collect();
        Self {
            census,
            by_email,
            places,
            placed: census.places.iter().map(|it| &it.user).collect(),
            groups,
            answered: BTreeSet::new(),
            seats: BTreeSet::new(),
            invitations: BTreeSet::new(),
        }
    }

    /// Notes a customer of the ledger, and says what is not as the ledger has it, so that somebody must look at them tonight
    /// although nothing may be due.
    #[must_use]
    pub fn see(&mut self, customer: &Customer, now: Timestamp) -> News {
        let persons = self.persons(customer);
        let mut news = News::default();
        for grant in customer.grants.values() {
            let places: Vec<&Place> = persons
                .iter()
                .filter_map(|user| self.places.get(&(*user, &grant.group.id)).copied())
                .collect();
            let is_answering = match grant.state.phase() {
                Phase::Open => true,
                // A reading may still show what has just been taken away.
                Phase::Over(end) => end.proof.is_none() || is_settling(end.since, now),
                Phase::Refused => false,
            };
            if is_answering {
                // If the customer was seen to join, or an invitation is still unused, a further user with the address is another
                // person.
                let is_known = |user: &UserId| customer.users.contains(user);
                let is_unused = self
                    .census
                    .invitations
                    .iter()
                    .any(|it| grant.known_invitations().any(|id| *id == it.id));
                let has_joined = grant.joined.is_some() && !customer.users.is_empty();
                let is_taken = has_joined || is_unused;
                let is_theirs = |user: &UserId| !is_taken || is_known(user);
                let theirs = places.iter().filter(|it| is_theirs(&it.user));
                self.answered.extend(theirs.map(|it| (&it.user, &it.group.id)));
                self.seats.extend(persons.iter().copied().filter(|it| is_theirs(it)));
                self.answer_for_invitations(customer, grant);
            }
            match &grant.state {
                State::Active { .. } => {
                    let wanted = customer.role_in(&grant.group.id, Grant::is_open);
                    let theirs = || places.iter().filter(|it| customer.users.contains(&it.user));
                    news.lacks |= theirs().next().is_none();
                    news.shows |= theirs().any(|it| Some(it.role) != wanted);
                }
                State::Requested { .. } | State::Invited { .. } => news.shows |= !places.is_empty(),
                State::Ended { .. } => news.shows |= self.is_back(&persons, customer, grant),
                State::Ending { .. } | State::Refused { .. } => {}
            }
        }
        news
    }

    /// The users of the census who are this customer.
    fn persons(&self, customer: &Customer) -> BTreeSet<&'a UserId> {
        let known = customer.users.iter().filter_map(|id| self.census.persons.get_key_value(id));
        let known = known.map(|(id, _)| id);
        let named = self.by_email.get(&customer.email).into_iter().flatten().copied();
        known.chain(named).collect()
    }

    /// Whether the customer is in the group of a grant that is over, or has a seat and no group at all, without a live grant that
    /// explains it.
    fn is_back(&self, persons: &BTreeSet<&UserId>, customer: &Customer, grant: &Grant) -> bool {
        let group = &grant.group.id;
        let mut live = customer.grants.values().filter(|it| it.is_open());
        if live.clone().any(|it| it.group.id == *group) {
            return false;
        }
        let is_live = live.next().is_some();
        let is_known = |user: &&&UserId| customer.users.contains(**user);
        persons.iter().filter(is_known).any(|user| {
            self.places.contains_key(&(*user, group)) || (!is_live && !self.placed.contains(user))
        })
    }

    fn answer_for_invitations(&mut self, customer: &Customer, grant: &Grant) {
        let known: BTreeSet<&InvitationId> = grant.known_invitations().collect();
        let is_theirs = |it: &&'a OpenInvitation| {
            let is_named = it.email.as_ref() == Some(&customer.email);
            known.contains(&it.id) || (is_named && it.group.as_ref() == Some(&grant.group.id))
        };
        let theirs = self.census.invitations.iter().filter(is_theirs);
        self.invitations.extend(theirs.map(|it| &it.id));
    }

    /// The access for which no customer that was seen answers, without what the policy leaves to others. Access that is too young
    /// for the ledger's index to name it is left for the next night.
    #[must_use]
    pub fn ungoverned(&self, policy: &Policy, now: Timestamp) -> Vec<Ungoverned> {
        let is_old = |since: Option<Timestamp>| !since.is_some_and(|at| is_settling(at, now));
        let mut found = Vec::new();
        let mut places: BTreeMap<&UserId, Vec<UngovernedPlace>> = BTreeMap::new();
        for ((user, group), place) in &self.places {
            let is_answered = self.answered.contains(&(*user, *group));
            if !is_answered && is_old(place.since) && !policy.ungoverned.leaves_group(&place.group)
            {
                let Place { group, role, since, last_seen, .. } = (*place).clone();
                let place = UngovernedPlace { group, role, since, last_seen };
                places.entry(user).or_default().push(place);
            }
        }
        for (id, person) in &self.census.persons {
            let groups = places.remove(id).unwrap_or_default();
            let is_lone_seat =
                !self.placed.contains(id) && !self.seats.contains(id) && is_old(person.created);
            if person.is_stock
                || (groups.is_empty() && !is_lone_seat)
                || policy.ungoverned.leaves_address(&person.address)
            {
                continue;
            }
            found.push(Ungoverned {
                who: Whoever::User(id.clone()),
                address: person.address.clone(),
                email: person.email.clone(),
                groups,
                last_login: person.last_login,
                invited_by: None,
            });
        }
        found.extend(self.invited(policy).filter(|it| it.groups.iter().all(|it| is_old(it.since))));
        found
    }

    fn invited(&self, policy: &Policy) -> impl Iterator<Item = Ungoverned> {
        let open = self.census.invitations.iter();
        open.filter(|it| !self.invitations.contains(&it.id)).filter_map(move |it| {
            let id = it.group.clone()?;
            let name = self.groups.get(&id).copied().unwrap_or_default().to_owned();
            let group = Group { id, name };
            if policy.ungoverned.leaves_group(&group)
                || policy.ungoverned.leaves_address(&it.address)
            {
                return None;
            }
            let since = Some(it.created);
            let place = UngovernedPlace { group, role: Role::Member, since, last_seen: None };
            Some(Ungoverned {
                who: Whoever::Invited(it.id.clone()),
                address: it.address.clone(),
                email: it.email.clone(),
                groups: vec![place],
                last_login: None,
                invited_by: it.inviter.clone(),
            })
        })
    }
}
