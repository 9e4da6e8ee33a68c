#![doc = include_str!("../README.md")]

mod options;

use std::collections::BTreeMap;

use access::{Email, GrantId, OrgAlias, Reason};
use jiff::{SignedDuration, Timestamp};
use ledger::{Hold, ReadError};
use run::{Continuation, RunReport, Services, Work, publish_due};
use runtime::{Clients, FunctionError, Invocation, chain};
use serde_json::{Value, json};

pub use options::{InvalidOptions, Options};

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
}

/// How long a hold can be released: after that, too much may have changed unseen.
const RELEASE_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// How many due entries one run reads at once, and how many pages of them.
const PAGE: usize = 1_000;
const MAXIMUM_PAGES: usize = 50;

/// Sweeps what is due.
///
/// # Errors
/// [`FunctionError`]: `INVALID_REQUEST`, `ORG_UNKNOWN`, `RELEASE_REFUSED`, `LEDGER_UNAVAILABLE` before anything is done, or
/// `RunFailed` with the report as its message after all else was done.
pub async fn handle(
    context: &Context,
    invocation: Invocation,
    payload: Value,
) -> Result<Value, FunctionError> {
    let options = Options::parse(&payload)
        .map_err(|error| FunctionError::new("INVALID_REQUEST", error.to_string()))?;
    let Context { services } = context;
    let now = options.at.unwrap_or(invocation.now);
    let invocation = Invocation { now, ..invocation };
    let mut report =
        RunReport::new(invocation.request_id.clone(), options.trigger, now, options.dry_run);
    if let Some(org) = &options.org {
        must_be_known(services, org, &invocation).await?;
    }
    let mut work = BTreeMap::new();
    if let Some(digest) = &options.release {
        let hold = held(services, digest, now).await?;
        work.insert(hold.org.clone(), released(&hold)?);
    } else {
        collect(services, &options, now, &mut work, &mut report).await?;
    }
    if !options.dry_run {
        let ledger::Ledger { reader, writer } = &services.ledger;
        publish_due(&services.bus, reader, writer, now, &mut report).await;
    }
    for (org, work) in &work {
        let refused = services.run(org, work, &invocation, &mut report).await.err();
        if let Some(refused) = refused {
            return Err(FunctionError::new("RELEASE_REFUSED", refused.to_string()));
        }
    }
    if let (Some(digest), 0) = (&options.release, report.failed) {
        let lifted = services.ledger.writer.lift_hold(digest).await;
        if let Err(error) = lifted {
            report.fail(None, "liftHold", "LEDGER_UNAVAILABLE", &chain(&error));
        }
    }
    let continuation = Continuation {
        function: "sweep".to_owned(),
        org: options.org.clone(),
        project_id: None,
        attempt: options.attempt + 1,
    };
    let report = services.close(report, &continuation, &invocation).await;
    report
        .map(|report| json!(report))
        .map_err(|failed| FunctionError::new("RunFailed", failed.to_string()))
}

async fn must_be_known(
    services: &Services,
    org: &OrgAlias,
    invocation: &Invocation,
) -> Result<(), FunctionError> {
    match services.organizations.connect(org, invocation.deadline).await {
        Err(error) if run::code_of(&error) == "ORG_UNKNOWN" => {
            Err(FunctionError::new("ORG_UNKNOWN", chain(&error)))
        }
        // Anything else is the run's to report.
        Ok(_) | Err(_) => Ok(()),
    }
}

async fn held(services: &Services, digest: &str, now: Timestamp) -> Result<Hold, FunctionError> {
    let refused = |message: &str| FunctionError::new("RELEASE_REFUSED", message);
    let hold = services.ledger.reader.hold(digest).await.map_err(|error| unavailable(&error))?;
    let hold = hold.ok_or_else(|| refused("nothing is held under this digest"))?;
    if now.duration_since(hold.at) >= RELEASE_LIFE {
        return Err(refused("it was held more than 24 hours ago; look at what is held now"));
    }
    Ok(hold)
}

fn released(hold: &Hold) -> Result<Work, FunctionError> {
    let mut release: BTreeMap<GrantId, Reason> = BTreeMap::new();
    for ending in &hold.endings {
        let reason = Reason::parse(&ending.reason).ok_or_else(|| {
            FunctionError::new("RELEASE_REFUSED", "the hold was made by another release of Lanyard")
        })?;
        release.insert(ending.grant.clone(), reason);
    }
    let customers = hold.endings.iter().map(|ending| ending.email.clone()).collect();
    Ok(Work { customers, closing: Vec::new(), release: Some(release) })
}

/// Reads what is due from the index.
async fn collect(
    services: &Services,
    options: &Options,
    now: Timestamp,
    work: &mut BTreeMap<OrgAlias, Work>,
    report: &mut RunReport,
) -> Result<(), FunctionError> {
    let reader = &services.ledger.reader;
    let org = options.org.as_ref();
    let mut after = None;
    for page in 1.. {
        let due = reader.due_customers(now, org, after.as_ref(), PAGE).await;
        let due = due.map_err(|error| unavailable(&error))?;
        for _ in &due.unreadable {
            report.fail(None, "readLedger", "LEDGER_UNREADABLE", "a due entry is not understood");
        }
        for customer in due.due {
            work.entry(customer.org).or_default().customers.insert(customer.email);
        }
        after = due.next;
        if after.is_none() {
            break;
        }
        if page == MAXIMUM_PAGES {
            report.complete = false;
            break;
        }
    }
    let mut after = None;
    loop {
        let due = reader.due_projects(now, org, after.as_ref(), PAGE).await;
        let due = due.map_err(|error| unavailable(&error))?;
        for _ in &due.unreadable {
            report.fail(None, "readLedger", "LEDGER_UNREADABLE", "a due entry is not understood");
        }
        for project in due.due {
            let (org, id) = (project.org, project.id);
            let read = reader.project(&org, &id).await.map_err(|error| unavailable(&error))?;
            let emails = reader.customers_of_project(&org, &id).await;
            let emails: Vec<Email> = emails.map_err(|error| unavailable(&error))?;
            let work = work.entry(org).or_default();
            work.customers.extend(emails);
            work.closing.push(read);
        }
        after = due.next;
        if after.is_none() {
            return Ok(());
        }
    }
}

fn unavailable(error: &ReadError) -> FunctionError {
    tracing::error!(error = chain(error), "the ledger was not read");
    FunctionError::new(
        "LEDGER_UNAVAILABLE",
        "the ledger does not answer; the next run does what is due",
    )
}
