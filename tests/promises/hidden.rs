//! Of a group or an invitation that is not shown, nothing is concluded: it may be there all the same.

use machinery::world::{
    close, closed, days, failed, grants, invitation_mails, invite, join, minutes, request, seat,
    sweep, told, told_of, world,
};
use serde_json::json;

const ANA: &str = "ana@acme.example";
const BO: &str = "bo@acme.example";
const ENDED: &str = "Customer Access Ended";
const STUCK: &str = "Customer Access Stuck";

#[tokio::test]
async fn who_is_in_a_group_that_is_not_shown_any_more_was_not_removed_by_hand() {
    let world = world().await;
    for email in [ANA, BO] {
        join(&world, "P-1", "Acme", email).await;
    }
    world.org().hide_group("Acme", true).unwrap();

    for _ in 0..3 {
        world.pass(days(1));
        let report = failed(world.sweep(json!({})).await);
        assert_eq!(report["failures"][0]["code"], "GROUP_HIDDEN");
        assert_eq!(report["failures"][0]["count"].as_u64().unwrap_or(2), 2);
    }

    for email in [ANA, BO] {
        assert_eq!(seat(&world, email), "active in Acme");
        assert_eq!(grants(&world, email).await, ["P-1 member active"]);
    }
    assert_eq!(told_of(&world, ENDED), [""; 0]);
    world.org().hide_group("Acme", false).unwrap();
    world.org().remove_member("Acme", ANA).unwrap();
    world.pass(days(1));
    sweep(&world).await;
    assert_eq!(told_of(&world, ENDED), [ANA], "somebody did it, and the group is shown");
    assert_eq!(seat(&world, BO), "active in Acme");
}

#[tokio::test]
async fn who_stays_in_a_group_that_is_not_shown_is_not_proven_gone_and_it_is_told_what_to_mend() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    invite(&world, request("P-2", "Other", ANA)).await;
    world.org().hide_group("Acme", true).unwrap();

    close(&world, "P-1").await;
    for _ in 0..40 {
        world.pass(days(1));
        sweep(&world).await;
    }

    assert_eq!(seat(&world, ANA), "active in Acme, Other", "the other project keeps the seat");
    assert_eq!(told_of(&world, ENDED), [""; 0]);
    let stuck = told(&world, STUCK);
    assert_eq!(stuck.len(), 1, "it is told once");
    assert_eq!(stuck[0].detail["stuck"]["code"], "GROUP_HIDDEN");

    world.org().hide_group("Acme", false).unwrap();
    world.pass(days(1));
    sweep(&world).await;
    assert_eq!(seat(&world, ANA), "active in Other");
    assert_eq!(told_of(&world, ENDED), [ANA]);
}

#[tokio::test]
async fn who_cannot_sign_in_has_no_access_whatever_group_is_not_shown() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    world.org().hide_group("Acme", true).unwrap();

    close(&world, "P-1").await;

    assert_eq!(seat(&world, ANA), "inactive in Acme");
    assert_eq!(told_of(&world, ENDED), [ANA]);
    world.org().hide_group("Acme", false).unwrap();
    world.pass(days(2));
    sweep(&world).await;
    assert_eq!(seat(&world, ANA), "inactive", "the place would come back with the seat");
    assert_eq!(told_of(&world, ENDED), [ANA, ANA], "now the place is over too");

    invite(&world, request("P-2", "Other", ANA)).await;
    assert_eq!(seat(&world, ANA), "active in Other");
}

#[tokio::test]
async fn nobody_is_woken_who_may_have_a_place_in_a_group_that_is_not_shown() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    world.org().hide_group("Acme", true).unwrap();
    close(&world, "P-1").await;
    world.pass(days(3));
    sweep(&world).await;
    let answer = invite(&world, request("P-2", "Other", ANA)).await;
    assert_eq!(answer, format!("{ANA} refused CUSTOMER_NOT_SEEN"));
    assert_eq!(seat(&world, ANA), "inactive in Acme");

    world.org().hide_group("Acme", false).unwrap();
    world.pass(days(1));
    sweep(&world).await;
    assert_eq!(invite(&world, request("P-2", "Other", ANA)).await, format!("{ANA} reactivated"));
    assert_eq!(seat(&world, ANA), "active in Other");
}

#[tokio::test]
async fn what_another_address_of_the_same_person_holds_is_known_though_its_group_is_not_shown() {
    let world = world().await;
    invite(&world, request("P-1", "Acme", ANA)).await;
    invite(&world, request("P-2", "Other", BO)).await;
    let invitation = world.org().open_invitations(BO).pop().unwrap().id;
    let user = world.org().accept_from("Acme", ANA).unwrap();
    world.org().accept_by(&invitation, &user).unwrap();
    world.pass(days(1));
    sweep(&world).await;
    world.org().hide_group("Other", true).unwrap();

    let report = failed(world.close_project(closed(&world, "P-1")).await);
    assert_eq!(report["failures"][0]["code"], "GROUP_HIDDEN", "it is said of the other grant");
    assert_eq!(seat(&world, ANA), "active in Other");
    for _ in 0..3 {
        world.pass(days(1));
        let _ = world.sweep(json!({})).await;
    }
    assert_eq!(seat(&world, ANA), "active in Other", "and nobody is said to have done it");
    assert_eq!(told_of(&world, ENDED), [ANA]);
}

#[tokio::test]
async fn an_org_that_does_not_group_rows_is_read_all_the_same() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    join(&world, "P-2", "Other", BO).await;
    world.org().change_rules(|rules| rules.refuse_grouping = true);

    close(&world, "P-1").await;

    assert_eq!(
        (seat(&world, ANA), seat(&world, BO)),
        ("inactive".into(), "active in Other".into())
    );
    assert_eq!(told_of(&world, ENDED), [ANA]);
}

#[tokio::test]
async fn an_invitation_that_is_not_shown_is_cancelled_by_its_id_when_its_grant_ends() {
    let world = world().await;
    invite(&world, request("P-1", "Acme", ANA)).await;
    let invitation = world.org().open_invitations(ANA).pop().unwrap().id;
    world.org().hide_invitation(&invitation, true).unwrap();
    world.pass(minutes(20));

    close(&world, "P-1").await;

    assert_eq!(world.org().open_invitations(ANA).len(), 0, "the link is dead");
    world.pass(days(1));
    sweep(&world).await;
    assert_eq!(told_of(&world, ENDED), [ANA]);
}

#[tokio::test]
async fn of_an_invitation_that_is_not_shown_no_second_mail_goes_out() {
    let world = world().await;
    invite(&world, request("P-1", "Acme", ANA)).await;
    let invitation = world.org().open_invitations(ANA).pop().unwrap().id;
    world.org().hide_invitation(&invitation, true).unwrap();
    world.pass(minutes(20));

    for project in ["P-1", "P-2"] {
        let answer = invite(&world, request(project, "Acme", ANA)).await;
        assert!(answer.contains("CUSTOMER_NOT_SEEN"), "{answer}");
    }
    world.pass(days(1));
    failed(world.sweep(json!({})).await);

    assert_eq!(invitation_mails(&world, ANA), 1);
    assert_eq!(told_of(&world, ENDED), [""; 0], "nobody withdrew it");
    assert_eq!(world.org().open_invitations(ANA).len(), 1);
    world.org().hide_invitation(&invitation, false).unwrap();
    world.org().accept(&invitation).expect("it is alive");
    world.pass(days(1));
    sweep(&world).await;
    assert_eq!(grants(&world, ANA).await, ["P-1 member active"]);
}
