#![doc = include_str!("../README.md")]

mod batch;
mod event;
mod record;
#[cfg(feature = "schema")]
pub mod shape;
mod withdrawal;

use std::convert::Infallible;

use access::{OrgAlias, Project};
use run::code::LEDGER_UNAVAILABLE;
use run::{Continuation, Organizations, Run, RunError, RunReport, Services, Work};
use runtime::{Clients, Door, Doors, FunctionError, Invocation, Queue, Shape, chain};
use serde_json::{Value, json};

use crate::record::{Message, Recorded, Word, record};

pub use event::{Event, InvalidEvent};
pub use withdrawal::NamedWithdrawal;

/// What the function keeps between invocations.
#[derive(Debug)]
pub struct Context {
    services: Services,
    queue: Queue,
}

impl Context {
    /// The context on these clients, and at these orgs.
    #[must_use]
    pub fn new(clients: Clients, organizations: Organizations) -> Self {
        let trust = clients.configuration.trust.clone();
        let queue = Queue::new(FUNCTION, trust, clients.metrics.clone());
        Self { services: Services::new(clients, organizations), queue }
    }

    /// The context on these clients, with the connection to the ledger opened and the org `main` signed in to. For the first phase of a function's life.
    ///
    /// # Errors
    /// None: what cannot be fetched ahead is fetched when it is needed.
    pub async fn build(clients: Clients) -> Result<Self, Infallible> {
        let organizations = Organizations::of(&clients);
        let context = Self::new(clients, organizations);
        let Services { ledger, organizations, .. } = &context.services;
        organizations.prefetch_with(ledger.reader.prefetch()).await;
        Ok(context)
    }
}

/// The function's name, by which its metrics and continuations are told from others.
const FUNCTION: &str = "close-project";

/// The ways in.
const DOORS: Doors = Doors {
    function: FUNCTION,
    doors: &[(Door::Queue, Shape::Batch), (Door::Operator, Shape::RequestOrEvent)],
};

/// Records what happened to projects and whose access was withdrawn, and ends the access of closed projects and of those people.
///
/// A batch is answered with the messages that are to come again; what comes by hand with the run report, and with `warnings` of fields
/// that are not known.
///
/// # Errors
/// [`FunctionError`]: `INVALID_REQUEST`, `LEDGER_UNAVAILABLE`, or `RunFailed` with the report as its message.
pub async fn handle(
    context: &Context,
    invocation: Invocation,
    payload: Value,
) -> Result<Value, FunctionError> {
    let Context { services, queue } = context;
    match DOORS.admit(invocation.door(), &payload)? {
        Door::Queue => {
            let messages = queue.messages(&payload, &invocation)?;
            Ok(json!(batch::work_through(services, &invocation, messages).await))
        }
        Door::Api | Door::Schedule | Door::Operator => {
            let run_id = invocation.request_id.clone();
            let message = Message::by_hand(&payload, &invocation)?;
            let mut recorded = record(services, &invocation, message, &run_id).await?;
            let unknown = std::mem::take(&mut recorded.unknown);
            let mut answer = json!(carry_out(services, &invocation, recorded, run_id).await?);
            if !unknown.is_empty() {
                answer["warnings"] = json!(unknown);
            }
            Ok(answer)
        }
    }
}

/// Ends what is left of what was recorded.
async fn carry_out(
    services: &Services,
    invocation: &Invocation,
    recorded: Recorded,
    run_id: String,
) -> Result<RunReport, RunError> {
    let Recorded { trigger, org, word, attempt, origin, unknown: _ } = recorded;
    let mut run = Run::new(run_id, trigger, invocation.now, false);
    let attempt = attempt.saturating_add(1);
    let (work, continuation) = match word {
        Word::Project(project) => {
            let id = Some(project.id.to_string());
            let work = if project.is_closing() {
                closing(services, &org, project).await
            } else {
                Ok(None)
            };
            (work, Continuation::new(FUNCTION, Some(org.clone()), id, attempt))
        }
        Word::Withdrawal { customers, unmatched } => {
            run.unmatched = unmatched;
            let work = Work { customers, ..Work::default() };
            // What was withdrawn is due, so a sweep of the org goes on with it.
            let continuation = Continuation::new("sweep", Some(org.clone()), None, attempt);
            (Ok(Some(work)), continuation)
        }
    };
    match work {
        // Without a release there is nothing to refuse.
        // On the heap: with the doors around it, the future would be deeper than the compiler follows.
        Ok(Some(work)) => {
            let _ = Box::pin(services.run(&org, &work, invocation, &mut run)).await;
        }
        Ok(None) => {}
        Err(error) => {
            let error = services.give_up(run, error, FUNCTION, invocation);
            return Err(RunError::NotBegun(error));
        }
    }
    Ok(services.close(run, FUNCTION, &continuation, &origin, invocation).await?)
}

/// Whoever belongs to a closed project.
async fn closing(
    services: &Services,
    org: &OrgAlias,
    project: Project,
) -> Result<Option<Work>, FunctionError> {
    let emails = services.ledger.reader.customers_of_project(org, &project.id).await;
    let customers = emails.map_err(|error| unavailable(&error))?.into_iter().collect();
    Ok(Some(Work { customers, closing: vec![project], ..Work::default() }))
}

fn unavailable(error: &(dyn std::error::Error + 'static)) -> FunctionError {
    tracing::error!(error = chain(error), "the ledger did not answer");
    FunctionError::new(LEDGER_UNAVAILABLE, "the ledger does not answer; the event may come again")
}
