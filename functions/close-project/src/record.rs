//! What a message says is written before anything is done about it: from then on a closed project admits nobody.

use std::collections::BTreeSet;

use access::event::ProjectEventIgnored;
use access::{
    Actor, Announcement, AnnouncementKind, Email, OrgAlias, Project, ProjectChange, ProjectId,
    withdraw,
};
use ledger::{CommitError, CustomerChange};
use run::code::{LEDGER_UNAVAILABLE, LEDGER_UNREADABLE};
use run::{RunReport, Services, Trigger, deliver};
use runtime::{Envelope, FunctionError, Invocation};
use serde_json::Value;

use crate::event::{Event, InvalidEvent};
use crate::withdrawal::NamedWithdrawal;
use crate::{FUNCTION, unavailable};

/// The detail-type of a withdrawal.
const WITHDRAWN: &str = "Customer Access Withdrawn";

/// How often a customer is read anew because somebody else wrote meanwhile: many, since nothing slow lies between reading and writing.
const CUSTOMER_ATTEMPTS: usize = 25;

/// How often a project is read anew because somebody else wrote it meanwhile.
const ATTEMPTS: usize = 5;

/// A message whose word is recorded, and which is to be carried out.
pub(crate) struct Recorded {
    pub(crate) trigger: Trigger,
    pub(crate) org: OrgAlias,
    pub(crate) word: Word,
    /// How many continuations came before.
    pub(crate) attempt: u32,
    /// What the chain of runs began with.
    pub(crate) origin: String,
}

/// What was said.
pub(crate) enum Word {
    /// Of a project, as it is recorded now.
    Project(Project),
    /// That access of some customers is over.
    Withdrawal {
        customers: BTreeSet<Email>,
        /// How many of them have no grant that was meant.
        unmatched: usize,
    },
}

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
            (Trigger::Manual, withdraw_named(services, invocation, named, &actor, origin).await)
        }
        Door::Event if withdrawn => {
            let envelope = Envelope::parse(message)
                .map_err(|error| FunctionError::new("INVALID_REQUEST", error.to_string()))?;
            let actor = format!("event {} {}", envelope.source, envelope.id);
            let (at, now) = (("time", envelope.time), invocation.now);
            let named = NamedWithdrawal::parse(&envelope.detail, "detail.", at, now);
            let named = named.map_err(|error| invalid(&error))?;
            let origin = envelope.id;
            (Trigger::Event, withdraw_named(services, invocation, named, &actor, origin).await)
        }
        Door::Event => {
            let event = Event::parse(message, invocation.now).map_err(|error| invalid(&error))?;
            let trigger =
                if event.change.is_some() { Trigger::Event } else { Trigger::Continuation };
            (trigger, change(services, invocation, event).await)
        }
    };
    recorded.map(|recorded| Recorded { trigger, ..recorded }).map_err(|error| {
        let report = RunReport::new(run_id.to_owned(), trigger, invocation.now, false);
        services.give_up(report, error, FUNCTION, invocation)
    })
}

fn invalid(error: &InvalidEvent) -> FunctionError {
    FunctionError::new("INVALID_REQUEST", error.to_string())
}

async fn change(
    services: &Services,
    invocation: &Invocation,
    event: Event,
) -> Result<Recorded, FunctionError> {
    let Event { org, project, change, attempt, origin } = event;
    let project =
        change_project(services, invocation, &org, &project, &origin, change.as_ref()).await?;
    tracing::info!(%org, project = %project.id, closed = project.is_closed, "project");
    let (trigger, word) = (Trigger::Event, Word::Project(project));
    Ok(Recorded { trigger, org, word, attempt, origin })
}

/// Records the word for every grant that it takes. No request that goes on at the same time keeps it from being recorded.
async fn withdraw_named(
    services: &Services,
    invocation: &Invocation,
    named: NamedWithdrawal,
    actor: &str,
    origin: String,
) -> Result<Recorded, FunctionError> {
    let NamedWithdrawal { org, customers, withdrawal } = named;
    let actor = Actor { name: actor, plan_digest: None };
    let mut open: Vec<Email> = customers.iter().cloned().collect();
    let mut unmatched = BTreeSet::new();
    for _ in 0..CUSTOMER_ATTEMPTS {
        let records = services.ledger.reader.customers(&org, &open).await;
        let records = records.map_err(|error| unavailable(&error))?;
        if !records.unreadable.is_empty() {
            let text = "a customer's record is not understood";
            return Err(FunctionError::new(LEDGER_UNREADABLE, text));
        }
        let mut changes = Vec::new();
        for (email, customer) in records.read {
            let withdrawn = withdraw(&customer, &withdrawal, actor, invocation.now);
            let after = withdrawn.as_ref().map_or(&customer, |(next, _)| next);
            let mut named = after.grants.values().filter(|it| withdrawal.names(it)).peekable();
            // What was asked for later stays, and whoever withdraws should know.
            if named.peek().is_none() || named.any(|it| it.is_open() && it.withdrawn.is_none()) {
                unmatched.insert(email);
            }
            if let Some((customer, audit)) = withdrawn {
                let due_at = customer.due_at(&services.policy);
                let (opens, announcements) = (BTreeSet::new(), Vec::new());
                changes.push(CustomerChange { customer, due_at, opens, audit, announcements });
            }
        }
        open = changes.iter().map(|change| change.customer.email.clone()).collect();
        let mut contended = BTreeSet::new();
        for (email, result) in open.iter().zip(services.ledger.writer.commit(changes).await) {
            match result {
                Ok(_) => {}
                Err(CommitError::Conflict | CommitError::Contended) => {
                    contended.insert(email.clone());
                }
                Err(error) => return Err(unavailable(&error)),
            }
        }
        open.retain(|email| contended.contains(email));
        if open.is_empty() {
            tracing::info!(%org, customers = customers.len(), unmatched = unmatched.len(), "withdrawn");
            let word = Word::Withdrawal { unmatched: unmatched.len(), customers };
            return Ok(Recorded { trigger: Trigger::Event, org, word, attempt: 0, origin });
        }
    }
    Err(FunctionError::new(LEDGER_UNAVAILABLE, "a customer is written by others all the time"))
}

async fn change_project(
    services: &Services,
    invocation: &Invocation,
    org: &OrgAlias,
    id: &ProjectId,
    event: &str,
    change: Option<&ProjectChange>,
) -> Result<Project, FunctionError> {
    for _ in 0..ATTEMPTS {
        let project = services.ledger.reader.project(org, id).await;
        let project = project.map_err(|error| unavailable(&error))?;
        let Some(change) = change else { return Ok(project) };
        let Some(next) = project.after(change) else {
            if let Some(ignored) = ProjectEventIgnored::of(&project, change) {
                tell(services, invocation, org, event, ignored).await?;
            }
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

/// Tells people of an event that changed nothing: whoever sent it may believe that it did.
async fn tell(
    services: &Services,
    invocation: &Invocation,
    org: &OrgAlias,
    event: &str,
    ignored: ProjectEventIgnored,
) -> Result<(), FunctionError> {
    tracing::warn!(%org, project = %ignored.project, "a newer project event is recorded");
    let id = format!("{event}-ProjectEventIgnored");
    let kind = AnnouncementKind::ProjectEventIgnored;
    let announcements = vec![Announcement::new(id, kind, org, invocation.now, ignored)];
    let writer = &services.ledger.writer;
    writer.announce(announcements.clone()).await.map_err(|error| unavailable(&error))?;
    deliver(&services.bus, writer, &announcements).await;
    Ok(())
}
