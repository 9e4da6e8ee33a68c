//! The visit of one org in a run: the way there, what is due, and the census.

use std::collections::BTreeSet;

use access::{Email, Org, OrgAlias};
use futures_util::future::join;
use ledger::{Ledger, ReadError};
use runtime::{Invocation, chain};
use salesforce::Client;

use crate::accounts::Accounts;
use crate::code::{
    LEDGER_UNAVAILABLE, ORG_CHANGED, ORG_NOT_READY, ORG_UNKNOWN, SALESFORCE_SIGN_IN_REFUSED,
    SALESFORCE_UNAVAILABLE,
};
use crate::fault::{Fault, NotLooked, Stage};
use crate::finishing::Finishing;
use crate::known::Known;
use crate::leasing::lease_of;
use crate::organizations::OrganizationError;
use crate::recognize::{Unrecognized, recognize};
use crate::run::Run;
use crate::services::Services;
use crate::work::{Mode, NotBegun, OrgRun, TIME_TO_RECORD, Work, Writers};

impl Services {
    /// Runs one org, and adds what it came to to the run: also why it cannot be reached.
    ///
    /// # Errors
    /// [`NotBegun::ReleaseRefused`] before anything is done.
    pub async fn run(
        &self,
        org: &OrgAlias,
        work: &Work,
        invocation: &Invocation,
        run: &mut Run,
    ) -> Result<(), NotBegun> {
        let (id, is_dry) = (run.id.as_str(), run.is_dry);
        let visit = Visit { services: self, org, work, invocation, id, is_dry };
        let (accounts, result) = visit.run().await;
        run.visits.push(accounts);
        result
    }
}

/// What is to be done in one org.
struct Visit<'a> {
    services: &'a Services,
    org: &'a OrgAlias,
    work: &'a Work,
    invocation: &'a Invocation,
    /// The run's id.
    id: &'a str,
    is_dry: bool,
}

impl Visit<'_> {
    /// Runs the org, or accounts for why it cannot be reached. `Err` beside the accounts before anything is done.
    async fn run(&self) -> (Accounts, Result<(), NotBegun>) {
        let mut accounts = Accounts::new(self.org.clone(), self.invocation.now);
        if self.work.customers.is_empty() && self.work.census.is_none() {
            // Nobody was let in, so there is nothing to ask Salesforce.
            self.finish_empty(&mut accounts).await;
            return (accounts, Ok(()));
        }
        if self.invocation.remaining() <= TIME_TO_RECORD {
            self.unreached(NotLooked::OutOfTime, &mut accounts).await;
            return (accounts, Ok(()));
        }
        let deadline = self.invocation.deadline;
        let deadline = deadline.checked_sub(TIME_TO_RECORD).unwrap_or(deadline);
        let mut attempts = self.services.organizations.attempts(self.org, deadline);
        let reader = &self.services.ledger.reader;
        let (mut connected, known) = join(attempts.next(), reader.org(self.org)).await;
        let mut refusal = None;
        while let Some(connection) = connected {
            let client = match connection {
                Ok(client) => client,
                // What the org refused before is not forgotten because there is no second look at the secret.
                Err(_) if refusal.is_some() => break,
                Err(error) => {
                    self.unconnected(&error, &mut accounts).await;
                    return (accounts, Ok(()));
                }
            };
            let outcome = self.attempt(&client, known.clone(), &mut accounts).await;
            accounts.use_up(client.usage());
            let Err(NotBegun::Refused(fault)) = outcome else { return (accounts, outcome) };
            tracing::error!(org = %self.org, error = fault.message, "org refuses");
            accounts = accounts.anew();
            connected = match fault.code.as_str() {
                ORG_NOT_READY => attempts.next_if_changed().await,
                _ => attempts.next().await,
            };
            refusal = Some(fault);
        }
        if let Some(fault) = refusal {
            self.unreached(NotLooked::Failed(fault), &mut accounts).await;
        }
        (accounts, Ok(()))
    }

    async fn finish_empty(&self, accounts: &mut Accounts) {
        if !self.is_dry {
            let Ledger { reader, writer } = &self.services.ledger;
            let finishing = Finishing { org: self.org, reader, writer };
            accounts.faults.extend(finishing.finish_empty(&self.work.closing).await);
        }
    }

    /// Runs the org with a signed-in client.
    async fn attempt(
        &self,
        client: &Client,
        known: Result<Option<Org>, ReadError>,
        accounts: &mut Accounts,
    ) -> Result<(), NotBegun> {
        match self.recognize(client, known).await {
            Ok(known) => self.run_with(&known, client, accounts).await,
            Err(error) => {
                self.unrecognized(&error, accounts).await;
                Ok(())
            }
        }
    }

    /// Accounts for an org of which there is no signed-in client.
    async fn unconnected(&self, error: &OrganizationError, accounts: &mut Accounts) {
        let message = chain(error);
        tracing::error!(org = %self.org, error = message, "org not reached");
        let is_unanswered = matches!(error, OrganizationError::Unavailable { .. });
        accounts.measures.is_unanswered |= is_unanswered;
        let unseen = if is_unanswered && self.invocation.remaining() <= TIME_TO_RECORD {
            NotLooked::OutOfTime
        } else {
            NotLooked::Failed(Fault::new(Stage::Connect, code_of(error), message))
        };
        self.unreached(unseen, accounts).await;
    }

    /// Accounts for an org at which nobody could look: each grant that is due has failed or waits.
    async fn unreached(&self, unseen: NotLooked, accounts: &mut Accounts) {
        let Services { ledger, policy, .. } = self.services;
        let Work { customers, closing, .. } = self.work;
        let mut known = Known::read(self.org, &ledger.reader, customers, closing).await;
        match &mut known {
            Ok(known) => accounts.faults.append(&mut known.unreadable),
            Err(fault) => accounts.faults.push(fault.clone()),
        }
        let failed = accounts.failed();
        if let Ok(known) = known {
            accounts.open_unlooked(policy, &known, &unseen);
        }
        match unseen {
            NotLooked::OutOfTime => accounts.is_left = true,
            // Even where nobody is due after all, an org that cannot be reached is no success.
            NotLooked::Failed(fault) | NotLooked::Lasting(fault) if accounts.failed() == failed => {
                accounts.faults.push(fault);
            }
            NotLooked::Failed(_) | NotLooked::Lasting(_) => {}
        }
    }

    async fn recognize(
        &self,
        client: &Client,
        known: Result<Option<Org>, ReadError>,
    ) -> Result<Org, Unrecognized> {
        recognize(&self.services.ledger, known?, self.org, client, self.is_dry).await
    }

    /// Accounts for an org that is not the one that is meant: nothing is decided there.
    async fn unrecognized(&self, error: &Unrecognized, accounts: &mut Accounts) {
        let message = chain(error);
        tracing::error!(org = %self.org, error = message, "org not recognized");
        let fault = |stage, code| Fault::new(stage, code, message);
        let unseen = match error {
            Unrecognized::Changed { .. } => NotLooked::Lasting(fault(Stage::Connect, ORG_CHANGED)),
            Unrecognized::Unidentified(_) => {
                NotLooked::Failed(fault(Stage::Connect, SALESFORCE_UNAVAILABLE))
            }
            Unrecognized::Unread(_) | Unrecognized::Unwritten(_) => {
                NotLooked::Failed(fault(Stage::ReadLedger, LEDGER_UNAVAILABLE))
            }
        };
        self.unreached(unseen, accounts).await;
    }

    async fn run_with(
        &self,
        org: &Org,
        client: &Client,
        accounts: &mut Accounts,
    ) -> Result<(), NotBegun> {
        let Services { ledger, policy, bus, .. } = self.services;
        let observe = chatter::Reader::new(client.clone());
        let act = (!self.is_dry).then(|| chatter::Writer::new(client.clone()));
        let mode = match &act {
            Some(act) => Mode::Apply(Writers { act, ledger: &ledger.writer, bus }),
            None => Mode::DryRun,
        };
        let run = OrgRun {
            org: &org.alias,
            policy,
            reader: &ledger.reader,
            observe: &observe,
            mode,
            id: self.id,
            invocation: self.invocation,
            lease: lease_of(self.invocation),
        };
        // What is due goes first: nothing that is merely to be found out may keep anybody in.
        if self.work.customers.is_empty() {
            self.finish_empty(accounts).await;
        } else {
            run.run(self.work, accounts).await?;
        }
        match &self.work.census {
            Some(open) => self.count(&run, org, open, accounts).await,
            None => Ok(()),
        }
    }

    /// Takes the census of the org, and looks at everybody of whom it shows something that is not as the ledger has it.
    async fn count(
        &self,
        run: &OrgRun<'_>,
        org: &Org,
        open: &BTreeSet<Email>,
        accounts: &mut Accounts,
    ) -> Result<(), NotBegun> {
        if self.invocation.remaining() <= TIME_TO_RECORD {
            accounts.is_left = true;
            return Ok(());
        }
        let counted = match run.count(open, accounts).await {
            Ok(counted) => counted,
            Err(error) => {
                // What was done for those who were due stays in the accounts.
                let refused = NotLooked::refused(Stage::Census, &error);
                if let Some(fault) = refused.filter(|_| self.work.customers.is_empty()) {
                    return Err(NotBegun::Refused(fault));
                }
                match NotLooked::of(Stage::Census, &error) {
                    NotLooked::OutOfTime => accounts.is_left = true,
                    NotLooked::Failed(fault) | NotLooked::Lasting(fault) => {
                        accounts.faults.push(fault);
                    }
                }
                return Ok(());
            }
        };
        let customers = counted.look.difference(&self.work.customers).cloned().collect();
        let work = Work { customers, ..Work::default() };
        if !work.customers.is_empty() {
            run.run(&work, accounts).await?;
        }
        run.conclude(org, counted, accounts).await;
        Ok(())
    }
}

/// The contract's code for an org that cannot be reached.
#[must_use]
pub fn code_of(error: &OrganizationError) -> &'static str {
    match error {
        OrganizationError::Unknown { .. } | OrganizationError::NotFilled { .. } => ORG_UNKNOWN,
        OrganizationError::SignInRefused { .. } => SALESFORCE_SIGN_IN_REFUSED,
        OrganizationError::NotReady { .. } => ORG_NOT_READY,
        OrganizationError::Unavailable { .. } => SALESFORCE_UNAVAILABLE,
    }
}
