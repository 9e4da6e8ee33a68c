//! `/composite` and `/tooling/composite`: several calls that count as one.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::visit::{Payload, Visit};
use super::{collections, query, sobjects, tooling, versions};
use crate::org::Org;
use crate::refusal::Refusal;
use crate::web::{self, Answer, Content, Request};

const MOST_PARTS: usize = 25;
const MOST_QUERIES_AND_COLLECTIONS: usize = 5;

/// One sub-request.
struct Part<'a> {
    method: &'a str,
    path: Vec<&'a str>,
    query: Option<&'a str>,
    reference: &'a str,
    body: Option<&'a Json>,
}

/// Carries out the sub-requests, each on its own.
pub(super) fn composite(
    org: &mut Org,
    visit: &Visit<'_>,
    request: &Request,
    is_tooling: bool,
) -> Result<Answer, Refusal> {
    if visit.method != "POST" {
        return Err(web::method_not_allowed(visit.method, "POST"));
    }
    let body = Json::Object(visit.body()?);
    let parts = parts(&body)?;
    let mut answers: Vec<Json> = vec![Json::Null; parts.len()];
    let mut order: Vec<usize> = (0..parts.len()).collect();
    // With `collateSubrequests`, true unless said otherwise, the order is not guaranteed. The last
    // comes first here, so that nobody comes to rely on it.
    if body.get("collateSubrequests") != Some(&Json::Bool(false)) {
        order.reverse();
    }
    for index in order {
        let (Some(part), Some(answer)) = (parts.get(index), answers.get_mut(index)) else {
            continue;
        };
        *answer = carry_out(org, visit, request, part, is_tooling);
    }
    Ok(Answer::json(200, json!({ "compositeResponse": answers })))
}

fn parts(body: &Json) -> Result<Vec<Part<'_>>, Refusal> {
    if body.get("allOrNone") == Some(&Json::Bool(true)) {
        return Err(unsupported("allOrNone"));
    }
    let parts = body.get("compositeRequest").and_then(Json::as_array);
    let Some(parts) = parts.filter(|parts| !parts.is_empty()) else {
        return Err(Refusal::new("JSON_PARSER_ERROR", "compositeRequest must be a list"));
    };
    if parts.iter().any(|part| part.to_string().contains("@{")) {
        return Err(unsupported("@{reference}"));
    }
    let parts = parts.iter().map(part).collect::<Result<Vec<_>, _>>()?;
    let references: BTreeSet<&str> = parts.iter().map(|part| part.reference).collect();
    if references.len() < parts.len() {
        let message = "referenceId must be unique within a composite request";
        return Err(Refusal::new("JSON_PARSER_ERROR", message));
    }
    let counted = parts.iter().filter(|part| {
        matches!(
            part.path.as_slice(),
            [_, _, _, "query", ..]
                | [_, _, _, "tooling", "query", ..]
                | [_, _, _, "composite", "sobjects"]
        )
    });
    if parts.len() > MOST_PARTS || counted.count() > MOST_QUERIES_AND_COLLECTIONS {
        let message = "A composite request takes 25 subrequests, 5 of them queries or collections.";
        return Err(Refusal::new("LIMIT_EXCEEDED", message));
    }
    Ok(parts)
}

fn part(part: &Json) -> Result<Part<'_>, Refusal> {
    let text = |key: &str| {
        part.get(key).and_then(Json::as_str).ok_or_else(|| {
            Refusal::new("JSON_PARSER_ERROR", format!("a subrequest must have a {key}"))
        })
    };
    let (path, query) = web::split(text("url")?);
    Ok(Part {
        method: text("method")?,
        path: web::segments(path),
        query,
        reference: text("referenceId")?,
        body: part.get("body"),
    })
}

fn carry_out(
    org: &mut Org,
    visit: &Visit<'_>,
    request: &Request,
    part: &Part<'_>,
    is_tooling: bool,
) -> Json {
    let answer = Answer::from(answer(org, visit, request, part, is_tooling));
    let body = match answer.content {
        Content::Json(body) => body,
        Content::Empty | Content::Html(_) | Content::Raw(_) => Json::Null,
    };
    json!({
        "body": body,
        "httpHeaders": {},
        "httpStatusCode": answer.status,
        "referenceId": part.reference,
    })
}

fn answer(
    org: &mut Org,
    visit: &Visit<'_>,
    request: &Request,
    part: &Part<'_>,
    is_tooling: bool,
) -> Result<Answer, Refusal> {
    let ["services", "data", version, path @ ..] = part.path.as_slice() else {
        return Err(Refusal::not_found());
    };
    let length = part.path.iter().map(|it| it.len() + 1).sum::<usize>()
        + part.query.map_or(0, |query| query.len() + 1);
    if length > web::LONGEST_TARGET {
        return Ok(Answer::json(
            414,
            json!([{ "errorCode": "URI_TOO_LONG", "message": "URI Too Long" }]),
        ));
    }
    let visit = Visit {
        caller: visit.caller,
        session: visit.session,
        version: versions::check(version)?,
        method: part.method,
        path,
        query: part.query,
        payload: Payload::Part { request, body: part.body },
    };
    match (path, is_tooling) {
        (["tooling", "query"], true) => tooling::query(org, &visit),
        (["query"] | ["query", _], false) => query::query(org, &visit),
        (["sobjects", ..], false) => sobjects::sobjects(org, &visit),
        (["composite", "sobjects"], false) => collections::collections(org, &visit),
        _ => Err(Refusal::not_found()),
    }
}

/// What Salesforce offers and the simulator does not.
fn unsupported(what: &str) -> Refusal {
    let message = format!("{what} in a composite request is not supported by the simulator");
    Refusal::new("NOT_SUPPORTED_BY_SIMULATOR", message)
}
