//! Carrying a request out, and recording what became of it.

use std::collections::BTreeSet;

use access::{
    Admitted, Announcement, AnnouncementKind, Carried, Concluded, Customer, Group, Step, conclude,
    refusal_of_failure, release,
};
use chatter::{Act, NotDone, Observe, Sightings, Task};
use ledger::{CommitError, CustomerChange, Ledger};
use runtime::{Bus, chain};
use serde_json::json;

use crate::RETRY_AFTER;
use crate::admission::{Desk, unread};
use crate::answer::RequestRefusal;
use crate::case::{Case, Fate};
use crate::request::Request;

/// How often an outcome is recorded anew because somebody else wrote meanwhile.
const ATTEMPTS: usize = 3;

/// What is to be recorded of one customer, and of what it is the outcome; that is missing where a later look finds out
/// by itself.
type Outcome = (Concluded, Option<(Box<Admitted>, Carried)>);

impl<C: Observe + Act> Desk<'_, C> {
    pub(crate) async fn carry_out(
        &self,
        group: &Group,
        cases: &mut [Case],
        sightings: &Sightings,
    ) -> Result<(), RequestRefusal> {
        let tasks: Vec<Task> = cases.iter().flat_map(|case| case.tasks(group)).collect();
        if tasks.is_empty() {
            return Ok(());
        }
        let mut results = self.chatter.carry_out(&tasks, &sightings.places).await.into_iter();
        let mut changes = Vec::new();
        for case in cases.iter_mut() {
            let Fate::Admitted { admitted, customer } = &case.fate else { continue };
            let steps = admitted.steps.len();
            if steps == 0 {
                continue;
            }
            let (carried, is_known) = carried(&admitted.steps, results.by_ref().take(steps));
            let concluded = self.conclude(customer, admitted, &carried, is_known);
            if let Carried::Failed { failure, .. } = &carried {
                case.fate = if failure.is_refusal {
                    Fate::Refused(refusal_of_failure(failure))
                } else {
                    Fate::Later { seconds: RETRY_AFTER }
                };
                if let Some(concluded) = concluded {
                    changes.push((concluded, None));
                }
            } else if let Some(concluded) = concluded {
                changes.push((concluded, Some((admitted.clone(), carried))));
            }
        }
        self.record_outcomes(changes).await
    }

    fn conclude(
        &self,
        customer: &Customer,
        admitted: &Admitted,
        carried: &Carried,
        is_known: bool,
    ) -> Option<Concluded> {
        let (actor, now) = (self.actor(), self.invocation.now);
        match carried {
            // Nothing left, so the next attempt need not wait for this one.
            Carried::Failed { failure, .. } if !failure.is_refusal && is_known => {
                release(customer, &admitted.grant, actor, now)
            }
            Carried::Failed { .. } | Carried::Done { .. } => {
                conclude(customer, &admitted.grant, &admitted.steps, carried, actor, now)
            }
        }
    }

    async fn record_outcomes(&self, outcomes: Vec<Outcome>) -> Result<(), RequestRefusal> {
        let mut pending = outcomes;
        let mut announcements = Vec::new();
        for _ in 0..ATTEMPTS {
            if pending.is_empty() {
                break;
            }
            let changes = pending.iter().map(|(concluded, _)| self.change(concluded)).collect();
            let results = self.ledger.writer.commit(changes).await;
            let mut again = Vec::new();
            for ((concluded, outcome), result) in pending.into_iter().zip(results) {
                match result {
                    Ok(_) => announcements.extend(concluded.announcements),
                    Err(CommitError::Conflict) => {
                        again.extend(self.anew(concluded, outcome).await?);
                    }
                    Err(error) => {
                        tracing::error!(error = chain(&error), "outcome not recorded");
                        return Err(RequestRefusal::LedgerUnavailable);
                    }
                }
            }
            pending = again;
        }
        run::deliver(self.bus, &self.ledger.writer, &announcements).await;
        // What is still contended stays a request that the sweep finds carried out.
        if pending.is_empty() { Ok(()) } else { Err(RequestRefusal::LedgerUnavailable) }
    }

    /// The same outcome on the customer as somebody else left it.
    async fn anew(
        &self,
        concluded: Concluded,
        outcome: Option<(Box<Admitted>, Carried)>,
    ) -> Result<Option<Outcome>, RequestRefusal> {
        // A refusal or a release that was overtaken is found again by the next look.
        let Some((admitted, carried)) = outcome else { return Ok(None) };
        let Customer { org, email, .. } = &concluded.customer;
        let customer =
            self.ledger.reader.customer(org, email).await.map_err(|error| unread(&error))?;
        let concluded = self.conclude(&customer, &admitted, &carried, true);
        Ok(concluded.map(|concluded| (concluded, Some((admitted, carried)))))
    }

    fn change(&self, concluded: &Concluded) -> CustomerChange {
        let Concluded { customer, audit, announcements } = concluded.clone();
        let due_at = customer.due_at(self.policy);
        CustomerChange { customer, due_at, opens: BTreeSet::new(), audit, announcements }
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
            let Fate::Refused(error) = &case.fate else { continue };
            let id = format!("{}-{index}-InvitationRefused", self.source);
            let extra = json!({
                "project": request.project, "group": group, "email": case.email, "role": case.role,
                "sponsor": request.sponsor, "error": error,
            });
            let kind = AnnouncementKind::InvitationRefused;
            let now = self.invocation.now;
            announcements.push(Announcement::new(id, kind, &request.org, now, extra));
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

/// What became of the steps of one customer, and whether that is known for sure.
fn carried(
    steps: &[Step],
    results: impl Iterator<Item = Result<chatter::Done, NotDone>>,
) -> (Carried, bool) {
    let mut done = Vec::new();
    let mut invitation = None;
    for (step, result) in steps.iter().zip(results) {
        match result {
            Ok(it) => {
                invitation = invitation.or(it.invitation);
                done.push(step.clone());
            }
            Err(NotDone::Failed { failure, .. }) => {
                let is_known = failure.code != chatter::AMBIGUOUS;
                return (Carried::Failed { failure, done }, is_known);
            }
            Err(NotDone::Deferred) => {
                let (code, message) =
                    ("OUT_OF_TIME".to_owned(), "there was no time left".to_owned());
                let failure =
                    access::Failure { step: step.clone(), code, message, is_refusal: false };
                return (Carried::Failed { failure, done }, true);
            }
        }
    }
    (Carried::Done { invitation }, true)
}
