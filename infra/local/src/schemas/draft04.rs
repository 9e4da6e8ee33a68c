//! From a Rust type to JSON Schema draft 4, the only one that EventBridge Schemas takes.

use schemars::generate::{Contract, SchemaSettings};
use schemars::transform::transform_subschemas;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

/// The meta-schema of draft 4.
pub(super) const META_SCHEMA: &str = "http://json-schema.org/draft-04/schema#";

/// The formats that draft 4 knows, of those that our types have.
const FORMATS: [&str; 1] = ["date-time"];

/// What is read: an optional field may be `null`.
pub(super) fn of_taken<T: JsonSchema>() -> Value {
    let mut schema = draft07::<T>(Contract::Deserialize);
    draft04(&mut schema);
    schema.into()
}

/// What is written: an optional field is left out, and nothing is `null`.
pub(super) fn of_emitted<T: JsonSchema>() -> Value {
    let mut schema = draft07::<T>(Contract::Serialize);
    draft04(&mut schema);
    without_null(&mut schema);
    schema.into()
}

fn draft07<T: JsonSchema>(contract: Contract) -> Schema {
    let settings = SchemaSettings::draft07().with(|settings| {
        settings.contract = contract;
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    settings.into_generator().into_root_schema_for::<T>()
}

fn draft04(schema: &mut Schema) {
    transform_subschemas(&mut draft04, schema);
    let Some(fields) = schema.as_object_mut() else { return };
    // Names of Rust types.
    fields.remove("title");
    if fields.get("format").and_then(Value::as_str).is_some_and(|it| !FORMATS.contains(&it)) {
        fields.remove("format");
    }
    if let Some(value) = fields.remove("const") {
        fields.insert("enum".to_owned(), json!([value]));
    }
    if let Some(Value::String(text)) = fields.get_mut("description") {
        *text = unwrapped(text);
    }
    join_values(fields);
    join_null(fields);
}

/// Makes one enumeration of alternatives that are one text each.
fn join_values(fields: &mut Map<String, Value>) {
    let Some(Value::Array(alternatives)) = fields.get("oneOf") else { return };
    let value = |it: &Value| match it["enum"].as_array().map(Vec::as_slice) {
        Some([Value::String(value)]) => Some(value.clone()),
        Some(_) | None => None,
    };
    let values: Option<Vec<String>> = alternatives.iter().map(value).collect();
    if let Some(values) = values {
        fields.remove("oneOf");
        fields.insert("type".to_owned(), json!("string"));
        fields.insert("enum".to_owned(), json!(values));
    }
}

/// Takes up the one alternative to `null`.
fn join_null(fields: &mut Map<String, Value>) {
    let Some(Value::Array(alternatives)) = fields.get("anyOf") else { return };
    let [Value::Object(other), null] = alternatives.as_slice() else { return };
    let Some(Value::String(kind)) = other.get("type") else { return };
    if *null != json!({ "type": "null" }) {
        return;
    }
    let (mut other, kind) = (other.clone(), json!([kind, "null"]));
    other.insert("type".to_owned(), kind);
    if let Some(Value::Array(values)) = other.get_mut("enum") {
        values.push(Value::Null);
    }
    fields.remove("anyOf");
    for (name, value) in other {
        fields.entry(name).or_insert(value);
    }
}

fn without_null(schema: &mut Schema) {
    transform_subschemas(&mut without_null, schema);
    let Some(fields) = schema.as_object_mut() else { return };
    if let Some(Value::Array(values)) = fields.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    if let Some(Value::Array(kinds)) = fields.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [kind] = kinds.as_slice() {
            let kind = kind.clone();
            fields.insert("type".to_owned(), kind);
        }
    }
}

/// Joins the lines of each paragraph.
fn unwrapped(text: &str) -> String {
    text.split("\n\n").map(|it| it.replace('\n', " ")).collect::<Vec<_>>().join("\n\n")
}
