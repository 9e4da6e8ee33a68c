//! JSON.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};

use crate::text::{address, instant, text};

/// How deep a value is that is made to be deep; parsers stop at 128.
const DEEP: usize = 120;

/// Any number that JSON can hold, and often one at an edge.
pub fn number() -> BoxedStrategy<Value> {
    let edges = vec![
        json!(0),
        json!(-1),
        json!(1),
        json!(1.0),
        json!(1.5),
        json!(-0.0),
        json!(36_500),
        json!(u32::MAX),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(9_007_199_254_740_993_u64),
        json!(1e308),
        json!(-1e308),
        json!(5e-324),
    ];
    prop_oneof![
        3 => select(edges),
        1 => any::<i64>().prop_map(|it| json!(it)),
        1 => any::<f64>().prop_map(|it| json!(it)),
    ]
    .boxed()
}

/// Any JSON value, now and then a very deep one.
pub fn json() -> BoxedStrategy<Value> {
    let known = vec!["member", "manager", "main", "P-42", "0F9000000000001", "005000000000001AAA"];
    let leaf = prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::Bool),
        2 => number(),
        3 => text().prop_map(Value::String),
        1 => address().prop_map(Value::String),
        1 => instant().prop_map(Value::String),
        1 => select(known).prop_map(Value::from),
    ];
    let deep = (leaf.clone(), any::<bool>()).prop_map(|(leaf, is_list)| {
        (0..DEEP)
            .fold(leaf, |inner, _| if is_list { json!([inner]) } else { json!({ "a": inner }) })
    });
    let any = leaf.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            prop::collection::vec((text(), inner), 0..6)
                .prop_map(|it| Value::Object(it.into_iter().collect())),
        ]
    });
    prop_oneof![30 => any, 1 => deep].boxed()
}

/// One change to a value.
#[derive(Clone, Debug)]
enum Change {
    Replace(Value),
    Remove,
    /// The value into a list, so many times.
    Repeat(usize),
    /// The value into an object.
    Wrap(String),
    /// A further field of an object, or a further entry of a list.
    Add(String, Value),
    /// A text is put into the text.
    Insert(Index, String),
    /// The name of a field changes.
    Rename(String),
}

/// Changes to a value that may be made known only later.
#[derive(Clone, Debug)]
pub struct Changes(Vec<(Index, Change)>);

impl Changes {
    /// The value after the changes.
    #[must_use]
    pub fn made_to(&self, good: &Value) -> Value {
        let mut spoilt = good.clone();
        for (at, change) in &self.0 {
            let paths = paths(&spoilt);
            if let Some(path) = paths.get(at.index(paths.len())) {
                apply(&mut spoilt, path, change.clone());
            }
        }
        spoilt
    }
}

/// Up to three changes anywhere in a value: fields that are gone, of another type, repeated, new, or with text put into them.
pub fn changes() -> BoxedStrategy<Changes> {
    let empty = vec![Value::Null, json!(""), json!([]), json!({}), json!(0), json!(false)];
    let other = prop_oneof![
        2 => json(),
        2 => select(empty),
        1 => number(),
        1 => instant().prop_map(Value::String),
        1 => address().prop_map(Value::String),
    ];
    let change = prop_oneof![
        5 => other.prop_map(Change::Replace),
        2 => Just(Change::Remove),
        1 => select(vec![0_usize, 1, 2, 50]).prop_map(Change::Repeat),
        1 => text().prop_map(Change::Wrap),
        1 => (text(), json()).prop_map(|(name, value)| Change::Add(name, value)),
        4 => (any::<Index>(), text()).prop_map(|(at, text)| Change::Insert(at, text)),
        1 => text().prop_map(Change::Rename),
    ];
    prop::collection::vec((any::<Index>(), change), 0..4).prop_map(Changes).boxed()
}

/// The value after [`changes()`]. Sometimes it is the value itself.
pub fn spoilt(good: Value) -> BoxedStrategy<Value> {
    changes().prop_map(move |changes| changes.made_to(&good)).boxed()
}

/// JSON text of an object in which one field comes twice, first with another value. `value` as it is where it is no object
/// with fields.
#[must_use]
pub fn with_repeated_field(value: &Value, place: &Index, before: &Value) -> String {
    let Some(fields) = value.as_object().filter(|fields| !fields.is_empty()) else {
        return value.to_string();
    };
    let name = fields.keys().nth(place.index(fields.len())).cloned().unwrap_or_default();
    let text = value.to_string();
    format!("{{{}:{before},{}", Value::String(name), text.get(1..).unwrap_or_default())
}

/// The paths of all values within a value, itself included.
fn paths(value: &Value) -> Vec<Vec<String>> {
    let parts: Vec<(String, &Value)> = match value {
        Value::Array(list) => {
            list.iter().enumerate().map(|(at, part)| (at.to_string(), part)).collect()
        }
        Value::Object(fields) => fields.iter().map(|(name, part)| (name.clone(), part)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    let mut all = vec![Vec::new()];
    for (name, part) in parts {
        all.extend(paths(part).into_iter().map(|rest| [vec![name.clone()], rest].concat()));
    }
    all
}

fn apply(value: &mut Value, path: &[String], change: Change) {
    let Some((name, before)) = path.split_last() else {
        return change_value(value, change);
    };
    let Some(parent) = within(value, before) else { return };
    match (change, parent) {
        (Change::Remove, Value::Object(fields)) => {
            fields.remove(name);
        }
        (Change::Remove, Value::Array(list)) => {
            if let Some(at) = name.parse().ok().filter(|at| *at < list.len()) {
                list.remove(at);
            }
        }
        (Change::Rename(other), Value::Object(fields)) => {
            let value = fields.remove(name).unwrap_or_default();
            fields.insert(other, value);
        }
        (change, parent) => {
            if let Some(value) = within(parent, std::slice::from_ref(name)) {
                change_value(value, change);
            }
        }
    }
}

fn within<'v>(value: &'v mut Value, path: &[String]) -> Option<&'v mut Value> {
    path.iter().try_fold(value, |value, name| match value {
        Value::Object(fields) => fields.get_mut(name),
        Value::Array(list) => list.get_mut(name.parse::<usize>().ok()?),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    })
}

fn change_value(value: &mut Value, change: Change) {
    match change {
        Change::Replace(other) => *value = other,
        Change::Remove => *value = Value::Null,
        Change::Repeat(times) => *value = Value::Array(vec![value.take(); times]),
        Change::Wrap(name) | Change::Rename(name) => {
            *value = Value::Object(Map::from_iter([(name, value.take())]));
        }
        Change::Add(name, more) => match value {
            Value::Object(fields) => {
                fields.insert(name, more);
            }
            Value::Array(list) => list.push(more),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => *value = more,
        },
        Change::Insert(at, text) => match value {
            Value::String(before) => {
                let places: Vec<usize> =
                    before.char_indices().map(|(at, _)| at).chain([before.len()]).collect();
                let place = places.get(at.index(places.len())).copied().unwrap_or_default();
                before.insert_str(place, &text);
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_) => {
                *value = Value::String(text);
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Change, apply, paths, with_repeated_field};

    #[test]
    fn every_value_within_a_value_can_be_changed() {
        let value = json!({ "a": [{ "b": 1 }, 2], "c": "x" });
        assert_eq!(paths(&value).len(), 6);
        for path in paths(&value).iter().skip(1) {
            for change in [Change::Remove, Change::Replace(json!("new")), Change::Repeat(2)] {
                let mut changed = value.clone();
                apply(&mut changed, path, change);
                assert_ne!(changed, value, "{path:?}");
            }
        }
    }

    #[test]
    fn of_a_field_that_comes_twice_the_last_counts() {
        let value = json!({ "a": 1, "b": 2 });
        let place = proptest::strategy::ValueTree::current(
            &proptest::strategy::Strategy::new_tree(
                &proptest::prelude::any::<proptest::sample::Index>(),
                &mut proptest::test_runner::TestRunner::deterministic(),
            )
            .unwrap(),
        );
        let text = with_repeated_field(&value, &place, &json!(9));
        assert!(text.contains(":9,"), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
