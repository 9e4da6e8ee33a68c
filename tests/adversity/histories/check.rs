//! What is so at the end of a history.

use std::collections::BTreeSet;

use access::{Email, OrgAlias};
use machinery::picture::Picture;
use machinery::world::days;

use crate::histories::command::Command;
use crate::histories::driver::Driver;
use crate::histories::person::Person;
use crate::histories::universe::{Address, Customer, Project};

/// Nights between the sweeps after a history, until the longest access is over and has been read again for the last time.
const STRIDES: [i64; 9] = [1, 8, 31, 61, 200, 1, 8, 31, 61];

/// More than a history makes due.
const PAGE: usize = 100;

impl Driver {
    /// A quiet sweep, and all that must be so after it.
    pub(crate) async fn end(&mut self) -> Result<(), String> {
        self.settle().await.map_err(|it| format!("at the end: {it}"))?;
        let due = self.due().await;
        let open = self.due_by_contract();
        if let Some((customer, _)) = due.iter().find(|(it, _)| !open.contains(it)) {
            return Err(format!("at the end: {customer} is due and should not be"));
        }
        self.what_else_is_due().await?;
        self.outlive().await?;
        // Each event's id says one thing.
        let emails = Customer::ALL.map(|it| it.email(Address::Own));
        let emails = emails.each_ref().map(String::as_str);
        Picture::take(&self.world, &emails, &Project::ALL.map(Project::id)).await;
        Ok(())
    }

    /// Nobody is forgotten: once nothing is in the way, all that was promised ends when its time is over, is proven, and is read
    /// again, until there is nothing left to do.
    async fn outlive(&mut self) -> Result<(), String> {
        self.happen(Command::Unblock).await?;
        for span in STRIDES {
            self.world.pass(days(span));
            self.settle()
                .await
                .map_err(|it| format!("after everything, {span} days later: {it}"))?;
        }
        let left =
            |it: &&Person| !it.promises.is_empty() || !it.stuck.is_empty() || !it.pasts.is_empty();
        if let Some(person) = self.model.people.values().flatten().find(left) {
            return Err(format!("after everything there is something left: {person:#?}"));
        }
        self.world.pass(days(400));
        if let Some((customer, _)) = self.due().await.first() {
            return Err(format!("after everything {customer} will be due again"));
        }
        self.what_else_is_due().await.map_err(|it| format!("after everything: {it}"))
    }

    async fn due(&self) -> Vec<(Customer, Email)> {
        let now = self.world.now();
        let page = self.world.ledger.reader.due_customers(now, None, None, PAGE).await;
        let page = page.expect("the ledger answers");
        let customer = |email: Email| {
            let (customer, _) = Customer::of(email.as_str()).expect("a customer of the history");
            (customer, email)
        };
        page.due.into_iter().map(|it| customer(it.email)).collect()
    }

    /// Who may still be due after a sweep: whose invitation is open, and whose ending is stuck or not proven.
    fn due_by_contract(&self) -> BTreeSet<Customer> {
        let now = self.world.now();
        let people = self.model.people.iter();
        let due =
            people.filter(|(_, people)| people.iter().any(|it| it.is_due(&BTreeSet::new(), now)));
        due.map(|(customer, _)| *customer).collect()
    }

    async fn what_else_is_due(&self) -> Result<(), String> {
        let now = self.world.now();
        let reader = &self.world.ledger.reader;
        let projects = reader.due_projects(now, None, None, PAGE).await;
        for project in projects.expect("the ledger answers").due {
            let is_stuck =
                self.model.people.values().flatten().any(|person| {
                    person.stuck.iter().any(|it| it.project.id() == project.id.as_str())
                });
            if !is_stuck {
                return Err(format!("at the end: {:?} is still closing", project.id));
            }
        }
        let outbox = reader.unpublished(now, Some(&OrgAlias::default()), None, PAGE).await;
        let outbox = outbox.expect("the ledger answers").due;
        if outbox.is_empty() { Ok(()) } else { Err(format!("at the end: not told: {outbox:?}")) }
    }
}
