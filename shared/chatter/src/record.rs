//! How records become values, and values records.

use access::{
    Email, Failure, Group, GroupFacts, GroupId, GroupKind, Invitation, InvitationId,
    InvitationStatus, Role, Step, User, UserId,
};
use salesforce::collaboration_group::{self, Kind};
use salesforce::collaboration_group_member;
use salesforce::collaboration_invitation::{self, Status};
use salesforce::{Disposition, Id, WriteError, user, user_license};

use crate::port::{AMBIGUOUS, ObservedGroup};

/// The domain of Salesforce's stock users.
const STOCK_DOMAIN: &str = "@chatter.salesforce.com";

pub(crate) fn group_id(id: &Id) -> Option<GroupId> {
    GroupId::parse(id.as_str()).ok()
}

pub(crate) fn user_id(id: &Id) -> Option<UserId> {
    UserId::parse(id.as_str()).ok()
}

pub(crate) fn invitation_id(id: &Id) -> Option<InvitationId> {
    InvitationId::parse(id.as_str()).ok()
}

/// The record id behind one of ours; ours are validated more strictly, so this fails for none.
pub(crate) fn id_of(text: &str) -> Option<Id> {
    Id::parse(text).ok()
}

pub(crate) fn observed_group(row: &collaboration_group::Group) -> Option<ObservedGroup> {
    let kind = match row.kind {
        Kind::Private => GroupKind::Private,
        Kind::Public => GroupKind::Public,
        // A kind that is not documented is treated like the one that may not have customers.
        Kind::Unlisted | Kind::Other => GroupKind::Unlisted,
    };
    Some(ObservedGroup {
        group: Group { id: group_id(&row.id)?, name: row.name.clone() },
        facts: GroupFacts {
            kind,
            allows_customers: row.can_have_guests,
            is_archived: row.is_archived,
            has_active_owner: row.owner_is_active,
        },
    })
}

pub(crate) fn user(row: &user::User) -> User {
    let is_stock = |text: &str| text.to_ascii_lowercase().ends_with(STOCK_DOMAIN);
    User {
        email: Email::parse(&row.email).ok(),
        is_customer: row.license.as_deref() == Some(user_license::CHATTER_EXTERNAL),
        is_stock: is_stock(&row.username) || is_stock(&row.email),
        is_active: row.is_active,
    }
}

pub(crate) fn invitation(row: &collaboration_invitation::Invitation) -> Option<Invitation> {
    let normalized = row.invited_user_email_normalized.as_deref();
    let address = normalized.unwrap_or(&row.invited_user_email);
    Some(Invitation {
        id: invitation_id(&row.id)?,
        group: group_id(&row.shared_entity_id),
        email: Email::parse(address).ok(),
        status: match row.status {
            Status::Sent => InvitationStatus::Sent,
            Status::Accepted => InvitationStatus::Accepted,
            Status::Canceled => InvitationStatus::Canceled,
            Status::Other => InvitationStatus::Other,
        },
        parent: row.parent_id.as_ref().and_then(invitation_id),
    })
}

/// A role that is not documented is no more than that of a member.
pub(crate) fn role(role: Option<collaboration_group_member::Role>) -> Role {
    match role {
        Some(collaboration_group_member::Role::Admin) => Role::Manager,
        Some(collaboration_group_member::Role::Standard) | None => Role::Member,
    }
}

pub(crate) fn collaboration_role(role: Role) -> collaboration_group_member::Role {
    match role {
        Role::Manager => collaboration_group_member::Role::Admin,
        Role::Member => collaboration_group_member::Role::Standard,
    }
}

pub(crate) fn failure(step: &Step, error: &WriteError) -> Failure {
    // A whole request that was refused for good is a refusal of each of its records.
    let is_final = matches!(error.disposition(), Disposition::Human | Disposition::Never);
    let message = error.refusal().map_or_else(|| error.to_string(), |it| it.message.clone());
    let is_ambiguous = error.is_ambiguous();
    let code = if is_ambiguous { AMBIGUOUS.to_owned() } else { error.code().into_owned() };
    Failure { step: step.clone(), code, message, is_refusal: is_final && !is_ambiguous }
}
