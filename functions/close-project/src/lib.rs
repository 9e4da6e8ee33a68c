#![doc = include_str!("../README.md")]

mod event;
#[cfg(test)]
mod event_examples;
#[cfg(feature = "schema")]
pub mod shape;

use std::convert::Infallible;

use access::{OrgAlias, Project, ProjectChange, ProjectId};
use run::code::{LEDGER_UNAVAILABLE, RUN_FAILED};
use run::{Continuation, RunFailed, RunReport, Services, Trigger as RunTrigger, Work};
use runtime::{Clients, FunctionError, Invocation, Trigger, chain, each_message};
use serde_json::{Value, json};

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

/// How often a project is read anew because somebody else wrote it meanwhile.
const ATTEMPTS: usize = 5;

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
            let (invocation, request_id) = (&invocation, &invocation.request_id);
            let work = |id: String, event: Value| async move {
                let run_id = format!("{request_id}-{id}");
                match one(services, invocation, &event, run_id).await {
                    Ok(Ok(_)) => Ok(()),
                    // The close is recorded, and people are told: what is left is for them and the nights.
                    Ok(Err(failed)) if failed.is_refused() => Ok(()),
                    Ok(Err(_)) => Err(RUN_FAILED.to_owned()),
                    Err(error) => Err(error.error_type),
                }
            };
            each_message(&payload, invocation, work).await.map(|answer| json!(answer))
        }
        Trigger::Http | Trigger::Event | Trigger::Direct => {
            let run_id = invocation.request_id.clone();
            Ok(json!(one(services, &invocation, &payload, run_id).await??))
        }
    }
}

/// Carries one event through. The outer `Err` is an event of which nothing could be done.
async fn one(
    services: &Services,
    invocation: &Invocation,
    event: &Value,
    run_id: String,
) -> Result<Result<RunReport, RunFailed>, FunctionError> {
    let event = Event::parse(event, invocation.now)
        .map_err(|error| FunctionError::new("INVALID_REQUEST", error.to_string()))?;
    let trigger = match event.change {
        Some(_) => RunTrigger::Event,
        None => RunTrigger::Continuation,
    };
    let mut report = RunReport::new(run_id, trigger, invocation.now, false);
    if let Err(error) = run(services, invocation, &event, &mut report).await {
        return Err(services.give_up(report, error, FUNCTION, invocation));
    }
    let Event { org, project, attempt, origin, .. } = event;
    let (attempt, project) = (attempt.saturating_add(1), Some(project.to_string()));
    let continuation = Continuation::new(FUNCTION, Some(org), project, attempt);
    Ok(services.close(report, &continuation, &origin, invocation).await)
}

/// Records what the event says, and ends what is left of a closed project. `Err` before anything is ended.
async fn run(
    services: &Services,
    invocation: &Invocation,
    event: &Event,
    report: &mut RunReport,
) -> Result<(), FunctionError> {
    let Event { org, project, change, .. } = event;
    let recorded = record(services, org, project, change.as_ref()).await?;
    tracing::info!(%org, %project, closed = recorded.is_closed, "project");
    if recorded.is_closed && recorded.is_closing {
        let emails = services.ledger.reader.customers_of_project(org, project).await;
        let emails = emails.map_err(|error| unavailable(&error))?;
        let (customers, closing) = (emails.into_iter().collect(), vec![recorded]);
        let work = Work { customers, closing, ..Work::default() };
        // Without a release there is nothing to refuse.
        let _ = services.run(org, &work, invocation, report).await;
    }
    Ok(())
}

/// Writes what the event says before anything is done about it: from then on the project admits nobody.
async fn record(
    services: &Services,
    org: &OrgAlias,
    id: &ProjectId,
    change: Option<&ProjectChange>,
) -> Result<Project, FunctionError> {
    for _ in 0..ATTEMPTS {
        let project = services.ledger.reader.project(org, id).await;
        let project = project.map_err(|error| unavailable(&error))?;
        let Some(next) = change.and_then(|change| project.after(change)) else {
            return Ok(project);
        };
        match services.ledger.writer.commit_project(next, Vec::new()).await {
            Ok(project) => return Ok(project),
            Err(error) if error.is_conflict() => {}
            Err(error) => return Err(unavailable(&error)),
        }
    }
    Err(FunctionError::new(LEDGER_UNAVAILABLE, "the project is written by others all the time"))
}

fn unavailable(error: &(dyn std::error::Error + 'static)) -> FunctionError {
    tracing::error!(error = chain(error), "the ledger did not answer");
    FunctionError::new(LEDGER_UNAVAILABLE, "the ledger does not answer; the event may come again")
}
