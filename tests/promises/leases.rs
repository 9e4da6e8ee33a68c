//! While a run is ending something of a customer, requests for them wait, or are to be sent again; none is lost.

use std::collections::BTreeSet;

use access::{Lease, Standing};
use jiff::SignedDuration;
use lanyard_local::{Pace, batch};
use ledger::CustomerChange;
use machinery::doors::{failures, post};
use machinery::world::{
    World, customer, event, grants, invite, join, request, told, with, world_with,
};
use salesforce_simulator::NewGroup;
use serde_json::json;

const ANA: &str = "ana@acme.example";
const BO: &str = "bo@acme.example";

#[tokio::test(start_paused = true)]
async fn a_request_waits_for_a_short_lease_and_gets_in() {
    let world = leased_for(5).await;
    let begun = world.now();
    let answer = invite(&world, request("P-2", "Beta", format!("{ANA} {BO}"))).await;
    assert_eq!(answer, format!("{ANA} added, {BO} invited"));
    let waited = world.now().duration_since(begun);
    assert!(waited >= SignedDuration::from_secs(5), "{waited}");
    assert!(waited < SignedDuration::from_secs(7), "{waited}");
}

#[tokio::test(start_paused = true)]
async fn a_request_for_who_is_leased_for_long_is_to_be_sent_again_by_every_door() {
    let world = leased_for(300).await;
    let asked = request("P-2", "Beta", ANA);
    let answer = invite(&world, asked.clone()).await;
    assert_eq!(answer, "SALESFORCE_UNAVAILABLE, to be tried again");
    let begun = world.now();
    let (status, body, retry_after) = post(&world, &asked).await;
    assert_eq!((status, retry_after.as_deref()), (503, Some("30")), "{body}");
    let waited = world.now().duration_since(begun);
    assert!(waited < SignedDuration::from_secs(15), "the HTTP API waits no longer: {waited}");
    let message = event(&world, "Customer Access Requested", &asked).to_string();
    let queued = batch([message.as_str()]);
    assert_eq!(failures(&world.invite(queued.clone()).await.expect("an answer")), ["m-0"]);
    assert_eq!(grants(&world, ANA).await, ["P-1 member active"], "nothing is recorded");

    world.pass(SignedDuration::from_mins(5));
    assert!(failures(&world.invite(queued).await.expect("an answer")).is_empty());
    assert_eq!(grants(&world, ANA).await, ["P-1 member active", "P-2 member active"]);
}

#[tokio::test(start_paused = true)]
async fn who_is_not_leased_is_let_in_and_the_whole_is_sent_again() {
    let world = leased_for(300).await;
    let asked = request("P-2", "Beta", format!("{ANA} {BO}"));
    assert_eq!(invite(&world, asked.clone()).await, "SALESFORCE_UNAVAILABLE, to be tried again");
    assert_eq!(grants(&world, BO).await, ["P-2 member invited"]);
    world.pass(SignedDuration::from_mins(5));
    assert_eq!(invite(&world, asked).await, format!("{ANA} added, {BO} unchanged"));
    assert_eq!(told(&world, "Customer Invited").len(), 2, "each of them once");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_comes_too_late_need_not_wait() {
    let world = leased_for(300).await;
    let asked =
        with(request("P-1", "Acme", ANA), &json!({ "requestedAt": "2027-01-04T08:00:00Z" }));
    assert_eq!(invite(&world, asked).await, format!("{ANA} superseded"));
}

#[tokio::test(start_paused = true)]
async fn who_ends_a_customers_access_without_competition_leaves_no_lease() {
    let world = leased_for(0).await;
    machinery::world::close(&world, "P-1").await;
    let customer = customer(&world, ANA).await;
    assert_eq!(customer.standing(world.now()), Standing::Free);
}

/// A world in which a run has leased Ana for so many seconds.
async fn leased_for(seconds: i64) -> World {
    let world = world_with(|setup| {
        setup.pace = Pace::Runtime;
        setup.first_wait = None;
    })
    .await;
    world.org().add_group(&NewGroup::for_customers("Beta")).expect("a group");
    join(&world, "P-1", "Acme", ANA).await;
    let until = world.now() + SignedDuration::from_secs(seconds);
    let customer = customer(&world, ANA).await;
    let customer = customer.leased(&Lease::from_random(7, until), world.now()).expect("it is free");
    let due_at = customer.due_at(&world.policy);
    let (opens, audit, announcements) = (BTreeSet::new(), Vec::new(), Vec::new());
    let change = CustomerChange { customer, due_at, opens, audit, announcements };
    world.ledger.writer.commit(vec![change]).await.remove(0).expect("it is leased");
    world
}
