//! When a closing project is done with.

use std::collections::BTreeMap;

use access::{Customer, Email, Grant, OrgAlias, Project, State};
use ledger::{ReadError, Reader, Writer};

use crate::fault::{Fault, Stage};

/// Takes closing projects of one org out of what is due.
pub(crate) struct Finishing<'a> {
    pub(crate) org: &'a OrgAlias,
    pub(crate) reader: &'a Reader,
    pub(crate) writer: &'a Writer,
}

impl Finishing<'_> {
    /// A closing project is finished once none of its grants gives access any more. `known` are customers as the run
    /// left them. Who belongs to the project is read once more, after the work of the run.
    pub(crate) async fn finish(
        &self,
        closing: &[Project],
        known: &BTreeMap<Email, Customer>,
    ) -> Vec<Fault> {
        let mut faults = Vec::new();
        for project in unfinished(closing) {
            match self.is_finished(project, known).await {
                Ok(false) => {}
                Ok(true) => faults.extend(self.record(project).await),
                Err(error) => faults.push(Fault::of_ledger(Stage::FinishProject, &error)),
            }
        }
        faults
    }

    /// Finishes closing projects to which, as was read a moment ago, nobody belongs.
    pub(crate) async fn finish_empty(&self, closing: &[Project]) -> Vec<Fault> {
        let mut faults = Vec::new();
        for project in unfinished(closing) {
            faults.extend(self.record(project).await);
        }
        faults
    }

    async fn record(&self, project: &Project) -> Option<Fault> {
        match self.writer.commit_project(project.finished(), Vec::new()).await {
            // Reopened or closed anew meanwhile: then it is somebody else's to finish.
            Err(error) if !error.is_conflict() => {
                Some(Fault::of_ledger(Stage::FinishProject, &error))
            }
            Ok(_) | Err(_) => None,
        }
    }

    async fn is_finished(
        &self,
        project: &Project,
        known: &BTreeMap<Email, Customer>,
    ) -> Result<bool, ReadError> {
        let emails = self.reader.customers_of_project(self.org, &project.id).await?;
        let unknown: Vec<Email> =
            emails.iter().filter(|email| !known.contains_key(*email)).cloned().collect();
        let others = self.reader.customers(self.org, &unknown).await?;
        let mut customers =
            emails.iter().filter_map(|email| known.get(email)).chain(others.read.values());
        let gives_access =
            |grant: &Grant| grant.is_open() || matches!(grant.state, State::Ending { .. });
        let is_left = |customer: &Customer| {
            let mut grants = customer.grants.values();
            grants.any(|grant| grant.project == project.id && gives_access(grant))
        };
        Ok(others.unreadable.is_empty() && !customers.any(is_left))
    }
}

fn unfinished(closing: &[Project]) -> impl Iterator<Item = &Project> {
    closing.iter().filter(|project| project.is_closing())
}
