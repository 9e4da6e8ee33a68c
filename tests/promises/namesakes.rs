//! Sharing an address makes nobody the customer: who came by somebody's hand is left to people, and told.

use access::Policy;
use machinery::world::{
    World, close, counts, days, grants, invite, join, minutes, request, seat, sweep, told, world,
    world_with, world_with_org,
};
use salesforce_simulator::{Licence, NewUser};
use serde_json::json;

const ANA: &str = "ana@acme.example";
const UNGOVERNED: &str = "Customer Access Ungoverned";

#[tokio::test]
async fn whoever_gets_the_address_of_somebody_who_joined_is_told_and_left() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    let first = world.org().user_by_email(ANA).unwrap().id;
    world.org().set_email(&first, "new@elsewhere.example").unwrap();
    let second = namesake(&world, "Acme");
    nights(&world, 1).await;
    close(&world, "P-1").await;
    nights(&world, 3).await;

    assert_eq!(seat(&world, &first), "inactive");
    assert_eq!(seat(&world, &second), "active in Acme");
    assert_eq!(found(&world), 1);
}

#[tokio::test]
async fn who_is_put_in_while_the_invitation_is_open_did_not_come_by_it() {
    let world = world().await;
    invite(&world, request("P-1", "Acme", ANA)).await;
    let user = namesake(&world, "Acme");
    nights(&world, 1).await;
    assert_eq!(grants(&world, ANA).await, ["P-1 member invited"]);

    close(&world, "P-1").await;

    assert_eq!(seat(&world, &user), "active in Acme");
    assert_eq!(world.org().open_invitations(ANA).len(), 0);
    nights(&world, 2).await;
    assert_eq!(found(&world), 1, "nobody answers any more");
}

#[tokio::test]
async fn who_is_put_in_beside_who_accepted_is_told_and_left_although_nobody_had_looked() {
    for waits in [1, 60, 26 * 60] {
        let world = world().await;
        invite(&world, request("P-1", "Acme", ANA)).await;
        let first = world.org().accept_from("Acme", ANA).unwrap();
        world.pass(minutes(waits + 1));
        let second = namesake(&world, "Acme");
        world.pass(minutes(60));
        close(&world, "P-1").await;
        assert_eq!(seat(&world, &first), "inactive", "after {waits} minutes");
        assert_eq!(seat(&world, &second), "active in Acme", "after {waits} minutes");
        nights(&world, 1).await;
        assert_eq!(found(&world), 1, "after {waits} minutes");
    }
}

#[tokio::test]
async fn who_was_there_before_somebody_accepted_under_another_address_did_not_accept() {
    let world = world().await;
    invite(&world, request("P-1", "Acme", ANA)).await;
    let second = namesake(&world, "Acme");
    nights(&world, 1).await;
    let invitation = world.org().open_invitations(ANA).pop().unwrap().id;
    let first = world.org().accept_as(&invitation, "home@x.example").unwrap();
    nights(&world, 1).await;
    close(&world, "P-1").await;
    assert_eq!(seat(&world, &first), "inactive");
    assert_eq!(seat(&world, &second), "active in Acme");
}

#[tokio::test]
async fn who_is_put_in_is_left_although_the_row_of_the_unused_invitation_is_gone_or_not_shown() {
    for what in ["cancelled by us", "cancelled by hand", "not shown"] {
        let world = world_with_org(move |options| {
            options.rules.cancelled_row_disappears = what != "not shown";
        })
        .await;
        invite(&world, request("P-1", "Acme", ANA)).await;
        let invitation = world.org().open_invitations(ANA).pop().unwrap().id;
        let user = namesake(&world, "Acme");
        world.pass(minutes(20));
        match what {
            "cancelled by hand" => world.org().cancel_invitation(&invitation).unwrap(),
            "not shown" => world.org().hide_invitation(&invitation, true).unwrap(),
            _ => {}
        }
        for _ in 0..2 {
            let _ = world.close_project(machinery::world::closed(&world, "P-1")).await;
            world.pass(days(1));
            let _ = world.sweep(json!({})).await;
        }
        assert_eq!(seat(&world, &user), "active in Acme", "{what}");
        assert_eq!(told(&world, "Customer Joined").len(), 0, "{what}");
    }
}

#[tokio::test]
async fn who_has_another_licence_for_a_night_was_not_removed_by_hand() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    let user = world.org().user_by_email(ANA).unwrap().id;
    world.org().change_licence(&user, Licence::ChatterFree).unwrap();
    nights(&world, 1).await;
    world.org().change_licence(&user, Licence::ChatterExternal).unwrap();
    nights(&world, 1).await;
    assert_eq!(seat(&world, &user), "active in Acme");
    assert_eq!(grants(&world, ANA).await, ["P-1 member active"]);
}

#[tokio::test]
async fn who_is_put_in_after_the_end_is_told_and_left() {
    for wait in [1, 5, 35, 59] {
        let world = world().await;
        invite(&world, request("P-1", "Acme", ANA)).await;
        close(&world, "P-1").await;
        nights(&world, wait).await;
        let user = namesake(&world, "Acme");
        nights(&world, 62 - wait).await;

        assert_eq!(seat(&world, &user), "active in Acme", "after {wait} days");
        assert_eq!(found(&world), 1, "after {wait} days");
    }
}

#[tokio::test]
async fn what_an_admin_sends_after_the_end_is_the_admins() {
    for wait in [1, 5, 35] {
        let world = world().await;
        invite(&world, request("P-1", "Acme", ANA)).await;
        close(&world, "P-1").await;
        nights(&world, wait).await;
        let invitation = world.org().add_invitation("Acme", ANA).unwrap();
        nights(&world, 2).await;
        let user = world.org().accept(&invitation).expect("nobody has cancelled it");
        nights(&world, 60 - wait).await;

        assert_eq!(seat(&world, &user), "active in Acme", "after {wait} days");
        assert!(found(&world) > 0, "after {wait} days");
    }
}

#[tokio::test]
async fn who_has_the_address_of_somebody_governed_is_told_and_not_adopted() {
    let policy =
        json!({ "ungoverned": { "adopt": { "days": 30, "sponsor": "kim@corp.example" } } });
    let policy = Policy::from_json(&policy.to_string()).unwrap();
    let world = world_with(|setup| setup.policy = policy).await;
    join(&world, "P-1", "Acme", ANA).await;
    let first = world.org().user_by_email(ANA).unwrap().id;
    let second = namesake(&world, "Acme");
    nights(&world, 40).await;

    assert_eq!(seat(&world, &first), "active in Acme");
    assert_eq!(seat(&world, &second), "active in Acme");
    assert_eq!((found(&world), grants(&world, ANA).await.len()), (1, 1));
}

#[tokio::test]
async fn whoever_has_another_licence_by_the_end_is_left_to_people_who_are_told_once() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    let user = world.org().user_by_email(ANA).unwrap().id;
    world.org().change_licence(&user, Licence::ChatterFree).unwrap();

    world.pass(days(100));
    nights(&world, 5).await;

    assert_eq!(seat(&world, &user), "active in Acme");
    let stuck = told(&world, "Customer Access Stuck");
    assert_eq!(stuck.len(), 1);
    assert_eq!(stuck[0].detail["stuck"]["code"], "NOT_A_CUSTOMER");
    assert_eq!(stuck[0].detail["stuck"]["candidates"], json!([user]));
    world.org().remove_member("Acme", &user).unwrap();
    world.pass(days(1));
    assert_eq!(counts(&sweep(&world).await), "looked 1, ended 1, proven 1");
}

/// Another customer of the org with the same address, put into a group by hand.
fn namesake(world: &World, group: &str) -> String {
    let user = NewUser::customer(ANA).username("second@namesake.example");
    let user = world.org().add_user(user).expect("a free username");
    world.org().add_member(group, &user, "Standard").expect("a free place");
    user
}

async fn nights(world: &World, count: usize) {
    for _ in 0..count {
        world.pass(days(1));
        sweep(world).await;
    }
}

/// How often it was told that nobody answers for the address.
fn found(world: &World) -> usize {
    told(world, UNGOVERNED).iter().filter(|it| it.detail["address"] == ANA).count()
}
