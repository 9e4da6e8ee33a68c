//! What a run came to, in metrics.

use std::collections::BTreeMap;

use runtime::Metric;

use crate::report::RunReport;

/// What the metrics of a run say besides its report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Measures {
    /// The share of its daily requests that is used, in percent, of the org asked that has used most.
    pub allowance_used: Option<u64>,
    /// Whether Salesforce refused the sign-in with the secret as it is now.
    pub is_sign_in_refused: bool,
    /// Whether the run is a sweep of all that is due in every org.
    pub is_of_every_org: bool,
    /// Whether a part of the ledger or of an org could not be looked at.
    pub is_blind: bool,
    /// Whether Salesforce did not answer at all in an org, so that it will not answer the next run of this moment either.
    pub is_unanswered: bool,
    /// Grants with a failure that is no refusal of Salesforce's, and failures of the run as a whole: what a repetition may mend.
    pub undone: usize,
    /// Whether the run could not ask for the continuation that it needs.
    pub is_cut_off: bool,
    /// Whether anything was done in an org.
    pub has_acted: bool,
    /// What was found wrong with orgs and was not before.
    pub new_findings: usize,
}

impl RunReport {
    pub(crate) fn measured(&self) -> BTreeMap<Metric, u64> {
        let Measures {
            allowance_used, is_sign_in_refused, is_of_every_org, is_blind, undone, ..
        } = self.measures;
        let count = |count: usize| count as u64;
        let mut values = BTreeMap::from([
            (Metric::Ended, count(self.ended)),
            (Metric::Proven, count(self.proven)),
            (Metric::Stuck, count(self.stuck)),
            (Metric::Held, count(self.held)),
            (Metric::Drifted, count(self.drifted)),
            (Metric::Deferred, count(self.deferred)),
            (Metric::Undone, count(undone)),
            (Metric::OldestOverdueMinutes, u64::try_from(self.oldest_overdue_minutes).unwrap_or(0)),
            (Metric::SalesforceCalls, self.salesforce_calls),
            (Metric::SignInRefused, u64::from(is_sign_in_refused)),
        ]);
        values.insert(Metric::Undecided, count(self.undecided));
        if !self.orgs.is_empty() {
            let blurred = self.orgs.iter().filter(|it| !it.sight.complete).count();
            values.insert(Metric::NotSeen, count(blurred));
            values.insert(Metric::NewFindings, count(self.measures.new_findings));
            values
                .insert(Metric::Ungoverned, count(self.orgs.iter().map(|it| it.ungoverned).sum()));
        }
        values.extend(self.lingering_seat_minutes.map(|it| (Metric::LingeringSeatMinutes, it)));
        values.extend(allowance_used.map(|used| (Metric::SalesforceAllowanceUsed, used)));
        if is_of_every_org {
            values.insert(Metric::CompletedSweeps, u64::from(self.complete && !is_blind));
        }
        values
    }
}
