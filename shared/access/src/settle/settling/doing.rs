//! Whether what was set out to be done was done.

use super::Settling;
use crate::records::{Grant, Step};
use crate::rules::{Verdict, may_freeze};
use crate::words::GrantId;

impl Settling<'_> {
    /// Whether one of these steps may leave a user frozen whom a live grant needs.
    pub(super) fn leaves_frozen(&self, steps: &[Step]) -> bool {
        let unfrozen = &self.outcomes.unfrozen;
        let left: Vec<Step> = steps
            .iter()
            .filter(|step| step.user().is_none_or(|user| !unfrozen.contains(user)))
            .cloned()
            .collect();
        may_freeze(self.view, &left)
    }

    /// Whether Salesforce confirmed all steps of the ending, and the reading after it did not see everything: then it has ended,
    /// and is not proven.
    pub(super) fn is_unread(&self, grant: &Grant) -> bool {
        let acted = self.acted.decisions.get(&grant.id);
        !self.view.is_full()
            && acted.is_some_and(|acted| {
                let has_acted = acted.verdict == Verdict::End && !acted.steps.is_empty();
                has_acted && self.is_done(grant, &acted.steps)
            })
    }

    /// Whether Salesforce confirmed all of the steps, for this grant or for another that shares them.
    pub(super) fn is_done(&self, grant: &Grant, steps: &[Step]) -> bool {
        let shares_group = |id: &GrantId| {
            let other = self.view.customer.grants.get(id);
            other.is_some_and(|other| other.group.id == grant.group.id)
        };
        let is_done = |step: &Step| {
            let is_seat = matches!(step, Step::Deactivate { .. });
            let mut done = self.outcomes.done.iter();
            done.any(|(id, done)| done.contains(step) && (is_seat || shares_group(id)))
        };
        self.failures(grant).is_empty()
            && !self.outcomes.deferred.contains(&grant.id)
            && steps.iter().all(is_done)
    }
}
