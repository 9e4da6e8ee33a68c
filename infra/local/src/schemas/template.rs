//! The event schemas as resources of `infra/template.yaml`.

use super::{COMMAND, EventSchema};

/// The last line of the section.
const END: &str = "  # End of the event schemas.\n";

/// The section of the template that registers the schemas, from its first to its last line.
#[must_use]
pub fn section(schemas: &[EventSchema]) -> String {
    let resources: String = schemas.iter().map(resource).collect();
    format!("{}{resources}{END}", begin())
}

/// The template with this section in the place of the one that it has; `None` if it has none.
#[must_use]
pub fn with_section(template: &str, section: &str) -> Option<String> {
    let (before, rest) = template.split_once(&begin())?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{section}{after}"))
}

/// The first line of the section.
fn begin() -> String {
    format!("  # Event schemas: written by {COMMAND}; do not edit by hand.\n")
}

fn resource(schema: &EventSchema) -> String {
    let lines = [
        format!("  {}Schema:", schema.name()),
        "    Type: AWS::EventSchemas::Schema".to_owned(),
        "    Condition: RegistersSchemas".to_owned(),
        "    Properties:".to_owned(),
        "      RegistryName: !GetAtt SchemaRegistry.RegistryName".to_owned(),
        format!("      SchemaName: {}", schema.registered_name()),
        "      Type: JSONSchemaDraft4".to_owned(),
        format!("      Description: {}", quoted(&schema.description)),
        format!("      Content: {}", quoted(&schema.schema.to_string())),
    ];
    lines.join("\n") + "\n"
}

/// A text of one line as a single-quoted scalar.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
