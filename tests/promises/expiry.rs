//! The end of a stay by time: announced once for each threshold, then carried out.

use machinery::world::{
    close, counts, days, failed, grants, invite, join, minutes, request, seat, sweep, told, with,
    world, world_with,
};
use serde_json::{Value, json};

#[tokio::test]
async fn on_the_day_of_expiry_and_not_before_access_ends() {
    let world = world().await;
    let asked =
        with(request("P-1", "Acme", "ana@acme.example bo@acme.example"), &json!({ "days": 10 }));
    invite(&world, asked).await;
    world.org().accept_from("Acme", "ana@acme.example").unwrap();
    sweep(&world).await;

    world.pass(days(10) - minutes(1));
    sweep(&world).await;
    assert_eq!(seat(&world, "ana@acme.example"), "active in Acme");

    world.pass(minutes(1));
    let report = sweep(&world).await;
    assert_eq!(counts(&report), "looked 2, ended 2, proven 2");
    assert_eq!(seat(&world, "ana@acme.example"), "inactive");
    assert_eq!(world.org().open_invitations("bo@acme.example").len(), 0);
    assert_eq!(told(&world, "Customer Access Ended")[0].detail["reason"], "expired");
}

#[tokio::test]
async fn what_expired_while_nobody_swept_is_reported_with_its_age() {
    let world = world().await;
    invite(&world, with(request("P-1", "Acme", "ana@acme.example"), &json!({ "days": 1 }))).await;
    world.org().accept_from("Acme", "ana@acme.example").unwrap();
    world.org().block_deactivation(None, "not now").unwrap();
    world.pass(days(1) + minutes(90));

    let report = failed(world.sweep(json!({})).await);

    assert_eq!(report["oldestOverdueMinutes"], 90);
}

#[tokio::test]
async fn each_notice_is_given_once() {
    let world = world().await;
    let asked = with(request("P-1", "Acme", "ana@acme.example"), &json!({ "days": 40 }));
    invite(&world, asked).await;
    world.org().accept_from("Acme", "ana@acme.example").unwrap();
    for _ in 0..39 {
        sweep(&world).await;
        world.pass(days(1));
    }
    sweep(&world).await;

    let notices: Vec<Value> = told(&world, "Customer Access Expiring")
        .iter()
        .map(|event| {
            assert_eq!(event.detail["email"], "ana@acme.example");
            json!([event.detail["days"], event.detail["at"]])
        })
        .collect();
    assert_eq!(
        notices,
        [
            json!([30, "2027-01-14T09:00:00Z"]),
            json!([14, "2027-01-30T09:00:00Z"]),
            json!([7, "2027-02-06T09:00:00Z"]),
            json!([1, "2027-02-12T09:00:00Z"]),
        ]
    );
}

#[tokio::test]
async fn a_grant_shorter_than_a_threshold_is_not_announced_at_once_and_a_longer_expiry_begins_anew()
{
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    let asked =
        |days: u32| with(request("P-1", "Acme", "ana@acme.example"), &json!({ "days": days }));
    invite(&world, asked(20)).await;
    sweep(&world).await;
    assert_eq!(
        told(&world, "Customer Access Expiring").len(),
        0,
        "whoever asked for 20 days knows"
    );

    world.pass(days(6));
    sweep(&world).await;
    invite(&world, asked(40)).await;
    world.pass(days(10));
    sweep(&world).await;

    let notices: Vec<Value> = told(&world, "Customer Access Expiring")
        .iter()
        .map(|event| event.detail["days"].clone())
        .collect();
    assert_eq!(notices, [14, 30]);
}

#[tokio::test]
async fn an_invitation_that_nobody_accepts_ends_after_the_days_of_the_policy() {
    let world = world_with(|setup| setup.policy.invitation_days = 20).await;
    invite(&world, request("P-1", "Acme", "ana@acme.example bo@acme.example")).await;
    world.pass(days(20) - minutes(1));
    assert_eq!(counts(&sweep(&world).await), "looked 2, kept 2");

    world.org().accept_from("Acme", "bo@acme.example").unwrap();
    world.pass(minutes(1));
    assert_eq!(counts(&sweep(&world).await), "looked 2, joined 1, ended 1, proven 1");

    assert_eq!(grants(&world, "ana@acme.example").await, ["P-1 member ended neverJoined proven 0"]);
    assert_eq!(world.org().open_invitations("ana@acme.example").len(), 0);
    assert_eq!(
        grants(&world, "bo@acme.example").await,
        ["P-1 member active"],
        "in at the last moment is in"
    );
}

#[tokio::test]
async fn a_reinvited_customer_has_the_whole_time_again() {
    let world = world_with(|setup| setup.policy.invitation_days = 20).await;
    invite(&world, request("P-1", "Acme", "ana@acme.example")).await;
    world.pass(days(20));
    sweep(&world).await;
    assert_eq!(
        invite(&world, request("P-1", "Acme", "ana@acme.example")).await,
        "ana@acme.example invited"
    );
    world.pass(days(19));
    sweep(&world).await;
    assert_eq!(world.org().open_invitations("ana@acme.example").len(), 1);
    close(&world, "P-1").await;
    assert_eq!(world.org().open_invitations("ana@acme.example").len(), 0);
}
