//! A function dies anywhere while a user who is known under one address becomes known under another, and then a hand gives the user a
//! third: the end of the first address still knows of the second.

use access::Policy;
use futures_util::future::BoxFuture;
use lanyard_local::{Pace, batch};
use machinery::effort::Effort;
use machinery::platform::Function;
use machinery::stories::{Mishap, Moment, Point, invoke as invoke_mortal};
use machinery::world::{
    World, close, closed, customer, days, invite, join, minutes, request, seat, sweep, told,
    world_with,
};
use salesforce_simulator::NewGroup;
use serde_json::{Value, json};

const ANA: &str = "ana@acme.example";
const NEW: &str = "ana@new.example";
/// Under which nobody was ever asked for.
const THIRD: &str = "ana@third.example";

/// Of the deaths of a run at the same kind of call one in so many is tried with a quick effort.
const OF_A_RUN: usize = 6;

/// How a user whom the ledger knows under the first address becomes known under the second: what is so before, and what is invoked then.
type Way = fn(&World, String) -> BoxFuture<'_, (Function, Value)>;

#[tokio::test(start_paused = true)]
async fn a_request_for_the_second_address_may_die_at_any_call() {
    let way: Way = |world, user| {
        Box::pin(async move {
            world.org().set_email(&user, NEW).expect("her user is known");
            (Function::Invite, request("P-2", "Acme", NEW))
        })
    };
    every_death(way, "request", 1).await;
}

#[tokio::test(start_paused = true)]
async fn a_close_that_meets_the_user_under_the_second_address_may_die_at_any_call() {
    let way: Way = |world, user| {
        Box::pin(async move {
            // Sent before the user has the address: the one is accepted, and the other ends.
            for (project, group) in [("P-2", "Acme"), ("P-3", "Beta")] {
                invite(world, request(project, group, NEW)).await;
            }
            world.org().set_email(&user, NEW).expect("her user is known");
            world.org().accept_from("Acme", NEW).expect("the invitation is open");
            (Function::CloseProject, batch([closed(world, "P-3").to_string().as_str()]))
        })
    };
    every_death(way, "close", OF_A_RUN).await;
}

#[tokio::test(start_paused = true)]
async fn a_night_that_adopts_access_under_the_second_address_may_die_at_any_call() {
    let way: Way = |world, user| {
        Box::pin(async move {
            world.org().set_email(&user, NEW).expect("her user is known");
            world.org().add_group(&NewGroup::for_customers("Lounge")).expect("a new name");
            world.org().add_member("Lounge", &user, "Standard").expect("the group is there");
            world.pass(days(1));
            (Function::Sweep, json!({}))
        })
    };
    every_death(way, "adoption", OF_A_RUN).await;
}

/// Lives through a way with a death before and after each call from the first on that changes the ledger; with a quick effort, `one_in`
/// so many of each kind.
async fn every_death(way: Way, name: &str, one_in: usize) {
    let effort = Effort::from_environment();
    effort.tell_of_part("third address", &format!("1 in {OF_A_RUN} deaths of a run"));
    let Lived { calls, .. } = live(way, None).await;
    let first = calls.iter().position(|it| it.ends_with("TransactWriteItems"));
    let points = (first.expect("it is recorded")..calls.len()).flat_map(|it| {
        [Moment::Before, Moment::After].map(|moment| Point { call: it + 1, moment })
    });
    let points = effort.sample(name, points, |point| &calls[point.call - 1], one_in);
    let (mut known, mut lost) = (0, Vec::new());
    for point in points {
        let Lived { promised, at_once, left, proofs, .. } = live(way, Some(point)).await;
        known += usize::from(!promised.is_empty());
        let is_lost = |it: &String| [&at_once, &left].iter().any(|seat| !is_in(seat, it));
        let is_wrong = |it: &Value| it["seatHeldByOtherGrant"] != true;
        if promised.iter().any(is_lost) || (!promised.is_empty() && proofs.iter().any(is_wrong)) {
            let call = &calls[point.call - 1];
            lost.push(format!(
                "{point}, {call}: {promised:?} is promised; {at_once}, then {left}, {proofs:?}"
            ));
        }
    }
    assert!(lost.is_empty(), "{}", lost.join("\n"));
    assert!(known > 0, "some die after the ledger knows the user under the second address");
}

/// What there is to see of one way.
struct Lived {
    /// The calls of what was invoked.
    calls: Vec<String>,
    /// Where the ledger promised a place under the second address, before the first was ended.
    promised: Vec<String>,
    /// How the user stood then, and a day later.
    at_once: String,
    left: String,
    /// What was told as the proof of the end of the first.
    proofs: Vec<Value>,
}

async fn live(way: Way, point: Option<Point>) -> Lived {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    let user = world.org().user_by_email(ANA).expect("she has joined").id;
    let (function, payload) = way(&world, user.clone()).await;
    let mishap = point.map(Mishap::Death);
    let (_, calls) = invoke_mortal(&world, function, payload, mishap.as_ref()).await;
    world.org().set_email(&user, THIRD).expect("her user is known");
    world.pass(minutes(20));
    let promised = promised(&world, &user).await;
    close(&world, "P-1").await;
    let at_once = seat(&world, &user);
    world.pass(days(1));
    sweep(&world).await;
    let ended = told(&world, "Customer Access Ended").into_iter();
    let ended = ended.filter(|event| event.detail["email"] == ANA);
    let proofs = ended.map(|event| event.detail["proof"].clone()).collect();
    Lived { calls, promised, at_once, left: seat(&world, &user), proofs }
}

/// The groups in which the user has a place that the ledger promises under the second address, as whom it knows the user.
async fn promised(world: &World, user: &str) -> Vec<String> {
    let customer = customer(world, NEW).await;
    let is_known = customer.users.iter().any(|it| it.as_str() == user);
    let open = customer.grants.values().filter(|it| is_known && it.is_open());
    let seat = seat(world, user);
    open.map(|it| it.group.name.clone()).filter(|it| is_in(&seat, it)).collect()
}

fn is_in(seat: &str, group: &str) -> bool {
    seat.strip_prefix("active in ").is_some_and(|it| it.split(", ").any(|it| it == group))
}

async fn world() -> World {
    let adopt = json!({ "ungoverned": { "adopt": { "days": 20, "sponsor": "kim@corp.example" } } });
    let policy = Policy::from_json(&adopt.to_string()).expect("a policy");
    world_with(|setup| {
        setup.pace = Pace::Runtime;
        setup.policy = policy;
    })
    .await
}
