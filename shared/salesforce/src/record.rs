//! Records to write.

use serde_json::{Map, Value};

use crate::Id;

/// What to do with records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Create,
    Update,
    Delete,
}

/// A record to write: fields for creating, an id for deleting, both for updating.
pub(crate) struct Record {
    pub(crate) id: Option<Id>,
    pub(crate) fields: Map<String, Value>,
}

impl Record {
    /// From an object of JSON.
    pub(crate) fn new(id: Option<Id>, fields: Value) -> Self {
        let fields = match fields {
            Value::Object(fields) => fields,
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => Map::new(),
        };
        Self { id, fields }
    }
}
