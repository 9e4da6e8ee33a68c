//! The nightly census: every customer of an org, and for whom of them no grant answers.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::seen::Sight;
use crate::words::{Email, Group, GroupId, InvitationId, Role, UserId, days_of};

/// After how many days without a sign of life a customer counts as not seen.
pub const IDLE_DAYS: i64 = 60;

/// An active user with the licence of customers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The address, as it is in Salesforce.
    pub address: String,
    /// The same, if it is one that Lanyard knows how to compare.
    pub email: Option<Email>,
    /// Whether it is one of Salesforce's stock users.
    pub is_stock: bool,
    /// Since when there is this user.
    pub created: Option<Timestamp>,
    /// When the user signed in last; `None` = never.
    pub last_login: Option<Timestamp>,
}

/// A customer's place in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The user.
    pub user: UserId,
    /// The group.
    pub group: Group,
    /// Whether its owner is active, if that can be seen.
    pub has_active_owner: Option<bool>,
    /// The role there.
    pub role: Role,
    /// Since when.
    pub since: Option<Timestamp>,
    /// When the group's feed was opened last; `None` = never.
    pub last_seen: Option<Timestamp>,
}

/// An invitation that nobody has accepted or cancelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenInvitation {
    /// Its id.
    pub id: InvitationId,
    /// The group; `None` for an invitation to Chatter alone.
    pub group: Option<GroupId>,
    /// The address, as it was given.
    pub address: String,
    /// The same, if it is one that Lanyard knows how to compare.
    pub email: Option<Email>,
    /// Since when.
    pub created: Timestamp,
    /// Who sent it.
    pub inviter: Option<UserId>,
}

/// Every customer of an org, as one reading has shown them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// How much of it could be seen.
    pub sight: Sight,
    /// The active users with the licence of customers.
    pub persons: BTreeMap<UserId, Person>,
    /// All their places.
    pub places: Vec<Place>,
    /// The open invitations.
    pub invitations: Vec<OpenInvitation>,
    /// Seats that Salesforce says are taken, and all seats.
    pub seats: Option<(u64, u64)>,
    /// Whether the integration user may invite customers, if that can be told.
    pub may_invite: Option<bool>,
}

/// Access of a customer for which no grant answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ungoverned {
    /// Who: a user, or an address that is invited.
    pub who: Whoever,
    /// The address, as it is in Salesforce.
    pub address: String,
    /// The same, if it is one that Lanyard knows how to compare.
    pub email: Option<Email>,
    /// The groups. Empty where a customer has a seat and no group.
    pub groups: Vec<UngovernedPlace>,
    /// When the user signed in last; `None` = never.
    pub last_login: Option<Timestamp>,
    /// Who sent the invitation, as far as it is known.
    pub invited_by: Option<UserId>,
}

/// Who has access for which no grant answers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whoever {
    /// A user.
    User(UserId),
    /// Somebody who is invited and has not accepted yet.
    Invited(InvitationId),
}

impl Whoever {
    /// The id of the record.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::User(user) => user.as_str(),
            Self::Invited(invitation) => invitation.as_str(),
        }
    }
}

/// A group in which nobody answers for a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UngovernedPlace {
    /// The group.
    pub group: Group,
    /// The role there.
    pub role: Role,
    /// Since when.
    pub since: Option<Timestamp>,
    /// When the group's feed was opened last; `None` = never.
    pub last_seen: Option<Timestamp>,
}

impl Census {
    /// The customers who have not signed in and opened no feed for [`IDLE_DAYS`], or never, since they are there.
    #[must_use]
    pub fn idle(&self, now: Timestamp) -> BTreeSet<&UserId> {
        let mut seen: BTreeMap<&UserId, Timestamp> = BTreeMap::new();
        for place in &self.places {
            for at in [place.last_seen, place.since].into_iter().flatten() {
                seen.entry(&place.user).and_modify(|last| *last = (*last).max(at)).or_insert(at);
            }
        }
        let is_idle = |(id, person): &(&UserId, &Person)| {
            let signs = [person.last_login, person.created, seen.get(*id).copied()];
            let last = signs.into_iter().flatten().max();
            !person.is_stock && last.is_none_or(|at| now.duration_since(at) >= days_of(IDLE_DAYS))
        };
        self.persons.iter().filter(is_idle).map(|(id, _)| id).collect()
    }

    /// The groups with customers whose owner is inactive, by id: findings are logged, and a name may say much.
    #[must_use]
    pub fn ownerless(&self) -> BTreeSet<&str> {
        let ownerless = self.places.iter().filter(|it| it.has_active_owner == Some(false));
        ownerless.map(|it| it.group.id.as_str()).collect()
    }
}
