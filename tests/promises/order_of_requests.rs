//! Requests are ordered by their own instants too: what comes late, again or replayed changes nothing that is newer.

use jiff::SignedDuration;
use lanyard_local::batch;
use machinery::doors::http;
use machinery::world::{
    World, close, days, event, grants, invitation_mails, invite, join, manager, reopened, request,
    seat, sweep, told, with, world,
};
use serde_json::{Value, json};

#[tokio::test]
async fn an_older_request_that_comes_again_does_not_undo_a_newer_one() {
    let world = world().await;
    let one =
        asked(&world, "e-1", &json!({ "customers": manager("ana@acme.example"), "days": 300 }));
    world.pass(SignedDuration::from_mins(1));
    let member = json!([{ "email": "ana@acme.example", "role": "member" }]);
    let two = asked(&world, "e-2", &json!({ "customers": member, "days": 2 }));
    for (message, expected) in
        [(&one, "invited"), (&two, "updated"), (&one, "superseded"), (&two, "unchanged")]
    {
        let answer = answered(&world, message).await;
        assert_eq!(answer["customers"][0]["outcome"], expected, "{answer}");
        assert!(answer["customers"][0]["grantId"].is_string());
    }
    assert_eq!(grants(&world, "ana@acme.example").await, ["P-1 member invited"]);
    world.pass(days(2));
    sweep(&world).await;
    assert_eq!(seat(&world, "ana@acme.example"), "nobody");
    assert_eq!(invitation_mails(&world, "ana@acme.example"), 1);
}

#[tokio::test]
async fn two_requests_of_one_second_count_in_the_order_in_which_they_come() {
    let world = world().await;
    let one = asked(&world, "e-9", &json!({ "customers": manager("ana@acme.example") }));
    let member = json!([{ "email": "ana@acme.example", "role": "member" }]);
    let two = asked(&world, "e-2", &json!({ "customers": member }));
    for (message, expected) in
        [(&one, "invited"), (&two, "updated"), (&one, "superseded"), (&two, "unchanged")]
    {
        let answer = answered(&world, message).await;
        assert_eq!(answer["customers"][0]["outcome"], expected, "{answer}");
    }
}

#[tokio::test]
async fn a_request_that_is_replayed_after_the_end_gives_nothing_and_makes_no_group() {
    for ends_by in ["expiry", "close"] {
        let world = world().await;
        let message = asked(&world, "e-1", &json!({ "days": 10 }));
        world.invite(message.clone()).await.unwrap();
        world.org().accept_from("Acme", "ana@acme.example").unwrap();
        if ends_by == "close" {
            world.pass(days(1));
            close(&world, "P-1").await;
            world.pass(SignedDuration::from_mins(1));
            world.close_project(reopened(&world, "P-1")).await.unwrap();
        }
        world.pass(days(21));
        sweep(&world).await;
        assert_eq!(seat(&world, "ana@acme.example"), "inactive", "{ends_by}");

        let answer = answered(&world, &message).await;

        assert_eq!(answer["customers"][0]["outcome"], "superseded", "{ends_by}: {answer}");
        assert_eq!(seat(&world, "ana@acme.example"), "inactive", "{ends_by}");
        assert_eq!(invitation_mails(&world, "ana@acme.example"), 1, "{ends_by}");
    }
}

#[tokio::test]
async fn a_request_that_comes_after_the_access_that_it_asks_for_is_told_and_changes_nothing() {
    let world = world().await;
    let message = queued(&world, "e-1", &json!({ "days": 10 }));
    let ancient = queued(&world, "e-0", &json!({ "days": 300 }));
    world.pass(days(21));
    world.invite(message).await.unwrap();
    world.pass(days(60));
    world.invite(ancient).await.unwrap();

    let told = told(&world, "Customer Invitation Refused");
    let fields: Vec<&str> =
        told.iter().filter_map(|it| it.detail["error"]["problems"][0]["field"].as_str()).collect();
    assert_eq!(fields, ["days", "time"]);
    assert_eq!(invitation_mails(&world, "ana@acme.example"), 0);
    assert!(world.org().groups().is_empty());
}

#[tokio::test]
async fn a_request_may_date_itself_and_not_far_ahead() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    let ask = |minutes: i64| {
        let at = world.now() + SignedDuration::from_mins(minutes);
        with(request("P-1", "Acme", "ana@acme.example"), &json!({ "requestedAt": at, "days": 7 }))
    };
    assert_eq!(invite(&world, ask(6)).await, "INVALID_REQUEST");
    assert_eq!(invite(&world, ask(-1)).await, "ana@acme.example superseded");
    assert_eq!(invite(&world, ask(5)).await, "ana@acme.example updated");
    assert_eq!(invite(&world, ask(4)).await, "ana@acme.example superseded");
    let answer = world.invite(http(&ask(-1).to_string(), false)).await.unwrap();
    assert_eq!(answer["statusCode"], 200, "{answer}");
}

/// A request of that id and of now over HTTP, for Ana in group Acme for project P-1.
fn asked(world: &World, id: &str, fields: &Value) -> Value {
    let dated =
        with(request("P-1", "Acme", "ana@acme.example"), &json!({ "requestedAt": world.now() }));
    let mut payload = http(&with(dated, fields).to_string(), false);
    payload["requestContext"]["requestId"] = json!(id);
    payload
}

/// What the request is answered.
async fn answered(world: &World, payload: &Value) -> Value {
    let answer = world.invite(payload.clone()).await.expect("HTTP has no function errors");
    serde_json::from_str(answer["body"].as_str().expect("a text")).expect("JSON")
}

/// A request of that id as an event of now, from the queue.
fn queued(world: &World, id: &str, fields: &Value) -> Value {
    let detail = with(request("P-1", "Acme", "ana@acme.example"), fields);
    let event = with(event(world, "Customer Access Requested", &detail), &json!({ "id": id }));
    batch([event.to_string().as_str()])
}
