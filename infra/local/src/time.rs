//! What time it is in a world.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// How a world's time goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// It stands still until it is made to pass.
    Still,
    /// By itself, as the machine's clock does.
    Machine,
    /// By itself, as the timers of the runtime do: where those are paused, waiting costs no time.
    Runtime,
}

/// The world's time: what it was set to, and what has gone by since where it goes on by itself.
#[derive(Clone, Debug)]
pub(crate) struct Time {
    /// Milliseconds since 1970.
    set: Arc<AtomicI64>,
    started: Started,
}

#[derive(Clone, Copy, Debug)]
enum Started {
    Never,
    Machine(Timestamp),
    Runtime(Instant),
}

impl Time {
    pub(crate) fn starting(at: Timestamp, pace: Pace) -> Self {
        let started = match pace {
            Pace::Still => Started::Never,
            Pace::Machine => Started::Machine(runtime::now()),
            Pace::Runtime => Started::Runtime(Instant::now()),
        };
        Self { set: Arc::new(AtomicI64::new(at.as_millisecond())), started }
    }

    pub(crate) fn now(&self) -> Timestamp {
        let milliseconds = self.set.load(Ordering::SeqCst).saturating_add(self.gone());
        Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    pub(crate) fn pass(&self, duration: SignedDuration) {
        let milliseconds = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        self.set.fetch_add(milliseconds, Ordering::SeqCst);
    }

    pub(crate) fn pass_until(&self, at: Timestamp) {
        self.set.store(at.as_millisecond() - self.gone(), Ordering::SeqCst);
    }

    fn gone(&self) -> i64 {
        match self.started {
            Started::Never => 0,
            Started::Machine(since) => runtime::now().as_millisecond() - since.as_millisecond(),
            Started::Runtime(since) => {
                i64::try_from(since.elapsed().as_millis()).unwrap_or(i64::MAX)
            }
        }
    }
}
