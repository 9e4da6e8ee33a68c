//! Memberships and seats are counted: what somebody else still holds stays.

use machinery::world::{close, counts, grants, invite, join, request, seat, sweep, told, world};
use salesforce_simulator::NewGroup;

#[tokio::test]
async fn a_membership_ends_with_the_last_project_that_holds_it_and_the_seat_with_it() {
    let world = world().await;
    assert_eq!(
        invite(&world, request("P-1", "Acme", "ana@acme.example")).await,
        "ana@acme.example invited"
    );
    assert_eq!(
        invite(&world, request("P-2", "Acme", "ana@acme.example")).await,
        "ana@acme.example pending"
    );
    world.org().accept_from("Acme", "ana@acme.example").unwrap();
    assert_eq!(counts(&sweep(&world).await), "looked 2, joined 2");

    assert_eq!(counts(&close(&world, "P-1").await), "looked 1, ended 1, proven 1");
    assert_eq!(seat(&world, "ana@acme.example"), "active in Acme");
    let ended = &told(&world, "Customer Access Ended")[0].detail;
    assert_eq!(ended["proof"]["member"], true, "the proof shows what was read");
    assert_eq!(ended["proof"]["seatHeldByOtherGrant"], true);

    assert_eq!(counts(&close(&world, "P-2").await), "looked 1, ended 1, proven 1");
    assert_eq!(seat(&world, "ana@acme.example"), "inactive");
    let ended = &told(&world, "Customer Access Ended")[1].detail;
    assert_eq!(ended["proof"]["member"], false);
    assert_eq!(ended["proof"]["seatActive"], false);
}

#[tokio::test]
async fn one_project_with_two_groups_loses_both_and_the_seat() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    assert_eq!(
        invite(&world, request("P-1", "Acme files", "ana@acme.example")).await,
        "ana@acme.example added"
    );
    assert_eq!(seat(&world, "ana@acme.example"), "active in Acme, Acme files");

    assert_eq!(counts(&close(&world, "P-1").await), "looked 2, ended 2, proven 2");
    assert_eq!(seat(&world, "ana@acme.example"), "inactive");
}

#[tokio::test]
async fn a_seat_is_kept_for_another_project_in_another_group() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    assert_eq!(
        invite(&world, request("P-2", "Globex", "ana@acme.example")).await,
        "ana@acme.example added"
    );

    close(&world, "P-1").await;

    assert_eq!(seat(&world, "ana@acme.example"), "active in Globex");
    assert_eq!(
        grants(&world, "ana@acme.example").await,
        ["P-1 member ended projectClosed proven 0", "P-2 member active"]
    );
}

#[tokio::test]
async fn an_invitation_is_withdrawn_with_the_last_project_that_holds_it() {
    let world = world().await;
    invite(&world, request("P-1", "Acme", "ana@acme.example")).await;
    invite(&world, request("P-2", "Acme", "ana@acme.example")).await;
    close(&world, "P-1").await;
    assert_eq!(world.org().open_invitations("ana@acme.example").len(), 1);
    close(&world, "P-2").await;
    assert_eq!(world.org().open_invitations("ana@acme.example").len(), 0);
}

#[tokio::test]
async fn a_membership_made_by_hand_elsewhere_keeps_the_seat() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    world.org().add_group(&NewGroup::for_customers("Friends")).unwrap();
    world.org().add_member("Friends", "ana@acme.example", "Standard").unwrap();

    assert_eq!(counts(&close(&world, "P-1").await), "looked 1, ended 1, proven 1");

    assert_eq!(seat(&world, "ana@acme.example"), "active in Friends");
    assert_eq!(told(&world, "Customer Access Ended")[0].detail["proof"]["seatActive"], true);
}

#[tokio::test]
async fn an_open_invitation_elsewhere_keeps_the_seat() {
    let world = world().await;
    world.org().add_group(&NewGroup::for_customers("Friends")).unwrap();
    world.org().add_invitation("Friends", "ana@acme.example").unwrap();
    join(&world, "P-1", "Acme", "ana@acme.example").await;

    close(&world, "P-1").await;

    assert_eq!(seat(&world, "ana@acme.example"), "active");
    assert_eq!(
        world.org().open_invitations("ana@acme.example").len(),
        1,
        "it is not ours to withdraw"
    );
}

#[tokio::test]
async fn an_adopted_membership_is_governed_and_ended_like_any_other() {
    let world = world().await;
    let org = world.org();
    org.add_group(&NewGroup::for_customers("Acme")).unwrap();
    org.add_user(salesforce_simulator::NewUser::customer("ana@acme.example")).unwrap();
    org.add_member("Acme", "ana@acme.example", "Admin").unwrap();
    assert_eq!(
        invite(&world, request("P-1", "Acme", "ana@acme.example")).await,
        "ana@acme.example adopted"
    );
    assert_eq!(
        seat(&world, "ana@acme.example"),
        "active in Acme",
        "with the role that was asked for"
    );

    close(&world, "P-1").await;

    assert_eq!(seat(&world, "ana@acme.example"), "inactive");
}

#[tokio::test]
async fn who_was_not_named_in_any_request_stays_where_they_are() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    let org = world.org();
    org.add_user(salesforce_simulator::NewUser::customer("bo@acme.example")).unwrap();
    org.add_member("Acme", "bo@acme.example", "Standard").unwrap();
    org.add_invitation("Acme", "cy@acme.example").unwrap();

    close(&world, "P-1").await;

    assert_eq!(seat(&world, "bo@acme.example"), "active in Acme");
    assert_eq!(org.open_invitations("cy@acme.example").len(), 1);
}
