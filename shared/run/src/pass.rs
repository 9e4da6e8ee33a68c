//! Some customers carried through together: intent, effect, reading back, outcome.

use std::collections::{BTreeMap, BTreeSet};

use access::{
    Actor, Announcement, AuditEntry, Begun, Brake, Customer, Email, Looked, Outcomes, Plan,
    ProjectChange, ProjectId, Role, Sight, State, Step, Unseen, Verdict, begin, decide, settle,
};
use chatter::{NotDone, Places, Task};
use ledger::{CommitError, CustomerChange, Recorded};
use runtime::chain;

use crate::books::Books;
use crate::code::LEDGER_UNAVAILABLE;
use crate::leasing::Leases;
use crate::outbox::deliver;
use crate::party::parties;
use crate::report::RunReport;
use crate::work::{OrgRun, RESERVE, Writers};

pub(crate) struct Pass<'a> {
    pub(crate) run: &'a OrgRun<'a>,
    pub(crate) writers: &'a Writers<'a>,
    pub(crate) plan: &'a Plan,
    pub(crate) closed: &'a BTreeSet<ProjectId>,
    pub(crate) closings: &'a BTreeMap<ProjectId, ProjectChange>,
    pub(crate) places: &'a Places,
    pub(crate) leases: &'a Leases<'a>,
}

/// Customers to look at once more.
#[derive(Debug, Default)]
pub(crate) struct Again {
    /// Of whom somebody else wrote meanwhile.
    pub(crate) contended: BTreeSet<Email>,
    /// Whose access this run may have taken away while somebody else gave it, or of whom something to take away
    /// turned up only when they were read back.
    pub(crate) doubtful: BTreeSet<Email>,
}

impl Pass<'_> {
    pub(crate) async fn carry_through(
        &self,
        looked: Vec<Looked>,
        again: &mut Again,
        books: &mut Books,
        report: &mut RunReport,
    ) {
        let begun = self.begin(looked, books, again, report).await;
        let tasks: Vec<Task> = begun.iter().flat_map(|it| self.tasks(&it.customer)).collect();
        let outcomes = self.act(&tasks).await;
        report.measures.has_acted |= !outcomes.done.is_empty();
        books.note(self.plan, &outcomes, report);
        let read = self.read_back(begun, &tasks).await;
        // What turns up only now is left to the next run: nothing begins without an intent and a brake.
        let nothing = BTreeMap::new();
        let (policy, now) = (self.run.policy, self.run.invocation.now);
        let plan = decide(policy, &read, self.closed, Brake::Released(&nothing), now);
        let mut changes = Vec::new();
        for it in &read {
            books.see(&it.customer);
            let actor = self.actor(report);
            let settled = settle(policy, it, &plan, self.plan, &outcomes, actor, now);
            let left = settled.as_ref().map_or(&it.customer, |settled| &settled.customer);
            if is_unfinished(left, &plan, &outcomes) {
                again.doubtful.insert(left.email.clone());
            }
            let Some(settled) = settled else { continue };
            let customer = self.leases.without(settled.customer);
            changes.push(self.change(customer, settled.audit, settled.announcements));
        }
        self.commit(changes, books, again, report).await;
    }

    /// Records the intents and returns the customers that may be acted upon.
    async fn begin(
        &self,
        looked: Vec<Looked>,
        books: &mut Books,
        again: &mut Again,
        report: &mut RunReport,
    ) -> Vec<Looked> {
        let now = self.run.invocation.now;
        let mut changes = Vec::new();
        for it in &looked {
            if let Some(begun) = begin(&it.customer, self.plan, self.actor(report), now) {
                let Begun { customer, audit } = begun.with_closings(self.closings);
                changes.push(self.change(customer, audit, Vec::new()));
            }
        }
        let intended: BTreeSet<Email> =
            changes.iter().map(|it| it.customer.email.clone()).collect();
        let committed = self.commit(changes, books, again, report).await;
        let is_ready = |it: &Looked| {
            !intended.contains(&it.customer.email) || committed.contains_key(&it.customer.email)
        };
        looked
            .into_iter()
            .filter(is_ready)
            .map(|it| match committed.get(&it.customer.email) {
                Some(customer) => Looked { customer: customer.clone(), ..it },
                None => it,
            })
            .collect()
    }

    fn tasks(&self, customer: &Customer) -> Vec<Task> {
        let decisions = &self.plan.decisions;
        let is_ending =
            |id: &access::GrantId| decisions.get(id).is_some_and(|it| it.verdict == Verdict::End);
        let mut tasks = Vec::new();
        for grant in customer.grants.values() {
            let Some(decision) = decisions.get(&grant.id) else { continue };
            let is_live = |it: &access::Grant| it.is_open() && !is_ending(&it.id);
            let role = customer.role_in(&grant.group.id, is_live).unwrap_or(Role::Member);
            tasks.extend(decision.steps.iter().map(|step| Task {
                grant: grant.id.clone(),
                step: step.clone(),
                group: grant.group.id.clone(),
                email: customer.email.clone(),
                role,
                message: grant.message.clone(),
            }));
        }
        tasks
    }

    async fn act(&self, tasks: &[Task]) -> Outcomes {
        let mut outcomes = Outcomes::default();
        if tasks.is_empty() {
            return outcomes;
        }
        let results = self.writers.act.carry_out(tasks, self.places).await;
        // A call that was cut off because the time is over may have arrived or not: whoever continues looks first.
        let is_late = self.run.invocation.remaining() <= RESERVE;
        for (task, result) in tasks.iter().zip(results) {
            match result {
                Ok(done) => {
                    if let Some(invitation) = done.invitation {
                        outcomes.invited.insert(task.grant.clone(), invitation);
                    }
                    if let Step::Reactivate { user } = &task.step {
                        outcomes.unfrozen.insert(user.clone());
                    }
                    outcomes.done.entry(task.grant.clone()).or_default().insert(task.step.clone());
                }
                Err(NotDone::Deferred) => {
                    outcomes.deferred.insert(task.grant.clone());
                }
                Err(NotDone::Failed { failure, frozen, .. }) if is_late && !failure.is_refusal => {
                    outcomes.frozen.extend(frozen);
                    outcomes.deferred.insert(task.grant.clone());
                }
                Err(NotDone::Failed { failure, frozen, not_frozen, was_unclear: _ }) => {
                    outcomes.frozen.extend(frozen);
                    let failures = outcomes.failures.entry(task.grant.clone()).or_default();
                    // A refusal is for people to mend, but what kept the user from being frozen may pass.
                    failures.extend([failure].into_iter().chain(not_frozen.map(|it| *it)));
                }
            }
        }
        outcomes
    }

    /// Reads again whoever may be concerned: those for whom something was done, those who are to have no access any more,
    /// whether or not there was anything to take away, and whoever shares a user with them. Of the others nothing has changed.
    async fn read_back(&self, begun: Vec<Looked>, tasks: &[Task]) -> Vec<Looked> {
        let touched: BTreeSet<&Email> = tasks.iter().map(|task| &task.email).collect();
        let is_over = |it: &Looked| {
            let mut decisions =
                it.customer.grants.keys().filter_map(|id| self.plan.decisions.get(id));
            decisions.any(|decision| decision.verdict == Verdict::End)
        };
        let is_concerned = |it: &Looked| touched.contains(&it.customer.email) || is_over(it);
        let (concerned, others): (Vec<_>, Vec<_>) =
            parties(begun).into_iter().partition(|party| party.iter().any(is_concerned));
        let (concerned, others) = (concerned.concat(), others.concat());
        if concerned.is_empty() {
            return others;
        }
        let customers: Vec<&Customer> = concerned.iter().map(|it| &it.customer).collect();
        let mut sightings = match self.run.observe(&customers).await {
            Ok(sightings) => sightings.observed,
            Err(error) => {
                // Without a reading nothing is proven; the steps that succeeded are recorded all the same.
                tracing::warn!(org = %self.run.org, error = chain(&error), "not read back");
                BTreeMap::new()
            }
        };
        let emails: BTreeSet<Email> = customers.iter().map(|it| it.email.clone()).collect();
        let read = concerned.into_iter().map(|Looked { customer, observed: before }| {
            let mut observed = sightings.remove(&customer.email).unwrap_or_default();
            // How fast the number of seats follows our own deactivations is not known. It was right a moment ago.
            if before.sight.is_full() && observed.sight == Sight::but([Unseen::SeatsDiffer]) {
                observed.sight = Sight::full();
            }
            // Somebody who is the same person and was not looked at may hold what is to be taken away.
            if observed.aliases.difference(&before.aliases).any(|it| !emails.contains(it)) {
                observed.sight.blur(&Sight::default());
            }
            Looked { customer, observed }
        });
        read.chain(others).collect()
    }

    fn change(
        &self,
        customer: Customer,
        audit: Vec<AuditEntry>,
        announcements: Vec<Announcement>,
    ) -> CustomerChange {
        let due_at = customer.due_at(self.run.policy);
        CustomerChange { customer, due_at, opens: BTreeSet::new(), audit, announcements }
    }

    async fn commit(
        &self,
        changes: Vec<CustomerChange>,
        books: &mut Books,
        again: &mut Again,
        report: &mut RunReport,
    ) -> BTreeMap<Email, Customer> {
        if changes.is_empty() {
            return BTreeMap::new();
        }
        let results = self.writers.ledger.commit_with_heads(changes.clone()).await;
        let mut committed = BTreeMap::new();
        let mut announcements = Vec::new();
        for (change, Recorded { result, heads }) in changes.into_iter().zip(results) {
            report.move_heads(heads);
            match result {
                Ok(customer) => {
                    books.record(&change.audit, &customer);
                    announcements.extend(change.announcements);
                    if customer.grants.values().any(|grant| customer.is_doubtful(grant)) {
                        again.doubtful.insert(customer.email.clone());
                    }
                    committed.insert(customer.email.clone(), customer);
                }
                Err(CommitError::Conflict | CommitError::Contended) => {
                    again.contended.insert(change.customer.email);
                }
                Err(error) => {
                    for entry in &change.audit {
                        let text = chain(&error);
                        let (step, code) = ("writeLedger", LEDGER_UNAVAILABLE);
                        books.fail(&entry.grant, step, code, &text, report);
                    }
                }
            }
        }
        deliver(self.writers.bus, self.writers.ledger, &announcements).await;
        committed
    }

    fn actor<'b>(&'b self, report: &'b RunReport) -> Actor<'b> {
        Actor { name: &report.run_id, plan_digest: Some(&self.plan.digest) }
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
