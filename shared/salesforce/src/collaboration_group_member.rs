//! `CollaborationGroupMember`: a user's place in a group.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::collection::{Record, Verb};
use crate::soql::{Row, Select};
use crate::{Client, Deleted, Id, Query, WriteError};

const OBJECT: &str = "CollaborationGroupMember";

/// A user's place in a group.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "Fields")]
pub struct Member {
    /// `Id`, prefix `0FB`.
    pub id: Id,
    /// `CollaborationGroupId`.
    pub group: Id,
    /// `MemberId`, the user.
    pub user: Id,
    /// `CollaborationRole`; `None` where the field is empty or holds a value that is not documented.
    pub role: Option<Role>,
    /// `Member.Email`; `None` if the user is not visible to the caller.
    pub email: Option<String>,
    /// `Member.IsActive`; `None` if the user is not visible to the caller.
    pub is_active: Option<bool>,
}

/// What a member may do. The owner is not a role but a field of the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Role {
    /// Plain member.
    Standard,
    /// Manager.
    Admin,
}

/// A membership to create.
#[derive(Clone, Debug)]
pub struct NewMember {
    /// The group.
    pub group: Id,
    /// The user.
    pub user: Id,
    /// The role.
    pub role: Role,
}

/// All memberships of these users.
#[must_use]
pub fn by_members(users: &[Id]) -> Query<Member> {
    Select::new().one_of_ids("MemberId", users)
}

/// All memberships of users with these addresses.
#[must_use]
pub fn by_addresses<A: AsRef<str>>(addresses: &[A]) -> Query<Member> {
    Select::new().one_of("Member.Email", addresses.iter().map(AsRef::as_ref))
}

/// The memberships of these users in one group.
#[must_use]
pub fn of_group(group: &Id, users: &[Id]) -> Query<Member> {
    Select::new().equals_id("CollaborationGroupId", group).one_of_ids("MemberId", users)
}

impl Client {
    /// Adds users to groups. [`crate::ErrorCode::DuplicateValue`] means that one is in the group already.
    pub async fn add_members(&self, members: &[NewMember]) -> Vec<Result<Id, WriteError>> {
        let record = |member: &NewMember| {
            let NewMember { group, user, role } = member;
            let fields = json!({
                "CollaborationGroupId": group,
                "MemberId": user,
                "CollaborationRole": role,
            });
            Record::new(None, fields)
        };
        self.write(Verb::Create, OBJECT, members.iter().map(record).collect()).await
    }

    /// Gives members, by the id of the membership, another role.
    pub async fn change_roles(&self, roles: &[(Id, Role)]) -> Vec<Result<(), WriteError>> {
        let record = |(id, role): &(Id, Role)| {
            Record::new(Some(id.clone()), json!({ "CollaborationRole": role }))
        };
        self.update(OBJECT, roles.iter().map(record).collect()).await
    }

    /// Removes members, by the id of the membership.
    pub async fn delete_members(&self, memberships: &[Id]) -> Vec<Result<Deleted, WriteError>> {
        self.delete(OBJECT, memberships).await
    }
}

impl Row for Member {
    const OBJECT: &'static str = OBJECT;
    const FIELDS: &'static str =
        "Id, CollaborationGroupId, MemberId, CollaborationRole, Member.Email, Member.IsActive";
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Fields {
    id: Id,
    collaboration_group_id: Id,
    member_id: Id,
    collaboration_role: Option<String>,
    member: Option<UserFields>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UserFields {
    email: Option<String>,
    is_active: Option<bool>,
}

impl From<Fields> for Member {
    fn from(fields: Fields) -> Self {
        let Fields { id, collaboration_group_id, member_id, collaboration_role, member } = fields;
        let role = match collaboration_role.as_deref() {
            Some("Standard") => Some(Role::Standard),
            Some("Admin") => Some(Role::Admin),
            Some(_) | None => None,
        };
        let (email, is_active) = member.map_or((None, None), |user| (user.email, user.is_active));
        Self { id, group: collaboration_group_id, user: member_id, role, email, is_active }
    }
}
