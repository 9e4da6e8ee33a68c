//! A run of a function, over one org or over several, from which its report is computed once, at the end.

use std::collections::BTreeMap;

use access::{GrantId, OrgAlias, Plan, digest_of_heads};
use jiff::Timestamp;

use crate::accounts::Accounts;
use crate::fault::Fault;
use crate::measures::Measures;
use crate::org_report::BrakedLine;
use crate::report::{DecisionLine, RunReport, Trigger};

/// A run, and what it came to so far.
#[derive(Debug, Default)]
pub struct Run {
    /// Its id: the invocation's request id, and the message's where it is one of a batch.
    pub id: String,
    /// What set it off.
    pub trigger: Trigger,
    /// The instant that counts as now.
    pub at: Timestamp,
    /// Whether nothing may be changed.
    pub is_dry: bool,
    /// Whether it is a sweep of all that is due in every org.
    pub is_of_every_org: bool,
    /// Of those whose access was withdrawn by name: of how many no grant is recorded that was meant.
    pub unmatched: usize,
    /// For how many minutes of the day before seats lingered, in each org, if that was measured.
    pub(crate) lingering: Option<BTreeMap<OrgAlias, u64>>,
    /// What failed of it as a whole.
    faults: Vec<Fault>,
    /// Whether something that is due was not looked at.
    is_left: bool,
    pub(crate) visits: Vec<Accounts>,
}

impl Run {
    /// A run that has not done anything yet.
    #[must_use]
    pub fn new(id: String, trigger: Trigger, at: Timestamp, is_dry: bool) -> Self {
        Self { id, trigger, at, is_dry, ..Self::default() }
    }

    /// Notes what failed of the run as a whole.
    pub fn fail(&mut self, faults: impl IntoIterator<Item = Fault>) {
        self.faults.extend(faults);
    }

    /// Notes that not all that is due was looked at.
    pub fn leave(&mut self) {
        self.is_left = true;
    }

    /// Whether all that was due was looked at and nothing failed.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        let is_clean = |visit: &Accounts| !visit.is_left && visit.failed() == 0;
        !self.is_left && self.faults.is_empty() && self.visits.iter().all(is_clean)
    }

    /// The report of what it came to.
    pub(crate) fn into_report(self) -> RunReport {
        let mut report = RunReport {
            run_id: self.id,
            trigger: self.trigger,
            at: self.at,
            dry_run: self.is_dry,
            complete: !self.is_left,
            plan_digest: digest_of(&self.visits),
            unmatched: self.unmatched,
            lingering_seat_minutes: self.lingering.as_ref().map(|it| it.values().sum()),
            decisions: self.is_dry.then(Vec::new),
            measures: Measures { is_of_every_org: self.is_of_every_org, ..Measures::default() },
            ..RunReport::default()
        };
        let mut heads: BTreeMap<GrantId, String> = BTreeMap::new();
        for mut visit in self.visits {
            heads.append(&mut visit.heads);
            if let Some(line) = &mut visit.line {
                let minutes = self.lingering.as_ref().and_then(|it| it.get(&line.org));
                line.lingering_seat_minutes = minutes.copied();
            }
            add(&mut report, visit);
        }
        // Last, so that what is wrong with grants is not crowded out of the list.
        for fault in &self.faults {
            report.fail(fault);
        }
        report.heads_digest = (!heads.is_empty()).then(|| digest_of_heads(&heads));
        report
    }
}

/// Adds what one org came to.
fn add(report: &mut RunReport, visit: Accounts) {
    report.complete &= !visit.is_left;
    for fault in &visit.faults {
        report.fail(fault);
    }
    for (id, account) in &visit.grants {
        if report.dry_run {
            account.foresee(report);
        } else {
            account.count(report);
        }
        let decision = account.decision.as_ref().filter(|_| account.is_counted);
        if let (Some(lines), Some(decision)) = (&mut report.decisions, decision) {
            lines.push(DecisionLine { grant_id: id.clone(), decision: decision.clone() });
        }
        if let Some(failure) = &account.failure {
            report.note(Some(id), failure.clone());
        }
    }
    let overdue = visit.grants.values().filter_map(|it| it.overdue_since(visit.now)).min();
    let minutes = overdue.map_or(0, |since| visit.now.duration_since(since).as_mins());
    report.oldest_overdue_minutes = report.oldest_overdue_minutes.max(minutes);
    let org = visit.org;
    let braked = visit.braked.into_iter().map(|(project_id, plan_digest, count)| BrakedLine {
        org: org.clone(),
        project_id,
        plan_digest,
        count,
    });
    report.braked.extend(braked);
    report.braked.truncate(RunReport::MAXIMUM_BRAKED);
    if let Some((released, mut left_out)) = visit.released {
        report.released = Some(released);
        report.left_out = Some(left_out.len());
        left_out.truncate(RunReport::MAXIMUM_LEFT_OUT);
        report.left_out_grants = left_out;
    }
    report.orgs.extend(visit.line);
    report.salesforce_calls += visit.calls;
    report.measures.add(visit.measures);
}

/// The digest that a person needs: that of the largest set that the brake holds, if it holds any.
fn digest_of(visits: &[Accounts]) -> String {
    let braked = visits.iter().flat_map(|visit| &visit.braked);
    let largest = braked.max_by_key(|(_, _, count)| *count).map(|(_, digest, _)| digest.clone());
    let decided = visits.iter().rev().find_map(|visit| visit.digest.clone());
    largest.or(decided).unwrap_or_else(|| Plan::digest_of([]))
}
