//! An incoming EventBridge event.

use access::parse_instant;
use jiff::Timestamp;
use serde_json::Value;

use crate::invocation::Invocation;

/// What EventBridge puts around a detail.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    /// The event's id, the same when it is delivered again.
    pub id: String,
    /// Who sent it.
    pub source: String,
    /// The AWS account in which it was sent.
    pub account: String,
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
        let time = instant(&text(event, "time")?)?;
        Ok(Self {
            id: text(event, "id")?,
            source: text(event, "source")?,
            account: text(event, "account")?,
            detail_type: text(event, "detail-type")?,
            time,
            detail: detail(event)?,
        })
    }

    /// Reads an event that somebody wrote by hand. Only its `detail-type`, `detail` and, if it has one, `time` count: `id` is that of
    /// the invocation, and `source` and `account` are empty, because the bus, which vouches for them, has not seen it.
    ///
    /// # Errors
    /// [`InvalidEnvelope`] names the first missing or wrong field.
    pub fn by_hand(event: &Value, invocation: &Invocation) -> Result<Self, InvalidEnvelope> {
        let time = match event.get("time") {
            None | Some(Value::Null) => invocation.now,
            Some(_) => instant(&text(event, "time")?)?,
        };
        Ok(Self {
            id: invocation.request_id.clone(),
            source: String::new(),
            account: String::new(),
            detail_type: text(event, "detail-type")?,
            time,
            detail: detail(event)?,
        })
    }
}

fn text(event: &Value, field: &'static str) -> Result<String, InvalidEnvelope> {
    match event.get(field) {
        None | Some(Value::Null) => Err(InvalidEnvelope { field, problem: "is missing" }),
        Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
        Some(_) => Err(InvalidEnvelope { field, problem: "must be a text" }),
    }
}

fn instant(text: &str) -> Result<Timestamp, InvalidEnvelope> {
    parse_instant(text).map_err(|_| InvalidEnvelope {
        field: "time",
        problem: "must be an RFC 3339 instant with an offset",
    })
}

fn detail(event: &Value) -> Result<Value, InvalidEnvelope> {
    let detail = event.get("detail").filter(|detail| !detail.is_null());
    detail.cloned().ok_or(InvalidEnvelope { field: "detail", problem: "is missing" })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::Envelope;
    use crate::clock::Random;
    use crate::invocation::Invocation;

    #[test]
    fn an_event_is_read_whole() {
        let envelope = Envelope::parse(&event()).unwrap();
        assert_eq!(envelope.id, "e-1");
        assert_eq!((&*envelope.source, &*envelope.account), ("corp.projects", "1"));
        assert_eq!(envelope.detail_type, "Project Closed");
        assert_eq!(envelope.time.to_string(), "2026-11-23T08:00:00Z");
        assert_eq!(envelope.detail, json!({ "projectId": "P-42" }));
    }

    #[test]
    fn a_missing_or_wrong_field_is_named() {
        for (field, value, expected) in [
            ("id", Value::Null, "event field id is missing"),
            ("source", json!(7), "event field source must be a text"),
            ("account", Value::Null, "event field account is missing"),
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

    #[test]
    fn of_an_event_by_hand_nothing_counts_for_which_the_bus_would_vouch() {
        let now = "2026-11-24T00:00:00Z".parse().unwrap();
        let remaining = Duration::from_mins(1);
        let invocation = Invocation::new("r-1", now, remaining, Random::from_fn(|| 7));
        let read = |event: &Value| Envelope::by_hand(event, &invocation);
        let envelope = read(&event()).unwrap();
        assert_eq!((&*envelope.id, &*envelope.source, &*envelope.account), ("r-1", "", ""));
        assert_eq!(envelope.time.to_string(), "2026-11-23T08:00:00Z");

        let short = json!({ "detail-type": "Project Closed", "detail": { "projectId": "P-42" } });
        let envelope = read(&short).unwrap();
        assert_eq!((envelope.time, &*envelope.detail_type), (now, "Project Closed"));
        assert_eq!(envelope.detail, json!({ "projectId": "P-42" }));
        for (field, value) in
            [("detail-type", json!(7)), ("time", json!("noon")), ("detail", Value::Null)]
        {
            let mut event = event();
            event[field] = value;
            assert_eq!(read(&event).unwrap_err().field, field);
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
