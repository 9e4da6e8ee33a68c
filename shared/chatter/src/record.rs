//! How records become values, and values records.

use std::collections::{BTreeMap, BTreeSet};

use access::{
    Email, Failure, Group, GroupFacts, GroupId, GroupKind, Invitation, InvitationId,
    InvitationStatus, Licence, Role, Step, Stranger, User, UserId, is_one_name,
};
use salesforce::collaboration_group::{self, Kind};
use salesforce::collaboration_group_member;
use salesforce::collaboration_invitation::{self, Status};
use salesforce::{ClientError, Disposition, Id, NotReady, WriteError, user, user_license};

use crate::words::{AMBIGUOUS, AmbiguousGroup, ObservedGroup};

/// The code of a sign-in that Salesforce refuses.
pub(crate) const SIGN_IN_REFUSED: &str = "SALESFORCE_SIGN_IN_REFUSED";

/// The code of a step that was not done because something lasts in the org, with cause and fix for a message.
pub(crate) const ORG_NOT_READY: &str = "ORG_NOT_READY";

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

/// The group that is meant by a name, of rows that a query has found: names are unique among private and public groups only, so of
/// several the one that can have customers. Of several such, whose names differ in what Salesforce may tell apart, none.
pub(crate) fn meant(
    rows: &[collaboration_group::Group],
    name: &str,
) -> Result<Option<ObservedGroup>, AmbiguousGroup> {
    let named = rows.iter().filter(|row| is_one_name(&row.name, name)).filter_map(observed_group);
    let named: BTreeMap<GroupId, ObservedGroup> =
        named.map(|it| (it.group.id.clone(), it)).collect();
    let is_private = |it: &&ObservedGroup| it.facts.kind == GroupKind::Private;
    if named.values().filter(is_private).count() > 1 {
        return Err(AmbiguousGroup);
    }
    Ok(named.into_values().max_by_key(|it| it.facts.kind == GroupKind::Private))
}

fn licence(name: Option<&str>) -> Licence {
    match name {
        Some(user_license::CHATTER_EXTERNAL) => Licence::Customer,
        Some(_) => Licence::Other,
        None => Licence::Unreadable,
    }
}

fn is_stock(text: &str) -> bool {
    text.to_ascii_lowercase().ends_with(STOCK_DOMAIN)
}

/// A customer who is in no group.
pub(crate) fn lone_stranger(row: &user::User) -> Option<Stranger> {
    let user = user(row);
    (user.is_customer() && user.is_active).then_some(())?;
    Some(Stranger { group: None, user: user_id(&row.id)?, email: user.email, since: row.created })
}

/// A customer in a group, if it is one and can sign in.
pub(crate) fn stranger(row: &collaboration_group_member::Member) -> Option<Stranger> {
    let user = row.member.as_ref()?;
    let is_customer = licence(user.license.as_deref()) == Licence::Customer;
    let is_person = !is_stock(&user.username) && !is_stock(&user.email);
    (is_customer && is_person && user.is_active).then_some(())?;
    Some(Stranger {
        group: Some(group_id(&row.group)?),
        user: user_id(&row.user)?,
        email: Email::parse(&user.email).ok(),
        since: row.created,
    })
}

pub(crate) fn user(row: &user::User) -> User {
    User {
        email: Email::parse(&row.email).ok(),
        licence: licence(row.license.as_deref()),
        is_stock: is_stock(&row.username) || is_stock(&row.email),
        is_active: row.is_active,
    }
}

/// The addresses of an invitation, as Salesforce compares it and as it was given, in lower case. How Salesforce makes one of the
/// other is stated nowhere.
pub(crate) fn addresses(row: &collaboration_invitation::Invitation) -> BTreeSet<String> {
    let given = [Some(&row.invited_user_email), row.invited_user_email_normalized.as_ref()];
    let clean = |address: &String| address.trim().to_lowercase();
    given.into_iter().flatten().map(clean).filter(|address| !address.is_empty()).collect()
}

/// `accepted_by` is whoever has the address of an invitation that came of another.
pub(crate) fn invitation(
    row: &collaboration_invitation::Invitation,
    accepted_by: Option<UserId>,
) -> Option<Invitation> {
    let given = Email::parse(&row.invited_user_email).ok();
    let normalized = || row.invited_user_email_normalized.as_deref().map(Email::parse);
    Some(Invitation {
        id: invitation_id(&row.id)?,
        group: group_id(&row.shared_entity_id),
        email: given.or_else(|| normalized()?.ok()),
        status: match row.status {
            Status::Sent => InvitationStatus::Sent,
            Status::Accepted => InvitationStatus::Accepted,
            Status::Canceled => InvitationStatus::Canceled,
            Status::Other => InvitationStatus::Other,
        },
        parent: row.parent_id.as_ref().and_then(invitation_id),
        created: row.created_date,
        changed: row.last_modified_date.unwrap_or(row.created_date),
        accepted_by,
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
    // Our own sign-in says nothing about any record: with another key the same step may succeed.
    let is_sign_in = is_sign_in(error);
    let mut message = error.refusal().map_or_else(|| error.to_string(), |it| it.message.clone());
    let is_ambiguous = error.is_ambiguous();
    let lasting = lasting(error).filter(|_| !is_ambiguous);
    let code = if let Some(lasting) = &lasting {
        // Salesforce's text is about the request; what helps is told instead.
        message = lasting.to_string();
        ORG_NOT_READY.to_owned()
    } else if is_ambiguous {
        AMBIGUOUS.to_owned()
    } else if is_sign_in {
        SIGN_IN_REFUSED.to_owned()
    } else {
        error.code().into_owned()
    };
    let is_refusal = is_final && !is_ambiguous && !is_of_the_org(error) && !is_unread(error);
    Failure { step: step.clone(), code, message, is_refusal }
}

fn is_sign_in(error: &WriteError) -> bool {
    match error {
        WriteError::NotSent(error) => matches!(**error, ClientError::SignIn(_)),
        WriteError::Refused(_) | WriteError::Ambiguous(_) => false,
    }
}

/// What lasts in the org whatever is asked, if that is why.
fn lasting(error: &WriteError) -> Option<NotReady> {
    match error {
        WriteError::NotSent(error) => error.not_ready().filter(|_| error.is_of_the_org()),
        WriteError::Refused(_) | WriteError::Ambiguous(_) => None,
    }
}

/// Whether the org refuses whatever is asked: once that is mended the same step may succeed.
fn is_of_the_org(error: &WriteError) -> bool {
    match error {
        WriteError::NotSent(error) => error.is_of_the_org(),
        WriteError::Refused(_) | WriteError::Ambiguous(_) => false,
    }
}

/// Whether what a step needs could not be read, in a way that says nothing about the step.
fn is_unread(error: &WriteError) -> bool {
    matches!(error, WriteError::NotSent(error) if error.is_ambiguous())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use access::Step;
    use salesforce::{ClientError, ErrorCode, RecordError, SignInError, WriteError};

    use super::failure;

    #[test]
    fn only_what_salesforce_says_about_the_step_is_a_refusal() {
        let refused = |code: &str| RecordError {
            code: ErrorCode::parse(code, ""),
            message: "no".to_owned(),
            fields: Vec::new(),
        };
        let whole = |status, code| ClientError::Refused { status, error: refused(code) };
        for (error, code, is_refusal) in [
            (WriteError::Refused(refused("DEPENDENCY_EXISTS")), "DEPENDENCY_EXISTS", true),
            (WriteError::Refused(refused("UNABLE_TO_LOCK_ROW")), "UNABLE_TO_LOCK_ROW", false),
            (not_sent(whole(400, "LICENSE_LIMIT_EXCEEDED")), "LICENSE_LIMIT_EXCEEDED", true),
            (not_sent(whole(403, "REQUEST_LIMIT_EXCEEDED")), "REQUEST_LIMIT_EXCEEDED", false),
            (not_sent(whole(500, "SOME_NEW_CODE")), "SOME_NEW_CODE", false),
            (not_sent(ClientError::OutOfTime(None)), "OUT_OF_TIME", false),
            (not_sent(whole(403, "API_DISABLED_FOR_ORG")), "ORG_NOT_READY", false),
            (not_sent(ClientError::Moved { status: 301, host: None }), "ORG_NOT_READY", false),
            (
                not_sent(ClientError::SignIn(SignInError::Signature)),
                "SALESFORCE_SIGN_IN_REFUSED",
                false,
            ),
            (
                WriteError::Ambiguous(Arc::new(ClientError::Status { status: 502 })),
                "AMBIGUOUS",
                false,
            ),
        ] {
            let failure = failure(&Step::Invite, &error);
            assert_eq!((failure.code.as_str(), failure.is_refusal), (code, is_refusal));
        }
    }

    fn not_sent(error: ClientError) -> WriteError {
        WriteError::NotSent(Arc::new(error))
    }
}
