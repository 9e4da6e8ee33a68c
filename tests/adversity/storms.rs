//! Whoever ends goes first: requests that never stop, and a Salesforce that is slow, keep nobody in for longer than one invocation.

#![expect(clippy::print_stdout, reason = "the numbers are for people to read")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::{BoxFuture, join_all};
use jiff::SignedDuration;
use lanyard_local::{Container, Pace, batch};
use machinery::doors::{failures, http};
use machinery::network::{Call, Conduct, Network, Onward, Outcome, Service};
use machinery::platform::Function;
use machinery::world::{
    World, closed, customer, days, event, grants, invite, join, outcomes, project, request, seat,
    told, with, world_with,
};
use serde_json::{Value, json};

const ANA: &str = "ana@acme.example";

/// How many containers write of the same customer all the time.
const WRITERS: usize = 10;

/// How long they do so before anything is to end.
const GATHERING: Duration = Duration::from_secs(8);

/// How a grant stands that has ended, with proof.
const PROVEN: &str = "proven 0";

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn a_close_is_done_within_one_invocation_whoever_writes_meanwhile() {
    let world = slow().await;
    let close = queued(&closed(&world, "P-1"));
    let answers = in_a_storm(&world, Function::CloseProject, &[close], PROVEN).await;
    assert!(failures(&answers[0]).is_empty(), "{answers:?}");
    it_has_ended(&world, "projectClosed").await;
    assert_eq!(project(&world, "P-1").await, "closed");
}

#[tokio::test(start_paused = true)]
async fn so_are_four_closes_at_once() {
    let world = slow().await;
    let close = queued(&closed(&world, "P-1"));
    let answers =
        in_a_storm(&world, Function::CloseProject, &[&close; 4].map(Value::clone), PROVEN).await;
    assert!(answers.iter().all(|it| failures(it).is_empty()), "{answers:?}");
    it_has_ended(&world, "projectClosed").await;
}

#[tokio::test(start_paused = true)]
async fn so_is_a_withdrawal() {
    let world = slow().await;
    let named = json!({ "customers": ANA, "projectId": "P-1" });
    let withdrawn = queued(&event(&world, "Customer Access Withdrawn", &named));
    let answers = in_a_storm(&world, Function::CloseProject, &[withdrawn], PROVEN).await;
    assert!(failures(&answers[0]).is_empty(), "{answers:?}");
    it_has_ended(&world, "withdrawn").await;
}

#[tokio::test(start_paused = true)]
async fn so_is_what_a_sweep_ends() {
    let world = slow().await;
    world.pass(SignedDuration::from_hours(2));
    let answers = in_a_storm(&world, Function::Sweep, &[json!({})], PROVEN).await;
    assert_eq!((&answers[0]["complete"], &answers[0]["failed"]), (&json!(true), &json!(0)));
    it_has_ended(&world, "expired").await;
}

#[tokio::test(start_paused = true)]
async fn a_run_that_dies_with_its_lease_keeps_requests_out_until_its_time_is_over_and_no_ending() {
    let world = slow().await;
    let close = closed(&world, "P-1");
    let is_over = AtomicBool::new(false);
    let writers = join_all((0..3).map(|number| writer(&world, number, &is_over)));
    let dying = async {
        tokio::time::sleep(GATHERING).await;
        let (_network, container) = container(&world).await;
        tokio::select! {
            answer = Function::CloseProject.invoke(&container, close.clone()) => panic!("{answer:?}"),
            () = leased(&world) => {}
        }
        is_over.store(true, Ordering::SeqCst);
        world.now()
    };
    let watched = async {
        let died = dying.await;
        let (_network, container) = container(&world).await;
        assert_eq!(ask(&container, request("P-3", "Gamma", ANA), 1).await, "later");
        assert_eq!(ask(&container, request("P-3", "Gamma", ANA), 2).await, "later");
        assert!(once(&world, Function::Sweep, &json!({})).await["ended"] == 1);
        assert!(
            seat(&world, ANA).starts_with("active in Beta"),
            "no ending waits for who has died"
        );
        died
    };
    let (_, died) = tokio::join!(writers, watched);

    let waited = world.now().duration_since(died).as_mins();
    assert!((4..8).contains(&waited), "{waited} minutes: they went on when its time was over");
    it_has_ended(&world, "projectClosed").await;
    assert_eq!(invite(&world, request("P-3", "Gamma", ANA)).await, format!("{ANA} added"));
}

/// Waits until a close has leased the customer, for longer than a request does.
async fn leased(world: &World) {
    let longest = Function::Invite.timeout() + SECOND * 30;
    let is_long = |lease: &access::Lease| lease.until > world.now() + longest;
    while !customer(world, ANA).await.busy.as_ref().is_some_and(is_long) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn so_is_what_a_sweep_reads_again() {
    let world = slow().await;
    world.close_project(closed(&world, "P-1")).await.expect("it is closed");
    world.pass(days(1));
    let answers = in_a_storm(&world, Function::Sweep, &[json!({})], "proven 1").await;
    assert_eq!((&answers[0]["reproven"], &answers[0]["complete"]), (&json!(1), &json!(true)));
}

/// Ana is in for a project that is about to end, and asked to join for another.
async fn slow() -> World {
    let world = world_with(|setup| {
        setup.pace = Pace::Runtime;
        setup.jitter_seed = Some(1);
        setup.first_wait = None;
    })
    .await;
    join(&world, "P-1", "Acme", ANA).await;
    let over = (world.now() + SignedDuration::from_mins(90)).to_string();
    let soon = with(request("P-1", "Acme", ANA), &json!({ "expiresAt": over }));
    invite(&world, soon).await;
    invite(&world, request("P-2", "Beta", ANA)).await;
    world
}

/// Invokes a function once with each of these payloads, all at once, while writers go on writing. Gives the answers, each of which came
/// before the platform would have ended its invocation.
async fn in_a_storm(
    world: &World,
    function: Function,
    payloads: &[Value],
    expected: &str,
) -> Vec<Value> {
    let is_over = AtomicBool::new(false);
    let writers = join_all((0..WRITERS).map(|number| writer(world, number, &is_over)));
    let ending = async {
        tokio::time::sleep(GATHERING).await;
        let begun = world.now();
        let answers = join_all(payloads.iter().map(|payload| once(world, function, payload))).await;
        println!("{function:?}: {} s", world.now().duration_since(begun).as_secs());
        let grants = grants(world, ANA).await;
        assert!(grants[0].ends_with(expected), "while the others go on writing: {grants:?}");
        is_over.store(true, Ordering::SeqCst);
        answers
    };
    let (done, answers) = tokio::join!(writers, ending);
    assert!(done.iter().sum::<usize>() > WRITERS, "the storm is one: {done:?}");
    answers
}

async fn once(world: &World, function: Function, payload: &Value) -> Value {
    let (_network, container) = container(world).await;
    let answer = function.invoke(&container, payload.clone());
    let answer = tokio::time::timeout(function.timeout(), answer).await;
    answer.expect("it ends in time").expect("it succeeds")
}

/// Changes the reason of the other grant all the time, and every other writer the role besides, which takes a step in Salesforce; and once more when the storm is over. Each request is repeated until it is done:
/// none is lost. Gives how many were carried out.
async fn writer(world: &World, number: usize, is_over: &AtomicBool) -> usize {
    let (_network, container) = container(world).await;
    // No two of them do the same at the same instant.
    tokio::time::sleep(SECOND * u32::try_from(number).expect("a few") / 8).await;
    let mut done = 0;
    for turn in 0_usize.. {
        let is_last = is_over.load(Ordering::SeqCst);
        let role =
            if number.is_multiple_of(2) && !turn.is_multiple_of(2) { "manager" } else { "member" };
        let customers = json!([{ "email": ANA, "role": role }]);
        let asked = request("P-2", "Beta", customers);
        let asked = with(asked, &json!({ "reason": format!("{number}-{turn}") }));
        for attempt in 1.. {
            let outcome = ask(&container, asked.clone(), attempt).await;
            let outcome = outcome.strip_prefix(ANA).unwrap_or(&outcome);
            if [" updated", " unchanged", " superseded"].contains(&outcome) {
                break;
            }
            assert!(outcome == "later" && attempt < 40, "{outcome} after {attempt} attempts");
            let is_over = is_over.load(Ordering::SeqCst);
            let wait = if is_over { SECOND * 30 } else { SECOND };
            tokio::time::sleep(wait).await;
        }
        done += 1;
        if is_last {
            break;
        }
    }
    done
}

/// Sends a request by one of the doors, and tells what became of it.
async fn ask(container: &Container, asked: Value, attempt: usize) -> String {
    let payload = if attempt.is_multiple_of(2) { http(&asked.to_string(), false) } else { asked };
    let answer = match Function::Invite.invoke(container, payload).await {
        Ok(answer) => answer,
        Err(error) => {
            assert_eq!(error.error_type, "SALESFORCE_UNAVAILABLE", "{}", error.message);
            return "later".to_owned();
        }
    };
    if answer["statusCode"] == 503 {
        assert!(answer["headers"]["retry-after"].is_string(), "{answer}");
        return "later".to_owned();
    }
    let body = answer["body"].as_str();
    body.map_or_else(|| outcomes(&answer), |it| outcomes(&serde_json::from_str(it).expect("JSON")))
}

async fn it_has_ended(world: &World, reason: &str) {
    let grants = grants(world, ANA).await;
    assert_eq!(grants[0], format!("P-1 member ended {reason} proven 0"));
    assert!(grants[1].ends_with(" active") && grants.len() == 2, "{grants:?}");
    assert_eq!(told(world, "Customer Access Ended").len(), 1);
    assert!(seat(world, ANA).starts_with("active in Beta"));
}

fn queued(event: &Value) -> Value {
    batch([event.to_string().as_str()])
}

async fn container(world: &World) -> (Network, Container) {
    let network = Network::open(world, Arc::new(Distance)).await;
    let container = network.container(world);
    (network, container)
}

/// Every call to Salesforce takes a second.
#[derive(Debug)]
struct Distance;

impl Conduct for Distance {
    fn conduct<'a>(&'a self, call: &'a Call, onward: Onward<'a>) -> BoxFuture<'a, Outcome> {
        let milliseconds = match call.service {
            Service::Salesforce => 1_000,
            Service::DynamoDb | Service::EventBridge | Service::SecretsManager | Service::Kms => 5,
        };
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            onward.go().await
        })
    }
}
