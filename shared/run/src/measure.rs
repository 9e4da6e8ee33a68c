//! What a run came to, in metrics.

use std::collections::BTreeMap;

use runtime::Metric;

use crate::measures::Measures;
use crate::report::RunReport;

impl RunReport {
    pub(crate) fn measured(&self) -> BTreeMap<Metric, u64> {
        let Measures {
            allowance_used,
            is_sign_in_refused,
            is_not_ready,
            is_of_every_org,
            is_blind,
            undone,
            ..
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
            (Metric::OrgNotReady, u64::from(is_not_ready)),
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
