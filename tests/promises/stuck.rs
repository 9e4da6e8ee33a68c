//! A seat that Salesforce refuses to give up: frozen, reported, retried, never dropped.

use lanyard_local::{Pace, batch};
use machinery::platform::Function;
use machinery::stories::{Ended, Mishap, Moment, Point, invoke};
use machinery::world::{
    closed, counts, days, failed, grants, invite, join, minutes, project, request, seat, sweep,
    told, told_of, world, world_with, world_with_org,
};
use salesforce_simulator::{Fault, FaultKind, Matching};
use serde_json::json;

const RULE: &str = "Customers of tier 1 stay active";

#[tokio::test]
async fn it_is_frozen_and_reported_while_all_others_are_finished() {
    let world = world().await;
    for email in ["ana@acme.example", "bo@acme.example", "cy@acme.example"] {
        join(&world, "P-1", "Acme", email).await;
    }
    world.org().block_deactivation(Some("bo@acme.example"), RULE).unwrap();

    let report = failed(world.close_project(closed(&world, "P-1")).await);

    assert_eq!(counts(&report), "looked 3, ended 2, proven 2, stuck 1, failed 1");
    let customer = machinery::world::customer(&world, "bo@acme.example").await;
    let grant = customer.grants.keys().next().unwrap();
    let failure = json!({
        "grantId": grant, "step": "deactivate", "code": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": RULE,
    });
    assert_eq!(report["failures"], json!([failure]));
    assert_eq!(seat(&world, "ana@acme.example"), "inactive");
    assert_eq!(seat(&world, "bo@acme.example"), "frozen");
    assert_eq!(seat(&world, "cy@acme.example"), "inactive");
    assert_eq!(project(&world, "P-1").await, "closing");
    let stuck = &told(&world, "Customer Access Stuck")[0].detail;
    assert_eq!(stuck["stuck"]["frozen"], true);
    assert_eq!(stuck["reason"], "projectClosed");
}

#[tokio::test]
async fn it_is_tried_again_every_night_announced_once_and_ends_when_the_rule_is_gone() {
    let world = world().await;
    join(&world, "P-1", "Acme", "bo@acme.example").await;
    world.org().block_deactivation(None, RULE).unwrap();
    failed(world.close_project(closed(&world, "P-1")).await);
    for _ in 0..3 {
        world.pass(days(1));
        let report = failed(world.sweep(json!({})).await);
        assert_eq!(counts(&report), "looked 1, stuck 1, failed 1");
    }
    assert_eq!(told_of(&world, "Customer Access Stuck"), ["bo@acme.example"]);
    assert_eq!(grants(&world, "bo@acme.example").await, ["P-1 member ending projectClosed stuck"]);

    world.org().unblock_deactivation();
    assert_eq!(counts(&sweep(&world).await), "looked 1, ended 1, proven 1");

    assert_eq!(seat(&world, "bo@acme.example"), "inactive");
    assert_eq!(project(&world, "P-1").await, "closed");
    assert_eq!(told_of(&world, "Customer Access Ended"), ["bo@acme.example"]);
}

#[tokio::test]
async fn from_the_queue_it_is_left_to_the_nights_and_only_what_may_pass_comes_again() {
    let world = world().await;
    for (email, project) in [("ana@acme.example", "P-1"), ("bo@acme.example", "P-2")] {
        join(&world, project, "Acme", email).await;
    }
    let message = |project| {
        let body = closed(&world, project).to_string();
        json!({ "messageId": project, "body": body, "eventSource": "aws:sqs" })
    };
    let batch = json!({ "Records": [message("P-1"), message("P-2")] });
    world.org().block_deactivation(Some("ana@acme.example"), RULE).unwrap();
    let bo = world.org().users().into_iter().find(|it| it.email == "bo@acme.example").unwrap();
    let locked = FaultKind::LockError { values: vec![bo.id], fraction: 0.0, seed: 0 };
    world.org().add_fault(Fault::always(locked).matching(Matching::writes_of("User")));

    let answer = world.close_project(batch).await.expect("a batch has no function error");

    assert_eq!(answer["batchItemFailures"], json!([{ "itemIdentifier": "P-2" }]));
    assert_eq!(grants(&world, "ana@acme.example").await, ["P-1 member ending projectClosed stuck"]);
    assert_eq!(told_of(&world, "Customer Access Stuck"), ["ana@acme.example"]);
}

#[tokio::test]
async fn what_is_stuck_and_failed_for_a_passing_cause_too_comes_again() {
    for locked in ["CollaborationGroupMember", "User"] {
        let world = world().await;
        join(&world, "P-1", "Acme", "ana@acme.example").await;
        world.org().block_deactivation(None, RULE).unwrap();
        let event = batch([closed(&world, "P-1").to_string().as_str()]);
        if locked == "User" {
            // What is stuck already meets another obstacle.
            failed(world.close_project(closed(&world, "P-1")).await);
        }
        let lock = FaultKind::LockError { values: Vec::new(), fraction: 1.0, seed: 1 };
        world.org().add_fault(Fault::always(lock).matching(Matching::writes_of(locked)));

        let answer = world.close_project(event).await.expect("a batch has no function error");

        let left = answer["batchItemFailures"].as_array().map(Vec::len);
        assert_eq!(left, Some(1), "{locked} locked");
    }
}

#[tokio::test]
async fn who_cannot_even_be_frozen_is_reported_as_not_frozen() {
    let world = world_with_org(|options| options.rules.no_login_row_on_acceptance = true).await;
    join(&world, "P-1", "Acme", "bo@acme.example").await;
    world.org().block_deactivation(None, RULE).unwrap();

    let report = failed(world.close_project(closed(&world, "P-1")).await);

    assert_eq!(counts(&report), "looked 1, stuck 1, failed 1");
    assert_eq!(told(&world, "Customer Access Stuck")[0].detail["stuck"]["frozen"], false);
    assert_eq!(seat(&world, "bo@acme.example"), "active", "the membership is gone all the same");
}

#[tokio::test]
async fn who_was_frozen_can_sign_in_again_when_another_project_asks() {
    let world = world().await;
    join(&world, "P-1", "Acme", "bo@acme.example").await;
    world.org().block_deactivation(None, RULE).unwrap();
    failed(world.close_project(closed(&world, "P-1")).await);
    assert_eq!(seat(&world, "bo@acme.example"), "frozen");

    assert_eq!(
        invite(&world, request("P-2", "Globex", "bo@acme.example")).await,
        "bo@acme.example reactivated"
    );

    assert_eq!(seat(&world, "bo@acme.example"), "active in Globex");
    sweep(&world).await;
    assert_eq!(
        seat(&world, "bo@acme.example"),
        "active in Globex",
        "the seat is another project's now"
    );
    assert_eq!(project(&world, "P-1").await, "closed");
}

#[tokio::test]
async fn who_was_frozen_can_sign_in_again_though_salesforce_refuses_every_change_of_the_user() {
    let world = world_with_org(|options| options.rules.blocks_meet_every_update = true).await;
    join(&world, "P-1", "Acme", "bo@acme.example").await;
    world.org().block_deactivation(None, RULE).unwrap();
    failed(world.close_project(closed(&world, "P-1")).await);
    assert_eq!(seat(&world, "bo@acme.example"), "frozen");

    let answer = invite(&world, request("P-2", "Globex", "bo@acme.example")).await;

    assert_eq!(answer, "bo@acme.example reactivated");
    assert_eq!(seat(&world, "bo@acme.example"), "active in Globex");
}

#[tokio::test(start_paused = true)]
async fn who_is_asked_for_after_a_close_that_died_while_freezing_can_sign_in() {
    let (mut point, mut frozen) = (Some(Point { call: 1, moment: Moment::Before }), 0);
    while let Some(Point { call, moment }) = point {
        let world = world_with(|setup| setup.pace = Pace::Runtime).await;
        join(&world, "P-1", "Acme", "bo@acme.example").await;
        world.org().block_deactivation(None, RULE).unwrap();
        let close = batch([closed(&world, "P-1").to_string().as_str()]);
        let death = point.map(Mishap::Death);
        let (ended, _) =
            invoke(&world, Function::CloseProject, close.clone(), death.as_ref()).await;
        let is_last = !matches!(ended, Ended::Died);
        frozen += usize::from(seat(&world, "bo@acme.example").starts_with("frozen"));

        world.pass(minutes(1));
        // Where the close has died under its lease, whoever asks is told to ask again.
        invite(&world, request("P-2", "Acme", "bo@acme.example")).await;
        world.pass(Function::CloseProject.visibility_timeout());
        invite(&world, request("P-2", "Acme", "bo@acme.example")).await;
        world.close_project(close).await.unwrap();
        world.pass(days(1));
        sweep(&world).await;

        assert_eq!(seat(&world, "bo@acme.example"), "active in Acme", "{point:?}");
        assert_eq!(told_of(&world, "Customer Access Ended"), ["bo@acme.example"], "{point:?}");
        point = match moment {
            _ if is_last => None,
            Moment::Before => Some(Point { call, moment: Moment::After }),
            Moment::After => Some(Point { call: call + 1, moment: Moment::Before }),
        };
    }
    assert!(frozen > 1, "some have died after they had frozen, and before they could record it");
}

#[tokio::test]
async fn a_message_of_salesforces_that_holds_an_address_is_reported_without_it() {
    let world = world().await;
    join(&world, "P-1", "Acme", "bo@acme.example").await;
    world.org().block_deactivation(None, "bo@acme.example approves things").unwrap();
    let report = failed(world.close_project(closed(&world, "P-1")).await);
    assert_eq!(report["failures"][0]["message"], "… approves things");
}
