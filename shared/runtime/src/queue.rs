//! A batch from a queue, and the answer that says which of its messages are to come again.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::envelope::{Envelope, InvalidEnvelope};
use crate::failure::FunctionError;
use crate::invocation::Invocation;
use crate::metrics::{Metric, Metrics};
use crate::trust::{Trust, Untrusted};

/// With less than this left, no further message of a batch is begun: it comes again, when there is time for it.
pub const TIME_FOR_A_MESSAGE: Duration = Duration::from_secs(10);

/// What a function's queue hands over.
#[derive(Clone, Debug)]
pub struct Queue {
    function: &'static str,
    trust: Trust,
    metrics: Metrics,
}

/// A message of a batch: the id by which a failure is reported, and the event in it.
pub type Message = (String, Result<Envelope, NoEvent>);

/// Why a message is to come again without being worked on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoEvent {
    /// The platform does not say that it comes from a queue.
    #[error("eventSource must be aws:sqs")]
    NoMessage,
    /// What the sender wrote is not JSON.
    #[error("not JSON")]
    NotJson,
    /// It is no event.
    #[error(transparent)]
    Invalid(#[from] InvalidEnvelope),
    /// It is an event that is not believed.
    #[error(transparent)]
    Untrusted(#[from] Untrusted),
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

impl Queue {
    /// The queue of a function, from which it believes whom `trust` names. `metrics` count what it does not.
    #[must_use]
    pub fn new(function: &'static str, trust: Trust, metrics: Metrics) -> Self {
        Self { function, trust, metrics }
    }

    /// Works through the events of an SQS batch one after the other. `work` gets a message's id and its event, and says why a
    /// message is to come again; one that is no event, or none that is believed, comes again without being worked on, and so do those
    /// for which the ones before have left no time.
    ///
    /// # Errors
    /// As [`Self::messages`].
    pub async fn each_event<F>(
        &self,
        payload: &Value,
        invocation: &Invocation,
        mut work: impl FnMut(String, Envelope) -> F,
    ) -> Result<BatchResponse, FunctionError>
    where
        F: Future<Output = Result<(), String>>,
    {
        let mut failed = Vec::new();
        for (place, (id, event)) in self.messages(payload, invocation)?.into_iter().enumerate() {
            let is_late = place > 0 && invocation.remaining() < TIME_FOR_A_MESSAGE;
            let outcome = match event {
                Ok(_) if is_late => Err("no time left".to_owned()),
                Ok(event) => work(id.clone(), event).await,
                Err(reason) => Err(reason.to_string()),
            };
            if let Err(reason) = outcome {
                tracing::warn!(messageId = id, reason, "left in the queue");
                failed.push(id);
            }
        }
        Ok(failed.into_iter().collect())
    }

    /// The messages of a batch in order, and counts those that are not believed.
    ///
    /// # Errors
    /// [`FunctionError`] `INVALID_BATCH`, before anything is done. One record without an id fails the batch: an empty id in
    /// the answer would make the platform take the whole batch as failed anyway, after its other messages were worked on.
    pub fn messages(
        &self,
        payload: &Value,
        invocation: &Invocation,
    ) -> Result<Vec<Message>, FunctionError> {
        let messages = read(payload, |event| self.trust.check(event, invocation.account()))
            .map_err(|error| FunctionError::new("INVALID_BATCH", error.to_string()))?;
        let is_untrusted = |(_, event): &&Message| matches!(event, Err(NoEvent::Untrusted(_)));
        let untrusted = messages.iter().filter(is_untrusted).count();
        if let Some(untrusted) = u64::try_from(untrusted).ok().filter(|it| *it > 0) {
            let counted = BTreeMap::from([(Metric::UntrustedEvents, untrusted)]);
            self.metrics.record(self.function, invocation, &counted);
        }
        Ok(messages)
    }
}

fn read(
    payload: &Value,
    check: impl Fn(&Envelope) -> Result<(), Untrusted>,
) -> Result<Vec<Message>, InvalidBatch> {
    let records =
        payload.get("Records").and_then(Value::as_array).ok_or(InvalidBatch::NoRecords)?;
    let message = |(index, record): (usize, &Value)| {
        let id = record.get("messageId").and_then(Value::as_str).filter(|id| !id.is_empty());
        let id = id.ok_or(InvalidBatch::NoMessageId(index))?;
        Ok((id.to_owned(), event_of(record, &check)))
    };
    records.iter().enumerate().map(message).collect()
}

fn event_of(
    record: &Value,
    check: &impl Fn(&Envelope) -> Result<(), Untrusted>,
) -> Result<Envelope, NoEvent> {
    if record.get("eventSource").and_then(Value::as_str) != Some("aws:sqs") {
        return Err(NoEvent::NoMessage);
    }
    let body = record.get("body").and_then(Value::as_str).unwrap_or_default();
    let event: Value = serde_json::from_str(body).map_err(|_| NoEvent::NotJson)?;
    let envelope = Envelope::parse(&event)?;
    check(&envelope)?;
    Ok(envelope)
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
    use std::io;
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::{BatchResponse, InvalidBatch, NoEvent, Queue, read};
    use crate::clock::{Clock, Random};
    use crate::envelope::Envelope;
    use crate::invocation::Invocation;
    use crate::metrics::Metrics;
    use crate::trust::{Trust, Untrusted};

    #[tokio::test]
    async fn each_event_is_worked_on_once_and_what_fails_comes_again() {
        let batch = json!({ "Records": [
            record("m-1", &event("7").to_string()),
            record("m-2", "seven"),
            { "messageId": "m-3", "eventSource": "aws:sqs" },
            record("m-4", &event("8").to_string()),
        ] });
        let worked = RefCell::new(Vec::new());
        let work = |id: String, event: Envelope| {
            worked.borrow_mut().push((id, event.id.clone()));
            async move { if event.id == "7" { Err("too few".to_owned()) } else { Ok(()) } }
        };
        let answer = queue().each_event(&batch, &invocation(60), work).await.unwrap();
        let expected = ["m-1", "m-2", "m-3"].map(ToOwned::to_owned);
        assert_eq!(answer, expected.into_iter().collect());
        let expected = [("m-1", "7"), ("m-4", "8")].map(|(id, it)| (id.to_owned(), it.to_owned()));
        assert_eq!(worked.into_inner(), expected);
    }

    #[tokio::test(start_paused = true)]
    async fn what_there_is_no_time_for_comes_again_and_is_not_begun() {
        let records = ["m-1", "m-2", "m-3"].map(|id| record(id, &event(id).to_string()));
        let batch = json!({ "Records": records });
        for (seconds, begun, left) in [(60, 3, 0), (35, 2, 1), (29, 1, 2), (0, 1, 2)] {
            let worked = RefCell::new(0);
            let work = async |_: String, _: Envelope| {
                *worked.borrow_mut() += 1;
                tokio::time::sleep(Duration::from_secs(20)).await;
                Ok(())
            };
            let answer = queue().each_event(&batch, &invocation(seconds), work).await.unwrap();
            assert_eq!((worked.into_inner(), answer.batch_item_failures.len()), (begun, left));
        }
    }

    #[tokio::test]
    async fn what_is_not_believed_comes_again_without_being_worked_on() {
        let changed = |field: &str, value: &str| {
            let mut event = event("e-1");
            event[field] = json!(value);
            record("m", &event.to_string())
        };
        let mut by_hand = record("m", &event("e-1").to_string());
        by_hand["eventSource"] = json!("me");
        for (message, expected) in [
            (changed("account", "111111111111"), NoEvent::Untrusted(Untrusted::Account)),
            (
                changed("source", "lanyard"),
                NoEvent::Untrusted(Untrusted::Source(Some("lanyard".to_owned()))),
            ),
            (by_hand, NoEvent::NoMessage),
        ] {
            let batch = json!({ "Records": [message] });
            let messages = queue().messages(&batch, &invocation(60)).unwrap();
            assert_eq!(messages, [("m".to_owned(), Err(expected))]);
            let work = async |_: String, _: Envelope| panic!("it is worked on");
            let answer = queue().each_event(&batch, &invocation(60), work).await.unwrap();
            assert_eq!(answer, ["m".to_owned()].into_iter().collect());
        }
    }

    #[tokio::test]
    async fn a_batch_that_cannot_be_answered_is_not_begun() {
        let body = event("e-1").to_string();
        let batch = json!({ "Records": [record("m-1", &body), { "body": body }] });
        let work = async |_: String, _: Envelope| panic!("it is begun");
        let error = queue().each_event(&batch, &invocation(60), work).await.unwrap_err();
        assert_eq!(error.error_type, "INVALID_BATCH");
        assert_eq!(error.message, "Records[1] has no messageId");
    }

    #[test]
    fn a_record_without_an_id_fails_the_batch() {
        for id in [json!(null), json!(""), json!(7)] {
            let batch = json!({ "Records": [{ "messageId": "m-1" }, { "messageId": id }] });
            let error = read(&batch, |_| Ok(())).unwrap_err();
            assert_eq!(error, InvalidBatch::NoMessageId(1));
            assert_eq!(error.to_string(), "Records[1] has no messageId");
        }
        assert_eq!(read(&json!({}), |_| Ok(())), Err(InvalidBatch::NoRecords));
    }

    #[test]
    fn the_answer_lists_what_is_to_come_again() {
        let answer: BatchResponse = ["m-2".to_owned()].into_iter().collect();
        let expected = json!({ "batchItemFailures": [{ "itemIdentifier": "m-2" }] });
        assert_eq!(serde_json::to_value(answer).unwrap(), expected);
        let expected = json!({ "batchItemFailures": [] });
        assert_eq!(serde_json::to_value(BatchResponse::default()).unwrap(), expected);
    }

    fn queue() -> Queue {
        let clock = Clock::from_fn(|| "2027-01-01T00:00:00Z".parse().unwrap());
        let trust = Trust::in_sources("corp.projects").unwrap();
        Queue::new("sweep", trust, Metrics::new(io::sink(), clock, "ledger"))
    }

    fn record(id: &str, body: &str) -> Value {
        json!({ "messageId": id, "body": body, "eventSource": "aws:sqs" })
    }

    fn event(id: &str) -> Value {
        json!({
            "id": id, "source": "corp.projects", "account": "123456789012", "detail-type": "Project Closed",
            "time": "2027-01-01T00:00:00Z", "detail": {},
        })
    }

    fn invocation(seconds: u64) -> Invocation {
        let now = "2027-01-01T00:00:00Z".parse().unwrap();
        let remaining = Duration::from_secs(seconds);
        let function_arn =
            "arn:aws:lambda:eu-central-1:123456789012:function:sweep:queue".to_owned();
        Invocation { function_arn, ..Invocation::new("r-1", now, remaining, Random::from_fn(|| 7)) }
    }
}
