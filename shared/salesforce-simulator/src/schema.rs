//! The objects and fields the org has, with the properties their reference pages give.
//!
//! Only what the fact sheet covers is here; anything else is refused as unknown. Where a reference
//! page gives no length, the platform's usual one is taken.

use crate::id::RecordId;

/// A kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Object {
    User,
    UserLogin,
    UserLicense,
    Profile,
    PermissionSet,
    PermissionSetAssignment,
    Organization,
    CollaborationGroup,
    CollaborationGroupMember,
    CollaborationInvitation,
}

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Id,
    Reference { relationship: Option<&'static str>, to: &'static [Object] },
    Text(usize),
    Email(usize),
    Picklist(&'static [&'static str]),
    Boolean,
    Integer,
    Instant,
}

/// One field of an object.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// Letters: `c` createable, `r` required on creation, `u` updateable, `f` filterable,
    /// `s` sortable, `g` groupable.
    properties: &'static str,
}

impl Field {
    pub(crate) fn may(&self, property: char) -> bool {
        self.properties.contains(property)
    }
}

impl Object {
    pub(crate) const ALL: [Self; 10] = [
        Self::User,
        Self::UserLogin,
        Self::UserLicense,
        Self::Profile,
        Self::PermissionSet,
        Self::PermissionSetAssignment,
        Self::Organization,
        Self::CollaborationGroup,
        Self::CollaborationGroupMember,
        Self::CollaborationInvitation,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::UserLogin => "UserLogin",
            Self::UserLicense => "UserLicense",
            Self::Profile => "Profile",
            Self::PermissionSet => "PermissionSet",
            Self::PermissionSetAssignment => "PermissionSetAssignment",
            Self::Organization => "Organization",
            Self::CollaborationGroup => "CollaborationGroup",
            Self::CollaborationGroupMember => "CollaborationGroupMember",
            Self::CollaborationInvitation => "CollaborationInvitation",
        }
    }

    /// The key prefix of the object's ids. No source gives the one of `CollaborationInvitation`.
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Self::User => "005",
            Self::UserLogin => "0Yw",
            Self::UserLicense => "100",
            Self::Profile => "00e",
            Self::PermissionSet => "0PS",
            Self::PermissionSetAssignment => "0Pa",
            Self::Organization => "00D",
            Self::CollaborationGroup => "0F9",
            Self::CollaborationGroupMember => "0FB",
            Self::CollaborationInvitation => "0Xi",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|object| object.name().eq_ignore_ascii_case(name))
    }

    pub(crate) fn of(id: RecordId) -> Option<Self> {
        Self::ALL.into_iter().find(|object| object.prefix() == id.prefix())
    }

    /// Whether `create()` is among the object's calls, as far as the fact sheet covers it.
    pub(crate) fn is_createable(self) -> bool {
        matches!(
            self,
            Self::CollaborationGroup
                | Self::CollaborationGroupMember
                | Self::CollaborationInvitation
        )
    }

    /// Whether `update()` is among the object's calls.
    pub(crate) fn is_updateable(self) -> bool {
        matches!(
            self,
            Self::User
                | Self::UserLogin
                | Self::CollaborationGroup
                | Self::CollaborationGroupMember
        )
    }

    /// Whether `delete()` is among the object's calls. Users cannot be deleted.
    pub(crate) fn is_deletable(self) -> bool {
        self.is_createable()
    }

    /// Whether changing it is setup DML, which may not share a call with other objects.
    ///
    /// `UserLogin` is not on the documented list, which says of itself that it is not exhaustive;
    /// it counts as setup here, so that nobody comes to rely on the mixture.
    pub(crate) fn is_setup(self) -> bool {
        matches!(self, Self::User | Self::UserLogin | Self::PermissionSetAssignment)
    }

    pub(crate) fn field(self, name: &str) -> Option<&'static Field> {
        self.fields()
            .chain(AUDIT.iter())
            .find(|field| field.name.eq_ignore_ascii_case(name))
            .filter(|field| self.has_audit() || !AUDIT.iter().any(|it| it.name == field.name))
    }

    /// The reference field behind a relationship name such as `Owner`.
    pub(crate) fn relationship(self, name: &str) -> Option<(&'static Field, Object)> {
        self.all_fields().find_map(|field| {
            let Kind::Reference { relationship: Some(relationship), to: [to] } = field.kind else {
                return None;
            };
            relationship.eq_ignore_ascii_case(name).then_some((field, *to))
        })
    }

    /// The object's fields without the audit fields.
    pub(crate) fn fields(self) -> impl Iterator<Item = &'static Field> {
        match self {
            Self::User => USER,
            Self::UserLogin => USER_LOGIN,
            Self::UserLicense => USER_LICENSE,
            Self::Profile => PROFILE,
            Self::PermissionSet => PERMISSION_SET,
            Self::PermissionSetAssignment => PERMISSION_SET_ASSIGNMENT,
            Self::Organization => ORGANIZATION,
            Self::CollaborationGroup => GROUP,
            Self::CollaborationGroupMember => MEMBER,
            Self::CollaborationInvitation => INVITATION,
        }
        .iter()
    }

    /// The fields that every record of a full retrieve shows.
    pub(crate) fn all_fields(self) -> impl Iterator<Item = &'static Field> {
        self.fields().chain(AUDIT.iter().filter(move |_| self.has_audit()))
    }

    fn has_audit(self) -> bool {
        !matches!(self, Self::PermissionSetAssignment)
    }
}

const fn field(name: &'static str, kind: Kind, properties: &'static str) -> Field {
    Field { name, kind, properties }
}

const fn to(relationship: &'static str, to: &'static [Object]) -> Kind {
    Kind::Reference { relationship: Some(relationship), to }
}

const GROUP_TYPES: &[&str] = &["Public", "Private", "Unlisted"];
const ROLES: &[&str] = &["Standard", "Admin"];
const FREQUENCIES: &[&str] = &["D", "W", "N", "P"];
const STATUSES: &[&str] = &["Sent", "Accepted", "Canceled"];

static AUDIT: &[Field] = &[
    field("CreatedDate", Kind::Instant, "fs"),
    field("CreatedById", to("CreatedBy", &[Object::User]), "fs"),
    field("LastModifiedDate", Kind::Instant, "fs"),
    field("LastModifiedById", to("LastModifiedBy", &[Object::User]), "fs"),
    field("SystemModstamp", Kind::Instant, "fs"),
];

static USER: &[Field] = &[
    field("Id", Kind::Id, "fs"),
    field("Username", Kind::Text(80), "fs"),
    field("Email", Kind::Email(128), "fs"),
    field("FirstName", Kind::Text(40), "fs"),
    field("LastName", Kind::Text(80), "fs"),
    field("Name", Kind::Text(121), "fs"),
    field("IsActive", Kind::Boolean, "ufs"),
    field("UserType", Kind::Text(40), "fs"),
    field("ProfileId", to("Profile", &[Object::Profile]), "fs"),
    field("LastLoginDate", Kind::Instant, "fs"),
];

static USER_LOGIN: &[Field] = &[
    field("Id", Kind::Id, "fs"),
    field("UserId", Kind::Reference { relationship: None, to: &[Object::User] }, "fs"),
    field("IsFrozen", Kind::Boolean, "ufs"),
    field("IsPasswordLocked", Kind::Boolean, "ufs"),
];

// From API version 64 on `UsedLicenses` cannot be filtered by.
static USER_LICENSE: &[Field] = &[
    field("Id", Kind::Id, "fs"),
    field("Name", Kind::Text(40), "fs"),
    field("MasterLabel", Kind::Text(40), "fs"),
    field("Status", Kind::Text(40), "fs"),
    field("TotalLicenses", Kind::Integer, "fs"),
    field("UsedLicenses", Kind::Integer, ""),
];

static PROFILE: &[Field] = &[
    field("Id", Kind::Id, "fs"),
    field("Name", Kind::Text(255), "fs"),
    field("UserLicenseId", to("UserLicense", &[Object::UserLicense]), "fs"),
];

static PERMISSION_SET: &[Field] = &[
    field("Id", Kind::Id, "fs"),
    field("Name", Kind::Text(80), "fs"),
    field("ProfileId", to("Profile", &[Object::Profile]), "fs"),
    field("PermissionsChatterInviteExternalUsers", Kind::Boolean, "fs"),
];

static PERMISSION_SET_ASSIGNMENT: &[Field] = &[
    field("Id", Kind::Id, "fs"),
    field("AssigneeId", to("Assignee", &[Object::User]), "fs"),
    field("PermissionSetId", to("PermissionSet", &[Object::PermissionSet]), "fs"),
];

static ORGANIZATION: &[Field] = &[
    field("Id", Kind::Id, "fs"),
    field("Name", Kind::Text(80), "fs"),
    field("IsSandbox", Kind::Boolean, "fs"),
];

static GROUP: &[Field] = &[
    field("Id", Kind::Id, "fs"),
    field("Name", Kind::Text(40), "crfsu"),
    field("CollaborationType", Kind::Picklist(GROUP_TYPES), "crfsu"),
    field("CanHaveGuests", Kind::Boolean, "cfsu"),
    field("Description", Kind::Text(1000), "cfsu"),
    field("InformationTitle", Kind::Text(30), "cfsu"),
    field("InformationBody", Kind::Text(4000), "cu"),
    field("OwnerId", to("Owner", &[Object::User]), "cfsu"),
    field("MemberCount", Kind::Integer, "fs"),
    field("HasPrivateFieldsAccess", Kind::Boolean, "fs"),
    field("IsArchived", Kind::Boolean, "cfsu"),
    field("IsAutoArchiveDisabled", Kind::Boolean, "cfsu"),
    field("IsBroadcast", Kind::Boolean, "cfsu"),
    field("LastFeedModifiedDate", Kind::Instant, "fs"),
    field("GroupEmail", Kind::Email(80), "s"),
];

static MEMBER: &[Field] = &[
    field("Id", Kind::Id, "fs"),
    field("CollaborationGroupId", to("CollaborationGroup", &[Object::CollaborationGroup]), "crfsg"),
    field("MemberId", to("Member", &[Object::User]), "crfs"),
    field("CollaborationRole", Kind::Picklist(ROLES), "cfsu"),
    field("NotificationFrequency", Kind::Picklist(FREQUENCIES), "cfsu"),
    field("LastFeedAccessDate", Kind::Instant, "fs"),
];

static INVITATION: &[Field] = &[
    field("Id", Kind::Id, "fs"),
    field("InvitedUserEmail", Kind::Text(240), "crfs"),
    field("InvitedUserEmailNormalized", Kind::Email(80), "fs"),
    field("InviterId", Kind::Reference { relationship: None, to: &[Object::User] }, "fs"),
    field("OptionalMessage", Kind::Text(255), "cfs"),
    field(
        "ParentId",
        Kind::Reference { relationship: None, to: &[Object::CollaborationInvitation] },
        "fs",
    ),
    field(
        "SharedEntityId",
        Kind::Reference { relationship: None, to: &[Object::User, Object::CollaborationGroup] },
        "crfs",
    ),
    field("Status", Kind::Picklist(STATUSES), "fs"),
];
