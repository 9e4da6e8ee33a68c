//! What a message says is written before anything is done about it: from then on a closed project admits nobody.

mod project;
mod recorded;
mod withdrawal;

use run::{Run, Services, Trigger};
use runtime::{Envelope, FunctionError, Invocation};
use serde_json::Value;

pub(crate) use self::recorded::{Recorded, Word};
use crate::FUNCTION;
use crate::event::{Event, InvalidEvent};
use crate::withdrawal::NamedWithdrawal;

/// The detail-type of a withdrawal.
const WITHDRAWN: &str = "Customer Access Withdrawn";

/// By which way a message came.
#[derive(Clone, Copy)]
pub(crate) enum Door {
    /// As an event.
    Event,
    /// As the payload itself, which can only be a withdrawal.
    Direct,
}

impl Door {
    /// The door of a payload that is no batch.
    pub(crate) fn of(payload: &Value) -> Self {
        let is_event = ["detail-type", "detail"].into_iter().any(|it| payload.get(it).is_some());
        if is_event { Self::Event } else { Self::Direct }
    }
}

/// Records what a message says. `Err` before anything is ended.
pub(crate) async fn record(
    services: &Services,
    invocation: &Invocation,
    door: Door,
    message: &Value,
    run_id: &str,
) -> Result<Recorded, FunctionError> {
    let withdrawn = message.get("detail-type").is_some_and(|it| it == WITHDRAWN);
    let (trigger, recorded) = match door {
        Door::Direct => {
            let actor = format!("request {}", invocation.request_id);
            let at = ("withdrawnAt", invocation.now);
            let named = NamedWithdrawal::parse(message, "", at, invocation.now);
            let named = named.map_err(|error| invalid(&error))?;
            let origin = invocation.request_id.clone();
            (Trigger::Manual, withdrawal::record(services, invocation, named, &actor, origin).await)
        }
        Door::Event if withdrawn => {
            let envelope = Envelope::parse(message)
                .map_err(|error| FunctionError::new("INVALID_REQUEST", error.to_string()))?;
            let actor = format!("event {} {}", envelope.source, envelope.id);
            let (at, now) = (("time", envelope.time), invocation.now);
            let named = NamedWithdrawal::parse(&envelope.detail, "detail.", at, now);
            let named = named.map_err(|error| invalid(&error))?;
            let origin = envelope.id;
            (Trigger::Event, withdrawal::record(services, invocation, named, &actor, origin).await)
        }
        Door::Event => {
            let event = Event::parse(message, invocation.now).map_err(|error| invalid(&error))?;
            let trigger =
                if event.change.is_some() { Trigger::Event } else { Trigger::Continuation };
            (trigger, project::record(services, invocation, event).await)
        }
    };
    recorded.map(|recorded| Recorded { trigger, ..recorded }).map_err(|error| {
        let run = Run::new(run_id.to_owned(), trigger, invocation.now, false);
        services.give_up(run, error, FUNCTION, invocation)
    })
}

fn invalid(error: &InvalidEvent) -> FunctionError {
    FunctionError::new("INVALID_REQUEST", error.to_string())
}
