//! Bodies: of an admin's requests, and of what they are answered.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

use crate::refusal::Refusal;
use crate::web::Request;

/// The answer to what is done.
pub(super) fn ok() -> Json {
    json!({ "ok": true })
}

/// The answer to what may be refused.
pub(super) fn done(result: Result<(), Refusal>) -> Result<Json, Refusal> {
    result.map(|()| ok())
}

/// The body.
pub(super) fn body<T: DeserializeOwned>(request: &Request) -> Result<T, Refusal> {
    serde_json::from_slice(&request.body)
        .map_err(|error| Refusal::new("JSON_PARSER_ERROR", error.to_string()))
}

/// Present values with those of the body in their places.
pub(super) fn merged<T: Serialize + DeserializeOwned>(
    present: &T,
    request: &Request,
) -> Result<T, Refusal> {
    let parse_error =
        |error: serde_json::Error| Refusal::new("JSON_PARSER_ERROR", error.to_string());
    let change: serde_json::Map<String, Json> = body(request)?;
    let mut value = serde_json::to_value(present).map_err(parse_error)?;
    if let Some(fields) = value.as_object_mut() {
        fields.extend(change);
    }
    serde_json::from_value(value).map_err(parse_error)
}
