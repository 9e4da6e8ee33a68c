//! What the ledger knows of some customers.

use std::collections::{BTreeMap, BTreeSet};

use access::{Customer, Email, OrgAlias, Project, ProjectChange, ProjectId};
use jiff::Timestamp;
use ledger::{ReadError, Reader, Records};

use crate::code::LEDGER_UNREADABLE;
use crate::fault::{Fault, Stage};

/// Customers as the ledger has them, and the closed ones among the projects that anything of theirs still belongs to, with
/// the instant of the close.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) customers: BTreeMap<Email, Customer>,
    pub(crate) closed: BTreeMap<ProjectId, Option<Timestamp>>,
    /// What closed them.
    pub(crate) closings: BTreeMap<ProjectId, ProjectChange>,
    /// Records that are not understood. Nothing may be decided about them, and somebody must look: the run goes on and fails.
    pub(crate) unreadable: Vec<Fault>,
}

impl Known {
    /// Reads customers and their projects.
    ///
    /// # Errors
    /// A fault where the ledger does not give them.
    pub(crate) async fn read(
        org: &OrgAlias,
        reader: &Reader,
        emails: &BTreeSet<Email>,
        closing: &[Project],
    ) -> Result<Self, Fault> {
        let read = Self::try_read(org, reader, emails, closing).await;
        read.map_err(|error| Fault::of_ledger(Stage::ReadLedger, &error))
    }

    async fn try_read(
        org: &OrgAlias,
        reader: &Reader,
        emails: &BTreeSet<Email>,
        closing: &[Project],
    ) -> Result<Self, ReadError> {
        let emails: Vec<Email> = emails.iter().cloned().collect();
        let customers = reader.customers(org, &emails).await?;
        let unread = customers.unreadable.iter().map(|_| unreadable("a customer's record"));
        let mut unreadable_records: Vec<Fault> = unread.collect();
        let customers = customers.read;
        let open = customers.values().flat_map(|it| it.grants.values()).filter(|it| it.is_open());
        // A closing project is read too: it may have been reopened since somebody found it closing.
        let asked: BTreeSet<ProjectId> = open
            .map(|grant| grant.project.clone())
            .chain(closing.iter().map(|project| project.id.clone()))
            .collect();
        let projects = reader.projects(org, &asked).await?;
        let unread = projects.unreadable.iter().map(|_| unreadable("a project's record"));
        unreadable_records.extend(unread);
        let closed: Vec<Project> = projects.read.into_values().filter(Project::is_closed).collect();
        let closings = closed.iter().filter_map(|it| Some((it.id.clone(), it.last_change()?)));
        Ok(Self {
            closings: closings.collect(),
            closed: closed.iter().map(|it| (it.id.clone(), it.closed_since())).collect(),
            customers,
            unreadable: unreadable_records,
        })
    }
}

/// Follows the `open` addresses through the ledger to all that are recorded as further addresses of the same people, also through records
/// that hold nothing any more. Whoever was `met` is not read again. Gives those who have a grant.
///
/// `people` are addresses with the others of the same person: these gain those to which they lead.
///
/// # Errors
/// [`ReadError`] when the ledger does not give them all: who else may be one of these people nobody knows then.
pub async fn follow(
    reader: &Reader,
    org: &OrgAlias,
    mut open: BTreeSet<Email>,
    mut met: BTreeSet<Email>,
    mut people: Vec<(&Email, &mut BTreeSet<Email>)>,
) -> Result<Records<Email, Customer>, ReadError> {
    let mut followed = Records { read: BTreeMap::new(), unreadable: BTreeSet::new() };
    while !open.is_empty() {
        met.extend(open.iter().cloned());
        let emails: Vec<Email> = std::mem::take(&mut open).into_iter().collect();
        let records = reader.customers(org, &emails).await?;
        followed.unreadable.extend(records.unreadable);
        for (email, customer) in records.read {
            // What leads on from here is of whoever led here.
            for (own, others) in people.iter_mut().filter(|(_, others)| others.contains(&email)) {
                others.extend(customer.aliases.iter().filter(|it| *it != *own).cloned());
            }
            open.extend(customer.aliases.iter().filter(|it| !met.contains(*it)).cloned());
            if !customer.grants.is_empty() {
                followed.read.insert(email, customer);
            }
        }
    }
    Ok(followed)
}

/// A record that is not understood.
pub(crate) fn unreadable(what: &str) -> Fault {
    Fault::new(Stage::ReadLedger, LEDGER_UNREADABLE, format!("{what} is not understood"))
}
