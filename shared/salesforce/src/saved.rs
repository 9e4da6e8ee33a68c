//! What Salesforce says of a record that was to be written.

use serde::Deserialize;
use serde_json::Value;

use crate::{ClientError, Deleted, ErrorCode, Id, RecordError, WriteError, answer};

/// A result that is not a success.
pub(crate) enum Unread {
    /// Nothing was written.
    Refused(RecordError),
    /// It belongs to another record.
    Misplaced,
    /// It says neither yes nor no.
    Unclear,
}

/// Reads the result of one record, which has this id if it is not new.
pub(crate) fn outcome(result: &Value, expected: Option<&Id>) -> Result<Id, Unread> {
    #[derive(Deserialize)]
    struct Saved {
        id: Option<Id>,
        success: bool,
    }
    let saved = Saved::deserialize(result).map_err(|_| Unread::Unclear)?;
    match (saved.id, expected) {
        (Some(id), Some(expected)) if id != *expected => Err(Unread::Misplaced),
        (Some(id), _) if saved.success => Ok(id),
        (None, Some(expected)) if saved.success => Ok(expected.clone()),
        (None, None) if saved.success => Err(Unread::Unclear),
        (Some(_) | None, _) => {
            Err(Unread::Refused(answer::first_error(result).unwrap_or_else(|| {
                let code = ErrorCode::Other("UNRECOGNISED".to_owned());
                RecordError { code, message: String::new(), fields: Vec::new() }
            })))
        }
    }
}

/// Reads the answer to the creation of a single record.
pub(crate) fn created(body: &[u8]) -> Result<Id, ClientError> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    match outcome(&body, None) {
        Ok(id) => Ok(id),
        Err(Unread::Refused(error)) => Err(ClientError::Refused { status: 200, error }),
        Err(Unread::Misplaced | Unread::Unclear) => {
            let what = "the answer to a creation has no id";
            Err(ClientError::Ambiguous(Box::new(ClientError::Unexpected { what })))
        }
    }
}

/// A record that was deleted before is as good as deleted now. One that Salesforce does not know may also be one that the caller may
/// not see, so that says nothing.
pub(crate) fn deleted(result: Result<Id, WriteError>) -> Result<Deleted, WriteError> {
    match result {
        Ok(_) => Ok(Deleted::Now),
        Err(WriteError::Refused(RecordError { code: ErrorCode::EntityIsDeleted, .. })) => {
            Ok(Deleted::AlreadyGone)
        }
        Err(error) => Err(error),
    }
}
