//! What the ledger knows of some customers, and the account of those whom Salesforce does not show.

use std::collections::{BTreeMap, BTreeSet};

use access::{
    Customer, Email, Looked, Observed, OrgAlias, Plan, Policy, Project, ProjectChange, ProjectId,
};
use jiff::Timestamp;
use ledger::{ReadError, Reader};
use runtime::chain;

use crate::books::Books;
use crate::code::{LEDGER_UNAVAILABLE, LEDGER_UNREADABLE};
use crate::not_looked::NotLooked;
use crate::report::RunReport;

/// Customers as the ledger has them, and the closed ones among the projects that anything of theirs still belongs to, with
/// the instant of the close.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) customers: BTreeMap<Email, Customer>,
    pub(crate) closed: BTreeMap<ProjectId, Option<Timestamp>>,
    /// What closed them.
    pub(crate) closings: BTreeMap<ProjectId, ProjectChange>,
}

impl Known {
    /// Reads customers and their projects; `None` when the ledger does not give them. What is wrong is in the report.
    pub(crate) async fn read(
        org: &OrgAlias,
        reader: &Reader,
        emails: &BTreeSet<Email>,
        closing: &[Project],
        report: &mut RunReport,
    ) -> Option<Self> {
        match Self::try_read(org, reader, emails, closing, report).await {
            Ok(known) => Some(known),
            Err(error) => {
                report.fail(None, "readLedger", LEDGER_UNAVAILABLE, &chain(&error));
                None
            }
        }
    }

    async fn try_read(
        org: &OrgAlias,
        reader: &Reader,
        emails: &BTreeSet<Email>,
        closing: &[Project],
        report: &mut RunReport,
    ) -> Result<Self, ReadError> {
        let emails: Vec<Email> = emails.iter().cloned().collect();
        let customers = reader.customers(org, &emails).await?;
        // Nothing may be decided about them, and somebody must look: the run goes on and fails.
        for _ in &customers.unreadable {
            let text = "a customer's record is not understood";
            report.fail(None, "readLedger", LEDGER_UNREADABLE, text);
        }
        let customers = customers.read;
        let open = customers.values().flat_map(|it| it.grants.values()).filter(|it| it.is_open());
        // A closing project is read too: it may have been reopened since somebody found it closing.
        let asked: BTreeSet<ProjectId> = open
            .map(|grant| grant.project.clone())
            .chain(closing.iter().map(|project| project.id.clone()))
            .collect();
        let projects = reader.projects(org, &asked).await?;
        for _ in &projects.unreadable {
            let text = "a project's record is not understood";
            report.fail(None, "readLedger", LEDGER_UNREADABLE, text);
        }
        let closed: Vec<Project> = projects.read.into_values().filter(|it| it.is_closed).collect();
        let closings = closed.iter().filter_map(|it| Some((it.id.clone(), it.last_change()?)));
        Ok(Self {
            closings: closings.collect(),
            closed: closed.iter().map(|it| (it.id.clone(), it.closed_since())).collect(),
            customers,
        })
    }

    /// Accounts for customers at whom nobody could look: what is due has failed, or waits where only the time is over.
    pub(crate) fn account(
        self,
        policy: &Policy,
        now: Timestamp,
        unseen: NotLooked<'_>,
        report: &mut RunReport,
    ) {
        let Self { customers, closed, closings: _ } = self;
        let emails: BTreeSet<Email> = customers.keys().cloned().collect();
        let looked: Vec<Looked> = customers
            .into_values()
            .map(|customer| Looked::new(customer, Observed::default(), Timestamp::UNIX_EPOCH))
            .collect();
        let plan = Plan { digest: Plan::digest_of([]), ..Plan::default() };
        let mut books = Books::open(policy, &looked, &closed, &plan, now);
        books.unseen(&emails, unseen, report);
        books.close(report);
    }
}
