//! JSON to field values, with the checks that a field's type brings.

use serde_json::{Map, Value as Json};

use crate::id::RecordId;
use crate::refusal::Refusal;
use crate::schema::{Field, Kind, Object};
use crate::store::{Row, Value};

/// Reads the fields of a record for creation (`c`) or update (`u`).
pub(super) fn fields(
    object: Object,
    body: &Map<String, Json>,
    property: char,
) -> Result<Row, Refusal> {
    let mut row = Row::default();
    for (name, value) in body {
        if name == "attributes" {
            continue;
        }
        let Some(field) = object.field(name) else {
            let message = format!("No such column '{name}' on sobject of type {}", object.name());
            return Err(Refusal::new("INVALID_FIELD", message));
        };
        if !field.may(property) {
            let message = format!(
                "Unable to create/update fields: {}. Please check the security settings of this \
                 field and verify that it is read/write for your profile or permission set.",
                field.name
            );
            let refusal = Refusal::new("INVALID_FIELD_FOR_INSERT_UPDATE", message);
            return Err(refusal.on(&[field.name]));
        }
        row.set(field.name, converted(field, value)?);
    }
    Ok(row)
}

/// Refuses a new record that lacks what it must have, or an update that takes it away.
pub(super) fn check_required(object: Object, row: &Row, is_new: bool) -> Result<(), Refusal> {
    let is_missing = |field: &&Field| {
        field.may('r')
            && *row.get(field.name) == Value::Null
            && (is_new || row.mentions(field.name))
    };
    let missing: Vec<&str> = object.fields().filter(is_missing).map(|it| it.name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!("Required fields are missing: [{}]", missing.join(", "));
    Err(Refusal::new("REQUIRED_FIELD_MISSING", message).on(&missing))
}

fn converted(field: &Field, value: &Json) -> Result<Value, Refusal> {
    match (field.kind, value) {
        (Kind::Boolean, Json::Bool(flag)) => Ok(Value::Boolean(*flag)),
        (Kind::Boolean | Kind::Integer, Json::Null) => Err(wrong_type(field, value)),
        (_, Json::Null) => Ok(Value::Null),
        (Kind::Id | Kind::Reference { .. }, Json::String(text)) => reference(field, text),
        (Kind::Picklist(choices), Json::String(text)) => {
            if choices.contains(&text.as_str()) {
                return Ok(Value::from(text.as_str()));
            }
            let message = format!("bad value for restricted picklist field: {text}");
            let code = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST";
            Err(Refusal::new(code, message).on(&[field.name]))
        }
        (Kind::Text(longest) | Kind::Email(longest), Json::String(text)) => {
            text_of(field, text, longest)
        }
        _ => Err(wrong_type(field, value)),
    }
}

fn reference(field: &Field, text: &str) -> Result<Value, Refusal> {
    let id = RecordId::parse(text);
    let fits = |id: &RecordId| {
        let Kind::Reference { to, .. } = field.kind else { return true };
        Object::of(*id).is_some_and(|object| to.contains(&object))
    };
    id.filter(fits).map(Value::Id).ok_or_else(|| {
        let message = format!("{}: id value of incorrect type: {text}", field.name);
        Refusal::new("MALFORMED_ID", message).on(&[field.name])
    })
}

fn text_of(field: &Field, text: &str, longest: usize) -> Result<Value, Refusal> {
    let trimmed = text.trim();
    if trimmed.chars().count() > longest {
        let shown: String = trimmed.chars().take(40).collect();
        let message =
            format!("{}: data value too large: {shown} (max length={longest})", field.name);
        return Err(Refusal::new("STRING_TOO_LONG", message).on(&[field.name]));
    }
    // Empty text and null are the same thing.
    Ok(if trimmed.is_empty() { Value::Null } else { Value::from(trimmed) })
}

fn wrong_type(field: &Field, value: &Json) -> Refusal {
    let message = format!("Cannot deserialize field {} from value {value}", field.name);
    Refusal::new("JSON_PARSER_ERROR", message)
}
