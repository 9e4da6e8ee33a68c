//! A container that dies at one of its calls.

use std::fmt;
use std::sync::Mutex;

use futures_util::future::BoxFuture;
use tokio::sync::Notify;

use crate::network::{Call, Conduct, Onward, Outcome};

/// When, with regard to a call, a container dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Before the call leaves.
    Before,
    /// After it took effect, before its answer arrives.
    After,
}

/// Where a container dies: at which of its calls, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// At which of its calls; the first is 1.
    pub call: usize,
    /// Before or after it.
    pub moment: Moment,
}

/// As it is told.
impl fmt::Display for Point {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = match self.moment {
            Moment::Before => "before",
            Moment::After => "after",
        };
        write!(formatter, "{moment} call {}", self.call)
    }
}

/// Lets calls pass until the container is to die.
#[derive(Debug, Default)]
pub(crate) struct Death {
    point: Option<Point>,
    has_come: Notify,
    calls: Mutex<Vec<String>>,
}

impl Death {
    /// At this point; never, if there is none.
    pub(crate) fn at(point: Option<Point>) -> Self {
        Self { point, ..Self::default() }
    }

    /// Waits for it.
    pub(crate) async fn come(&self) {
        self.has_come.notified().await;
    }

    /// The calls so far, in words.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.calls.lock().expect("nobody panics here").clone()
    }
}

impl Conduct for Death {
    fn conduct<'a>(&'a self, call: &'a Call, onward: Onward<'a>) -> BoxFuture<'a, Outcome> {
        self.calls.lock().expect("nobody panics here").push(call.to_string());
        Box::pin(async move {
            match self.point {
                Some(Point { call: at, moment }) if at == call.number => {
                    if moment == Moment::After {
                        onward.go().await;
                    }
                    self.has_come.notify_one();
                    Outcome::Silence
                }
                Some(_) | None => onward.go().await,
            }
        })
    }
}
