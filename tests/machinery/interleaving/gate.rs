//! Where the calls of several workers wait.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use futures_util::future::BoxFuture;
use tokio::sync::{Notify, oneshot};

use crate::interleaving::Step;
use crate::network::{Call, Conduct, Onward, Outcome};
use crate::stories::{Moment, Point};

/// The calls that wait, by worker and by their number in it.
type Waiting = BTreeMap<(usize, usize), (Step, oneshot::Sender<()>)>;

/// Where the calls of all workers wait.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    waiting: Mutex<Waiting>,
    arrival: Notify,
}

/// The gate, for one worker.
#[derive(Debug)]
pub(crate) struct Entrance {
    gate: Arc<Gate>,
    worker: usize,
    death: Option<Point>,
    has_come: Notify,
    is_dead: AtomicBool,
}

impl Gate {
    /// What could happen next, in an order that does not depend on who arrived first. Of calls of one worker that look the
    /// same there is one.
    pub(crate) fn steps(&self) -> Vec<Step> {
        let waiting = self.lock();
        let mut steps: Vec<Step> = waiting.values().map(|(step, _)| step.clone()).collect();
        steps.sort_by(|one, other| one.name().cmp(&other.name()));
        steps.dedup_by(|one, other| one.name() == other.name());
        steps
    }

    /// Lets a call go on.
    pub(crate) fn open(&self, step: &Step) {
        let mut waiting = self.lock();
        let found = waiting.iter().find(|(_, (it, _))| it.name() == step.name());
        let Some(number) = found.map(|(number, _)| *number) else { return };
        if let Some((_, permit)) = waiting.remove(&number) {
            // Who has gone meanwhile needs no permit.
            let _ = permit.send(());
        }
    }

    /// Waits until there may be something new.
    pub(crate) async fn arrival(&self) {
        self.arrival.notified().await;
    }

    /// Says that there may be something new.
    pub(crate) fn look(&self) {
        self.arrival.notify_one();
    }

    /// Forgets the calls of a worker who has died.
    fn bury(&self, worker: usize) {
        self.lock().retain(|(whose, _), _| *whose != worker);
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().expect("nobody panics here")
    }
}

impl Entrance {
    pub(crate) fn new(gate: &Arc<Gate>, worker: usize, death: Option<Point>) -> Self {
        let gate = Arc::clone(gate);
        Self { gate, worker, death, has_come: Notify::new(), is_dead: AtomicBool::new(false) }
    }

    /// Waits for the worker's death.
    pub(crate) async fn death(&self) {
        self.has_come.notified().await;
    }

    fn dies(&self, call: &Call, moment: Moment) -> bool {
        self.death == Some(Point { call: call.number, moment })
    }

    fn die(&self) -> Outcome {
        self.is_dead.store(true, Ordering::SeqCst);
        self.gate.bury(self.worker);
        self.has_come.notify_one();
        Outcome::Silence
    }
}

impl Conduct for Entrance {
    fn conduct<'a>(&'a self, call: &'a Call, onward: Onward<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            if self.is_dead.load(Ordering::SeqCst) {
                return Outcome::Silence;
            }
            let (permit, permitted) = oneshot::channel();
            let step = Step::of(self.worker, call);
            self.gate.lock().insert((self.worker, call.number), (step, permit));
            self.gate.look();
            if permitted.await.is_err() {
                // The schedule was given up, or the worker has died at another call.
                return Outcome::Silence;
            }
            if self.dies(call, Moment::Before) {
                return self.die();
            }
            let outcome = onward.go().await;
            if self.dies(call, Moment::After) { self.die() } else { outcome }
        })
    }
}
