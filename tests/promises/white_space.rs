//! White space around what names something means nothing, by whichever door it comes.

use lanyard_local::batch;
use machinery::doors::{failures, post};
use machinery::world::{
    World, closed, customer, event, grants, invite, join, outcomes, request, world,
};
use serde_json::{Value, json};

const ANA: &str = "ana@acme.example";

/// White space of ASCII and of Unicode, as it comes with what is copied out of a table or a mail.
const SPACES: [&str; 5] = [" ", "\n", "\u{a0}", "\u{2003}", "\u{3000}"];

#[tokio::test]
async fn a_request_means_the_same_with_white_space_around_its_names() {
    for door in ["direct", "http", "queue"] {
        let world = world().await;
        join(&world, "P-1", "Acme", ANA).await;
        let group = customer(&world, ANA).await.grants.into_values().next().unwrap().group;
        for space in SPACES {
            let around = |text: &str| json!(format!("{space}{text}{space}"));
            for named in
                [json!({ "id": around(group.id.as_str()) }), json!({ "name": around("Acme") })]
            {
                let asked = json!({
                    "org": around("main"), "project": { "id": around("P-1") }, "group": named,
                    "customers": [{ "email": around(ANA) }], "sponsor": around("kim@corp.example"),
                });
                let what = format!("{door}, {space:?}, {named}");
                assert_eq!(asked_by(&world, door, &asked).await, "done", "{what}");
                assert_eq!(grants(&world, ANA).await, ["P-1 member active"], "{what}");
            }
        }
        assert_eq!(world.org().groups().len(), 1, "{door}");
    }
}

#[tokio::test]
async fn a_withdrawal_and_a_project_event_mean_the_same_with_white_space_around_their_names() {
    for space in SPACES {
        let around = |text: &str| json!(format!("{space}{text}{space}"));
        for door in ["direct", "event", "queue"] {
            let world = world().await;
            join(&world, "P-1", "Acme", ANA).await;
            let named = json!({
                "org": around("main"), "projectId": around("P-1"), "customers": [around(ANA)],
                "group": { "name": around("Acme") },
            });
            let event = event(&world, "Customer Access Withdrawn", &named);
            closed_by(&world, door, &named, &event).await;
            let expected = ["P-1 member ended withdrawn proven 0"];
            assert_eq!(grants(&world, ANA).await, expected, "{door}, {space:?}");
        }
        for door in ["event", "queue"] {
            let world = world().await;
            invite(&world, request("P-1", "Acme", ANA)).await;
            let mut closed = closed(&world, "P-1");
            closed["detail"]["projectId"] = around("P-1");
            closed["detail"]["org"] = around("main");
            closed_by(&world, door, &Value::Null, &closed).await;
            let expected = ["P-1 member ended projectClosed proven 0"];
            assert_eq!(grants(&world, ANA).await, expected, "{door}, {space:?}");
        }
    }
}

#[tokio::test]
async fn a_sweep_means_the_same_org_with_white_space_around_its_alias() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    for space in SPACES {
        let org = format!("{space}main{space}");
        let report = world.sweep(json!({ "org": org, "dryRun": true })).await.expect("a report");
        assert_eq!(report["orgs"][0]["org"], "main", "{space:?}");
    }
}

/// Sends a request by one of the doors of `invite`, and says whether it was carried out.
async fn asked_by(world: &World, door: &str, asked: &Value) -> String {
    let answer = match door {
        "direct" => world.invite(asked.clone()).await.expect("an answer"),
        "http" => post(world, asked).await.1,
        _ => {
            let event = event(world, "Customer Access Requested", asked).to_string();
            let answer = world.invite(batch([event.as_str()])).await.expect("an answer");
            assert!(failures(&answer).is_empty());
            let refused = machinery::world::told(world, "Customer Invitation Refused");
            return refused.first().map_or("done".to_owned(), |it| it.detail.to_string());
        }
    };
    let outcomes = outcomes(&answer);
    if outcomes == format!("{ANA} unchanged") { "done".to_owned() } else { answer.to_string() }
}

/// Hands a word to `close-project` by one of its doors.
async fn closed_by(world: &World, door: &str, named: &Value, event: &Value) {
    let payload = match door {
        "direct" => named.clone(),
        "event" => event.clone(),
        _ => batch([event.to_string().as_str()]),
    };
    let answer = world.close_project(payload).await.expect("an answer");
    if door == "queue" {
        assert!(failures(&answer).is_empty(), "{answer}");
    }
}
