//! `CollaborationGroupMember`: a user's place in a group.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::record::{Record, Verb};
use crate::soql::{In, Row, Select};
use crate::user::Profile;
use crate::{Client, Deleted, Id, Query, Written, instant};

const OBJECT: &str = "CollaborationGroupMember";

/// The field that says in which group.
const GROUP: &str = "CollaborationGroupId";

/// The path to the name of a member's licence.
const LICENSE: &str = "Member.Profile.UserLicense.Name";

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
    /// `CreatedDate`.
    pub created: Option<Timestamp>,
    /// `LastFeedAccessDate`; `None` if the member has never opened the group's feed.
    pub last_feed_access: Option<Timestamp>,
    /// `Member`; `None` if the user is not visible to the caller.
    pub member: Option<MemberUser>,
}

/// The user behind a membership.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberUser {
    /// `Member.Email`.
    pub email: String,
    /// `Member.Username`; empty where it is not visible to the caller.
    pub username: String,
    /// `Member.IsActive`.
    pub is_active: bool,
    /// `Member.Profile.UserLicense.Name`; `None` where it is not visible to the caller.
    pub license: Option<String>,
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

/// All memberships of users with one of these addresses or ids. One may come twice.
#[must_use]
pub fn by_addresses_or_members<A: AsRef<str>>(addresses: &[A], users: &[Id]) -> Query<Member> {
    let addresses = addresses.iter().map(AsRef::as_ref);
    Select::new().any_of([In::texts("Member.Email", addresses), In::ids("MemberId", users)])
}

/// All memberships of users with a licence in these groups.
#[must_use]
pub fn in_groups(groups: &[Id], license: &str) -> Query<Member> {
    Select::new().equals(LICENSE, license).one_of_ids("CollaborationGroupId", groups)
}

/// A place in a group, with what a census needs to know of the group.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "PlaceFields")]
pub struct Place {
    /// The membership, without the user behind it.
    pub membership: Member,
    /// `CollaborationGroup.Name`.
    pub group_name: Option<String>,
    /// `CollaborationGroup.Owner.IsActive`; `None` if the owner is not visible to the caller.
    pub owner_is_active: Option<bool>,
}

/// All places of active users with a licence.
#[must_use]
pub fn places_of(license: &str) -> Query<Place> {
    Select::new().and_true("Member.IsActive").equals(LICENSE, license).query()
}

/// A group that has a member.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Peopled {
    /// `CollaborationGroupId`.
    pub collaboration_group_id: Id,
}

/// Those of these groups of which the caller sees any member at all, whoever it is.
#[must_use]
pub fn peopled(groups: &[Id]) -> Query<Peopled> {
    Select::new().once_for_each(GROUP).one_of_ids(GROUP, groups)
}

/// The memberships of these users in one group.
#[must_use]
pub fn of_group(group: &Id, users: &[Id]) -> Query<Member> {
    Select::new().equals_id("CollaborationGroupId", group).one_of_ids("MemberId", users)
}

impl Client {
    /// Adds users to groups. [`crate::ErrorCode::DuplicateValue`] means that one is in the group already.
    pub async fn add_members(&self, members: &[NewMember]) -> Vec<Written<Id>> {
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
    pub async fn change_roles(&self, roles: &[(Id, Role)]) -> Vec<Written<()>> {
        let record = |(id, role): &(Id, Role)| {
            Record::new(Some(id.clone()), json!({ "CollaborationRole": role }))
        };
        self.update(OBJECT, roles.iter().map(record).collect()).await
    }

    /// Removes members, by the id of the membership.
    pub async fn delete_members(&self, memberships: &[Id]) -> Vec<Written<Deleted>> {
        self.delete(OBJECT, memberships).await
    }
}

impl Row for Peopled {
    const OBJECT: &'static str = OBJECT;
    const FIELDS: &'static str = GROUP;
}

impl Row for Member {
    const OBJECT: &'static str = OBJECT;
    const FIELDS: &'static str = "Id, CollaborationGroupId, MemberId, CollaborationRole, CreatedDate, LastFeedAccessDate, \
                                  Member.Email, Member.Username, Member.IsActive, Member.Profile.UserLicense.Name";
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Fields {
    id: Id,
    collaboration_group_id: Id,
    member_id: Id,
    collaboration_role: Option<String>,
    #[serde(default, deserialize_with = "instant::optional")]
    created_date: Option<Timestamp>,
    #[serde(default, deserialize_with = "instant::optional")]
    last_feed_access_date: Option<Timestamp>,
    #[serde(default)]
    member: Option<UserFields>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UserFields {
    email: Option<String>,
    username: Option<String>,
    is_active: Option<bool>,
    profile: Option<Profile>,
}

impl UserFields {
    /// `None` where the user is visible in part only: then nothing is known.
    fn user(self) -> Option<MemberUser> {
        let Self { email, username, is_active, profile } = self;
        let license = profile.and_then(Profile::license);
        let username = username.unwrap_or_default();
        Some(MemberUser { email: email?, username, is_active: is_active?, license })
    }
}

impl From<Fields> for Member {
    fn from(fields: Fields) -> Self {
        let role = match fields.collaboration_role.as_deref() {
            Some("Standard") => Some(Role::Standard),
            Some("Admin") => Some(Role::Admin),
            Some(_) | None => None,
        };
        Self {
            id: fields.id,
            group: fields.collaboration_group_id,
            user: fields.member_id,
            role,
            created: fields.created_date,
            last_feed_access: fields.last_feed_access_date,
            member: fields.member.and_then(UserFields::user),
        }
    }
}

impl Row for Place {
    const OBJECT: &'static str = OBJECT;
    const FIELDS: &'static str = "Id, CollaborationGroupId, MemberId, CollaborationRole, CreatedDate, LastFeedAccessDate, \
                                  CollaborationGroup.Name, CollaborationGroup.Owner.IsActive";
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PlaceFields {
    #[serde(flatten)]
    membership: Fields,
    collaboration_group: Option<GroupFields>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GroupFields {
    name: Option<String>,
    owner: Option<OwnerFields>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OwnerFields {
    is_active: Option<bool>,
}

impl From<PlaceFields> for Place {
    fn from(fields: PlaceFields) -> Self {
        let PlaceFields { membership, collaboration_group } = fields;
        let (name, owner) = collaboration_group.map_or((None, None), |it| (it.name, it.owner));
        let owner_is_active = owner.and_then(|it| it.is_active);
        Self { membership: membership.into(), group_name: name, owner_is_active }
    }
}
