//! The one way in which anything is changed in Salesforce: intend under a lease, act, record.

use std::collections::{BTreeMap, BTreeSet};

use access::{
    Actor, Announcement, AuditEntry, Customer, Email, GrantId, Lease, Looked, Observed, OrgAlias,
    Outcomes, Plan, Policy, Role, Settled, Step, settle,
};
use chatter::{NotDone, Places, Task};
use jiff::Timestamp;
use ledger::{CommitError, CustomerChange, Reader, Recorded, Writer};
use runtime::{Bus, Invocation, chain};

use crate::outbox::deliver;
use crate::work::TIME_TO_RECORD;

/// How often an outcome is recorded anew because somebody else wrote meanwhile.
const ATTEMPTS: usize = 5;

/// What changes customers of one org, in one run.
#[derive(Clone, Debug)]
pub struct Engine<'a> {
    /// The org.
    pub org: &'a OrgAlias,
    /// The company's limits.
    pub policy: &'a Policy,
    /// The ledger, to read.
    pub reader: &'a Reader,
    /// The ledger, to write.
    pub writer: &'a Writer,
    /// Salesforce.
    pub act: &'a chatter::Writer,
    /// The bus.
    pub bus: &'a Bus,
    /// The invocation; its `now` is the run's.
    pub invocation: &'a Invocation,
    /// The right under which the run changes anything.
    pub lease: &'a Lease,
}

/// A customer between intent and outcome.
#[derive(Clone, Debug)]
pub struct Held {
    /// As looked at, before the intent.
    pub before: Customer,
    /// As committed with the intent; as `before` where there is none.
    pub customer: Customer,
    /// What was read of them last.
    pub read: Observed,
    /// The instant before that.
    pub at: Timestamp,
}

/// What became of recording one outcome.
#[derive(Debug)]
pub struct Outcome {
    /// The customer as recorded; as before where there was nothing to record.
    pub result: Result<Customer, CommitError>,
    /// What was decided on the customer before that is recorded.
    pub settled: Settled,
    /// The hash of the newest entry of each grant of which one was recorded.
    pub heads: BTreeMap<GrantId, String>,
}

impl Engine<'_> {
    /// Commits changes, each by itself, and publishes what went with them.
    pub async fn commit(&self, changes: Vec<CustomerChange>) -> Vec<(CustomerChange, Recorded)> {
        if changes.is_empty() {
            return Vec::new();
        }
        let results = self.writer.commit_with_heads(changes.clone()).await;
        let results: Vec<_> = changes.into_iter().zip(results).collect();
        let committed = results.iter().filter(|(_, recorded)| recorded.result.is_ok());
        let told: Vec<Announcement> =
            committed.flat_map(|(change, _)| change.announcements.iter().cloned()).collect();
        deliver(self.bus, self.writer, &told).await;
        results
    }

    /// A change of one customer that opens nothing.
    #[must_use]
    pub fn change(
        &self,
        customer: Customer,
        audit: Vec<AuditEntry>,
        announcements: Vec<Announcement>,
    ) -> CustomerChange {
        let due_at = customer.due_at(self.policy);
        CustomerChange { customer, due_at, opens: BTreeSet::new(), audit, announcements }
    }

    /// Carries tasks out, and says what became of them.
    pub async fn act(&self, tasks: &[Task], places: &Places) -> Outcomes {
        let mut outcomes = Outcomes::default();
        if tasks.is_empty() {
            return outcomes;
        }
        let results = self.act.carry_out(tasks, places).await;
        // What was cut off because the time is over is no failure: whoever continues looks first.
        let is_late = self.invocation.remaining() <= TIME_TO_RECORD;
        for (task, result) in tasks.iter().zip(results) {
            note(&mut outcomes, task, result, is_late);
        }
        outcomes
    }

    /// Records what came of the tasks of these customers, and gives their leases back. `judge` says what follows from what was read.
    ///
    /// A customer of whom somebody else wrote meanwhile is read anew, and recorded as long as this run has the lease. Returns what became
    /// of each, and the last judgement.
    pub async fn record(
        &self,
        held: Vec<Held>,
        acted: &Plan,
        outcomes: &Outcomes,
        judge: impl Fn(&[Looked]) -> Plan,
        actor: Actor<'_>,
    ) -> (BTreeMap<Email, Outcome>, Plan) {
        let now = self.invocation.now;
        let mut held: BTreeMap<Email, Held> =
            held.into_iter().map(|it| (it.customer.email.clone(), it)).collect();
        let mut open: BTreeSet<Email> = held.keys().cloned().collect();
        let (mut recorded, mut plan) = (BTreeMap::new(), Plan::default());
        let mut parts: BTreeMap<Email, Part> = BTreeMap::new();
        for attempt in 1..=ATTEMPTS {
            let looked: Vec<Looked> = held.values().map(|it| self.after(it, outcomes)).collect();
            plan = judge(&looked);
            let mut changes = Vec::new();
            let mut settlements = Vec::new();
            for it in looked.iter().filter(|it| open.contains(&it.customer.email)) {
                let settled = settle(self.policy, it, &plan, acted, outcomes, actor, now);
                let email = &it.customer.email;
                let before = held.get(email).map(|it| &it.customer);
                if before == Some(&settled.customer) && settled.announcements.is_empty() {
                    let result = Ok(settled.customer.clone());
                    let heads = BTreeMap::new();
                    recorded.insert(email.clone(), Outcome { result, settled, heads });
                    continue;
                }
                let Settled { customer, audit, announcements } = settled.clone();
                changes.push(self.change(customer, audit, announcements));
                settlements.push(settled);
            }
            open.clear();
            for ((change, it), settled) in self.commit(changes).await.into_iter().zip(settlements) {
                let email = change.customer.email;
                let has_conflict = matches!(it.result, Err(CommitError::Conflict));
                let may_mend = has_conflict && attempt < ATTEMPTS;
                if may_mend && self.anew(&email, &mut held).await {
                    parts.entry(email.clone()).or_default().add(settled, it.heads);
                    open.insert(email);
                    continue;
                }
                let Recorded { result, heads } = it;
                recorded.insert(email, Outcome { result, settled, heads });
            }
            if open.is_empty() {
                break;
            }
        }
        let told: Vec<Announcement> =
            parts.values().flat_map(|part| part.announcements.iter().cloned()).collect();
        deliver(self.bus, self.writer, &told).await;
        for (email, part) in parts {
            recorded.entry(email).and_modify(|outcome: &mut Outcome| part.precede(outcome));
        }
        (recorded, plan)
    }

    /// The customer after what was done, with what was read afterwards.
    fn after(&self, held: &Held, outcomes: &Outcomes) -> Looked {
        let Held { before, customer, read, at } = held;
        let customer = if customer.is_leased_by(self.lease) {
            outcomes.carried_out(customer.clone(), before, self.invocation.present())
        } else {
            customer.clone()
        };
        Looked::new(customer, read.clone(), *at)
    }

    /// Reads a customer anew of whom somebody else wrote. Says whether this run still has the lease.
    async fn anew(&self, email: &Email, held: &mut BTreeMap<Email, Held>) -> bool {
        match self.reader.customer(self.org, email).await {
            Ok(customer) => {
                let is_held = customer.is_leased_by(self.lease);
                if let Some(it) = held.get_mut(email).filter(|_| is_held) {
                    it.customer = customer;
                }
                is_held
            }
            Err(error) => {
                tracing::warn!(org = %self.org, error = chain(&error), "not read anew");
                false
            }
        }
    }
}

/// What was recorded of an outcome that is more than a transaction holds before somebody else wrote.
#[derive(Default)]
struct Part {
    audit: Vec<AuditEntry>,
    announcements: Vec<Announcement>,
    heads: BTreeMap<GrantId, String>,
}

impl Part {
    /// Adds what was recorded of this: all that is of the grants that have these heads.
    fn add(&mut self, settled: Settled, heads: BTreeMap<GrantId, String>) {
        let Settled { audit, announcements, .. } = settled;
        self.audit.extend(audit.into_iter().filter(|it| heads.contains_key(&it.grant)));
        let is_recorded = |it: &Announcement| {
            let grant = it.detail["grantId"].as_str();
            grant.is_some_and(|grant| heads.keys().any(|it| it.as_str() == grant))
        };
        self.announcements.extend(announcements.into_iter().filter(is_recorded));
        self.heads.extend(heads);
    }

    /// Puts it before what was recorded of the rest.
    fn precede(mut self, outcome: &mut Outcome) {
        self.heads.append(&mut outcome.heads);
        self.audit.append(&mut outcome.settled.audit);
        self.announcements.append(&mut outcome.settled.announcements);
        let Self { audit, announcements, heads } = self;
        outcome.settled = Settled { audit, announcements, ..outcome.settled.clone() };
        outcome.heads = heads;
    }
}

/// Notes what became of one task.
fn note(
    outcomes: &mut Outcomes,
    task: &Task,
    result: Result<chatter::Done, NotDone>,
    is_late: bool,
) {
    let grant = &task.grant;
    match result {
        Ok(done) => {
            // Without the id of what it made, nothing could be laid over a reading that does not show it yet.
            let is_nameless = task.step == Step::Invite && done.invitation.is_none();
            if done.was_unclear || is_nameless {
                outcomes.unclear.insert(grant.clone());
            }
            if let Some(invitation) = done.invitation {
                outcomes.invited.insert(grant.clone(), invitation);
            }
            if let Step::Reactivate { user } = &task.step {
                outcomes.unfrozen.insert(user.clone());
            }
            outcomes.done.entry(grant.clone()).or_default().insert(task.step.clone());
        }
        Err(NotDone::Deferred) => {
            outcomes.deferred.insert(grant.clone());
        }
        Err(NotDone::Failed { failure, was_unclear, frozen, not_frozen, is_woken }) => {
            outcomes.frozen.extend(frozen);
            outcomes.woken.extend(failure.step.user().filter(|_| is_woken).cloned());
            if was_unclear {
                outcomes.unclear.insert(grant.clone());
            }
            if is_late && !failure.is_refusal {
                outcomes.deferred.insert(grant.clone());
            } else {
                let failures = outcomes.failures.entry(grant.clone()).or_default();
                // A refusal is for people to mend, but what kept the user from being frozen may pass.
                failures.extend([failure].into_iter().chain(not_frozen.map(|it| *it)));
            }
        }
    }
}

/// What is to be done for a customer by a plan.
#[must_use]
pub fn tasks(customer: &Customer, plan: &Plan) -> Vec<Task> {
    let mut tasks = Vec::new();
    for grant in customer.grants.values() {
        let Some(decision) = plan.decisions.get(&grant.id) else { continue };
        tasks.extend(decision.steps.iter().map(|step| Task {
            grant: grant.id.clone(),
            step: step.clone(),
            group: grant.group.id.clone(),
            email: customer.email.clone(),
            role: decision.role.unwrap_or(Role::Member),
            message: grant.message.clone(),
        }));
    }
    tasks
}
