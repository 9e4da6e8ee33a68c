//! When a closing project is done with.

use std::collections::BTreeMap;

use access::{Customer, Email, Grant, OrgAlias, Project, State};
use ledger::{ReadError, Reader, Writer};
use runtime::chain;

use crate::code::LEDGER_UNAVAILABLE;
use crate::org::Closing;
use crate::report::RunReport;

/// Takes closing projects of one org out of what is due.
pub(crate) struct Finishing<'a> {
    pub(crate) org: &'a OrgAlias,
    pub(crate) reader: &'a Reader,
    pub(crate) writer: &'a Writer,
}

impl Finishing<'_> {
    /// A closing project is finished once none of its grants gives access any more. `known` are customers as the run
    /// left them.
    pub(crate) async fn finish(
        &self,
        closing: &[Closing],
        known: &BTreeMap<Email, Customer>,
        report: &mut RunReport,
    ) {
        let is_unfinished = |project: &Project| project.is_closed && project.is_closing;
        for closing in closing.iter().filter(|closing| is_unfinished(&closing.project)) {
            let project = &closing.project;
            let error = match self.is_finished(closing, known).await {
                Ok(false) => continue,
                Ok(true) => {
                    match self.writer.commit_project(project.finished(), Vec::new()).await {
                        // Reopened or closed anew meanwhile: then it is somebody else's to finish.
                        Err(error) if !error.is_conflict() => chain(&error),
                        Ok(_) | Err(_) => continue,
                    }
                }
                Err(error) => chain(&error),
            };
            report.fail(None, "finishProject", LEDGER_UNAVAILABLE, &error);
        }
    }

    async fn is_finished(
        &self,
        Closing { project, customers: emails }: &Closing,
        known: &BTreeMap<Email, Customer>,
    ) -> Result<bool, ReadError> {
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
