//! Users, groups, memberships and invitations.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::body::{body, done};
use crate::handle::{NewGroup, NewUser, OrgHandle};
use crate::refusal::Refusal;
use crate::web::Request;

/// A user and what is to become of him.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UserChange {
    user: String,
    value: bool,
}

/// When a user did something, and in which group.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Trace {
    group: Option<String>,
    user: String,
    at: Timestamp,
}

/// A user and his new address.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UserEmail {
    user: String,
    email: String,
}

/// A group and what is to become of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupChange {
    group: String,
    value: Option<bool>,
    r#type: Option<String>,
    name: Option<String>,
}

/// A place in a group.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    group: String,
    user: String,
    role: Option<String>,
}

pub(super) fn users(org: &OrgHandle, request: &Request, path: &[&str]) -> Result<Json, Refusal> {
    match (request.method.as_str(), path) {
        ("GET", []) => Ok(json!(org.users())),
        ("POST", []) => Ok(json!({ "id": org.add_user(body::<NewUser>(request)?)? })),
        ("POST", ["email"]) => {
            let UserEmail { user, email } = body(request)?;
            done(org.set_email(&user, &email))
        }
        ("POST", ["login"]) => {
            let Trace { user, at, .. } = body(request)?;
            done(org.note_login(&user, at))
        }
        ("POST", [what]) => {
            let UserChange { user, value } = body(request)?;
            match (*what, value) {
                ("active", true) => done(org.activate(&user)),
                ("active", false) => done(org.deactivate(&user)),
                ("frozen", _) => done(org.set_frozen(&user, value)),
                ("hidden", _) => done(org.hide_user(&user, value)),
                ("profile-hidden", _) => done(org.hide_profile(&user, value)),
                _ => Err(Refusal::not_found()),
            }
        }
        _ => Err(Refusal::not_found()),
    }
}

pub(super) fn groups(org: &OrgHandle, request: &Request, path: &[&str]) -> Result<Json, Refusal> {
    match (request.method.as_str(), path) {
        ("GET", []) => Ok(json!(org.groups())),
        ("POST", []) => Ok(json!({ "id": org.add_group(&body::<NewGroup>(request)?)? })),
        ("DELETE", []) => done(org.delete_group(&body::<GroupChange>(request)?.group)),
        ("POST", [what]) => {
            let GroupChange { group, value, r#type, name } = body(request)?;
            match (*what, value, r#type, name) {
                ("archived", Some(value), None, None) => done(org.set_archived(&group, value)),
                ("hidden", Some(value), None, None) => done(org.hide_group(&group, value)),
                ("type", None, Some(kind), None) => done(org.set_group_type(&group, &kind)),
                ("name", None, None, Some(name)) => done(org.rename_group(&group, &name)),
                _ => Err(Refusal::not_found()),
            }
        }
        _ => Err(Refusal::not_found()),
    }
}

pub(super) fn members(org: &OrgHandle, request: &Request, path: &[&str]) -> Result<Json, Refusal> {
    match (request.method.as_str(), path) {
        ("GET", []) => Ok(json!(org.members())),
        ("POST", []) => {
            let Place { group, user, role } = body(request)?;
            let role = role.unwrap_or_else(|| "Standard".to_owned());
            Ok(json!({ "id": org.add_member(&group, &user, &role)? }))
        }
        ("DELETE", []) => {
            let Place { group, user, .. } = body(request)?;
            done(org.remove_member(&group, &user))
        }
        ("POST", ["role"]) => {
            let Place { group, user, role } = body(request)?;
            done(org.set_role(&group, &user, &role.unwrap_or_default()))
        }
        ("POST", ["feed-access"]) => {
            let Trace { group, user, at } = body(request)?;
            done(org.note_feed_access(&group.unwrap_or_default(), &user, at))
        }
        _ => Err(Refusal::not_found()),
    }
}

/// Which invitation.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Invited {
    invitation: Option<String>,
    group: Option<String>,
    email: Option<String>,
    r#as: Option<String>,
    by: Option<String>,
}

/// An invitation and what its status is to be.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InvitationStatus {
    invitation: String,
    status: String,
}

/// An invitation and whether its row is hidden.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InvitationSight {
    invitation: String,
    value: bool,
}

pub(super) fn invitations(
    org: &OrgHandle,
    request: &Request,
    path: &[&str],
) -> Result<Json, Refusal> {
    if let ("GET", ["invitations"]) = (request.method.as_str(), path) {
        return Ok(json!(org.invitations()));
    }
    if let ("POST", ["invitations", "status"]) = (request.method.as_str(), path) {
        let InvitationStatus { invitation, status } = body(request)?;
        return done(org.set_invitation_status(&invitation, &status));
    }
    if let ("POST", ["invitations", "hidden"]) = (request.method.as_str(), path) {
        let InvitationSight { invitation, value } = body(request)?;
        return done(org.hide_invitation(&invitation, value));
    }
    let Invited { invitation, group, email, r#as, by } = body(request)?;
    let guest = (r#as.as_deref(), by.as_deref());
    match (request.method.as_str(), path, invitation, group, email) {
        ("POST", ["invitations"], None, Some(group), Some(email)) => {
            Ok(json!({ "id": org.add_invitation(&group, &email)? }))
        }
        ("DELETE", ["invitations"], Some(invitation), None, None) => {
            done(org.cancel_invitation(&invitation))
        }
        ("POST", ["accept"], Some(invitation), None, None) => accept(org, &invitation, guest),
        ("POST", ["accept"], None, Some(group), Some(email)) => {
            accept(org, &org.open_invitation(&group, &email)?, guest)
        }
        _ => Err(Refusal::not_found()),
    }
}

fn accept(
    org: &OrgHandle,
    invitation: &str,
    guest: (Option<&str>, Option<&str>),
) -> Result<Json, Refusal> {
    let user = match guest {
        (None, None) => org.accept(invitation)?,
        (Some(entered), None) => org.accept_as(invitation, entered)?,
        (None, Some(user)) => org.accept_by(invitation, user)?,
        (Some(_), Some(_)) => {
            let message = "either as or by";
            return Err(Refusal::new("JSON_PARSER_ERROR", message));
        }
    };
    Ok(json!({ "user": user }))
}
