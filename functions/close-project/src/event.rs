//! What an event says about a project.

use access::{OrgAlias, ProjectChange, ProjectId};
use jiff::{SignedDuration, Timestamp};
use run::Continuation;
use runtime::Envelope;
use serde_json::Value;

/// What is to be done about a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The org.
    pub org: OrgAlias,
    /// The project.
    pub project: ProjectId,
    /// What it says; `None` for a continuation, which says nothing new.
    pub change: Option<ProjectChange>,
    /// How many continuations came before.
    pub attempt: u32,
}

/// Why an event cannot be acted upon; names the field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {expected}")]
pub struct InvalidEvent {
    /// The field.
    pub field: String,
    /// What it must be.
    pub expected: String,
}

/// How far ahead of our clock an event may be dated. One dated far ahead would silence every later one.
const MAXIMUM_AHEAD: SignedDuration = SignedDuration::from_hours(24);

impl Event {
    /// Reads an event.
    ///
    /// # Errors
    /// [`InvalidEvent`].
    pub fn parse(event: &Value, now: Timestamp) -> Result<Self, InvalidEvent> {
        let envelope = Envelope::parse(event).map_err(|error| wrong(error.field, error.problem))?;
        let closes = match envelope.detail_type.as_str() {
            "Project Closed" => true,
            "Project Reopened" => false,
            "Continuation" if envelope.source == "lanyard" => return Self::continuation(&envelope),
            _ => return Err(wrong("detail-type", "must be Project Closed or Project Reopened")),
        };
        let detail = &envelope.detail;
        let text = |field: &str| match detail.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(wrong(&format!("detail.{field}"), "must be a text")),
        };
        let project = text("projectId")?.ok_or_else(|| wrong("detail.projectId", "is missing"))?;
        let project = ProjectId::parse(&project)
            .map_err(|error| wrong("detail.projectId", &error.to_string()))?;
        let org = match text("org")? {
            None => OrgAlias::default(),
            Some(org) => {
                OrgAlias::parse(&org).map_err(|error| wrong("detail.org", &error.to_string()))?
            }
        };
        let (instant, person) =
            if closes { ("closedAt", "closedBy") } else { ("reopenedAt", "reopenedBy") };
        let at = match text(instant)? {
            None => envelope.time,
            Some(at) => at.parse().map_err(|_| {
                wrong(&format!("detail.{instant}"), "must be an RFC 3339 instant with an offset")
            })?,
        };
        if at.duration_since(now) > MAXIMUM_AHEAD {
            return Err(wrong(&format!("detail.{instant}"), "must not lie more than a day ahead"));
        }
        let change = ProjectChange { closes, at, by: text(person)?, reason: text("reason")? };
        Ok(Self { org, project, change: Some(change), attempt: 0 })
    }

    fn continuation(envelope: &Envelope) -> Result<Self, InvalidEvent> {
        let detail = serde_json::from_value(envelope.detail.clone());
        let continuation: Continuation =
            detail.map_err(|_| wrong("detail", "is not that of a Continuation"))?;
        let project = continuation.project_id.as_deref().map(ProjectId::parse);
        match (continuation.function.as_str(), project) {
            ("close-project", Some(Ok(project))) => Ok(Self {
                org: continuation.org.unwrap_or_default(),
                project,
                change: None,
                attempt: continuation.attempt,
            }),
            _ => Err(wrong("detail", "is not that of a Continuation of close-project")),
        }
    }
}

fn wrong(field: &str, expected: &str) -> InvalidEvent {
    InvalidEvent { field: field.to_owned(), expected: expected.to_owned() }
}
