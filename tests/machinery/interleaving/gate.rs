//! Where the calls of several workers wait.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use futures_util::future::BoxFuture;
use tokio::sync::{Notify, oneshot};

use crate::interleaving::Step;
use crate::network::{Call, Conduct, Onward, Outcome};

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
    pub(crate) gate: Arc<Gate>,
    pub(crate) worker: usize,
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

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().expect("nobody panics here")
    }
}

impl Conduct for Entrance {
    fn conduct<'a>(&'a self, call: &'a Call, onward: Onward<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let (permit, permitted) = oneshot::channel();
            let step = Step::of(self.worker, call);
            self.gate.lock().insert((self.worker, call.number), (step, permit));
            self.gate.look();
            match permitted.await {
                Ok(()) => onward.go().await,
                // The schedule was given up.
                Err(_) => Outcome::Silence,
            }
        })
    }
}
