//! The platform around the functions: what it invokes, when, and when again.

use std::time::Duration;

use jiff::SignedDuration;
use lanyard_local::{Container, batch};
use runtime::FunctionError;
use serde_json::{Value, json};

use crate::world::minutes;

/// A function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    Invite,
    CloseProject,
    Sweep,
}

/// Between the sweeps of a night (4:15, 5:15 and 6:15), which are not repeated by anybody else.
pub(crate) const BETWEEN_SWEEPS: SignedDuration = SignedDuration::from_hours(1);

impl Function {
    /// Invokes the function.
    pub(crate) async fn invoke(
        self,
        container: &Container,
        payload: Value,
    ) -> Result<Value, FunctionError> {
        match self {
            Self::Invite => container.invite(payload, self.timeout()).await,
            Self::CloseProject => container.close_project(payload, self.timeout()).await,
            Self::Sweep => container.sweep(payload, self.timeout()).await,
        }
    }

    /// When the platform ends an invocation (`Timeout` in the template).
    pub(crate) fn timeout(self) -> Duration {
        match self {
            Self::Invite => Duration::from_mins(2),
            Self::CloseProject => Duration::from_mins(5),
            Self::Sweep => Duration::from_mins(15),
        }
    }

    /// How often its queue hands a message over before it is a dead letter (`maxReceiveCount` in the template).
    pub(crate) fn maximum_receives(self) -> usize {
        match self {
            Self::Invite => 125,
            Self::CloseProject | Self::Sweep => 5,
        }
    }

    /// How long its queue hides a message that was handed over (`VisibilityTimeout` in the template).
    pub(crate) fn visibility_timeout(self) -> SignedDuration {
        match self {
            Self::Invite => minutes(12),
            Self::CloseProject => minutes(30),
            Self::Sweep => minutes(90),
        }
    }
}

/// What makes the platform invoke a function until it is done with.
#[derive(Clone, Debug)]
pub(crate) enum Trigger {
    /// A message in the function's queue.
    Message { function: Function, event: Value },
    /// A night's schedule.
    Night,
}

impl Trigger {
    pub(crate) fn function(&self) -> Function {
        match self {
            Self::Message { function, .. } => *function,
            Self::Night => Function::Sweep,
        }
    }

    pub(crate) fn payload(&self) -> Value {
        match self {
            Self::Message { event, .. } => batch([event.to_string().as_str()]),
            Self::Night => json!({}),
        }
    }

    /// How long after an invocation the platform makes the next one, if it does.
    pub(crate) fn again_after(&self) -> SignedDuration {
        match self {
            Self::Message { function, .. } => function.visibility_timeout(),
            Self::Night => BETWEEN_SWEEPS,
        }
    }

    /// How many invocations there are at most.
    pub(crate) fn most(&self) -> usize {
        match self {
            Self::Message { function, .. } => function.maximum_receives(),
            Self::Night => 3,
        }
    }

    /// Whether the platform is done with it after this answer.
    pub(crate) fn is_done(&self, answer: &Result<Value, FunctionError>) -> bool {
        match (self, answer) {
            (Self::Message { .. }, Ok(answer)) => answer == &json!({ "batchItemFailures": [] }),
            // A schedule goes on whatever the answer.
            (Self::Message { .. }, Err(_)) | (Self::Night, _) => false,
        }
    }
}
