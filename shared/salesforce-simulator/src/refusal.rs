//! What the org answers when it will not do something.

use serde_json::{Value, json};

/// A refusal in Salesforce's terms.
///
/// `Display` names the code alone: the message may repeat names and addresses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the org refuses with {code}")]
pub struct Refusal {
    /// HTTP status of a request that fails as a whole.
    pub status: u16,
    /// Salesforce's code, for example `DUPLICATE_VALUE`.
    pub code: String,
    /// Salesforce's text for people.
    pub message: String,
    /// Fields that the refusal is about.
    pub fields: Vec<String>,
}

impl Refusal {
    /// A refusal with the status that goes with most codes, 400.
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        let status = match code {
            "INVALID_SESSION_ID" | "INVALID_AUTH_HEADER" => 401,
            "INSUFFICIENT_ACCESS"
            | "INSUFFICIENT_ACCESS_OR_READONLY"
            | "FUNCTIONALITY_NOT_ENABLED"
            | "REQUEST_LIMIT_EXCEEDED" => 403,
            "NOT_FOUND" | "ENTITY_IS_DELETED" => 404,
            "METHOD_NOT_ALLOWED" => 405,
            "GONE" => 410,
            "UNSUPPORTED_MEDIA_TYPE" => 415,
            _ => 400,
        };
        Self { status, code: code.to_owned(), message: message.into(), fields: Vec::new() }
    }

    /// Names the fields that the refusal is about.
    pub(crate) fn on(mut self, fields: &[&str]) -> Self {
        self.fields = fields.iter().map(|&field| field.to_owned()).collect();
        self
    }

    /// The resource that does not exist.
    pub(crate) fn not_found() -> Self {
        Self::new("NOT_FOUND", "The requested resource does not exist")
    }

    /// The body of a request that fails as a whole.
    pub(crate) fn as_body(&self) -> Value {
        let mut entry = json!({ "message": self.message, "errorCode": self.code });
        if !self.fields.is_empty() {
            entry["fields"] = json!(self.fields);
        }
        json!([entry])
    }

    /// The entry under `errors` of one record's result, where the code has another name.
    pub(crate) fn as_record_error(&self) -> Value {
        json!({ "statusCode": self.code, "message": self.message, "fields": self.fields })
    }
}
