//! What a run keeps to be able to report: how grants stood before, and how they stand after.

use std::collections::{BTreeMap, BTreeSet};

use access::{
    AuditEntry, Customer, Email, Grant, GrantId, Looked, Outcomes, Plan, Policy, ProjectId, Proof,
    Reason, State, Verdict,
};
use jiff::Timestamp;

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
    held: BTreeSet<GrantId>,
    kept: BTreeSet<GrantId>,
    promoted: BTreeSet<GrantId>,
    closed: BTreeSet<ProjectId>,
    digest: String,
    now: Timestamp,
}

impl Books {
    pub(crate) fn open(
        policy: &Policy,
        looked: &[Looked],
        closed: &BTreeSet<ProjectId>,
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
            held: BTreeSet::new(),
            kept: BTreeSet::new(),
            promoted: BTreeSet::new(),
            closed: closed.clone(),
            digest: plan.digest.clone(),
            now,
        };
        for customer in looked.iter().map(|it| &it.customer) {
            books.see(customer);
            for grant in customer.grants.values() {
                let due = customer.grant_due_at(grant, policy);
                let is_due = due.is_some_and(|due| due <= now)
                    || (grant.is_open() && closed.contains(&grant.project));
                let decision = plan.decisions.get(&grant.id);
                let changes = decision.is_some_and(|it| it.verdict != Verdict::Keep);
                if is_due || changes {
                    books.counted.insert(grant.id.clone());
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

    /// Notes what was committed. The audit also has the grants that are finished and no longer in the customer.
    pub(crate) fn record(&mut self, audit: &[AuditEntry], customer: &Customer) {
        self.see(customer);
        self.after.extend(audit.iter().map(|entry| (entry.grant.clone(), entry.state.clone())));
    }

    /// Notes what became of steps.
    pub(crate) fn note(&mut self, plan: &Plan, outcomes: &Outcomes, report: &mut RunReport) {
        for (grant, failures) in &outcomes.failures {
            let Some(failure) = failures.first() else { continue };
            if self.failed.insert(grant.clone()) {
                let step = failure.step.name();
                report.fail(Some(grant), step, &failure.code, &failure.message);
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
        report.kept += self.kept.iter().filter(|id| !self.after.contains_key(*id)).count();
        for (id, after) in &self.after {
            let before = self.before.get(id).map(|grant| &grant.state);
            report.joined += usize::from(is_active(Some(&after.state)) && !is_active(before));
            report.ended += usize::from(is_ended(Some(&after.state)) && !is_ended(before));
            let (was, is) = (rereads(before), rereads(Some(&after.state)));
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

    fn state(&self, id: &GrantId) -> Option<&State> {
        self.after.get(id).or_else(|| self.before.get(id)).map(|grant| &grant.state)
    }

    /// Since when a grant that still gives access should not.
    fn overdue_since(&self, id: &GrantId) -> Option<Timestamp> {
        let grant = self.after.get(id).or_else(|| self.before.get(id))?;
        match &grant.state {
            State::Ending { since, .. } => Some((*since).min(grant.expires_at)),
            State::Requested { .. } | State::Invited { .. } | State::Active { .. } => {
                let is_over = grant.expires_at <= self.now || self.closed.contains(&grant.project);
                is_over.then(|| grant.expires_at.min(self.now))
            }
            State::Ended { .. } | State::Refused { .. } => None,
        }
    }
}

fn is_active(state: Option<&State>) -> bool {
    matches!(state, Some(State::Active { .. }))
}

fn is_ended(state: Option<&State>) -> bool {
    matches!(state, Some(State::Ended { .. }))
}

/// How many re-reads of a proven ending are done; `None` for what is not proven.
fn rereads(state: Option<&State>) -> Option<usize> {
    match state {
        Some(State::Ended { proof: Proof::Proven { rereads, .. }, .. }) => Some(*rereads),
        Some(_) | None => None,
    }
}
