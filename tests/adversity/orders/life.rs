//! A case lived through, in one order or another, and what there is to see in the end.

use std::collections::BTreeMap;

use jiff::Timestamp;
use lanyard_local::{Container, Pace, Traits};
use ledger::Reader;
use machinery::interleaving::{Chooser, Work, Worker, interleave_mortals};
use machinery::picture::Picture;
use machinery::platform::{BETWEEN_SWEEPS, Function, Trigger};
use machinery::world::{World, minutes, world_with};
use serde_json::{Value, json};

use crate::orders::case::Case;

/// What an invocation came to.
pub(crate) type Answer = Result<Value, runtime::FunctionError>;

/// What there is to see, and what is still due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scene {
    /// Without histories: on the way to the same end there may be more or fewer stations.
    picture: Picture,
    /// How often the bus was told what of whom, whatever else it was told of them: an event says how a grant stood when it was
    /// written, and that depends on what the others had done by then.
    told: BTreeMap<String, usize>,
    due: Vec<String>,
    given_up: usize,
}

/// The detail-type of an ending.
const ENDED: &str = "Customer Access Ended";

/// What is told of somebody for whom nobody answers, who is in no project.
const UNGOVERNED: &str = "Customer Access Ungoverned null null";

impl Scene {
    /// Where this differs from what was expected.
    pub(crate) fn differences(&self, expected: &Self) -> Vec<String> {
        let mut differences = self.picture.differences(&expected.picture);
        let ended = |scene: &Self| -> BTreeMap<String, usize> {
            let ended = scene.told.iter().filter(|(what, _)| what.starts_with(ENDED));
            ended.map(|(what, count)| (what.clone(), *count)).collect()
        };
        if ended(self) != ended(expected) {
            differences.push(format!("told {:?}, not {:?}", ended(self), ended(expected)));
        }
        if self.due != expected.due {
            differences.push(format!("due: {:?}, not {:?}", self.due, expected.due));
        }
        if self.given_up > 0 {
            differences.push(format!("the platform gives up: {}", self.given_up));
        }
        differences
    }

    /// How often the bus was told of each ending.
    pub(crate) fn endings(&self) -> BTreeMap<&str, usize> {
        let ended = self.told.iter().filter(|(what, _)| what.starts_with(ENDED));
        ended.map(|(what, count)| (what.as_str(), *count)).collect()
    }

    /// What there is to see where access was recorded and ended without ever being given: the grant as where it was given and ended,
    /// and org, users and mails as where it was refused.
    pub(crate) fn never_given(given: &Self, refused: &Self) -> Self {
        let mut scene = given.clone();
        scene.picture.org.clone_from(&refused.picture.org);
        scene.picture.mails.clone_from(&refused.picture.mails);
        let is_of_users = |line: &String| line.ends_with(" frozen");
        let users = refused.picture.ledger.iter().filter(|it| is_of_users(it)).cloned();
        scene.picture.ledger.retain(|it| !is_of_users(it));
        scene.picture.ledger.extend(users);
        // Who is not let in is not put out either, so that nobody answers for a seat that was there before.
        *scene.told.entry(UNGOVERNED.to_owned()).or_default() += 1;
        scene
    }

    /// What the bus was told more often than in any of these.
    pub(crate) fn told_too_much(&self, expected: &[Self]) -> Vec<String> {
        let most = |what: &str| expected.iter().filter_map(|it| it.told.get(what)).max().copied();
        let too_much = self.told.iter().filter(|(what, count)| **count > most(what).unwrap_or(0));
        too_much.map(|(what, count)| format!("told {count} times: {what}")).collect()
    }
}

/// One thing after the other, each until it is done, in this order.
pub(crate) async fn in_turn(case: Case, order: &[usize]) -> Scene {
    let world = start(case).await;
    let triggers = case.triggers(&world);
    let mut given_up = 0;
    for worker in order {
        let begun = world.now();
        let answer = alone(&world, &triggers[*worker]).await;
        given_up += usize::from(!again(&world, &triggers[*worker], begun, answer).await);
    }
    end(&world, given_up).await
}

/// All at the same time, in containers with these traits, in the order that is chosen; `None` if the run was given up.
pub(crate) async fn at_once(
    case: Case,
    traits: &[Traits],
    chooser: &mut dyn Chooser,
) -> Option<Scene> {
    let world = start(case).await;
    let triggers = case.triggers(&world);
    let begun = world.now();
    let traits = traits.iter().cloned().chain(std::iter::repeat_with(Traits::default));
    let workers = triggers.iter().zip(traits);
    let workers = workers.map(|(trigger, traits)| Worker::new(work(trigger)).with(traits));
    let answers = interleave_mortals(&world, workers.collect(), chooser).await?;
    let mut given_up = 0;
    for (trigger, answer) in triggers.iter().zip(answers) {
        let answer = answer.expect("nobody was to die");
        given_up += usize::from(!again(&world, trigger, begun, answer).await);
    }
    Some(end(&world, given_up).await)
}

pub(crate) async fn start(case: Case) -> World {
    let world = world_with(|setup| {
        setup.pace = Pace::Runtime;
        setup.jitter_seed = Some(1);
    })
    .await;
    case.prepare(&world).await;
    world
}

pub(crate) fn work(trigger: &Trigger) -> Work<'_, Answer> {
    Box::new(move |container: Container| {
        Box::pin(async move { trigger.function().invoke(&container, trigger.payload()).await })
    })
}

pub(crate) async fn alone(world: &World, trigger: &Trigger) -> Answer {
    let container = world.container(world.addresses()).expect("a container starts");
    trigger.function().invoke(&container, trigger.payload()).await
}

/// Hands a message over again until it is done with, as its queue does; whether it was.
async fn again(world: &World, trigger: &Trigger, begun: Timestamp, answer: Answer) -> bool {
    if matches!(trigger, Trigger::Night) {
        // A night that fails is made up for by the next, and says so.
        return true;
    }
    let (mut answer, mut begun) = (answer, begun);
    for _ in 1..trigger.most() {
        if trigger.is_done(&answer) {
            return true;
        }
        let due = begun + trigger.again_after();
        world.pass_until(due.max(world.now()));
        begun = world.now();
        answer = alone(world, trigger).await;
    }
    trigger.is_done(&answer)
}

/// After which no lease is left, and nothing is unclear any more: as long as the longest invocation, and once more as long as
/// something that was sent may take to show.
const ALL_CLEAR: i64 = 31;

/// A quiet sweep when every lease and every unclear time is over, and the next one of the night, which is to find nothing to do.
pub(crate) async fn end(world: &World, given_up: usize) -> Scene {
    for wait in [minutes(ALL_CLEAR), BETWEEN_SWEEPS] {
        world.pass(wait);
        let answer = Function::Sweep.invoke(&quiet(world), json!({})).await;
        assert!(answer.is_ok(), "a quiet sweep succeeds: {answer:?}");
    }
    let mut picture = Picture::take(world, Case::emails(), Case::projects()).await;
    picture.histories.clear();
    // Whether who was to be let in was in for a moment before the end depends on the order.
    for line in picture.ledger.iter_mut().filter(|line| line.contains(": ended")) {
        line.truncate(line.find(", joined").unwrap_or(line.len()));
    }
    let mut told = BTreeMap::new();
    for line in std::mem::take(&mut picture.events) {
        *told.entry(kind_of(&line)).or_default() += 1;
    }
    Scene { picture, told, due: due(&world.ledger.reader, world.now()).await, given_up }
}

/// The event's type, and whom and what it is about. A request that meets a close is refused as a whole or for its customer, so
/// that of a refusal there is only that it was told.
fn kind_of(line: &str) -> String {
    let (kind, detail) = line.split_once(" {").expect("a type and a detail");
    if kind == "Customer Invitation Refused" {
        return kind.to_owned();
    }
    let detail: Value = serde_json::from_str(&format!("{{{detail}")).expect("JSON");
    format!("{kind} {} {}", detail["email"], detail["project"])
}

fn quiet(world: &World) -> Container {
    world.container(world.addresses()).expect("a container starts")
}

/// What a sweep would look at now, by name: in which order is up to who has looked last, and promised nowhere.
async fn due(reader: &Reader, now: Timestamp) -> Vec<String> {
    let customers = reader.due_customers(now, None, None, 100).await.expect("the ledger answers");
    let projects = reader.due_projects(now, None, None, 100).await.expect("the ledger answers");
    let unpublished = reader.unpublished(now, None, None, 100).await.expect("the ledger answers");
    let customers = customers.due.iter().map(|it| it.email.to_string());
    let projects = projects.due.iter().map(|it| it.id.to_string());
    let unpublished = unpublished.due.iter().map(|it| format!("{:?}", it.kind));
    let mut due: Vec<String> = customers.chain(projects).chain(unpublished).collect();
    due.sort();
    due
}
