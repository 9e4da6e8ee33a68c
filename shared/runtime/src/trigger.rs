//! By which way a payload came.

use serde_json::Value;

/// The ways in which a function is invoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// A batch from an SQS queue.
    Queue,
    /// An HTTP API request, payload format 2.0.
    Http,
    /// An EventBridge event without a queue in between.
    Event,
    /// Anything else: the payload is the request itself.
    Direct,
}

impl Trigger {
    /// Tells by the payload's own shape; no field used here is a field of a Lanyard request.
    #[must_use]
    pub fn of(payload: &Value) -> Self {
        let is_text = |field| payload.get(field).is_some_and(Value::is_string);
        if payload.get("Records").is_some_and(Value::is_array) {
            Self::Queue
        } else if payload.pointer("/requestContext/http").is_some() {
            Self::Http
        } else if is_text("detail-type") && is_text("source") {
            Self::Event
        } else {
            Self::Direct
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Trigger;

    #[test]
    fn each_way_is_known_by_its_shape() {
        for (payload, expected) in [
            (
                json!({ "Records": [{ "messageId": "m", "eventSource": "aws:sqs" }] }),
                Trigger::Queue,
            ),
            (
                json!({ "version": "2.0", "requestContext": { "http": { "method": "POST" } }, "body": "{}" }),
                Trigger::Http,
            ),
            (
                json!({ "detail-type": "Project Closed", "source": "corp", "detail": {} }),
                Trigger::Event,
            ),
            (json!({ "org": "main", "customers": "a@b.example" }), Trigger::Direct),
            (json!({}), Trigger::Direct),
            (json!([]), Trigger::Direct),
        ] {
            assert_eq!(Trigger::of(&payload), expected, "{payload}");
        }
    }
}
