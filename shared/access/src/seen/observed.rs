//! What Salesforce says now about one customer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::sight::{Sight, Unseen};
use crate::records::{Customer, Grant};
use crate::words::{Email, GroupId, InvitationId, Role, UserId};

/// The licence of a user, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Licence {
    /// *Chatter External*: an outside person.
    Customer,
    /// Any other: a colleague.
    Other,
    /// Not shown. Nobody knows who this is.
    Unreadable,
}

/// A user of the org with the customer's address, or one that the ledger knows as the customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The user's address now; accepting under another address, or a change in Salesforce, makes it differ. `None` if it is none
    /// that Lanyard knows how to compare.
    pub email: Option<Email>,
    /// The licence.
    pub licence: Licence,
    /// Whether it is one of Salesforce's stock users.
    pub is_stock: bool,
    /// Whether the user is active, and so takes a seat.
    pub is_active: bool,
}

impl User {
    /// Whether this is an outside person, whom Lanyard may touch if it invited or adopted them.
    #[must_use]
    pub fn is_customer(&self) -> bool {
        self.licence == Licence::Customer && !self.is_stock
    }

    /// Whether this is surely somebody whom Lanyard never touches.
    #[must_use]
    pub fn is_colleague(&self) -> bool {
        self.licence == Licence::Other || self.is_stock
    }
}

/// Where an invitation stands. Salesforce documents the first three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationStatus {
    /// `Sent`: open.
    Sent,
    /// `Accepted`.
    Accepted,
    /// `Canceled`.
    Canceled,
    /// Anything else; never fatal, and open until it is proven to be over.
    Other,
}

impl InvitationStatus {
    /// Whether somebody may still accept it.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Sent | Self::Other)
    }
}

/// An invitation of the customer's address, or one that stems from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Its record id.
    pub id: InvitationId,
    /// The group, `None` for an invitation to join Chatter alone.
    pub group: Option<GroupId>,
    /// The address invited.
    pub email: Option<Email>,
    /// Where it stands.
    pub status: InvitationStatus,
    /// The invitation that was accepted under this one's address.
    pub parent: Option<InvitationId>,
    /// Since when there is this row.
    pub created: Timestamp,
    /// When it last changed, such as by being accepted.
    pub changed: Timestamp,
    /// Of one that came of another: the user who has its address now, if that is somebody who can be seen.
    pub accepted_by: Option<UserId>,
}

/// A user's place in a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// The group.
    pub group: GroupId,
    /// The user.
    pub user: UserId,
    /// The role there.
    pub role: Role,
}

/// An active customer for whom nobody answers as far as the ledger can tell: in one of the groups concerned, or in no group at all.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stranger {
    /// The group; `None` for a seat without any group.
    pub group: Option<GroupId>,
    /// The user.
    pub user: UserId,
    /// The user's address now, if it is one that Lanyard knows how to compare.
    pub email: Option<Email>,
    /// Since when in the group, or since when there is the user; `None` if that is not known.
    pub since: Option<Timestamp>,
}

/// What the ledger names, no query shows, and Salesforce does not say was deleted. It may be there all the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hidden {
    /// Groups of which nothing is shown: no member at all, and no invitation of these customers.
    pub groups: BTreeSet<GroupId>,
    /// Invitations that were sent.
    pub invitations: BTreeSet<InvitationId>,
}

/// What a query still shows although it was surely taken away a moment ago: that it is gone is not proven yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stale {
    /// Groups of which a place or an invitation is still shown.
    pub groups: BTreeSet<GroupId>,
    /// Users who are still shown as active.
    pub seats: BTreeSet<UserId>,
}

/// What was read about one customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// How much of it could be seen.
    pub sight: Sight,
    /// What is not shown of what grants of the customer stand on.
    pub hidden: Hidden,
    /// Users with the address, and users that the ledger knows as the customer.
    pub users: BTreeMap<UserId, User>,
    /// Every place of these users in any group.
    pub members: BTreeSet<Member>,
    /// Since when users are in groups, as far as that was read: where somebody accepted an invitation who may be one of several.
    pub since: BTreeMap<(UserId, GroupId), Timestamp>,
    /// Every invitation of the address, whatever its group, and those that name one of them as parent.
    pub invitations: Vec<Invitation>,
    /// Other addresses of the same people, by which the ledger may know them as further customers.
    pub aliases: BTreeSet<Email>,
    /// Places of these users that live grants of these further customers hold, with the highest role, where those were not looked at
    /// themselves.
    pub beside: BTreeMap<(UserId, GroupId), Role>,
    /// Since when the same person stays under such a customer's address without a break.
    pub stays_since: Option<Timestamp>,
    /// Those of these users whom Lanyard has frozen for such a customer, or may have.
    pub frozen: BTreeSet<UserId>,
    /// Whether one of these further customers could not be looked at: they may hold whatever these users have.
    pub is_apart: bool,
    /// Those of whom one may be this customer, where somebody accepted an invitation who cannot be told.
    /// The same record of a stranger is shared by everybody whom they may be: a group's crowd is not copied for each of its customers.
    pub strangers: BTreeSet<Arc<Stranger>>,
    /// What is shown and was taken away.
    pub stale: Stale,
    /// The places that are not shown and were surely given of late, with the instant until which no query need show them. Whether a
    /// person has taken one away since cannot be told before, and nothing can be done to a place that is not shown.
    pub laid: BTreeMap<(UserId, GroupId), Timestamp>,
}

impl Observed {
    /// The outside persons among the users.
    pub fn customers(&self) -> impl Iterator<Item = (&UserId, &User)> {
        self.users.iter().filter(|(_, user)| user.is_customer())
    }

    /// Why it cannot be seen what a grant gives, if so.
    #[must_use]
    pub fn hidden_of(&self, grant: &Grant) -> Option<Unseen> {
        if self.hidden.groups.contains(&grant.group.id) {
            Some(Unseen::GroupHidden)
        } else if self.hidden_invitations(grant).next().is_some() {
            Some(Unseen::InvitationHidden)
        } else {
            None
        }
    }

    /// The invitations of a grant of which nobody can say what became of them.
    pub fn hidden_invitations<'a>(
        &'a self,
        grant: &'a Grant,
    ) -> impl Iterator<Item = &'a InvitationId> {
        grant.loose_invitations().filter(|id| self.hidden.invitations.contains(*id))
    }

    /// Whether the user is in the group.
    #[must_use]
    pub fn is_in(&self, user: &UserId, group: &GroupId) -> bool {
        self.members.iter().any(|member| member.user == *user && member.group == *group)
    }

    /// The open invitations to one group.
    pub fn open_invitations(&self, group: &GroupId) -> impl Iterator<Item = &Invitation> {
        self.invitations.iter().filter(move |invitation| {
            invitation.status.is_open() && invitation.group.as_ref() == Some(group)
        })
    }
}

/// A customer and what Salesforce shows of them.
#[derive(Clone, Debug)]
pub struct Looked {
    /// What the ledger says.
    pub customer: Customer,
    /// What Salesforce says.
    pub observed: Observed,
    /// The instant before both were read, at which the customer's standing counts.
    pub at: Timestamp,
}

impl Looked {
    /// A customer with what was read of them from `at` on, and what was surely done of late laid over it.
    #[must_use]
    pub fn new(customer: Customer, read: Observed, at: Timestamp) -> Self {
        let observed = read.with_done(&customer, at);
        Self { customer, observed, at }
    }

    /// The same with what was surely done of late for another customer who is the same person, and with what live grants of theirs hold.
    #[must_use]
    pub fn beside(self, other: &Customer) -> Self {
        let mut observed = self.observed.with_done(other, self.at);
        let frozen = other.frozen.union(&other.may_be_frozen);
        observed.frozen.extend(frozen.filter(|it| observed.users.contains_key(*it)).cloned());
        observed.stays_since =
            observed.stays_since.into_iter().chain(other.stays_since(self.at)).min();
        let is_live = |grant: &&Grant| {
            grant.is_open() && grant.withdrawn.is_none() && grant.expires_at > self.at
        };
        for grant in other.grants.values().filter(is_live) {
            for user in other.users.iter().filter(|user| observed.users.contains_key(*user)) {
                let place = (user.clone(), grant.group.id.clone());
                let role = observed.beside.entry(place).or_insert(grant.role);
                *role = grant.role.max(*role);
            }
        }
        Self { observed, ..self }
    }
}
