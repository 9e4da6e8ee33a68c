//! What a message says is written before anything is done about it: from then on a closed project admits nobody.

mod allowed;
mod project;
mod recorded;
mod withdrawal;

use access::Source;
use run::{Run, Services, Trigger};
use runtime::{Caller, Envelope, FunctionError, Invocation};
use serde_json::Value;

pub(crate) use self::recorded::{Recorded, Word};
use crate::FUNCTION;
use crate::event::{Event, InvalidEvent};
use crate::withdrawal::NamedWithdrawal;

/// The detail-type of a withdrawal.
const WITHDRAWN: &str = "Customer Access Withdrawn";

/// A message, and whom it is from.
pub(crate) struct Message {
    caller: Caller,
    says: Says,
}

/// In which form a message says what it says.
enum Says {
    /// An event.
    Event(Envelope),
    /// The fields themselves, which can only be a withdrawal.
    Withdrawal(Value),
}

impl Message {
    /// An event that the bus has seen.
    pub(crate) fn of_event(envelope: Envelope) -> Self {
        Self { caller: Caller::of_event(&envelope), says: Says::Event(envelope) }
    }

    /// What somebody writes by hand: a withdrawal, or an event. Whoever that is, it is the operator who says it.
    ///
    /// # Errors
    /// [`FunctionError`] `INVALID_REQUEST`.
    pub(crate) fn by_hand(payload: &Value, invocation: &Invocation) -> Result<Self, FunctionError> {
        let is_event = ["detail-type", "detail"].into_iter().any(|it| payload.get(it).is_some());
        let says = if is_event {
            Says::Event(
                Envelope::by_hand(payload, invocation)
                    .map_err(|error| FunctionError::new("INVALID_REQUEST", error.to_string()))?,
            )
        } else {
            Says::Withdrawal(payload.clone())
        };
        Ok(Self { caller: Caller::operator(invocation), says })
    }
}

/// Records what a message says. `Err` before anything is ended.
pub(crate) async fn record(
    services: &Services,
    invocation: &Invocation,
    message: Message,
    run_id: &str,
) -> Result<Recorded, FunctionError> {
    let Message { caller, says } = message;
    let now = invocation.now;
    let is_by_hand = caller.source == Source::Operator;
    let trigger = if is_by_hand { Trigger::Manual } else { Trigger::Event };
    let (trigger, recorded) = match says {
        Says::Withdrawal(fields) => {
            let named = NamedWithdrawal::parse(&fields, "", ("withdrawnAt", now), now);
            let named = named.map_err(|error| invalid(&error))?;
            let origin = invocation.request_id.clone();
            (trigger, withdrawal::record(services, invocation, &caller, named, origin).await)
        }
        Says::Event(envelope) if envelope.detail_type == WITHDRAWN => {
            let at = ("time", envelope.time);
            let named = NamedWithdrawal::parse(&envelope.detail, "detail.", at, now);
            let named = named.map_err(|error| invalid(&error))?;
            (trigger, withdrawal::record(services, invocation, &caller, named, envelope.id).await)
        }
        Says::Event(envelope) => {
            let event = Event::of(&envelope, now).map_err(|error| invalid(&error))?;
            let trigger = if event.change.is_some() { trigger } else { Trigger::Continuation };
            (trigger, project::record(services, invocation, &caller, event).await)
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
