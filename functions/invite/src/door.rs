//! The three ways in, who comes by each, and the answer that it expects.

use access::event::{InvitationRefused, Problem};
use access::{Announcement, OrgAlias, ProjectId};
use jiff::Timestamp;
use run::Silence;
use runtime::{BatchResponse, Caller, Envelope, FunctionError, Invocation};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::outcome::announce;
use crate::refusal::RequestRefusal;
use crate::tally::Tally;
use crate::{Context, Incoming};

/// The detail-type of a request that comes as an event.
const DETAIL_TYPE: &str = "Customer Access Requested";

/// A body that API Gateway passes on is at most 10 MB; a thousand customers need a hundredth of that.
const MAXIMUM_BODY: usize = 1024 * 1024;

/// The request as the payload itself.
pub(crate) async fn direct(
    context: &Context,
    invocation: &Invocation,
    payload: &Value,
) -> Result<Value, FunctionError> {
    let (caller, mut tally) = (Caller::operator(invocation), Tally::default());
    let origin = &invocation.request_id;
    let incoming = Incoming { caller: &caller, origin, sent_at: None, payload };
    let answer = context.carry_out(invocation, &incoming, &mut tally).await;
    context.measure(invocation, &answer, &tally);
    match answer {
        Ok(answer) => Ok(json!(answer)),
        Err(refusal) if refusal.is_transient() => {
            Err(FunctionError::new(refusal.code(), body(&refusal).to_string()))
        }
        Err(refusal) => Ok(body(&refusal)),
    }
}

/// An HTTP API request, payload format 2.0.
pub(crate) async fn http(context: &Context, invocation: &Invocation, payload: &Value) -> Value {
    let text = |pointer| payload.pointer(pointer).and_then(Value::as_str);
    let (caller, mut tally) = (Caller::of_http(payload), Tally::default());
    let origin = text("/requestContext/requestId").unwrap_or(&invocation.request_id);
    let answer = match http_body(payload) {
        Ok(request) => {
            let incoming = Incoming { caller: &caller, origin, sent_at: None, payload: &request };
            context.carry_out(invocation, &incoming, &mut tally).await
        }
        Err(message) => Err(malformed(message)),
    };
    context.measure(invocation, &answer, &tally);
    match answer {
        Ok(answer) => response(answer.status(), None, &json!(answer)),
        Err(refusal) => response(refusal.status(), refusal.retry_after(), &body(&refusal)),
    }
}

/// A batch of EventBridge events from the queue.
pub(crate) async fn queue(
    context: &Context,
    invocation: &Invocation,
    payload: &Value,
) -> Result<BatchResponse, FunctionError> {
    let silence = Silence::default();
    let work = |_, event| message(context, invocation, event, &silence);
    context.queue.each_event(payload, invocation, work).await
}

/// `Err` with the reason when a repetition may help, or when it is no request at all.
async fn message(
    context: &Context,
    invocation: &Invocation,
    envelope: Envelope,
    silence: &Silence,
) -> Result<(), String> {
    if envelope.detail_type != DETAIL_TYPE {
        return Err("detail-type must be Customer Access Requested".to_owned());
    }
    if silence.has(&org_of(&envelope.detail)) {
        return Err(Silence::REASON.to_owned());
    }
    let mut tally = Tally::default();
    let outcome = envelope_of(context, invocation, &envelope, &mut tally).await;
    if let Some(org) = tally.unanswered {
        silence.note(org);
    }
    match outcome {
        Err(refusal) if refusal.is_transient() => Err(refusal.code()),
        // A refusal is announced, so the event is done with.
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Carries out the request of an event. What a repetition cannot mend is announced, because nobody waits for an answer.
async fn envelope_of(
    context: &Context,
    invocation: &Invocation,
    envelope: &Envelope,
    tally: &mut Tally,
) -> Result<Answer, RequestRefusal> {
    let Envelope { id, detail, time, .. } = envelope;
    let caller = Caller::of_event(envelope);
    let incoming = Incoming { caller: &caller, origin: id, sent_at: Some(*time), payload: detail };
    let mut answer = context.carry_out(invocation, &incoming, tally).await;
    if let Err(refusal) = &answer
        && !refusal.is_transient()
    {
        let refused = refused(id, detail, refusal, invocation.now);
        if let Err(unavailable) = announce(&context.ledger, &context.bus, vec![refused]).await {
            answer = Err(unavailable);
        }
    }
    context.measure(invocation, &answer, tally);
    answer
}

/// What tells whoever sent an event that its request is refused as a whole. Of the request it repeats only what is
/// well-formed: what is not may be of any size.
fn refused(id: &str, detail: &Value, refusal: &RequestRefusal, now: Timestamp) -> Announcement {
    let text = |pointer| detail.pointer(pointer).and_then(Value::as_str).map(str::trim);
    let org = org_of(detail);
    let project = text("/project/id").and_then(|id| ProjectId::parse_asked(id).ok());
    let refused = InvitationRefused { project, ..InvitationRefused::new(refusal.into()) };
    Announcement::of_refusal(format!("{id}-InvitationRefused"), &org, now, refused)
}

/// The org of a request, as far as it is well-formed.
fn org_of(detail: &Value) -> OrgAlias {
    let alias = detail.get("org").and_then(Value::as_str).map(str::trim);
    alias.and_then(|alias| OrgAlias::parse(alias).ok()).unwrap_or_default()
}

fn http_body(payload: &Value) -> Result<Value, &'static str> {
    let body = payload.get("body").and_then(Value::as_str).unwrap_or_default();
    if body.len() > MAXIMUM_BODY {
        return Err("must not be larger than 1 MB");
    }
    let is_encoded = payload.get("isBase64Encoded").and_then(Value::as_bool).unwrap_or(false);
    let bytes = if is_encoded {
        use base64::Engine as _;
        let engine = base64::engine::general_purpose::STANDARD;
        engine.decode(body).map_err(|_| "must be a JSON object")?
    } else {
        body.as_bytes().to_vec()
    };
    serde_json::from_slice(&bytes).map_err(|_| "must be a JSON object")
}

fn malformed(message: &str) -> RequestRefusal {
    let problem = Problem { field: "request".to_owned(), message: message.to_owned() };
    RequestRefusal::Invalid(vec![problem])
}

fn body(refusal: &RequestRefusal) -> Value {
    json!({ "error": refusal })
}

fn response(status: u16, retry_after: Option<u64>, body: &Value) -> Value {
    let mut headers = json!({ "content-type": "application/json" });
    if let Some(seconds) = retry_after {
        headers["retry-after"] = json!(seconds.to_string());
    }
    json!({
        "statusCode": status,
        "headers": headers,
        // Some emulators refuse an answer without these two.
        "multiValueHeaders": {},
        "cookies": [],
        "body": body.to_string(),
        "isBase64Encoded": false,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{http_body, refused, response};
    use crate::refusal::RequestRefusal;

    #[test]
    fn a_body_is_json_plain_or_encoded_and_not_too_large() {
        for (payload, expected) in [
            (json!({ "body": "{\"org\":\"main\"}" }), Ok(json!({ "org": "main" }))),
            (json!({ "body": "e30=", "isBase64Encoded": true }), Ok(json!({}))),
            (json!({ "body": "e30=" }), Err("must be a JSON object")),
            (json!({ "body": "%", "isBase64Encoded": true }), Err("must be a JSON object")),
            (json!({}), Err("must be a JSON object")),
            (json!({ "body": " ".repeat(1024 * 1024 + 1) }), Err("must not be larger than 1 MB")),
        ] {
            assert_eq!(http_body(&payload), expected);
        }
    }

    #[test]
    fn a_response_names_the_time_to_wait_only_where_there_is_one() {
        let answer = response(503, Some(30), &json!({ "error": {} }));
        assert_eq!(
            (&answer["statusCode"], &answer["headers"]["retry-after"]),
            (&json!(503), &json!("30"))
        );
        assert_eq!(answer["body"], "{\"error\":{}}");
        let answer = response(200, None, &Value::Null);
        assert_eq!(answer["headers"], json!({ "content-type": "application/json" }));
    }

    #[test]
    fn a_refused_request_repeats_only_what_is_well_formed() {
        let now = "2027-01-01T00:00:00Z".parse().unwrap();
        let told = |detail: Value| refused("e-1", &detail, &RequestRefusal::GroupNotFound, now);
        let announcement = told(json!({ "org": "acme", "project": { "id": "P-42" } }));
        assert_eq!(announcement.id, "e-1-InvitationRefused");
        assert_eq!(announcement.detail["org"], "acme");
        assert_eq!(announcement.detail["project"], "P-42");
        assert_eq!(announcement.detail["error"]["code"], "GROUP_NOT_FOUND");
        for project in [json!("x".repeat(300_000)), json!([1]), json!("")] {
            let detail = told(json!({ "org": "No Org", "project": { "id": project } })).detail;
            assert_eq!((&detail["org"], detail.get("project")), (&json!("main"), None));
        }
        assert_eq!(told(json!("text")).detail["error"]["code"], "GROUP_NOT_FOUND");
    }
}
