//! Runs a query over the org's records and shows them as Salesforce does.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::prepare::{Comparable, Path, Prepared, Test, prepare};
use super::{Operator, PatternPart, Query};
use crate::id::RecordId;
use crate::refusal::Refusal;
use crate::schema::Object;
use crate::store::{Row, Value};
use crate::view::View;

/// The records that a query finds, each as JSON.
#[derive(Debug)]
pub(crate) struct Found {
    /// How many they are, also where only their number is asked for.
    pub(crate) size: usize,
    pub(crate) records: Vec<Json>,
}

/// Runs a query. `version` is the one of the call, for the addresses under `attributes`.
pub(crate) fn run(query: &Query, view: View<'_>, version: &str) -> Result<Found, Refusal> {
    let prepared = prepare(query, view.rules())?;
    let rows = view.rows(prepared.from).into_iter();
    let mut rows: Vec<(RecordId, &Row)> = rows
        .filter(|(_, row)| prepared.test.as_ref().is_none_or(|it| holds(it, view, &prepared, row)))
        .collect();
    rows.sort_by(|(_, a), (_, b)| compare(view, &prepared, a, b));
    let limit = query.limit.unwrap_or(usize::MAX);
    if prepared.is_grouped {
        return Ok(groups(view, &prepared, &rows, query.offset, limit));
    }
    let rows: Vec<_> = rows.into_iter().skip(query.offset).take(limit).collect();
    let size = rows.len();
    if query.counts_only() {
        return Ok(Found { size, records: Vec::new() });
    }
    let records = rows
        .into_iter()
        .map(|(_, row)| show(view, prepared.from, row, &prepared.select, version))
        .collect();
    Ok(Found { size, records })
}

/// Shows what rows have in common, once each.
fn groups(
    view: View<'_>,
    prepared: &Prepared,
    rows: &[(RecordId, &Row)],
    offset: usize,
    limit: usize,
) -> Found {
    let mut shown: BTreeMap<String, Json> = BTreeMap::new();
    for (_, row) in rows {
        let mut record = Map::new();
        record.insert("attributes".to_owned(), json!({ "type": "AggregateResult" }));
        for path in &prepared.select {
            let value = as_json(&value(view, prepared.from, row, path));
            record.insert(path.field.name.to_owned(), value);
        }
        let record = Json::Object(record);
        shown.insert(record.to_string(), record);
    }
    let records: Vec<Json> = shown.into_values().skip(offset).take(limit).collect();
    Found { size: records.len(), records }
}

/// Shows one record with the fields asked for.
pub(crate) fn show(
    view: View<'_>,
    object: Object,
    row: &Row,
    select: &[Path],
    version: &str,
) -> Json {
    let mut record = Map::new();
    let id = row.id("Id").map(|id| id.to_string()).unwrap_or_default();
    let url = format!("/services/data/v{version}/sobjects/{}/{id}", object.name());
    record.insert("attributes".to_owned(), json!({ "type": object.name(), "url": url }));
    for path in select {
        let Some(&(relationship, field, to)) = path.hops.first() else {
            let value = as_json(&view.value(object, row, path.field.name));
            record.insert(path.field.name.to_owned(), value);
            continue;
        };
        // All paths through one relationship are shown as one nested record.
        if record.contains_key(relationship) {
            continue;
        }
        let behind: Vec<Path> = select
            .iter()
            .filter(|it| it.hops.first().is_some_and(|hop| hop.0 == relationship))
            .map(|it| Path { hops: it.hops.get(1..).unwrap_or_default().to_vec(), field: it.field })
            .collect();
        let target = view.behind(object, row, field, to);
        let nested = target.map_or(Json::Null, |row| show(view, to, row, &behind, version));
        record.insert(relationship.to_owned(), nested);
    }
    Json::Object(record)
}

/// Follows a path from a row. Null where a reference leads nowhere.
fn value(view: View<'_>, from: Object, row: &Row, path: &Path) -> Value {
    let mut object = from;
    let mut row = row;
    for (_, field, to) in &path.hops {
        let Some(next) = view.behind(object, row, field, *to) else { return Value::Null };
        (object, row) = (*to, next);
    }
    view.value(object, row, path.field.name)
}

fn holds(test: &Test, view: View<'_>, prepared: &Prepared, row: &Row) -> bool {
    let comparable = |path| Comparable::of(&value(view, prepared.from, row, path));
    match test {
        Test::All(tests) => tests.iter().all(|it| holds(it, view, prepared, row)),
        Test::Any(tests) => tests.iter().any(|it| holds(it, view, prepared, row)),
        Test::Not(test) => !holds(test, view, prepared, row),
        Test::Compare { path, operator, value } => {
            let found = comparable(path);
            let is_null = found == Comparable::Null || *value == Comparable::Null;
            match operator {
                Operator::Equal => found == *value,
                Operator::NotEqual => found != *value,
                Operator::Less => !is_null && found.order(value) == Ordering::Less,
                Operator::LessOrEqual => !is_null && found.order(value) != Ordering::Greater,
                Operator::Greater => !is_null && found.order(value) == Ordering::Greater,
                Operator::GreaterOrEqual => !is_null && found.order(value) != Ordering::Less,
            }
        }
        Test::Like { path, pattern } => {
            let Comparable::Text(found) = comparable(path) else { return false };
            matches(&found.chars().collect::<Vec<_>>(), pattern)
        }
        Test::In { path, negated, values } => {
            let found = comparable(path);
            values.binary_search_by(|value| value.order(&found)).is_ok() != *negated
        }
    }
}

/// Whether a text fits a pattern. Keeps only the last `%` open, so it never tries more than
/// length times length places.
fn matches(text: &[char], pattern: &[PatternPart]) -> bool {
    let (mut at, mut part) = (0, 0);
    let mut open: Option<(usize, usize)> = None;
    while at < text.len() {
        let fits = match pattern.get(part) {
            Some(PatternPart::Many) => {
                open = Some((part + 1, at));
                part += 1;
                continue;
            }
            Some(PatternPart::One) => true,
            Some(PatternPart::Character(character)) => text.get(at) == Some(character),
            None => false,
        };
        match (fits, &mut open) {
            (true, _) => {
                at += 1;
                part += 1;
            }
            (false, Some((after, swallowed))) => {
                *swallowed += 1;
                at = *swallowed;
                part = *after;
            }
            (false, None) => return false,
        }
    }
    pattern.iter().skip(part).all(|it| *it == PatternPart::Many)
}

fn compare(view: View<'_>, prepared: &Prepared, a: &Row, b: &Row) -> Ordering {
    let orders = prepared.order.iter().map(|(path, descending, nulls_last)| {
        let a = Comparable::of(&value(view, prepared.from, a, path));
        let b = Comparable::of(&value(view, prepared.from, b, path));
        match (a == Comparable::Null, b == Comparable::Null) {
            (true, true) => Ordering::Equal,
            (true, false) if *nulls_last => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, true) if *nulls_last => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) if *descending => b.order(&a),
            (false, false) => a.order(&b),
        }
    });
    orders.fold(Ordering::Equal, Ordering::then)
}

fn as_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Boolean(flag) => json!(flag),
        Value::Integer(number) => json!(number),
        Value::Text(text) => json!(text),
        Value::Id(id) => json!(id.as_str()),
        // Salesforce keeps whole seconds in its audit fields.
        Value::Instant(instant) => {
            json!(instant.strftime("%Y-%m-%dT%H:%M:%S.000+0000").to_string())
        }
    }
}
