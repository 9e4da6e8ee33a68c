//! Requests that were good once, for the properties of the parser, of the schema and of the doors.

use hostile::{address, instant, json as any_json, number, spoilt, text};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// A good request, spoilt.
pub(crate) fn nearly_good() -> impl Strategy<Value = Value> {
    (0..3_usize).prop_flat_map(|number| spoilt(good(number)))
}

/// A request with all fields, in each of the forms that it may have.
pub(crate) fn good(number: usize) -> Value {
    let group =
        json!({ "name": "Acme rollout", "description": "Rollout", "allowCustomers": false });
    let mut request = json!({
        "org": "main", "project": { "id": "P-42", "name": "Acme" }, "group": group,
        "customers": [{ "email": "ana@acme.example", "role": "manager" }, { "email": " Bo@acme.example " }],
        "message": "Join us.", "sponsor": "kim@corp.example", "reason": "delivery", "more": [1],
    });
    match number {
        0 => {}
        1 => {
            request["group"] = json!({ "id": "0F9000000000001", "allowCustomers": true });
            request["customers"] = json!("ana@acme.example, bo@acme.example;\ncy@acme.example");
            request["expiresAt"] = json!("2027-02-01T12:00:00+01:00");
        }
        _ => request["days"] = json!(30),
    }
    request
}

/// What may stand in `customers`, often addresses that differ in little.
pub(crate) fn any_customers() -> impl Strategy<Value = Value> {
    let role = prop_oneof![
        4 => Just(Value::Null),
        2 => select(vec![json!("member"), json!("manager")]),
        1 => any_json(),
    ];
    let letter = || select(vec!["a", "A", "k", "K", "\u{212a}", "i", "İ", "é", "e\u{301}"]);
    let alike = (letter(), letter()).prop_map(|(one, two)| format!("{one}{two}@x.example"));
    let address = || prop_oneof![2 => address(), 2 => alike.clone(), 3 => "[ab]@x\\.example"];
    let entry = (address(), role).prop_map(|(email, role)| json!({ "email": email, "role": role }));
    let list = prop::collection::vec(entry, 0..5).prop_map(Value::Array);
    let separator = select(vec![",", ";", " ", "\n", "\u{3000}", "\u{85}", ", ", "\0", "/"]);
    let one_text = prop::collection::vec((address(), separator), 0..5).prop_map(|pairs| {
        Value::String(pairs.into_iter().map(|(address, end)| address + end).collect())
    });
    let many =
        (990..1_010_usize, any::<bool>(), any::<bool>()).prop_map(|(count, is_text, is_same)| {
            let of = |number: usize| format!("c{}@x.example", if is_same { 0 } else { number });
            let all = (0..count).map(of);
            if is_text {
                json!(all.collect::<Vec<_>>().join(" "))
            } else {
                json!(all.map(|email| json!({ "email": email })).collect::<Vec<_>>())
            }
        });
    prop_oneof![20 => list, 20 => one_text, 1 => many, 1 => text().prop_map(Value::String)]
}

/// What may stand in `expiresAt` or `days`.
pub(crate) fn any_term() -> impl Strategy<Value = Value> {
    prop_oneof![Just(Value::Null), number(), instant().prop_map(Value::String)]
}
