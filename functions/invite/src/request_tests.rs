use access::{Email, OrgAlias, Policy, Role};
use chatter::GroupName;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Request;

const NOW: &str = "2027-01-01T00:00:00Z";

#[test]
fn what_may_be_left_out_has_its_default() {
    let request = parse(&change(&[("customers", json!("Ana@Acme.example"))])).unwrap();
    assert_eq!(request.org, OrgAlias::default());
    assert_eq!(request.project.as_str(), "P-42");
    assert_eq!(request.group, GroupName::Name("Acme rollout".to_owned()));
    let new = request.new_group.expect("it may be created");
    assert_eq!((new.name.as_str(), new.description), ("Acme rollout", None));
    assert!(!request.allow_customers);
    assert_eq!(request.customers, [(email("ana@acme.example"), Role::Member)]);
    assert_eq!(request.sponsor, email("kim@corp.example"));
    assert_eq!((request.message, request.reason, request.expires_at), (None, None, None));
    assert_eq!(request.project_name, None);
}

#[test]
fn customers_are_a_list_or_one_text_and_each_address_counts_once() {
    for (customers, expected) in [
        (json!("a@x.example,b@x.example;\n c@x.example\t,"), "a member, b member, c member"),
        (json!("b@x.example, B@X.example a@x.example"), "b member, a member"),
        (
            json!([{ "email": " A@x.example " }, { "email": "b@x.example", "role": "manager" }]),
            "a member, b manager",
        ),
        (
            json!([{ "email": "a@x.example", "role": "manager" }, { "email": "a@x.example", "role": "manager" }]),
            "a manager",
        ),
        (json!([{ "email": "a@x.example", "role": null, "more": 1 }]), "a member"),
    ] {
        let request = parse(&change(&[("customers", customers.clone())])).unwrap();
        let told: Vec<String> = request
            .customers
            .iter()
            .map(|(email, role)| {
                format!("{} {}", email.as_str().replace("@x.example", ""), role.as_str())
            })
            .collect();
        assert_eq!(told.join(", "), expected, "{customers}");
    }
}

#[test]
fn each_problem_is_named_by_the_path_of_its_field() {
    let long = |length| json!("x".repeat(length));
    let many = |count: usize| {
        json!((0..count).map(|it| format!("c{it}@x.example")).collect::<Vec<_>>().join(" "))
    };
    for (field, value, expected) in [
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
        ("expiresAt", json!("2027-02-01T00:00:00+01:00[Europe/Paris]"), "expiresAt"),
        ("expiresAt", json!("2027-01-01T00:59:59Z"), "expiresAt"),
        ("expiresAt", json!(1_800_000_000), "expiresAt"),
        ("days", json!(0), "days"),
        ("days", json!(-1), "days"),
        ("days", json!(1.5), "days"),
        ("days", json!("30"), "days"),
    ] {
        let problems = parse(&change(&[(field, value.clone())])).expect_err("it is wrong");
        assert_eq!(problems, expected, "{field}: {value}");
    }
}

#[test]
fn all_problems_are_told_at_once_and_there_is_an_end_to_them() {
    let many: Vec<String> = (0..1_000).map(|it| format!("c{it}@x.example")).collect();
    assert_eq!(parse(&json!([])).unwrap_err(), "request");
    let both = change(&[("expiresAt", json!("2027-02-01T00:00:00Z")), ("days", json!(3))]);
    assert_eq!(parse(&both).unwrap_err(), "expiresAt");
    let all = parse(&json!({})).unwrap_err();
    assert_eq!(
        all, "project group customers sponsor",
        "every problem at once, in the order of the table"
    );
    assert!(parse(&change(&[("customers", json!(many.join(" ")))])).is_ok());
    let wrong = json!(vec![7; 1_000]);
    let problems = parse(&change(&[("customers", wrong)])).unwrap_err();
    assert_eq!(problems.split(' ').count(), 100, "an answer has an end");
}

#[test]
fn a_problem_never_repeats_what_was_sent() {
    let value =
        change(&[("customers", json!("ana@@secret.example")), ("sponsor", json!("kim secret"))]);
    let problems = Request::parse(&value, instant(NOW)).unwrap_err();
    assert_eq!(problems.len(), 2);
    assert!(problems.iter().all(|problem| !problem.message.contains("secret")), "{problems:?}");
}

#[test]
fn an_expiry_is_an_instant_or_a_number_of_days_and_no_longer_than_the_policy() {
    let policy = Policy::default();
    for (field, value, hours, is_beyond) in [
        ("expiresAt", json!("2027-01-01T01:00:00Z"), 1, false),
        ("expiresAt", json!("2027-01-03T01:00:00+01:00"), 48, false),
        ("days", json!(1), 24, false),
        ("days", json!(365), 365 * 24, false),
        ("days", json!(366), 366 * 24, true),
    ] {
        let request = parse(&change(&[(field, value.clone())])).unwrap();
        let expected = instant(NOW) + SignedDuration::from_hours(hours);
        assert_eq!(request.expires_at, Some(expected), "{value}");
        assert_eq!(request.is_beyond(&policy, instant(NOW)), is_beyond, "{value}");
    }
    for days in [json!(u32::MAX), json!(u64::MAX)] {
        let request = parse(&change(&[("days", days)])).unwrap();
        assert!(request.is_beyond(&policy, instant(NOW)));
    }
    let request = parse(&change(&[])).unwrap();
    assert!(
        !request.is_beyond(&policy, instant(NOW)),
        "the policy's own default is never beyond it"
    );
}

#[test]
fn a_group_by_id_is_never_created_and_may_be_spelt_short() {
    let group = json!({ "id": "0F9000000000001", "description": "x", "allowCustomers": true });
    let request = parse(&change(&[("group", group)])).unwrap();
    let GroupName::Id(id) = request.group else { panic!("it is an id") };
    assert_eq!(id.as_str().len(), 18);
    assert!(request.allow_customers && request.new_group.is_none());
}

/// The fields of the problems, in their order.
fn parse(value: &Value) -> Result<Request, String> {
    Request::parse(value, instant(NOW)).map_err(|problems| {
        problems.into_iter().map(|problem| problem.field).collect::<Vec<_>>().join(" ")
    })
}

/// The smallest request, with these fields instead.
fn change(fields: &[(&str, Value)]) -> Value {
    let mut request = json!({
        "project": { "id": "P-42" }, "group": { "name": " Acme rollout " },
        "customers": [{ "email": "ana@acme.example" }], "sponsor": "kim@corp.example",
    });
    for (field, value) in fields {
        request[field] = value.clone();
    }
    request
}

fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}
