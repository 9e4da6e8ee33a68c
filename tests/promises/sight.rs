//! Not seen is not gone: nothing that could not be seen is ever told as ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::BoxFuture;
use machinery::network::{Call, Conduct, Network, Onward, Outcome, Service};
use machinery::world::{
    World, close, closed, counts, days, failed, grants, invitation_mails, invite, join, minutes,
    request, seat, sweep, text, told, told_of, world, world_with_org,
};
use salesforce_simulator::{NewUser, Normalisation, OrgHandle};
use serde_json::{Value, json};

const ANA: &str = "ana@acme.example";
const BO: &str = "bo@acme.example";
const ENDED: &str = "Customer Access Ended";
const STUCK: &str = "Customer Access Stuck";

#[tokio::test]
async fn who_accepted_and_changed_the_address_before_anybody_looked_is_undecided_and_told_with_the_candidates()
 {
    for is_immediate in [true, false] {
        let world = world().await;
        let user = accepted(&world, ANA).await;
        world.org().set_email(ANA, "new@elsewhere.example").unwrap();
        if is_immediate {
            world.pass(minutes(16));
            close(&world, "P-1").await;
        } else {
            world.pass(days(90));
            sweep(&world).await;
        }

        assert_eq!(grants(&world, ANA).await.len(), 1);
        assert!(grants(&world, ANA).await[0].ends_with("stuck"), "{:?}", grants(&world, ANA).await);
        for _ in 0..40 {
            world.pass(days(1));
            sweep(&world).await;
        }
        assert_eq!(told_of(&world, ENDED), [""; 0], "the person is in the group");
        let stuck = told(&world, STUCK);
        assert_eq!(stuck.len(), 1, "it is told once");
        assert_eq!(stuck[0].detail["stuck"]["code"], "UNDECIDED");
        assert_eq!(stuck[0].detail["stuck"]["candidates"], json!([user]));

        world.org().remove_member("Acme", "new@elsewhere.example").unwrap();
        world.pass(days(1));
        sweep(&world).await;
        assert_eq!(told_of(&world, ENDED), [""; 0], "the person still has a seat");
        world.org().deactivate("new@elsewhere.example").unwrap();
        world.pass(days(1));
        sweep(&world).await;
        assert_eq!(told_of(&world, ENDED), [ANA], "somebody has taken the person out");
    }
}

#[tokio::test]
async fn who_accepted_under_an_address_that_lanyard_does_not_take_is_found_all_the_same() {
    let long = format!("{}@acme.example", "l".repeat(75));
    for address in ["bé1@acme.example", "a..b3@acme.example", &long] {
        let world = world().await;
        invite(&world, request("P-1", "Acme", ANA)).await;
        let invitation = open(&world.org(), ANA);
        world.org().accept_as(&invitation, address).expect("it is accepted");
        close(&world, "P-1").await;
        let user = world.org().users().into_iter().find(|it| it.email == address).expect("a user");
        let is_member = world.org().members().iter().any(|it| it.user_id == user.id);
        let is_told = !told(&world, ENDED).is_empty();
        assert!(!is_told || (!is_member && !user.is_active), "{address}");
        assert!(is_told || !told(&world, STUCK).is_empty(), "{address}");
    }
}

#[tokio::test]
async fn whom_the_integration_user_may_not_see_any_more_is_not_gone_and_the_permission_is_named() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    world.org().change_settings(|settings| settings.view_all_users = false);

    let report = failed(world.close_project(closed(&world, "P-1")).await);

    assert_eq!(report["failures"][0]["code"], "USER_HIDDEN");
    assert!(text(&report["failures"][0]["message"]).contains("View All Users"), "{report}");
    assert_eq!(
        (report["proven"].as_u64(), seat(&world, ANA)),
        (Some(0), "active in Acme".to_owned())
    );
    for _ in 0..10 {
        world.pass(days(1));
        let _ = world.sweep(json!({})).await;
    }
    assert_eq!(told_of(&world, ENDED), [""; 0]);
    assert_eq!(told_of(&world, STUCK), [ANA], "it is told once");

    world.org().change_settings(|settings| settings.view_all_users = true);
    sweep(&world).await;
    assert_eq!(
        (seat(&world, ANA), told_of(&world, ENDED)),
        ("inactive".to_owned(), vec![ANA.to_owned()])
    );
}

#[tokio::test]
async fn an_invitation_that_salesforce_compares_by_another_rule_is_found_by_its_own_id() {
    for normalisation in [Normalisation::WithoutSubAddress, Normalisation::Null] {
        let world =
            world_with_org(move |options| options.rules.normalisation = normalisation).await;
        let address = "ana+acme@acme.example";
        assert_eq!(
            invite(&world, request("P-1", "Acme", address)).await,
            format!("{address} invited")
        );
        world.pass(minutes(16));
        assert_eq!(counts(&sweep(&world).await), "looked 1, kept 1", "it is open");
        let again = invite(&world, request("P-1", "Acme", address)).await;
        assert_eq!(again, format!("{address} unchanged"));
        assert_eq!(invitation_mails(&world, address), 1);

        close(&world, "P-1").await;
        let open = world.org().invitations().iter().filter(|it| it.status == "Sent").count();
        assert_eq!((open, told_of(&world, ENDED)), (0, vec![address.to_owned()]));
    }
}

#[tokio::test]
async fn an_open_invitation_with_a_status_that_nobody_documented_is_cancelled_or_not_proven() {
    for refuses in [false, true] {
        let world = world_with_org(move |options| {
            options.rules.undocumented_status_refuses_cancel = refuses;
        })
        .await;
        invite(&world, request("P-1", "Acme", ANA)).await;
        world.org().set_invitation_status(&open(&world.org(), ANA), "Versandt").unwrap();
        assert_eq!(invite(&world, request("P-1", "Acme", ANA)).await, format!("{ANA} unchanged"));
        assert_eq!(invitation_mails(&world, ANA), 1, "no second mail");

        let result = world.close_project(closed(&world, "P-1")).await;
        for _ in 0..3 {
            world.pass(days(1));
            let _ = world.sweep(json!({})).await;
        }

        assert_eq!(result.is_err(), refuses);
        let status = world.org().invitations()[0].status.clone();
        let expected = if refuses { ("Versandt", 0, 1) } else { ("Canceled", 1, 0) };
        assert_eq!((&*status, told(&world, ENDED).len(), told(&world, STUCK).len()), expected);
    }
}

#[tokio::test]
async fn a_customer_whose_licence_cannot_be_read_is_neither_protected_nor_gone() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    world.org().hide_profile(ANA, true).unwrap();

    let report = failed(world.close_project(closed(&world, "P-1")).await);
    assert_eq!(report["failures"][0]["code"], "LICENCE_UNREADABLE");
    assert_eq!(
        invite(&world, request("P-2", "Other", ANA)).await,
        format!("{ANA} refused CUSTOMER_NOT_SEEN")
    );

    world.org().hide_profile(ANA, false).unwrap();
    sweep(&world).await;
    assert_eq!(
        (seat(&world, ANA), told_of(&world, ENDED)),
        ("inactive".to_owned(), vec![ANA.to_owned()])
    );
}

#[tokio::test]
async fn a_cancelled_link_that_is_used_after_the_last_month_is_found_when_no_link_can_be_alive() {
    for row_goes in [false, true] {
        let world = world_with_org(move |options| {
            options.rules.cancelled_link_works = true;
            options.rules.cancelled_row_disappears = row_goes;
        })
        .await;
        invite(&world, request("P-1", "Acme", ANA)).await;
        let invitation = open(&world.org(), ANA);
        close(&world, "P-1").await;
        for _ in 0..32 {
            world.pass(days(1));
            sweep(&world).await;
        }
        world.org().accept(&invitation).expect("the link still works");
        for _ in 0..29 {
            world.pass(days(1));
            sweep(&world).await;
        }
        assert_eq!(seat(&world, ANA), "inactive");
        let reasons: Vec<Value> =
            told(&world, ENDED).iter().map(|it| it.detail["reason"].clone()).collect();
        assert_eq!(reasons, ["projectClosed", "joinedLate"]);
    }
}

#[tokio::test]
async fn a_second_user_of_the_same_address_whom_lanyard_did_not_let_in_is_not_touched() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    let second = NewUser::customer(ANA).username("ana.second@corp.example");
    let second = world.org().add_user(second).unwrap();

    close(&world, "P-1").await;

    let users = world.org().users();
    let is_active = |id: &str| users.iter().any(|it| it.id == id && it.is_active);
    assert!(is_active(&second), "nobody invited or adopted that one");
    assert_eq!(users.iter().filter(|it| it.email == ANA && it.is_active).count(), 1);
    assert_eq!(told_of(&world, ENDED), [ANA]);
}

#[tokio::test]
async fn one_person_who_accepted_for_two_addresses_is_out_when_both_end_in_one_run() {
    for by_close in [true, false] {
        let world = world().await;
        invite(&world, request("P-1", "Acme", format!("{ANA} {BO}"))).await;
        let seconds = open(&world.org(), BO);
        world.org().accept_from("Acme", ANA).unwrap();
        world.org().accept_by(&seconds, ANA).expect("it is accepted as the first one's user");
        sweep(&world).await;
        assert_eq!(grants(&world, ANA).await, ["P-1 member active"]);
        assert_eq!(grants(&world, BO).await, ["P-1 member active"]);

        if by_close {
            close(&world, "P-1").await;
        } else {
            world.pass(days(90));
            sweep(&world).await;
        }

        assert_eq!(seat(&world, ANA), "inactive");
        for told in told(&world, ENDED) {
            let proof = &told.detail["proof"];
            assert_eq!((&proof["member"], &proof["seatActive"]), (&json!(false), &json!(false)));
        }
        assert_eq!(told_of(&world, ENDED), [ANA, BO]);
        for _ in 0..8 {
            world.pass(days(1));
            sweep(&world).await;
        }
        assert_eq!(told(&world, "Customer Access Drifted").len(), 0);
    }
}

#[tokio::test]
async fn what_one_address_still_holds_is_not_taken_when_the_other_ends() {
    let world = world().await;
    invite(&world, request("P-1", "Acme", ANA)).await;
    invite(&world, request("P-2", "Acme", BO)).await;
    let seconds = open(&world.org(), BO);
    world.org().accept_from("Acme", ANA).unwrap();
    world.org().accept_by(&seconds, ANA).unwrap();
    sweep(&world).await;

    close(&world, "P-1").await;

    assert_eq!(seat(&world, ANA), "active in Acme");
    let proof = told(&world, ENDED)[0].detail["proof"].clone();
    assert_eq!((&proof["member"], &proof["seatHeldByOtherGrant"]), (&json!(true), &json!(true)));
    close(&world, "P-2").await;
    assert_eq!(seat(&world, ANA), "inactive");
}

/// Somebody accepts under another address at the moment in which the first change is asked of the org.
#[derive(Debug)]
struct Meanwhile {
    org: OrgHandle,
    has_come: AtomicBool,
}

impl Conduct for Meanwhile {
    fn conduct<'a>(&'a self, call: &'a Call, onward: Onward<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let is_change = call.service == Service::Salesforce && call.writes();
            if is_change && !self.has_come.swap(true, Ordering::SeqCst) {
                let invitation = open(&self.org, ANA);
                self.org.accept_as(&invitation, "ana@home.example").expect("it is open");
            }
            onward.go().await
        })
    }
}

#[tokio::test]
async fn who_accepts_under_another_address_between_look_and_cancelling_is_out() {
    let world = world().await;
    invite(&world, request("P-1", "Acme", ANA)).await;
    let meanwhile = Meanwhile { org: world.org(), has_come: AtomicBool::new(false) };
    let network = Network::open(&world, Arc::new(meanwhile)).await;
    let container = network.container(&world);

    let _ = container.close_project(closed(&world, "P-1"), world.remaining).await;
    world.pass(days(1));
    sweep(&world).await;

    assert_eq!(seat(&world, "ana@home.example"), "inactive");
    for told in told(&world, ENDED) {
        assert_eq!(told.detail["proof"]["member"], false);
    }
    assert_eq!(told_of(&world, ENDED), [ANA]);
}

#[tokio::test]
async fn who_accepts_a_cancelled_link_under_another_address_is_found_by_a_later_reading() {
    let world = world_with_org(|options| options.rules.cancelled_link_works = true).await;
    invite(&world, request("P-1", "Acme", ANA)).await;
    let invitation = open(&world.org(), ANA);
    close(&world, "P-1").await;
    world.org().accept_as(&invitation, "ana@home.example").expect("the link still works");
    assert_eq!(seat(&world, "ana@home.example"), "active in Acme");

    world.pass(days(1));
    sweep(&world).await;

    assert_eq!(seat(&world, "ana@home.example"), "inactive");
}

#[tokio::test]
async fn seats_that_are_counted_otherwise_than_seen_let_proof_wait_and_nothing_else() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    world.org().change_rules(|rules| rules.used_licences_offset = 1);
    let report = close(&world, "P-1").await;
    assert_eq!(
        (counts(&report), seat(&world, ANA)),
        ("looked 1, ended 1".to_owned(), "inactive".to_owned())
    );
    assert_eq!(told_of(&world, ENDED), [""; 0]);

    world.org().change_rules(|rules| rules.used_licences_offset = 0);
    world.pass(days(1));
    assert_eq!(counts(&sweep(&world).await), "looked 1, proven 1");
    assert_eq!(told_of(&world, ENDED), [ANA]);
}

#[tokio::test]
async fn a_number_of_seats_that_follows_slowly_does_not_delay_the_proof() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    world.org().change_rules(|rules| rules.used_licences_stale = true);
    assert_eq!(counts(&close(&world, "P-1").await), "looked 1, ended 1, proven 1");
}

#[tokio::test]
async fn an_org_that_refuses_to_search_members_by_their_users_is_seen_all_the_same() {
    let world = world_with_org(|options| options.rules.refuse_member_paths = true).await;
    join(&world, "P-1", "Acme", ANA).await;
    assert_eq!(counts(&close(&world, "P-1").await), "looked 1, ended 1, proven 1");
    assert_eq!(seat(&world, ANA), "inactive");
}

#[tokio::test]
async fn seats_are_low_as_soon_as_all_open_invitations_of_the_org_would_take_more_than_there_are() {
    let world = world_with_org(|options| options.seats = 9).await;
    let many: Vec<String> = (0..9).map(|it| format!("c{it}@acme.example")).collect();
    invite(&world, request("P-1", "Acme", many.join(" "))).await;

    let answer = world.invite(request("P-2", "Other", ANA)).await.unwrap();

    assert_eq!(answer["warnings"][0]["code"], "SEATS_LOW", "{answer}");
}

/// Invites to the project P-1 in the group Acme, accepts, and gives the user's id. Nobody has looked yet.
async fn accepted(world: &World, email: &str) -> String {
    invite(world, request("P-1", "Acme", email)).await;
    world.org().accept_from("Acme", email).expect("the invitation is open")
}

fn open(org: &OrgHandle, email: &str) -> String {
    org.open_invitations(email).pop().expect("an open invitation").id
}
