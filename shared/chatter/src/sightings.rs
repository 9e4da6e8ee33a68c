//! Sorts records by the customers to whom they belong.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use access::{
    Customer, Email, Grant, GroupId, Hidden, Invitation, InvitationId, InvitationStatus, Licence,
    Member, Observed, Sight, State, Stranger, Unseen, User, UserId,
};
use jiff::Timestamp;
use salesforce::collaboration_group_member;
use salesforce::collaboration_invitation::Invitation as Row;

use crate::record;
use crate::rows::{Rows, Seats};
use crate::words::{Places, Sightings};

/// What was seen of each of these customers.
pub(crate) fn sightings(customers: &[&Customer], rows: &Rows) -> Sightings {
    let index = Index::of(rows);
    let mut places = Places::default();
    for member in rows.members.values().chain(rows.crowds.values()) {
        let group = record::group_id(&member.group);
        let user = record::user_id(&member.user);
        if let (Some(group), Some(user)) = (group, user) {
            places.0.insert((group, user), member.id.clone());
        }
    }
    let observed = customers.iter().map(|it| (it.email.clone(), index.observed(it))).collect();
    Sightings { observed, places }
}

/// Records by what they are looked up by.
struct Index {
    users: BTreeMap<UserId, User>,
    /// By address as it is spelt in Salesforce, in lower case: it may be none that Lanyard takes.
    users_by_address: BTreeMap<String, Vec<UserId>>,
    members: BTreeMap<UserId, Vec<Member>>,
    /// Users of whose memberships nothing is shown but the id.
    hidden: BTreeSet<UserId>,
    invitations: BTreeMap<InvitationId, Invitation>,
    invitations_by_address: BTreeMap<String, Vec<InvitationId>>,
    children: BTreeMap<InvitationId, Vec<InvitationId>>,
    /// Under which address somebody was invited who accepted under another.
    invited_as: BTreeMap<InvitationId, Email>,
    hidden_groups: BTreeSet<GroupId>,
    hidden_invitations: BTreeSet<InvitationId>,
    /// By group, as its id is spelt.
    crowds: BTreeMap<String, Vec<Arc<Stranger>>>,
    /// Those who are in no group at all.
    loners: Vec<Arc<Stranger>>,
    /// Where each of a crowd is.
    places: BTreeMap<UserId, Vec<Arc<Stranger>>>,
    seats: Seats,
}

impl Index {
    fn of(rows: &Rows) -> Self {
        let mut index = Self {
            users: BTreeMap::new(),
            users_by_address: BTreeMap::new(),
            members: BTreeMap::new(),
            hidden: BTreeSet::new(),
            invitations: BTreeMap::new(),
            invitations_by_address: BTreeMap::new(),
            children: BTreeMap::new(),
            invited_as: BTreeMap::new(),
            hidden_groups: rows.hidden_groups.iter().filter_map(record::group_id).collect(),
            hidden_invitations: rows
                .hidden_invitations
                .iter()
                .filter_map(record::invitation_id)
                .collect(),
            crowds: BTreeMap::new(),
            loners: rows.loners.iter().filter_map(record::lone_stranger).map(Arc::new).collect(),
            places: BTreeMap::new(),
            seats: rows.seats,
        };
        for row in rows.users.values() {
            let Some(id) = record::user_id(&row.id) else { continue };
            let address = row.email.trim().to_lowercase();
            index.users_by_address.entry(address).or_default().push(id.clone());
            index.users.insert(id, record::user(row));
        }
        for row in rows.members.values() {
            index.add_member(row);
        }
        for row in rows.invitations.values() {
            index.add_invitation(row);
        }
        for stranger in rows.crowds.values().filter_map(record::stranger).map(Arc::new) {
            index.add_stranger(stranger);
        }
        let parents = rows.parents.values().filter_map(|row| record::invitation(row, None));
        index.invited_as = parents.filter_map(|it| Some((it.id, it.email?))).collect();
        index
    }

    fn add_member(&mut self, row: &collaboration_group_member::Member) {
        let group = record::group_id(&row.group);
        let user = record::user_id(&row.user);
        let (Some(group), Some(user)) = (group, user) else { return };
        if row.member.is_none() && !self.users.contains_key(&user) {
            self.hidden.insert(user.clone());
        }
        let role = record::role(row.role);
        self.members.entry(user.clone()).or_default().push(Member { group, user, role });
    }

    fn add_stranger(&mut self, stranger: Arc<Stranger>) {
        let Some(group) = &stranger.group else { return };
        let crowd = self.crowds.entry(group.to_string()).or_default();
        crowd.push(Arc::clone(&stranger));
        self.places.entry(stranger.user.clone()).or_default().push(stranger);
    }

    fn add_invitation(&mut self, row: &Row) {
        let accepted_by = row.parent_id.as_ref().and_then(|_| self.accepted_by(row));
        let Some(invitation) = record::invitation(row, accepted_by) else { return };
        for address in record::addresses(row) {
            let ids = self.invitations_by_address.entry(address).or_default();
            ids.push(invitation.id.clone());
        }
        if let Some(parent) = &invitation.parent {
            self.children.entry(parent.clone()).or_default().push(invitation.id.clone());
        }
        self.invitations.insert(invitation.id.clone(), invitation);
    }

    /// The customer who has the address under which an invitation was accepted, if that is one alone.
    fn accepted_by(&self, row: &Row) -> Option<UserId> {
        let addresses = record::addresses(row);
        let users = addresses.iter().filter_map(|it| self.users_by_address.get(it)).flatten();
        let is_customer = |id: &&UserId| self.users.get(*id).is_some_and(User::is_customer);
        let customers: BTreeSet<&UserId> = users.filter(is_customer).collect();
        customers.first().filter(|_| customers.len() == 1).map(|id| (*id).clone())
    }

    fn observed(&self, customer: &Customer) -> Observed {
        let address = customer.email.as_str();
        let named = self.invitations_by_address.get(address).into_iter().flatten();
        let stored = customer.grants.values().flat_map(access::Grant::known_invitations);
        let own: BTreeSet<&InvitationId> = named.chain(stored).collect();
        let children = own.iter().filter_map(|parent| self.children.get(*parent)).flatten();
        let all: BTreeSet<&InvitationId> = own.iter().copied().chain(children).collect();
        let invitations: Vec<Invitation> =
            all.iter().filter_map(|id| self.invitations.get(*id)).cloned().collect();

        let mut ids: BTreeSet<UserId> =
            self.users_by_address.get(address).into_iter().flatten().cloned().collect();
        ids.extend(customer.users.iter().cloned());
        ids.extend(invitations.iter().filter_map(|it| it.accepted_by.clone()));
        let users: BTreeMap<UserId, User> =
            ids.iter().filter_map(|id| self.users.get_key_value(id)).map(cloned).collect();
        let members = ids.iter().filter_map(|id| self.members.get(id)).flatten().cloned();
        let invited_as = invitations.iter().filter_map(|it| {
            let parent = it.parent.as_ref()?;
            let known = || self.invitations.get(parent).and_then(|it| it.email.as_ref());
            self.invited_as.get(parent).or_else(known).cloned()
        });
        let other_addresses = users.values().filter_map(|user| user.email.clone());
        let aliases = invited_as.chain(other_addresses).chain(customer.aliases.iter().cloned());
        let aliases = aliases.filter(|email| *email != customer.email);
        Observed {
            sight: self.sight(&ids, &users),
            hidden: self.hidden(customer),
            aliases: aliases.collect(),
            beside: BTreeMap::new(),
            frozen: BTreeSet::new(),
            stays_since: None,
            is_apart: false,
            strangers: self.strangers(customer, &users, &invitations),
            since: self.since(&ids),
            members: members.collect(),
            users,
            invitations,
            stale: access::Stale::default(),
            laid: BTreeMap::new(),
        }
    }

    fn sight(&self, ids: &BTreeSet<UserId>, users: &BTreeMap<UserId, User>) -> Sight {
        let is_hidden = ids.iter().any(|id| !users.contains_key(id) || self.hidden.contains(id));
        let is_unreadable = users.values().any(|user| user.licence == Licence::Unreadable);
        let causes = [(is_hidden, Unseen::UserHidden), (is_unreadable, Unseen::LicenceUnreadable)];
        let near = causes.into_iter().filter(|(is_so, _)| *is_so).map(|(_, cause)| cause);
        let far = match (self.seats.seen, self.seats.used) {
            (Some(seen), Some(used)) if seen == used => None,
            (Some(_), Some(_)) => Some(Unseen::SeatsDiffer),
            (None, _) | (_, None) => Some(Unseen::SeatsUnreadable),
        };
        Sight::but(near.chain(far))
    }

    fn hidden(&self, customer: &Customer) -> Hidden {
        let grants = || customer.grants.values();
        let groups = grants().map(|it| &it.group.id).filter(|id| self.hidden_groups.contains(*id));
        let invitations = grants().flat_map(Grant::loose_invitations);
        let invitations = invitations.filter(|id| self.hidden_invitations.contains(*id));
        Hidden { groups: groups.cloned().collect(), invitations: invitations.cloned().collect() }
    }

    /// Since when these users are in the groups of which everybody was read.
    fn since(&self, ids: &BTreeSet<UserId>) -> BTreeMap<(UserId, GroupId), Timestamp> {
        let known = ids.iter().filter_map(|id| self.places.get(id)).flatten();
        let place = |it: &Arc<Stranger>| Some(((it.user.clone(), it.group.clone()?), it.since?));
        known.filter_map(place).collect()
    }

    /// The customers in groups of which an invitation was accepted by nobody who can be told.
    fn strangers(
        &self,
        customer: &Customer,
        users: &BTreeMap<UserId, User>,
        invitations: &[Invitation],
    ) -> BTreeSet<Arc<Stranger>> {
        let groups = unexplained(customer, users, invitations);
        if groups.is_empty() {
            return BTreeSet::new();
        }
        let crowds = groups.keys().filter_map(|group| self.crowds.get(*group)).flatten();
        let is_other = |it: &&Arc<Stranger>| !customer.users.contains(&it.user);
        crowds.chain(&self.loners).filter(is_other).cloned().collect()
    }
}

/// The groups of which an invitation of the customer's was accepted, or has left no record, while nobody who has the address says
/// by whom; with the instant since when that may have been.
pub(crate) fn unexplained<'a>(
    customer: &'a Customer,
    users: &BTreeMap<UserId, User>,
    invitations: &'a [Invitation],
) -> BTreeMap<&'a str, Timestamp> {
    let is_known = is_named(customer, users);
    let is_unexplained = |it: &&Invitation| match &it.parent {
        _ if it.status != InvitationStatus::Accepted => false,
        Some(_) => it.accepted_by.is_none(),
        // Who has the address now need not be who accepted, unless somebody has been seen to join.
        None => !is_known || !it.group.as_ref().is_some_and(|it| customer.has_joined(it)),
    };
    let accepted = invitations.iter().filter(is_unexplained);
    let accepted = accepted.filter_map(|it| Some((it.group.as_ref()?.as_str(), it.created)));
    let is_there = |id: &InvitationId| invitations.iter().any(|it| it.id == *id);
    let is_lost = |grant: &&Grant| {
        let is_unnamed = matches!(&grant.state, State::Invited { invitation: None, .. });
        let mut sent = grant.known_invitations();
        // Whether who has the address came before a link was cancelled, or after, only the instant says.
        let is_gone = sent.any(|id| !is_there(id));
        grant.joined.is_none() && (is_gone || (is_unnamed && !is_known))
    };
    let lost = customer.grants.values().filter(is_lost);
    let lost = lost.map(|grant| (grant.group.id.as_str(), grant.requested_at));
    let mut groups: BTreeMap<&str, Timestamp> = BTreeMap::new();
    for (group, since) in accepted.chain(lost) {
        groups.entry(group).and_modify(|first| *first = (*first).min(since)).or_insert(since);
    }
    groups
}

/// Whether a customer among the users has the address.
pub(crate) fn is_named(customer: &Customer, users: &BTreeMap<UserId, User>) -> bool {
    let mut named = users.values().filter(|user| user.is_customer());
    named.any(|user| user.email.as_ref() == Some(&customer.email))
}

fn cloned((id, user): (&UserId, &User)) -> (UserId, User) {
    (id.clone(), user.clone())
}
