//! What of the services a call touches, and so whether it matters which of two calls comes first.
//!
//! To say of two calls that they do not conflict hides orders, so that what is not understood touches everything.

use std::collections::BTreeSet;

use ring::digest::{SHA256, digest};
use serde_json::Value;

/// What a call reads and writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Footprint {
    reads: BTreeSet<Place>,
    writes: BTreeSet<Place>,
}

/// What can be read or written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// The org, whole: removing somebody, putting them back and counting seats have effects beyond the record that is named.
    Org,
    /// The ledger, whole.
    Ledger,
    /// One item of the ledger.
    Item { partition: String, sort: String },
    /// The items of one partition whose sort keys begin so.
    Range { partition: String, begins: String },
    /// One partition of the index of what is due.
    Shard(String),
}

impl Footprint {
    /// What touches nothing that another call sees.
    #[must_use]
    pub fn nothing() -> Self {
        Self::default()
    }

    /// A call to the org.
    #[must_use]
    pub fn of_org(writes: bool) -> Self {
        let place = BTreeSet::from([Place::Org]);
        if writes {
            Self { writes: place, ..Self::default() }
        } else {
            Self { reads: place, ..Self::default() }
        }
    }

    /// A call to the ledger.
    #[must_use]
    pub fn of_ledger(operation: &str, body: &Value) -> Self {
        let footprint = match operation {
            "GetItem" => place_of(&body["Key"]).map(|it| Self::reading([it])),
            "PutItem" => place_of(&body["Item"]).map(|it| Self::writing([it])),
            "Query" => of_query(body).map(|it| Self::reading([it])),
            "BatchGetItem" => of_batch_read(body),
            "BatchWriteItem" => of_batch_write(body),
            "TransactWriteItems" => of_transaction(body),
            _ => None,
        };
        footprint.unwrap_or_else(|| Self::writing([Place::Ledger]))
    }

    /// Whether it makes a difference which of two calls comes first.
    #[must_use]
    pub fn conflicts_with(&self, other: &Self) -> bool {
        let meets = |mine: &BTreeSet<Place>, others: &BTreeSet<Place>| {
            mine.iter().any(|place| others.iter().any(|it| place.overlaps(it)))
        };
        meets(&self.writes, &other.writes)
            || meets(&self.writes, &other.reads)
            || meets(&self.reads, &other.writes)
    }

    /// In a few words.
    #[must_use]
    pub fn told(&self) -> String {
        let told = self.reads.iter().chain(&self.writes).filter_map(Place::told);
        told.collect::<Vec<_>>().join(", ")
    }

    fn reading(places: impl IntoIterator<Item = Place>) -> Self {
        Self { reads: places.into_iter().collect(), ..Self::default() }
    }

    fn writing(places: impl IntoIterator<Item = Place>) -> Self {
        Self { writes: places.into_iter().collect(), ..Self::default() }
    }
}

impl Place {
    fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Org, Self::Org)
            | (Self::Range { .. }, Self::Range { .. } | Self::Shard(_))
            | (Self::Shard(_), Self::Range { .. }) => true,
            (Self::Org, _) | (_, Self::Org) => false,
            (Self::Ledger, _) | (_, Self::Ledger) => true,
            (Self::Item { .. }, Self::Item { .. }) => self == other,
            (Self::Item { partition, sort }, Self::Range { partition: whose, begins })
            | (Self::Range { partition: whose, begins }, Self::Item { partition, sort }) => {
                partition == whose && sort.starts_with(begins)
            }
            (Self::Item { partition, sort }, Self::Shard(shard))
            | (Self::Shard(shard), Self::Item { partition, sort }) => {
                shard_of(partition, sort).as_ref() == Some(shard)
            }
            (Self::Shard(one), Self::Shard(another)) => one == another,
        }
    }

    fn told(&self) -> Option<String> {
        match self {
            Self::Org => None,
            Self::Ledger => Some("everything".to_owned()),
            Self::Item { partition, sort } if partition.starts_with(&format!("{sort}#")) => {
                Some(partition.clone())
            }
            Self::Item { partition, sort } => Some(format!("{partition} {sort}")),
            Self::Range { partition, begins } => Some(format!("{partition} {begins}…")),
            Self::Shard(shard) => Some(format!("due {shard}")),
        }
    }
}

/// The partition of the index in which an item is when it is due: its kind, and the first byte of its key's digest over
/// eight shards. `None` for what is never due.
fn shard_of(partition: &str, sort: &str) -> Option<String> {
    if !["customer", "project", "announcement"].contains(&sort) {
        return None;
    }
    let byte = digest(&SHA256, partition.as_bytes()).as_ref()[0];
    Some(format!("{sort}#{}", byte % 8))
}

fn text<'a>(item: &'a Value, name: &str) -> Option<&'a str> {
    item.get(name)?.get("S")?.as_str()
}

fn place_of(item: &Value) -> Option<Place> {
    let partition = text(item, ledger::TABLE.partition)?;
    let sort = text(item, ledger::TABLE.sort)?;
    // Where the ledger says in which shard it puts an item, that is compared with what is computed here.
    let stated = text(item, ledger::TABLE.due.partition);
    let is_known = stated.is_none_or(|it| {
        // Evidence is read by period by nobody whose calls pass here.
        it.starts_with("entry#") || shard_of(partition, sort).as_deref() == Some(it)
    });
    assert!(is_known, "{partition} is not due in {stated:?}");
    // What stands for a person is drawn by the ledger, at random; the grant in the sort key tells one item from another.
    let partition = if partition.starts_with("subject#") { "subject#" } else { partition };
    Some(Place::Item { partition: partition.to_owned(), sort: sort.to_owned() })
}

fn of_query(body: &Value) -> Option<Place> {
    let values = &body["ExpressionAttributeValues"];
    let own = |name| text(values, name).map(ToOwned::to_owned);
    if body.get("IndexName").is_some() {
        return Some(Place::Shard(own(":shard")?));
    }
    Some(Place::Range { partition: own(":partition")?, begins: own(":begins").unwrap_or_default() })
}

fn of_batch_read(body: &Value) -> Option<Footprint> {
    let tables = body["RequestItems"].as_object()?.values();
    let keys = tables.map(|it| it["Keys"].as_array()).collect::<Option<Vec<_>>>()?;
    let places = keys.into_iter().flatten().map(place_of).collect::<Option<Vec<_>>>()?;
    Some(Footprint::reading(places))
}

fn of_batch_write(body: &Value) -> Option<Footprint> {
    let tables = body["RequestItems"].as_object()?.values();
    let requests = tables.map(Value::as_array).collect::<Option<Vec<_>>>()?;
    let place = |request: &Value| {
        place_of(&request["PutRequest"]["Item"])
            .or_else(|| place_of(&request["DeleteRequest"]["Key"]))
    };
    let places = requests.into_iter().flatten().map(place).collect::<Option<Vec<_>>>()?;
    Some(Footprint::writing(places))
}

fn of_transaction(body: &Value) -> Option<Footprint> {
    let mut footprint = Footprint::default();
    for action in body["TransactItems"].as_array()? {
        if let Some(check) = action.get("ConditionCheck") {
            footprint.reads.insert(place_of(&check["Key"])?);
        } else if let Some(delete) = action.get("Delete") {
            footprint.writes.insert(place_of(&delete["Key"])?);
        } else {
            // Its condition reads what it writes.
            footprint.writes.insert(place_of(&action["Put"]["Item"])?);
        }
    }
    Some(footprint)
}
