//! A field that nobody knows is told with the field that was probably meant, and changes nothing else.

use lanyard_local::batch;
use machinery::doors::{failures, post};
use machinery::world::{World, closed, event, grants, join, outcomes, request, text, with, world};
use serde_json::{Value, json};

use crate::logs::Log;

const ANA: &str = "ana@acme.example";

#[tokio::test]
async fn a_misspelt_field_is_a_warning_that_names_the_field_that_is_meant_and_nothing_else() {
    let asked = || {
        let mut asked = request("P-1", "Acme", json!([{ "email": ANA, "rolle": "manager" }]));
        asked["group"]["nmae"] = json!("Beta");
        with(asked, &json!({ "day": 10, "ana@secret.example": 1, "reason": null, "Reasno": null }))
    };
    for door in ["direct", "http"] {
        let world = world().await;
        let answer = if door == "direct" {
            world.invite(asked()).await.expect("an answer")
        } else {
            let (status, answer, _) = post(&world, &asked()).await;
            assert_eq!(status, 200, "{answer}");
            answer
        };
        assert_eq!(outcomes(&answer), "ana@acme.example invited", "{door}");
        assert_eq!(answer["customers"][0]["expiresAt"], "2027-04-04T09:00:00Z", "90 days");
        assert_eq!(
            warned(&answer),
            [
                "request of nothing",
                "customers[0].rolle of customers[0].role",
                "day of days",
                "group.nmae of group.name",
            ]
        );
        assert!(!answer.to_string().contains("secret"), "{answer}");
        assert_eq!(grants(&world, ANA).await, ["P-1 member invited"], "{door}");
    }
}

#[tokio::test]
async fn what_comes_too_late_to_change_anything_is_warned_of_too() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    let late = json!({ "requestedAt": "2027-01-01T00:00:00Z", "day": 10 });
    let answer = world.invite(with(request("P-1", "Acme", ANA), &late)).await.expect("an answer");
    assert_eq!(outcomes(&answer), "ana@acme.example superseded");
    assert_eq!(warned(&answer), ["day of days"]);
}

#[tokio::test]
async fn a_batch_is_done_with_and_the_log_names_what_was_meant_and_never_what_was_sent() {
    let world = world().await;
    let log = Log::default();
    let asked = with(request("P-1", "Acme", ANA), &json!({ "day": 10, "zzqx": 1 }));
    let requested = event(&world, "Customer Access Requested", &asked).to_string();
    let answer = log.invite(&world, batch([requested.as_str()])).await.expect("an answer");
    assert!(failures(&answer).is_empty());
    assert_eq!(grants(&world, ANA).await, ["P-1 member invited"]);

    let mut closed = closed(&world, "P-1");
    closed["detail"]["closedOn"] = json!("2027-01-04T00:00:00Z");
    closed["detail"]["zzqx"] = json!(1);
    let answer = log.close(&world, batch([closed.to_string().as_str()])).await.expect("an answer");
    assert!(failures(&answer).is_empty());

    let lines = log.lines();
    let meant: Vec<String> = lines
        .iter()
        .filter(|line| line["code"] == "UNKNOWN_FIELD")
        .map(|line| format!("{} {} {}", text(&line["project"]), line["fields"], line["meant"]))
        .collect();
    assert_eq!(meant, ["P-1 2 \"days\"", "P-1 2 \"detail.closedAt\""]);
    assert!(!lines.iter().any(|line| line.to_string().contains("zzqx")), "a key is logged");
}

#[tokio::test]
async fn a_project_event_by_hand_is_answered_with_what_it_has_that_is_not_known() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    let mut closed = closed(&world, "P-1");
    closed["detail"]["closedat"] = json!("2027-01-04T00:00:00Z");
    closed["detail"]["org "] = json!("other");
    let report = world.close_project(closed).await.expect("a report");
    assert_eq!(report["proven"], 1);
    assert_eq!(warned(&report), ["detail.closedat of detail.closedAt", "detail of detail.org"]);

    let report = world.close_project(event_of_reopening(&world)).await.expect("a report");
    assert_eq!(report.get("warnings"), None, "there is nothing to warn of");
}

#[tokio::test]
async fn whoever_repeats_the_customers_of_a_request_may_withdraw_them_but_no_further_field_narrows_it()
 {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    for (named, expected) in [
        (
            json!({ "customers": [{ "email": ANA, "projectId": "P-2" }] }),
            "customers[0].projectId is not known",
        ),
        (
            json!({ "customers": ANA, "group": { "name": "Acme", "org": "other" } }),
            "group.org is not known",
        ),
        (json!({ "customers": [{ "email": ANA, ANA: 1 }] }), "customers[0].a field is not known"),
    ] {
        let error = world.close_project(named).await.expect_err("it is refused");
        assert!(error.message.starts_with(expected), "{}", error.message);
        assert_eq!(grants(&world, ANA).await, ["P-1 member active"]);
    }
    let named = json!({ "customers": [{ "email": ANA, "role": "member" }] });
    world.close_project(named).await.expect("a report");
    assert_eq!(grants(&world, ANA).await, ["P-1 member ended withdrawn proven 0"]);
}

fn event_of_reopening(world: &World) -> Value {
    event(world, "Project Reopened", &json!({ "projectId": "P-1", "reopenedBy": "kim" }))
}

/// The warnings of fields that are not known, each with the field that is meant.
fn warned(answer: &Value) -> Vec<String> {
    let warnings = answer["warnings"].as_array().expect("a list").iter();
    let warned = warnings.map(|it| {
        assert_eq!(it["code"], "UNKNOWN_FIELD");
        assert!(!text(&it["message"]).is_empty() && !text(&it["fix"]).is_empty());
        let nearest = it["nearest"].as_str().unwrap_or("nothing");
        format!("{} of {nearest}", text(&it["field"]))
    });
    warned.collect()
}
