//! A batch from a queue, and the answer that says which of its messages are to come again.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::failure::FunctionError;
use crate::invocation::Invocation;

/// With less than this left, no further message of a batch is begun: it comes again, when there is time for it.
pub const TIME_FOR_A_MESSAGE: Duration = Duration::from_secs(10);

/// Works through the messages of an SQS batch one after the other. `work` gets a message's id and its body, and says why a
/// message is to come again; one whose body is not JSON comes again without being worked on, and so do those for which the
/// ones before have left no time.
///
/// # Errors
/// [`FunctionError`] `INVALID_BATCH`, before anything is done. One record without an id fails the batch: an empty id in
/// the answer would make the platform take the whole batch as failed anyway, after its other messages were worked on.
pub async fn each_message<F>(
    payload: &Value,
    invocation: &Invocation,
    mut work: impl FnMut(String, Value) -> F,
) -> Result<BatchResponse, FunctionError>
where
    F: Future<Output = Result<(), String>>,
{
    let mut failed = Vec::new();
    for (place, (id, body)) in messages(payload)?.into_iter().enumerate() {
        let is_late = place > 0 && invocation.remaining() < TIME_FOR_A_MESSAGE;
        let outcome = match body {
            Some(_) if is_late => Err("no time left".to_owned()),
            Some(body) => work(id.clone(), body).await,
            None => Err("not JSON".to_owned()),
        };
        if let Err(reason) = outcome {
            tracing::warn!(messageId = id, reason, "left in the queue");
            failed.push(id);
        }
    }
    Ok(failed.into_iter().collect())
}

/// Why a batch cannot be worked on at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum InvalidBatch {
    /// There is no list of records.
    #[error("the batch has no Records")]
    NoRecords,
    /// A record cannot be reported as failed, so the batch must fail as a whole.
    #[error("Records[{0}] has no messageId")]
    NoMessageId(usize),
}

/// The messages of a batch in order: the id by which a failure is reported, and what the sender wrote; `None` where that is not JSON.
///
/// # Errors
/// [`FunctionError`] `INVALID_BATCH`.
pub fn messages(payload: &Value) -> Result<Vec<(String, Option<Value>)>, FunctionError> {
    read(payload).map_err(|error| FunctionError::new("INVALID_BATCH", error.to_string()))
}

fn read(payload: &Value) -> Result<Vec<(String, Option<Value>)>, InvalidBatch> {
    let records =
        payload.get("Records").and_then(Value::as_array).ok_or(InvalidBatch::NoRecords)?;
    let message = |(index, record): (usize, &Value)| {
        let id = record.get("messageId").and_then(Value::as_str).filter(|id| !id.is_empty());
        let body = record.get("body").and_then(Value::as_str).unwrap_or_default();
        let id = id.ok_or(InvalidBatch::NoMessageId(index))?;
        Ok((id.to_owned(), serde_json::from_str(body).ok()))
    };
    records.iter().enumerate().map(message).collect()
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
    use std::cell::RefCell;
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::{BatchResponse, InvalidBatch, each_message, read};
    use crate::clock::Random;
    use crate::invocation::Invocation;

    #[tokio::test]
    async fn each_message_is_worked_on_once_and_what_fails_comes_again() {
        let batch = json!({ "Records": [
            { "messageId": "m-1", "body": "7" },
            { "messageId": "m-2", "body": "seven" },
            { "messageId": "m-3" },
            { "messageId": "m-4", "body": "8" },
        ] });
        let worked = RefCell::new(Vec::new());
        let work = |id: String, body: Value| {
            worked.borrow_mut().push((id, body.clone()));
            async move { if body == 7 { Err("too few".to_owned()) } else { Ok(()) } }
        };
        let answer = each_message(&batch, &invocation(60), work).await.unwrap();
        let expected = ["m-1", "m-2", "m-3"].map(ToOwned::to_owned);
        assert_eq!(answer, expected.into_iter().collect());
        let expected = [("m-1".to_owned(), json!(7)), ("m-4".to_owned(), json!(8))];
        assert_eq!(worked.into_inner(), expected);
    }

    #[tokio::test(start_paused = true)]
    async fn what_there_is_no_time_for_comes_again_and_is_not_begun() {
        let batch = json!({ "Records": [
            { "messageId": "m-1", "body": "1" },
            { "messageId": "m-2", "body": "2" },
            { "messageId": "m-3", "body": "3" },
        ] });
        for (seconds, begun, left) in [(60, 3, 0), (35, 2, 1), (29, 1, 2), (0, 1, 2)] {
            let worked = RefCell::new(0);
            let work = async |_: String, _: Value| {
                *worked.borrow_mut() += 1;
                tokio::time::sleep(Duration::from_secs(20)).await;
                Ok(())
            };
            let answer = each_message(&batch, &invocation(seconds), work).await.unwrap();
            assert_eq!((worked.into_inner(), answer.batch_item_failures.len()), (begun, left));
        }
    }

    fn invocation(seconds: u64) -> Invocation {
        let now = "2027-01-01T00:00:00Z".parse().unwrap();
        Invocation::new("r-1", now, Duration::from_secs(seconds), Random::from_fn(|| 7))
    }

    #[tokio::test]
    async fn a_batch_that_cannot_be_answered_is_not_begun() {
        let batch = json!({ "Records": [{ "messageId": "m-1", "body": "7" }, { "body": "8" }] });
        let work = async |_: String, _: Value| panic!("it is begun");
        let error = each_message(&batch, &invocation(60), work).await.unwrap_err();
        assert_eq!(error.error_type, "INVALID_BATCH");
        assert_eq!(error.message, "Records[1] has no messageId");
    }

    #[test]
    fn messages_are_read_in_order() {
        let batch = json!({ "Records": [
            { "messageId": "m-1", "body": "{}", "eventSource": "aws:sqs" },
            { "messageId": "m-2", "eventSource": "aws:sqs" },
        ] });
        let expected = [("m-1".to_owned(), Some(json!({}))), ("m-2".to_owned(), None)];
        assert_eq!(read(&batch).unwrap(), expected);
    }

    #[test]
    fn a_record_without_an_id_fails_the_batch() {
        for id in [json!(null), json!(""), json!(7)] {
            let batch = json!({ "Records": [{ "messageId": "m-1" }, { "messageId": id }] });
            let error = read(&batch).unwrap_err();
            assert_eq!(error, InvalidBatch::NoMessageId(1));
            assert_eq!(error.to_string(), "Records[1] has no messageId");
        }
        assert_eq!(read(&json!({})), Err(InvalidBatch::NoRecords));
    }

    #[test]
    fn the_answer_lists_what_is_to_come_again() {
        let answer: BatchResponse = ["m-2".to_owned()].into_iter().collect();
        let expected = json!({ "batchItemFailures": [{ "itemIdentifier": "m-2" }] });
        assert_eq!(serde_json::to_value(answer).unwrap(), expected);
        let expected = json!({ "batchItemFailures": [] });
        assert_eq!(serde_json::to_value(BatchResponse::default()).unwrap(), expected);
    }
}
