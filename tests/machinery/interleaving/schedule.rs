//! One run of several workers under a schedule.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;

use crate::interleaving::gate::{Entrance, Gate};
use crate::interleaving::{Work, Worker};
use crate::network::{Call, Footprint, Network};
use crate::world::World;

/// One call that could be made next.
#[derive(Clone, Debug)]
pub struct Step {
    /// Whose.
    pub worker: usize,
    /// What, in words that tell it from whatever else the worker calls at the same time.
    pub call: String,
    footprint: Footprint,
}

/// Says who goes on, of those who could: a place in the list. `None` gives the run up.
pub trait Chooser {
    /// The place in the list of who goes on.
    fn choose(&mut self, steps: &[Step]) -> Option<usize>;
}

impl Step {
    /// A worker's call, as a step.
    #[must_use]
    pub fn of(worker: usize, call: &Call) -> Self {
        let footprint = call.footprint();
        Self { worker, call: format!("{call} {}", footprint.told()), footprint }
    }

    /// What tells it from other steps that could be made at the same time.
    #[must_use]
    pub fn name(&self) -> (usize, &str) {
        (self.worker, &self.call)
    }

    /// Whether it makes a difference which of two steps comes first.
    #[must_use]
    pub fn conflicts_with(&self, other: &Self) -> bool {
        self.footprint.conflicts_with(&other.footprint)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.worker, self.call)
    }
}

/// Runs workers, each in a cold container of its own, in the order that is chosen call by call. Gives what each came to, or
/// `None` if the run was given up.
pub async fn interleave<'a, T>(
    world: &'a World,
    workers: Vec<Work<'a, T>>,
    chooser: &mut dyn Chooser,
) -> Option<Vec<T>> {
    let workers = workers.into_iter().map(Worker::new).collect();
    let lives = interleave_mortals(world, workers, chooser).await?;
    Some(lives.into_iter().map(|it| it.expect("nobody was to die")).collect())
}

/// The same with workers of whom some may die. Of those there is nothing to give.
pub async fn interleave_mortals<'a, T>(
    world: &'a World,
    workers: Vec<Worker<'a, T>>,
    chooser: &mut dyn Chooser,
) -> Option<Vec<Option<T>>> {
    let gate = Arc::new(Gate::default());
    let running = AtomicUsize::new(workers.len());
    let mut networks = Vec::new();
    let mut lives = Vec::new();
    for (number, worker) in workers.into_iter().enumerate() {
        let Worker { work, traits, death } = worker;
        let entrance = Arc::new(Entrance::new(&gate, number, death));
        let network = Network::open(world, Arc::<Entrance>::clone(&entrance)).await;
        let container = network.container_with(world, &traits);
        networks.push(network);
        let (gate, running) = (&gate, &running);
        lives.push(async move {
            let came_to = tokio::select! {
                biased;
                () = entrance.death() => None,
                came_to = work(container) => Some(came_to),
            };
            running.fetch_sub(1, Ordering::SeqCst);
            gate.look();
            came_to
        });
    }
    let all = tokio::select! {
        biased;
        all = join_all(lives) => Some(all),
        () = schedule(&gate, &running, chooser) => None,
    };
    // What was let go and is not waited for any more arrives.
    tokio::time::sleep(Duration::from_millis(1)).await;
    all
}

/// Ends only when the chooser gives up.
async fn schedule(gate: &Gate, running: &AtomicUsize, chooser: &mut dyn Chooser) {
    loop {
        // Simulated time goes on only when nothing else can, so that after this everybody waits.
        tokio::time::sleep(Duration::from_millis(1)).await;
        let steps = gate.steps();
        if let Some(chosen) = chooser.choose(&steps) {
            gate.open(&steps[chosen]);
            continue;
        }
        let waiting: BTreeSet<usize> = steps.iter().map(|step| step.worker).collect();
        if waiting.len() == running.load(Ordering::SeqCst) {
            return;
        }
        // Those who are not at the gate wait for a timer.
        gate.arrival().await;
    }
}
