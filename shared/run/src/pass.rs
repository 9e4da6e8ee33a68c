//! Some customers carried through together: intent, effect, reading back, outcome.

use std::collections::{BTreeMap, BTreeSet};

use access::{
    Actor, AuditEntry, Begun, Brake, Customer, Email, Looked, Outcomes, Plan, ProjectChange,
    ProjectId, Sight, State, Unseen, Verdict, begin, decide,
};
use chatter::{Places, Task};
use ledger::{CommitError, CustomerChange, Recorded};
use runtime::chain;

use crate::accounts::Accounts;
use crate::engine::{Engine, Held, Outcome, tasks};
use crate::fault::{Fault, NotLooked, Stage};
use crate::party::parties;
use crate::work::OrgRun;

pub(crate) struct Pass<'a> {
    pub(crate) run: &'a OrgRun<'a>,
    pub(crate) engine: &'a Engine<'a>,
    pub(crate) plan: &'a Plan,
    pub(crate) closed: &'a BTreeSet<ProjectId>,
    pub(crate) closings: &'a BTreeMap<ProjectId, ProjectChange>,
    pub(crate) places: &'a Places,
}

/// Customers to look at once more.
#[derive(Debug, Default)]
pub(crate) struct Again {
    /// Of whom somebody else wrote meanwhile.
    pub(crate) contended: BTreeSet<Email>,
    /// People whom somebody else is changing, each by their addresses.
    pub(crate) busy: Vec<BTreeSet<Email>>,
    /// Of whom something to take away turned up only when they were read back.
    pub(crate) unfinished: BTreeSet<Email>,
}

impl Pass<'_> {
    pub(crate) async fn carry_through(
        &self,
        looked: Vec<Looked>,
        again: &mut Again,
        accounts: &mut Accounts,
    ) {
        let begun = self.begin(looked, again, accounts).await;
        let tasks: Vec<Task> = begun.iter().flat_map(|it| tasks(&it.customer, self.plan)).collect();
        let mut outcomes = self.engine.act(&tasks, self.places).await;
        blur(&begun, &mut outcomes);
        let held = self.read_back(begun, &tasks).await;
        for it in &held {
            outcomes.confirm(&it.customer, &it.read);
        }
        accounts.note(self.plan, &outcomes);
        // What turns up only now is left to the next run: nothing begins without an intent and a brake.
        let nothing = BTreeMap::new();
        let (policy, now) = (self.run.policy, self.run.invocation.now);
        let judge =
            |read: &[Looked]| decide(policy, read, self.closed, Brake::Released(&nothing), now);
        for it in &held {
            accounts.see(&it.customer);
        }
        let actor = self.actor();
        let (recorded, left) = self.engine.record(held, self.plan, &outcomes, judge, actor).await;
        for (email, Outcome { result, settled, heads }) in recorded {
            if result.is_ok() && is_unfinished(&settled.customer, &left, &outcomes) {
                again.unfinished.insert(email.clone());
            }
            let recorded = Recorded { result, heads };
            note(email, recorded, &settled.audit, again, accounts);
        }
    }

    /// Records the intents and returns the customers that may be acted upon.
    ///
    /// Of customers who are the same person either all are recorded or nothing is done for any of them.
    async fn begin(
        &self,
        looked: Vec<Looked>,
        again: &mut Again,
        accounts: &mut Accounts,
    ) -> Vec<Held> {
        let parties = parties(looked, |it| (&it.customer, &it.observed));
        let changes: Vec<CustomerChange> =
            parties.iter().flat_map(|party| self.intents(party)).collect();
        let intended: BTreeSet<Email> =
            changes.iter().map(|it| it.customer.email.clone()).collect();
        let mut committed = BTreeMap::new();
        for (change, recorded) in self.engine.commit(changes).await {
            let email = change.customer.email;
            let customer = note(email.clone(), recorded, &change.audit, again, accounts);
            committed.extend(customer.map(|customer| (email, customer)));
        }
        let is_ready = |it: &Looked| {
            let email = &it.customer.email;
            !intended.contains(email) || committed.contains_key(email)
        };
        let (ready, crossed): (Vec<_>, Vec<_>) =
            parties.into_iter().partition(|party| party.iter().all(is_ready));
        let held = |it: Looked| {
            let Looked { customer: before, observed: read, at } = it;
            let customer = committed.get(&before.email).unwrap_or(&before).clone();
            Held { before, customer, read, at }
        };
        self.give_up(crossed.concat().into_iter().map(held).collect(), again).await;
        ready.concat().into_iter().map(held).collect()
    }

    /// The intents of one party. If anything is to be done for one of them, all are leased.
    fn intents(&self, party: &[Looked]) -> Vec<CustomerChange> {
        let (lease, now) = (self.engine.lease, self.run.invocation.now);
        let actor = self.actor();
        let begun: Vec<Option<Begun>> = party
            .iter()
            .map(|it| begin(&it.customer, self.plan, lease, actor, now))
            .map(|it| it.map(|begun| begun.with_closings(self.closings)))
            .collect();
        let is_leased = begun.iter().flatten().any(|it| it.customer.is_leased_by(lease));
        let mut changes = Vec::new();
        for (it, begun) in party.iter().zip(begun) {
            let is_begun = begun.is_some();
            let Begun { customer, audit } =
                begun.unwrap_or_else(|| Begun { customer: it.customer.clone(), audit: Vec::new() });
            let must_lease = is_leased && customer.version > 0 && !customer.is_leased_by(lease);
            let customer = if must_lease { customer.set_out(lease) } else { customer };
            if is_begun || must_lease {
                changes.push(self.engine.change(customer, audit, Vec::new()));
            }
        }
        changes
    }

    /// Gives back the leases of customers for whom nothing is done, since somebody else wrote of the same person.
    async fn give_up(&self, held: Vec<Held>, again: &mut Again) {
        let is_leased = |it: &Held| it.customer.is_leased_by(self.engine.lease);
        let held: Vec<Held> = held.into_iter().filter(is_leased).collect();
        again.contended.extend(held.iter().map(|it| it.customer.email.clone()));
        let (nothing, outcomes) = (Plan::default(), Outcomes::default());
        let judge = |_: &[Looked]| Plan::default();
        self.engine.record(held, &nothing, &outcomes, judge, self.actor()).await;
    }

    /// Reads again whoever may be concerned: those for whom something was done, those who are to have no access any more,
    /// whether or not there was anything to take away, and whoever shares a user with them. Of the others nothing has changed.
    async fn read_back(&self, begun: Vec<Held>, tasks: &[Task]) -> Vec<Held> {
        let touched: BTreeSet<&Email> = tasks.iter().map(|task| &task.email).collect();
        let is_over = |it: &Held| {
            let mut decisions =
                it.customer.grants.keys().filter_map(|id| self.plan.decisions.get(id));
            decisions.any(|decision| decision.verdict == Verdict::End)
        };
        let is_concerned = |it: &Held| touched.contains(&it.customer.email) || is_over(it);
        let (concerned, others): (Vec<_>, Vec<_>) = parties(begun, |it| (&it.customer, &it.read))
            .into_iter()
            .partition(|party| party.iter().any(is_concerned));
        let (concerned, others) = (concerned.concat(), others.concat());
        if concerned.is_empty() {
            return others;
        }
        let customers: Vec<&Customer> = concerned.iter().map(|it| &it.customer).collect();
        let at = self.run.invocation.present();
        let mut sightings = match self.run.observe(&customers).await {
            Ok(sightings) => sightings.observed,
            Err(error) => {
                // Without a reading nothing is proven; the steps that succeeded are recorded all the same.
                tracing::warn!(org = %self.run.org, error = chain(&error), "not read back");
                BTreeMap::new()
            }
        };
        let emails: BTreeSet<Email> = customers.iter().map(|it| it.email.clone()).collect();
        let read = concerned.into_iter().map(|it| {
            let mut observed = sightings.remove(&it.customer.email).unwrap_or_default();
            // How fast the number of seats follows our own deactivations is not known. It was right a moment ago.
            if it.read.sight.is_full() && observed.sight == Sight::but([Unseen::SeatsDiffer]) {
                observed.sight = Sight::full();
            }
            // Somebody who is the same person and was not looked at may hold what is to be taken away.
            if observed.aliases.difference(&it.read.aliases).any(|it| !emails.contains(it)) {
                observed.sight.blur(&Sight::default());
            }
            observed.aliases.extend(it.read.aliases.iter().cloned());
            observed.is_apart |= it.read.is_apart;
            Held { read: observed, at, ..it }
        });
        read.chain(others).collect()
    }

    fn actor(&self) -> Actor<'_> {
        Actor { name: self.run.id, plan_digest: Some(&self.plan.digest) }
    }
}

/// Notes what became of recording one customer.
fn note(
    email: Email,
    Recorded { result, heads }: Recorded,
    audit: &[AuditEntry],
    again: &mut Again,
    accounts: &mut Accounts,
) -> Option<Customer> {
    let lost = accounts.record(audit, heads);
    match result {
        Ok(customer) => {
            accounts.see(&customer);
            return Some(customer);
        }
        Err(CommitError::Conflict | CommitError::Contended) => {
            again.contended.insert(email);
        }
        Err(error) => {
            let fault = Fault::of_ledger(Stage::WriteLedger, &error);
            for grant in &lost {
                accounts.fail(grant, &fault);
            }
            if audit.is_empty() {
                accounts.unseen(&BTreeSet::from([email]), &NotLooked::Failed(fault));
            }
        }
    }
    None
}

/// What is unclear of one is unclear of all who are the same person.
fn blur(begun: &[Held], outcomes: &mut Outcomes) {
    if outcomes.unclear.is_empty() {
        return;
    }
    for party in parties(begun.iter().collect(), |it| (&it.customer, &it.read)) {
        let grants = || party.iter().flat_map(|it| it.customer.grants.keys());
        if grants().any(|grant| outcomes.unclear.contains(grant)) {
            outcomes.unclear.extend(grants().cloned());
        }
    }
}

/// Whether an ending that was begun shows steps that nobody has tried, such as the place of one person under two
/// addresses, which each of the two left to the other.
fn is_unfinished(customer: &Customer, plan: &Plan, outcomes: &Outcomes) -> bool {
    customer.grants.values().any(|grant| {
        let decision = plan.decisions.get(&grant.id);
        matches!(grant.state, State::Ending { .. })
            && decision.is_some_and(|it| it.verdict == Verdict::End && !it.steps.is_empty())
            && !outcomes.failures.contains_key(&grant.id)
            && !outcomes.deferred.contains(&grant.id)
    })
}
