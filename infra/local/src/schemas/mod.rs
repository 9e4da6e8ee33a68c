//! The JSON Schemas of all events, made from the types that are emitted and read.
//!
//! `infra/schemas` and a part of `infra/template.yaml` are written from here by [`COMMAND`], and a test keeps them equal.

mod draft04;
mod template;

use access::event::{
    AboutGrant, Changed, Detail, Drifted, Ended, Expiring, InvitationRefused, Invited, Joined,
    OrgNeedsAttention, ProjectEventIgnored, Stuck, SweepHeld, Ungoverned,
};
use access::{Announcement, AnnouncementKind};
use close_project::shape::{CustomerAccessWithdrawn, ProjectClosed, ProjectReopened};
use invite::shape::InvitationRequest;
use run::Continuation;
use schemars::JsonSchema;
use serde_json::{Value, json};

pub use template::{section, with_section};

/// What writes the schemas anew.
pub const COMMAND: &str = "cargo run -p lanyard-local --example schemas";

/// The longest description that EventBridge Schemas takes, in characters.
pub const MAXIMUM_DESCRIPTION: usize = 256;

/// The schema of one event, envelope and all, as JSON Schema draft 4.
#[derive(Clone, Debug, PartialEq)]
pub struct EventSchema {
    /// The event's detail-type.
    pub detail_type: &'static str,
    /// The event's source; `None` for an event that Lanyard takes, whose source is the customer's own.
    pub source: Option<&'static str>,
    /// What the event says, in a sentence or two.
    pub description: String,
    /// The schema.
    pub schema: Value,
}

impl EventSchema {
    /// The name of its file in `infra/schemas`.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("{}.json", self.detail_type.to_lowercase().replace(' ', "-"))
    }

    /// The text of its file.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{:#}\n", self.schema)
    }

    /// Its name in the registry: `source@DetailType` by the convention of EventBridge, without a source where that is
    /// the customer's own.
    #[must_use]
    pub fn registered_name(&self) -> String {
        let name = self.name();
        self.source.map_or(name.clone(), |source| format!("{source}@{name}"))
    }

    fn name(&self) -> String {
        self.detail_type.replace(' ', "")
    }
}

/// The schemas of all events: first those that Lanyard takes, then those that it emits.
#[must_use]
pub fn event_schemas() -> Vec<EventSchema> {
    vec![
        taken::<InvitationRequest>("Customer Access Requested"),
        taken::<CustomerAccessWithdrawn>("Customer Access Withdrawn"),
        taken::<ProjectClosed>("Project Closed"),
        taken::<ProjectReopened>("Project Reopened"),
        about_grant::<Invited>(AnnouncementKind::Invited),
        about_grant::<Joined>(AnnouncementKind::Joined),
        emitted::<InvitationRefused, InvitationRefused>(AnnouncementKind::InvitationRefused),
        about_grant::<Changed>(AnnouncementKind::Changed),
        about_grant::<Expiring>(AnnouncementKind::Expiring),
        about_grant::<Ended>(AnnouncementKind::Ended),
        about_grant::<Stuck>(AnnouncementKind::Stuck),
        about_grant::<Drifted>(AnnouncementKind::Drifted),
        emitted::<Ungoverned, Ungoverned>(AnnouncementKind::Ungoverned),
        emitted::<OrgNeedsAttention, OrgNeedsAttention>(AnnouncementKind::OrgNeedsAttention),
        emitted::<ProjectEventIgnored, ProjectEventIgnored>(AnnouncementKind::ProjectEventIgnored),
        emitted::<SweepHeld, SweepHeld>(AnnouncementKind::SweepHeld),
        emitted::<Continuation, Continuation>(AnnouncementKind::Continuation),
    ]
}

/// An event that Lanyard takes; what the function reads of the envelope is required.
fn taken<T: JsonSchema>(detail_type: &'static str) -> EventSchema {
    let detail = draft04::of_taken::<T>();
    let required = ["id", "detail-type", "source", "account", "time", "detail"];
    event(detail_type, None, &required, description(&detail), detail)
}

fn about_grant<T: JsonSchema>(kind: AnnouncementKind) -> EventSchema {
    emitted::<T, AboutGrant<T>>(kind)
}

/// An event that Lanyard emits, of which `T` says what the kind adds and `D` is that with all around it.
fn emitted<T: JsonSchema, D: JsonSchema>(kind: AnnouncementKind) -> EventSchema {
    let detail = draft04::of_emitted::<Detail<D>>();
    let required = [
        "version",
        "id",
        "detail-type",
        "source",
        "account",
        "time",
        "region",
        "resources",
        "detail",
    ];
    let description = description(&draft04::of_emitted::<T>());
    event(kind.detail_type(), Some(Announcement::SOURCE), &required, description, detail)
}

fn event(
    detail_type: &'static str,
    source: Option<&'static str>,
    required: &[&str],
    description: String,
    mut detail: Value,
) -> EventSchema {
    if let Some(fields) = detail.as_object_mut() {
        fields.remove("description");
    }
    let text = |description: &str| json!({ "type": "string", "description": description });
    let mut schema = json!({
        "$schema": draft04::META_SCHEMA,
        "title": detail_type,
        "description": description,
        "type": "object",
        "required": required,
        "properties": {
            "version": text("The version of the envelope."),
            "id": text("EventBridge's own id of the event."),
            "detail-type": { "type": "string", "enum": [detail_type] },
            "source": text("Who emits the event."),
            "account": text("The AWS account."),
            "time": text("When the event was emitted."),
            "region": text("The AWS region."),
            "resources": { "type": "array", "items": { "type": "string" } },
            "detail": detail,
        },
    });
    let properties = &mut schema["properties"];
    properties["time"]["format"] = json!("date-time");
    properties["id"]["minLength"] = json!(1);
    match source {
        Some(source) => properties["source"]["enum"] = json!([source]),
        None => properties["source"]["minLength"] = json!(1),
    }
    EventSchema { detail_type, source, description, schema }
}

/// The first paragraph of a schema's description.
fn description(schema: &Value) -> String {
    let text = schema["description"].as_str().unwrap_or_default();
    text.split("\n\n").next().unwrap_or_default().to_owned()
}
