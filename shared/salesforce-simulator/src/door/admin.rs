//! `/simulator/…`: the admin's side over HTTP, for the binary and for `curl`.
//!
//! It asks for no session: whoever reaches the loopback address is the admin.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::faults::Fault;
use crate::handle::{NewGroup, NewUser, OrgHandle};
use crate::org::SignInRefusal;
use crate::refusal::Refusal;
use crate::web::{self, Answer, Request};

/// What can be called, shown at `/simulator`.
const INDEX: &[&str] = &[
    "GET /simulator/secret",
    "GET|POST /simulator/users {email, licence?, username?, inactive?, withoutLoginRow?}",
    "POST /simulator/users/active {user, value}",
    "POST /simulator/users/frozen {user, value}",
    "POST /simulator/users/email {user, email}",
    "POST /simulator/users/hidden {user, value}",
    "POST /simulator/users/profile-hidden {user, value}",
    "POST /simulator/users/login {user, at}",
    "GET|POST /simulator/groups {name, collaborationType?, canHaveGuests?, owner?, description?}",
    "POST /simulator/groups/archived {group, value}",
    "POST /simulator/groups/type {group, type}",
    "POST /simulator/groups/name {group, name}",
    "DELETE /simulator/groups {group}",
    "GET|POST|DELETE /simulator/members {group, user, role?}",
    "POST /simulator/members/role {group, user, role}",
    "POST /simulator/members/feed-access {group, user, at}",
    "GET|POST /simulator/invitations {group, email}",
    "POST /simulator/invitations/status {invitation, status}",
    "DELETE /simulator/invitations {invitation}",
    "POST /simulator/accept {invitation | group and email, as? | by?}",
    "POST /simulator/seats {total}",
    "GET|PATCH /simulator/settings {…}",
    "GET|PATCH /simulator/rules {…}",
    "POST|DELETE /simulator/blocks/deactivation {user?, message}",
    "POST|DELETE /simulator/blocks/acceptance",
    "POST|DELETE /simulator/sign-in-refusal {error, error_description}",
    "POST /simulator/expire-sessions",
    "POST /simulator/settle",
    "POST /simulator/api-limit {limit}",
    "GET|POST|DELETE /simulator/faults {fault: {kind, …}, matching?, skip?, times?, chance?}",
    "GET /simulator/mails",
    "GET /simulator/calls",
    "GET /simulator/writes",
    "DELETE /simulator/log",
];

/// Answers an admin's request. A refusal has Salesforce's shape.
pub(crate) fn answer(org: &OrgHandle, request: &Request) -> Answer {
    let segments = web::segments(&request.path);
    let path = segments.get(1..).unwrap_or_default();
    let answered = match path.first() {
        None => Ok(json!({ "calls": INDEX })),
        Some(&"users") => users(org, request, path.get(1..).unwrap_or_default()),
        Some(&"groups") => groups(org, request, path.get(1..).unwrap_or_default()),
        Some(&"members") => members(org, request, path.get(1..).unwrap_or_default()),
        Some(&("invitations" | "accept")) => invitations(org, request, path),
        Some(&("settings" | "rules" | "blocks" | "seats" | "api-limit")) => {
            configuration(org, request, path)
        }
        Some(_) => rest(org, request, path),
    };
    match answered {
        Ok(body) => Answer::json(200, body),
        Err(refusal) => refusal.into(),
    }
}

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

fn users(org: &OrgHandle, request: &Request, path: &[&str]) -> Result<Json, Refusal> {
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

fn groups(org: &OrgHandle, request: &Request, path: &[&str]) -> Result<Json, Refusal> {
    match (request.method.as_str(), path) {
        ("GET", []) => Ok(json!(org.groups())),
        ("POST", []) => Ok(json!({ "id": org.add_group(&body::<NewGroup>(request)?)? })),
        ("DELETE", []) => done(org.delete_group(&body::<GroupChange>(request)?.group)),
        ("POST", [what]) => {
            let GroupChange { group, value, r#type, name } = body(request)?;
            match (*what, value, r#type, name) {
                ("archived", Some(value), None, None) => done(org.set_archived(&group, value)),
                ("type", None, Some(kind), None) => done(org.set_group_type(&group, &kind)),
                ("name", None, None, Some(name)) => done(org.rename_group(&group, &name)),
                _ => Err(Refusal::not_found()),
            }
        }
        _ => Err(Refusal::not_found()),
    }
}

fn members(org: &OrgHandle, request: &Request, path: &[&str]) -> Result<Json, Refusal> {
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

fn invitations(org: &OrgHandle, request: &Request, path: &[&str]) -> Result<Json, Refusal> {
    if let ("GET", ["invitations"]) = (request.method.as_str(), path) {
        return Ok(json!(org.invitations()));
    }
    if let ("POST", ["invitations", "status"]) = (request.method.as_str(), path) {
        let InvitationStatus { invitation, status } = body(request)?;
        return done(org.set_invitation_status(&invitation, &status));
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

/// A validation rule against deactivation.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Block {
    user: Option<String>,
    message: String,
}

/// A number of things.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Total {
    total: i64,
}

/// A daily allocation.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Limit {
    limit: usize,
}

fn configuration(org: &OrgHandle, request: &Request, path: &[&str]) -> Result<Json, Refusal> {
    match (request.method.as_str(), path) {
        ("GET", ["settings"]) => Ok(json!(org.settings())),
        ("PATCH", ["settings"]) => {
            let settings = merged(&org.settings(), request)?;
            org.change_settings(|present| *present = settings);
            Ok(json!(org.settings()))
        }
        ("GET", ["rules"]) => Ok(json!(org.rules())),
        ("PATCH", ["rules"]) => {
            let rules = merged(&org.rules(), request)?;
            org.change_rules(|present| *present = rules);
            Ok(json!(org.rules()))
        }
        ("POST", ["blocks", "deactivation"]) => {
            let Block { user, message } = body(request)?;
            done(org.block_deactivation(user.as_deref(), &message))
        }
        ("DELETE", ["blocks", "deactivation"]) => {
            org.unblock_deactivation();
            Ok(ok())
        }
        (method @ ("POST" | "DELETE"), ["blocks", "acceptance"]) => {
            org.block_acceptance(method == "POST");
            Ok(ok())
        }
        ("POST", ["seats"]) => {
            org.set_seats(body::<Total>(request)?.total);
            Ok(ok())
        }
        ("POST", ["api-limit"]) => {
            org.set_api_limit(body::<Limit>(request)?.limit);
            Ok(ok())
        }
        _ => Err(Refusal::not_found()),
    }
}

fn rest(org: &OrgHandle, request: &Request, path: &[&str]) -> Result<Json, Refusal> {
    match (request.method.as_str(), path) {
        ("GET", ["secret"]) => Ok(serde_json::from_str(&org.secret_json()).unwrap_or_default()),
        ("GET", ["faults"]) => Ok(json!(org.faults())),
        ("POST", ["faults"]) => {
            org.add_fault(body::<Fault>(request)?);
            Ok(ok())
        }
        ("DELETE", ["faults"]) => {
            org.clear_faults();
            Ok(ok())
        }
        ("POST", ["sign-in-refusal"]) => {
            org.refuse_sign_in(Some(body::<SignInRefusal>(request)?));
            Ok(ok())
        }
        ("DELETE", ["sign-in-refusal"]) => {
            org.refuse_sign_in(None);
            Ok(ok())
        }
        ("POST", ["expire-sessions"]) => {
            org.expire_sessions();
            Ok(ok())
        }
        ("POST", ["settle"]) => {
            org.settle();
            Ok(ok())
        }
        ("GET", ["mails"]) => Ok(json!(org.mails())),
        ("GET", ["calls"]) => Ok(json!(org.calls())),
        ("GET", ["writes"]) => Ok(json!(org.writes())),
        ("DELETE", ["log"]) => {
            org.clear_log();
            Ok(ok())
        }
        _ => Err(Refusal::not_found()),
    }
}

fn ok() -> Json {
    json!({ "ok": true })
}

fn done(result: Result<(), Refusal>) -> Result<Json, Refusal> {
    result.map(|()| ok())
}

/// The body, whatever type it says it has: `curl -d` says it is a form.
fn body<T: DeserializeOwned>(request: &Request) -> Result<T, Refusal> {
    serde_json::from_slice(&request.body)
        .map_err(|error| Refusal::new("JSON_PARSER_ERROR", error.to_string()))
}

/// Present values with those of the body in their places.
fn merged<T: Serialize + DeserializeOwned>(present: &T, request: &Request) -> Result<T, Refusal> {
    let parse_error =
        |error: serde_json::Error| Refusal::new("JSON_PARSER_ERROR", error.to_string());
    let change: serde_json::Map<String, Json> = body(request)?;
    let mut value = serde_json::to_value(present).map_err(parse_error)?;
    if let Some(fields) = value.as_object_mut() {
        fields.extend(change);
    }
    serde_json::from_value(value).map_err(parse_error)
}
