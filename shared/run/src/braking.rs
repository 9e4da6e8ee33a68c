//! What the brake holds, and what a person releases.

use std::collections::BTreeMap;

use access::event::SweepHeld;
use access::{Announcement, AnnouncementKind, Braked, GrantId, Looked, Plan, Reason};
use ledger::{HeldEnding, Hold};

use crate::accounts::Accounts;
use crate::fault::{Fault, Stage};
use crate::outbox::deliver;
use crate::work::{NotBegun, OrgRun, Writers};

/// How many grants one log line names: 33 bytes each, where a quarter of a megabyte is the limit of a log event.
const GRANTS_PER_LINE: usize = 1_000;

impl OrgRun<'_> {
    /// Notes and logs what the brake holds.
    pub(crate) fn note_braked(&self, plan: &Plan, accounts: &mut Accounts) {
        for Braked { project, endings, digest } in &plan.braked {
            let count = endings.len();
            accounts.braked.push((project.clone(), digest.clone(), count));
            let project = project.as_ref().map(tracing::field::display);
            tracing::warn!(org = %self.org, project, digest, count, "held by the brake");
        }
    }

    /// Logs and gives how many of a released set are carried out, and which are left out because they have changed since it was held.
    ///
    /// # Errors
    /// [`NotBegun::ReleaseRefused`] if nothing of it is left.
    pub(crate) fn release(
        &self,
        set: &BTreeMap<GrantId, Reason>,
        plan: &Plan,
    ) -> Result<(usize, Vec<GrantId>), NotBegun> {
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
        Ok((count, left_out))
    }

    /// Records each set that the brake holds, to be released by its digest, and tells it.
    pub(crate) async fn hold(
        &self,
        writers: &Writers<'_>,
        looked: &[Looked],
        plan: &Plan,
    ) -> Vec<Fault> {
        let mut faults = Vec::new();
        if plan.braked.is_empty() {
            return faults;
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
                faults.push(Fault::of_ledger(Stage::Hold, &error));
            }
            let id = format!("{}-{digest}-SweepHeld", self.invocation.request_id);
            let (plan_digest, project_id) = (digest.clone(), project.clone());
            let adds = SweepHeld { plan_digest, project_id, count: held.len() };
            let kind = AnnouncementKind::SweepHeld;
            announcements.push(Announcement::new(id, kind, self.org, at, adds));
        }
        if let Err(error) = writers.ledger.announce(announcements.clone()).await {
            faults.push(Fault::of_ledger(Stage::Announce, &error));
        }
        deliver(writers.bus, writers.ledger, &announcements).await;
        faults
    }
}
