//! What people did by hand is respected: nobody is put back.

use machinery::world::{
    close, counts, days, grants, invite, join, minutes, request, seat, sweep, told, world,
};

#[tokio::test]
async fn who_was_removed_by_hand_is_not_put_back_and_the_grant_ends() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    world.org().remove_member("Acme", "ana@acme.example").unwrap();
    world.pass(days(60));

    assert_eq!(counts(&sweep(&world).await), "looked 1, ended 1, proven 1");

    assert_eq!(
        grants(&world, "ana@acme.example").await,
        ["P-1 member ended removedByHand proven 0"]
    );
    assert_eq!(seat(&world, "ana@acme.example"), "inactive", "the seat would linger otherwise");
    assert_eq!(told(&world, "Customer Access Ended")[0].detail["reason"], "removedByHand");
}

#[tokio::test]
async fn who_was_deactivated_by_hand_loses_the_membership_too() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    world.org().deactivate("ana@acme.example").unwrap();
    assert_eq!(
        seat(&world, "ana@acme.example"),
        "inactive in Acme",
        "a reactivation would bring access back"
    );
    world.pass(days(60));

    assert_eq!(counts(&sweep(&world).await), "looked 1, ended 1, proven 1");

    assert_eq!(
        grants(&world, "ana@acme.example").await,
        ["P-1 member ended removedByHand proven 0"]
    );
    assert_eq!(seat(&world, "ana@acme.example"), "inactive");
}

#[tokio::test]
async fn an_invitation_withdrawn_by_hand_ends_the_grant_whether_its_row_stays_or_goes() {
    for row_goes in [false, true] {
        let world = world().await;
        world.org().change_rules(|rules| rules.cancelled_row_disappears = row_goes);
        invite(&world, request("P-1", "Acme", "ana@acme.example")).await;
        let invitation = world.org().open_invitations("ana@acme.example").pop().unwrap();
        world.org().cancel_invitation(&invitation.id).unwrap();

        assert_eq!(
            counts(&sweep(&world).await),
            "looked 1, kept 1",
            "so soon, a read may be stale"
        );
        world.pass(minutes(16));
        assert_eq!(counts(&sweep(&world).await), "looked 1, ended 1, proven 1");
        assert_eq!(
            grants(&world, "ana@acme.example").await,
            ["P-1 member ended removedByHand proven 0"]
        );
        assert_eq!(world.org().mails().len(), 1);
    }
}

#[tokio::test]
async fn a_group_deleted_by_hand_ends_its_grants() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    world.org().delete_group("Acme").unwrap();

    assert_eq!(counts(&close(&world, "P-1").await), "looked 1, ended 1, proven 1");

    assert_eq!(seat(&world, "ana@acme.example"), "inactive");
}

#[tokio::test]
async fn a_renamed_group_is_the_same_group() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    world.org().rename_group("Acme", "Acme (old)").unwrap();
    close(&world, "P-1").await;
    assert_eq!(seat(&world, "ana@acme.example"), "inactive");
}

#[tokio::test]
async fn an_archived_group_still_gives_access_and_so_it_is_ended() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    world.org().set_archived("Acme", true).unwrap();
    close(&world, "P-1").await;
    assert_eq!(seat(&world, "ana@acme.example"), "inactive");
}

#[tokio::test]
async fn a_customer_whose_address_was_changed_by_hand_is_still_ended() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    world.org().set_email("ana@acme.example", "ana@married.example").unwrap();
    close(&world, "P-1").await;
    assert_eq!(seat(&world, "ana@married.example"), "inactive");
}
