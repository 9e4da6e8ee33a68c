//! One Salesforce user who is known under many addresses, some of them only through others: whatever is done for one of them spares and
//! takes what is right for all.

use std::time::Duration;

use access::{Email, OrgAlias};
use futures_util::future::BoxFuture;
use ledger::Eraser;
use machinery::network::{Call, Conduct, Network, Onward, Outcome, Service};
use machinery::world::{
    World, close, closed, customer, days, grants, invite, join, minutes, request, seat, sweep,
    with, world, world_with,
};
use serde_json::json;

const ANA: &str = "ana@acme.example";
const NEW: &str = "ana@new.example";
const THIRD: &str = "ana@third.example";
/// Under which nobody was ever asked for.
const FOURTH: &str = "ana@fourth.example";

#[tokio::test]
async fn what_is_live_under_the_first_of_three_addresses_is_spared_by_the_end_of_the_third() {
    for is_forgotten in [false, true] {
        let world = world().await;
        let user = live_under_the_first(&world).await;
        if is_forgotten {
            let eraser = Eraser::new(world.dynamodb.clone(), World::TABLE.to_owned());
            let forgotten = eraser.forget(&OrgAlias::default(), &Email::parse(NEW).unwrap()).await;
            forgotten.expect("nothing is left to be done for the second");
        }
        invite(&world, request("P-3", "Acme", THIRD)).await;
        world.pass(minutes(20));
        close(&world, "P-3").await;
        let left = seat(&world, &user);
        world.pass(days(1));
        sweep(&world).await;
        assert_eq!(
            (left.as_str(), grants(&world, ANA).await),
            ("active in Acme", vec!["P-1 member active".to_owned()]),
            "{is_forgotten}"
        );
    }
}

#[tokio::test]
async fn nothing_is_given_under_the_third_address_while_the_first_is_being_ended() {
    let world = world().await;
    live_under_the_first(&world).await;
    let network = Network::open(&world, std::sync::Arc::new(Lost)).await;
    let container = network.container(&world);
    let closing = container.close_project(closed(&world, "P-1"), world.remaining);
    assert!(tokio::time::timeout(Duration::from_secs(3), closing).await.is_err(), "it hangs");
    let answer = invite(&world, request("P-3", "Acme", THIRD)).await;
    assert_eq!(answer, "SALESFORCE_UNAVAILABLE, to be tried again");
}

#[tokio::test]
async fn who_is_frozen_under_one_address_is_let_in_under_the_other() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    let user = world.org().user_by_email(ANA).expect("she has joined").id;
    world.org().set_email(&user, NEW).expect("her user is known");
    world.org().block_deactivation(Some(&user), "no").expect("her user is known");
    machinery::world::failed(world.close_project(closed(&world, "P-1")).await);
    assert_eq!(seat(&world, &user), "frozen");
    world.pass(minutes(20));
    invite(&world, request("P-2", "Acme", NEW)).await;
    world.pass(days(1));
    sweep(&world).await;
    assert_eq!(seat(&world, &user), "active in Acme");
}

#[tokio::test]
async fn a_request_for_the_first_of_three_addresses_takes_no_role_from_the_third() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    let user = world.org().user_by_email(ANA).expect("she has joined").id;
    world.org().set_email(&user, NEW).expect("her user is known");
    invite(&world, request("P-2", "Beta", NEW)).await;
    world.org().set_email(&user, THIRD).expect("her user is known");
    invite(&world, request("P-3", "Acme", machinery::world::manager(THIRD))).await;
    world.org().set_email(&user, FOURTH).expect("her user is known");
    world.pass(minutes(20));
    let answer = invite(&world, with(request("P-1", "Acme", ANA), &json!({ "days": 30 }))).await;
    assert_eq!(answer, format!("{ANA} updated"));
    assert_eq!(seat(&world, &user), "active in Acme as manager, Beta");
}

#[tokio::test]
async fn what_one_of_many_addresses_of_a_user_holds_is_ended_at_once() {
    for count in [4, 5, 6, 7, 8, 9, 12] {
        let world = world_with(|setup| setup.remaining = Duration::from_secs(40)).await;
        let address = |it: usize| format!("ana@n{it:02}.example");
        invite(&world, request("P-0", "Acme", address(0))).await;
        let user = world.org().accept_from("Acme", &address(0)).expect("the invitation is open");
        sweep(&world).await;
        for it in 1..count {
            world.org().set_email(&user, &address(it)).expect("the user is known");
            invite(&world, request(&format!("P-{it}"), "Beta", address(it))).await;
        }
        world.org().set_email(&user, FOURTH).expect("the user is known");
        world.pass(minutes(20));
        let report = close(&world, "P-0").await;
        let at_once = seat(&world, &user);
        assert_eq!(at_once, "active in Beta", "{count}: {report}");
    }
}

#[tokio::test]
async fn whoever_accepts_what_was_sent_to_more_than_a_hundred_addresses_is_ended() {
    for count in [100, 101] {
        let world = world_with(|setup| setup.remaining = Duration::from_secs(25)).await;
        let emails: Vec<String> = (0..count).map(|it| format!("c{it:03}@acme.example")).collect();
        invite(&world, request("P-1", "Acme", emails.join(" "))).await;
        let (last, others) = emails.split_last().expect("some");
        let user = world.org().accept_from("Acme", last).expect("the invitation is open");
        sweep(&world).await;
        for email in others {
            let invitation = world.org().open_invitations(email).pop().expect("it was sent");
            world.org().accept_by(&invitation.id, &user).expect("the invitation is open");
        }
        world.pass(days(1));
        let report = close(&world, "P-1").await;
        world.pass(days(1));
        world.sweep(json!({})).await.expect("it succeeds");
        assert_eq!(seat(&world, &user), "inactive", "{count}: {report}");
    }
}

/// Ana is in Acme for P-1 under her first address. What she had under the second is over since long, and her user has a third.
async fn live_under_the_first(world: &World) -> String {
    invite(world, with(request("P-1", "Acme", ANA), &json!({ "days": 300 }))).await;
    world.org().accept_from("Acme", ANA).expect("the invitation is open");
    sweep(world).await;
    let user = world.org().user_by_email(ANA).expect("she has joined").id;
    world.org().set_email(&user, NEW).expect("her user is known");
    assert_eq!(invite(world, request("P-2", "Beta", NEW)).await, format!("{NEW} added"));
    world.pass(minutes(20));
    close(world, "P-2").await;
    for _ in 0..4 {
        world.pass(days(31));
        sweep(world).await;
    }
    assert!(customer(world, NEW).await.grants.is_empty());
    assert_eq!(seat(world, &user), "active in Acme");
    world.org().set_email(&user, THIRD).expect("her user is known");
    user
}

/// Deletions arrive, and nobody hears of it.
#[derive(Debug)]
struct Lost;

impl Conduct for Lost {
    fn conduct<'a>(&'a self, call: &'a Call, onward: Onward<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let is_it = call.service == Service::Salesforce && call.operation.starts_with("DELETE");
            let outcome = onward.go().await;
            if is_it { Outcome::Silence } else { outcome }
        })
    }
}
