//! What Salesforce says now about one customer.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Email, GroupId, InvitationId, Role, UserId};

/// Whether everything that was asked for was read.
///
/// What was seen may be acted on; what was not seen proves something only when the reading is complete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Completeness {
    /// Every query was answered in full.
    Complete,
    /// Something could not be read.
    #[default]
    Partial,
}

/// A user of the org with the customer's address, or one that the ledger knows as the customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The user's address now; accepting under another address, or a change in Salesforce, makes it differ.
    pub email: Option<Email>,
    /// Whether the licence is *Chatter External*: an outside person, not a colleague.
    pub is_customer: bool,
    /// Whether it is one of Salesforce's stock users.
    pub is_stock: bool,
    /// Whether the user is active, and so takes a seat.
    pub is_active: bool,
}

impl User {
    /// Whether Lanyard may touch this user at all.
    #[must_use]
    pub fn is_ours_to_touch(&self) -> bool {
        self.is_customer && !self.is_stock
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
    /// Anything else; never fatal, proves nothing.
    Other,
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

/// What was read about one customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// Whether all of it could be read.
    pub completeness: Completeness,
    /// Users with the address, and users that the ledger knows as the customer.
    pub users: BTreeMap<UserId, User>,
    /// Every place of these users in any group.
    pub members: BTreeSet<Member>,
    /// Every invitation of the address, whatever its group, and those that name one of them as parent.
    pub invitations: Vec<Invitation>,
    /// Other addresses of the same people, by which the ledger may know them as further customers.
    pub aliases: BTreeSet<Email>,
    /// Places that the open grants of such a further customer hold. They count like the customer's own.
    pub shared: BTreeSet<(UserId, GroupId)>,
}

impl Observed {
    /// The users that are the customer and may be touched.
    pub fn customers(&self) -> impl Iterator<Item = (&UserId, &User)> {
        self.users.iter().filter(|(_, user)| user.is_ours_to_touch())
    }

    /// The customer's places in one group.
    pub fn places(&self, group: &GroupId) -> impl Iterator<Item = &Member> {
        let is_customer = |user: &UserId| self.users.get(user).is_some_and(User::is_ours_to_touch);
        self.members
            .iter()
            .filter(move |member| member.group == *group && is_customer(&member.user))
    }

    /// The open invitations to one group.
    pub fn open_invitations(&self, group: &GroupId) -> impl Iterator<Item = &Invitation> {
        self.invitations.iter().filter(move |invitation| {
            invitation.status == InvitationStatus::Sent && invitation.group.as_ref() == Some(group)
        })
    }

    /// Whether the user's place in the group is also that of a further customer.
    #[must_use]
    pub fn is_place_shared(&self, user: &UserId, group: &GroupId) -> bool {
        self.shared.iter().any(|(shared, place)| shared == user && place == group)
    }

    /// Whether the user's seat is also that of a further customer.
    #[must_use]
    pub fn is_seat_shared(&self, user: &UserId) -> bool {
        self.shared.iter().any(|(shared, _)| shared == user)
    }
}
