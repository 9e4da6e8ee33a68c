//! What the brake holds, and what a person releases.

use std::collections::BTreeMap;

use access::event::SweepHeld;
use access::{
    Announcement, AnnouncementKind, Braked, Customer, Email, Grant, GrantId, Looked, Plan,
    ProjectId, Reason,
};
use ledger::{HeldEnding, Hold};
use runtime::chain;

use crate::code::LEDGER_UNAVAILABLE;
use crate::org_report::BrakedLine;
use crate::outbox::deliver;
use crate::report::RunReport;
use crate::work::{NotBegun, OrgRun, Writers};

/// How many grants one log line names: 33 bytes each, where a quarter of a megabyte is the limit of a log event.
const GRANTS_PER_LINE: usize = 1_000;

impl OrgRun<'_> {
    /// Notes and logs what the brake holds.
    pub(crate) fn note_braked(&self, plan: &Plan, report: &mut RunReport) {
        for Braked { project, endings, digest } in &plan.braked {
            let (count, project_id) = (endings.len(), project.clone());
            let project = project.as_ref().map(tracing::field::display);
            tracing::warn!(org = %self.org, project, digest, count, "held by the brake");
            if report.braked.len() < RunReport::MAXIMUM_BRAKED {
                let (org, plan_digest) = (self.org.clone(), digest.clone());
                report.braked.push(BrakedLine { org, project_id, plan_digest, count });
            }
        }
    }

    /// Notes and logs what of a released set is carried out, and what is left out because it has changed since it was held.
    ///
    /// # Errors
    /// [`NotBegun::ReleaseRefused`] if nothing of it is left.
    pub(crate) fn note_release(
        &self,
        set: &BTreeMap<GrantId, Reason>,
        plan: &Plan,
        report: &mut RunReport,
    ) -> Result<(), NotBegun> {
        let begins =
            |grant: &GrantId| plan.decisions.get(grant).is_some_and(|decision| decision.is_new_end);
        let (released, left_out): (Vec<_>, Vec<_>) =
            set.keys().cloned().partition(|grant| begins(grant));
        let digest = Plan::digest_of(set.iter().map(|(grant, reason)| (grant, *reason)));
        let (count, left) = (released.len(), left_out.len());
        tracing::info!(org = %self.org, digest, released = count, left_out = left, "released");
        for part in left_out.chunks(GRANTS_PER_LINE) {
            let grants: Vec<&str> = part.iter().map(GrantId::as_str).collect();
            tracing::info!(org = %self.org, digest, grants = grants.join(" "), "left out");
        }
        if released.is_empty() {
            return Err(NotBegun::ReleaseRefused);
        }
        report.released = Some(count);
        report.left_out = Some(left);
        report.left_out_grants = left_out;
        report.left_out_grants.truncate(RunReport::MAXIMUM_LEFT_OUT);
        Ok(())
    }

    /// What this run has ended anew in the org, by project.
    pub(crate) fn begun(&self, report: &RunReport) -> BTreeMap<ProjectId, usize> {
        let of_org = report.begun.iter().filter(|((org, _), _)| org == self.org);
        of_org.map(|((_, project), count)| (project.clone(), *count)).collect()
    }

    /// Notes of new endings those that were begun; in a dry run, which records nothing, all. A run that looks at an org again, after
    /// its census, must not end twice as much as the policy allows.
    pub(crate) fn note_begun(
        &self,
        ends: Vec<(Email, Grant)>,
        recorded: Option<&BTreeMap<Email, Customer>>,
        report: &mut RunReport,
    ) {
        let is_open = |email: &Email, grant: &Grant| {
            let customer = recorded.and_then(|it| it.get(email));
            customer.and_then(|it| it.grants.get(&grant.id)).is_some_and(Grant::is_open)
        };
        for (_, grant) in ends.into_iter().filter(|(email, grant)| !is_open(email, grant)) {
            *report.begun.entry((self.org.clone(), grant.project)).or_default() += 1;
        }
    }

    /// Records each set that the brake holds, to be released by its digest, and tells it.
    pub(crate) async fn hold(
        &self,
        writers: &Writers<'_>,
        looked: &[Looked],
        plan: &Plan,
        report: &mut RunReport,
    ) {
        if plan.braked.is_empty() {
            return;
        }
        let at = self.invocation.now;
        let mut announcements = Vec::new();
        for Braked { project, endings: held, digest } in &plan.braked {
            let mut endings = Vec::new();
            for customer in looked.iter().map(|it| &it.customer) {
                let of_set = customer.grants.keys().filter_map(|id| Some((id, held.get(id)?)));
                endings.extend(of_set.map(|(grant, reason)| HeldEnding {
                    grant: grant.clone(),
                    email: customer.email.clone(),
                    reason: reason.to_string(),
                }));
            }
            let hold = Hold { org: self.org.clone(), digest: digest.clone(), at, endings };
            if let Err(error) = writers.ledger.place_hold(hold).await {
                report.fail(None, "hold", LEDGER_UNAVAILABLE, &chain(&error));
            }
            let id = format!("{}-{digest}-SweepHeld", self.invocation.request_id);
            let (plan_digest, project_id) = (digest.clone(), project.clone());
            let adds = SweepHeld { plan_digest, project_id, count: held.len() };
            let kind = AnnouncementKind::SweepHeld;
            announcements.push(Announcement::new(id, kind, self.org, at, adds));
        }
        if let Err(error) = writers.ledger.announce(announcements.clone()).await {
            report.fail(None, "announce", LEDGER_UNAVAILABLE, &chain(&error));
        }
        deliver(writers.bus, writers.ledger, &announcements).await;
    }
}

/// The endings that a plan begins and that count for the brake: those that people have named one by one do not.
pub(crate) fn new_ends(looked: &[Looked], plan: &Plan) -> Vec<(Email, Grant)> {
    let counts = |grant: &&Grant| {
        let decision = plan.decisions.get(&grant.id);
        decision.is_some_and(|it| it.is_new_end && it.reason != Reason::Withdrawn)
    };
    let grants = looked.iter().flat_map(|it| {
        let email = &it.customer.email;
        it.customer.grants.values().filter(counts).map(move |grant| (email.clone(), grant.clone()))
    });
    grants.collect()
}
