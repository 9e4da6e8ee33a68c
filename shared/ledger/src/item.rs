//! Items: the only place where attribute names appear.
//!
//! Records become native maps, lists and numbers, so that a person can read them in the console. The names of their
//! fields are those of the records; the names that the table itself needs are the constants here.

use std::collections::BTreeSet;

use access::{Announcement, Customer, Email, Entry, OrgAlias, Project, Subject};
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

use crate::key::{DueKind, Key, Month};
use crate::position;

/// An item as the SDK takes and gives it.
#[expect(
    clippy::disallowed_types,
    reason = "the SDK hands out HashMap; nothing here depends on its order"
)]
pub(crate) type Item = std::collections::HashMap<String, AttributeValue>;

/// The partition key of the table.
pub(crate) const PARTITION: &str = "pk";
/// The sort key of the table.
pub(crate) const SORT: &str = "sk";
/// The partition key of the index of what is due.
pub(crate) const DUE_SHARD: &str = "dueShard";
/// The sort key of the index of what is due.
pub(crate) const DUE_AT: &str = "dueAt";
/// The org, by which the index can be filtered.
pub(crate) const ORG: &str = "org";
/// The version of a customer or a project.
pub(crate) const VERSION: &str = "version";
/// What stands for a customer in evidence.
pub(crate) const SUBJECT: &str = "subject";
/// The address to which a user leads.
pub(crate) const EMAIL: &str = "email";
/// The users that lead to a customer.
pub(crate) const POINTED: &str = "pointed";
/// Other addresses of a customer.
pub(crate) const ALIASES: &str = "aliases";
/// The part of an entry that can be erased.
pub(crate) const PERSONAL: &str = "personal";
/// Whether a project is closed.
pub(crate) const IS_CLOSED: &str = "isClosed";
/// Marks the write that an item is the result of, for the writer that did not get an answer.
pub(crate) const WRITE: &str = "writeId";

/// DynamoDB takes no larger item.
pub(crate) const ITEM_BYTES: usize = 400 * 1024;

/// An item has not the shape that this release knows, or a record cannot be written as an item.
///
/// It does not say more: what the parser says may repeat the item's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unknown;

/// A customer's item.
pub(crate) fn of_customer(
    customer: &Customer,
    due_at: Option<Timestamp>,
    write: &str,
) -> Result<(Key, Item), Unknown> {
    let key = Key::customer(&customer.org, &customer.email);
    let mut item = encode(&key, customer)?;
    item.insert(WRITE.to_owned(), text(write));
    if let Some(at) = due_at {
        put_into_index(&mut item, key.scatter(), &DueKind::Customer, at);
    }
    Ok((key, item))
}

/// A project's item; it is due while it is being closed.
pub(crate) fn of_project(project: &Project, write: &str) -> Result<(Key, Item), Unknown> {
    let key = Key::project(&project.org, &project.id);
    let mut item = encode(&key, project)?;
    item.insert(WRITE.to_owned(), text(write));
    if project.is_closing() {
        let at = project.changed_at.unwrap_or(Timestamp::UNIX_EPOCH);
        put_into_index(&mut item, key.scatter(), &DueKind::Project, at);
    }
    Ok((key, item))
}

/// An announcement's item; it is due from the instant that its detail gives, or at once.
pub(crate) fn of_announcement(announcement: &Announcement) -> Result<(Key, Item), Unknown> {
    let key = Key::announcement(&announcement.id);
    let mut item = encode(&key, announcement)?;
    let detail = |field: &str| announcement.detail.get(field).and_then(Value::as_str);
    if let Some(org) = detail("org") {
        item.insert(ORG.to_owned(), text(org));
    }
    let at = detail("at").and_then(|at| at.parse().ok()).unwrap_or(Timestamp::UNIX_EPOCH);
    put_into_index(&mut item, key.scatter(), &DueKind::Announcement, at);
    Ok((key, item))
}

/// An entry's item; the index leads to it from the instant at which it was made.
pub(crate) fn of_entry(entry: &Entry) -> Result<(Key, Item), Unknown> {
    let key = Key::audit(&entry.grant, entry.version);
    let mut item = encode(&key, entry)?;
    let kind = DueKind::Entry(Month::of(entry.at));
    put_into_index(&mut item, key.scatter_one_of_several(), &kind, entry.at);
    Ok((key, item))
}

/// The entry of an item. What the table itself needs is no part of it.
pub(crate) fn entry(mut item: Item) -> Result<Entry, Unknown> {
    for name in [PARTITION, SORT, DUE_SHARD, DUE_AT] {
        item.remove(name);
    }
    decode(item)
}

/// Whom an address names.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Person {
    pub(crate) subject: Subject,
}

/// The item that leads from an address to a subject.
pub(crate) fn of_person(key: &Key, subject: &Subject) -> (Key, Item) {
    let mut item = of_key(key);
    item.insert(SUBJECT.to_owned(), text(subject.as_str()));
    (key.clone(), item)
}

/// The item that leads from a Salesforce user to an address.
pub(crate) fn of_user(key: &Key, email: &Email) -> (Key, Item) {
    let mut item = of_key(key);
    item.insert(EMAIL.to_owned(), text(email.as_str()));
    (key.clone(), item)
}

/// The address to which such an item leads.
pub(crate) fn email(item: &Item) -> Option<Email> {
    Email::parse(text_of(item, EMAIL)?).ok()
}

/// A customer's item with these among the other addresses, and the version of the one from which it is made; `None` where they are there
/// already. All else stays as it is, also what this release does not know.
pub(crate) fn with_aliases(
    item: &Item,
    emails: &BTreeSet<Email>,
    write: &str,
) -> Result<Option<(u64, Item)>, Unknown> {
    let known = match item.get(ALIASES) {
        Some(known) => known.as_l().map_err(|_| Unknown)?.as_slice(),
        None => &[],
    };
    let mut aliases: BTreeSet<&str> = BTreeSet::new();
    for it in known {
        aliases.insert(it.as_s().map_err(|_| Unknown)?);
    }
    let before = aliases.len();
    aliases.extend(emails.iter().map(Email::as_str));
    if aliases.len() == before {
        return Ok(None);
    }
    let version = item.get(VERSION).and_then(|it| it.as_n().ok()?.parse().ok());
    let version: u64 = version.ok_or(Unknown)?;
    let mut next = item.clone();
    next.insert(ALIASES.to_owned(), AttributeValue::L(aliases.into_iter().map(text).collect()));
    next.insert(VERSION.to_owned(), number(version + 1));
    next.insert(WRITE.to_owned(), text(write));
    Ok(Some((version, next)))
}

/// An item that is its key and nothing else.
pub(crate) fn of_key(key: &Key) -> Item {
    Item::from([(PARTITION.to_owned(), text(&key.partition)), (SORT.to_owned(), text(&key.sort))])
}

/// The key of an item.
pub(crate) fn key_of(item: &Item) -> Option<Key> {
    let part = |name| text_of(item, name).map(str::to_owned);
    Some(Key { partition: part(PARTITION)?, sort: part(SORT)? })
}

/// A record under its key.
pub(crate) fn encode<T: Serialize>(key: &Key, record: &T) -> Result<Item, Unknown> {
    let Ok(Value::Object(fields)) = serde_json::to_value(record) else {
        return Err(Unknown);
    };
    let mut item = of_key(key);
    let fields = fields.into_iter().filter(|(_, value)| !value.is_null());
    item.extend(fields.map(|(name, value)| (name, to_attribute(value))));
    Ok(item)
}

/// The record of an item; attributes that it does not know are left out.
pub(crate) fn decode<T: DeserializeOwned>(item: Item) -> Result<T, Unknown> {
    let fields: Option<Map<String, Value>> =
        item.into_iter().map(|(name, value)| Some((name, to_value(value)?))).collect();
    serde_json::from_value(Value::Object(fields.ok_or(Unknown)?)).map_err(|_| Unknown)
}

/// A text attribute of an item.
pub(crate) fn text_of<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

/// A text as an attribute.
pub(crate) fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// A version as an attribute.
pub(crate) fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// A `false` attribute.
pub(crate) fn no() -> AttributeValue {
    AttributeValue::Bool(false)
}

/// The org under which a project or a customer is kept, as an attribute.
pub(crate) fn org(org: &OrgAlias) -> AttributeValue {
    text(org.as_str())
}

/// At most how many bytes an item counts.
///
/// Names and texts count as they are, a container 3 bytes and 1 for each element; a number counts at most a byte for
/// each digit and 1. Source: Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats".
pub(crate) fn bytes(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + value_bytes(value)).sum()
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the SDK may add variants")]
fn value_bytes(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(number) => number.len() + 1,
        AttributeValue::L(values) => {
            3 + values.iter().map(|value| 1 + value_bytes(value)).sum::<usize>()
        }
        AttributeValue::M(fields) => {
            3 + fields
                .iter()
                .map(|(name, value)| 1 + name.len() + value_bytes(value))
                .sum::<usize>()
        }
        // Truth values and nulls; other types are never written here.
        _ => 1,
    }
}

fn put_into_index(item: &mut Item, (shard, hash): (u8, String), kind: &DueKind, at: Timestamp) {
    item.insert(DUE_SHARD.to_owned(), text(&kind.partition(shard)));
    item.insert(DUE_AT.to_owned(), text(&position::position(at, &hash)));
}

fn to_attribute(value: Value) -> AttributeValue {
    match value {
        Value::Null => AttributeValue::Null(true),
        Value::Bool(value) => AttributeValue::Bool(value),
        Value::Number(number) => AttributeValue::N(number.to_string()),
        Value::String(text) => AttributeValue::S(text),
        Value::Array(values) => AttributeValue::L(values.into_iter().map(to_attribute).collect()),
        Value::Object(fields) => AttributeValue::M(
            fields.into_iter().map(|(name, value)| (name, to_attribute(value))).collect(),
        ),
    }
}

/// `None` for the types that are never written here: sets and binary values.
#[expect(clippy::wildcard_enum_match_arm, reason = "the SDK may add variants")]
fn to_value(attribute: AttributeValue) -> Option<Value> {
    Some(match attribute {
        AttributeValue::Null(_) => Value::Null,
        AttributeValue::Bool(value) => Value::Bool(value),
        AttributeValue::N(number) => Value::Number(to_number(&number)?),
        AttributeValue::S(text) => Value::String(text),
        AttributeValue::L(values) => {
            Value::Array(values.into_iter().map(to_value).collect::<Option<_>>()?)
        }
        AttributeValue::M(fields) => Value::Object(
            fields
                .into_iter()
                .map(|(name, value)| Some((name, to_value(value)?)))
                .collect::<Option<_>>()?,
        ),
        _ => return None,
    })
}

fn to_number(text: &str) -> Option<Number> {
    let whole = text.parse::<u64>().map(Number::from);
    let whole = whole.or_else(|_| text.parse::<i64>().map(Number::from));
    whole.ok().or_else(|| Number::from_f64(text.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::{Unknown, bytes, decode, encode, text, to_attribute, to_value};
    use crate::key::Key;

    proptest! {
        #[test]
        fn every_record_comes_back_as_it_went(value in values()) {
            prop_assert_eq!(to_value(to_attribute(value.clone())), Some(value));
        }
    }

    #[test]
    fn an_item_of_another_shape_is_unknown_and_an_unknown_attribute_is_left_out() {
        #[derive(Debug, PartialEq, serde::Deserialize)]
        struct Record {
            count: u64,
        }
        let key = Key::run("r");
        let item = encode(&key, &json!({ "count": 3, "colour": "blue", "none": null })).unwrap();
        assert!(!item.contains_key("none"));
        assert_eq!(decode::<Record>(item.clone()), Ok(Record { count: 3 }));
        let mut wrong = item.clone();
        wrong.insert("count".to_owned(), text("3"));
        assert_eq!(decode::<Record>(wrong), Err(Unknown));
        let mut foreign = item;
        foreign.insert("tags".to_owned(), super::AttributeValue::Ss(vec!["a".to_owned()]));
        assert_eq!(decode::<Record>(foreign), Err(Unknown));
        assert_eq!(encode(&key, &json!([1])).unwrap_err(), Unknown);
    }

    #[test]
    fn the_size_of_an_item_counts_names_and_values() {
        let item =
            encode(&Key::run("r"), &json!({ "a": "four", "l": [1, true], "m": { "b": "" } }));
        // pk run#r, sk run, a four, l (container, two elements), m (container, one element).
        let expected = (2 + 5) + (2 + 3) + (1 + 4) + (1 + 3 + 3 + 2) + (1 + 3 + 2);
        assert_eq!(bytes(&item.unwrap()), expected);
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-zé#]{0,5}", inner, 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }
}
