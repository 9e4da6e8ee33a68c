//! What a function that runs keeps between invocations.

use std::time::Duration;

use access::{OrgAlias, Policy};
use chatter::{Chatter, Mode};
use ledger::Ledger;
use runtime::{
    Bus, Clients, FunctionError, Invocation, Metrics, OrganizationError, Organizations, chain,
};
use salesforce::Client;
use serde_json::Value;

use crate::code::{
    LEDGER_UNAVAILABLE, ORG_UNKNOWN, OUT_OF_TIME, SALESFORCE_SIGN_IN_REFUSED,
    SALESFORCE_UNAVAILABLE,
};
use crate::continuation::Continuation;
use crate::finishing::Finishing;
use crate::known::{Known, Unseen};
use crate::org::{NotBegun, OrgRun, Work, Writers};
use crate::outbox::deliver;
use crate::report::{RunFailed, RunReport};

/// What is kept of the invocation's time to record outcomes and to report.
pub(crate) const RESERVE: Duration = Duration::from_secs(10);

/// The clients and limits of a function.
#[derive(Debug)]
pub struct Services {
    /// The company's limits.
    pub policy: Policy,
    /// The ledger.
    pub ledger: Ledger,
    /// The bus.
    pub bus: Bus,
    /// The Salesforce orgs.
    pub organizations: Organizations,
    /// What is counted.
    pub metrics: Metrics,
}

impl Services {
    /// The services on these clients.
    #[must_use]
    pub fn new(clients: Clients) -> Self {
        let Clients { configuration, dynamodb, bus, organizations, metrics, .. } = clients;
        Self {
            policy: configuration.policy,
            ledger: Ledger::new(dynamodb, configuration.ledger_table),
            bus,
            organizations,
            metrics,
        }
    }

    /// Runs one org, or notes in the report why it cannot be reached.
    ///
    /// # Errors
    /// [`NotBegun::ReleaseRefused`] before anything is done.
    pub async fn run(
        &self,
        org: &OrgAlias,
        work: &Work,
        invocation: &Invocation,
        report: &mut RunReport,
    ) -> Result<(), NotBegun> {
        if work.customers.is_empty() {
            // Nobody was let in, so there is nothing to ask Salesforce.
            if !report.dry_run {
                let Ledger { reader, writer } = &self.ledger;
                let finishing = Finishing { org, reader, writer };
                finishing.finish_empty(&work.closing, report).await;
            }
            return Ok(());
        }
        let deadline = invocation.deadline.checked_sub(RESERVE).unwrap_or(invocation.deadline);
        if invocation.remaining() <= RESERVE {
            self.unreached(org, work, Unseen::OutOfTime, invocation, report).await;
            return Ok(());
        }
        let mut connected = self.organizations.connect(org, deadline).await;
        for is_fresh in [false, true] {
            let client = match connected {
                Ok(client) => client,
                Err(error) => {
                    let message = chain(&error);
                    tracing::error!(%org, error = message, "org not reached");
                    let (code, message) = (code_of(&error), message.as_str());
                    let is_late = invocation.remaining() <= RESERVE
                        && matches!(error, OrganizationError::Unavailable { .. });
                    let unseen = if is_late {
                        Unseen::OutOfTime
                    } else {
                        Unseen::Failed { step: "connect", code, message }
                    };
                    self.unreached(org, work, unseen, invocation, report).await;
                    return Ok(());
                }
            };
            // What is noted of an attempt that is made again would count twice.
            let before = report.clone();
            let outcome = self.run_with(org, &client, work, invocation, report).await;
            if outcome == Err(NotBegun::SignInRefused) {
                *report = before;
            }
            report.use_up(client.usage());
            match outcome {
                // A session that was ended, and a key that was changed meanwhile: the secret may have a newer one.
                Err(NotBegun::SignInRefused) if !is_fresh => {
                    connected = self.organizations.refresh(org, deadline).await;
                }
                Err(NotBegun::SignInRefused) => {
                    let (code, message) = (SALESFORCE_SIGN_IN_REFUSED, "the sign-in is refused");
                    let unseen = Unseen::Failed { step: "connect", code, message };
                    self.unreached(org, work, unseen, invocation, report).await;
                    return Ok(());
                }
                other => return other,
            }
        }
        Ok(())
    }

    /// Accounts for an org at which nobody could look: each grant that is due has failed or waits.
    async fn unreached(
        &self,
        org: &OrgAlias,
        work: &Work,
        unseen: Unseen<'_>,
        invocation: &Invocation,
        report: &mut RunReport,
    ) {
        let reader = &self.ledger.reader;
        let known = Known::read(org, reader, &work.customers, &work.closing, report).await;
        let failed = report.failed;
        if let Some(known) = known {
            known.account(&self.policy, invocation.now, unseen, report);
        }
        match unseen {
            Unseen::OutOfTime => report.complete = false,
            // Even where nobody is due after all, an org that cannot be reached is no success.
            Unseen::Failed { step, code, message } if report.failed == failed => {
                report.fail(None, step, code, message);
            }
            Unseen::Failed { .. } => {}
        }
    }

    async fn run_with(
        &self,
        org: &OrgAlias,
        client: &Client,
        work: &Work,
        invocation: &Invocation,
        report: &mut RunReport,
    ) -> Result<(), NotBegun> {
        let chatter = Chatter::new(client.clone());
        let mode = if report.dry_run {
            Mode::DryRun
        } else {
            Mode::Apply(Writers { act: &chatter, ledger: &self.ledger.writer, bus: &self.bus })
        };
        let run = OrgRun {
            org,
            policy: &self.policy,
            reader: &self.ledger.reader,
            observe: &chatter,
            mode,
            invocation,
        };
        run.run(work, report).await
    }

    /// Asks for a continuation, of the chain that `origin` began, where something was left, records the run, logs and measures it,
    /// and says how it went.
    ///
    /// # Errors
    /// [`RunFailed`] with the report, when anything failed.
    pub async fn close(
        &self,
        mut report: RunReport,
        continuation: &Continuation,
        origin: &str,
        invocation: &Invocation,
    ) -> Result<RunReport, RunFailed> {
        if !report.dry_run {
            if report.is_fruitless() && continuation.attempt > 1 {
                // The next one would fare no better, and so they would all be used up in no time.
                report.measures.is_cut_off = true;
                let message = "there was no time for anything; what is due is left";
                report.fail(None, "continue", OUT_OF_TIME, message);
            } else if !report.complete {
                self.ask_for(continuation, origin, &mut report, invocation).await;
            }
            let value = serde_json::to_value(&report).unwrap_or(Value::Null);
            let (id, at, complete) = (&report.run_id, report.at, report.complete);
            let recorded = self
                .ledger
                .writer
                .record_run(id, at, &continuation.function, complete, value)
                .await;
            if let Err(error) = recorded {
                report.fail(None, "recordRun", LEDGER_UNAVAILABLE, &chain(&error));
            }
        }
        self.measure(&continuation.function, &report, invocation);
        if report.failed == 0 {
            tracing::info!(report = report.to_log(), "run");
        } else {
            tracing::error!(report = report.to_log(), "run");
        }
        report.verdict()
    }

    /// Measures a run that could not begin, and passes on why. That the ledger does not answer is a failure; what is
    /// refused to the one who asks is none.
    #[must_use]
    pub fn give_up(
        &self,
        mut report: RunReport,
        error: FunctionError,
        function: &str,
        invocation: &Invocation,
    ) -> FunctionError {
        report.complete = false;
        if error.error_type == LEDGER_UNAVAILABLE {
            report.fail(None, "begin", &error.error_type, &error.message);
        }
        self.measure(function, &report, invocation);
        error
    }

    /// A dry run is no unit of work.
    fn measure(&self, function: &str, report: &RunReport, invocation: &Invocation) {
        if !report.dry_run {
            self.metrics.record(function, invocation, &report.measured());
        }
    }

    async fn ask_for(
        &self,
        continuation: &Continuation,
        origin: &str,
        report: &mut RunReport,
        invocation: &Invocation,
    ) {
        let Some(announcement) = continuation.announcement(origin, invocation.now) else {
            tracing::warn!("continued often enough; the rest waits for the next sweep");
            return;
        };
        match self.ledger.writer.announce(vec![announcement.clone()]).await {
            Ok(()) => deliver(&self.bus, &self.ledger.writer, &[announcement]).await,
            Err(error) => {
                report.measures.is_cut_off = true;
                report.fail(None, "announce", LEDGER_UNAVAILABLE, &chain(&error));
            }
        }
    }
}

/// The contract's code for an org that cannot be reached.
#[must_use]
pub fn code_of(error: &OrganizationError) -> &'static str {
    match error {
        OrganizationError::Unknown { .. } | OrganizationError::NotFilled { .. } => ORG_UNKNOWN,
        OrganizationError::SignInRefused { .. } => SALESFORCE_SIGN_IN_REFUSED,
        OrganizationError::Unavailable { .. } => SALESFORCE_UNAVAILABLE,
    }
}
