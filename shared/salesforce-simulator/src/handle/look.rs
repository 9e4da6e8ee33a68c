//! Looking at the org, for assertions.

use jiff::Timestamp;
use serde::Serialize;

use super::{OrgHandle, group, user};
use crate::id::RecordId;
use crate::options::Licence;
use crate::org::{Org, normalised};
use crate::schema::Object;
use crate::store::{Row, Value};
use crate::view::View;

/// A user as he stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserView {
    /// Id.
    pub id: String,
    /// E-mail address.
    pub email: String,
    /// Username.
    pub username: String,
    /// Whether he is active.
    pub is_active: bool,
    /// Whether he is frozen; unknown without a `UserLogin` row.
    pub is_frozen: Option<bool>,
    /// Name of his licence.
    pub licence: String,
}

/// A group as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupView {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// `Public`, `Private` or `Unlisted`.
    pub collaboration_type: String,
    /// *Allow Customers*.
    pub can_have_guests: bool,
    /// Whether it is archived.
    pub is_archived: bool,
    /// Id of the owner.
    pub owner_id: String,
    /// Description.
    pub description: Option<String>,
}

/// A membership as it stands. It outlives the deactivation of its user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MemberView {
    /// Id of the membership.
    pub id: String,
    /// Id of the group.
    pub group_id: String,
    /// Id of the user.
    pub user_id: String,
    /// Address of the user.
    pub email: String,
    /// `Standard` or `Admin`.
    pub role: String,
}

/// An invitation as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InvitationView {
    /// Id.
    pub id: String,
    /// Id of the group.
    pub group_id: String,
    /// Address in lower case, whatever `InvitedUserEmailNormalized` shows.
    pub email: String,
    /// `Sent`, `Accepted`, `Canceled`, or what [`OrgHandle::set_invitation_status`] has made it.
    pub status: String,
    /// The invitation that was accepted under this other address.
    pub parent_id: Option<String>,
    /// The inviter's message.
    pub message: Option<String>,
    /// When it was sent.
    pub created: Option<Timestamp>,
}

impl OrgHandle {
    /// All users, the integration user and the stock user included.
    #[must_use]
    pub fn users(&self) -> Vec<UserView> {
        self.read(|org| org.store.rows(Object::User).map(|it| user_view(org, it)).collect())
    }

    /// The first user with an address.
    #[must_use]
    pub fn user_by_email(&self, email: &str) -> Option<UserView> {
        self.read(|org| {
            let mut users =
                org.store.find(Object::User, "Email", &normalised(email).as_str().into());
            users.next().map(|found| user_view(org, found))
        })
    }

    /// All groups.
    #[must_use]
    pub fn groups(&self) -> Vec<GroupView> {
        self.read(|org| org.store.rows(Object::CollaborationGroup).map(group_view).collect())
    }

    /// The first group of a name, without regard to case.
    #[must_use]
    pub fn group_by_name(&self, name: &str) -> Option<GroupView> {
        self.read(|org| {
            org.store.find(Object::CollaborationGroup, "Name", &name.into()).next().map(group_view)
        })
    }

    /// All memberships.
    #[must_use]
    pub fn members(&self) -> Vec<MemberView> {
        self.read(|org| {
            let members = org.store.rows(Object::CollaborationGroupMember);
            members.map(|member| member_view(org, member)).collect()
        })
    }

    /// The membership of a user in a group, if there is one.
    #[must_use]
    pub fn member(&self, named: &str, email: &str) -> Option<MemberView> {
        self.read(|org| {
            let (group, user) = (group(org, named).ok()?, user(org, email).ok()?);
            org.membership(group, user).map(|member| member_view(org, member))
        })
    }

    /// Whether a user is in a group, active or not.
    #[must_use]
    pub fn is_member(&self, named: &str, email: &str) -> bool {
        self.member(named, email).is_some()
    }

    /// All invitations, in the order in which they were sent.
    #[must_use]
    pub fn invitations(&self) -> Vec<InvitationView> {
        let object = Object::CollaborationInvitation;
        self.read(|org| org.store.rows(object).map(invitation_view).collect())
    }

    /// The open invitations to an address, in the order in which they were sent.
    #[must_use]
    pub fn open_invitations(&self, email: &str) -> Vec<InvitationView> {
        self.read(|org| org.open_invitations(email).map(invitation_view).collect())
    }

    /// `Chatter External` licences in use: the active users that hold one, whatever the API shows.
    #[must_use]
    pub fn used_seats(&self) -> i64 {
        self.read(|org| {
            let licence = org.named(Object::UserLicense, "Name", Licence::ChatterExternal.name());
            licence.map_or(0, |id| View::whole(&org.store).used_licences(id))
        })
    }

    /// Calls counted within the last 24 hours before the latest one.
    #[must_use]
    pub fn api_usage(&self) -> usize {
        self.read(|org| org.access.used())
    }
}

fn user_view(org: &Org, (id, row): (RecordId, &Row)) -> UserView {
    UserView {
        id: id.to_string(),
        email: row.text("Email").to_owned(),
        username: row.text("Username").to_owned(),
        is_active: row.is("IsActive"),
        is_frozen: org.login_of(id).map(|(_, login)| login.is("IsFrozen")),
        licence: org.licence_of(row).to_owned(),
    }
}

fn group_view((id, row): (RecordId, &Row)) -> GroupView {
    GroupView {
        id: id.to_string(),
        name: row.text("Name").to_owned(),
        collaboration_type: row.text("CollaborationType").to_owned(),
        can_have_guests: row.is("CanHaveGuests"),
        is_archived: row.is("IsArchived"),
        owner_id: shown(row, "OwnerId"),
        description: text(row, "Description"),
    }
}

fn member_view(org: &Org, (id, row): (RecordId, &Row)) -> MemberView {
    let user = row.id("MemberId").and_then(|id| org.store.row(Object::User, id));
    MemberView {
        id: id.to_string(),
        group_id: shown(row, "CollaborationGroupId"),
        user_id: shown(row, "MemberId"),
        email: user.map(|user| user.text("Email").to_owned()).unwrap_or_default(),
        role: row.text("CollaborationRole").to_owned(),
    }
}

fn invitation_view((id, row): (RecordId, &Row)) -> InvitationView {
    InvitationView {
        id: id.to_string(),
        group_id: shown(row, "SharedEntityId"),
        email: normalised(row.text("InvitedUserEmail")),
        status: row.text("Status").to_owned(),
        parent_id: row.id("ParentId").map(|id| id.to_string()),
        message: text(row, "OptionalMessage"),
        created: row.instant("CreatedDate"),
    }
}

/// The id in a reference field; empty when it is null.
fn shown(row: &Row, field: &str) -> String {
    row.id(field).map(|id| id.to_string()).unwrap_or_default()
}

fn text(row: &Row, field: &str) -> Option<String> {
    match row.get(field) {
        Value::Text(text) => Some(text.clone()),
        Value::Null | Value::Boolean(_) | Value::Integer(_) | Value::Id(_) | Value::Instant(_) => {
            None
        }
    }
}
