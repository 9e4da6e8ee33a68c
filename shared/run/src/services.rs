//! What a function that runs keeps between invocations.

use std::collections::BTreeSet;

use access::{Email, Org, OrgAlias, Policy};
use chatter::Unavailable;
use futures_util::future::join;
use ledger::{Ledger, ReadError};
use runtime::{Bus, Clients, FunctionError, Invocation, Metrics, chain};
use salesforce::Client;
use serde_json::Value;

use crate::code::{
    LEDGER_UNAVAILABLE, ORG_CHANGED, ORG_UNKNOWN, OUT_OF_TIME, SALESFORCE_SIGN_IN_REFUSED,
    SALESFORCE_UNAVAILABLE,
};
use crate::continuation::Continuation;
use crate::finishing::Finishing;
use crate::known::Known;
use crate::leasing::lease_of;
use crate::not_looked::NotLooked;
use crate::organizations::{OrganizationError, Organizations};
use crate::outbox::deliver;
use crate::recognize::{Unrecognized, recognize};
use crate::report::{RunFailed, RunReport};
use crate::work::{Mode, NotBegun, OrgRun, Seen, TIME_TO_RECORD, Work, Writers};

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
    /// The services on these clients, and at these orgs.
    #[must_use]
    pub fn new(clients: Clients, organizations: Organizations) -> Self {
        let Clients { configuration, dynamodb, bus, metrics, .. } = clients;
        Self {
            policy: configuration.policy,
            ledger: Ledger::new(dynamodb, configuration.ledger_table),
            bus,
            organizations,
            metrics,
        }
    }

    /// Runs one org, or notes in the report why it cannot be reached. Gives the customers as they are left, of those at whom it looked.
    ///
    /// # Errors
    /// [`NotBegun::ReleaseRefused`] before anything is done.
    pub async fn run(
        &self,
        org: &OrgAlias,
        work: &Work,
        invocation: &Invocation,
        report: &mut RunReport,
    ) -> Result<Seen, NotBegun> {
        if work.customers.is_empty() && work.census.is_none() {
            // Nobody was let in, so there is nothing to ask Salesforce.
            if !report.dry_run {
                let Ledger { reader, writer } = &self.ledger;
                let finishing = Finishing { org, reader, writer };
                finishing.finish_empty(&work.closing, report).await;
            }
            return Ok(Seen::new());
        }
        let deadline =
            invocation.deadline.checked_sub(TIME_TO_RECORD).unwrap_or(invocation.deadline);
        if invocation.remaining() <= TIME_TO_RECORD {
            self.unreached(org, work, NotLooked::OutOfTime, invocation, report).await;
            return Ok(Seen::new());
        }
        let mut attempts = self.organizations.attempts(org, deadline);
        let (mut connected, known) = join(attempts.next(), self.ledger.reader.org(org)).await;
        while let Some(connection) = connected {
            let client = match connection {
                Ok(client) => client,
                Err(error) => {
                    self.unconnected(org, &error, work, invocation, report).await;
                    return Ok(Seen::new());
                }
            };
            let outcome = self.attempt(org, &client, known.clone(), work, invocation, report).await;
            if outcome != Err(NotBegun::SignInRefused) {
                return outcome;
            }
            connected = attempts.next().await;
        }
        let (code, message) = (SALESFORCE_SIGN_IN_REFUSED, "the sign-in is refused");
        let unseen = NotLooked::Failed { step: "connect", code, message };
        self.unreached(org, work, unseen, invocation, report).await;
        Ok(Seen::new())
    }

    /// Runs one org with a signed-in client. Of an attempt whose sign-in is refused before anything was done nothing stays in the
    /// report but what was asked: what is noted of an attempt that is made again would count twice.
    async fn attempt(
        &self,
        org: &OrgAlias,
        client: &Client,
        known: Result<Option<Org>, ReadError>,
        work: &Work,
        invocation: &Invocation,
        report: &mut RunReport,
    ) -> Result<Seen, NotBegun> {
        let before = report.clone();
        let outcome = match self.recognize(org, client, known, report.dry_run).await {
            Ok(known) => self.run_with(&known, client, work, invocation, report).await,
            Err(error) => {
                self.unrecognized(org, &error, work, invocation, report).await;
                Ok(Seen::new())
            }
        };
        let did_nothing =
            report.heads == before.heads && report.measures.has_acted == before.measures.has_acted;
        if outcome == Err(NotBegun::SignInRefused) && did_nothing {
            *report = before;
        }
        report.use_up(client.usage());
        outcome
    }

    /// Accounts for an org of which there is no signed-in client.
    async fn unconnected(
        &self,
        org: &OrgAlias,
        error: &OrganizationError,
        work: &Work,
        invocation: &Invocation,
        report: &mut RunReport,
    ) {
        let message = chain(error);
        tracing::error!(%org, error = message, "org not reached");
        let is_unanswered = matches!(error, OrganizationError::Unavailable { .. });
        report.measures.is_unanswered |= is_unanswered;
        let unseen = if is_unanswered && invocation.remaining() <= TIME_TO_RECORD {
            NotLooked::OutOfTime
        } else {
            NotLooked::Failed { step: "connect", code: code_of(error), message: &message }
        };
        self.unreached(org, work, unseen, invocation, report).await;
    }

    /// Accounts for an org at which nobody could look: each grant that is due has failed or waits.
    async fn unreached(
        &self,
        org: &OrgAlias,
        work: &Work,
        unseen: NotLooked<'_>,
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
            NotLooked::OutOfTime => report.complete = false,
            // Even where nobody is due after all, an org that cannot be reached is no success.
            NotLooked::Failed { step, code, message }
            | NotLooked::Lasting { step, code, message }
                if report.failed == failed =>
            {
                report.fail(None, step, code, message);
            }
            NotLooked::Failed { .. } | NotLooked::Lasting { .. } => {}
        }
    }

    async fn recognize(
        &self,
        alias: &OrgAlias,
        client: &Client,
        known: Result<Option<Org>, ReadError>,
        is_dry: bool,
    ) -> Result<Org, Unrecognized> {
        recognize(&self.ledger, known?, alias, client, is_dry).await
    }

    /// Accounts for an org that is not the one that is meant: nothing is decided there.
    async fn unrecognized(
        &self,
        org: &OrgAlias,
        error: &Unrecognized,
        work: &Work,
        invocation: &Invocation,
        report: &mut RunReport,
    ) {
        let message = chain(error);
        tracing::error!(%org, error = message, "org not recognized");
        let (step, message) = ("connect", message.as_str());
        let unseen = match error {
            Unrecognized::Changed { .. } => NotLooked::Lasting { step, code: ORG_CHANGED, message },
            Unrecognized::Unidentified(_) => {
                NotLooked::Failed { step, code: SALESFORCE_UNAVAILABLE, message }
            }
            Unrecognized::Unread(_) | Unrecognized::Unwritten(_) => {
                NotLooked::Failed { step: "readLedger", code: LEDGER_UNAVAILABLE, message }
            }
        };
        self.unreached(org, work, unseen, invocation, report).await;
    }

    async fn run_with(
        &self,
        org: &Org,
        client: &Client,
        work: &Work,
        invocation: &Invocation,
        report: &mut RunReport,
    ) -> Result<Seen, NotBegun> {
        let observe = chatter::Reader::new(client.clone());
        let act = (!report.dry_run).then(|| chatter::Writer::new(client.clone()));
        let mode = match &act {
            Some(act) => Mode::Apply(Writers { act, ledger: &self.ledger.writer, bus: &self.bus }),
            None => Mode::DryRun,
        };
        let run = OrgRun {
            org: &org.alias,
            policy: &self.policy,
            reader: &self.ledger.reader,
            observe: &observe,
            mode,
            invocation,
            lease: lease_of(invocation),
        };
        // What is due goes first: nothing that is merely to be found out may keep anybody in.
        let mut seen = Seen::new();
        if !work.customers.is_empty() {
            seen = run.run(work, report).await?;
        } else if !report.dry_run {
            let Ledger { reader, writer } = &self.ledger;
            let finishing = Finishing { org: &org.alias, reader, writer };
            finishing.finish_empty(&work.closing, report).await;
        }
        if let Some(open) = &work.census {
            seen.extend(self.count(&run, org, open, &work.customers, report).await?);
        }
        Ok(seen)
    }

    /// Takes the census of an org, and looks at everybody of whom it shows something that is not as the ledger has it.
    async fn count(
        &self,
        run: &OrgRun<'_>,
        org: &Org,
        open: &BTreeSet<Email>,
        looked: &BTreeSet<Email>,
        report: &mut RunReport,
    ) -> Result<Seen, NotBegun> {
        if run.invocation.remaining() <= TIME_TO_RECORD {
            report.complete = false;
            return Ok(Seen::new());
        }
        let counted = match run.count(open, report).await {
            Ok(counted) => counted,
            Err(Unavailable::SignInRefused(_)) => return Err(NotBegun::SignInRefused),
            Err(error) => {
                let message = chain(&error);
                match NotLooked::of(&error, &message) {
                    NotLooked::OutOfTime => report.complete = false,
                    NotLooked::Failed { code, .. } | NotLooked::Lasting { code, .. } => {
                        report.fail(None, "census", code, &message);
                    }
                }
                return Ok(Seen::new());
            }
        };
        let customers: BTreeSet<Email> = counted.look.difference(looked).cloned().collect();
        let mut seen = Seen::new();
        if !customers.is_empty() {
            seen = run.run(&Work { customers, ..Work::default() }, report).await?;
        }
        run.conclude(org, counted, report).await;
        Ok(seen)
    }

    /// Asks for a continuation, of the chain that `origin` began, where something was left, records the run, logs and measures it,
    /// and says how it went.
    ///
    /// # Errors
    /// [`RunFailed`] with the report, when anything failed.
    pub async fn close(
        &self,
        mut report: RunReport,
        function: &str,
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
            report.seal();
            let value = serde_json::to_value(report.unquoted()).unwrap_or(Value::Null);
            let (id, at, complete) = (&report.run_id, report.at, report.complete);
            let recorded = self.ledger.writer.record_run(id, at, function, complete, value).await;
            if let Err(error) = recorded {
                report.fail(None, "recordRun", LEDGER_UNAVAILABLE, &chain(&error));
            }
        }
        self.measure(function, &report, invocation);
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
