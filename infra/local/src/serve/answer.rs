//! What the door answers.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use runtime::FunctionError;
use serde_json::{Value, json};

/// An answer for people: JSON over several lines.
pub(crate) fn shown(status: StatusCode, body: &Value) -> Response {
    let text = format!("{body:#}\n");
    (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}

/// A function error, as an invocation of the deployed function shows it.
pub(crate) fn failed(FunctionError { error_type, message }: FunctionError) -> Response {
    let is_callers =
        matches!(error_type.as_str(), "INVALID_REQUEST" | "ORG_UNKNOWN" | "RELEASE_REFUSED");
    let status = if is_callers { StatusCode::BAD_REQUEST } else { StatusCode::BAD_GATEWAY };
    // The message of a run that failed is its report.
    let message = serde_json::from_str(&message).unwrap_or(Value::String(message));
    shown(status, &json!({ "errorType": error_type, "errorMessage": message }))
}

/// A request that this door does not understand.
pub(crate) fn misunderstood(message: &str) -> Response {
    shown(StatusCode::BAD_REQUEST, &json!({ "message": message }))
}
