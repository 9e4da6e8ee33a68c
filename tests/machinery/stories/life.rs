//! Living through a story.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use lanyard_local::Pace;
use runtime::FunctionError;
use serde_json::{Value, json};

use crate::network::{Conduct, Network};
use crate::picture::Picture;
use crate::platform::{Function, Trigger};
use crate::stories::death::Death;
use crate::stories::fault::{Fault, FaultyAws};
use crate::stories::late::{LandsLater, Late};
use crate::stories::{Point, Story};
use crate::world::{World, days, event, text, world_with};

/// What goes wrong in one invocation.
#[derive(Clone, Debug)]
pub enum Mishap {
    /// The container dies.
    Death(Point),
    /// AWS fails.
    Aws(Fault),
    /// A call to Salesforce takes effect later than anybody waits for it.
    Late(LandsLater),
    /// Salesforce fails, until the invocation is over.
    Salesforce(salesforce_simulator::Fault),
    /// Salesforce fails until the next day.
    SalesforceForADay(salesforce_simulator::Fault),
}

/// How a story went.
#[derive(Clone, Debug)]
pub struct Life {
    /// The calls of the first invocation, in words.
    pub calls: Vec<String>,
    /// How many invocations died.
    pub deaths: usize,
    /// How many calls of the first invocation a fault of Salesforce hit.
    pub hits: u64,
    /// What there was to see once a message was consumed; `None` where the platform gave up.
    settled: Option<Picture>,
    /// Whether what went wrong lasted longer than the platform repeats the message, so that a sweep finishes it.
    may_be_a_dead_letter: bool,
    /// What there was to see after a sweep in each of the two nights that follow.
    last: Picture,
}

/// What an invocation came to.
#[derive(Debug)]
pub enum Ended {
    /// An answer, or a function error.
    Answered(Result<Value, FunctionError>),
    /// Nothing: the container died, or its time was over.
    Died,
}

impl Life {
    /// In what this life differs from how it should have gone.
    #[must_use]
    pub fn differences(&self, expected: &Self) -> Vec<String> {
        let mut differences = self.last.differences(&expected.last);
        // Who could not be frozen at once is told of before and after, and a day without requests left is told of as what it is.
        let is_due = |it: &String, kind: &str, part: &str| {
            it.starts_with(&format!("too much (1): {kind}")) && it.contains(part)
        };
        differences.retain(|it| {
            !is_due(it, "Customer Access Stuck", "\"frozen\":false")
                && !is_due(it, "Org Needs Attention", "\"code\":\"ALLOWANCE_LOW\"")
        });
        match (&self.settled, &expected.settled) {
            (Some(settled), Some(expected)) => {
                if settled.org != expected.org || settled.mails != expected.mails {
                    differences
                        .push("the message was consumed before the work was done".to_owned());
                }
            }
            (None, Some(_)) if self.may_be_a_dead_letter => {}
            (None, Some(_)) => differences.push("the message became a dead letter".to_owned()),
            (_, None) => {}
        }
        differences
    }
}

impl Life {
    /// For whom a life that nobody repeated is neither as it should be nor as if it had never been begun.
    #[must_use]
    pub fn halves(&self, whole: &Self, nothing: &Self, story: Story) -> Vec<String> {
        let of = |life: &Self, email: &str| -> (Vec<String>, usize) {
            let is_theirs = |line: &&String| line.starts_with(&format!("{email}: P-"));
            let mails = life.last.mails.iter().filter(|it| *it == email).count();
            (life.last.ledger.iter().filter(is_theirs).cloned().collect(), mails)
        };
        let is_half = |email: &&&str| {
            let is = of(self, email);
            is != of(whole, email) && is != of(nothing, email)
        };
        story.emails().iter().filter(is_half).map(ToString::to_string).collect()
    }
}

/// Lives through a story in which the first invocations go wrong like this, up to the end of the second night after it.
#[must_use]
pub fn live(story: Story, mishaps: &[Mishap]) -> BoxFuture<'_, Life> {
    Box::pin(live_with(story, mishaps, true))
}

/// The same with one invocation, which nobody repeats: the message is lost, or whoever called has given up.
#[must_use]
pub fn live_unrepeated(story: Story, mishap: Mishap) -> BoxFuture<'static, Life> {
    Box::pin(async move { live_with(story, &[mishap], false).await })
}

/// How many calls of the first invocation each of these faults of Salesforce can hit.
#[must_use]
pub fn reach(story: Story, faults: &[salesforce_simulator::Fault]) -> BoxFuture<'_, Vec<u64>> {
    Box::pin(async move {
        let world = begin(story).await;
        for fault in faults {
            // It looks at every call and lets it pass.
            world.org().add_fault(fault.clone().from_nth(u64::MAX));
        }
        let trigger = story.trigger(&world);
        invoke(&world, trigger.function(), trigger.payload(), None).await;
        world.org().faults().iter().map(|it| it.seen).collect()
    })
}

async fn begin(story: Story) -> World {
    let world = world_with(|setup| {
        setup.pace = Pace::Runtime;
        setup.jitter_seed = Some(1);
    })
    .await;
    story.prepare(&world).await;
    world.org().settle();
    world
}

async fn live_with(story: Story, mishaps: &[Mishap], is_repeated: bool) -> Life {
    let world = begin(story).await;
    let trigger = story.trigger(&world);
    let begun = world.now();
    let (mut calls, mut deaths, mut hits, mut settled) = (Vec::new(), 0, 0, None);
    for number in 0..if is_repeated { trigger.most() } else { 1 } {
        let at = world.now();
        let mishap = mishaps.get(number);
        let (ended, called) = invoke(&world, trigger.function(), trigger.payload(), mishap).await;
        let faults = world.org().faults();
        if number == 0 {
            (calls, hits) = (called, faults.iter().map(|it| it.hit).sum());
        }
        let lasts_a_day = matches!(mishaps.first(), Some(Mishap::SalesforceForADay(_)));
        if !lasts_a_day || world.now() >= begun + days(1) {
            world.org().clear_faults();
        }
        deaths += usize::from(matches!(ended, Ended::Died));
        continue_what_was_cut_off(&world, at).await;
        if let Ended::Answered(answer) = &ended
            && trigger.is_done(answer)
        {
            settled = Some(Picture::take(&world, story.emails(), Story::projects()).await);
            break;
        }
        pass_until(&world, at + trigger.again_after(), mishaps).await;
    }
    world.org().clear_faults();
    for night in 1..=2 {
        pass_until(&world, begun + days(night), mishaps).await;
        if night == 1
            && is_repeated
            && settled.is_none()
            && matches!(trigger, Trigger::Message { .. })
        {
            // Somebody redrives what has become a dead letter.
            let _ = invoke(&world, trigger.function(), trigger.payload(), None).await;
        }
        let at = world.now();
        let _ = invoke(&world, Function::Sweep, json!({}), None).await;
        continue_what_was_cut_off(&world, at).await;
    }
    let last = Picture::take(&world, story.emails(), Story::projects()).await;
    let may_be_a_dead_letter = matches!(mishaps.first(), Some(Mishap::SalesforceForADay(_)))
        && trigger.function() != Function::Invite;
    Life { calls, deaths, hits, settled, may_be_a_dead_letter, last }
}

/// Lets time pass; for what is under way, too, where something is late.
async fn pass_until(world: &World, at: Timestamp, mishaps: &[Mishap]) {
    if mishaps.iter().any(|it| matches!(it, Mishap::Late(_))) {
        let left = at.duration_since(world.now());
        // What is past is no time to wait for.
        tokio::time::sleep(Duration::try_from(left).unwrap_or_default()).await;
    } else {
        world.pass_until(world.now().max(at));
    }
}

/// Hands the continuations that were asked for since an instant over to their functions, until none asks for another.
async fn continue_what_was_cut_off(world: &World, since: Timestamp) {
    let mut handed_over = BTreeSet::new();
    loop {
        let next = world.events().into_iter().find(|event| {
            event.detail_type == "Continuation"
                && event.detail["at"].as_str().and_then(|at| at.parse().ok()) >= Some(since)
                && !handed_over.contains(&text(&event.detail["id"]))
        });
        let Some(asked) = next else { return };
        handed_over.insert(text(&asked.detail["id"]));
        let function = match asked.detail["function"].as_str() {
            Some("sweep") => Function::Sweep,
            _ => Function::CloseProject,
        };
        let mut event = event(world, "Continuation", &asked.detail);
        event["source"] = json!("lanyard");
        let trigger = Trigger::Message { function, event };
        let _ = invoke(world, function, trigger.payload(), None).await;
    }
}

/// Invokes a function in a cold container, which the platform ends when its time is over.
#[must_use]
pub fn invoke<'a>(
    world: &'a World,
    function: Function,
    payload: Value,
    mishap: Option<&'a Mishap>,
) -> BoxFuture<'a, (Ended, Vec<String>)> {
    Box::pin(invocation(world, function, payload, mishap))
}

async fn invocation(
    world: &World,
    function: Function,
    payload: Value,
    mishap: Option<&Mishap>,
) -> (Ended, Vec<String>) {
    let point = if let Some(Mishap::Death(point)) = mishap { Some(*point) } else { None };
    let death = Arc::new(Death::at(point));
    let conduct: Arc<dyn Conduct> = match mishap {
        Some(Mishap::Aws(fault)) => Arc::new(FaultyAws(*fault)),
        Some(Mishap::Late(late)) => Arc::new(Late(*late)),
        Some(Mishap::Salesforce(fault) | Mishap::SalesforceForADay(fault)) => {
            world.org().add_fault(fault.clone());
            Arc::<Death>::clone(&death)
        }
        Some(Mishap::Death(_)) | None => Arc::<Death>::clone(&death),
    };
    let network = Network::open(world, conduct).await;
    let container = network.container(world);
    let ended = tokio::select! {
        biased;
        () = death.come() => Ended::Died,
        answer = function.invoke(&container, payload) => Ended::Answered(answer),
        () = tokio::time::sleep(function.timeout()) => Ended::Died,
    };
    drop(container);
    // What had left before the death arrives.
    tokio::time::sleep(Duration::from_millis(1)).await;
    (ended, death.calls())
}
