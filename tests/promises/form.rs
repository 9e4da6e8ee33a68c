//! The form of a request: every fault is named by its field, and one fault means that nothing is done.

use machinery::world::{invite, outcomes, request, table, text, with, world};
use serde_json::{Value, json};

#[tokio::test]
async fn every_fault_of_form_is_named_and_nothing_at_all_is_done() {
    let world = world().await;
    let before = table(&world).await;
    for (field, asked) in faults() {
        let answer = world.invite(asked.clone()).await.expect("an answer, not a function error");
        assert_eq!(answer["error"]["code"], "INVALID_REQUEST", "{field}: {asked}");
        let problems = answer["error"]["problems"].as_array().expect("problems");
        let fields: Vec<String> = problems.iter().map(|problem| text(&problem["field"])).collect();
        assert_eq!(fields, [field], "{asked}");
        assert!(!text(&problems[0]["message"]).is_empty());
        assert!(!text(&answer["error"]["fix"]).is_empty());
    }
    assert_eq!(table(&world).await, before);
    assert_eq!(world.org().calls(), [], "Salesforce was not even asked");
    assert_eq!(world.events(), []);
}

#[tokio::test]
async fn all_faults_of_a_request_are_told_together() {
    let world = world().await;
    let asked = json!({
        "org": "Main!", "project": {}, "group": {}, "customers": ["ana@acme.example", { "email": "bo" }],
        "days": 0, "sponsor": 7,
    });
    let answer = world.invite(asked).await.expect("an answer");
    let problems = answer["error"]["problems"].as_array().expect("problems").iter();
    let fields: Vec<String> = problems.map(|problem| text(&problem["field"])).collect();
    assert_eq!(
        fields,
        ["org", "project.id", "group", "customers[0]", "customers[1].email", "sponsor", "days"]
    );
}

#[tokio::test]
async fn addresses_may_be_one_text_with_commas_semicolons_or_white_space_between() {
    let world = world().await;
    let customers =
        " Ana@acme.example, bo@acme.example;cy@acme.example\tdee@acme.example\n,;eve@acme.example ";
    assert_eq!(
        invite(&world, request("P-1", "Acme", customers)).await,
        "ana@acme.example invited, bo@acme.example invited, cy@acme.example invited, dee@acme.example invited, \
         eve@acme.example invited"
    );
}

#[tokio::test]
async fn one_address_twice_or_in_two_spellings_is_one_customer() {
    let world = world().await;
    let customers = json!([
        { "email": "ana@acme.example" }, { "email": " ANA@Acme.Example " }, { "email": "ana@acme.example", "role": "member" },
    ]);
    assert_eq!(invite(&world, request("P-1", "Acme", customers)).await, "ana@acme.example invited");
    assert_eq!(
        invite(&world, request("P-1", "Acme", "Ana@acme.example;ana@ACME.example")).await,
        "ana@acme.example unchanged"
    );
    assert_eq!(world.org().mails().len(), 1);
}

#[tokio::test]
async fn what_is_allowed_at_the_edge_is_taken() {
    let world = world().await;
    let mut asked =
        request(&"p".repeat(128), &"g".repeat(40), format!("{}@acme.example", "a".repeat(64)));
    asked["project"]["name"] = json!("n".repeat(200));
    asked["group"]["description"] = json!("d".repeat(1_000));
    let asked = with(
        asked,
        &json!({ "message": "m".repeat(255), "reason": "r".repeat(1_000), "unknown": true }),
    );

    let with_days = with(asked.clone(), &json!({ "days": 365 }));
    assert!(invite(&world, with_days).await.ends_with(" invited"));
    let in_an_hour = with(
        asked,
        &json!({ "expiresAt": "2027-01-04T11:00:00+01:00", "days": null, "org": null }),
    );
    let answer = world.invite(in_an_hour).await.expect("an answer");
    assert!(outcomes(&answer).ends_with(" updated"), "{answer}");
    assert_eq!(answer["customers"][0]["expiresAt"], "2027-01-04T10:00:00Z", "answers are in UTC");
}

#[tokio::test]
async fn a_thousand_and_one_customers_are_too_many() {
    let world = world().await;
    let many: Vec<Value> =
        (0..1_001).map(|number| json!({ "email": format!("c{number}@acme.example") })).collect();
    let answer = world.invite(request("P-1", "Acme", many)).await.expect("an answer");
    assert_eq!(answer["error"]["problems"][0]["field"], "customers");
}

/// Requests with one fault each, and the field in which it is.
fn faults() -> Vec<(&'static str, Value)> {
    let mut faults = vec![("request", json!([])), ("request", json!("invite ana"))];
    for (field, change) in whereto().into_iter().chain(who()).chain(terms()) {
        faults.push((field, with(request("P-1", "Acme", "ana@acme.example"), &change)));
    }
    faults
}

fn whereto() -> Vec<(&'static str, Value)> {
    vec![
        ("org", json!({ "org": "Main" })),
        ("org", json!({ "org": "" })),
        ("org", json!({ "org": "-main" })),
        ("org", json!({ "org": 7 })),
        ("org", json!({ "org": "a".repeat(33) })),
        ("project", json!({ "project": null })),
        ("project", json!({ "project": "P-1" })),
        ("project.id", json!({ "project": {} })),
        ("project.id", json!({ "project": { "id": "" } })),
        ("project.id", json!({ "project": { "id": "P\n1" } })),
        ("project.id", json!({ "project": { "id": 42 } })),
        ("project.id", json!({ "project": { "id": "p".repeat(129) } })),
        ("project.name", json!({ "project": { "id": "P-1", "name": "n".repeat(201) } })),
        ("project.name", json!({ "project": { "id": "P-1", "name": ["Acme"] } })),
        ("group", json!({ "group": null })),
        ("group", json!({ "group": [] })),
        ("group", json!({ "group": {} })),
        ("group", json!({ "group": { "id": "0F9000000000001", "name": "Acme" } })),
        ("group.id", json!({ "group": { "id": "005000000000001" } })),
        ("group.id", json!({ "group": { "id": "0F9' OR Name != '" } })),
        ("group.id", json!({ "group": { "id": "0F900000000000" } })),
        ("group.name", json!({ "group": { "name": "g".repeat(41) } })),
        ("group.name", json!({ "group": { "name": "  " } })),
        ("group.name", json!({ "group": { "name": true } })),
        (
            "group.description",
            json!({ "group": { "name": "Acme", "description": "d".repeat(1_001) } }),
        ),
        ("group.allowCustomers", json!({ "group": { "name": "Acme", "allowCustomers": "yes" } })),
    ]
}

fn who() -> Vec<(&'static str, Value)> {
    vec![
        ("customers", json!({ "customers": null })),
        ("customers", json!({ "customers": [] })),
        ("customers", json!({ "customers": " ,; " })),
        ("customers", json!({ "customers": { "email": "ana@acme.example" } })),
        ("customers[0]", json!({ "customers": ["ana@acme.example"] })),
        ("customers[0].email", json!({ "customers": [{ "role": "member" }] })),
        ("customers[0].email", json!({ "customers": [{ "email": 7 }] })),
        (
            "customers[1].email",
            json!({ "customers": [{ "email": "ana@acme.example" }, { "email": "bo" }] }),
        ),
        (
            "customers[2].email",
            json!({ "customers": "ana@acme.example,bo@acme.example;cy at acme".replace(' ', "") }),
        ),
        ("customers[1].email", json!({ "customers": "ana@acme.example \"bo\"@acme.example" })),
        ("customers[0].email", json!({ "customers": "ana@münchen.example" })),
        ("customers[0].email", json!({ "customers": format!("ana@{}.example", "a".repeat(70)) })),
        (
            "customers[0].role",
            json!({ "customers": [{ "email": "ana@acme.example", "role": "owner" }] }),
        ),
        (
            "customers[1].role",
            json!({ "customers": [{ "email": "ana@acme.example" }, { "email": "ANA@acme.example", "role": "manager" }] }),
        ),
    ]
}

fn terms() -> Vec<(&'static str, Value)> {
    vec![
        ("message", json!({ "message": "m".repeat(256) })),
        ("message", json!({ "message": {} })),
        ("sponsor", json!({ "sponsor": null })),
        ("sponsor", json!({ "sponsor": "Kim" })),
        ("reason", json!({ "reason": "r".repeat(1_001) })),
        ("expiresAt", json!({ "expiresAt": "2027-02-01T00:00:00" })),
        ("expiresAt", json!({ "expiresAt": "2027-02-01" })),
        ("expiresAt", json!({ "expiresAt": "2027-02-01 00:00:00Z" })),
        ("expiresAt", json!({ "expiresAt": "2027-02-01T00:00:00Z[UTC]" })),
        ("expiresAt", json!({ "expiresAt": "never" })),
        ("expiresAt", json!({ "expiresAt": 1_801_440_000 })),
        ("expiresAt", json!({ "expiresAt": "2027-01-04T09:59:59Z" })),
        ("expiresAt", json!({ "expiresAt": "2026-01-01T00:00:00Z" })),
        ("expiresAt", json!({ "expiresAt": "2027-02-01T00:00:00Z", "days": 5 })),
        ("days", json!({ "days": 0 })),
        ("days", json!({ "days": -1 })),
        ("days", json!({ "days": 1.5 })),
        ("days", json!({ "days": "30" })),
    ]
}
