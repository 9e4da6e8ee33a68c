//! The schemas say what the parsers take and what is emitted. What every scenario emits is held against them in
//! [`machinery::world`].

#[path = "../../functions/close-project/src/event/examples.rs"]
mod event_examples;
#[path = "../../functions/invite/src/request/examples.rs"]
mod request_examples;

use jiff::Timestamp;
use machinery::contract::{delivered, detail, event};
use machinery::world::{invite, request, told, world};
use serde_json::{Value, json};

const REQUESTED: &str = "Customer Access Requested";

#[test]
fn the_sample_events_are_what_their_schemas_say() {
    let direct = json(include_str!("../../infra/events/invite/direct.json"));
    assert_eq!(detail(REQUESTED, &direct), Ok(()));
    let withdrawn = json(include_str!("../../infra/events/close-project/withdraw.json"));
    assert_eq!(detail("Customer Access Withdrawn", &withdrawn), Ok(()));
    let http = json(include_str!("../../infra/events/invite/http-api.json"));
    assert_eq!(detail(REQUESTED, &json(http["body"].as_str().unwrap())), Ok(()));
    for bare in [
        include_str!("../../infra/events/close-project/customer-access-withdrawn.json"),
        include_str!("../../infra/events/close-project/project-closed.json"),
        include_str!("../../infra/events/close-project/project-reopened.json"),
    ] {
        assert_eq!(event(&json(bare)), Ok(()));
    }
    for batch in [
        include_str!("../../infra/events/invite/queue.json"),
        include_str!("../../infra/events/close-project/queue.json"),
    ] {
        for record in json(batch)["Records"].as_array().unwrap() {
            assert_eq!(event(&json(record["body"].as_str().unwrap())), Ok(()));
        }
    }
}

#[test]
fn a_request_that_is_understood_fits_its_schema() {
    use request_examples::{NOW, change, customers, expiries, group_by_id};
    let mut requests = vec![change(&[]), change(&[("group", group_by_id())])];
    requests.extend(customers().into_iter().map(|(value, _)| change(&[("customers", value)])));
    requests.extend(expiries().into_iter().map(|(field, value, _, _)| change(&[(field, value)])));
    requests.push(change(&[("days", json!(u64::MAX))]));
    let nothing = ["org", "message", "reason", "expiresAt", "days"].map(|it| (it, Value::Null));
    requests.push(change(&nothing));
    for request in requests {
        assert!(
            invite::Request::parse(&request, instant(NOW), invite::Links::Refused).is_ok(),
            "{request}"
        );
        assert_eq!(detail(REQUESTED, &request), Ok(()));
    }
}

#[test]
fn a_request_that_is_refused_for_its_form_does_not_fit_but_where_only_a_parser_can_tell() {
    use request_examples::{NOW, change, wrong};
    let many: Vec<Value> =
        (0..1_001).map(|it| json!({ "email": format!("c{it}@x.example") })).collect();
    let mut requests: Vec<(Value, &str)> = wrong()
        .into_iter()
        .map(|(field, value, problem)| (change(&[(field, value)]), problem))
        .collect();
    let both = change(&[("expiresAt", json!("2027-02-01T00:00:00Z")), ("days", json!(3))]);
    requests.extend([
        (both, "expiresAt"),
        (change(&[("customers", json!(many))]), "customers"),
        (json!({}), "project group customers sponsor"),
        (json!([]), "request"),
    ]);
    let mut fits = Vec::new();
    for (request, problem) in requests {
        assert!(
            invite::Request::parse(&request, instant(NOW), invite::Links::Refused).is_err(),
            "{request}"
        );
        if detail(REQUESTED, &request).is_ok() {
            fits.push(problem);
        }
    }
    // In one text: more than 1,000 addresses, and one that is none. Then an address that is too long, two roles of one address, an
    // instant that is past, an id in another normal form, and a message with a link.
    let expected = [
        "customers",
        "customers[2].email",
        "customers[0].email",
        "customers[1].role",
        "expiresAt",
        "project.id",
        "message",
    ];
    assert_eq!(fits, expected);
}

#[test]
fn a_project_event_fits_its_schema_if_it_is_understood() {
    use event_examples::{NOW, event as example, well_formed, wrong};
    for (kind, said, ..) in well_formed() {
        let example = example(kind, "corp", &said);
        assert!(close_project::Event::parse(&example, instant(NOW)).is_ok(), "{example}");
        assert_eq!(event(&example), Ok(()));
    }
    let mut fits = Vec::new();
    for (kind, said, problem) in wrong() {
        let example = example(kind, "corp", &said);
        assert!(close_project::Event::parse(&example, instant(NOW)).is_err(), "{example}");
        if event(&example).is_ok() {
            fits.push(problem);
        }
    }
    assert_eq!(fits, ["detail.closedAt must not lie more than five minutes ahead"]);
    for field in ["id", "source", "account", "detail-type", "time", "detail"] {
        let mut example = example("Project Closed", "corp", &json!({ "projectId": "P-42" }));
        example.as_object_mut().unwrap().remove(field);
        assert!(close_project::Event::parse(&example, instant(NOW)).is_err(), "{field}");
        assert!(event(&example).is_err(), "{field}");
    }
}

#[tokio::test]
async fn an_emitted_event_without_one_of_its_fields_does_not_fit_and_a_further_field_is_left_alone()
{
    let world = world().await;
    invite(&world, request("P-42", "Acme", "ana@acme.example")).await;
    let emitted = delivered(&told(&world, "Customer Invited")[0]);
    let fields: Vec<String> = emitted["detail"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(fields.len(), 10);
    for field in fields {
        let mut less = emitted.clone();
        less["detail"].as_object_mut().unwrap().remove(&field);
        assert!(event(&less).is_err(), "{field}");
    }
    let mut more = emitted;
    more["detail"]["more"] = json!([1]);
    assert_eq!(event(&more), Ok(()));
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn instant(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}
