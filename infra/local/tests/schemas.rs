//! The schemas that are checked in are those of the types, in the dialect that EventBridge takes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use lanyard_local::schemas::{
    COMMAND, EventSchema, MAXIMUM_DESCRIPTION, event_schemas, section, with_section,
};
use serde_json::Value;

/// What later drafts of JSON Schema have and draft 4 has not.
const LATER: [&str; 14] = [
    "$defs",
    "$id",
    "$anchor",
    "$comment",
    "const",
    "contains",
    "propertyNames",
    "if",
    "then",
    "else",
    "examples",
    "dependentRequired",
    "prefixItems",
    "unevaluatedProperties",
];

#[test]
fn the_files_are_those_of_the_types() {
    let expected: BTreeMap<String, String> =
        event_schemas().iter().map(|it| (it.file_name(), it.text())).collect();
    let entries = fs::read_dir(infra().join("schemas")).unwrap();
    let mut found = BTreeMap::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.extension().is_some_and(|it| it == "json") {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            found.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
    let names = |files: &BTreeMap<String, String>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&found), names(&expected), "write infra/schemas anew: {COMMAND}");
    for (name, text) in expected {
        assert!(found[&name] == text, "infra/schemas/{name} is not that of its type: {COMMAND}");
    }
}

#[test]
fn the_template_registers_the_schemas_of_the_types() {
    let template = fs::read_to_string(infra().join("template.yaml")).unwrap();
    let expected = with_section(&template, &section(&event_schemas()));
    assert!(expected.is_some(), "infra/template.yaml has no lines that mark the event schemas");
    assert!(expected == Some(template), "infra/template.yaml is not that of the types: {COMMAND}");
}

#[test]
fn the_schemas_are_draft_4_and_stay_open() {
    for event in event_schemas() {
        assert_eq!(event.schema["$schema"], "http://json-schema.org/draft-04/schema#");
        check(&event.schema, event.detail_type);
    }
}

#[test]
fn what_the_registry_is_told_is_within_its_limits() {
    let mut names: Vec<String> = event_schemas().iter().map(EventSchema::registered_name).collect();
    let plain = |it: char| it.is_ascii_alphanumeric() || ".-_@".contains(it);
    assert!(names.iter().all(|name| name.chars().all(plain)), "{names:?}");
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 17);
    assert!(names.contains(&"CustomerAccessRequested".to_owned()));
    assert!(names.contains(&"lanyard@CustomerInvited".to_owned()));
    for event in event_schemas() {
        let length = event.description.chars().count();
        let is_plain = event.description.ends_with('.') && !event.description.contains('\n');
        assert!(is_plain && length <= MAXIMUM_DESCRIPTION, "{}", event.description);
        assert!(event.schema.to_string().is_ascii(), "{}", event.detail_type);
    }
}

/// Checks a schema and those in it. A property may have any name, so it is not looked at as a keyword.
fn check(schema: &Value, path: &str) {
    let fields = schema.as_object().unwrap_or_else(|| panic!("{path} is no schema: {schema}"));
    for (keyword, value) in fields {
        let path = format!("{path}/{keyword}");
        assert!(!LATER.contains(&keyword.as_str()), "{path}");
        match (keyword.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                for (name, schema) in properties {
                    check(schema, &format!("{path}/{name}"));
                }
            }
            ("allOf" | "anyOf" | "oneOf", Value::Array(schemas)) => {
                for schema in schemas {
                    check(schema, &path);
                }
            }
            ("items" | "not", schema) => check(schema, &path),
            ("exclusiveMinimum" | "exclusiveMaximum", value) => {
                assert!(value.is_boolean(), "{path}");
            }
            ("additionalProperties", _) => panic!("{path}: further fields are to be ignored"),
            ("required", Value::Array(names)) => assert!(!names.is_empty(), "{path}"),
            _ => {}
        }
    }
}

fn infra() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
