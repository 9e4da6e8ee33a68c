//! Calls that ask for many things at once, of which a service puts off all or the first.

use serde_json::{Value, json};

use crate::network::{Answer, Call, Onward, Outcome};

/// A call with a batch.
pub(super) struct Batch<'a>(&'a Call);

impl<'a> Batch<'a> {
    pub(super) fn of(call: &'a Call) -> Self {
        Self(call)
    }

    /// Whether there are batches in calls of this kind; `call` is service and operation.
    pub(super) fn is_in(call: &str) -> bool {
        ["BatchGetItem", "BatchWriteItem", "PutEvents"].iter().any(|it| call.ends_with(it))
    }

    /// The answer of a service that has done nothing of it.
    pub(super) fn put_off(&self) -> Outcome {
        let mut body = self.0.body.clone();
        let parts = self.parts(&mut body).clone();
        let nothing = match self.0.operation.as_str() {
            "BatchGetItem" => json!({ "Responses": {} }),
            "BatchWriteItem" => json!({}),
            _ => json!({ "FailedEntryCount": 0, "Entries": [] }),
        };
        Outcome::Answer(Answer::aws(200, &self.with_refused(nothing, parts)))
    }

    /// Lets the service do all but the first.
    pub(super) async fn put_off_first(&self, onward: Onward<'_>) -> Outcome {
        let mut rest = self.0.body.clone();
        let parts = self.parts(&mut rest);
        let first = parts.remove(0);
        if parts.is_empty() {
            return self.put_off();
        }
        let outcome = onward.go_with(rest).await;
        let done = match &outcome {
            Outcome::Answer(answer) if answer.status == 200 => answer.json(),
            Outcome::Answer(_) | Outcome::Silence | Outcome::Severed => return outcome,
        };
        let answer = self.with_refused(done, vec![first]);
        Outcome::Answer(Answer::aws(200, &answer))
    }

    /// What a body asks for, one by one. There is one table.
    fn parts<'b>(&self, body: &'b mut Value) -> &'b mut Vec<Value> {
        let tables = |body: &'b mut Value| {
            let tables = body["RequestItems"].as_object_mut().expect("tables");
            tables.values_mut().next().expect("a table")
        };
        let parts = match self.0.operation.as_str() {
            "BatchGetItem" => &mut tables(body)["Keys"],
            "BatchWriteItem" => tables(body),
            _ => &mut body["Entries"],
        };
        parts.as_array_mut().expect("a list")
    }

    /// The answer to the others, with these put off.
    fn with_refused(&self, mut answer: Value, parts: Vec<Value>) -> Value {
        let refused = json!({ "ErrorCode": "ThrottlingException", "ErrorMessage": "later" });
        let count = parts.len();
        let mut body = self.0.body.clone();
        *self.parts(&mut body) = parts;
        match self.0.operation.as_str() {
            "BatchGetItem" => answer["UnprocessedKeys"] = body["RequestItems"].take(),
            "BatchWriteItem" => answer["UnprocessedItems"] = body["RequestItems"].take(),
            _ => {
                answer["FailedEntryCount"] = count.into();
                let entries = answer["Entries"].as_array_mut().expect("a list");
                entries.splice(0..0, std::iter::repeat_n(refused, count));
            }
        }
        answer
    }
}
