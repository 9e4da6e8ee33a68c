//! Carrying a request out, and recording what became of it.

use std::collections::BTreeMap;

use access::event::InvitationRefused;
use access::{
    Announcement, AnnouncementKind, Email, Failure, GrantId, Group, OrgAlias, Outcomes, Plan,
    refusal_of_failure,
};
use chatter::{Sightings, Task};
use ledger::Ledger;
use run::Held;
use runtime::{Bus, chain};

use crate::RETRY_AFTER;
use crate::admission::Desk;
use crate::case::{Case, Fate};
use crate::refusal::RequestRefusal;
use crate::request::Request;
use crate::same_person::Others;
use crate::tally::Tally;

impl Desk<'_> {
    /// Does what the cases take, and records what came of it. What is certain need not be read back.
    pub(crate) async fn carry_out(
        &self,
        org: &OrgAlias,
        cases: &mut [Case],
        sightings: &Sightings,
        others: Others,
        tally: &mut Tally,
    ) -> Result<(), RequestRefusal> {
        let tasks: Vec<Task> = cases.iter().flat_map(Case::tasks).collect();
        if tasks.is_empty() {
            self.release_others(org, cases, others, &Outcomes::default()).await;
            return Ok(());
        }
        let engine = self.engine(org);
        let mut outcomes = engine.act(&tasks, &sightings.places).await;
        self.explain_refusals(org, &mut outcomes).await;
        let (mut acted, mut held) = (Plan::default(), Vec::new());
        for case in cases.iter() {
            let Fate::Admitted { admitted, held: it } = &case.fate else { continue };
            if !admitted.steps().is_empty() {
                acted.decisions.insert(admitted.grant.clone(), admitted.decision.clone());
                held.push(Held::clone(it));
            }
        }
        let judge = |_: &[access::Looked]| acted.clone();
        let (recorded, _) = engine.record(held, &acted, &outcomes, judge, self.actor()).await;
        self.release_others(org, cases, others, &outcomes).await;
        let mut unrecorded = false;
        let mut refused: BTreeMap<Email, bool> = BTreeMap::new();
        for (email, outcome) in recorded {
            let told = outcome.settled.announcements;
            let is_refused = told.iter().any(|it| it.kind == AnnouncementKind::InvitationRefused);
            match outcome.result {
                Ok(_) => {
                    refused.insert(email, is_refused);
                }
                // What nobody recorded stays a request that a later look finds carried out.
                Err(error) => {
                    tracing::error!(error = chain(&error), "outcome not recorded");
                    unrecorded = true;
                }
            }
        }
        for case in cases.iter_mut() {
            let Fate::Admitted { admitted, .. } = &case.fate else { continue };
            let is_late = outcomes.deferred.contains(&admitted.grant);
            case.fate = match failure_of(&admitted.grant, &mut outcomes) {
                Some(failure) if failure.is_refusal => {
                    tally.failed(&failure);
                    let is_announced = refused.get(&case.email).copied().unwrap_or_default();
                    Fate::Refused { error: refusal_of_failure(&failure), is_announced }
                }
                Some(failure) => {
                    tally.failed(&failure);
                    Fate::Later { seconds: RETRY_AFTER }
                }
                None if is_late => Fate::Later { seconds: RETRY_AFTER },
                None => continue,
            };
        }
        tally.sent(cases);
        if unrecorded { Err(RequestRefusal::LedgerUnavailable) } else { Ok(()) }
    }

    /// Gives back the leases of a request that cannot be carried out. Of what was recorded nothing was sent: the intents stay, and whoever
    /// asks again continues them.
    pub(crate) async fn give_back(
        &self,
        org: &OrgAlias,
        fates: BTreeMap<Email, Fate>,
        others: Others,
    ) {
        let recorded = fates.into_values().filter_map(|fate| {
            let Fate::Admitted { held, .. } = fate else { return None };
            let is_recorded = held.customer.version > held.before.version;
            (is_recorded && held.customer.is_leased_by(self.lease)).then_some(*held)
        });
        let (held, outcomes) = (recorded.collect(), Outcomes::default());
        let (nothing, judge) = (Plan::default(), |_: &[access::Looked]| Plan::default());
        let given = self.engine(org).record(held, &nothing, &outcomes, judge, self.actor()).await.0;
        for outcome in given.into_values() {
            if let Err(error) = outcome.result {
                tracing::warn!(%org, error = chain(&error), "a lease is left to run out");
            }
        }
        self.release_others(org, &[], others, &outcomes).await;
    }

    /// Announces refusals that never became a grant; those that did are announced with it.
    pub(crate) async fn announce_refusals(
        &self,
        request: &Request,
        group: &Group,
        cases: &[Case],
    ) -> Result<(), RequestRefusal> {
        let mut announcements = Vec::new();
        for (index, case) in cases.iter().enumerate() {
            let Fate::Refused { error, is_announced: false } = &case.fate else { continue };
            let id = format!("{}-{index}-InvitationRefused", self.origin);
            let refused = InvitationRefused {
                project: Some(request.project.clone()),
                group: Some(group.clone()),
                email: Some(case.email.clone()),
                role: case.role,
                sponsor: Some(request.sponsor.clone()),
                ..InvitationRefused::new(error.clone().into())
            };
            let now = self.invocation.now;
            announcements.push(Announcement::of_refusal(id, &request.org, now, refused));
        }
        announce(self.ledger, self.bus, announcements).await
    }
}

/// Puts announcements that go with no other change into the outbox, and publishes them.
pub(crate) async fn announce(
    ledger: &Ledger,
    bus: &Bus,
    announcements: Vec<Announcement>,
) -> Result<(), RequestRefusal> {
    if announcements.is_empty() {
        return Ok(());
    }
    if let Err(error) = ledger.writer.announce(announcements.clone()).await {
        tracing::error!(error = chain(&error), "refusal not recorded");
        return Err(RequestRefusal::LedgerUnavailable);
    }
    run::deliver(bus, &ledger.writer, &announcements).await;
    Ok(())
}

/// What failed of the steps of a grant.
fn failure_of(grant: &GrantId, outcomes: &mut Outcomes) -> Option<Failure> {
    let failure = outcomes.failures.remove(grant)?.into_iter().next()?;
    // While something may still arrive, a refusal is not the end of it.
    let is_refusal = failure.is_refusal && !outcomes.unclear.contains(grant);
    Some(Failure { is_refusal, ..failure })
}
