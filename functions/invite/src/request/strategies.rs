//! Requests that were good once, for the properties of the parser, of the schema and of the doors.

use hostile::{address, instant, json as any_json, number, spoilt, text};
use jiff::{SignedDuration, Timestamp};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::examples::NOW;

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

/// What may stand in `group`: by id, by name, by both or by neither.
pub(crate) fn any_group() -> impl Strategy<Value = Value> {
    let ids = vec![
        "0F9000000000001",
        "0F9000000000001AAA",
        "0F9000000000001CAA",
        "0F900000000000",
        "0F90000000000011",
        "005000000000001",
        "0f9000000000001",
        "0F9' OR Name",
        "0F9000000000001AAA ",
        "0F9\u{660}\u{660}\u{660}\u{660}\u{660}\u{660}",
        "",
    ];
    let id = prop_oneof![4 => select(ids).prop_map(Value::from), 1 => text().prop_map(Value::from), 1 => any_json()];
    let names = vec!["Acme", " Acme ", "\u{85}", "\u{feff}"];
    let name = prop_oneof![
        3 => select(names).prop_map(Value::from),
        3 => text().prop_map(Value::from),
        1 => (38..43_usize).prop_map(|length| json!("g".repeat(length))),
        1 => any_json(),
    ];
    let description = (998..1_003_usize).prop_map(|length| json!("é".repeat(length)));
    let group = (option::of(id), option::of(name), option::weighted(0.2, description));
    group.prop_map(|(id, name, description)| {
        let fields = [("id", id), ("name", name), ("description", description)];
        fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    })
}

/// What may stand where people write: letters in several forms and what joins them, and now and then what is not seen, a page or HTML.
pub(crate) fn any_words() -> impl Strategy<Value = String> {
    let common = vec![
        "a", "K", "1", "é", "e\u{301}", "\u{301}", "\u{212a}", "ह", "\u{1100}", "\u{1161}",
        "\u{958}", "👩", "❤", " ", ".", "\u{3000}", "\u{200d}", "\u{200c}", "\u{fe0f}", "\u{20e3}",
    ];
    let rare = vec![
        "\u{200b}",
        "\u{202e}",
        "\n",
        "\u{2028}",
        "\u{e000}",
        "\u{e0041}",
        "x.example",
        "://",
        "<b>",
        "&lt;",
        "\u{3002}",
        "\u{ff0e}",
        "ana@x.example",
    ];
    let piece = prop_oneof![12 => select(common), 1 => select(rare)];
    let words = prop::collection::vec(piece, 0..8).prop_map(|it| it.concat());
    let lengths = vec![39_usize, 40, 41, 200, 255, 256, 1_000, 1_001];
    let long = (select(vec!["e\u{301}", "\u{958}", "é"]), select(lengths))
        .prop_map(|(it, times)| it.repeat(times));
    prop_oneof![8 => words, 1 => long, 1 => text()]
}

/// What may stand in `expiresAt` or `days`, often little more or less than an hour ahead.
pub(crate) fn any_term() -> impl Strategy<Value = Value> {
    let now: Timestamp = NOW.parse().expect("an instant");
    let near =
        (-90..90_i64).prop_map(move |minutes| json!(now + SignedDuration::from_mins(60 + minutes)));
    let edge = (-2..3_i64)
        .prop_map(move |seconds| json!(now + SignedDuration::from_secs(3_600 + seconds)));
    prop_oneof![
        1 => Just(Value::Null),
        2 => number(),
        4 => instant().prop_map(Value::String),
        1 => near,
        1 => edge,
    ]
}
