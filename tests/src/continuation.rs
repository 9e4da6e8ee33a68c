//! A run whose time is over leaves the rest to its continuation, a bounded number of times.

use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{
    World, close, counts, days, event, grants, invite, join, project, request, seat, sweep, told,
    with, world,
};

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
    let report = world.close_project(asked[0].clone()).await.unwrap();

    assert_eq!(report["trigger"], "continuation");
    assert_eq!(counts(&report), "looked 1, ended 1, proven 1");
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
async fn a_sweep_that_never_has_the_time_gives_up_until_the_next_night() {
    let mut world = world().await;
    let asked = with(request("P-1", "Acme", "ana@acme.example"), &json!({ "days": 1 }));
    invite(&world, asked).await;
    world.pass(days(1));
    let enough = std::mem::replace(&mut world.remaining, LITTLE);
    sweep(&world).await;
    let mut rounds = 0;
    while let Some(next) = continuations(&world).get(rounds) {
        rounds += 1;
        assert!(rounds < 100, "there is no end to it");
        let report = world.sweep(next.clone()).await.unwrap();
        assert_eq!(counts(&report), "looked 1, deferred 1");
    }
    assert_eq!(rounds, 24);
    assert_eq!(grants(&world, "ana@acme.example").await, ["P-1 member invited"]);

    world.remaining = enough;
    assert_eq!(counts(&sweep(&world).await), "looked 1, ended 1, proven 1");
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

/// The events by which runs ask to be continued, as the rule delivers them.
fn continuations(world: &World) -> Vec<Value> {
    let envelope = |detail: &Value| {
        with(event(world, "Continuation", detail), &json!({ "source": "lanyard" }))
    };
    told(world, "Continuation").iter().map(|it| envelope(&it.detail)).collect()
}
