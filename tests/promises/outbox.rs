//! Events leave at least once: what the bus did not take waits in the ledger.

use access::Announcement;
use lanyard_local::PutEventsFault;
use machinery::world::{
    World, close, closed, counts, failed, grants, invite, join, project, request, seat, sweep,
    text, told_of, world,
};
use serde_json::json;

#[tokio::test]
async fn what_the_bus_did_not_take_is_published_by_the_next_sweep_under_the_same_ids() {
    let world = world().await;
    world.aws.set_fault(Some(PutEventsFault::FirstEntryFails));
    invite(&world, request("P-1", "Acme", "ana@acme.example bo@acme.example")).await;
    let waiting = waiting(&world).await;
    assert_eq!(waiting.len(), 1, "the other one was taken");
    let before = world.events().len();

    let report = failed(world.sweep(json!({})).await);
    assert_eq!(report["failures"][0]["step"], "publish");
    assert_eq!(
        counts(&report),
        "looked 2, kept 2, failed 1",
        "a bus that is down keeps nothing else from being done"
    );

    world.aws.set_fault(None);
    sweep(&world).await;

    let published: Vec<String> =
        world.events()[before..].iter().map(|event| text(&event.detail["id"])).collect();
    assert_eq!(published, waiting);
    assert_eq!(self::waiting(&world).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_bus_that_is_down_changes_nothing_for_whoever_is_invited_or_ended() {
    let world = world().await;
    world.aws.set_fault(Some(PutEventsFault::Unavailable));
    assert_eq!(
        invite(&world, request("P-1", "Acme", "ana@acme.example")).await,
        "ana@acme.example invited"
    );
    close(&world, "P-1").await;
    assert_eq!(
        grants(&world, "ana@acme.example").await,
        ["P-1 member ended projectClosed proven 0"]
    );
    assert_eq!(world.events(), []);
    let waiting = waiting(&world).await;
    assert_eq!(waiting.len(), 2);

    world.aws.set_fault(None);
    sweep(&world).await;

    let mut published: Vec<String> =
        world.events().iter().map(|event| text(&event.detail["id"])).collect();
    published.sort();
    assert_eq!(published, waiting);
}

#[tokio::test]
async fn a_project_whose_close_could_not_be_carried_out_is_finished_by_the_sweep() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    invite(&world, request("P-1", "Acme", "bo@acme.example")).await;
    world.org().add_fault(salesforce_simulator::Fault::always(
        salesforce_simulator::FaultKind::DropBefore,
    ));
    failed(world.close_project(closed(&world, "P-1")).await);
    assert_eq!(project(&world, "P-1").await, "closing");
    world.org().clear_faults();
    assert_eq!(invite(&world, request("P-1", "Acme", "cy@acme.example")).await, "PROJECT_CLOSED");

    assert_eq!(counts(&sweep(&world).await), "looked 2, ended 2, proven 2");

    assert_eq!(seat(&world, "ana@acme.example"), "inactive");
    assert_eq!(project(&world, "P-1").await, "closed");
    assert_eq!(told_of(&world, "Customer Access Ended").len(), 2);
}

/// The ids of what waits in the outbox, in order.
async fn waiting(world: &World) -> Vec<String> {
    let page = world
        .ledger
        .reader
        .unpublished(world.now(), None, None, 100)
        .await
        .expect("the ledger answers");
    let mut ids: Vec<String> = page.due.into_iter().map(|Announcement { id, .. }| id).collect();
    ids.sort();
    ids
}
