//! The functions' doors: what AWS makes of an HTTP request, and what of an answer it goes by.

use serde_json::{Value, json};

use crate::world::{World, text};

/// Who signs requests to the HTTP API.
const PORTAL: &str = "arn:aws:sts::123456789012:assumed-role/portal/session";

/// What the HTTP API makes of a request with this body.
#[must_use]
pub fn http(body: &str, is_encoded: bool) -> Value {
    json!({
        "version": "2.0",
        "requestContext": {
            "authorizer": { "iam": { "userArn": PORTAL } },
            "http": { "method": "POST", "path": "/invitations" }, "requestId": "r-1",
        },
        "body": body,
        "isBase64Encoded": is_encoded,
    })
}

/// Posts a request and gives status, body and `Retry-After`.
pub async fn post(world: &World, request: &Value) -> (u64, Value, Option<String>) {
    let answer =
        world.invite(http(&request.to_string(), false)).await.expect("HTTP has no function errors");
    let body = serde_json::from_str(&text(&answer["body"])).expect("JSON");
    let retry_after = answer["headers"].get("retry-after").map(text);
    (answer["statusCode"].as_u64().expect("a status"), body, retry_after)
}

/// The messages of a batch that are to come again.
#[must_use]
pub fn failures(answer: &Value) -> Vec<String> {
    let failures = answer["batchItemFailures"].as_array().expect("a list");
    failures.iter().map(|it| text(&it["itemIdentifier"])).collect()
}
