//! One person out, now, with proof: access is withdrawn by name.

use jiff::SignedDuration;
use lanyard_local::batch;
use machinery::doors::failures;
use machinery::world::{
    World, event, grants, invite, join, request, seat, sweep, told, with, world, world_with,
};
use salesforce_simulator::{Fault, FaultKind};
use serde_json::{Value, json};

const ANA: &str = "ana@acme.example";
const BO: &str = "bo@acme.example";

#[tokio::test]
async fn who_is_named_is_out_at_once_with_proof_and_nobody_else() {
    for door in ["direct", "event", "queue"] {
        let world = world().await;
        join(&world, "P-1", "Acme", ANA).await;
        join(&world, "P-1", "Acme", BO).await;
        invite(&world, request("P-2", "Beta", ANA)).await;
        let named =
            json!({ "customers": [" Ana@acme.example"], "withdrawnBy": "kim", "reason": "left" });
        withdraw(&world, door, &named).await;

        assert_eq!(seat(&world, ANA), "inactive", "{door}");
        assert_eq!(seat(&world, BO), "active in Acme", "{door}");
        let ended = "ended withdrawn proven 0";
        let expected = [format!("P-1 member {ended}"), format!("P-2 member {ended}")];
        let mut grants = grants(&world, ANA).await;
        grants.sort();
        assert_eq!(grants, expected, "{door}");
        let told = told(&world, "Customer Access Ended");
        assert_eq!(told.len(), 2, "{door}");
        assert!(told.iter().all(|it| it.detail["reason"] == "withdrawn"), "{door}");
    }
}

#[tokio::test]
async fn only_what_is_named_of_a_customer_is_withdrawn() {
    for (fields, expected) in [
        (json!({ "projectId": " P-1 " }), "active in Beta"),
        (json!({ "group": { "name": "BETA" } }), "active in Acme"),
        (json!({ "projectId": "P-1", "group": { "name": "beta" } }), "active in Acme, Beta"),
        (json!({}), "inactive"),
    ] {
        let world = world().await;
        join(&world, "P-1", "Acme", ANA).await;
        invite(&world, request("P-2", "Beta", ANA)).await;
        let report = withdraw(&world, "direct", &with(json!({ "customers": ANA }), &fields)).await;
        assert_eq!(seat(&world, ANA), expected, "{fields}");
        let unmatched = u64::from(expected == "active in Acme, Beta");
        assert_eq!(report["unmatched"].as_u64().unwrap_or(0), unmatched, "{fields}: {report}");
    }
}

#[tokio::test]
async fn a_withdrawal_is_kept_while_salesforce_is_away_and_takes_nothing_that_was_asked_for_later()
{
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    let withdrawn = event(&world, "Customer Access Withdrawn", &json!({ "customers": ANA }));
    world.org().add_fault(Fault::always(FaultKind::DropBefore));
    let left = world.close_project(batch([withdrawn.to_string().as_str()])).await.unwrap();
    assert_eq!(failures(&left), ["m-0"], "it comes again");
    world.org().clear_faults();
    world.pass(SignedDuration::from_mins(20));
    sweep(&world).await;
    assert_eq!(seat(&world, ANA), "inactive", "recorded, so the night ends it");

    world.pass(SignedDuration::from_mins(20));
    invite(&world, request("P-1", "Acme", ANA)).await;
    assert_eq!(seat(&world, ANA), "active in Acme");
    world.close_project(withdrawn).await.unwrap();
    assert_eq!(seat(&world, ANA), "active in Acme", "asked for later");
}

#[tokio::test]
async fn withdrawals_are_never_held_by_the_brake() {
    let world = world_with(|setup| setup.policy.maximum_ends_per_run = 1).await;
    for email in [ANA, BO, "cy@acme.example"] {
        join(&world, "P-1", "Acme", email).await;
    }
    let named = json!({ "customers": [ANA, { "email": BO }, "cy@acme.example"] });
    let report = withdraw(&world, "direct", &named).await;
    assert_eq!((&report["ended"], &report["held"]), (&json!(3), &json!(0)), "{report}");
}

#[tokio::test]
async fn what_is_wrong_is_named_and_nothing_is_done() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    let ahead = world.now() + SignedDuration::from_mins(6);
    for (fields, expected) in [
        (json!({ "customers": null }), "customers is missing"),
        (json!({ "customers": [] }), "customers must name 1 to 1,000 customers"),
        (json!({ "customers": [7] }), "customers must be a list"),
        (json!({ "customers": [ANA, "nobody"] }), "customers[1] "),
        (json!({ "org": "Main" }), "org must be"),
        (json!({ "projectId": "" }), "projectId must be"),
        (json!({ "group": {} }), "group must have exactly one of id and name"),
        (json!({ "group": { "id": "001" } }), "group.id must be"),
        (json!({ "group": { "name": "x".repeat(41) } }), "group.name must have at most 40"),
        (json!({ "withdrawnAt": "today" }), "withdrawnAt "),
        (json!({ "withdrawnAt": ahead }), "withdrawnAt must not lie more than five minutes ahead"),
        (json!({ "reason": "x".repeat(1_001) }), "reason must have at most 1,000 characters"),
        // What was meant to narrow it must not widen it to all that the customer has.
        (
            json!({ "project": { "id": "P-1" } }),
            "project is not known; known are customers, org, projectId",
        ),
        (json!({ "groupId": "0F9000000000001AAA" }), "groupId is not known"),
    ] {
        let named = with(json!({ "customers": ANA }), &fields);
        let error = world.close_project(named.clone()).await.unwrap_err();
        assert_eq!(error.error_type, "INVALID_REQUEST", "{fields}");
        assert!(error.message.starts_with(expected), "{fields}: {}", error.message);
        let event = event(&world, "Customer Access Withdrawn", &named);
        let error = world.close_project(event).await.unwrap_err();
        assert!(error.message.contains(expected), "{fields}: {}", error.message);
    }
    assert_eq!(seat(&world, ANA), "active in Acme");
}

#[tokio::test]
async fn a_payload_that_is_no_object_is_named_too() {
    let world = world().await;
    for payload in [json!([]), json!("ana@acme.example"), json!(null)] {
        let error = world.close_project(payload).await.unwrap_err();
        assert_eq!(error.message, "payload must be a JSON object");
    }
}

/// Withdraws by one of the doors, and returns the report or the answer to the batch.
async fn withdraw(world: &World, door: &str, named: &Value) -> Value {
    let event = event(world, "Customer Access Withdrawn", named);
    let payload = match door {
        "direct" => named.clone(),
        "event" => event,
        _ => batch([event.to_string().as_str()]),
    };
    let answer = world.close_project(payload).await.expect("it is withdrawn");
    if door == "queue" {
        assert!(failures(&answer).is_empty());
    }
    answer
}
