//! Who accepted an invitation is not who has its address later: nobody is taken for the customer who may have come by themselves,
//! and nobody is told as gone while whoever accepted may be in.

use machinery::world::{
    World, close, closed, days, grants, invitation_mails, invite, minutes, request, sweep, told,
    told_of, with, world,
};
use salesforce_simulator::{Fault, FaultKind, Matching, NewGroup, NewUser};
use serde_json::{Value, json};

const ANA: &str = "ana@acme.example";
const BO: &str = "bo@acme.example";
const ENDED: &str = "Customer Access Ended";
const STUCK: &str = "Customer Access Stuck";

#[tokio::test]
async fn who_got_the_address_later_and_a_place_by_hand_is_not_taken_for_whoever_accepted() {
    for (group, is_close) in [("Acme", true), ("Acme", false), ("Lounge", true)] {
        let world = world().await;
        let user = accepted(&world, "Acme", ANA).await;
        world.org().add_group(&NewGroup::for_customers("Lounge")).unwrap();
        world.org().set_email(&user, "ana.new@acme.example").unwrap();
        let second = NewUser::customer(ANA).username("second@elsewhere.example");
        let second = world.org().add_user(second).unwrap();
        world.org().add_member(group, &second, "Standard").unwrap();
        world.pass(if is_close { minutes(20) } else { days(90) });
        if is_close {
            close(&world, "P-1").await;
        }
        nights(&world, 3).await;

        assert_eq!(told_of(&world, ENDED), [""; 0], "whoever accepted is in the group");
        assert!(is_in(&world, group, &second) && is_in(&world, "Acme", &user));
        let stuck = told(&world, STUCK);
        assert_eq!(stuck.len(), 1, "{stuck:?}");
        assert_eq!(stuck[0].detail["stuck"]["code"], "UNDECIDED");
        let candidates = stuck[0].detail["stuck"]["candidates"].as_array().unwrap();
        assert!(candidates.contains(&json!(user)), "{candidates:?}");
        assert_eq!(candidates.contains(&json!(second)), group == "Acme", "{candidates:?}");
    }
}

#[tokio::test]
async fn who_came_by_hand_at_another_time_does_not_keep_anybody_from_being_known() {
    let world = world().await;
    invite(&world, request("P-1", "Acme", ANA)).await;
    world.pass(minutes(20));
    let hand = world.org().add_user(NewUser::customer("eve@else.example")).unwrap();
    world.org().add_member("Acme", &hand, "Standard").unwrap();
    world.pass(minutes(20));
    world.org().accept_from("Acme", ANA).unwrap();
    world.pass(minutes(20));
    close(&world, "P-1").await;
    nights(&world, 1).await;

    assert_eq!(told_of(&world, ENDED), [ANA]);
    assert!(!world.org().is_member("Acme", ANA));
    assert!(
        is_in(&world, "Acme", &hand),
        "nobody answers for this one, who is told and not touched"
    );
}

#[tokio::test]
async fn who_is_in_the_group_is_let_in_when_asked_for_again_though_another_came_at_the_same_time() {
    let world = world().await;
    accepted(&world, "Acme", ANA).await;
    let hand = world.org().add_user(NewUser::customer("eve@else.example")).unwrap();
    world.org().add_member("Acme", &hand, "Standard").unwrap();
    world.pass(minutes(20));

    let answer = invite(&world, request("P-1", "Acme", ANA)).await;
    assert_eq!(answer, format!("{ANA} updated"), "its expiry, for who is in");
    assert_eq!(invitation_mails(&world, ANA), 1);
    close(&world, "P-1").await;
    nights(&world, 1).await;
    assert!(!world.org().is_member("Acme", ANA));
    assert!(is_in(&world, "Acme", &hand));
}

#[tokio::test]
async fn two_who_swapped_their_addresses_before_anybody_looked_are_undecided() {
    let world = world().await;
    let ana = accepted(&world, "Acme", ANA).await;
    let bo = accepted(&world, "Other", BO).await;
    world.org().set_email(&ana, "between@elsewhere.example").unwrap();
    world.org().set_email(&bo, ANA).unwrap();
    world.org().set_email(&ana, BO).unwrap();
    world.pass(minutes(20));
    close(&world, "P-1").await;
    nights(&world, 3).await;

    assert_eq!(told_of(&world, ENDED), [""; 0], "both are in");
    assert!(is_in(&world, "Acme", &ana) && is_in(&world, "Other", &bo), "and nobody is mistaken");
}

#[tokio::test]
async fn who_is_invited_again_after_the_address_was_changed_does_not_answer_for_the_first_time() {
    let world = world().await;
    let first = accepted(&world, "Acme", ANA).await;
    world.org().set_email(&first, "new@elsewhere.example").unwrap();
    invite(&world, request("P-2", "Other", ANA)).await;
    let second = world.org().accept_from("Other", ANA).unwrap();
    world.pass(minutes(20));
    sweep(&world).await;
    close(&world, "P-1").await;
    nights(&world, 3).await;

    assert_eq!(
        told_of(&world, ENDED),
        [""; 0],
        "the first is in Acme: {:?}",
        grants(&world, ANA).await
    );
    assert!(is_in(&world, "Acme", &first));
    assert!(is_in(&world, "Other", &second), "the other project goes on");
}

#[tokio::test]
async fn an_acceptance_that_nobody_answers_for_is_not_over_although_the_seats_agree() {
    for refuses_paths in [false, true] {
        let world = world().await;
        world.org().change_rules(|rules| rules.refuse_member_paths = refuses_paths);
        let user = accepted(&world, "Acme", ANA).await;
        world.org().change_rules(|rules| rules.used_licences_offset = -1);
        world.org().hide_user(&user, true).unwrap();
        world.pass(minutes(20));
        let _ = world.close_project(closed(&world, "P-1")).await;
        nights(&world, 3).await;
        assert_eq!(told_of(&world, ENDED), [""; 0], "the person is in the group");
        let stuck = told(&world, STUCK);
        assert_eq!((stuck.len(), &stuck[0].detail["stuck"]["code"]), (1, &json!("USER_HIDDEN")));

        world.org().change_rules(|rules| rules.used_licences_offset = 0);
        world.org().hide_user(&user, false).unwrap();
        nights(&world, 2).await;
        assert_eq!(told_of(&world, ENDED), [ANA], "who is shown again is put out");
        assert!(!is_in(&world, "Acme", &user));
    }
}

#[tokio::test]
async fn a_late_acceptance_under_another_address_by_nobody_who_is_shown_is_told() {
    for disappears in [false, true] {
        let world = world().await;
        world.org().change_rules(|rules| {
            rules.cancelled_row_disappears = disappears;
            rules.cancelled_link_works = true;
        });
        invite(&world, request("P-1", "Acme", ANA)).await;
        let invitation = world.org().open_invitations(ANA).pop().unwrap().id;
        close(&world, "P-1").await;
        assert_eq!(told_of(&world, ENDED), [ANA]);
        world.org().change_rules(|rules| rules.used_licences_offset = -1);
        let user = world.org().accept_as(&invitation, "x@home.example").unwrap();
        world.org().hide_user(&user, true).unwrap();
        world.pass(days(1));
        let report = sweep(&world).await;

        assert_eq!((&report["reproven"], &report["undecided"]), (&json!(0), &json!(1)), "{report}");
        world.org().hide_user(&user, false).unwrap();
        world.org().change_rules(|rules| rules.used_licences_offset = 0);
        nights(&world, 1).await;
        assert!(!is_in(&world, "Acme", &user), "who is shown is put out");
    }
}

#[tokio::test]
async fn who_accepted_another_invitation_of_the_customers_does_not_answer_for_this_one() {
    let world = world().await;
    for group in ["Other", "Acme"] {
        invite(&world, with(request("P-1", group, BO), &json!({ "days": 1 }))).await;
    }
    invite(&world, with(request("P-1", "Acme", ANA), &json!({ "days": 1 }))).await;
    let ana = world.org().accept_from("Acme", ANA).unwrap();
    let [other, acme] = ["Other", "Acme"].map(|group| {
        let id = world.org().group_by_name(group).unwrap().id;
        let mut sent = world.org().open_invitations(BO).into_iter();
        sent.find(|it| it.group_id == id).unwrap().id
    });
    world.org().accept_by(&other, &ana).unwrap();
    let bo = world.org().accept(&acme).unwrap();
    world.org().set_email(&bo, "new@elsewhere.example").unwrap();
    nights(&world, 4).await;

    let ended = told(&world, ENDED);
    let is_acme = |it: &Value| it["email"] == BO && it["group"]["name"] == "Acme";
    assert!(!ended.iter().any(|it| is_acme(&it.detail)), "who accepted is in the group: {ended:?}");
    assert!(is_in(&world, "Acme", &bo));
    assert!(!is_in(&world, "Acme", &ana) && !is_in(&world, "Other", &ana));
}

#[tokio::test]
async fn a_seat_is_not_held_by_a_grant_of_somebody_else_who_was_known_before_the_addresses_were_swapped()
 {
    let world = world().await;
    let ana = accepted(&world, "Acme", ANA).await;
    let bo = accepted(&world, "Other", BO).await;
    sweep(&world).await;
    world.org().set_email(&ana, "between@elsewhere.example").unwrap();
    world.org().set_email(&bo, ANA).unwrap();
    world.org().set_email(&ana, BO).unwrap();
    world.pass(minutes(20));
    close(&world, "P-1").await;
    nights(&world, 1).await;

    assert_eq!(told_of(&world, ENDED), [ANA]);
    assert_eq!(told(&world, ENDED)[0].detail["proof"]["seatActive"], false);
    let is_active = |user: &str| world.org().users().iter().any(|it| it.id == user && it.is_active);
    assert!(!is_active(&ana), "no grant holds this seat");
    assert!(is_in(&world, "Other", &bo), "the other project goes on");
}

/// Somebody who accepted an invitation at once and whom nobody has looked at since; their user.
async fn accepted(world: &World, group: &str, email: &str) -> String {
    let project = if group == "Acme" { "P-1" } else { "P-2" };
    invite(world, request(project, group, email)).await;
    world.org().accept_from(group, email).expect("an invitation")
}

async fn nights(world: &World, count: usize) {
    for _ in 0..count {
        world.pass(days(1));
        let _ = world.sweep(json!({})).await;
    }
}

fn is_in(world: &World, group: &str, user: &str) -> bool {
    let group = world.org().group_by_name(group).expect("a group").id;
    let is_active = world.org().users().iter().any(|it| it.id == user && it.is_active);
    is_active && world.org().members().iter().any(|it| it.user_id == user && it.group_id == group)
}

#[tokio::test]
async fn no_second_mail_goes_to_who_accepted_and_changed_the_address_before_anybody_looked() {
    for recorded in [false, true] {
        let world = world().await;
        if !recorded {
            // The mail goes out, and the run dies with it.
            let lost = Fault::always(FaultKind::DropAfter);
            world.org().add_fault(lost.matching(Matching::writes_of("CollaborationInvitation")));
        }
        let answer = invite(&world, request("P-1", "Acme", ANA)).await;
        world.org().clear_faults();
        let state = if recorded { "P-1 member invited" } else { "P-1 member requested" };
        assert_eq!(grants(&world, ANA).await, [state], "{answer}");
        let user = world.org().accept_from("Acme", ANA).unwrap();
        world.org().set_email(&user, "ana.new@acme.example").unwrap();

        world.pass(minutes(60));
        let refused = format!("{ANA} refused CUSTOMER_NOT_SEEN");
        assert_eq!(invite(&world, request("P-1", "Acme", ANA)).await, refused);
        let report = sweep(&world).await;
        assert_eq!(report["undecided"], 1, "{report}");
        nights(&world, 2).await;
        assert_eq!(invite(&world, request("P-1", "Acme", ANA)).await, refused);

        assert_eq!(invitation_mails(&world, ANA), 1);
        assert!(is_in(&world, "Acme", &user));
        // Once they have the address again, everybody knows.
        world.org().set_email(&user, ANA).unwrap();
        nights(&world, 1).await;
        assert_eq!(grants(&world, ANA).await, ["P-1 member active"]);
    }
}
