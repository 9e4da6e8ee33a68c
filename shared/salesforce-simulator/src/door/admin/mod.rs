//! `/simulator/…`: the admin's side over HTTP, for the binary and for `curl`.
//!
//! It asks for no session: whoever reaches the loopback address is the admin.

mod body;
mod records;

use serde::Deserialize;
use serde_json::{Value as Json, json};

use self::body::{body, done, merged, ok};
use crate::faults::Fault;
use crate::handle::OrgHandle;
use crate::org::{KeyError, SignInRefusal};
use crate::redirect::{Entrance, Redirect};
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
    "POST /simulator/groups/hidden {group, value}",
    "POST /simulator/groups/type {group, type}",
    "POST /simulator/groups/name {group, name}",
    "DELETE /simulator/groups {group}",
    "GET|POST|DELETE /simulator/members {group, user, role?}",
    "POST /simulator/members/role {group, user, role}",
    "POST /simulator/members/feed-access {group, user, at}",
    "GET|POST /simulator/invitations {group, email}",
    "POST /simulator/invitations/status {invitation, status}",
    "POST /simulator/invitations/hidden {invitation, value}",
    "DELETE /simulator/invitations {invitation}",
    "POST /simulator/accept {invitation | group and email, as? | by?}",
    "POST /simulator/seats {total}",
    "GET|PATCH /simulator/settings {…}",
    "GET|PATCH /simulator/rules {…}",
    "POST|DELETE /simulator/blocks/deactivation {user?, message}",
    "POST|DELETE /simulator/blocks/acceptance",
    "POST|DELETE /simulator/certificate {pem}",
    "POST|DELETE /simulator/sign-in-refusal {error, error_description, status?}",
    "POST /simulator/redirects {entrance: signIn|rest, redirect: {status, location?, keepsPath?}}",
    "DELETE /simulator/redirects {entrance}",
    "POST|DELETE /simulator/instance-url {url}",
    "POST /simulator/expire-sessions",
    "POST /simulator/settle",
    "POST /simulator/api-limit {limit}",
    "POST /simulator/foreign-calls {count}",
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
        Some(&"users") => records::users(org, request, path.get(1..).unwrap_or_default()),
        Some(&"groups") => records::groups(org, request, path.get(1..).unwrap_or_default()),
        Some(&"members") => records::members(org, request, path.get(1..).unwrap_or_default()),
        Some(&("invitations" | "accept")) => records::invitations(org, request, path),
        Some(&("settings" | "rules" | "blocks" | "seats" | "api-limit" | "foreign-calls")) => {
            configuration(org, request, path)
        }
        Some(_) => rest(org, request, path),
    };
    match answered {
        Ok(body) => Answer::json(200, body),
        Err(refusal) => refusal.into(),
    }
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

/// Calls of other apps.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Count {
    count: usize,
}

/// An entrance and what it answers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Moved {
    entrance: Entrance,
    redirect: Option<Redirect>,
}

/// A certificate, or a public key.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Certificate {
    pem: String,
}

/// The address that a sign-in names.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InstanceUrl {
    url: String,
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
        ("POST", ["foreign-calls"]) => {
            org.add_foreign_calls(body::<Count>(request)?.count);
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
        ("POST", ["certificate"]) => {
            let Certificate { pem } = body(request)?;
            accepted(org.accept_certificate(&pem))
        }
        // What is accepted at the start.
        ("DELETE", ["certificate"]) => accepted(org.accept_key(crate::DEMO_KEY)),
        ("POST", ["sign-in-refusal"]) => {
            org.refuse_sign_in(Some(body::<SignInRefusal>(request)?));
            Ok(ok())
        }
        ("DELETE", ["sign-in-refusal"]) => {
            org.refuse_sign_in(None);
            Ok(ok())
        }
        (method @ ("POST" | "DELETE"), ["redirects"]) => {
            let Moved { entrance, redirect } = body(request)?;
            if (method == "POST") != redirect.is_some() {
                let message = "POST takes a redirect, DELETE takes none";
                return Err(Refusal::new("JSON_PARSER_ERROR", message));
            }
            org.redirect(entrance, redirect);
            Ok(ok())
        }
        ("POST", ["instance-url"]) => {
            org.set_instance_url(Some(&body::<InstanceUrl>(request)?.url));
            Ok(ok())
        }
        ("DELETE", ["instance-url"]) => {
            org.set_instance_url(None);
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

fn accepted(result: Result<(), KeyError>) -> Result<Json, Refusal> {
    done(result.map_err(|error| Refusal::new("JSON_PARSER_ERROR", error.to_string())))
}
