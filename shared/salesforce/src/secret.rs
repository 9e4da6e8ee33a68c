//! The JSON of a secret, and what can be wrong with it.

use serde_json::{Map, Value};

/// The secret is of no use, with what to put there. Never says what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// Nobody has filled the secret.
    #[error("the secret is not filled")]
    Empty,
    /// The secret is not a JSON object.
    #[error("the secret is not a json object")]
    NotJson,
    /// A field is missing or wrong.
    #[error("field {field} of the secret must be {expected}")]
    Field {
        /// Its name in the JSON.
        field: &'static str,
        /// What to put there.
        expected: &'static str,
    },
}

/// The fields of a secret.
pub(crate) struct Secret(Map<String, Value>);

impl Secret {
    /// Reads the JSON. What nobody has filled is told from what is no object.
    pub(crate) fn parse(json: &str) -> Result<Self, CredentialsError> {
        if json.trim().is_empty() {
            return Err(CredentialsError::Empty);
        }
        match serde_json::from_str(json) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(Value::Null) => Err(CredentialsError::Empty),
            Ok(_) | Err(_) => Err(CredentialsError::NotJson),
        }
    }

    /// Whether the field is left out, or as good as that.
    pub(crate) fn is_blank(&self, field: &str) -> bool {
        match self.0.get(field) {
            None | Some(Value::Null) => true,
            Some(Value::String(text)) => text.trim().is_empty(),
            Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => false,
        }
    }

    /// The field as it stands.
    pub(crate) fn get(&self, field: &str) -> Option<&Value> {
        self.0.get(field)
    }

    /// The text of a field without white space around it; `expected` says what to put there.
    pub(crate) fn text(
        &self,
        field: &'static str,
        expected: &'static str,
    ) -> Result<&str, CredentialsError> {
        self.0
            .get(field)
            .and_then(Value::as_str)
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .ok_or(CredentialsError::Field { field, expected })
    }
}
