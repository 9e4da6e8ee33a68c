//! Events as they travel: what the bus was given, and batches as the queue hands them over.

use serde_json::{Value, json};

/// An event that Lanyard emitted.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its source.
    pub source: String,
    /// Its detail-type.
    pub detail_type: String,
    /// Its detail.
    pub detail: Value,
}

/// An SQS batch with one message for each body.
#[must_use]
pub fn batch<'a>(bodies: impl IntoIterator<Item = &'a str>) -> Value {
    let record = |(index, body): (usize, &str)| json!({ "messageId": format!("m-{index}"), "eventSource": "aws:sqs", "body": body });
    json!({ "Records": bodies.into_iter().enumerate().map(record).collect::<Vec<_>>() })
}
