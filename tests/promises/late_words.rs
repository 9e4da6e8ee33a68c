//! Words that arrive in another order than they were said: what is over stays over, and nothing more is taken than was meant.

use jiff::SignedDuration;
use machinery::world::{
    World, close, days, event, grants, invite, join, minutes, reopened, request, seat, sweep, with,
    world,
};
use serde_json::{Value, json};

const ANA: &str = "ana@acme.example";

async fn withdraw(world: &World, fields: Value) -> Value {
    let named = with(json!({ "customers": ANA }), &fields);
    world.close_project(named).await.expect("it is withdrawn")
}

fn dated(world: &World, group: &str, project: &str, at: jiff::Timestamp) -> Value {
    let _ = world;
    with(request(project, group, ANA), &json!({ "requestedAt": at, "days": 30 }))
}

/// The grant had expired and ended; then she was withdrawn; a request of before the withdrawal comes late.
#[tokio::test]
async fn a_withdrawal_of_somebody_whose_access_has_just_ended_keeps_an_older_request_out() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    invite(&world, with(request("P-1", "Acme", ANA), &json!({ "days": 1 }))).await;
    world.pass(days(1) + minutes(10));
    sweep(&world).await;
    assert_eq!(seat(&world, ANA), "inactive");
    world.pass(minutes(60));
    let asked = world.now();
    world.pass(minutes(60));
    let report = withdraw(&world, json!({})).await;
    assert_eq!(report["unmatched"].as_u64().unwrap_or(0), 0, "{report}");
    world.pass(minutes(10));
    let answer = invite(&world, dated(&world, "Acme", "P-1", asked)).await;
    assert_eq!(
        (answer.as_str(), seat(&world, ANA).as_str()),
        ("ana@acme.example superseded", "inactive")
    );
}

/// All that she has in the org is withdrawn; a request of before the withdrawal, for another project, comes late.
#[tokio::test]
async fn a_withdrawal_of_all_keeps_an_older_request_for_another_project_out() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    world.pass(minutes(60));
    let asked = world.now();
    world.pass(minutes(60));
    withdraw(&world, json!({})).await;
    assert_eq!(seat(&world, ANA), "inactive");
    world.pass(minutes(10));
    invite(&world, dated(&world, "Beta", "P-2", asked)).await;
    assert_eq!(seat(&world, ANA), "inactive");
}

/// Direct withdrawal in the middle of a second; a request that the bus dates by that second comes after the end.
#[tokio::test]
async fn of_one_second_the_withdrawal_counts_also_when_the_end_is_done() {
    for later in [0, 400] {
        let world = world().await;
        join(&world, "P-1", "Acme", ANA).await;
        let whole =
            jiff::Timestamp::from_second(world.now().as_second() + 60).expect("it goes well");
        world.pass_until(whole + SignedDuration::from_millis(300));
        let at = world.now();
        world.pass(SignedDuration::from_millis(later));
        withdraw(&world, json!({ "withdrawnAt": at })).await;
        assert_eq!(seat(&world, ANA), "inactive");
        world.pass(minutes(1));
        let answer = invite(&world, dated(&world, "Acme", "P-1", whole)).await;
        assert_eq!(answer, "ana@acme.example superseded", "{later}: {}", seat(&world, ANA));
    }
}

/// Withdrawn, given back by hand, which is drift, taken away by hand again; then the first request is replayed.
#[tokio::test]
async fn a_replay_after_a_withdrawal_and_a_drift_is_superseded() {
    replay_after_drift("withdrawn").await;
}

async fn replay_after_drift(how: &str) {
    {
        let world = world().await;
        let asked = world.now();
        let first = dated(&world, "Acme", "P-1", asked);
        invite(&world, first.clone()).await;
        world.org().accept_from("Acme", ANA).expect("it goes well");
        world.pass(minutes(30));
        sweep(&world).await;
        if how == "withdrawn" {
            withdraw(&world, json!({})).await;
        } else {
            close(&world, "P-1").await;
        }
        assert_eq!(seat(&world, ANA), "inactive");
        world.org().activate(ANA).expect("it goes well");
        world.org().add_member("Acme", ANA, "Standard").expect("it goes well");
        world.pass(days(1));
        sweep(&world).await;
        assert!(grants(&world, ANA).await.is_empty(), "{:?}", grants(&world, ANA).await);
        // A person took it away for good.
        world.org().remove_member("Acme", ANA).expect("it goes well");
        world.org().deactivate(ANA).expect("it goes well");
        if how == "closed" {
            world.pass(minutes(5));
            world.close_project(reopened(&world, "P-1")).await.expect("it goes well");
        }
        world.pass(days(1));
        let answer = invite(&world, first).await;
        assert_eq!(answer, "ana@acme.example superseded", "{how}: {}", seat(&world, ANA));
        assert_eq!(seat(&world, ANA), "inactive", "{how}");
    }
}

/// A request that Salesforce refuses, a withdrawal, and the request again.
#[tokio::test]
async fn an_event_replayed_after_withdrawal_and_renewal_changes_nothing() {
    let world = world().await;
    let first = dated(&world, "Acme", "P-1", world.now());
    invite(&world, first.clone()).await;
    world.org().accept_from("Acme", ANA).expect("it goes well");
    world.pass(minutes(30));
    sweep(&world).await;
    world.pass(minutes(30));
    let second = dated(&world, "Acme", "P-1", world.now());
    let withdrawn = world.now() + minutes(10);
    world.pass(minutes(20));
    let withdrawal = event(
        &world,
        "Customer Access Withdrawn",
        &json!({ "customers": ANA, "withdrawnAt": withdrawn }),
    );
    let third = dated(&world, "Acme", "P-1", world.now());
    invite(&world, third.clone()).await;
    for payload in [&first, &second] {
        assert_eq!(invite(&world, payload.clone()).await, "ana@acme.example superseded");
    }
    world.close_project(withdrawal).await.expect("it goes well");
    assert_eq!(seat(&world, ANA), "active in Acme");
    world.pass(minutes(20));
    withdraw(&world, json!({})).await;
    for payload in [&first, &second, &third] {
        assert_eq!(invite(&world, payload.clone()).await, "ana@acme.example superseded");
    }
    for day in [1, 6, 23, 30] {
        world.pass(days(day));
        sweep(&world).await;
        for payload in [&first, &second, &third] {
            let answer = invite(&world, payload.clone()).await;
            assert!(answer.ends_with("superseded") || answer == "INVALID_REQUEST", "{answer}");
        }
    }
    assert_eq!(seat(&world, ANA), "inactive");
}

/// The end of her access is stuck when she is withdrawn; a request of before the withdrawal comes late.
#[tokio::test]
async fn a_withdrawal_of_somebody_whose_end_is_stuck_keeps_an_older_request_out() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    invite(&world, with(request("P-1", "Acme", ANA), &json!({ "days": 1 }))).await;
    world.org().block_deactivation(None, "a rule").expect("it goes well");
    world.pass(days(1) + minutes(10));
    let _ = world.sweep(json!({})).await;
    assert_eq!(grants(&world, ANA).await, ["P-1 member ending expired stuck"]);
    world.pass(minutes(60));
    let asked = world.now();
    world.pass(minutes(60));
    let _ = world.close_project(json!({ "customers": ANA })).await;
    world.pass(minutes(10));
    world.org().unblock_deactivation();
    let answer = invite(&world, dated(&world, "Acme", "P-1", asked)).await;
    assert_eq!(
        answer,
        "ana@acme.example superseded",
        "{} {:?}",
        seat(&world, ANA),
        grants(&world, ANA).await
    );
}

/// Withdrawn for one project, then for all, then an older request for the first in any order.
#[tokio::test]
async fn words_in_any_order_come_to_the_same() {
    // r = request dated so many minutes, w = withdrawal, c = close, o = reopening; in the order of arrival; is she in?
    for (story, expected) in [
        ("r1 w2", false),
        ("r1 w2 r3", false),
        ("r1 r3 w2", true),
        ("r3 w2 r1", true),
        ("r1 w4 r3 r2", false),
        ("r1 c2 w3 r2", false),
        ("r1 w2 c3 r2", false),
        ("r1 c2 o3 r4", false),
        ("r1 c2 o4 r3", false),
        ("r1 w3 r4 w2", false),
        ("r1 w3 w2 r4", false),
        ("r1 c2 o3 w5 r4", false),
    ] {
        let world = world().await;
        // Known in another project, so that nobody is unmatched.
        join(&world, "P-9", "Other", ANA).await;
        world.pass(minutes(10));
        let start = world.now();
        world.pass(minutes(10));
        for word in story.split(' ') {
            let (kind, minute) = word.split_at(1);
            let at = start + minutes(minute.parse().expect("it goes well"));
            world.pass(minutes(1));
            match kind {
                "r" => {
                    invite(&world, dated(&world, "Acme", "P-1", at)).await;
                }
                "w" => {
                    withdraw(&world, json!({ "withdrawnAt": at, "projectId": "P-1" })).await;
                }
                "c" => {
                    let _ = world
                        .close_project(event(
                            &world,
                            "Project Closed",
                            &json!({ "projectId": "P-1", "closedAt": at }),
                        ))
                        .await;
                }
                _ => {
                    let _ = world
                        .close_project(event(
                            &world,
                            "Project Reopened",
                            &json!({ "projectId": "P-1", "reopenedAt": at }),
                        ))
                        .await;
                }
            }
        }
        let is_in = seat(&world, ANA).contains("Acme");
        // What is asked for before the end is superseded, as the contract has it.
        assert_eq!(is_in, expected, "{story}: {:?}", grants(&world, ANA).await);
    }
}

/// A withdrawal that somebody only wants to see beforehand, as a sweep can be.
#[tokio::test]
async fn a_withdrawal_with_dry_run_ends_nobody() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    let _ = world.close_project(json!({ "customers": ANA, "dryRun": true })).await;
    assert_eq!(seat(&world, ANA), "active in Acme");
}

/// A misspelt org, or the id of a grant as events have it.
#[tokio::test]
async fn a_withdrawal_that_is_meant_for_another_org_or_one_grant_ends_nothing_else() {
    let mut wrong = Vec::new();
    for field in [
        json!({ "organization": "second" }),
        json!({ "grantId": "00000000000000000000000000000009" }),
    ] {
        let world = world().await;
        join(&world, "P-1", "Acme", ANA).await;
        let _ = world.close_project(with(json!({ "customers": ANA }), &field)).await;
        if seat(&world, ANA) != "active in Acme" {
            wrong.push(field);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}
