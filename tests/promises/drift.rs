//! Access that is there again after it was proven gone.

use machinery::world::{
    World, close, counts, days, grants, invite, join, request, seat, sweep, told, told_of, world,
    world_with_org,
};

#[tokio::test]
async fn an_invitation_accepted_after_the_close_is_caught_and_ended_again() {
    for row_goes in [false, true] {
        let world = world_with_org(move |options| {
            options.rules.cancelled_link_works = true;
            options.rules.cancelled_row_disappears = row_goes;
        })
        .await;
        invite(&world, request("P-1", "Acme", "ana@acme.example")).await;
        let invitation = world.org().open_invitations("ana@acme.example").pop().unwrap();
        close(&world, "P-1").await;
        world.org().accept(&invitation.id).expect("the link still works");
        assert_eq!(seat(&world, "ana@acme.example"), "active in Acme");

        world.pass(days(1));
        let report = sweep(&world).await;

        assert_eq!(seat(&world, "ana@acme.example"), "inactive");
        assert_eq!(
            grants(&world, "ana@acme.example").await,
            ["P-1 member ended joinedLate proven 0"]
        );
        assert_eq!(counts(&report), "looked 1, ended 1, proven 1");
        let reasons: Vec<_> = told(&world, "Customer Access Ended")
            .into_iter()
            .map(|event| event.detail["reason"].clone())
            .collect();
        assert_eq!(reasons, ["projectClosed", "joinedLate"]);
    }
}

#[tokio::test]
async fn access_given_back_by_hand_is_announced_once_and_left_to_people() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    close(&world, "P-1").await;
    give_back(&world);

    world.pass(days(1));
    assert_eq!(counts(&sweep(&world).await), "looked 1, drifted 1");

    assert_eq!(told_of(&world, "Customer Access Drifted"), ["ana@acme.example"]);
    for _ in 0..30 {
        world.pass(days(1));
        sweep(&world).await;
    }
    assert_eq!(told_of(&world, "Customer Access Drifted"), ["ana@acme.example"]);
    assert_eq!(seat(&world, "ana@acme.example"), "active in Acme");
}

#[tokio::test]
async fn who_was_first_seen_in_the_group_when_it_ended_had_joined_all_the_same() {
    let world = world().await;
    invite(&world, request("P-1", "Acme", "ana@acme.example")).await;
    world.org().accept_from("Acme", "ana@acme.example").unwrap();
    close(&world, "P-1").await;
    assert_eq!(seat(&world, "ana@acme.example"), "inactive");
    give_back(&world);

    world.pass(days(1));
    sweep(&world).await;

    assert_eq!(told_of(&world, "Customer Access Drifted"), ["ana@acme.example"]);
    assert_eq!(seat(&world, "ana@acme.example"), "active in Acme", "somebody meant it");
}

#[tokio::test]
async fn a_seat_reactivated_by_hand_without_a_group_is_a_drift_too() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    close(&world, "P-1").await;
    world.org().activate("ana@acme.example").unwrap();

    world.pass(days(1));
    sweep(&world).await;

    assert_eq!(told_of(&world, "Customer Access Drifted"), ["ana@acme.example"]);
    assert_eq!(seat(&world, "ana@acme.example"), "active");
}

#[tokio::test]
async fn what_was_given_back_by_hand_is_lanyards_again_once_a_request_names_it() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    close(&world, "P-1").await;
    give_back(&world);
    world.pass(days(1));
    sweep(&world).await;

    assert_eq!(
        invite(&world, request("P-2", "Acme", "ana@acme.example")).await,
        "ana@acme.example adopted"
    );
    close(&world, "P-2").await;

    assert_eq!(seat(&world, "ana@acme.example"), "inactive");
}

fn give_back(world: &World) {
    world.org().activate("ana@acme.example").expect("a free seat");
    world.org().add_member("Acme", "ana@acme.example", "Standard").expect("put in by hand");
}
