//! *Project Closed* ends what the project gave, in one run, with proof.

use lanyard_local::batch;
use machinery::doors::failures;
use machinery::world::{
    World, close, closed, counts, event, grants, invitation_mails, invite, join, minutes, project,
    reopened, request, seat, sweep, told, told_of, world,
};
use serde_json::{Value, json};

#[tokio::test]
async fn who_has_joined_is_removed_and_deactivated_and_who_has_not_is_uninvited_all_proven_at_once()
{
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    invite(&world, request("P-1", "Acme", "bo@acme.example")).await;

    let report = close(&world, "P-1").await;

    assert_eq!(counts(&report), "looked 2, ended 2, proven 2");
    assert_eq!((&report["trigger"], &report["complete"]), (&json!("manual"), &json!(true)));
    assert_eq!(seat(&world, "ana@acme.example"), "inactive");
    assert_eq!(seat(&world, "bo@acme.example"), "nobody");
    assert_eq!(world.org().open_invitations("bo@acme.example").len(), 0);
    assert_eq!(project(&world, "P-1").await, "closed");
    let ended = told(&world, "Customer Access Ended");
    assert_eq!(ended.len(), 2);
    for event in &ended {
        let proof = json!({
            "readAt": world.now(), "member": false, "invited": false, "seatActive": false, "seatHeldByOtherGrant": false,
        });
        assert_eq!(event.detail["reason"], "projectClosed");
        assert_eq!(event.detail["proof"], proof);
    }
}

#[tokio::test]
async fn memberships_go_first_and_seats_second_in_separate_requests() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    world.org().clear_log();

    close(&world, "P-1").await;

    let writes: Vec<String> =
        world.org().writes().iter().map(|call| call.objects.join(" ")).collect();
    assert_eq!(writes, ["CollaborationGroupMember", "User"]);
}

#[tokio::test]
async fn closing_an_unknown_project_keeps_late_requests_out() {
    let world = world().await;
    assert_eq!(counts(&close(&world, "P-1").await), "");
    assert_eq!(
        world.org().calls().iter().filter(|call| call.counted).count(),
        0,
        "there is nothing to ask"
    );
    assert_eq!(invite(&world, request("P-1", "Acme", "ana@acme.example")).await, "PROJECT_CLOSED");
    assert_eq!(invitation_mails(&world, "ana@acme.example"), 0);
    assert_eq!(world.org().writes(), []);
}

#[tokio::test]
async fn a_reopened_project_lets_new_requests_in_and_revives_nobody() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    close(&world, "P-1").await;
    world.pass(minutes(60));

    let report = world.close_project(reopened(&world, "P-1")).await.unwrap();
    assert_eq!(counts(&report), "");
    sweep(&world).await;
    assert_eq!(seat(&world, "ana@acme.example"), "inactive");
    assert_eq!(project(&world, "P-1").await, "open");

    assert_eq!(
        invite(&world, request("P-1", "Acme", "bo@acme.example")).await,
        "bo@acme.example invited"
    );
    assert_eq!(
        invite(&world, request("P-1", "Acme", "ana@acme.example")).await,
        "ana@acme.example reactivated"
    );
}

#[tokio::test]
async fn the_samples_of_both_events_and_of_the_queue_are_understood() {
    let world = world().await;
    let sample = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    let is_report = |answer: Value| answer["planDigest"].is_string();
    let closed = sample(include_str!("../../infra/events/close-project/project-closed.json"));
    assert!(is_report(world.close_project(closed).await.unwrap()));
    assert_eq!(project(&world, "lanyard-sample").await, "closed");
    let reopened = sample(include_str!("../../infra/events/close-project/project-reopened.json"));
    assert!(is_report(world.close_project(reopened).await.unwrap()));
    assert_eq!(project(&world, "lanyard-sample").await, "open");
    let queue = include_str!("../../infra/events/close-project/queue.json");
    let queue = sample(&queue.replace("P-42", "lanyard-sample"));
    let answer = world.close_project(queue).await.unwrap();
    assert_eq!(answer, json!({ "batchItemFailures": [] }));
    assert_eq!(
        project(&world, "lanyard-sample").await,
        "open",
        "the queue's event is older than the reopening"
    );
}

#[tokio::test]
async fn a_poisoned_record_in_a_batch_of_ten_fails_alone() {
    let world = world().await;
    let mut bodies: Vec<String> = Vec::new();
    for number in 0..10 {
        let (id, email) = (format!("P-{number}"), format!("c{number}@acme.example"));
        invite(&world, request(&id, &format!("Group {number}"), email)).await;
        bodies.push(closed(&world, &id).to_string());
    }
    bodies[4] =
        event(&world, "Project Closed", &json!({ "projectId": { "not": "a text" } })).to_string();

    let answer = world.close_project(batch(bodies.iter().map(String::as_str))).await.unwrap();

    assert_eq!(failures(&answer), ["m-4"]);
    for number in 0..10 {
        let grants = grants(&world, &format!("c{number}@acme.example")).await;
        let expected = if number == 4 { "invited" } else { "ended projectClosed proven 0" };
        assert_eq!(grants, [format!("P-{number} member {expected}")]);
    }
    assert_eq!(told_of(&world, "Customer Access Ended").len(), 9);
}

#[tokio::test]
async fn an_event_that_cannot_be_acted_upon_is_never_consumed() {
    let world = world().await;
    let detail = |detail: Value| event(&world, "Project Closed", &detail);
    for (expected, event) in [
        ("detail.projectId is missing", detail(json!({}))),
        ("detail.projectId is missing", detail(json!({ "projectId": null }))),
        ("detail.projectId must be a text", detail(json!({ "projectId": 42 }))),
        ("detail.projectId must be 1 to 128", detail(json!({ "projectId": "" }))),
        ("detail.org must be 1 to 32", detail(json!({ "projectId": "P-1", "org": "Main" }))),
        (
            "detail.closedAt must be an RFC 3339",
            detail(json!({ "projectId": "P-1", "closedAt": "2027-01-04T09:00:00" })),
        ),
        (
            "detail.closedAt must not lie",
            detail(json!({ "projectId": "P-1", "closedAt": "2027-01-06T09:00:00Z" })),
        ),
        (
            "detail-type must be",
            machinery::world::event(&world, "Project Deleted", &json!({ "projectId": "P-1" })),
        ),
        (
            "detail-type must be",
            machinery::world::event(&world, "Continuation", &json!({ "projectId": "P-1" })),
        ),
    ] {
        let error = world.close_project(event.clone()).await.expect_err("a function error");
        assert_eq!(error.error_type, "INVALID_REQUEST");
        assert!(error.message.starts_with(expected), "{expected}: {}", error.message);
        let answer = world.close_project(batch([event.to_string().as_str()])).await.unwrap();
        assert_eq!(failures(&answer), ["m-0"], "{expected}");
    }
    for body in ["", "not json", "{}", "[]", "7"] {
        let answer = world.close_project(batch([body])).await.unwrap();
        assert_eq!(failures(&answer), ["m-0"], "{body}");
    }
    let error = world.close_project(json!({ "projectId": "P-1" })).await.expect_err("no event");
    assert_eq!(error.error_type, "INVALID_REQUEST");
    assert_eq!(project(&world, "P-1").await, "open");
}

#[tokio::test]
async fn the_same_close_twice_ends_nobody_twice() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    let event = closed(&world, "P-1").to_string();
    let bodies = [event.as_str(), event.as_str()];
    for _ in 0..2 {
        let answer = world.close_project(batch(bodies)).await.unwrap();
        assert_eq!(failures(&answer), Vec::<String>::new());
    }
    assert_eq!(told_of(&world, "Customer Access Ended"), ["ana@acme.example"]);
}

#[tokio::test]
async fn a_project_of_one_org_is_not_that_of_another() {
    let world: World = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    let elsewhere = event(&world, "Project Closed", &json!({ "projectId": "P-1", "org": "other" }));
    assert_eq!(counts(&world.close_project(elsewhere).await.unwrap()), "");
    assert_eq!(seat(&world, "ana@acme.example"), "active in Acme");
}
