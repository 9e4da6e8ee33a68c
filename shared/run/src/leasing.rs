//! The leases of a run: whoever ends goes first. Once others have written of a customer whose access is to end, nothing is given to
//! them until that is done.

use std::collections::BTreeSet;
use std::time::Duration;

use access::{Customer, Email, Lease, OrgAlias, Policy};
use ledger::{CommitError, CustomerChange, Reader, Writer};
use runtime::{Invocation, chain};

/// How often a customer is read anew because somebody else wrote meanwhile: many, since nothing slow lies between reading and writing.
const ATTEMPTS: usize = 25;

/// By how much the clocks of two processes may differ.
const SKEW: Duration = Duration::from_secs(5);

/// The leases of one run over one org.
#[derive(Debug)]
pub(crate) struct Leases<'a> {
    org: &'a OrgAlias,
    policy: &'a Policy,
    reader: &'a Reader,
    writer: &'a Writer,
    invocation: &'a Invocation,
    lease: Lease,
    /// Whoever was leased, also those who are not any more.
    taken: BTreeSet<Email>,
}

impl<'a> Leases<'a> {
    pub(crate) fn new(
        org: &'a OrgAlias,
        policy: &'a Policy,
        reader: &'a Reader,
        writer: &'a Writer,
        invocation: &'a Invocation,
    ) -> Self {
        // A run that dies is over when the platform would have ended it.
        let until = invocation.present().saturating_add(invocation.remaining() + SKEW);
        let until = until.unwrap_or(jiff::Timestamp::MAX);
        let lease = Lease::from_random(invocation.random.bits(), until);
        Self { org, policy, reader, writer, invocation, lease, taken: BTreeSet::new() }
    }

    /// Takes the leases of these customers, and of those who are the same person under another address. Who cannot be leased, because
    /// another run is ending something of theirs or the ledger does not answer, is carried through as anybody is: the version decides.
    pub(crate) async fn take(&mut self, emails: &BTreeSet<Email>) {
        let (mut open, mut met) = (emails.clone(), emails.clone());
        for _ in 0..ATTEMPTS {
            let customers = self.read(&open).await;
            let aliases = customers.iter().flat_map(|it| it.aliases.iter().cloned());
            let aliases: BTreeSet<Email> = aliases.filter(|it| met.insert(it.clone())).collect();
            let at = self.invocation.present();
            let is_new = |it: &&Customer| it.version > 0 && !it.is_leased_by(&self.lease);
            let free = customers.iter().filter(is_new);
            let leased = free.filter_map(|it| it.leased(&self.lease, at)).collect();
            let (written, contended) = self.write(leased).await;
            self.taken.extend(written);
            open = contended.into_iter().chain(aliases).collect();
            if open.is_empty() {
                break;
            }
        }
        tracing::info!(org = %self.org, customers = self.taken.len(), left = open.len(), "leased");
    }

    /// The customer without the lease of this run, for the last that it writes of them.
    pub(crate) fn without(&self, customer: Customer) -> Customer {
        if customer.is_leased_by(&self.lease) {
            Customer { busy: None, ..customer }
        } else {
            customer
        }
    }

    /// Gives back what is left of the leases.
    pub(crate) async fn give_back(&mut self) {
        let mut open = std::mem::take(&mut self.taken);
        for _ in 0..ATTEMPTS {
            if open.is_empty() {
                return;
            }
            let mut customers = self.read(&open).await;
            customers.retain(|it| it.is_leased_by(&self.lease));
            let customers = customers.into_iter().map(|it| self.without(it)).collect();
            (_, open) = self.write(customers).await;
        }
        tracing::warn!(org = %self.org, customers = open.len(), "leases are left to run out");
    }

    async fn read(&self, emails: &BTreeSet<Email>) -> Vec<Customer> {
        let emails: Vec<Email> = emails.iter().cloned().collect();
        match self.reader.customers(self.org, &emails).await {
            Ok(records) => records.read.into_values().collect(),
            Err(error) => {
                tracing::warn!(org = %self.org, error = chain(&error), "not read for a lease");
                Vec::new()
            }
        }
    }

    /// Writes customers of whom nothing but the lease has changed. Gives those who are written, and those of whom somebody else wrote.
    async fn write(&self, customers: Vec<Customer>) -> (BTreeSet<Email>, BTreeSet<Email>) {
        let change = |customer: Customer| CustomerChange {
            due_at: customer.due_at(self.policy),
            customer,
            opens: BTreeSet::new(),
            audit: Vec::new(),
            announcements: Vec::new(),
        };
        let emails: Vec<Email> = customers.iter().map(|it| it.email.clone()).collect();
        let results = self.writer.commit(customers.into_iter().map(change).collect()).await;
        let (mut written, mut contended) = (BTreeSet::new(), BTreeSet::new());
        for (email, result) in emails.into_iter().zip(results) {
            match result {
                Ok(_) => {
                    written.insert(email);
                }
                Err(CommitError::Conflict | CommitError::Contended) => {
                    contended.insert(email);
                }
                Err(error) => {
                    tracing::warn!(org = %self.org, error = chain(&error), "a lease is not written");
                }
            }
        }
        (written, contended)
    }
}
