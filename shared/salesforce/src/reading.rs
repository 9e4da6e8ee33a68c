//! Several queries in as few calls as possible.

use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::future::join_all;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::composite::{COMPOSITE_PARTS, Part};
use crate::query::{self, Page};
use crate::soql::{self, Question};
use crate::{Client, ClientError, Disposition, Query};

/// Calls that are under way at the same time.
const AT_ONCE: usize = 4;

/// Queries to send together. All their pieces share calls, five to each.
pub struct Reading {
    client: Client,
    queries: Vec<Question>,
    brand: Arc<()>,
}

/// Gives the answer to one of the queries of a [`Reading`].
pub struct Ticket<T> {
    query: usize,
    brand: Arc<()>,
    row: PhantomData<fn() -> T>,
}

/// The answers to the queries of a [`Reading`].
pub struct Answers {
    rows: Vec<Rows>,
    brand: Arc<()>,
}

impl Client {
    /// An empty reading.
    #[must_use]
    pub fn reading(&self) -> Reading {
        Reading { client: self.clone(), queries: Vec::new(), brand: Arc::new(()) }
    }

    /// Sends one query alone.
    ///
    /// # Errors
    /// [`ClientError`] if anything of it could not be read.
    pub async fn query<T: DeserializeOwned>(&self, query: Query<T>) -> Result<Vec<T>, ClientError> {
        let mut reading = self.reading();
        let ticket = reading.add(query);
        reading.send().await?.take(ticket)
    }
}

impl Reading {
    /// Adds a query.
    pub fn add<T: DeserializeOwned>(&mut self, query: Query<T>) -> Ticket<T> {
        self.queries.push(query.into_question());
        Ticket { query: self.queries.len() - 1, brand: Arc::clone(&self.brand), row: PhantomData }
    }

    /// Sends the queries. Where there is nothing to ask, nothing is sent.
    ///
    /// # Errors
    /// [`ClientError`] if Salesforce could not be asked. What it refuses of single queries is in the answers.
    pub async fn send(self) -> Result<Answers, ClientError> {
        let Self { client, queries, brand } = self;
        let mut rows: Vec<_> = queries.iter().map(|_| Some(Ok(Vec::new()))).collect();
        let is_asked = |place: &usize| queries.get(*place).is_some_and(|it| !it.is_empty());
        let mut unsplit: Vec<usize> = (0..queries.len()).filter(is_asked).collect();
        let mut pending = Vec::new();
        let mut attempt = 1;
        while !(pending.is_empty() && unsplit.is_empty()) {
            let room = client.address_bytes().await?;
            for query in std::mem::take(&mut unsplit) {
                let pieces = queries.get(query).map(|it| it.pieces(room)).unwrap_or_default();
                pending.extend(pieces.into_iter().map(|it| Piece { query, soql: it.into() }));
            }
            let last = attempt >= client.shared.options.attempts;
            let mut round = Round::default();
            for (piece, outcome) in client.read_all(&pending).await? {
                round.take(&mut rows, piece, outcome, last);
            }
            let Round { again, mut too_long } = round;
            pending = Vec::new();
            if !too_long.is_empty() && !client.shorten_addresses(room) {
                too_long.clear();
            }
            // What was read of a query in longer pieces would be read twice.
            for query in &too_long {
                if let Some(answer) = rows.get_mut(*query) {
                    *answer = Some(Ok(Vec::new()));
                }
            }
            let again: Vec<_> =
                again.into_iter().filter(|(piece, _)| !too_long.contains(&piece.query)).collect();
            unsplit.extend(too_long);
            if again.is_empty() {
                continue;
            }
            let in_time = client.pause(attempt, None).await;
            for (piece, error) in again {
                if in_time {
                    pending.push(piece);
                } else {
                    let error = ClientError::OutOfTime(Some(Box::new(error)));
                    merge(&mut rows, piece.query, Err(error));
                }
            }
            attempt += 1;
        }
        Ok(Answers { rows, brand })
    }
}

/// What is left of one round of pieces.
#[derive(Default)]
struct Round {
    /// Pieces that a repeat may mend.
    again: Vec<(Piece, ClientError)>,
    /// Queries whose pieces were too long for an address.
    too_long: BTreeSet<usize>,
}

impl Round {
    fn take(&mut self, rows: &mut [Rows], piece: Piece, outcome: Outcome, last: bool) {
        match outcome {
            Outcome::Rows(found) => merge(rows, piece.query, Ok(found)),
            Outcome::Retry(error) if !last => self.again.push((piece, error)),
            Outcome::Retry(error) => merge(rows, piece.query, Err(error)),
            Outcome::Failed(error) => {
                if is_too_long(&error) {
                    self.too_long.insert(piece.query);
                }
                merge(rows, piece.query, Err(error));
            }
        }
    }
}

/// What is known of the answer to a query; nothing any more once it was taken.
type Rows = Option<Result<Vec<Value>, ClientError>>;

/// Whether Salesforce refuses an address, or the address and the headers together, for their length.
fn is_too_long(error: &ClientError) -> bool {
    matches!(
        error,
        ClientError::Status { status: 414 | 431 } | ClientError::Refused { status: 414 | 431, .. }
    )
}

impl Answers {
    /// The rows that answer the query.
    ///
    /// # Errors
    /// [`ClientError`] if Salesforce refused the query or a row could not be read: there is no partial
    /// answer. [`ClientError::Unexpected`] for a ticket of another reading.
    pub fn take<T: DeserializeOwned>(&mut self, ticket: Ticket<T>) -> Result<Vec<T>, ClientError> {
        let Ticket { query, brand, row: _ } = ticket;
        let rows = self.rows.get_mut(query).filter(|_| Arc::ptr_eq(&self.brand, &brand));
        let foreign = ClientError::Unexpected { what: "the ticket belongs to another reading" };
        query::parse(rows.and_then(Option::take).ok_or(foreign)??)
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading").field("queries", &self.queries.len()).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Ticket<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket").field("query", &self.query).finish_non_exhaustive()
    }
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers").field("queries", &self.rows.len()).finish_non_exhaustive()
    }
}

#[derive(Clone)]
struct Piece {
    query: usize,
    soql: Arc<str>,
}

/// What became of a piece.
enum Outcome {
    Rows(Vec<Value>),
    /// A part of a composite failed that a repeat may mend. Whole calls were repeated before.
    Retry(ClientError),
    Failed(ClientError),
}

impl Client {
    /// How many bytes an address may have with the token of now.
    async fn address_bytes(&self) -> Result<usize, ClientError> {
        let session = self.session().await?;
        let known = self.shared.address_bytes.load(Ordering::Relaxed);
        Ok(soql::address_bytes(&session.token, &session.instance, known))
    }

    /// Makes addresses shorter from now on than so many bytes. False if they are as short as they get.
    fn shorten_addresses(&self, refused: usize) -> bool {
        let Some(fewer) = soql::fewer_bytes(refused) else { return false };
        self.shared.address_bytes.fetch_min(fewer, Ordering::Relaxed);
        true
    }

    async fn read_all(&self, pieces: &[Piece]) -> Result<Vec<(Piece, Outcome)>, ClientError> {
        let groups: Vec<&[Piece]> = pieces.chunks(COMPOSITE_PARTS).collect();
        let mut outcomes = Vec::with_capacity(pieces.len());
        for groups in groups.chunks(AT_ONCE) {
            for read in join_all(groups.iter().map(|group| self.read_group(group))).await {
                outcomes.extend(read?);
            }
        }
        Ok(outcomes)
    }

    async fn read_group(&self, group: &[Piece]) -> Result<Vec<(Piece, Outcome)>, ClientError> {
        if group.len() == 1 {
            return self.read_singly(group).await;
        }
        let parts = group
            .iter()
            .map(|piece| Part { method: "GET", path: self.query_path(&piece.soql), body: None })
            .collect();
        let session = self.session().await?;
        let answers = match self.composite("composite", parts).await {
            Ok(answers) => answers,
            // The resource may not be there, or not for this user. What is refused of everything is refused of the parts as well.
            Err(error) if is_permanent(&error) && !error.is_of_the_org() => {
                return self.read_singly(group).await;
            }
            Err(error) => return Err(error),
        };
        let mut outcomes = Vec::with_capacity(group.len());
        for (piece, answer) in group.iter().zip(answers) {
            let outcome = match answer {
                Ok(body) => match Page::read(body) {
                    Ok(page) => settle(self.all_rows(&piece.soql, page).await)?,
                    Err(error) => Outcome::Failed(error),
                },
                Err(error) if error.disposition() == Disposition::Retry => Outcome::Retry(error),
                // The session has ended within the call.
                Err(error) if error.disposition() == Disposition::Reauthenticate => {
                    self.shared.tokens.forget(&session).await;
                    Outcome::Retry(error)
                }
                Err(error) => settle(Err(error))?,
            };
            outcomes.push((piece.clone(), outcome));
        }
        Ok(outcomes)
    }

    async fn read_singly(&self, group: &[Piece]) -> Result<Vec<(Piece, Outcome)>, ClientError> {
        let answers = join_all(group.iter().map(|piece| self.rows(&piece.soql))).await;
        let settled = group.iter().zip(answers);
        settled.map(|(piece, answer)| Ok((piece.clone(), settle(answer)?))).collect()
    }
}

/// Tells what Salesforce says about one query from what stops the whole reading.
fn settle(answer: Result<Vec<Value>, ClientError>) -> Result<Outcome, ClientError> {
    match answer {
        Ok(rows) => Ok(Outcome::Rows(rows)),
        Err(error) if is_permanent(&error) && !error.is_of_the_org() => Ok(Outcome::Failed(error)),
        Err(error @ ClientError::Unexpected { .. }) => Ok(Outcome::Failed(error)),
        Err(error) => Err(error),
    }
}

/// Whether Salesforce refused, for good, what was asked and not who asked.
fn is_permanent(error: &ClientError) -> bool {
    matches!(error, ClientError::Refused { .. } | ClientError::Status { .. })
        && matches!(error.disposition(), Disposition::Never | Disposition::Human)
}

/// One failed piece spoils its query: part of an answer would look like the whole.
fn merge(rows: &mut [Rows], query: usize, found: Result<Vec<Value>, ClientError>) {
    match (rows.get_mut(query).and_then(Option::as_mut), found) {
        (Some(Ok(rows)), Ok(found)) => rows.extend(found),
        (Some(answer @ Ok(_)), Err(error)) => *answer = Err(error),
        (Some(Err(_)) | None, _) => {}
    }
}
