//! What happens at the same time comes to the same end.

use machinery::world::{
    close, closed, days, grants, invitation_mails, invite, join, minutes, request, seat, sweep,
    told, with, world,
};
use serde_json::json;

#[tokio::test]
async fn two_sweeps_at_once_end_everybody_once() {
    let world = world().await;
    let emails: Vec<String> = (0..10).map(|number| format!("c{number}@acme.example")).collect();
    for email in &emails {
        invite(&world, with(request("P-1", "Acme", email.as_str()), &json!({ "days": 2 }))).await;
        world.org().accept_from("Acme", email).unwrap();
    }
    sweep(&world).await;
    world.pass(days(2));

    let (one, other) = tokio::join!(world.sweep(json!({})), world.sweep(json!({})));

    assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
    sweep(&world).await;
    for email in &emails {
        assert_eq!(seat(&world, email), "inactive");
        assert_eq!(grants(&world, email).await, ["P-1 member ended expired proven 0"]);
    }
    let ended = told(&world, "Customer Access Ended");
    let ids: std::collections::BTreeSet<String> =
        ended.iter().map(|it| it.detail["id"].to_string()).collect();
    assert_eq!(ids.len(), 10, "one ending each, whoever carried it out");
}

#[tokio::test]
async fn the_same_request_twice_at_once_mails_once() {
    let world = world().await;
    let asked = request("P-1", "Acme", "ana@acme.example bo@acme.example");
    let (one, other) = tokio::join!(invite(&world, asked.clone()), invite(&world, asked.clone()));
    world.pass(minutes(16));
    let answer = invite(&world, asked).await;
    for email in ["ana@acme.example", "bo@acme.example"] {
        assert_eq!(invitation_mails(&world, email), 1, "{one}; {other}; {answer}");
        assert_eq!(grants(&world, email).await, ["P-1 member invited"]);
    }
    assert_eq!(world.org().groups().len(), 1);
}

#[tokio::test]
async fn two_projects_that_ask_for_the_same_customer_at_once_share_one_invitation() {
    let world = world().await;
    let (one, other) = tokio::join!(
        invite(&world, request("P-1", "Acme", "ana@acme.example")),
        invite(&world, request("P-2", "Acme", "ana@acme.example")),
    );
    world.pass(minutes(16));
    for project in ["P-1", "P-2"] {
        invite(&world, request(project, "Acme", "ana@acme.example")).await;
    }
    assert_eq!(invitation_mails(&world, "ana@acme.example"), 1, "{one}; {other}");
    let mut grants = grants(&world, "ana@acme.example").await;
    grants.sort();
    assert_eq!(grants, ["P-1 member invited", "P-2 member invited"]);
}

#[tokio::test]
async fn a_close_and_an_invitation_by_another_project_at_once_leave_the_customer_in() {
    for round in 0..5 {
        let world = world().await;
        join(&world, "P-1", "Acme", "ana@acme.example").await;

        let (closing, inviting) = tokio::join!(
            world.close_project(closed(&world, "P-1")),
            invite(&world, request("P-2", "Acme", "ana@acme.example")),
        );
        for _ in 0..3 {
            world.pass(minutes(16));
            sweep(&world).await;
        }
        if inviting.contains("again") {
            invite(&world, request("P-2", "Acme", "ana@acme.example")).await;
        }
        assert_eq!(
            seat(&world, "ana@acme.example"),
            "active in Acme",
            "{round}: {closing:?} {inviting}"
        );
        assert_eq!(
            grants(&world, "ana@acme.example").await.last().map(String::as_str),
            Some("P-2 member active"),
            "{round}: {inviting}"
        );
    }
}

#[tokio::test]
async fn a_close_and_an_invitation_to_the_same_project_at_once_leave_nobody_in() {
    for round in 0..5 {
        let world = world().await;
        world
            .org()
            .add_user(salesforce_simulator::NewUser::customer("ana@acme.example").inactive())
            .unwrap();

        let (closing, inviting) = tokio::join!(
            world.close_project(closed(&world, "P-1")),
            invite(&world, request("P-1", "Acme", "ana@acme.example bo@acme.example")),
        );
        world.pass(minutes(16));
        sweep(&world).await;
        world.pass(minutes(16));
        sweep(&world).await;

        assert_eq!(seat(&world, "ana@acme.example"), "inactive", "{round}: {closing:?} {inviting}");
        assert_eq!(world.org().open_invitations("bo@acme.example").len(), 0, "{round}: {inviting}");
        assert_eq!(machinery::world::project(&world, "P-1").await, "closed", "{round}");
        close(&world, "P-1").await;
    }
}
