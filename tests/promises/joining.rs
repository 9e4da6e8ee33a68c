//! Acceptance is found, whoever accepted and under whichever address.

use machinery::world::{
    World, close, counts, customer, failed, grants, invite, manager, request, seat, sweep, told,
    told_of, world, world_with_org,
};
use salesforce_simulator::{Fault, FaultKind, Matching, Rules};
use serde_json::json;

#[tokio::test]
async fn the_next_sweep_learns_of_it_and_tells() {
    let world = world().await;
    invite(&world, request("P-1", "Acme", "ana@acme.example bo@acme.example")).await;
    assert_eq!(counts(&sweep(&world).await), "looked 2, kept 2");

    world.org().accept_from("Acme", "ana@acme.example").unwrap();

    assert_eq!(counts(&sweep(&world).await), "looked 2, kept 1, joined 1");
    assert_eq!(grants(&world, "ana@acme.example").await, ["P-1 member active"]);
    assert_eq!(told_of(&world, "Customer Joined"), ["ana@acme.example"]);
    assert_eq!(counts(&sweep(&world).await), "looked 1, kept 1");
    assert_eq!(told_of(&world, "Customer Joined"), ["ana@acme.example"]);
}

#[tokio::test]
async fn asking_again_finds_it_too() {
    let world = world().await;
    invite(&world, request("P-1", "Acme", "ana@acme.example")).await;
    world.org().accept_from("Acme", "ana@acme.example").unwrap();
    assert_eq!(
        invite(&world, request("P-1", "Acme", "ana@acme.example")).await,
        "ana@acme.example updated"
    );
    assert_eq!(grants(&world, "ana@acme.example").await, ["P-1 member active"]);
    assert_eq!(told_of(&world, "Customer Joined"), ["ana@acme.example"]);
}

#[tokio::test]
async fn a_manager_is_promoted_after_joining() {
    let world = world().await;
    invite(&world, request("P-1", "Acme", manager("ana@acme.example"))).await;
    world.org().accept_from("Acme", "ana@acme.example").unwrap();
    assert_eq!(seat(&world, "ana@acme.example"), "active in Acme", "an invitation has no role");

    assert_eq!(counts(&sweep(&world).await), "looked 1, joined 1, promoted 1");

    assert_eq!(seat(&world, "ana@acme.example"), "active in Acme as manager");
    assert_eq!(counts(&sweep(&world).await), "", "nothing is left to do");
}

#[tokio::test]
async fn a_promotion_that_fails_is_made_up_for() {
    let world = world().await;
    invite(&world, request("P-1", "Acme", manager("ana@acme.example"))).await;
    world.org().accept_from("Acme", "ana@acme.example").unwrap();
    let locked = FaultKind::LockError { values: Vec::new(), fraction: 1.0, seed: 1 };
    world
        .org()
        .add_fault(Fault::always(locked).matching(Matching::writes_of("CollaborationGroupMember")));

    let report = failed(world.sweep(json!({})).await);
    assert_eq!(counts(&report), "looked 1, joined 1, failed 1");
    assert_eq!(report["failures"][0]["step"], "promote");
    assert_eq!(report["failures"][0]["code"], "UNABLE_TO_LOCK_ROW");

    world.org().clear_faults();
    assert_eq!(counts(&sweep(&world).await), "looked 1, promoted 1");
    assert_eq!(seat(&world, "ana@acme.example"), "active in Acme as manager");
}

#[tokio::test]
async fn accepted_under_another_address_it_is_the_same_grant_and_ends_like_it() {
    for original_stays_sent in [false, true] {
        let world = world_with_org(move |options| {
            options.rules = Rules { original_stays_sent, ..Rules::default() }
        })
        .await;
        invite(&world, request("P-1", "Acme", "ana@acme.example")).await;
        accept_as(&world, "ana@acme.example", "ana@home.example");

        assert_eq!(counts(&sweep(&world).await), "looked 1, joined 1");

        let customer = customer(&world, "ana@acme.example").await;
        let joined = customer.grants.values().next().unwrap().joined.clone().unwrap();
        assert_eq!(joined.joined_as.unwrap().as_str(), "ana@home.example");
        assert_eq!(told(&world, "Customer Joined")[0].detail["joinedAs"], "ana@home.example");
        assert_eq!(seat(&world, "ana@home.example"), "active in Acme");

        assert_eq!(counts(&close(&world, "P-1").await), "looked 1, ended 1, proven 1");
        assert_eq!(seat(&world, "ana@home.example"), "inactive");
        assert_eq!(world.org().open_invitations("ana@acme.example").len(), 0);
    }
}

#[tokio::test]
async fn accepted_under_another_address_and_closed_before_anybody_looked_it_ends_as_well() {
    for original_stays_sent in [false, true] {
        let world = world_with_org(move |options| {
            options.rules = Rules { original_stays_sent, ..Rules::default() }
        })
        .await;
        invite(&world, request("P-1", "Acme", "ana@acme.example")).await;
        accept_as(&world, "ana@acme.example", "ana@home.example");

        assert_eq!(counts(&close(&world, "P-1").await), "looked 1, ended 1, proven 1");

        assert_eq!(seat(&world, "ana@home.example"), "inactive");
        assert_eq!(world.org().open_invitations("ana@acme.example").len(), 0);
    }
}

#[tokio::test]
async fn an_acceptance_that_the_org_blocks_leaves_the_invitation_open() {
    let world = world().await;
    invite(&world, request("P-1", "Acme", "ana@acme.example")).await;
    world.org().block_acceptance(true);
    world.org().accept_from("Acme", "ana@acme.example").expect_err("a validation rule blocks it");
    assert_eq!(counts(&sweep(&world).await), "looked 1, kept 1");
    assert_eq!(grants(&world, "ana@acme.example").await, ["P-1 member invited"]);
}

fn accept_as(world: &World, invited: &str, entered: &str) {
    let invitation = world.org().open_invitations(invited).pop().expect("it is open");
    world.org().accept_as(&invitation.id, entered).expect("it is accepted");
}
