//! Writing many records of one object, with a result for each.

use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::composite::{COMPOSITE_PARTS, Part};
use crate::record::{Record, Verb};
use crate::request::{Repeatable, Request};
use crate::saved::{Unread, created, deleted, outcome};
use crate::transport::Sent;
use crate::written::Results;
use crate::{
    Client, ClientError, Deleted, Disposition, ErrorCode, Id, RecordError, WriteError, Written,
};

/// Records in one collection, at most.
const COLLECTION_RECORDS: usize = 200;
/// Single calls that are under way at the same time.
const AT_ONCE: usize = 5;

impl Client {
    /// Writes records of one object. The results are in their order; what happens to one part of the
    /// records leaves the results of the others as they are.
    pub(crate) async fn write(
        &self,
        verb: Verb,
        object: &'static str,
        records: Vec<Record>,
    ) -> Vec<Written<Id>> {
        let mut writing = Writing::new(verb, object, records);
        let mut attempt = 1;
        loop {
            let last = attempt >= self.shared.options.attempts;
            let round = std::mem::take(&mut writing.pending);
            let way = writing.way;
            match way {
                Way::Composites | Way::Collections => {
                    self.write_chunks(&mut writing, &round, last).await;
                }
                Way::Singles => self.write_singly(&mut writing, &round).await,
            }
            if writing.pending.is_empty() || writing.stopped.is_some() {
                break;
            }
            // Another way is tried at once: nothing was wrong but the way.
            if writing.way == way {
                if !self.pause(attempt, None).await {
                    break;
                }
                attempt += 1;
                writing.chunk = (writing.chunk / 4).max(1);
            }
        }
        writing.finish()
    }

    /// Sets fields of records.
    pub(crate) async fn update(
        &self,
        object: &'static str,
        records: Vec<Record>,
    ) -> Vec<Written<()>> {
        let written = self.write(Verb::Update, object, records).await;
        written.into_iter().map(|it| it.map(drop)).collect()
    }

    /// Deletes records. Those that were deleted before are as good as deleted.
    pub(crate) async fn delete(&self, object: &'static str, ids: &[Id]) -> Vec<Written<Deleted>> {
        let records = ids.iter().map(|id| Record::new(Some(id.clone()), Value::Null)).collect();
        let written = self.write(Verb::Delete, object, records).await;
        let as_deleted =
            |Written { result, was_unclear }| Written { result: deleted(result), was_unclear };
        written.into_iter().map(as_deleted).collect()
    }

    async fn write_chunks(&self, writing: &mut Writing, round: &[usize], last: bool) {
        let chunks: Vec<&[usize]> = round.chunks(writing.chunk).collect();
        let way = writing.way;
        let together = if way == Way::Composites { COMPOSITE_PARTS } else { 1 };
        for chunks in chunks.chunks(together) {
            if writing.way != way || writing.stopped.is_some() {
                writing.pending.extend(chunks.iter().copied().flatten());
            } else if let [chunk] = chunks {
                let request = writing.collection_request(self, chunk);
                let sent = self.fetch_noting(&request).await;
                writing.settle(chunk, sent, Way::Singles, Repeat::Done);
            } else {
                let parts =
                    chunks.iter().map(|chunk| writing.collection_part(self, chunk)).collect();
                let Sent { answer, was_unclear } = self.composite_noting("composite", parts).await;
                match answer {
                    Ok(answers) => {
                        let repeat = if last { Repeat::Done } else { Repeat::Open };
                        for (chunk, part) in chunks.iter().zip(answers) {
                            let sent = Sent { answer: Ok(()), was_unclear }.and_then(|()| part);
                            writing.settle(chunk, sent, Way::Collections, repeat);
                        }
                    }
                    Err(error) => {
                        let all = chunks.concat();
                        let sent = Sent { answer: Err(error), was_unclear };
                        writing.settle(&all, sent, Way::Collections, Repeat::Done);
                    }
                }
            }
        }
        if last {
            let mut pending = std::mem::take(&mut writing.pending);
            pending.retain(|place| !writing.results.has(*place));
            writing.pending = pending;
        }
    }

    async fn write_singly(&self, writing: &mut Writing, round: &[usize]) {
        for records in round.chunks(AT_ONCE) {
            if writing.stopped.is_some() {
                writing.pending.extend(records);
                continue;
            }
            let requests: Vec<(usize, Request)> = records
                .iter()
                .filter_map(|place| Some((*place, writing.single_request(self, *place)?)))
                .collect();
            let sent =
                join_all(requests.iter().map(|(_, request)| self.send_noting(request))).await;
            for ((place, _), sent) in requests.iter().zip(sent) {
                writing.settle_single(*place, sent);
            }
            writing.stop_where_all_is_refused(records);
        }
    }
}

/// How records are sent, from the fewest calls to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Composites,
    Collections,
    Singles,
}

/// Whether a failed request may be sent again in another round.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Repeat {
    Open,
    Done,
}

struct Writing {
    verb: Verb,
    object: &'static str,
    records: Vec<Record>,
    results: Results,
    pending: Vec<usize>,
    way: Way,
    chunk: usize,
    /// Why a whole request was refused for good.
    refused: Option<RecordError>,
    /// Why nothing more is sent.
    stopped: Option<Arc<ClientError>>,
}

impl Writing {
    fn new(verb: Verb, object: &'static str, records: Vec<Record>) -> Self {
        // A composite is repeated as one, which would create twice.
        let way = match verb {
            Verb::Create => Way::Collections,
            Verb::Update | Verb::Delete => Way::Composites,
        };
        Self {
            verb,
            object,
            results: Results::of(records.len()),
            pending: (0..records.len()).collect(),
            records,
            way,
            chunk: COLLECTION_RECORDS,
            refused: None,
            stopped: None,
        }
    }

    /// Takes in what became of a chunk. A refusal for good proves that nothing was done and may be due to the
    /// way, so that the next one is tried. A record that was refused for the moment is tried again; until
    /// then, the refusal is its result.
    fn settle(&mut self, chunk: &[usize], sent: Sent<Value>, next: Way, repeat: Repeat) {
        let Sent { answer, was_unclear } = sent.and_then(|body| self.outcomes(chunk, body));
        if was_unclear {
            self.results.doubt(chunk);
        }
        match answer {
            Ok(outcomes) => {
                for (place, outcome) in chunk.iter().zip(outcomes) {
                    if let Err(WriteError::Refused(error)) = &outcome
                        && error.disposition() == Disposition::Retry
                    {
                        self.pending.push(*place);
                    }
                    self.results.set(*place, outcome);
                }
            }
            Err(error) if is_due_to_the_way(&error) => {
                self.refused = error.refusal().cloned();
                self.way = self.way.max(next);
                self.pending.extend(chunk);
            }
            Err(error) => {
                let again = repeat == Repeat::Open
                    && !error.is_ambiguous()
                    && error.disposition() == Disposition::Retry;
                let error = Arc::new(error);
                for place in chunk {
                    let result = Err(WriteError::of_request(Arc::clone(&error), was_unclear));
                    self.results.set(*place, result);
                }
                if again {
                    self.pending.extend(chunk);
                } else {
                    self.stop_after(error);
                }
            }
        }
    }

    fn settle_single(&mut self, place: usize, sent: Sent<Vec<u8>>) {
        let Sent { answer, was_unclear } = sent.and_then(|body| match self.verb {
            Verb::Create => created(&body),
            Verb::Update | Verb::Delete => self
                .records
                .get(place)
                .and_then(|record| record.id.clone())
                .ok_or(ClientError::Unexpected { what: "a record without an id was changed" }),
        });
        if was_unclear {
            self.results.doubt(&[place]);
        }
        let result = match answer {
            Ok(id) => Ok(id),
            Err(ClientError::Refused { status, error }) if is_about_the_record(status, &error) => {
                Err(WriteError::Refused(error))
            }
            Err(error) => {
                let error = Arc::new(error);
                self.stop_after(Arc::clone(&error));
                Err(WriteError::of_request(error, was_unclear))
            }
        };
        self.results.set(place, result);
    }

    /// Records that are refused one by one for what they were refused for together, all of the first ones, have it in common with the
    /// others, which are not sent. What is not there may be the resource first and the record then.
    fn stop_where_all_is_refused(&mut self, records: &[usize]) {
        let Some(error) = self.refused.take() else { return };
        let is_same = |place: &usize| self.results.refusal(*place) == Some(&error.code);
        if records.len() == AT_ONCE
            && error.code != ErrorCode::NotFound
            && records.iter().all(is_same)
        {
            self.stopped.get_or_insert(Arc::new(ClientError::Refused { status: 400, error }));
        }
    }

    /// What would stop every other request too is not tried again with each of them: sign-ins that are
    /// refused lock the user out.
    fn stop_after(&mut self, error: Arc<ClientError>) {
        if error.is_of_every_request() {
            self.stopped.get_or_insert(error);
        }
    }

    fn finish(self) -> Vec<Written<Id>> {
        let not_sent = self.stopped.unwrap_or_else(|| Arc::new(ClientError::OutOfTime(None)));
        self.results.finish(|| WriteError::NotSent(Arc::clone(&not_sent)))
    }

    /// Reads the results of a collection, which are in the order of its records. If their number or an id
    /// shows otherwise, it is not known which record a result belongs to.
    fn outcomes(
        &self,
        chunk: &[usize],
        body: Value,
    ) -> Result<Vec<Result<Id, WriteError>>, ClientError> {
        let unexpected = |what| ClientError::Unexpected { what };
        let Value::Array(results) = body else {
            return Err(unexpected("the answer to a collection is not a list"));
        };
        if results.len() != chunk.len() {
            return Err(unexpected("a collection has another number of results than records"));
        }
        let ids = chunk.iter().map(|place| self.records.get(*place).and_then(|r| r.id.as_ref()));
        let read: Vec<_> =
            results.iter().zip(ids).map(|(result, id)| outcome(result, id)).collect();
        if read.iter().any(|outcome| matches!(outcome, Err(Unread::Misplaced))) {
            return Err(unexpected(
                "the results of a collection are not in the order of its records",
            ));
        }
        let unclear = Arc::new(unexpected("a result of a collection says neither yes nor no"));
        Ok(read
            .into_iter()
            .map(|outcome| {
                outcome.map_err(|unread| match unread {
                    Unread::Refused(error) => WriteError::Refused(error),
                    Unread::Misplaced | Unread::Unclear => {
                        WriteError::Ambiguous(Arc::clone(&unclear))
                    }
                })
            })
            .collect())
    }

    fn collection_request(&self, client: &Client, chunk: &[usize]) -> Request {
        let Part { method: _, path, body } = self.collection_part(client, chunk);
        let body = body.unwrap_or_default();
        match self.verb {
            Verb::Create => Request::post(path, body, Repeatable::No),
            Verb::Update => Request::patch(path, body),
            Verb::Delete => Request::delete(path),
        }
    }

    fn collection_part(&self, client: &Client, chunk: &[usize]) -> Part {
        let records = chunk.iter().filter_map(|place| self.records.get(*place));
        let path = client.path("composite/sobjects");
        if self.verb == Verb::Delete {
            let ids: Vec<&str> =
                records.filter_map(|record| record.id.as_ref()).map(Id::as_str).collect();
            let path = format!("{path}?ids={}&allOrNone=false", ids.join(","));
            return Part { method: "DELETE", path, body: None };
        }
        let records: Vec<Value> = records.map(|record| self.collection_record(record)).collect();
        let method = if self.verb == Verb::Create { "POST" } else { "PATCH" };
        Part { method, path, body: Some(json!({ "allOrNone": false, "records": records })) }
    }

    fn collection_record(&self, record: &Record) -> Value {
        let mut fields = record.fields.clone();
        fields.insert("attributes".to_owned(), json!({ "type": self.object }));
        if let Some(id) = &record.id {
            // The key is in lower case here, unlike the field.
            fields.insert("id".to_owned(), json!(id));
        }
        Value::Object(fields)
    }

    fn single_request(&self, client: &Client, place: usize) -> Option<Request> {
        let record = self.records.get(place)?;
        let body = Value::Object(record.fields.clone());
        let path = |id: &Id| client.path(&format!("sobjects/{}/{id}", self.object));
        Some(match (self.verb, &record.id) {
            (Verb::Update, Some(id)) => Request::patch(path(id), body),
            (Verb::Delete, Some(id)) => Request::delete(path(id)),
            (Verb::Create, _) => Request::post(
                client.path(&format!("sobjects/{}", self.object)),
                body,
                Repeatable::No,
            ),
            (Verb::Update | Verb::Delete, None) => return None,
        })
    }
}

/// Whether Salesforce refused for good what was asked, and did so for the whole request.
fn is_due_to_the_way(error: &ClientError) -> bool {
    matches!(
        error,
        ClientError::Refused { status: 400..=499, .. } | ClientError::Status { status: 400..=499 }
    ) && error.disposition() == Disposition::Never
}

/// Whether a refused single request says something about its record, rather than about the session or the
/// org's limits.
fn is_about_the_record(status: u16, error: &RecordError) -> bool {
    error.code.proves_refusal(status) && !error.is_of_every_request()
}
