//! Reading: by key, strongly consistent.

use std::collections::{BTreeMap, BTreeSet};

use access::{Customer, Email, Org, OrgAlias, Project, ProjectId, UserId};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::RequestFailure;
use crate::item::{self, Item, PARTITION, SORT};
use crate::key::{self, Key};
use crate::retry::Patience;
use crate::{ItemKind, ReadError};

/// How many keys DynamoDB takes in one batch.
const BATCH: usize = 100;

/// How many batches of one read are under way at a time.
const CONCURRENCY: usize = 4;

/// The reading side of the ledger.
#[derive(Clone, Debug)]
pub struct Reader {
    client: Client,
    table: String,
}

/// Records that were read together: what is wrong with one does not keep the others from being read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Records<K, T> {
    /// Those that were asked for and are understood; what is not recorded is the empty record.
    pub read: BTreeMap<K, T>,
    /// Those that have not the shape that this release knows. Nothing may be decided about them.
    pub unreadable: BTreeSet<K>,
}

/// One run with its report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// Its id.
    pub run_id: String,
    /// The caller's `now`.
    pub at: Timestamp,
    /// The function that ran.
    pub function: String,
    /// Whether it got to the end of what was due.
    pub complete: bool,
    /// The report, as it was returned.
    pub report: Value,
}

impl Reader {
    pub(crate) fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Opens the connection to the table ahead of the first need, by asking for an item that nobody writes.
    ///
    /// # Errors
    /// [`ReadError`]; whoever reads next finds out for itself.
    pub async fn prefetch(&self) -> Result<(), ReadError> {
        self.run("prefetch").await.map(drop)
    }

    /// One customer with all grants; [`Customer::new`] when nothing is recorded.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn customer(&self, org: &OrgAlias, email: &Email) -> Result<Customer, ReadError> {
        let found = self.record(&Key::customer(org, email), ItemKind::Customer).await?;
        let mut customer = found.unwrap_or_else(|| Customer::new(org.clone(), email.clone()));
        self.give_subjects([&mut customer]).await?;
        Ok(customer)
    }

    /// Many customers of one org.
    ///
    /// # Errors
    /// [`ReadError`] when DynamoDB does not give them all.
    pub async fn customers(
        &self,
        org: &OrgAlias,
        emails: &[Email],
    ) -> Result<Records<Email, Customer>, ReadError> {
        let wanted = emails.iter().map(|email| (email.clone(), Key::customer(org, email)));
        let absent = |email: &Email| Customer::new(org.clone(), email.clone());
        let mut records = self.records(wanted.collect(), ItemKind::Customer, absent).await?;
        self.give_subjects(records.read.values_mut()).await?;
        Ok(records)
    }

    /// To which address the ledger leads from each of these Salesforce users; nothing of users whom it does not know.
    ///
    /// It is the one that was last recorded as theirs, and its customer knows under which others they were known then.
    ///
    /// # Errors
    /// [`ReadError`] when DynamoDB does not give them all.
    pub async fn addresses_of_users(
        &self,
        org: &OrgAlias,
        users: &BTreeSet<UserId>,
    ) -> Result<Records<UserId, Email>, ReadError> {
        let keys = users.iter().map(|user| Key::user(org, user)).collect();
        let items = self.items(keys, ItemKind::UserPointer).await?;
        let mut records = Records { read: BTreeMap::new(), unreadable: BTreeSet::new() };
        for user in users {
            let Some(item) = items.get(&Key::user(org, user).partition) else { continue };
            match item::email(item) {
                Some(email) => drop(records.read.insert(user.clone(), email)),
                None => drop(records.unreadable.insert(user.clone())),
            }
        }
        Ok(records)
    }

    /// One project; [`Project::new`] when nothing is recorded.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn project(&self, org: &OrgAlias, id: &ProjectId) -> Result<Project, ReadError> {
        let found = self.record(&Key::project(org, id), ItemKind::Project).await?;
        Ok(found.unwrap_or_else(|| Project::new(org.clone(), id.clone())))
    }

    /// Many projects of one org.
    ///
    /// # Errors
    /// [`ReadError`] when DynamoDB does not give them all.
    pub async fn projects(
        &self,
        org: &OrgAlias,
        ids: &BTreeSet<ProjectId>,
    ) -> Result<Records<ProjectId, Project>, ReadError> {
        let wanted = ids.iter().map(|id| (id.clone(), Key::project(org, id)));
        let absent = |id: &ProjectId| Project::new(org.clone(), id.clone());
        self.records(wanted.collect(), ItemKind::Project, absent).await
    }

    /// An org, a project and customers of it, read together.
    ///
    /// # Errors
    /// [`ReadError`] when DynamoDB does not give them all, or org or project are not understood.
    pub async fn org_project_and_customers(
        &self,
        org: &OrgAlias,
        id: &ProjectId,
        emails: &[Email],
    ) -> Result<(Option<Org>, Project, Records<Email, Customer>), ReadError> {
        let (project, org_key) = (Key::project(org, id), Key::org(org));
        let wanted: BTreeMap<Email, Key> =
            emails.iter().map(|email| (email.clone(), Key::customer(org, email))).collect();
        let keys = wanted.values().chain([&project, &org_key]).cloned().collect();
        let mut items = self.items(keys, ItemKind::Customer).await?;
        let known = items.remove(&org_key.partition);
        let known = known.map(|item| decode(item, ItemKind::Org)).transpose()?;
        let project = match items.remove(&project.partition) {
            Some(item) => decode(item, ItemKind::Project)?,
            None => Project::new(org.clone(), id.clone()),
        };
        let absent = |email: &Email| Customer::new(org.clone(), email.clone());
        let mut records = Records::among(items, wanted, absent);
        self.give_subjects(records.read.values_mut()).await?;
        Ok((known, project, records))
    }

    /// Every customer who has, or ever had, a grant of the project, by address.
    ///
    /// The pointers are written in the transaction that checks that the project is open. So a read that begins after a
    /// close was recorded names everybody who was let in before it.
    ///
    /// # Errors
    /// [`ReadError`], also when one pointer is not understood: an incomplete list would look like a complete one.
    pub async fn customers_of_project(
        &self,
        org: &OrgAlias,
        project: &ProjectId,
    ) -> Result<Vec<Email>, ReadError> {
        let partition = Key::project(org, project).partition;
        let items = self.partition(&partition, key::POINTER, ItemKind::ProjectPointer).await?;
        let email = |item: &Item| {
            let email = item::text_of(item, SORT).and_then(key::parse_pointer);
            email.ok_or(ReadError::Unreadable(ItemKind::ProjectPointer))
        };
        items.iter().map(email).collect()
    }

    /// Whether anybody has, or ever had, a grant of the project.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn has_customers(
        &self,
        org: &OrgAlias,
        project: &ProjectId,
    ) -> Result<bool, ReadError> {
        let partition = Key::project(org, project).partition;
        let one = self.query(&partition, key::POINTER).limit(1).send().await;
        let unavailable = |error| unavailable(ItemKind::ProjectPointer, RequestFailure::of(error));
        Ok(one.map_err(unavailable)?.items.is_some_and(|items| !items.is_empty()))
    }

    /// A run, if one of that id is recorded.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn run(&self, run_id: &str) -> Result<Option<Run>, ReadError> {
        self.record(&Key::run(run_id), ItemKind::Run).await
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn table(&self) -> &str {
        &self.table
    }

    /// All items of a partition whose sort key begins so, in order.
    pub(crate) async fn partition(
        &self,
        partition: &str,
        begins: &str,
        kind: ItemKind,
    ) -> Result<Vec<Item>, ReadError> {
        let request = self.query(partition, begins);
        let mut items = Vec::new();
        let mut from = None;
        loop {
            let answer = request.clone().set_exclusive_start_key(from).send().await;
            let answer = answer.map_err(|error| unavailable(kind, RequestFailure::of(error)))?;
            items.extend(answer.items.unwrap_or_default());
            from = answer.last_evaluated_key.filter(|last| !last.is_empty());
            if from.is_none() {
                return Ok(items);
            }
        }
    }

    fn query(&self, partition: &str, begins: &str) -> QueryFluentBuilder {
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .expression_attribute_names("#partition", PARTITION)
            .expression_attribute_values(":partition", item::text(partition));
        if begins.is_empty() {
            request.key_condition_expression("#partition = :partition")
        } else {
            request
                .key_condition_expression("#partition = :partition AND begins_with(#sort, :begins)")
                .expression_attribute_names("#sort", SORT)
                .expression_attribute_values(":begins", item::text(begins))
        }
    }

    /// The items of many keys of different partitions, by partition.
    pub(crate) async fn items(
        &self,
        keys: BTreeSet<Key>,
        kind: ItemKind,
    ) -> Result<BTreeMap<String, Item>, ReadError> {
        let named = self.items_of(keys, kind).await?.into_iter().filter_map(|item| {
            let partition = item::text_of(&item, PARTITION)?.to_owned();
            Some((partition, item))
        });
        Ok(named.collect())
    }

    /// The items of many keys, in any order.
    pub(crate) async fn items_of(
        &self,
        keys: BTreeSet<Key>,
        kind: ItemKind,
    ) -> Result<Vec<Item>, ReadError> {
        let keys: Vec<Item> = keys.iter().map(item::of_key).collect();
        let batches: Vec<Vec<Item>> = keys.chunks(BATCH).map(<[Item]>::to_vec).collect();
        let batches = batches.into_iter().map(|batch| self.batch(batch, kind));
        let items: Vec<Vec<Item>> =
            stream::iter(batches).buffer_unordered(CONCURRENCY).try_collect().await?;
        Ok(items.into_iter().flatten().collect())
    }

    /// One batch; what DynamoDB puts off (more than 16 MB, or throttling) is asked for again.
    async fn batch(&self, mut keys: Vec<Item>, kind: ItemKind) -> Result<Vec<Item>, ReadError> {
        let mut items = Vec::new();
        let mut patience = Patience::default();
        loop {
            let asked = keys.len();
            let request = consistently(keys)
                .map_err(|error| unavailable(kind, RequestFailure::before_sending(error)))?;
            let answer = self.client.batch_get_item().request_items(&self.table, request).send();
            let answer =
                answer.await.map_err(|error| unavailable(kind, RequestFailure::of(error)))?;
            items.extend(answer.responses.into_iter().flatten().flat_map(|(_, items)| items));
            let put_off = answer.unprocessed_keys.into_iter().flatten();
            keys = put_off.flat_map(|(_, request)| request.keys).collect();
            if keys.is_empty() {
                return Ok(items);
            }
            tracing::debug!(asked, left = keys.len(), "a part of a batch was put off");
            if !patience.wait(asked, keys.len()).await {
                return Err(ReadError::PutOff(kind));
            }
        }
    }

    pub(crate) async fn record<T: DeserializeOwned>(
        &self,
        key: &Key,
        kind: ItemKind,
    ) -> Result<Option<T>, ReadError> {
        let request = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(item::of_key(key)))
            .consistent_read(true);
        let answer =
            request.send().await.map_err(|error| unavailable(kind, RequestFailure::of(error)))?;
        answer.item.map(|item| decode(item, kind)).transpose()
    }

    async fn records<K: Clone + Ord, T: DeserializeOwned>(
        &self,
        wanted: BTreeMap<K, Key>,
        kind: ItemKind,
        absent: impl Fn(&K) -> T,
    ) -> Result<Records<K, T>, ReadError> {
        let items = self.items(wanted.values().cloned().collect(), kind).await?;
        Ok(Records::among(items, wanted, absent))
    }
}

impl<K: Clone + Ord, T: DeserializeOwned> Records<K, T> {
    /// Takes what is `wanted` from the items that were read.
    fn among(
        mut items: BTreeMap<String, Item>,
        wanted: BTreeMap<K, Key>,
        absent: impl Fn(&K) -> T,
    ) -> Self {
        let mut records = Self { read: BTreeMap::new(), unreadable: BTreeSet::new() };
        for (name, key) in wanted {
            let record = match items.remove(&key.partition) {
                None => Ok(absent(&name)),
                Some(item) => item::decode(item),
            };
            match record {
                Ok(record) => {
                    records.read.insert(name, record);
                }
                Err(item::Unknown) => {
                    records.unreadable.insert(name);
                }
            }
        }
        records
    }
}

pub(crate) fn decode<T: DeserializeOwned>(item: Item, kind: ItemKind) -> Result<T, ReadError> {
    item::decode(item).map_err(|item::Unknown| ReadError::Unreadable(kind))
}

fn consistently(keys: Vec<Item>) -> Result<KeysAndAttributes, BuildError> {
    KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build()
}

fn unavailable(kind: ItemKind, source: RequestFailure) -> ReadError {
    ReadError::Unavailable { kind, source }
}
