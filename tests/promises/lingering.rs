//! For how long access was still there that should have been over, in the day before a sweep.

use access::OrgAlias;
use machinery::world::{
    World, close, closed, days, event, failed, invite, join, lose_ledger, minutes, request, sweep,
    with, world, world_with,
};
use salesforce_simulator::{Fault, FaultKind, SignInRefusal};
use serde_json::{Value, json};

#[tokio::test]
async fn three_that_expire_in_the_afternoon_linger_until_the_night_and_no_longer() {
    let world = world().await;
    for email in ["ana@acme.example", "bo@acme.example", "cy@acme.example"] {
        join(&world, "P-1", "Acme", email).await;
    }
    expire_in_a_day(&world, "P-1", "ana@acme.example bo@acme.example cy@acme.example").await;
    world.pass(days(1) + minutes(360));
    let foreseen = world.sweep(json!({ "dryRun": true })).await.expect("a report");
    assert_eq!(lingering(&foreseen), [3 * 360, 3 * 360]);

    let report = sweep(&world).await;
    assert_eq!((lingering(&report), &report["ended"]), (vec![3 * 360; 2], &json!(3)));
    assert_eq!(metric(&world), 3 * 360);

    // The same window once more, in which nobody takes another census.
    assert_eq!(lingering(&sweep(&world).await), [3 * 360]);
    assert_eq!(metric(&world), 3 * 360);

    // 6 hours lie before the night and 18 after it.
    world.pass(minutes(18 * 60 + 60));
    assert_eq!(lingering(&sweep(&world).await), [3 * 300], "an hour of it is out of the window");
    world.pass(minutes(300));
    assert_eq!(lingering(&sweep(&world).await)[0], 0);
}

#[tokio::test]
async fn what_is_stuck_goes_on_counting_every_day() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    world.org().block_deactivation(None, "a rule").unwrap();
    failed(world.close_project(closed(&world, "P-1")).await);
    for expected in [1_440, 1_440, 1_440] {
        world.pass(days(1));
        assert_eq!(lingering(&failed(world.sweep(json!({})).await)), [expected; 2]);
        assert_eq!(metric(&world), expected);
    }
    world.org().unblock_deactivation();
    world.pass(minutes(720));
    assert_eq!(lingering(&sweep(&world).await), [1_440]);
    world.pass(minutes(720));
    assert_eq!(lingering(&sweep(&world).await), [720, 720], "until it ended");
}

#[tokio::test]
async fn what_a_close_has_ended_meanwhile_is_counted_by_the_next_sweep_from_the_instant_of_the_close()
 {
    let world = world().await;
    for (project, email) in [("P-1", "ana@acme.example"), ("P-2", "bo@acme.example")] {
        join(&world, project, "Acme", email).await;
    }
    let late = json!({ "projectId": "P-1", "closedAt": world.now() });
    world.pass(minutes(90));
    let report = world.close_project(event(&world, "Project Closed", &late)).await;
    let report = report.expect("it is closed");
    assert_eq!((lingering(&report), &report["ended"]), (Vec::new(), &json!(1)));
    assert!(world.metrics().pop().expect("a line").get("LingeringSeatMinutes").is_none());
    let withdrawal = json!({ "customers": ["bo@acme.example"], "withdrawnAt": world.now() });
    world.pass(minutes(20));
    world.close_project(withdrawal).await.expect("it is withdrawn");

    // Nothing is due before they are read again.
    world.pass(minutes(600));
    let report = sweep(&world).await;
    assert_eq!((&report["looked"], lingering(&report)), (&json!(0), vec![90 + 20]));
}

#[tokio::test]
async fn whom_the_brake_keeps_lingers_and_whom_another_grant_keeps_does_not() {
    let world = world_with(|setup| setup.policy.maximum_ends_per_run = 1).await;
    for (project, email) in
        [("P-1", "ana@acme.example"), ("P-1", "bo@acme.example"), ("P-2", "cy@acme.example")]
    {
        join(&world, project, "Acme", email).await;
    }
    invite(&world, request("P-3", "Acme", "cy@acme.example")).await;
    close(&world, "P-2").await;
    close(&world, "P-1").await;

    world.pass(minutes(100));
    let report = sweep(&world).await;

    assert_eq!((&report["held"], lingering(&report)), (&json!(2), vec![200]));
}

#[tokio::test]
async fn orgs_are_measured_each_and_together() {
    let world = world().await;
    let other = machinery::world::world().await;
    world.set_secret(&OrgAlias::parse("second").unwrap(), Some(other.simulator.secret_json()));
    for (org, customers) in [("main", "ana@acme.example"), ("second", "bo@x.example cy@x.example")]
    {
        let asked = request("P-1", "Acme", customers);
        invite(&world, with(asked, &json!({ "org": org, "days": 1 }))).await;
    }
    world.pass(days(1) + minutes(30));
    other.pass(days(1) + minutes(30));

    assert_eq!(lingering(&sweep(&world).await), [90, 30, 60]);
    let one = world.sweep(json!({ "org": "second" })).await.expect("a report");
    assert_eq!(lingering(&one), [60]);
}

#[tokio::test]
async fn an_outage_of_salesforce_hides_nothing_and_one_of_the_ledger_says_nothing() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    expire_in_a_day(&world, "P-1", "ana@acme.example").await;
    world.pass(days(1) + minutes(30));
    world.org().add_fault(Fault::always(FaultKind::DropBefore));
    assert_eq!(lingering(&failed(world.sweep(json!({})).await)), [30]);
    world.org().clear_faults();
    world.org().refuse_sign_in(Some(SignInRefusal::new("invalid_grant", "audience is invalid")));
    world.org().expire_sessions();
    world.pass(minutes(60));
    assert_eq!(lingering(&failed(world.sweep(json!({})).await)), [90]);
    assert_eq!(metric(&world), 90);

    lose_ledger(&world).await;
    world.sweep(json!({})).await.expect_err("nothing can be read");
    assert!(world.metrics().pop().expect("a line").get("LingeringSeatMinutes").is_none());
}

#[tokio::test]
async fn a_look_ahead_and_a_release_measure_nothing() {
    let world = world_with(|setup| setup.policy.maximum_ends_per_run = 1).await;
    let asked = request("P-1", "Acme", "ana@acme.example bo@acme.example");
    invite(&world, with(asked, &json!({ "days": 1 }))).await;
    let ahead = json!({ "dryRun": true, "at": world.now() + days(2) });
    assert_eq!(lingering(&world.sweep(ahead).await.expect("a report")), [0; 0]);

    world.pass(days(1) + minutes(10));
    let held = sweep(&world).await;
    assert_eq!(lingering(&held), [20, 20]);
    let release = json!({ "release": held["planDigest"] });
    assert_eq!(lingering(&world.sweep(release).await.expect("a report")), [0; 0]);
}

/// Asks anew for access of these customers to the group *Acme* that is over in a day.
async fn expire_in_a_day(world: &World, project: &str, customers: &str) {
    invite(world, with(request(project, "Acme", customers), &json!({ "days": 1 }))).await;
}

/// What a report says of all orgs, and of each of which a census was taken.
fn lingering(report: &Value) -> Vec<u64> {
    let orgs = report["orgs"].as_array().into_iter().flatten();
    let said = std::iter::once(report).chain(orgs).map(|it| &it["lingeringSeatMinutes"]);
    said.filter_map(Value::as_u64).collect()
}

/// What the last line of metrics says.
fn metric(world: &World) -> u64 {
    let line = world.metrics().pop().expect("a line");
    line["LingeringSeatMinutes"].as_u64().expect("it is measured")
}
