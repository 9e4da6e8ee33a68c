//! A batch from a queue, and the answer that says which of its messages are to come again.

use serde::Serialize;
use serde_json::Value;

/// One message of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The id by which a failure is reported.
    pub id: String,
    /// What the sender wrote. Empty where the record has none, so that it fails like any other text that is no request.
    pub body: String,
}

/// Why a batch cannot be worked on at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBatch {
    /// There is no list of records.
    #[error("the batch has no Records")]
    NoRecords,
    /// A record cannot be reported as failed, so the batch must fail as a whole.
    #[error("Records[{0}] has no messageId")]
    NoMessageId(usize),
}

/// Reads the messages of an SQS batch.
///
/// # Errors
/// [`InvalidBatch`]. One record without an id fails the batch: an empty id in the answer would make the platform take the
/// whole batch as failed anyway, after its other messages were worked on.
pub fn messages(payload: &Value) -> Result<Vec<Message>, InvalidBatch> {
    let records =
        payload.get("Records").and_then(Value::as_array).ok_or(InvalidBatch::NoRecords)?;
    let read = |(index, record): (usize, &Value)| {
        let id = record.get("messageId").and_then(Value::as_str).filter(|id| !id.is_empty());
        let body = record.get("body").and_then(Value::as_str).unwrap_or_default();
        let id = id.ok_or(InvalidBatch::NoMessageId(index))?;
        Ok(Message { id: id.to_owned(), body: body.to_owned() })
    };
    records.iter().enumerate().map(read).collect()
}

/// The answer to a batch under `ReportBatchItemFailures`: what is not listed is done and leaves the queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchResponse {
    batch_item_failures: Vec<BatchItemFailure>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct BatchItemFailure {
    item_identifier: String,
}

impl BatchResponse {
    /// Whether every message is done.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.batch_item_failures.is_empty()
    }
}

/// Collects the ids of the messages that are to come again.
impl FromIterator<String> for BatchResponse {
    fn from_iter<I: IntoIterator<Item = String>>(failed: I) -> Self {
        let failed = failed.into_iter();
        Self {
            batch_item_failures: failed
                .map(|item_identifier| BatchItemFailure { item_identifier })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{BatchResponse, InvalidBatch, Message, messages};

    #[test]
    fn messages_are_read_in_order() {
        let batch = json!({ "Records": [
            { "messageId": "m-1", "body": "{}", "eventSource": "aws:sqs" },
            { "messageId": "m-2", "eventSource": "aws:sqs" },
        ] });
        let expected = [("m-1", "{}"), ("m-2", "")]
            .map(|(id, body)| Message { id: id.to_owned(), body: body.to_owned() });
        assert_eq!(messages(&batch).unwrap(), expected);
    }

    #[test]
    fn a_record_without_an_id_fails_the_batch() {
        for id in [json!(null), json!(""), json!(7)] {
            let batch = json!({ "Records": [{ "messageId": "m-1" }, { "messageId": id }] });
            let error = messages(&batch).unwrap_err();
            assert_eq!(error, InvalidBatch::NoMessageId(1));
            assert_eq!(error.to_string(), "Records[1] has no messageId");
        }
        assert_eq!(messages(&json!({})), Err(InvalidBatch::NoRecords));
    }

    #[test]
    fn the_answer_lists_what_is_to_come_again() {
        let answer: BatchResponse = ["m-2".to_owned()].into_iter().collect();
        assert!(!answer.is_complete());
        let expected = json!({ "batchItemFailures": [{ "itemIdentifier": "m-2" }] });
        assert_eq!(serde_json::to_value(answer).unwrap(), expected);
        let expected = json!({ "batchItemFailures": [] });
        assert_eq!(serde_json::to_value(BatchResponse::default()).unwrap(), expected);
    }
}
