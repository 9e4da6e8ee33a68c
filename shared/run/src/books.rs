//! What a run keeps to be able to report: how grants stood before, and how they stand after.

use std::collections::{BTreeMap, BTreeSet};

use access::{
    AuditEntry, Customer, Email, Grant, GrantId, Looked, Outcomes, Plan, Policy, ProjectId, Proof,
    Reason, State, Unseen, Verdict,
};
use jiff::Timestamp;

use crate::code::SALESFORCE_UNAVAILABLE;
use crate::not_looked::NotLooked;
use crate::report::RunReport;

/// The books of one org's run.
#[derive(Debug)]
pub(crate) struct Books {
    before: BTreeMap<GrantId, Grant>,
    after: BTreeMap<GrantId, Grant>,
    customers: BTreeMap<Email, Customer>,
    /// Grants that were due, or that the plan changes although they were not.
    counted: BTreeSet<GrantId>,
    deferred: BTreeSet<GrantId>,
    failed: BTreeSet<GrantId>,
    /// Those of them with a failure that is no refusal of Salesforce's.
    undone: BTreeSet<GrantId>,
    held: BTreeSet<GrantId>,
    kept: BTreeSet<GrantId>,
    promoted: BTreeSet<GrantId>,
    /// Grants of which nobody can tell who accepted, as the plan found them.
    undecided: BTreeSet<GrantId>,
    closed: BTreeMap<ProjectId, Option<Timestamp>>,
    digest: String,
    now: Timestamp,
}

impl Books {
    pub(crate) fn open(
        policy: &Policy,
        looked: &[Looked],
        closed: &BTreeMap<ProjectId, Option<Timestamp>>,
        plan: &Plan,
        now: Timestamp,
    ) -> Self {
        let mut books = Self {
            before: BTreeMap::new(),
            after: BTreeMap::new(),
            customers: BTreeMap::new(),
            counted: BTreeSet::new(),
            deferred: BTreeSet::new(),
            failed: BTreeSet::new(),
            undone: BTreeSet::new(),
            held: BTreeSet::new(),
            kept: BTreeSet::new(),
            promoted: BTreeSet::new(),
            undecided: BTreeSet::new(),
            closed: closed.clone(),
            digest: digest_of(plan).to_owned(),
            now,
        };
        for customer in looked.iter().map(|it| &it.customer) {
            books.see(customer);
            for grant in customer.grants.values() {
                let due = grant.due_at(policy);
                let is_due = due.is_some_and(|due| due <= now)
                    || (grant.is_open() && closed.contains_key(&grant.project));
                let decision = plan.decisions.get(&grant.id);
                let changes = decision.is_some_and(|it| it.verdict != Verdict::Keep);
                if is_due || changes {
                    books.counted.insert(grant.id.clone());
                }
                if decision.is_some_and(|it| it.reason == Reason::Undecided) {
                    books.undecided.insert(grant.id.clone());
                }
                match decision.map(|it| (it.verdict, it.reason)) {
                    Some((Verdict::Keep, Reason::Brake)) => {
                        books.held.insert(grant.id.clone());
                    }
                    Some((Verdict::Keep, _)) if is_due => {
                        books.kept.insert(grant.id.clone());
                    }
                    Some(_) | None => {}
                }
                books.before.insert(grant.id.clone(), grant.clone());
            }
        }
        books
    }

    /// Notes how a customer stands.
    pub(crate) fn see(&mut self, customer: &Customer) {
        self.customers.insert(customer.email.clone(), customer.clone());
    }

    /// The customers as the run knows them now.
    pub(crate) fn customers(&self) -> &BTreeMap<Email, Customer> {
        &self.customers
    }

    pub(crate) fn into_customers(self) -> BTreeMap<Email, Customer> {
        self.customers
    }

    /// Notes what was committed. The audit also has the grants that are finished and no longer in the customer.
    pub(crate) fn record(&mut self, audit: &[AuditEntry], customer: &Customer) {
        self.see(customer);
        self.after.extend(audit.iter().map(|entry| (entry.grant.clone(), entry.state.clone())));
    }

    /// Notes what became of steps.
    pub(crate) fn note(&mut self, plan: &Plan, outcomes: &Outcomes, report: &mut RunReport) {
        for (grant, failures) in &outcomes.failures {
            let Some(failure) = failures.first() else { continue };
            if failures.iter().any(|failure| !failure.is_refusal) {
                self.undone.insert(grant.clone());
            }
            if self.failed.insert(grant.clone()) {
                report.fail_step(grant, failure);
            }
        }
        for (grant, done) in &outcomes.done {
            let wants = |name| done.iter().any(|step| step.name() == name);
            let is_planned = plan.decisions.contains_key(grant);
            if is_planned && wants("promote") && !outcomes.failures.contains_key(grant) {
                self.promoted.insert(grant.clone());
            }
        }
        self.deferred.extend(outcomes.deferred.iter().cloned());
        report.complete &= outcomes.deferred.is_empty();
    }

    /// Notes a failure of one grant, of which the first counts.
    pub(crate) fn fail(
        &mut self,
        grant: &GrantId,
        step: &str,
        code: &str,
        message: &str,
        report: &mut RunReport,
    ) {
        self.undone.insert(grant.clone());
        if self.failed.insert(grant.clone()) {
            report.fail(Some(grant), step, code, message);
        }
    }

    /// Notes customers of whom not all could be seen. That nothing was concluded about them is no success.
    pub(crate) fn partial(&mut self, looked: &[Looked], report: &mut RunReport) {
        for it in looked.iter().filter(|it| !it.observed.sight.is_near()) {
            let emails = BTreeSet::from([it.customer.email.clone()]);
            if let Some(unseen) = it.observed.sight.lasting() {
                let message = format!("{}: {}", unseen.message(), unseen.fix());
                let (step, code, message) = ("observe", unseen.code(), message.as_str());
                self.unseen(&emails, NotLooked::Lasting { step, code, message }, report);
            } else {
                let (code, message) = (SALESFORCE_UNAVAILABLE, Unseen::NotRead.message());
                let unread = NotLooked::Failed { step: "observe", code, message };
                self.unseen(&emails, unread, report);
            }
        }
    }

    /// Notes grants that live and of which it cannot be seen whether they still give access, due or not.
    pub(crate) fn hidden(&mut self, looked: &[Looked], plan: &Plan, report: &mut RunReport) {
        for Looked { customer, observed, .. } in looked {
            for grant in customer.grants.values().filter(|it| it.is_open()) {
                let decision = plan.decisions.get(&grant.id);
                let is_not_seen = decision.is_some_and(|it| it.reason == Reason::NotSeen);
                let Some(unseen) = observed.hidden_of(grant).filter(|_| is_not_seen) else {
                    continue;
                };
                if self.failed.insert(grant.id.clone()) {
                    let message = format!("{}: {}", unseen.message(), unseen.fix());
                    report.fail(Some(&grant.id), "observe", unseen.code(), &message);
                }
            }
        }
    }

    /// Notes customers at whom nobody could look.
    pub(crate) fn unseen(
        &mut self,
        emails: &BTreeSet<Email>,
        unseen: NotLooked<'_>,
        report: &mut RunReport,
    ) {
        match unseen {
            NotLooked::OutOfTime => self.defer(emails, report),
            NotLooked::Failed { step, code, message } => {
                for grant in self.due_of(emails) {
                    self.fail(&grant, step, code, message, report);
                }
            }
            NotLooked::Lasting { step, code, message } => {
                for grant in self.due_of(emails) {
                    if self.failed.insert(grant.clone()) {
                        report.fail(Some(&grant), step, code, message);
                    }
                }
            }
        }
    }

    /// The grants of these customers that count.
    fn due_of(&self, emails: &BTreeSet<Email>) -> Vec<GrantId> {
        let customers = emails.iter().filter_map(|email| self.customers.get(email));
        let grants = customers.flat_map(|customer| customer.grants.keys());
        grants.filter(|id| self.counted.contains(*id)).cloned().collect()
    }

    /// Notes customers for whom there was no time.
    pub(crate) fn defer(&mut self, emails: &BTreeSet<Email>, report: &mut RunReport) {
        for customer in emails.iter().filter_map(|email| self.customers.get(email)) {
            let grants = customer.grants.keys().filter(|id| self.counted.contains(*id));
            self.deferred.extend(grants.cloned());
        }
        report.complete = false;
    }

    /// Counts what a dry run decided.
    pub(crate) fn foresee(&self, plan: &Plan, report: &mut RunReport) {
        report.undecided += self.undecided.len();
        for grant in &self.counted {
            report.looked += 1;
            if let Some(decision) = plan.decisions.get(grant) {
                report.foresee(grant, decision);
            }
        }
        self.sign(report);
    }

    /// Counts what a run did.
    pub(crate) fn close(&self, report: &mut RunReport) {
        report.looked += self.counted.len();
        report.held += self.held.len();
        report.deferred += self.deferred.len();
        report.promoted += self.promoted.len();
        report.kept += self.kept.iter().filter(|id| self.is_kept(id)).count();
        for (id, after) in &self.after {
            let before = self.before.get(id).map(|grant| &grant.state);
            report.joined += usize::from(is_active(Some(&after.state)) && !is_active(before));
            let (was, is) = (ending(before), ending(Some(&after.state)));
            report.ended += usize::from(is.is_some() && was != is);
            let (was, is) = (rereads(before).filter(|_| was == is), rereads(Some(&after.state)));
            report.proven += usize::from(was.is_none() && is.is_some());
            report.reproven += usize::from(was.is_some() && was < is);
            let is_drifted = |state: Option<&State>| {
                matches!(state, Some(State::Ended { proof: Proof::Drifted { .. }, .. }))
            };
            report.drifted += usize::from(is_drifted(Some(&after.state)) && !is_drifted(before));
        }
        let stuck = self
            .counted
            .iter()
            .filter(|id| matches!(self.state(id), Some(State::Ending { stuck: Some(_), .. })));
        report.stuck += stuck.count();
        report.measures.undone += self.undone.len();
        let begun = self.after.iter().filter(|(_, grant)| is_undecided(&grant.state));
        let undecided: BTreeSet<&GrantId> =
            self.undecided.iter().chain(begun.map(|(id, _)| id)).collect();
        report.undecided += undecided.len();
        self.sign(report);
    }

    fn sign(&self, report: &mut RunReport) {
        // Of several orgs the one that is held counts, because its digest is what a person needs.
        if report.held == 0 || !self.held.is_empty() {
            report.plan_digest.clone_from(&self.digest);
        }
        let overdue = self.counted.iter().filter_map(|id| self.overdue_since(id));
        if let Some(since) = overdue.min() {
            let minutes = self.now.duration_since(since).as_mins();
            report.oldest_overdue_minutes = report.oldest_overdue_minutes.max(minutes);
        }
    }

    /// Whether a grant that was to stay as it is did so; that its end was announced changes nothing about that.
    fn is_kept(&self, id: &GrantId) -> bool {
        let is_same = match (self.before.get(id), self.after.get(id)) {
            (Some(before), Some(after)) => before.state == after.state,
            (_, None) => true,
            (None, Some(_)) => false,
        };
        is_same && !self.failed.contains(id) && !self.deferred.contains(id)
    }

    fn state(&self, id: &GrantId) -> Option<&State> {
        self.after.get(id).or_else(|| self.before.get(id)).map(|grant| &grant.state)
    }

    /// Since when a grant that still gives access should not.
    fn overdue_since(&self, id: &GrantId) -> Option<Timestamp> {
        let grant = self.after.get(id).or_else(|| self.before.get(id))?;
        let over_since = match self.closed.get(&grant.project) {
            Some(closed_at) => grant.expires_at.min(closed_at.unwrap_or(self.now)),
            None => grant.expires_at,
        };
        match &grant.state {
            State::Ending { since, .. } => Some(over_since.min(*since)),
            State::Requested { .. } | State::Invited { .. } | State::Active { .. } => {
                (over_since <= self.now).then_some(over_since)
            }
            State::Ended { .. } | State::Refused { .. } => None,
        }
    }
}

/// The digest that a person needs: that of the largest set that the brake holds, if it holds any.
fn digest_of(plan: &Plan) -> &str {
    let largest = plan.braked.iter().max_by_key(|it| it.endings.len());
    largest.map_or(&plan.digest, |it| &it.digest)
}

/// Whether it is over, and cannot be told from others in the group.
fn is_undecided(state: &State) -> bool {
    match state {
        State::Ending { stuck: Some(stuck), .. } => !stuck.candidates.is_empty(),
        State::Ending { stuck: None, .. }
        | State::Requested { .. }
        | State::Invited { .. }
        | State::Active { .. }
        | State::Ended { .. }
        | State::Refused { .. } => false,
    }
}

fn is_active(state: Option<&State>) -> bool {
    matches!(state, Some(State::Active { .. }))
}

/// Which ending it was, told by the version with which it was recorded; `None` for what has not ended.
fn ending(state: Option<&State>) -> Option<u64> {
    match state {
        Some(State::Ended { version, .. }) => Some(*version),
        Some(_) | None => None,
    }
}

/// How many re-reads of a proven ending are done; `None` for what is not proven.
fn rereads(state: Option<&State>) -> Option<usize> {
    match state {
        Some(State::Ended { proof: Proof::Proven { rereads, .. }, .. }) => Some(*rereads),
        Some(_) | None => None,
    }
}

#[cfg(test)]
#[path = "books_tests.rs"]
mod tests;
