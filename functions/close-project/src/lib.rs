#![doc = include_str!("../README.md")]

mod batch;
mod event;
#[cfg(test)]
mod event_examples;
mod record;
#[cfg(feature = "schema")]
pub mod shape;

use std::convert::Infallible;

use run::code::LEDGER_UNAVAILABLE;
use run::{Continuation, RunFailed, RunReport, Services, Work};
use runtime::{Clients, FunctionError, Invocation, Trigger, chain};
use serde_json::{Value, json};

use crate::record::{Recorded, record};

pub use event::{Event, InvalidEvent};

/// What the function keeps between invocations.
#[derive(Debug)]
pub struct Context {
    services: Services,
}

impl Context {
    /// The context on these clients.
    #[must_use]
    pub fn new(clients: Clients) -> Self {
        Self { services: Services::new(clients) }
    }

    /// The context on these clients, with the connection to the ledger opened. For the first phase of a function's life.
    ///
    /// # Errors
    /// None: what cannot be fetched ahead is fetched when it is needed.
    pub async fn build(clients: Clients) -> Result<Self, Infallible> {
        let context = Self::new(clients);
        runtime::ahead("ledger", context.services.ledger.reader.prefetch()).await;
        Ok(context)
    }
}

/// The function's name, by which its metrics and continuations are told from others.
const FUNCTION: &str = "close-project";

/// Records what happened to projects, and ends the access of closed ones.
///
/// A batch is answered with the messages that are to come again; a bare event with the run report.
///
/// # Errors
/// [`FunctionError`]: `INVALID_REQUEST`, `LEDGER_UNAVAILABLE`, or `RunFailed` with the report as its message.
pub async fn handle(
    context: &Context,
    invocation: Invocation,
    payload: Value,
) -> Result<Value, FunctionError> {
    let Context { services } = context;
    match Trigger::of(&payload) {
        Trigger::Queue => {
            let answer = batch::work_through(services, &invocation, &payload).await?;
            Ok(json!(answer))
        }
        Trigger::Http | Trigger::Event | Trigger::Direct => {
            let run_id = invocation.request_id.clone();
            let recorded = record(services, &invocation, &payload, &run_id).await?;
            Ok(json!(carry_out(services, &invocation, recorded, run_id).await??))
        }
    }
}

/// Ends what is left of what was recorded. The outer `Err` is a message of which nothing could be carried out.
async fn carry_out(
    services: &Services,
    invocation: &Invocation,
    recorded: Recorded,
    run_id: String,
) -> Result<Result<RunReport, RunFailed>, FunctionError> {
    let Recorded { trigger, org, project, attempt, origin } = recorded;
    let mut report = RunReport::new(run_id, trigger, invocation.now, false);
    if project.is_closed && project.is_closing {
        let emails = match services.ledger.reader.customers_of_project(&org, &project.id).await {
            Ok(emails) => emails,
            Err(error) => {
                let error = unavailable(&error);
                return Err(services.give_up(report, error, FUNCTION, invocation));
            }
        };
        let (customers, closing) = (emails.into_iter().collect(), vec![project.clone()]);
        let work = Work { customers, closing, ..Work::default() };
        // Without a release there is nothing to refuse.
        let _ = services.run(&org, &work, invocation, &mut report).await;
    }
    let (attempt, project) = (attempt.saturating_add(1), Some(project.id.to_string()));
    let continuation = Continuation::new(FUNCTION, Some(org), project, attempt);
    Ok(services.close(report, &continuation, &origin, invocation).await)
}

fn unavailable(error: &(dyn std::error::Error + 'static)) -> FunctionError {
    tracing::error!(error = chain(error), "the ledger did not answer");
    FunctionError::new(LEDGER_UNAVAILABLE, "the ledger does not answer; the event may come again")
}
