//! What an event says about a project.

use access::{OrgAlias, ProjectChange, ProjectId, UnknownField, cleaned_text, parse_instant};
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
    /// What the chain of runs began with: the id of the first event.
    pub origin: String,
    /// What its detail has that no field is called.
    pub unknown: Vec<UnknownField>,
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

/// Characters that a text for the audit may have: with more of them, the project could be too large to record.
const MAXIMUM_TEXT: usize = 1_000;

/// How far ahead of our clock an event may be dated. One dated far ahead would silence every later one.
pub(crate) const MAXIMUM_AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// Every field that the detail of a *Project Closed* may have.
const OF_CLOSED: [&str; 5] = ["projectId", "org", "closedAt", "closedBy", "reason"];

/// Every field that the detail of a *Project Reopened* may have.
const OF_REOPENED: [&str; 5] = ["projectId", "org", "reopenedAt", "reopenedBy", "reason"];

/// What an event may be; a continuation is Lanyard's own.
const EXPECTED: &str = "must be Project Closed, Project Reopened or Customer Access Withdrawn";

impl Event {
    /// Reads an event about a project.
    ///
    /// # Errors
    /// [`InvalidEvent`].
    pub fn parse(event: &Value, now: Timestamp) -> Result<Self, InvalidEvent> {
        let envelope = Envelope::parse(event).map_err(|error| wrong(error.field, error.problem))?;
        Self::of(&envelope, now)
    }

    /// Reads what an event says about a project.
    ///
    /// # Errors
    /// [`InvalidEvent`].
    pub(crate) fn of(envelope: &Envelope, now: Timestamp) -> Result<Self, InvalidEvent> {
        let closes = match envelope.detail_type.as_str() {
            "Project Closed" => true,
            "Project Reopened" => false,
            "Continuation" if envelope.source == "lanyard" => return Self::continuation(envelope),
            _ => return Err(wrong("detail-type", EXPECTED)),
        };
        let detail = &envelope.detail;
        let text = |field: &str| match detail.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(wrong(&format!("detail.{field}"), "must be a text")),
        };
        let short = |field: &str| {
            let text = text(field)?.map(|text| short(&text)).transpose();
            text.map_err(|expected| wrong(&format!("detail.{field}"), &expected))
        };
        let project = text("projectId")?.ok_or_else(|| wrong("detail.projectId", "is missing"))?;
        let project = ProjectId::parse(project.trim())
            .map_err(|error| wrong("detail.projectId", &error.to_string()))?;
        if project == ProjectId::ungoverned() {
            // Its grants were made of what was found. No source opened it, so none may close it, which would end them all.
            let expected =
                "must not be ungoverned, the project of adopted access, which is never closed";
            return Err(wrong("detail.projectId", expected));
        }
        let org = match text("org")? {
            None => OrgAlias::default(),
            Some(org) => OrgAlias::parse(org.trim())
                .map_err(|error| wrong("detail.org", &error.to_string()))?,
        };
        let (instant, person) =
            if closes { ("closedAt", "closedBy") } else { ("reopenedAt", "reopenedBy") };
        let (field, at) = match text(instant)? {
            None => ("time".to_owned(), Ok(envelope.time)),
            Some(at) => (format!("detail.{instant}"), parse_instant(&at)),
        };
        let at = at.map_err(|error| wrong(&field, &error.to_string()))?;
        if at.duration_since(now) > MAXIMUM_AHEAD {
            return Err(wrong(&field, "must not lie more than five minutes ahead"));
        }
        let change = ProjectChange { closes, at, by: short(person)?, reason: short("reason")? };
        let known = if closes { &OF_CLOSED } else { &OF_REOPENED };
        let unknown = UnknownField::all(detail, known, "detail", "detail.");
        let origin = envelope.id.clone();
        Ok(Self { org, project, change: Some(change), attempt: 0, origin, unknown })
    }

    fn continuation(envelope: &Envelope) -> Result<Self, InvalidEvent> {
        let detail = serde_json::from_value(envelope.detail.clone());
        let continuation: Continuation =
            detail.map_err(|_| wrong("detail", "is not that of a Continuation"))?;
        let project = continuation.project_id.as_deref().map(|id| ProjectId::parse(id.trim()));
        match (continuation.function.as_str(), project) {
            ("close-project", Some(Ok(project))) => Ok(Self {
                org: continuation.org.unwrap_or_default(),
                project,
                change: None,
                attempt: continuation.attempt,
                origin: Continuation::origin_of(&envelope.detail),
                unknown: Vec::new(),
            }),
            _ => Err(wrong("detail", "is not that of a Continuation of close-project")),
        }
    }
}

/// A text for the audit, as it is kept; else what it must be. What it explains is done, so of what is not clean only the rest is kept.
pub(crate) fn short(text: &str) -> Result<String, String> {
    let text = cleaned_text(text);
    if text.chars().count() > MAXIMUM_TEXT {
        return Err("must have at most 1,000 characters".to_owned());
    }
    Ok(text)
}

pub(crate) fn wrong(field: &str, expected: &str) -> InvalidEvent {
    InvalidEvent { field: field.to_owned(), expected: expected.to_owned() }
}

#[cfg(test)]
mod tests {
    use access::OrgAlias;
    use jiff::Timestamp;
    use serde_json::{Value, json};

    use super::Event;
    use super::examples::{NOW, event, well_formed, wrong};

    #[test]
    fn the_instant_of_the_detail_counts_and_that_of_the_envelope_where_there_is_none() {
        for (kind, detail, closes, at, by, reason) in well_formed() {
            let event = parse(kind, "corp", &detail).expect("it is an event");
            assert_eq!((event.org, event.project.as_str()), (OrgAlias::default(), "P-42"));
            let change = event.change.expect("it says something");
            assert_eq!((change.closes, change.at), (closes, instant(at)), "{detail}");
            assert_eq!((change.by.as_deref(), change.reason.as_deref()), (by, reason));
            assert_eq!(event.attempt, 0);
        }
    }

    #[test]
    fn white_space_around_ids_means_nothing() {
        let detail = json!({ "projectId": "P-42 ", "org": " main" });
        let event = parse("Project Closed", "corp", &detail).expect("it is an event");
        assert_eq!((event.project.as_str(), event.org), ("P-42", OrgAlias::default()));
    }

    #[test]
    fn what_is_wrong_is_named_by_its_path() {
        for (kind, detail, expected) in wrong() {
            let error = parse(kind, "corp", &detail).expect_err("it is wrong").to_string();
            assert!(error.starts_with(expected), "{detail}: {error}");
        }
        let bare = Event::parse(&json!({ "projectId": "P-42" }), instant(NOW));
        assert!(bare.is_err(), "a detail without an envelope is no event");
    }

    #[test]
    fn texts_that_the_ledger_may_not_take_are_named() {
        for (kind, field) in [
            ("Project Closed", "reason"),
            ("Project Closed", "closedBy"),
            ("Project Reopened", "reopenedBy"),
        ] {
            let detail = |length| json!({ "projectId": "P-42", field: "ä".repeat(length) });
            assert!(parse(kind, "corp", &detail(1_000)).is_ok(), "{field}");
            let error = parse(kind, "corp", &detail(1_001)).expect_err("it is long").to_string();
            let expected = format!("detail.{field} must have at most 1,000 characters");
            assert_eq!(error, expected);
        }
    }

    #[test]
    fn an_event_that_is_dated_by_its_envelope_is_wrong_there() {
        let mut event = event("Project Closed", "corp", &json!({ "projectId": "P-42" }));
        event["time"] = json!("2027-02-01T00:00:00Z");
        let error = Event::parse(&event, instant(NOW)).expect_err("it lies ahead").to_string();
        assert_eq!(error, "time must not lie more than five minutes ahead");
    }

    #[test]
    fn a_continuation_says_nothing_new_about_its_project() {
        let org = OrgAlias::parse("acme").unwrap();
        let project = Some("P-42".to_owned());
        let asked = run::Continuation::new("close-project", Some(org.clone()), project, 3);
        let detail = asked.announcement("r-1", instant(NOW)).unwrap().detail;
        let event = parse("Continuation", "lanyard", &detail).expect("it is one of ours");
        assert_eq!((event.org, event.project.as_str()), (org, "P-42"));
        assert_eq!((event.change, event.attempt), (None, 3));

        for detail in [
            json!({ "function": "sweep", "attempt": 1 }),
            json!({ "function": "close-project", "attempt": 1 }),
            json!({ "function": "close-project", "projectId": "P-42" }),
        ] {
            assert!(parse("Continuation", "lanyard", &detail).is_err(), "{detail}");
        }
    }

    fn parse(kind: &str, source: &str, detail: &Value) -> Result<Event, super::InvalidEvent> {
        Event::parse(&event(kind, source, detail), instant(NOW))
    }

    fn instant(text: &str) -> Timestamp {
        text.parse().unwrap()
    }
}

#[cfg(test)]
mod examples;
#[cfg(test)]
mod properties;
