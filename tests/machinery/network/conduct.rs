//! What becomes of calls.

use std::fmt::Debug;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::Value;

use crate::network::{Answer, Call};

/// Says what becomes of each call.
pub trait Conduct: Debug + Send + Sync {
    /// What becomes of this one. `onward` carries it out; if it is never used, the call has never left.
    fn conduct<'a>(&'a self, call: &'a Call, onward: Onward<'a>) -> BoxFuture<'a, Outcome>;
}

/// The way on, for one call.
pub struct Onward<'a> {
    exchange: Exchange<'a>,
    later: Later<'a>,
}

/// Sends the call, with another body if one is given, and waits for what comes back.
type Exchange<'a> = Box<dyn FnOnce(Option<Value>) -> BoxFuture<'a, Outcome> + Send + 'a>;

/// Sends the call once so much time has passed.
type Later<'a> = Box<dyn FnOnce(Duration) + Send + 'a>;

impl<'a> Onward<'a> {
    pub(crate) fn new(
        exchange: impl FnOnce(Option<Value>) -> BoxFuture<'a, Outcome> + Send + 'a,
        later: impl FnOnce(Duration) + Send + 'a,
    ) -> Self {
        Self { exchange: Box::new(exchange), later: Box::new(later) }
    }

    /// Lets the call arrive once so much time has passed, whoever lives then. Nobody hears what came of it.
    pub fn go_later(self, after: Duration) {
        (self.later)(after);
    }

    /// Carries the call out. What was begun is finished, even if nobody waits for the answer any more.
    pub async fn go(self) -> Outcome {
        (self.exchange)(None).await
    }

    /// Carries out the call as it would be with another body.
    pub async fn go_with(self, body: Value) -> Outcome {
        (self.exchange)(Some(body)).await
    }
}

/// What the caller gets.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// An answer.
    Answer(Answer),
    /// Nothing, until its patience or its life is over.
    Silence,
    /// A connection that is closed before an answer.
    Severed,
}
