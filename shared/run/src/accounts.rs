//! What a run of one org keeps to be able to report: an account for each grant, and what concerns the org as a whole.

use std::collections::{BTreeMap, BTreeSet};

use access::{
    AuditEntry, Customer, Email, Grant, GrantId, Looked, OrgAlias, Outcomes, Plan, Policy,
    ProjectId, Reason, Unseen,
};
use jiff::Timestamp;
use salesforce::Usage;

use crate::account::Account;
use crate::code::SALESFORCE_UNAVAILABLE;
use crate::fault::{Fault, NotLooked, Stage};
use crate::known::Known;
use crate::measures::Measures;
use crate::org_report::OrgReport;

/// The accounts of one org's run.
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    pub(crate) org: OrgAlias,
    pub(crate) now: Timestamp,
    pub(crate) grants: BTreeMap<GrantId, Account>,
    /// The customers looked at, as the run knows them now.
    pub(crate) customers: BTreeMap<Email, Customer>,
    /// What failed of the org as a whole.
    pub(crate) faults: Vec<Fault>,
    /// Whether something that was due was not looked at.
    pub(crate) is_left: bool,
    /// The digest of the endings that were decided last.
    pub(crate) digest: Option<String>,
    /// The sets that the brake holds: the project whose they are, the digest and how many.
    pub(crate) braked: Vec<(Option<ProjectId>, String, usize)>,
    /// Of a released set: how many were carried out, and which were left out.
    pub(crate) released: Option<(usize, Vec<GrantId>)>,
    /// The hash of the newest entry of each grant of which one was recorded.
    pub(crate) heads: BTreeMap<GrantId, String>,
    /// What its census came to.
    pub(crate) line: Option<OrgReport>,
    /// HTTP requests sent to Salesforce.
    pub(crate) calls: u64,
    /// What the metrics say besides.
    pub(crate) measures: Measures,
}

impl Accounts {
    pub(crate) fn new(org: OrgAlias, now: Timestamp) -> Self {
        Self { org, now, ..Self::default() }
    }

    /// The accounts to go on with where a sign-in was refused: of an attempt that did nothing stays only what it asked Salesforce.
    pub(crate) fn anew(self) -> Self {
        if self.measures.has_acted || !self.heads.is_empty() {
            return self;
        }
        let Self { org, now, calls, measures, .. } = self;
        Self { calls, measures, ..Self::new(org, now) }
    }

    /// Opens an account for each grant of customers who were looked at, with what was decided on it.
    pub(crate) fn open(
        &mut self,
        policy: &Policy,
        looked: &[Looked],
        closed: &BTreeMap<ProjectId, Option<Timestamp>>,
        plan: &Plan,
    ) {
        self.digest = Some(plan.digest.clone());
        for Looked { customer, .. } in looked {
            self.open_due(policy, customer, closed);
            for id in customer.grants.keys() {
                if let Some(decision) = plan.decisions.get(id) {
                    self.account(id).decide(decision);
                }
            }
        }
    }

    /// Accounts for customers at whom nobody could look: what is due has failed, or waits where only the time is over.
    pub(crate) fn open_unlooked(&mut self, policy: &Policy, known: &Known, unseen: &NotLooked) {
        for customer in known.customers.values() {
            self.open_due(policy, customer, &known.closed);
        }
        self.unseen(&known.customers.keys().cloned().collect(), unseen);
    }

    fn open_due(
        &mut self,
        policy: &Policy,
        customer: &Customer,
        closed: &BTreeMap<ProjectId, Option<Timestamp>>,
    ) {
        self.see(customer);
        let now = self.now;
        for grant in customer.grants.values() {
            let closed = closed.get(&grant.project);
            let is_due = grant.due_at(policy).is_some_and(|due| due <= now)
                || (grant.is_open() && closed.is_some());
            let account = self.account(&grant.id);
            account.is_counted |= is_due;
            account.closed_since = closed.map(|since| since.unwrap_or(now));
            account.before.get_or_insert_with(|| grant.clone());
        }
    }

    /// Notes how a customer stands.
    pub(crate) fn see(&mut self, customer: &Customer) {
        self.customers.insert(customer.email.clone(), customer.clone());
    }

    /// Notes the entries that were recorded, which are those of the grants whose history has a new head, and gives the grants of the
    /// others. The audit also has the grants that are finished and no longer in the customer.
    pub(crate) fn record(
        &mut self,
        audit: &[AuditEntry],
        heads: BTreeMap<GrantId, String>,
    ) -> Vec<GrantId> {
        let mut lost = Vec::new();
        for entry in audit {
            if heads.contains_key(&entry.grant) {
                self.account(&entry.grant).after = Some(entry.state.clone());
            } else {
                lost.push(entry.grant.clone());
            }
        }
        self.heads.extend(heads);
        lost
    }

    /// Notes what became of steps.
    pub(crate) fn note(&mut self, plan: &Plan, outcomes: &Outcomes) {
        self.measures.has_acted |= !outcomes.done.is_empty();
        for (grant, failures) in &outcomes.failures {
            self.account(grant).fail_steps(failures);
        }
        for (grant, done) in &outcomes.done {
            let is_whole =
                plan.decisions.contains_key(grant) && !outcomes.failures.contains_key(grant);
            let is_promoted = done.iter().any(|step| step.name() == "promote");
            self.account(grant).is_promoted |= is_whole && is_promoted;
        }
        for grant in &outcomes.deferred {
            self.account(grant).is_deferred = true;
        }
        self.is_left |= !outcomes.deferred.is_empty();
    }

    /// Notes a failure of one grant, of which the first counts.
    pub(crate) fn fail(&mut self, grant: &GrantId, fault: &Fault) {
        self.account(grant).fail(fault);
    }

    /// Notes what a look could not see. That nothing was concluded about it is no success.
    pub(crate) fn look(&mut self, looked: &[Looked], unreadable: &[Fault], plan: &Plan) {
        // A look that is taken again meets the same records.
        let met = self.faults.iter().filter(|fault| unreadable.contains(fault)).count();
        self.faults.extend(unreadable.iter().skip(met).cloned());
        self.partial(looked);
        self.hidden(looked, plan);
    }

    /// Notes customers of whom not all could be seen.
    fn partial(&mut self, looked: &[Looked]) {
        for it in looked.iter().filter(|it| !it.observed.sight.is_near()) {
            let emails = BTreeSet::from([it.customer.email.clone()]);
            let unseen = match it.observed.sight.lasting() {
                Some(unseen) => NotLooked::Lasting(lasting(unseen)),
                None => NotLooked::Failed(Fault::new(
                    Stage::Observe,
                    SALESFORCE_UNAVAILABLE,
                    Unseen::NotRead.message(),
                )),
            };
            self.unseen(&emails, &unseen);
        }
    }

    /// Notes grants that live and of which it cannot be seen whether they still give access, due or not.
    fn hidden(&mut self, looked: &[Looked], plan: &Plan) {
        let is_not_seen = |grant: &&Grant| {
            let decision = plan.decisions.get(&grant.id);
            grant.is_open() && decision.is_some_and(|it| it.reason == Reason::NotSeen)
        };
        for Looked { customer, observed, .. } in looked {
            for grant in customer.grants.values().filter(is_not_seen) {
                if let Some(unseen) = observed.hidden_of(grant) {
                    self.account(&grant.id).tell(&lasting(unseen));
                }
            }
        }
    }

    /// Notes customers at whom nobody could look.
    pub(crate) fn unseen(&mut self, emails: &BTreeSet<Email>, unseen: &NotLooked) {
        match unseen {
            NotLooked::OutOfTime => self.defer(emails),
            NotLooked::Failed(fault) => self.each_due_of(emails, |account| account.fail(fault)),
            NotLooked::Lasting(fault) => self.each_due_of(emails, |account| account.tell(fault)),
        }
    }

    /// Notes customers for whom there was no time.
    pub(crate) fn defer(&mut self, emails: &BTreeSet<Email>) {
        self.each_due_of(emails, |account| account.is_deferred = true);
        self.is_left = true;
    }

    /// Notes customers of whom a part of the same person was not looked at.
    pub(crate) fn set_apart(&mut self, emails: &BTreeSet<Email>) {
        if !emails.is_empty() {
            self.defer(emails);
        }
    }

    /// Notes what turns out to be over, or to be over for another reason than a person released, only when it is looked at again:
    /// nothing begins without the brake, so the next run decides about it.
    pub(crate) fn put_off(&mut self, plan: &Plan) {
        let is_over = plan.decisions.iter().filter(|(_, it)| it.reason == Reason::Brake);
        for (id, _) in is_over {
            if let Some(account) = self.grants.get_mut(id).filter(|it| it.is_to_change()) {
                account.is_deferred = true;
                self.is_left = true;
            }
        }
    }

    /// What this run has ended anew, by project: a run that looks at an org again, after its census, must not end twice as much as the
    /// policy allows. In a dry run, which records nothing, all that was decided.
    pub(crate) fn begun(&self, is_dry: bool) -> BTreeMap<ProjectId, usize> {
        let mut begun = BTreeMap::new();
        for account in self.grants.values().filter(|it| it.is_new_end()) {
            let grant = account.grant().filter(|grant| is_dry || !grant.is_open());
            if let Some(grant) = grant {
                *begun.entry(grant.project.clone()).or_default() += 1;
            }
        }
        begun
    }

    /// Notes what an org was asked.
    pub(crate) fn use_up(&mut self, usage: Usage) {
        self.calls += usage.calls;
        let used = &mut self.measures.allowance_used;
        *used = (*used).max(usage.percent_used());
    }

    /// How many failures there are, of grants and of the org as a whole.
    pub(crate) fn failed(&self) -> usize {
        self.faults.len() + self.grants.values().filter(|it| it.failure.is_some()).count()
    }

    pub(crate) fn account(&mut self, grant: &GrantId) -> &mut Account {
        self.grants.entry(grant.clone()).or_default()
    }

    fn each_due_of(&mut self, emails: &BTreeSet<Email>, note: impl Fn(&mut Account)) {
        let customers = emails.iter().filter_map(|email| self.customers.get(email));
        for grant in customers.flat_map(|customer| customer.grants.keys()) {
            if let Some(account) = self.grants.get_mut(grant).filter(|it| it.is_counted) {
                note(account);
            }
        }
    }
}

fn lasting(unseen: Unseen) -> Fault {
    let message = format!("{}: {}", unseen.message(), unseen.fix());
    Fault::new(Stage::Observe, unseen.code(), message)
}

#[cfg(test)]
#[path = "accounts_tests.rs"]
mod tests;
