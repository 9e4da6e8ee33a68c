//! An incoming EventBridge event.

use access::parse_instant;
use jiff::Timestamp;
use serde_json::Value;

/// What EventBridge puts around a detail.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    /// The event's id, the same when it is delivered again.
    pub id: String,
    /// Who sent it.
    pub source: String,
    /// What it is.
    pub detail_type: String,
    /// When it was sent.
    pub time: Timestamp,
    /// The sender's own part.
    pub detail: Value,
}

/// Why a JSON value is not an event; names the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event field {field} {problem}")]
pub struct InvalidEnvelope {
    /// The field.
    pub field: &'static str,
    /// What is wrong with it.
    pub problem: &'static str,
}

impl Envelope {
    /// Reads an event.
    ///
    /// # Errors
    /// [`InvalidEnvelope`] names the first missing or wrong field.
    pub fn parse(event: &Value) -> Result<Self, InvalidEnvelope> {
        let text = |field| match event.get(field) {
            None | Some(Value::Null) => Err(InvalidEnvelope { field, problem: "is missing" }),
            Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
            Some(_) => Err(InvalidEnvelope { field, problem: "must be a text" }),
        };
        let time = parse_instant(&text("time")?).map_err(|_| InvalidEnvelope {
            field: "time",
            problem: "must be an RFC 3339 instant with an offset",
        })?;
        let detail = event.get("detail").filter(|detail| !detail.is_null());
        Ok(Self {
            id: text("id")?,
            source: text("source")?,
            detail_type: text("detail-type")?,
            time,
            detail: detail
                .cloned()
                .ok_or(InvalidEnvelope { field: "detail", problem: "is missing" })?,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Envelope;

    #[test]
    fn an_event_is_read_whole() {
        let envelope = Envelope::parse(&event()).unwrap();
        assert_eq!(envelope.id, "e-1");
        assert_eq!(envelope.source, "corp.projects");
        assert_eq!(envelope.detail_type, "Project Closed");
        assert_eq!(envelope.time.to_string(), "2026-11-23T08:00:00Z");
        assert_eq!(envelope.detail, json!({ "projectId": "P-42" }));
    }

    #[test]
    fn a_missing_or_wrong_field_is_named() {
        for (field, value, expected) in [
            ("id", Value::Null, "event field id is missing"),
            ("source", json!(7), "event field source must be a text"),
            ("detail-type", json!(""), "event field detail-type must be a text"),
            (
                "time",
                json!("2026-11-23T09:00:00"),
                "event field time must be an RFC 3339 instant with an offset",
            ),
            (
                "time",
                json!("2026-11-23 09:00Z"),
                "event field time must be an RFC 3339 instant with an offset",
            ),
            ("detail", Value::Null, "event field detail is missing"),
        ] {
            let mut event = event();
            event[field] = value;
            assert_eq!(Envelope::parse(&event).unwrap_err().to_string(), expected);
        }
    }

    fn event() -> Value {
        json!({
            "version": "0", "id": "e-1", "source": "corp.projects", "detail-type": "Project Closed",
            "account": "1", "region": "eu-central-1", "resources": [],
            "time": "2026-11-23T09:00:00+01:00", "detail": { "projectId": "P-42" },
        })
    }
}
