//! The org's records: rows in tables, with a journal that can undo and that remembers what was.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::id::RecordId;
use crate::schema::Object;

/// The value of one field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Boolean(bool),
    Integer(i64),
    Text(String),
    Id(RecordId),
    Instant(Timestamp),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Boolean(flag)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<RecordId> for Value {
    fn from(id: RecordId) -> Self {
        Self::Id(id)
    }
}

impl From<Timestamp> for Value {
    fn from(instant: Timestamp) -> Self {
        Self::Instant(instant)
    }
}

/// One record. A field that is not there is null.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Row(BTreeMap<&'static str, Value>);

impl Row {
    pub(crate) fn get(&self, field: &str) -> &Value {
        self.0.get(field).unwrap_or(&Value::Null)
    }

    /// The text of a field; empty when it is null.
    pub(crate) fn text(&self, field: &str) -> &str {
        if let Value::Text(text) = self.get(field) { text } else { "" }
    }

    /// The id in a field, if one is there.
    pub(crate) fn id(&self, field: &str) -> Option<RecordId> {
        if let Value::Id(id) = self.get(field) { Some(*id) } else { None }
    }

    /// Whether a field is true.
    pub(crate) fn is(&self, field: &str) -> bool {
        *self.get(field) == Value::Boolean(true)
    }

    /// The number in a field; zero when it is null.
    pub(crate) fn number(&self, field: &str) -> i64 {
        if let Value::Integer(number) = self.get(field) { *number } else { 0 }
    }

    /// The instant in a field, if one is there.
    pub(crate) fn instant(&self, field: &str) -> Option<Timestamp> {
        if let Value::Instant(instant) = self.get(field) { Some(*instant) } else { None }
    }

    pub(crate) fn set(&mut self, field: &'static str, value: impl Into<Value>) {
        self.0.insert(field, value.into());
    }

    pub(crate) fn with(mut self, field: &'static str, value: impl Into<Value>) -> Self {
        self.set(field, value);
        self
    }

    /// Whether a field was set, be it to null.
    pub(crate) fn mentions(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    /// The values of all fields.
    pub(crate) fn values(&self) -> impl Iterator<Item = &Value> {
        self.0.values()
    }

    /// Takes over every field that `other` sets.
    pub(crate) fn overlay(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// What equality look-ups find the row by: its references and its addresses and names.
    fn keys(&self) -> impl Iterator<Item = (&'static str, String)> {
        self.0.iter().filter_map(|(field, value)| key(field, value))
    }
}

/// The look-up key of an indexed field.
fn key(field: &'static str, value: &Value) -> Option<(&'static str, String)> {
    let (is_indexed, key) = match value {
        Value::Id(id) => {
            (!matches!(field, "Id" | "CreatedById" | "LastModifiedById"), id.as_str().to_owned())
        }
        Value::Text(text) => {
            let names = ["Email", "Name", "Username", "InvitedUserEmail"];
            (names.contains(&field), text.to_ascii_lowercase())
        }
        Value::Null | Value::Boolean(_) | Value::Integer(_) | Value::Instant(_) => return None,
    };
    is_indexed.then_some((field, key))
}

/// A record's place: it stays behind when the record is deleted.
#[derive(Clone, Debug)]
pub(crate) enum Slot {
    Live(Arc<Row>),
    Deleted(Arc<Row>),
}

impl Slot {
    pub(crate) fn live(&self) -> Option<&Arc<Row>> {
        match self {
            Self::Live(row) => Some(row),
            Self::Deleted(_) => None,
        }
    }
}

#[derive(Debug, Default)]
struct Table {
    slots: BTreeMap<RecordId, Slot>,
    index: BTreeMap<(&'static str, String), BTreeSet<RecordId>>,
}

impl Table {
    /// Puts a slot, or takes it away, and says what was there.
    fn replace(&mut self, id: RecordId, slot: Option<Slot>) -> Option<Slot> {
        let row = slot.as_ref().and_then(Slot::live).cloned();
        let old = match slot {
            Some(slot) => self.slots.insert(id, slot),
            None => self.slots.remove(&id),
        };
        for key in old.iter().filter_map(Slot::live).flat_map(|row| row.keys()) {
            if let Some(ids) = self.index.get_mut(&key) {
                ids.remove(&id);
            }
        }
        for key in row.iter().flat_map(|row| row.keys()) {
            self.index.entry(key).or_default().insert(id);
        }
        old
    }
}

/// What slots held before a write.
pub(crate) type Before = BTreeMap<RecordId, Option<Slot>>;

/// All records of the org.
#[derive(Debug, Default)]
pub(crate) struct Store {
    tables: BTreeMap<Object, Table>,
    journal: Vec<(Object, RecordId, Option<Slot>)>,
    last_write: BTreeMap<Object, Before>,
    instance: [u8; 2],
    sequence: u64,
}

impl Store {
    /// A store whose ids are those of an instance of Salesforce, from some number on.
    pub(crate) fn new(instance: [u8; 2], sequence: u64) -> Self {
        Self { instance, sequence, ..Self::default() }
    }

    /// Adds a record under a new id.
    pub(crate) fn insert(&mut self, object: Object, row: Row) -> RecordId {
        // Steps of more than one, so that neighbouring ids differ in more than the last digit.
        self.sequence += 37;
        let id = RecordId::new(object.prefix(), self.instance, self.sequence);
        self.insert_as(object, id, row);
        id
    }

    /// Adds a record under an id that is given.
    pub(crate) fn insert_as(&mut self, object: Object, id: RecordId, row: Row) {
        self.replace(object, id, Some(Slot::Live(Arc::new(row.with("Id", id)))));
    }

    /// Replaces a record.
    pub(crate) fn put(&mut self, object: Object, id: RecordId, row: Row) {
        self.replace(object, id, Some(Slot::Live(Arc::new(row))));
    }

    /// Deletes a record; its id stays known as a deleted one.
    pub(crate) fn delete(&mut self, object: Object, id: RecordId) {
        if let Some(row) = self.live(object, id).cloned() {
            self.replace(object, id, Some(Slot::Deleted(row)));
        }
    }

    fn replace(&mut self, object: Object, id: RecordId, slot: Option<Slot>) {
        let old = self.tables.entry(object).or_default().replace(id, slot);
        self.journal.push((object, id, old));
    }

    fn live(&self, object: Object, id: RecordId) -> Option<&Arc<Row>> {
        self.slot(object, id).and_then(Slot::live)
    }

    pub(crate) fn slot(&self, object: Object, id: RecordId) -> Option<&Slot> {
        self.tables.get(&object)?.slots.get(&id)
    }

    pub(crate) fn row(&self, object: Object, id: RecordId) -> Option<&Row> {
        self.live(object, id).map(Arc::as_ref)
    }

    /// All live records in the order of their ids, which is the order of their creation.
    pub(crate) fn rows(&self, object: Object) -> impl Iterator<Item = (RecordId, &Row)> {
        self.tables
            .get(&object)
            .into_iter()
            .flat_map(|table| table.slots.iter())
            .filter_map(|(id, slot)| slot.live().map(|row| (*id, row.as_ref())))
    }

    /// The live records whose indexed field has this value; text without regard to case.
    pub(crate) fn find(
        &self,
        object: Object,
        field: &'static str,
        value: &Value,
    ) -> impl Iterator<Item = (RecordId, &Row)> + use<'_> {
        key(field, value)
            .and_then(|key| self.tables.get(&object)?.index.get(&key))
            .into_iter()
            .flatten()
            .filter_map(move |id| self.row(object, *id).map(|row| (*id, row)))
    }

    /// A mark to which [`Store::roll_back`] returns.
    pub(crate) fn savepoint(&self) -> usize {
        self.journal.len()
    }

    /// Undoes everything since the mark.
    pub(crate) fn roll_back(&mut self, savepoint: usize) {
        while self.journal.len() > savepoint {
            if let Some((object, id, slot)) = self.journal.pop() {
                self.tables.entry(object).or_default().replace(id, slot);
            }
        }
    }

    /// Ends a write: what it changed can no longer be undone, but can still be read as it was.
    /// Says whether anything changed.
    pub(crate) fn commit(&mut self) -> bool {
        let mut written: BTreeMap<Object, Before> = BTreeMap::new();
        for (object, id, slot) in self.journal.drain(..) {
            written.entry(object).or_default().entry(id).or_insert(slot);
        }
        let changed = !written.is_empty();
        self.last_write.extend(written);
        changed
    }

    /// Forgets what the last writes replaced.
    pub(crate) fn settle(&mut self) {
        self.last_write.clear();
    }

    /// What the last write to an object replaced.
    pub(crate) fn before_last_write(&self, object: Object) -> Option<&Before> {
        self.last_write.get(&object)
    }

    /// A row that is deleted but remembered.
    pub(crate) fn deleted(&self, object: Object, id: RecordId) -> Option<&Row> {
        match self.slot(object, id)? {
            Slot::Deleted(row) => Some(row),
            Slot::Live(_) => None,
        }
    }
}
