//! What the machinery says of those who take part in an interleaving: a clock and a request id of their own, and a death.

use jiff::SignedDuration;
use lanyard_local::Traits;
use machinery::interleaving::{Draw, Work, Worker, interleave_mortals};
use machinery::platform::Function;
use machinery::stories::{Moment, Point, invoke};
use machinery::world::{World, customer, history, invitation_mails, request, world_with};
use runtime::FunctionError;
use salesforce_simulator::NewGroup;
use serde_json::Value;

const ANA: &str = "ana@acme.example";
const BO: &str = "bo@acme.example";

#[tokio::test(start_paused = true)]
async fn a_worker_has_a_clock_and_a_request_id_of_its_own() {
    for seconds in [-60, -4, 0, 4, 60] {
        let world = with_group().await;
        let skew = SignedDuration::from_secs(seconds);
        let request_id = Some("delivery-1".to_owned());
        let traits = Traits { skew, request_id, ..Traits::default() };
        let workers = vec![Worker::new(inviting(ANA)).with(traits), Worker::new(inviting(BO))];
        let begun = world.now();
        let answers = interleave_mortals(&world, workers, &mut Draw::seeded(1)).await;
        assert!(answers.expect("it goes to its end").iter().all(Option::is_some));

        let (actor, at) = first_entry(&world, ANA).await;
        assert!(actor.ends_with(", request delivery-1"), "{actor}");
        let ahead = at.duration_since(begun);
        assert!((skew..skew + SignedDuration::from_secs(1)).contains(&ahead), "{ahead}");
        let (actor, at) = first_entry(&world, BO).await;
        assert!(actor.contains(", request invocation-"), "{actor}");
        assert!(at.duration_since(begun) < SignedDuration::from_secs(1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_worker_dies_before_or_after_a_call_and_the_other_goes_on() {
    let world = with_group().await;
    let payload = request("P-1", "Acme", ANA);
    let (_, calls) = invoke(&world, Function::Invite, payload, None).await;
    let mut mails = Vec::new();
    for call in 1..=calls.len() {
        for moment in [Moment::Before, Moment::After] {
            let world = with_group().await;
            let mortal = Worker::new(inviting(ANA)).dying(Point { call, moment });
            let workers = vec![mortal, Worker::new(inviting(BO))];
            let answers = interleave_mortals(&world, workers, &mut Draw::seeded(1)).await;
            let answers = answers.expect("it goes to its end");
            assert!(answers[0].is_none() && answers[1].is_some(), "{call} {moment:?}");
            assert_eq!(invitation_mails(&world, BO), 1);
            mails.push(invitation_mails(&world, ANA));
        }
    }
    let sent = mails.iter().position(|it| *it == 1).expect("a mail is sent");
    assert_eq!(sent % 2, 1, "with the call after which the worker died: {mails:?}");
    assert!(mails[sent..].iter().all(|it| *it == 1), "and by no other: {mails:?}");
}

async fn with_group() -> World {
    let world = world_with(|setup| {
        setup.pace = lanyard_local::Pace::Runtime;
        setup.jitter_seed = Some(1);
    })
    .await;
    world.org().add_group(&NewGroup::for_customers("Acme")).expect("a group");
    world
}

fn inviting<'a>(email: &str) -> Work<'a, Result<Value, FunctionError>> {
    let payload = request("P-1", "Acme", email);
    Box::new(move |container| {
        Box::pin(async move { Function::Invite.invoke(&container, payload).await })
    })
}

/// Who asked for a customer's grant first, and when by their own clock.
async fn first_entry(world: &World, email: &str) -> (String, jiff::Timestamp) {
    let customer = customer(world, email).await;
    let grant = customer.grants.keys().next().expect("a grant");
    let entry = history(world, grant).await.into_iter().next().expect("an entry");
    (entry.actor().expect("somebody").to_owned(), entry.at)
}
