//! The three ways in, and the answer that each expects.

use access::{Announcement, AnnouncementKind, OrgAlias};
use runtime::{BatchResponse, Envelope, FunctionError, Invocation, Message, chain, messages};
use serde_json::{Value, json};

use crate::Context;
use crate::answer::{Answer, RequestRefusal};
use crate::outcome::announce;
use crate::request::Problem;

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
    let actor = format!("request {}", invocation.request_id);
    match context.carry_out(invocation, &actor, &invocation.request_id, payload).await {
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
    let actor =
        text("/requestContext/authorizer/iam/userArn").unwrap_or("unknown caller").to_owned();
    let source = text("/requestContext/requestId").unwrap_or(&invocation.request_id).to_owned();
    let answer = match http_body(payload) {
        Ok(request) => context.carry_out(invocation, &actor, &source, &request).await,
        Err(message) => Err(malformed(message)),
    };
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
    let batch = messages(payload)
        .map_err(|error| FunctionError::new("INVALID_BATCH", error.to_string()))?;
    let mut failed = Vec::new();
    for Message { id, body } in batch {
        if let Err(reason) = message(context, invocation, &body).await {
            tracing::warn!(message = id, reason, "left in the queue");
            failed.push(id);
        }
    }
    Ok(failed.into_iter().collect())
}

/// A bare EventBridge event.
pub(crate) async fn event(
    context: &Context,
    invocation: &Invocation,
    payload: &Value,
) -> Result<Value, FunctionError> {
    let envelope = Envelope::parse(payload)
        .map_err(|error| FunctionError::new("INVALID_REQUEST", error.to_string()))?;
    match envelope_of(context, invocation, &envelope).await {
        Ok(Ok(answer)) => Ok(json!(answer)),
        Ok(Err(refusal)) => Ok(body(&refusal)),
        Err(code) => Err(FunctionError::new(code, "to be tried again")),
    }
}

/// `Err` with the reason when a repetition may help, or when it is no request at all.
async fn message(context: &Context, invocation: &Invocation, text: &str) -> Result<(), String> {
    let event: Value = serde_json::from_str(text).map_err(|_| "not JSON".to_owned())?;
    let envelope = Envelope::parse(&event).map_err(|error| chain(&error))?;
    envelope_of(context, invocation, &envelope).await.map(|_| ())
}

/// Carries out the request of an event. What a repetition cannot mend is announced, because nobody waits for an answer.
async fn envelope_of(
    context: &Context,
    invocation: &Invocation,
    envelope: &Envelope,
) -> Result<Result<Answer, RequestRefusal>, String> {
    if envelope.detail_type != DETAIL_TYPE {
        return Err("not a Customer Access Requested event".to_owned());
    }
    let Envelope { id, source, detail, .. } = envelope;
    let actor = format!("event {source} {id}");
    let answer = context.carry_out(invocation, &actor, id, detail).await;
    let Err(refusal) = answer else { return Ok(answer) };
    if refusal.is_transient() {
        return Err(refusal.code());
    }
    let org = detail.get("org").and_then(Value::as_str).and_then(|it| OrgAlias::parse(it).ok());
    let mut extra = body(&refusal);
    if let (Value::Object(extra), Some(project)) = (&mut extra, detail.pointer("/project/id")) {
        extra.insert("project".to_owned(), project.clone());
    }
    let announcement = Announcement::new(
        format!("{id}-InvitationRefused"),
        AnnouncementKind::InvitationRefused,
        &org.unwrap_or_default(),
        invocation.now,
        extra,
    );
    match announce(&context.ledger, &context.bus, vec![announcement]).await {
        Ok(()) => Ok(Err(refusal)),
        Err(unavailable) => Err(unavailable.code()),
    }
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
