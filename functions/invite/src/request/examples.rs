//! Requests that are well-formed and requests that are not, for the tests of the parser and of the schema.

use serde_json::{Value, json};

/// When they are sent.
pub(crate) const NOW: &str = "2027-01-01T00:00:00Z";

/// The smallest request, with these fields instead.
pub(crate) fn change(fields: &[(&str, Value)]) -> Value {
    let mut request = json!({
        "project": { "id": "P-42" }, "group": { "name": " Acme rollout " },
        "customers": [{ "email": "ana@acme.example" }], "sponsor": "kim@corp.example",
    });
    for (field, value) in fields {
        request[field] = value.clone();
    }
    request
}

/// Well-formed: a value of `customers`, and whom it names.
pub(crate) fn customers() -> Vec<(Value, &'static str)> {
    vec![
        (
            json!("a@x.example,b@x.example;\n c@x.example\t,"),
            "a of no role, b of no role, c of no role",
        ),
        (json!("b@x.example, B@X.example a@x.example"), "b of no role, a of no role"),
        (
            json!([{ "email": " A@x.example " }, { "email": "b@x.example", "role": "manager" }]),
            "a of no role, b manager",
        ),
        (
            json!([{ "email": "a@x.example", "role": "manager" }, { "email": "a@x.example", "role": "manager" }]),
            "a manager",
        ),
        (json!([{ "email": "a@x.example", "role": null, "more": 1 }]), "a of no role"),
        (
            json!([{ "email": "a@x.example" }, { "email": "A@x.example", "role": "member" }]),
            "a member",
        ),
    ]
}

/// Well-formed: a field that says when access is over, in how many hours that is, and whether it is beyond the policy.
pub(crate) fn expiries() -> Vec<(&'static str, Value, i64, bool)> {
    vec![
        ("expiresAt", json!("2027-01-01T01:00:00Z"), 1, false),
        ("expiresAt", json!("2027-01-03T01:00:00+01:00"), 48, false),
        ("days", json!(1), 24, false),
        ("days", json!(365), 365 * 24, false),
        ("days", json!(366), 366 * 24, true),
    ]
}

/// Well-formed: a group by its short id.
pub(crate) fn group_by_id() -> Value {
    json!({ "id": "0F9000000000001", "description": "x", "allowCustomers": true })
}

/// Wrong: a field, its value, and the fields that are named as wrong.
pub(crate) fn wrong() -> Vec<(&'static str, Value, &'static str)> {
    let long = |length| json!("x".repeat(length));
    let many = |count: usize| {
        json!((0..count).map(|it| format!("c{it}@x.example")).collect::<Vec<_>>().join(" "))
    };
    let mut wrong = vec![
        ("org", json!("Main"), "org"),
        ("org", json!(1), "org"),
        ("project", Value::Null, "project"),
        ("project", json!("P-42"), "project"),
        ("project", json!({}), "project.id"),
        ("project", json!({ "id": 42 }), "project.id"),
        ("project", json!({ "id": "a\u{7}" }), "project.id"),
        ("project", json!({ "id": long(129) }), "project.id"),
        ("project", json!({ "id": "P", "name": long(201) }), "project.name"),
        ("group", Value::Null, "group"),
        ("group", json!({}), "group"),
        ("group", json!({ "id": "0F9000000000001", "name": "Acme" }), "group"),
        ("group", json!({ "id": "005000000000001" }), "group.id"),
        ("group", json!({ "id": "0F9" }), "group.id"),
        ("group", json!({ "name": long(41) }), "group.name"),
        ("group", json!({ "name": "  " }), "group.name"),
        ("group", json!({ "name": " \u{feff}" }), "group.name"),
        ("group", json!({ "name": "Acme", "description": long(1_001) }), "group.description"),
        ("group", json!({ "name": "Acme", "allowCustomers": "yes" }), "group.allowCustomers"),
        ("customers", Value::Null, "customers"),
        ("customers", json!([]), "customers"),
        ("customers", json!(" , ;"), "customers"),
        ("customers", json!({ "email": "a@x.example" }), "customers"),
        ("customers", many(1_001), "customers"),
        ("customers", json!("a@x.example, b@x.example; no"), "customers[2].email"),
        ("customers", json!([{ "email": "a@x.example" }, {}]), "customers[1].email"),
        ("customers", json!([{ "email": 7 }]), "customers[0].email"),
        (
            "customers",
            json!([{ "email": format!("{}@x.example", "a".repeat(70)) }]),
            "customers[0].email",
        ),
        ("customers", json!([{ "email": "a@x.example", "role": "owner" }]), "customers[0].role"),
        ("customers", json!(["a@x.example", { "email": "no" }]), "customers[0] customers[1].email"),
        (
            "customers",
            json!([{ "email": "a@x.example" }, { "email": "A@x.example", "role": "manager" }]),
            "customers[1].role",
        ),
        ("message", long(256), "message"),
        ("message", json!(1), "message"),
        ("sponsor", Value::Null, "sponsor"),
        ("sponsor", json!("kim"), "sponsor"),
        ("reason", long(1_001), "reason"),
        ("expiresAt", json!("2027-02-01T00:00:00"), "expiresAt"),
        ("expiresAt", json!("2027-02-01 00:00:00Z"), "expiresAt"),
        ("expiresAt", json!("2027-02-01T00Z"), "expiresAt"),
        ("expiresAt", json!("2027-02-01T00:00:00+01"), "expiresAt"),
        ("expiresAt", json!("2027-02-01T00:00:00,5Z"), "expiresAt"),
        ("expiresAt", json!("2027-02-01T12:00:60Z"), "expiresAt"),
        ("expiresAt", json!("2027-02-01T00:00:00+01:00[Europe/Paris]"), "expiresAt"),
        ("expiresAt", json!("2027-01-01T00:59:59Z"), "expiresAt"),
        ("expiresAt", json!(1_800_000_000), "expiresAt"),
        ("days", json!(0), "days"),
        ("days", json!(-1), "days"),
        ("days", json!(1.5), "days"),
        ("days", json!("30"), "days"),
    ];
    wrong.extend(unclean());
    wrong
}

/// Wrong: texts that not everybody reads the same, and messages that are no plain text.
fn unclean() -> Vec<(&'static str, Value, &'static str)> {
    vec![
        ("project", json!({ "id": "P\u{200b}" }), "project.id"),
        ("project", json!({ "id": "e\u{301}" }), "project.id"),
        ("project", json!({ "id": "P", "name": " " }), "project.name"),
        ("project", json!({ "id": "P", "name": "a\u{2066}b" }), "project.name"),
        ("group", json!({ "name": "A\u{1b}[31mcme" }), "group.name"),
        ("group", json!({ "name": "A\u{202e}cme" }), "group.name"),
        ("group", json!({ "name": "é\u{200d}é" }), "group.name"),
        ("group", json!({ "name": "Acme", "description": "a\tb" }), "group.description"),
        ("message", json!("Join us.\r\nNow"), "message"),
        ("message", json!("a\u{202e}b"), "message"),
        ("message", json!("a\u{200d}b"), "message"),
        ("message", json!("<b>"), "message"),
        ("message", json!("&#60;"), "message"),
        ("message", json!("see corp.example"), "message"),
        ("reason", json!("a\u{2028}b"), "reason"),
    ]
}
