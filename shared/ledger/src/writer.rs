//! Writing: changes that depend on what was read, and records that depend on nothing.

use std::collections::{BTreeMap, BTreeSet};

use access::{Announcement, Customer, GrantId, Project};
use aws_sdk_dynamodb::types::{DeleteRequest, PutRequest, WriteRequest};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::change::CustomerChange;
use crate::error::RequestFailure;
use crate::item::{self, ITEM_BYTES, Item};
use crate::key::Key;
use crate::retry::Patience;
use crate::seal::{Heads, Sealed};
use crate::transaction::{Guard, Unit};
use crate::{CommitError, ItemKind, Reader, Run, WriteError, commit, introduction, seal, split};

/// How many items DynamoDB takes in one batch.
pub(crate) const BATCH: usize = 25;

/// How many batches of one write are under way at a time.
pub(crate) const CONCURRENCY: usize = 4;

/// The writing side of the ledger.
#[derive(Clone, Debug)]
pub struct Writer {
    pub(crate) reader: Reader,
}

/// What became of a change.
#[derive(Debug)]
pub struct Recorded {
    /// What the customer is now, or why the change was not committed as a whole.
    pub result: Result<Customer, CommitError>,
    /// The hash of the newest entry of each grant of which one was recorded: also of grants that the customer does not keep, and those of
    /// the parts of a change that were committed before one failed.
    pub heads: BTreeMap<GrantId, String>,
}

impl Writer {
    pub(crate) fn new(reader: Reader) -> Self {
        Self { reader }
    }

    /// Commits changes, and says of each, in order, what the customer is now or why it was not changed.
    ///
    /// A change is committed only if the customer still has the version with which it was read; it then has a higher one: the next,
    /// or where a change is more than a transaction holds, the one after its last part. Of such a change a part may be committed
    /// although it failed; what is recorded is true then, and due. One change that cannot be committed does not stop the others.
    ///
    /// Where a customer gains a user, those recorded under the customer's other addresses know of the customer first, whatever becomes
    /// of the change, and have a higher version then.
    pub async fn commit(&self, changes: Vec<CustomerChange>) -> Vec<Result<Customer, CommitError>> {
        let recorded = self.commit_with_heads(changes).await.into_iter();
        recorded.map(|recorded| recorded.result).collect()
    }

    /// As [`Writer::commit`], and says too what the newest entries of the grants are.
    pub async fn commit_with_heads(&self, changes: Vec<CustomerChange>) -> Vec<Recorded> {
        let mut units = Vec::with_capacity(changes.len());
        let mut prepared: Vec<Result<(Customer, Vec<Heads>), CommitError>> = Vec::new();
        let mut sealed: Vec<_> = changes.iter().map(seal::seal).collect();
        introduction::introduce(&self.reader, &mut sealed).await;
        for sealed in sealed {
            let parts = match sealed {
                Ok(sealed) => self.parts_of(&sealed).await.map(|parts| (sealed, parts)),
                Err(error) => Err(error),
            };
            prepared.push(parts.map(|(sealed, parts)| {
                let heads = parts.into_iter().map(|(unit, part)| {
                    units.push(Some(unit));
                    sealed.heads_of(&part)
                });
                let heads = heads.collect();
                (sealed.change.customer, heads)
            }));
        }
        let mut outcomes = commit::run(&self.reader, &units).await.into_values();
        let recorded = prepared.into_iter().map(|prepared| match prepared {
            Ok((customer, heads)) => recorded(&customer, heads, &mut outcomes),
            Err(error) => Recorded { result: Err(error), heads: Heads::new() },
        });
        recorded.collect()
    }

    /// The units of a change, each with what it changes.
    async fn parts_of(&self, sealed: &Sealed) -> Result<Vec<(Unit, CustomerChange)>, CommitError> {
        match unit_of(&sealed.change, sealed) {
            Ok(unit) => Ok(vec![(unit, sealed.change.clone())]),
            Err(CommitError::TooLarge) => self.parts_of_split(sealed).await,
            Err(error) => Err(error),
        }
    }

    /// What is written of a change that no transaction holds, part by part.
    async fn parts_of_split(
        &self,
        sealed: &Sealed,
    ) -> Result<Vec<(Unit, CustomerChange)>, CommitError> {
        let change = &sealed.change;
        let CustomerChange { customer, .. } = change;
        let before = self.reader.customer(&customer.org, &customer.email).await;
        let mut before = before.map_err(CommitError::unread)?;
        if before.version != customer.version {
            return Err(CommitError::Conflict);
        }
        let grants = split::concerned(&before, change);
        let mut left: &[GrantId] = &grants;
        let mut units = Vec::new();
        while !left.is_empty() {
            let mut count = left.len();
            let (unit, part) = loop {
                let part = left.get(..count).unwrap_or_default().iter().collect();
                let part = split::part(&before, change, &part, count == left.len());
                match unit_of(&part, sealed) {
                    Ok(unit) => break (unit, part),
                    Err(CommitError::TooLarge) if count > 1 => count = count.div_ceil(2),
                    Err(error) => return Err(error),
                }
            };
            before = after(&part.customer, 1);
            units.push((unit, part));
            left = left.get(count..).unwrap_or_default();
        }
        if units.is_empty() { Err(CommitError::TooLarge) } else { Ok(units) }
    }

    /// Commits a project whose version is the one with which it was read, and what to tell the world about it.
    ///
    /// The project is due, from the instant of its last event on, while its close is not finished.
    ///
    /// # Errors
    /// [`CommitError`].
    pub async fn commit_project(
        &self,
        project: Project,
        announcements: Vec<Announcement>,
    ) -> Result<Project, CommitError> {
        let next = Project { version: project.version + 1, ..project.clone() };
        let write = commit::random_name().map_err(CommitError::Unavailable)?;
        let (key, item) = item::of_project(&next, &write).map_err(CommitError::unwritable)?;
        let mut unit = Unit::new(key, item, project.version, write)?;
        put_announcements(&mut unit, &announcements)?;
        if !unit.fits() {
            return Err(CommitError::TooLarge);
        }
        let outcomes = commit::run(&self.reader, &[Some(unit)]).await;
        outcomes.into_values().collect::<Result<Vec<()>, _>>()?;
        Ok(next)
    }

    /// Puts announcements that go with no other change into the outbox. One that is there already stays one.
    ///
    /// # Errors
    /// [`WriteError`].
    pub async fn announce(&self, announcements: Vec<Announcement>) -> Result<(), WriteError> {
        let kind = ItemKind::Announcement;
        let mut requests = BTreeMap::new();
        for announcement in &announcements {
            let (key, item) =
                item::of_announcement(announcement).map_err(|_| WriteError::Unwritable(kind))?;
            check_size(&item, kind)?;
            let put = PutRequest::builder().set_item(Some(item)).build();
            let put = put.map_err(|error| before_sending(kind, error))?;
            requests.insert(key, WriteRequest::builder().put_request(put).build());
        }
        self.write(requests, kind).await
    }

    /// Records a run; a run that is recorded again replaces what was recorded.
    ///
    /// # Errors
    /// [`WriteError`].
    pub async fn record_run(
        &self,
        run_id: &str,
        at: Timestamp,
        function: &str,
        complete: bool,
        report: Value,
    ) -> Result<(), WriteError> {
        let (run_id, function) = (run_id.to_owned(), function.to_owned());
        let run = Run { run_id, at, function, complete, report };
        self.record(&Key::run(&run.run_id), &run, ItemKind::Run).await
    }

    pub(crate) fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Writes one record, whatever was there before.
    pub(crate) async fn record<T: Serialize + Sync>(
        &self,
        key: &Key,
        record: &T,
        kind: ItemKind,
    ) -> Result<(), WriteError> {
        let item = item::encode(key, record).map_err(|_| WriteError::Unwritable(kind))?;
        check_size(&item, kind)?;
        let request = self.reader.client().put_item().table_name(self.reader.table());
        let answer = request.set_item(Some(item)).send().await;
        answer.map_err(|error| unavailable(kind, RequestFailure::of(error)))?;
        Ok(())
    }

    pub(crate) async fn delete(
        &self,
        keys: BTreeSet<Key>,
        kind: ItemKind,
    ) -> Result<(), WriteError> {
        let mut requests = BTreeMap::new();
        for key in keys {
            let delete = DeleteRequest::builder().set_key(Some(item::of_key(&key))).build();
            let delete = delete.map_err(|error| before_sending(kind, error))?;
            requests.insert(key, WriteRequest::builder().delete_request(delete).build());
        }
        self.write(requests, kind).await
    }

    async fn write(
        &self,
        requests: BTreeMap<Key, WriteRequest>,
        kind: ItemKind,
    ) -> Result<(), WriteError> {
        let requests: Vec<WriteRequest> = requests.into_values().collect();
        let batches: Vec<_> = requests.chunks(BATCH).map(<[WriteRequest]>::to_vec).collect();
        let batches = batches.into_iter().map(|batch| self.write_batch(batch, kind));
        stream::iter(batches).buffer_unordered(CONCURRENCY).try_collect().await
    }

    /// One batch; what DynamoDB puts off is written again.
    async fn write_batch(
        &self,
        mut left: Vec<WriteRequest>,
        kind: ItemKind,
    ) -> Result<(), WriteError> {
        let mut patience = Patience::default();
        loop {
            let asked = left.len();
            let request = self.reader.client().batch_write_item();
            let answer = request.request_items(self.reader.table(), left).send().await;
            let answer = answer.map_err(|error| unavailable(kind, RequestFailure::of(error)))?;
            let put_off = answer.unprocessed_items.into_iter().flatten();
            left = put_off.flat_map(|(_, requests)| requests).collect();
            if left.is_empty() {
                return Ok(());
            }
            tracing::debug!(asked, left = left.len(), "a part of a batch was put off");
            if !patience.wait(asked, left.len()).await {
                return Err(WriteError::PutOff(kind));
            }
        }
    }
}

/// What became of the parts of one change. All outcomes of its parts are taken before one fails, so that the next change finds its own.
fn recorded(
    customer: &Customer,
    parts: Vec<Heads>,
    outcomes: &mut impl Iterator<Item = Result<(), CommitError>>,
) -> Recorded {
    let mut result = Ok(after(customer, parts.len() as u64));
    let mut heads = Heads::new();
    for (part, outcome) in parts.into_iter().zip(outcomes) {
        match outcome {
            Ok(()) => heads.extend(part),
            Err(error) if result.is_ok() => result = Err(error),
            Err(_) => {}
        }
    }
    Recorded { result, heads }
}

/// The customer as it is once so many writes are committed.
fn after(customer: &Customer, writes: u64) -> Customer {
    Customer { version: customer.version + writes, ..customer.clone() }
}

fn unit_of(change: &CustomerChange, sealed: &Sealed) -> Result<Unit, CommitError> {
    let CustomerChange { customer, due_at, opens, audit: _, announcements } = change;
    let write = commit::random_name().map_err(CommitError::Unavailable)?;
    let (key, item) =
        item::of_customer(&after(customer, 1), *due_at, &write).map_err(CommitError::unwritable)?;
    let mut unit = Unit::new(key, item, customer.version, write)?;
    for project in opens {
        let pointer = Key::project_pointer(&customer.org, project, &customer.email);
        let item = item::of_key(&pointer);
        unit.put(pointer, item, Guard::Always)?;
        unit.check_open(Key::project(&customer.org, project), project.clone());
    }
    seal::put_entries(&mut unit, change, &sealed.entries)?;
    seal::put_users(&mut unit, sealed)?;
    put_announcements(&mut unit, announcements)?;
    if unit.fits() { Ok(unit) } else { Err(CommitError::TooLarge) }
}

pub(crate) fn put_announcements(
    unit: &mut Unit,
    announcements: &[Announcement],
) -> Result<(), CommitError> {
    for announcement in announcements {
        let (key, item) = item::of_announcement(announcement).map_err(CommitError::unwritable)?;
        unit.put(key, item, Guard::Always)?;
    }
    Ok(())
}

fn check_size(item: &Item, kind: ItemKind) -> Result<(), WriteError> {
    if item::bytes(item) > ITEM_BYTES { Err(WriteError::TooLarge(kind)) } else { Ok(()) }
}

fn unavailable(kind: ItemKind, source: RequestFailure) -> WriteError {
    WriteError::Unavailable { kind, source }
}

fn before_sending(
    kind: ItemKind,
    error: impl std::error::Error + Send + Sync + 'static,
) -> WriteError {
    unavailable(kind, RequestFailure::before_sending(error))
}
