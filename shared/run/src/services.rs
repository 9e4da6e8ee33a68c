//! What a function that runs keeps between invocations.

use access::Policy;
use ledger::Ledger;
use runtime::{Bus, Clients, FunctionError, Invocation, Metrics};
use serde_json::Value;

use crate::code::{LEDGER_UNAVAILABLE, OUT_OF_TIME};
use crate::continuation::Continuation;
use crate::fault::{Fault, Stage};
use crate::organizations::Organizations;
use crate::outbox::deliver;
use crate::report::{RunFailed, RunReport};
use crate::run::Run;

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

    /// Asks for a continuation, of the chain that `origin` began, where something was left, records the run, logs and measures it,
    /// and says how it went.
    ///
    /// # Errors
    /// [`RunFailed`] with the report, when anything failed.
    pub async fn close(
        &self,
        run: Run,
        function: &str,
        continuation: &Continuation,
        origin: &str,
        invocation: &Invocation,
    ) -> Result<RunReport, RunFailed> {
        let mut report = run.into_report();
        if !report.dry_run {
            let cut_off = if report.is_fruitless() && continuation.attempt > 1 {
                // The next one would fare no better, and so they would all be used up in no time.
                let message = "there was no time for anything; what is due is left";
                Some(Fault::new(Stage::Continue, OUT_OF_TIME, message))
            } else if report.complete {
                None
            } else {
                self.ask_for(continuation, origin, invocation).await.err()
            };
            report.measures.is_cut_off = cut_off.is_some();
            if let Some(fault) = cut_off {
                report.fail(&fault);
            }
            let value = serde_json::to_value(report.unquoted()).unwrap_or(Value::Null);
            let (id, at, complete) = (&report.run_id, report.at, report.complete);
            let recorded = self.ledger.writer.record_run(id, at, function, complete, value).await;
            if let Err(error) = recorded {
                report.fail(&Fault::of_ledger(Stage::RecordRun, &error));
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
        mut run: Run,
        error: FunctionError,
        function: &str,
        invocation: &Invocation,
    ) -> FunctionError {
        run.leave();
        if error.error_type == LEDGER_UNAVAILABLE {
            run.fail([Fault::new(Stage::Begin, LEDGER_UNAVAILABLE, error.message.clone())]);
        }
        self.measure(function, &run.into_report(), invocation);
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
        invocation: &Invocation,
    ) -> Result<(), Fault> {
        let Some(announcement) = continuation.announcement(origin, invocation.now) else {
            tracing::warn!("continued often enough; the rest waits for the next sweep");
            return Ok(());
        };
        let announced = self.ledger.writer.announce(vec![announcement.clone()]).await;
        announced.map_err(|error| Fault::of_ledger(Stage::Announce, &error))?;
        deliver(&self.bus, &self.ledger.writer, &[announcement]).await;
        Ok(())
    }
}
