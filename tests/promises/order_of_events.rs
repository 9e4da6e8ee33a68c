//! Events are ordered by their own instants, whatever order they arrive in.

use jiff::SignedDuration;
use machinery::world::{World, event, invite, join, project, request, seat, sweep, world};
use serde_json::{Value, json};

#[tokio::test]
async fn a_project_is_what_its_newest_event_says_and_on_a_tie_it_is_closed() {
    // Events as they arrive: c closed, r reopened, with the hour they are dated.
    for (arrivals, expected) in [
        ("c1", "closed"),
        ("c1 r2", "open"),
        ("r2 c1", "open"),
        ("c2 r1", "closed"),
        ("r1 c2", "closed"),
        ("c1 c1", "closed"),
        ("c1 r1", "closed"),
        ("r1 c1", "closed"),
        ("c1 r2 c3", "closed"),
        ("c3 r2 c1", "closed"),
        ("c3 c1 r2", "closed"),
        ("c1 r2 c3 r4 c3", "open"),
        ("r4 c1 r2 c3", "open"),
    ] {
        let world = world().await;
        for arrival in arrivals.split(' ') {
            world.close_project(dated(&world, arrival)).await.unwrap();
        }
        assert_eq!(project(&world, "P-1").await, expected, "{arrivals}");
        let answer = invite(&world, request("P-1", "Acme", "ana@acme.example")).await;
        let invited =
            if expected == "open" { "ana@acme.example invited" } else { "PROJECT_CLOSED" };
        assert_eq!(answer, invited, "{arrivals}");
    }
}

#[tokio::test]
async fn a_close_that_arrives_after_a_newer_reopening_ends_nobody() {
    let world = world().await;
    world.close_project(dated(&world, "r5")).await.unwrap();
    join(&world, "P-1", "Acme", "ana@acme.example").await;

    world.close_project(dated(&world, "c3")).await.unwrap();
    sweep(&world).await;

    assert_eq!(seat(&world, "ana@acme.example"), "active in Acme");
}

#[tokio::test]
async fn an_event_without_an_instant_counts_from_its_envelope() {
    let world = world().await;
    let mut early = event(&world, "Project Closed", &json!({ "projectId": "P-1" }));
    early["time"] = json!("2027-01-04T08:00:00Z");
    let late = event(&world, "Project Reopened", &json!({ "projectId": "P-1" }));
    world.close_project(late).await.unwrap();
    world.close_project(early).await.unwrap();
    assert_eq!(project(&world, "P-1").await, "open");
}

#[tokio::test]
async fn reopened_before_the_close_was_carried_out_everybody_stays() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    world.org().add_fault(salesforce_simulator::Fault::always(
        salesforce_simulator::FaultKind::DropBefore,
    ));
    world.close_project(dated(&world, "c1")).await.expect_err("Salesforce does not answer");
    assert_eq!(project(&world, "P-1").await, "closing");
    world.org().clear_faults();

    world.close_project(dated(&world, "r2")).await.unwrap();
    sweep(&world).await;

    assert_eq!(seat(&world, "ana@acme.example"), "active in Acme");
}

/// An event for `P-1`, dated some hours before now.
fn dated(world: &World, arrival: &str) -> Value {
    let (kind, hour) = arrival.split_at(1);
    let hours: i64 = hour.parse().expect("an hour");
    let at = world.now() - SignedDuration::from_hours(9 - hours);
    match kind {
        "c" => event(world, "Project Closed", &json!({ "projectId": "P-1", "closedAt": at })),
        _ => event(world, "Project Reopened", &json!({ "projectId": "P-1", "reopenedAt": at })),
    }
}
