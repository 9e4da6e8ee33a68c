//! A life in which one of two dies and the other comes sooner or later.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use machinery::interleaving::{Draw, Worker, interleave_mortals};
use machinery::platform::Trigger;
use machinery::stories::{Ended, Mishap, Moment, Point, invoke};
use machinery::world::{World, minutes};

use crate::orders::case::Case;
use crate::orders::life::{Answer, Scene, alone, end, start, work};

/// When the other one comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rival {
    /// Both are at work at the same time, one call at a time, in an order drawn with this seed.
    Meanwhile(u64),
    /// While the platform might still let the dead one run.
    BeforeDeadline,
    /// Once it does not, whatever clock tells.
    AfterDeadline,
    /// Once nothing that the dead one sent can be on its way.
    AfterAll,
}

/// How a life went.
pub(crate) struct Lived {
    pub(crate) scene: Scene,
    /// Whether it came to the call at which it was to die: in some orders there are fewer.
    pub(crate) has_died: bool,
    /// The order of calls, where it was drawn.
    pub(crate) order: Vec<String>,
}

/// Later than any deadline by a clock that is wrong by a few seconds.
const SHORTLY: SignedDuration = SignedDuration::from_secs(10);

impl Rival {
    pub(crate) fn all(seed: u64) -> [Self; 4] {
        [Self::Meanwhile(seed), Self::BeforeDeadline, Self::AfterDeadline, Self::AfterAll]
    }

    /// A number for each kind.
    pub(crate) fn kind(self) -> u8 {
        match self {
            Self::Meanwhile(_) => 0,
            Self::BeforeDeadline => 1,
            Self::AfterDeadline => 2,
            Self::AfterAll => 3,
        }
    }

    /// How long after the beginning of the one that dies.
    fn after(self, mortal: &Trigger) -> SignedDuration {
        let timeout = SignedDuration::try_from(mortal.function().timeout()).expect("it is short");
        match self {
            Self::Meanwhile(_) => SignedDuration::ZERO,
            Self::BeforeDeadline => SignedDuration::from_secs(30),
            Self::AfterDeadline => timeout + SHORTLY,
            Self::AfterAll => timeout + minutes(15) + SHORTLY,
        }
    }
}

impl fmt::Display for Rival {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Meanwhile(seed) => write!(formatter, "rival meanwhile, LANYARD_SEED={seed}"),
            Self::BeforeDeadline => formatter.write_str("rival before the deadline"),
            Self::AfterDeadline => formatter.write_str("rival after the deadline"),
            Self::AfterAll => formatter.write_str("rival a quarter of an hour after the deadline"),
        }
    }
}

/// The calls of one of the two when it is alone and does not die.
pub(crate) async fn calls_of(case: Case, mortal: usize) -> Vec<String> {
    let world = start(case).await;
    let trigger = &case.triggers(&world)[mortal];
    invoke(&world, trigger.function(), trigger.payload(), None).await.1
}

/// Lives through a case in which one of the two dies at this point.
pub(crate) async fn live(case: Case, mortal: usize, point: Point, rival: Rival) -> Lived {
    let world = start(case).await;
    let triggers = case.triggers(&world);
    let begun = world.now();
    let (answers, order) = match rival {
        Rival::Meanwhile(seed) => {
            let mut draw = Draw::seeded(seed.wrapping_add(place_of(point)));
            let workers = triggers.iter().enumerate().map(|(number, trigger)| {
                let worker = Worker::new(work(trigger));
                if number == mortal { worker.dying(point) } else { worker }
            });
            let answers = interleave_mortals(&world, workers.collect(), &mut draw).await;
            (answers.expect("a draw never gives up"), draw.told().to_vec())
        }
        Rival::BeforeDeadline | Rival::AfterDeadline | Rival::AfterAll => {
            let dying = &triggers[mortal];
            let mishap = Mishap::Death(point);
            let (ended, _) = invoke(&world, dying.function(), dying.payload(), Some(&mishap)).await;
            let mut answers = vec![None, None];
            if let Ended::Answered(answer) = ended {
                answers[mortal] = Some(answer);
            }
            (answers, Vec::new())
        }
    };
    let has_died = answers[mortal].is_none();
    let mut queue = Vec::new();
    for (number, (trigger, answer)) in triggers.iter().zip(&answers).enumerate() {
        let is_first = answer.is_none() && number != mortal;
        let after = if is_first { rival.after(&triggers[mortal]) } else { trigger.again_after() };
        let due = begun + after;
        let is_night = matches!(trigger, Trigger::Night);
        // A night that died is made up for by the next.
        let is_over =
            (is_night && !is_first) || answer.as_ref().is_some_and(|it| trigger.is_done(it));
        if !is_over {
            queue.push(Message {
                due,
                trigger,
                receives: usize::from(!is_first),
                is_rival: is_first,
            });
        }
    }
    let given_up = hand_over(&world, queue).await;
    Lived { scene: end(&world, given_up).await, has_died, order }
}

/// Something that is to be handed over, for the first time or again.
struct Message<'a> {
    due: Timestamp,
    trigger: &'a Trigger,
    /// How often it was handed over.
    receives: usize,
    /// Whether the other has to wait for it.
    is_rival: bool,
}

/// Hands over what is left, each when its queue does and the rival first, until nothing is; says how many the platform gave up.
async fn hand_over(world: &World, mut queue: Vec<Message<'_>>) -> usize {
    let mut given_up = 0;
    loop {
        queue.sort_by_key(|it| (!it.is_rival, it.due));
        if queue.is_empty() {
            return given_up;
        }
        let Message { due, trigger, receives, .. } = queue.remove(0);
        world.pass_until(due.max(world.now()));
        let begun = world.now();
        let answer: Answer = alone(world, trigger).await;
        let is_over = matches!(trigger, Trigger::Night) || trigger.is_done(&answer);
        if is_over {
            continue;
        }
        if receives + 1 >= trigger.most() {
            given_up += 1;
            continue;
        }
        let due = begun + trigger.again_after();
        queue.push(Message { due, trigger, receives: receives + 1, is_rival: false });
    }
}

/// A number for each point, so that each has an order of its own.
fn place_of(point: Point) -> u64 {
    let is_after = point.moment == Moment::After;
    u64::try_from(2 * point.call + usize::from(is_after)).expect("it is small")
}
