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

    /// Takes the leases of these people, each of whom may have several addresses, and of the addresses that are recorded with one of
    /// them. While others have all of them it waits, as long as there is time. Gives the people who are not taken.
    ///
    /// Whoever is taken is to be carried through before the rest are taken: to wait for the rest while holding any is how two would
    /// wait for each other.
    pub(crate) async fn take(&mut self, mut people: People) -> People {
        let (mut open, mut held) = (people.all(), BTreeSet::new());
        while self.engine.invocation.remaining() > TIME_TO_WORK {
            let asked = people.all();
            let at = self.engine.invocation.present();
            let (mut free, mut busy) = (Vec::new(), BTreeSet::new());
            // Of whom nothing is recorded nothing can be changed meanwhile that would not be a conflict.
            for it in self.read(&open).await.into_iter().filter(|it| it.version > 0) {
                if !it.aliases.is_empty() {
                    people.meet(it.aliases.iter().chain([&it.email]).cloned().collect());
                }
                match it.leased(self.engine.lease, at) {
                    Some(leased) if leased != it => free.push(leased),
                    Some(it) => {
                        held.insert(it.email);
                    }
                    None => {
                        busy.insert(it.email);
                    }
                }
            }
            let waited = people.of(&busy);
            free.retain(|it| !waited.contains(&it.email));
            let (written, contended) = self.write(free).await;
            self.taken.extend(written.iter().cloned());
            held.extend(written);
            let met: BTreeSet<Email> = people.all().difference(&asked).cloned().collect();
            let waited: BTreeSet<Email> = waited.union(&people.of(&contended)).cloned().collect();
            open = waited.union(&met).cloned().collect();
            // Whoever waits for one of a person holds no other of them.
            let parted: BTreeSet<Email> = held.intersection(&waited).cloned().collect();
            held.retain(|it| !parted.contains(it));
            self.give_back_of(parted).await;
            if open.is_empty() || (met.is_empty() && !held.is_empty()) {
                break;
            }
            if waited.is_empty() {
                continue;
            }
            if held.is_empty() {
                self.give_back().await;
            }
            sleep(PAUSE).await;
        }
        tracing::info!(org = %self.engine.org, customers = held.len(), left = open.len(), "leased");
        people.0.retain(|it| !it.is_disjoint(&open));
        people
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

/// People, each by their addresses. No two have one in common.
#[derive(Clone, Debug, Default)]
pub(crate) struct People(Vec<BTreeSet<Email>>);

impl People {
    /// Notes that these are addresses of one person.
    pub(crate) fn meet(&mut self, mut person: BTreeSet<Email>) {
        let (same, others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.0).into_iter().partition(|it| !it.is_disjoint(&person));
        person.extend(same.into_iter().flatten());
        self.0 = others;
        self.0.push(person);
    }

    /// Notes more people, of whom no two have an address in common either.
    pub(crate) fn meet_all(&mut self, people: Vec<BTreeSet<Email>>) {
        if self.0.is_empty() {
            self.0 = people;
        } else {
            for person in people {
                self.meet(person);
            }
        }
    }

    /// Adds whoever is not among them.
    pub(crate) fn add(&mut self, emails: &BTreeSet<Email>) {
        let all = self.all();
        self.0.extend(emails.difference(&all).map(|it| BTreeSet::from([it.clone()])));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn all(&self) -> BTreeSet<Email> {
        self.0.iter().flatten().cloned().collect()
    }

    /// All addresses of whoever has one of these.
    fn of(&self, emails: &BTreeSet<Email>) -> BTreeSet<Email> {
        let of = self.0.iter().filter(|it| !it.is_disjoint(emails));
        of.flatten().cloned().collect()
    }
}
