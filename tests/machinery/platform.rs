//! The platform around the functions: what it invokes, when, and when again.

use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::SignedDuration;
use lanyard_local::{Container, batch};
use runtime::FunctionError;
use serde_json::{Value, json};

use crate::world::minutes;

/// A function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// `invite`.
    Invite,
    /// `close-project`.
    CloseProject,
    /// `sweep`.
    Sweep,
}

/// Between the sweeps of a night (4:15, 5:15 and 6:15), which are not repeated by anybody else.
pub const BETWEEN_SWEEPS: SignedDuration = SignedDuration::from_hours(1);

impl Function {
    /// Invokes the function, in a future without a type of its own, as those of [`World`](crate::world::World).
    #[must_use]
    pub fn invoke(
        self,
        container: &Container,
        payload: Value,
    ) -> BoxFuture<'_, Result<Value, FunctionError>> {
        match self {
            Self::Invite => Box::pin(container.invite(payload, self.timeout())),
            Self::CloseProject => Box::pin(container.close_project(payload, self.timeout())),
            Self::Sweep => Box::pin(container.sweep(payload, self.timeout())),
        }
    }

    /// When the platform ends an invocation (`Timeout` in the template).
    #[must_use]
    pub fn timeout(self) -> Duration {
        match self {
            Self::Invite => Duration::from_mins(2),
            Self::CloseProject => Duration::from_mins(5),
            Self::Sweep => Duration::from_mins(15),
        }
    }

    /// How often its queue hands a message over before it is a dead letter (`maxReceiveCount` in the template).
    #[must_use]
    pub fn maximum_receives(self) -> usize {
        match self {
            Self::Invite => 125,
            Self::CloseProject | Self::Sweep => 5,
        }
    }

    /// How long its queue hides a message that was handed over (`VisibilityTimeout` in the template).
    #[must_use]
    pub fn visibility_timeout(self) -> SignedDuration {
        match self {
            Self::Invite => minutes(12),
            Self::CloseProject => minutes(30),
            Self::Sweep => minutes(90),
        }
    }
}

/// What makes the platform invoke a function until it is done with.
#[derive(Clone, Debug)]
pub enum Trigger {
    /// A message in the function's queue.
    Message {
        /// Whose queue.
        function: Function,
        /// What the message says.
        event: Value,
    },
    /// A night's schedule.
    Night,
}

impl Trigger {
    /// What it invokes.
    #[must_use]
    pub fn function(&self) -> Function {
        match self {
            Self::Message { function, .. } => *function,
            Self::Night => Function::Sweep,
        }
    }

    /// What the function is invoked with.
    #[must_use]
    pub fn payload(&self) -> Value {
        match self {
            Self::Message { event, .. } => batch([event.to_string().as_str()]),
            Self::Night => json!({}),
        }
    }

    /// How long after an invocation the platform makes the next one, if it does.
    #[must_use]
    pub fn again_after(&self) -> SignedDuration {
        match self {
            Self::Message { function, .. } => function.visibility_timeout(),
            Self::Night => BETWEEN_SWEEPS,
        }
    }

    /// How many invocations there are at most.
    #[must_use]
    pub fn most(&self) -> usize {
        match self {
            Self::Message { function, .. } => function.maximum_receives(),
            Self::Night => 3,
        }
    }

    /// Whether the platform is done with it after this answer.
    #[must_use]
    pub fn is_done(&self, answer: &Result<Value, FunctionError>) -> bool {
        match (self, answer) {
            (Self::Message { .. }, Ok(answer)) => answer == &json!({ "batchItemFailures": [] }),
            // A schedule goes on whatever the answer.
            (Self::Message { .. }, Err(_)) | (Self::Night, _) => false,
        }
    }
}
