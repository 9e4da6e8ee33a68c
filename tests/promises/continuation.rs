//! A run whose time is over leaves the rest to its continuation, a bounded number of times.

use std::collections::BTreeSet;
use std::time::Duration;

use lanyard_local::batch;
use machinery::doors::failures;
use machinery::world::{
    World, close, closed, counts, days, event, failed, grants, invite, join, lose_ledger, project,
    request, seat, sweep, text, told, with, world,
};
use serde_json::{Value, json};

/// Enough to look and not enough to begin anything.
const LITTLE: Duration = Duration::from_secs(15);

#[tokio::test]
async fn a_close_that_runs_out_of_time_goes_on_when_it_is_continued() {
    let mut world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    let enough = std::mem::replace(&mut world.remaining, LITTLE);

    let report = close(&world, "P-1").await;

    assert_eq!(counts(&report), "looked 1, deferred 1");
    assert_eq!(report["complete"], false);
    assert_eq!(seat(&world, "ana@acme.example"), "active in Acme");
    let asked = continuations(&world);
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0]["detail"]["function"], "close-project");
    assert_eq!(asked[0]["detail"]["projectId"], "P-1");

    world.remaining = enough;
    let answer = world.close_project(batch([asked[0].to_string().as_str()])).await.unwrap();

    assert_eq!(failures(&answer), Vec::<String>::new());
    assert_eq!(
        grants(&world, "ana@acme.example").await,
        ["P-1 member ended projectClosed proven 0"]
    );
    assert_eq!(project(&world, "P-1").await, "closed");
    assert_eq!(continuations(&world).len(), 1, "there is nothing to continue");
}

#[tokio::test]
async fn a_continuation_that_is_lost_is_made_up_for_by_the_next_sweep() {
    let mut world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    let enough = std::mem::replace(&mut world.remaining, LITTLE);
    close(&world, "P-1").await;

    world.remaining = enough;
    assert_eq!(counts(&sweep(&world).await), "looked 1, ended 1, proven 1");
}

#[tokio::test]
async fn a_continuation_that_has_no_time_for_anything_fails_and_asks_for_no_other() {
    let mut world = world().await;
    let asked = with(request("P-1", "Acme", "ana@acme.example"), &json!({ "days": 1 }));
    invite(&world, asked).await;
    world.pass(days(1));
    let enough = std::mem::replace(&mut world.remaining, LITTLE);
    sweep(&world).await;
    let next = continuations(&world).remove(0);

    let answer = world.sweep(batch([next.to_string().as_str()])).await.unwrap();

    let measured = world.metrics().pop().expect("a run");
    assert_eq!((&measured["Deferred"], &measured["Undone"]), (&json!(1), &json!(1)));
    assert_eq!(failures(&answer), ["m-0"], "it comes again when there may be more time");
    assert_eq!(continuations(&world).len(), 1);
    assert_eq!(grants(&world, "ana@acme.example").await, ["P-1 member invited"]);

    world.remaining = enough;
    let answer = world.sweep(batch([next.to_string().as_str()])).await.unwrap();
    assert_eq!(failures(&answer), Vec::<String>::new());
    assert_eq!(grants(&world, "ana@acme.example").await, ["P-1 member ended expired proven 0"]);
}

#[tokio::test]
async fn an_event_that_is_delivered_twice_asks_for_the_same_continuation() {
    let mut world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    world.remaining = LITTLE;
    let event = closed(&world, "P-1").to_string();
    for _ in 0..2 {
        let answer = world.close_project(batch([event.as_str()])).await.unwrap();
        assert_eq!(failures(&answer), Vec::<String>::new());
    }
    let ids: BTreeSet<String> =
        continuations(&world).iter().map(|it| text(&it["detail"]["id"])).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
}

#[tokio::test]
async fn an_invitation_request_without_time_is_to_be_sent_again_and_mails_nobody() {
    let mut world = world().await;
    let enough = std::mem::replace(&mut world.remaining, Duration::from_secs(2));
    let asked = request("P-1", "Acme", "ana@acme.example");
    assert_eq!(invite(&world, asked.clone()).await, "SALESFORCE_UNAVAILABLE, to be tried again");
    assert_eq!(world.org().mails(), []);

    world.remaining = enough;
    assert_eq!(invite(&world, asked).await, "ana@acme.example invited");
}

#[tokio::test]
async fn a_continued_sweep_that_fails_is_consumed_if_all_else_was_done_and_comes_again_if_not() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    world.org().block_deactivation(None, "a rule").unwrap();
    failed(world.close_project(closed(&world, "P-1")).await);
    world.pass(days(1));
    let asked = continuation(&world, &json!({ "function": "sweep", "attempt": 1 }));
    let answer = world.sweep(batch([asked.to_string().as_str()])).await.unwrap();
    assert_eq!(failures(&answer), Vec::<String>::new());
    assert_eq!(world.metrics().pop().expect("a run")["Stuck"], 1);
    world.pass(days(1));

    let elsewhere = json!({ "function": "sweep", "attempt": 1, "org": "elsewhere" });
    let elsewhere = continuation(&world, &elsewhere).to_string();
    lose_ledger(&world).await;
    let answer = world.sweep(batch([elsewhere.as_str(), asked.to_string().as_str()])).await;
    assert_eq!(failures(&answer.unwrap()), ["m-0", "m-1"]);
}

#[tokio::test]
async fn the_queue_of_the_sweep_takes_continuations_of_the_sweep_and_nothing_else() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    world.pass(days(90));
    let sweeping = json!({ "function": "sweep", "attempt": 1 });
    let bodies = [
        "{}".to_owned(),
        json!({ "dryRun": true }).to_string(),
        json!({ "org": "main" }).to_string(),
        "not json".to_owned(),
        closed(&world, "P-1").to_string(),
        event(&world, "Continuation", &sweeping).to_string(),
        continuation(&world, &json!({ "function": "close-project", "attempt": 1 })).to_string(),
        continuation(&world, &json!({ "function": "sweep" })).to_string(),
        with(continuation(&world, &sweeping), &json!({ "time": "soon" })).to_string(),
        continuation(&world, &sweeping)["detail"].to_string(),
    ];
    let answer = world.sweep(batch(bodies.iter().map(String::as_str))).await.unwrap();
    assert_eq!(failures(&answer).len(), bodies.len(), "{answer}");
    assert_eq!(seat(&world, "ana@acme.example"), "active in Acme");

    let nameless = json!({ "Records": [{ "body": continuation(&world, &sweeping).to_string() }] });
    let error = world.sweep(nameless).await.expect_err("it cannot be answered");
    assert_eq!(error.error_type, "INVALID_BATCH");
    assert_eq!(seat(&world, "ana@acme.example"), "active in Acme");
}

#[tokio::test]
async fn the_sample_of_the_queue_sweeps_every_org() {
    let world = world().await;
    invite(&world, with(request("P-1", "Acme", "ana@acme.example"), &json!({ "days": 1 }))).await;
    world.pass(days(1));
    let sample = serde_json::from_str(include_str!("../../infra/events/sweep/queue.json"));
    let answer = world.sweep(sample.expect("JSON")).await.unwrap();
    assert_eq!(answer, json!({ "batchItemFailures": [] }));
    assert_eq!(grants(&world, "ana@acme.example").await, ["P-1 member ended expired proven 0"]);
}

/// The events by which runs ask to be continued, as the rule delivers them.
fn continuations(world: &World) -> Vec<Value> {
    told(world, "Continuation").iter().map(|it| continuation(world, &it.detail)).collect()
}

fn continuation(world: &World, detail: &Value) -> Value {
    with(event(world, "Continuation", detail), &json!({ "source": "lanyard" }))
}
