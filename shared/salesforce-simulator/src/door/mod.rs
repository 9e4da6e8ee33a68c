//! The org's side of the wire: from a request to an answer.

mod admin;
mod collections;
mod composite;
mod connect;
mod oauth;
mod query;
mod sobjects;
mod tooling;
mod versions;
mod visit;

use jiff::Timestamp;
use serde_json::{Value as Json, json};

pub(crate) use admin::answer as administer;

use self::visit::{Payload, Visit};
use crate::calls::{Call, Shape};
use crate::faults::FaultKind;
use crate::org::{Disturbance, Org};
use crate::redirect::{Entrance, Redirect};
use crate::refusal::Refusal;
use crate::schema::Object;
use crate::web::{self, Answer, Content, Request};

/// Calls that one app may make, and the name of this one, as the limits header shows them.
const APP_LIMIT: usize = 250;
const APP_NAME: &str = "lanyard";

/// What becomes of a request.
#[derive(Debug)]
pub(crate) enum Reaction {
    Answer(Answer),
    /// No answer, until the client gives up.
    Hold,
    /// The connection is closed without an answer.
    Sever,
}

/// Takes a request as the fault lets it, and writes it into the call log.
pub(crate) fn react(
    org: &mut Org,
    request: &Request,
    shape: Shape,
    fault: Option<&FaultKind>,
    now: Timestamp,
) -> Reaction {
    let mut call = shape.into_call(now);
    call.fault = fault.map(|fault| fault.name().to_owned());
    let reaction = match fault {
        Some(fault) if fault.is_before_work() => instead(org, fault),
        fault => {
            org.disturbance = fault.map(disturbance).unwrap_or_default();
            if fault == Some(&FaultKind::ExpireSession) {
                org.access.expire_sessions();
            }
            let answer = answer(org, request, &mut call, now);
            if fault == Some(&FaultKind::ExpireSessionAfter) {
                org.access.expire_sessions();
            }
            org.disturbance = Disturbance::default();
            call.changed = org.store.commit();
            note_parts(&mut call, &answer);
            afterwards(org, answer, fault)
        }
    };
    if let Reaction::Answer(answer) = &reaction {
        call.status = Some(answer.status);
    }
    org.calls.push(call);
    reaction
}

/// The answer of an entrance that has moved, unless the request came to the new host.
fn moved(org: &Org, request: &Request, segments: &[&str]) -> Option<Answer> {
    let entrance = match segments {
        ["services", "oauth2", "token"] => Entrance::SignIn,
        ["services", "data", ..] => Entrance::Rest,
        _ => return None,
    };
    let new_host = org.instance_url.split_once("://").map(|(_, host)| host);
    if org.instance_url != org.url && request.header("host") == new_host {
        return None;
    }
    let Redirect { status, location, keeps_path } = org.redirects.get(&entrance)?;
    let answer = Answer::html(*status, "<html><body><h1>Moved</h1></body></html>");
    Some(match location {
        Some(location) if *keeps_path => {
            let target = request.target();
            answer.with("location", format!("{location}{target}"))
        }
        Some(location) => answer.with("location", location.as_str()),
        None => answer,
    })
}

/// The true answer, or what a fault puts in its place.
fn afterwards(org: &Org, answer: Answer, fault: Option<&FaultKind>) -> Reaction {
    match fault {
        Some(FaultKind::GarbageBody) => Reaction::Answer(answer.torn()),
        Some(fault) if fault.replaces_answer() => instead(org, fault),
        _ => Reaction::Answer(answer),
    }
}

fn answer(org: &mut Org, request: &Request, call: &mut Call, now: Timestamp) -> Answer {
    if request.target_length() > web::LONGEST_TARGET {
        return Answer::html(414, "<html><body><h1>URI Too Long</h1></body></html>");
    }
    let headers: usize =
        request.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if request.target_length() + headers > web::LONGEST_TARGET {
        let body = "<html><body><h1>Request Header Fields Too Large</h1></body></html>";
        return Answer::html(431, body);
    }
    let segments = web::segments(&request.path);
    if let Some(answer) = moved(org, request, &segments) {
        return answer;
    }
    match segments.as_slice() {
        ["services", "oauth2", "token"] => oauth::token(org, request, now),
        ["services", "data"] if request.method == "GET" => versions::list(),
        ["services", "data"] => web::method_not_allowed(&request.method, "GET").into(),
        ["services", "data", version, path @ ..] => {
            let is_chatter = matches!(path.first(), Some(&"chatter" | &"connect"));
            let answer = data(org, request, version, path, call, now);
            let answer = Answer::from(answer);
            // The recorded answers of the Chatter resources carry no limit header.
            if is_chatter { answer } else { with_usage(org, answer) }
        }
        _ => Refusal::not_found().into(),
    }
}

fn with_usage(org: &Org, answer: Answer) -> Answer {
    answer.with("sforce-limit-info", usage(org, org.access.used()))
}

/// `Sforce-Limit-Info`, whose entries are separated by a semicolon and a space.
fn usage(org: &Org, used: usize) -> String {
    let usage = format!("api-usage={used}/{}", org.access.limit);
    if !org.rules.per_app_usage {
        return usage;
    }
    let own = org.access.used_by_this_app();
    format!("{usage}; per-app-api-usage={own}/{APP_LIMIT}(appName={APP_NAME})")
}

fn data(
    org: &mut Org,
    request: &Request,
    version: &str,
    path: &[&str],
    call: &mut Call,
    now: Timestamp,
) -> Result<Answer, Refusal> {
    let version = versions::check(version)?;
    let session = check_session(org, request, now)?;
    // Chatter resources have an hourly limit of their own, whose size is not disclosed.
    if !matches!(path.first(), Some(&"chatter" | &"connect")) {
        if !org.access.count_call(now) {
            return Err(daily_limit());
        }
        call.counted = true;
    }
    let visit = Visit {
        caller: org.integration_user(now),
        session,
        version,
        method: &request.method,
        path,
        query: request.query.as_deref(),
        payload: Payload::Request(request),
    };
    match path {
        ["limits"] => versions::limits(org, &visit),
        ["query"] | ["query", _] => query::query(org, &visit),
        ["tooling", "query"] => tooling::query(org, &visit),
        ["tooling", "composite"] if !org.rules.refuse_tooling_composite => {
            composite::composite(org, &visit, request, true)
        }
        ["composite"] if !org.rules.refuse_composite => {
            composite::composite(org, &visit, request, false)
        }
        ["composite", "sobjects"] => collections::collections(org, &visit),
        ["sobjects", ..] => sobjects::sobjects(org, &visit),
        ["chatter", "groups", "group", group, "invite"] => connect::invite(org, &visit, group),
        _ => Err(Refusal::not_found()),
    }
}

/// The token of a request, if its session is open.
fn check_session<'a>(org: &Org, request: &'a Request, now: Timestamp) -> Result<&'a str, Refusal> {
    let expired = || Refusal::new("INVALID_SESSION_ID", "Session expired or invalid");
    let header = request.header("authorization").ok_or_else(expired)?;
    let token = header.strip_prefix("Bearer ").or_else(|| header.strip_prefix("OAuth "));
    let token = token.ok_or_else(|| {
        Refusal::new("INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE: use Bearer or OAuth")
    })?;
    let token = token.trim();
    if org.access.is_open(token, now) { Ok(token) } else { Err(expired()) }
}

/// What a fault answers in place of the true answer.
fn instead(org: &Org, fault: &FaultKind) -> Reaction {
    let answer = match fault {
        FaultKind::TimeoutBeforeCommit | FaultKind::TimeoutAfterCommit => return Reaction::Hold,
        FaultKind::DropBefore | FaultKind::DropAfter => return Reaction::Sever,
        FaultKind::BadGateway { .. } => {
            Answer::html(502, "<html><body><h1>Bad Gateway</h1></body></html>")
        }
        FaultKind::Unavailable { retry_after, .. } => {
            let body = "<html><body><h1>Service Unavailable</h1></body></html>";
            let answer = Answer::html(503, body);
            match retry_after {
                Some(seconds) => answer.with("retry-after", seconds.to_string()),
                None => answer,
            }
        }
        FaultKind::NoRouting => Answer::html(420, "<html><body><h1>420</h1></body></html>"),
        FaultKind::ConcurrentLimit => {
            let message = "ConcurrentRequests (Concurrent API Requests) Limit exceeded.";
            with_usage(org, Refusal::new("REQUEST_LIMIT_EXCEEDED", message).into())
        }
        FaultKind::DailyLimit => {
            let usage = usage(org, org.access.limit);
            Answer::from(daily_limit()).with("sforce-limit-info", usage)
        }
        FaultKind::Maintenance => {
            let code = "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE";
            let message = "Try again after the release has completed.";
            with_usage(org, Refusal::new(code, message).into())
        }
        FaultKind::Refused { status, code } => {
            let body = json!([{ "message": "Refused.", "errorCode": code }]);
            Answer::json(*status, body)
        }
        FaultKind::MaintenancePage { status } => {
            let body = "<html><body><h1>Down for maintenance</h1><p>Sorry for the inconvenience. \
                        We'll be back shortly.</p></body></html>";
            Answer::html(*status, body)
        }
        FaultKind::ExpireSession
        | FaultKind::ExpireSessionAfter
        | FaultKind::GarbageBody
        | FaultKind::Slow { .. }
        | FaultKind::LockError { .. }
        | FaultKind::PartialResult { .. }
        | FaultKind::StaleRead { .. } => Answer::empty(200),
    };
    Reaction::Answer(answer)
}

fn daily_limit() -> Refusal {
    Refusal::new("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
}

/// What a fault does to the work on a request.
fn disturbance(fault: &FaultKind) -> Disturbance {
    match fault {
        FaultKind::LockError { values, fraction, seed } => {
            let random = fastrand::Rng::with_seed(*seed);
            let values = values.iter().cloned().collect();
            Disturbance { locks: Some((values, *fraction, random)), ..Disturbance::default() }
        }
        FaultKind::PartialResult { keep } => {
            Disturbance { keep: Some(*keep), ..Disturbance::default() }
        }
        FaultKind::StaleRead { objects } => {
            let is_named = |object: &Object| {
                objects.is_empty()
                    || objects.iter().any(|name| name.eq_ignore_ascii_case(object.name()))
            };
            let stale = Object::ALL.into_iter().filter(is_named).collect();
            Disturbance { stale, ..Disturbance::default() }
        }
        FaultKind::TimeoutBeforeCommit
        | FaultKind::TimeoutAfterCommit
        | FaultKind::DropBefore
        | FaultKind::DropAfter
        | FaultKind::BadGateway { .. }
        | FaultKind::Unavailable { .. }
        | FaultKind::NoRouting
        | FaultKind::ConcurrentLimit
        | FaultKind::DailyLimit
        | FaultKind::Maintenance
        | FaultKind::Refused { .. }
        | FaultKind::MaintenancePage { .. }
        | FaultKind::ExpireSession
        | FaultKind::ExpireSessionAfter
        | FaultKind::GarbageBody
        | FaultKind::Slow { .. } => Disturbance::default(),
    }
}

/// Notes the statuses of the parts of a composite answer.
fn note_parts(call: &mut Call, answer: &Answer) {
    let Content::Json(body) = &answer.content else { return };
    let parts = body.get("compositeResponse").and_then(Json::as_array);
    for (part, answer) in call.subrequests.iter_mut().zip(parts.into_iter().flatten()) {
        let status = answer.get("httpStatusCode").and_then(Json::as_u64);
        part.status = status.and_then(|status| u16::try_from(status).ok());
    }
}
