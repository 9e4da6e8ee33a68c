//! The leases of a run that ends something: it takes them first and looks then, so that nobody gives anything meanwhile.

use std::collections::BTreeSet;
use std::time::Duration;

use access::{Customer, Email, Lease};
use jiff::Timestamp;
use ledger::CommitError;
use runtime::{Invocation, chain};
use tokio::time::sleep;

use crate::engine::Engine;
use crate::work::TIME_TO_WORK;

/// How often what is left of the leases is tried to be given back.
const ATTEMPTS: usize = 25;

/// By how much the clocks of two processes may differ.
const SKEW: Duration = Duration::from_secs(10);

/// How long is waited before another's lease is looked at again.
const PAUSE: Duration = Duration::from_millis(200);

/// The lease of an invocation: until the platform ends it.
#[must_use]
pub fn lease_of(invocation: &Invocation) -> Lease {
    let until = invocation.present().saturating_add(invocation.remaining() + SKEW);
    Lease::from_random(invocation.random.bits(), until.unwrap_or(Timestamp::MAX))
}

/// The leases that a run took before it looked.
#[derive(Debug)]
pub(crate) struct Leases<'a> {
    engine: &'a Engine<'a>,
    /// Whoever was leased, also those who are not any more.
    taken: BTreeSet<Email>,
}

impl<'a> Leases<'a> {
    pub(crate) fn new(engine: &'a Engine<'a>) -> Self {
        Self { engine, taken: BTreeSet::new() }
    }

    /// Takes the leases of these customers, and of those who are the same person under another address, and waits for whoever has one of
    /// them, as long as there is time. Gives those that are not taken.
    pub(crate) async fn take(&mut self, emails: &BTreeSet<Email>) -> BTreeSet<Email> {
        let (mut open, mut met) = (emails.clone(), emails.clone());
        let mut held = BTreeSet::new();
        while self.engine.invocation.remaining() > TIME_TO_WORK {
            let customers = self.read(&open).await;
            let aliases = customers.iter().flat_map(|it| it.aliases.iter().cloned());
            let mut left: BTreeSet<Email> = aliases.filter(|it| met.insert(it.clone())).collect();
            let at = self.engine.invocation.present();
            let (mut free, mut same) = (Vec::new(), BTreeSet::new());
            // Of whom nothing is recorded nothing can be changed meanwhile that would not be a conflict.
            for it in customers.into_iter().filter(|it| it.version > 0) {
                match it.leased(self.engine.lease, at) {
                    Some(leased) if leased != it => free.push(leased),
                    Some(_) => {}
                    None => {
                        left.insert(it.email);
                        same.extend(it.aliases);
                    }
                }
            }
            let (written, contended) = self.write(free).await;
            held.extend(written.iter().cloned());
            self.taken.extend(written);
            left.extend(contended);
            open = left;
            if open.is_empty() {
                break;
            }
            // Whoever waits holds nothing of the same person, or two would wait for each other.
            same.retain(|it| held.contains(it));
            if !same.is_empty() {
                self.give_back_of(same.clone()).await;
                held.retain(|it| !same.contains(it));
                open.extend(same);
            }
            sleep(PAUSE).await;
        }
        tracing::info!(org = %self.engine.org, customers = held.len(), left = open.len(), "leased");
        open
    }

    /// Gives back what is left of the leases.
    pub(crate) async fn give_back(&mut self) {
        let open = std::mem::take(&mut self.taken);
        self.give_back_of(open).await;
    }

    async fn give_back_of(&self, mut open: BTreeSet<Email>) {
        for _ in 0..ATTEMPTS {
            if open.is_empty() {
                return;
            }
            let mut customers = self.read(&open).await;
            customers.retain(|it| it.is_leased_by(self.engine.lease));
            let customers = customers.into_iter().map(|it| it.seen_by(self.engine.lease)).collect();
            (_, open) = self.write(customers).await;
        }
        tracing::warn!(org = %self.engine.org, customers = open.len(), "leases are left to run out");
    }

    async fn read(&self, emails: &BTreeSet<Email>) -> Vec<Customer> {
        let emails: Vec<Email> = emails.iter().cloned().collect();
        match self.engine.reader.customers(self.engine.org, &emails).await {
            Ok(records) => records.read.into_values().collect(),
            Err(error) => {
                tracing::warn!(org = %self.engine.org, error = chain(&error), "not read for a lease");
                Vec::new()
            }
        }
    }

    /// Writes customers of whom nothing but the lease has changed. Gives those who are written, and those of whom somebody else wrote.
    async fn write(&self, customers: Vec<Customer>) -> (BTreeSet<Email>, BTreeSet<Email>) {
        let change = |customer| self.engine.change(customer, Vec::new(), Vec::new());
        let changes = customers.into_iter().map(change).collect();
        let (mut written, mut contended) = (BTreeSet::new(), BTreeSet::new());
        for (change, recorded) in self.engine.commit(changes).await {
            let email = change.customer.email;
            match recorded.result {
                Ok(_) => {
                    written.insert(email);
                }
                Err(CommitError::Conflict | CommitError::Contended) => {
                    contended.insert(email);
                }
                Err(error) => {
                    let org = self.engine.org;
                    tracing::warn!(%org, error = chain(&error), "a lease is not written");
                }
            }
        }
        (written, contended)
    }
}
