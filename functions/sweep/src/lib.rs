#![doc = include_str!("../README.md")]

mod accept;
mod gathering;
mod options;

use std::collections::BTreeMap;
use std::convert::Infallible;

use access::{GrantId, OrgAlias, Plan, Reason};
use jiff::{SignedDuration, Timestamp};
use ledger::Hold;
use run::code::{LEDGER_UNAVAILABLE, ORG_UNKNOWN, RUN_FAILED};
use run::{
    Continuation, Fault, OrganizationError, Organizations, Run, RunError, RunReport, Services,
    Stage, Work, publish_due,
};
use runtime::{
    Caller, Clients, Door, Doors, Envelope, FunctionError, Invocation, Queue, Shape, chain,
};
use serde_json::{Value, json};

use crate::accept::accept;
use crate::gathering::{Rounds, gather};

pub use options::{InvalidOptions, Options};

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

    /// The context on these clients, with the org `main` signed in to and the connections to the ledger opened: what is due is looked at as every sweep will.
    /// For the first phase of a function's life.
    ///
    /// # Errors
    /// None: what cannot be fetched ahead is fetched when it is needed.
    pub async fn build(clients: Clients) -> Result<Self, Infallible> {
        let now = clients.clock.now();
        let organizations = Organizations::of(&clients);
        let context = Self::new(clients, organizations);
        let Services { ledger, organizations, .. } = &context.services;
        organizations.prefetch_with(ledger.reader.due_customers(now, None, None, 1)).await;
        Ok(context)
    }
}

/// How long a hold can be released: after that, too much may have changed unseen.
const RELEASE_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// The function's name, by which its metrics and continuations are told from others.
const FUNCTION: &str = "sweep";

/// The ways in.
const DOORS: Doors = Doors {
    function: FUNCTION,
    doors: &[
        (Door::Queue, Shape::Batch),
        (Door::Schedule, Shape::Nothing),
        (Door::Operator, Shape::Request),
    ],
};

/// Sweeps what is due.
///
/// A batch of continuations is answered with the messages that are to come again; anything else with the run report.
///
/// # Errors
/// [`FunctionError`]: `INVALID_REQUEST`, `ORG_UNKNOWN`, `RELEASE_REFUSED`, `LEDGER_UNAVAILABLE` before anything is done, or
/// `RunFailed` with the report as its message after all else was done. For a batch only `INVALID_BATCH`.
pub async fn handle(
    context: &Context,
    invocation: Invocation,
    payload: Value,
) -> Result<Value, FunctionError> {
    let Context { services, queue } = context;
    let run_id = invocation.request_id.clone();
    match DOORS.admit(invocation.door(), &payload)? {
        Door::Queue => {
            let invocation = &invocation;
            let work = |id, event| message(services, invocation, id, event);
            queue.each_event(&payload, invocation, work).await.map(|answer| json!(answer))
        }
        Door::Schedule => {
            Ok(json!(one(services, &invocation, &Options::of_the_schedule(), run_id).await?))
        }
        Door::Api | Door::Operator => {
            let options = Options::parse(&payload).map_err(|error| invalid(&error))?;
            tracing::info!(actor = Caller::operator(&invocation).actor, "asked by hand");
            Ok(json!(one(services, &invocation, &options, run_id).await?))
        }
    }
}

/// Carries out a continuation from the queue; `Err` with the reason when it is to come again.
async fn message(
    services: &Services,
    invocation: &Invocation,
    id: String,
    event: Envelope,
) -> Result<(), String> {
    let options = Options::of_continuation(&event).map_err(|error| error.to_string())?;
    let run_id = format!("{}-{id}", invocation.request_id);
    match one(services, invocation, &options, run_id).await {
        Ok(_) => Ok(()),
        // All else is done or asked for, and what failed stays due: the next sweep tries it again, not this message.
        Err(RunError::Failed(failed)) if !failed.is_cut_off() => Ok(()),
        Err(RunError::Failed(_)) => Err(RUN_FAILED.to_owned()),
        Err(RunError::NotBegun(error)) => Err(error.error_type),
    }
}

/// Carries one sweep through.
async fn one(
    services: &Services,
    invocation: &Invocation,
    options: &Options,
    run_id: String,
) -> Result<RunReport, RunError> {
    let now = options.at.unwrap_or(invocation.now);
    let invocation = Invocation { now, ..invocation.clone() };
    let mut run = Run::new(run_id, options.trigger, now, options.dry_run);
    run.is_of_every_org =
        options.org.is_none() && options.release.is_none() && options.accept.is_none();
    // On the heap: with the doors around it, the future would be deeper than the compiler follows.
    let begun = Box::pin(carry_out(services, &invocation, options, &mut run)).await;
    if let Err(error) = begun {
        let error = services.give_up(run, error, FUNCTION, &invocation);
        return Err(RunError::NotBegun(error));
    }
    let attempt = options.attempt.saturating_add(1);
    let continuation = Continuation::new(FUNCTION, options.org.clone(), None, attempt);
    // The platform repeats a run that it began itself under the same id.
    let origin = options.origin.as_deref().unwrap_or(&invocation.request_id);
    Ok(services.close(run, FUNCTION, &continuation, origin, &invocation).await?)
}

/// Looks at what is due and does what is to be done about it. `Err` before any of it is done.
async fn carry_out(
    services: &Services,
    invocation: &Invocation,
    options: &Options,
    run: &mut Run,
) -> Result<(), FunctionError> {
    let now = invocation.now;
    if let Some((org, id)) = &options.accept {
        return accept(services, org, id, invocation).await;
    }
    let unreached = match &options.org {
        Some(org) => must_be_known(services, org, invocation).await?,
        None => None,
    };
    let mut work = BTreeMap::new();
    let mut lingering = None;
    if let Some(digest) = &options.release {
        let hold = held(services, digest, now).await?;
        work.insert(hold.org.clone(), released(&hold)?);
    } else {
        let known = services.ledger.reader.orgs().await.map_err(|error| unavailable(&error))?;
        let rounds = Rounds::of(&known, options, now);
        let gathered = gather(services, options, &rounds, now).await?;
        run.fail(gathered.faults);
        if !gathered.is_complete {
            run.leave();
        }
        (work, lingering) = (gathered.work, gathered.lingering);
    }
    // Where there is anything to do, the run itself finds out and reports.
    let is_idle = work.values().all(|it| it.customers.is_empty() && it.census.is_none());
    if let Some(error) = unreached.filter(|_| is_idle) {
        let code = run::code_of(&error);
        run.fail([Fault::new(Stage::Connect, code, chain(&error))]);
    }
    let mut left = u32::try_from(work.len()).unwrap_or(u32::MAX);
    for (org, work) in &work {
        let invocation = invocation.share(left);
        left = left.saturating_sub(1);
        if let Err(refused) = services.run(org, work, &invocation, run).await {
            return Err(FunctionError::new("RELEASE_REFUSED", refused.to_string()));
        }
    }
    // A hold that was not carried out to the end stays until it is out of date.
    if let Some(digest) = options.release.as_ref().filter(|_| run.is_clean()) {
        let lifted = services.ledger.writer.lift_hold(digest).await;
        run.fail(lifted.err().map(|error| Fault::of_ledger(Stage::LiftHold, &error)));
    }
    if !options.dry_run {
        // After what ends access: a bus that is slow must not keep anybody in.
        let ledger::Ledger { reader, writer } = &services.ledger;
        publish_due(&services.bus, reader, writer, invocation, run).await;
    }
    // What will be is not measured.
    if let Some(due) = lingering.filter(|_| options.at.is_none()) {
        services.measure_lingering(&work, &due, invocation, run).await;
    }
    Ok(())
}

fn invalid(error: &InvalidOptions) -> FunctionError {
    FunctionError::new("INVALID_REQUEST", error.to_string())
}

/// Signs in to the one org that a person asks for, and returns why that was not possible.
async fn must_be_known(
    services: &Services,
    org: &OrgAlias,
    invocation: &Invocation,
) -> Result<Option<OrganizationError>, FunctionError> {
    match services.organizations.connect(org, invocation.deadline).await {
        Ok(_) => Ok(None),
        Err(error) if run::code_of(&error) == ORG_UNKNOWN => {
            Err(FunctionError::new(ORG_UNKNOWN, chain(&error)))
        }
        Err(error) => Ok(Some(error)),
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
    // Whoever names a digest has seen the set of that digest and no other.
    if Plan::digest_of(release.iter().map(|(grant, reason)| (grant, *reason))) != hold.digest {
        return Err(FunctionError::new(
            "RELEASE_REFUSED",
            "what is held under this digest is another set",
        ));
    }
    let customers = hold.endings.iter().map(|ending| ending.email.clone()).collect();
    Ok(Work { customers, release: Some(release), ..Work::default() })
}

pub(crate) fn unavailable(error: &(dyn std::error::Error + 'static)) -> FunctionError {
    tracing::error!(error = chain(error), "the ledger was not read");
    FunctionError::new(
        LEDGER_UNAVAILABLE,
        "the ledger does not answer; the next run does what is due",
    )
}

#[cfg(test)]
mod tests {
    use access::{Email, GrantId, OrgAlias, Plan, Reason};
    use ledger::{HeldEnding, Hold};

    use super::released;

    #[test]
    fn a_hold_is_released_as_a_whole_and_only_under_its_own_digest() {
        let ids = [1, 2].map(GrantId::from_random);
        let ends = [Reason::Expired, Reason::ProjectClosed];
        let digest = Plan::digest_of(ids.iter().zip(ends));
        let hold = hold(&digest, &ids, &ends);
        let work = released(&hold).unwrap();
        assert_eq!(work.customers.len(), 2);
        assert_eq!(work.release.unwrap(), ids.clone().into_iter().zip(ends).collect());

        for other in [
            self::hold(&digest, &ids[..1], &ends[..1]),
            self::hold(&digest, &ids, &[Reason::Expired, Reason::Expired]),
            self::hold(&digest, &ids, &[Reason::Expired, Reason::Brake]),
        ] {
            assert_eq!(released(&other).unwrap_err().error_type, "RELEASE_REFUSED");
        }
    }

    fn hold(digest: &str, ids: &[GrantId], reasons: &[Reason]) -> Hold {
        let ending = |(index, (grant, reason)): (usize, (&GrantId, &Reason))| HeldEnding {
            grant: grant.clone(),
            email: Email::parse(&format!("c{index}@acme.example")).unwrap(),
            reason: reason.to_string(),
        };
        Hold {
            org: OrgAlias::default(),
            digest: digest.to_owned(),
            at: "2027-01-01T00:00:00Z".parse().unwrap(),
            endings: ids.iter().zip(reasons).enumerate().map(ending).collect(),
        }
    }
}
