//! Carrying a request out, and recording what became of it.

use std::collections::BTreeSet;

use access::event::InvitationRefused;
use access::{
    Admitted, Announcement, Carried, Concluded, Customer, Group, Step, conclude,
    refusal_of_failure, release,
};
use chatter::{NotDone, Sightings, Task};
use ledger::{CommitError, CustomerChange, Ledger};
use runtime::{Bus, chain};

use crate::RETRY_AFTER;
use crate::admission::{Desk, unread};
use crate::case::{Case, Fate};
use crate::refusal::RequestRefusal;
use crate::request::Request;
use crate::tally::Tally;

/// How often an outcome is recorded anew because somebody else wrote meanwhile.
const ATTEMPTS: usize = 3;

/// What is to be recorded of one customer, and of what it is the outcome.
struct Outcome {
    concluded: Concluded,
    admitted: Box<Admitted>,
    carried: Carried,
}

impl Desk<'_> {
    pub(crate) async fn carry_out(
        &self,
        group: &Group,
        cases: &mut [Case],
        sightings: &Sightings,
        tally: &mut Tally,
    ) -> Result<(), RequestRefusal> {
        let tasks: Vec<Task> = cases.iter().flat_map(|case| case.tasks(group)).collect();
        if tasks.is_empty() {
            return Ok(());
        }
        let mut results =
            self.chatter.writer.carry_out(&tasks, &sightings.places).await.into_iter();
        let mut outcomes = Vec::new();
        for case in cases.iter_mut() {
            let Fate::Admitted { admitted, customer } = &case.fate else { continue };
            if admitted.steps.is_empty() {
                continue;
            }
            let (mut carried, is_known) = carried(&admitted.steps, &mut results);
            if let Carried::Failed { failure, .. } = &mut carried {
                let is_crossing = customer.is_crossing(&admitted.grant, self.invocation.now);
                failure.is_refusal &= !is_crossing;
            }
            let admitted = admitted.clone();
            let concluded = self.conclude(customer, &admitted, &carried, is_known);
            if let Carried::Failed { failure, .. } = &carried {
                tally.failed(&failure.code);
                case.fate = if failure.is_refusal {
                    let is_announced =
                        concluded.as_ref().is_some_and(|it| !it.announcements.is_empty());
                    Fate::Refused { error: refusal_of_failure(failure), is_announced }
                } else {
                    Fate::Later { seconds: RETRY_AFTER }
                };
            }
            if let Some(concluded) = concluded {
                outcomes.push(Outcome { concluded, admitted, carried });
            }
        }
        tally.sent(cases);
        self.record_outcomes(outcomes).await
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

    /// Records outcomes. One that cannot be recorded keeps no other from being so.
    async fn record_outcomes(&self, outcomes: Vec<Outcome>) -> Result<(), RequestRefusal> {
        let mut pending = outcomes;
        let mut announcements = Vec::new();
        let mut unrecorded = None;
        for _ in 0..ATTEMPTS {
            if pending.is_empty() {
                break;
            }
            let changes = pending.iter().map(|it| self.change(&it.concluded)).collect();
            let results = self.ledger.writer.commit(changes).await;
            let mut again = Vec::new();
            for (outcome, result) in pending.into_iter().zip(results) {
                match result {
                    Ok(_) => announcements.extend(outcome.concluded.announcements),
                    Err(CommitError::Conflict) => match self.anew(outcome).await {
                        Ok(outcome) => again.extend(outcome),
                        Err(refusal) => unrecorded = Some(refusal),
                    },
                    Err(error) => {
                        tracing::error!(error = chain(&error), "outcome not recorded");
                        unrecorded = Some(RequestRefusal::LedgerUnavailable);
                    }
                }
            }
            pending = again;
        }
        run::deliver(self.bus, &self.ledger.writer, &announcements).await;
        // What is still contended stays a request that the sweep finds carried out.
        let contended = (!pending.is_empty()).then_some(RequestRefusal::LedgerUnavailable);
        unrecorded.or(contended).map_or(Ok(()), Err)
    }

    /// The same outcome on the customer as somebody else left it: a grant that was ended meanwhile must learn what was
    /// given to it.
    async fn anew(&self, outcome: Outcome) -> Result<Option<Outcome>, RequestRefusal> {
        let Outcome { concluded, admitted, carried } = outcome;
        let Customer { org, email, .. } = &concluded.customer;
        let customer =
            self.ledger.reader.customer(org, email).await.map_err(|error| unread(&error))?;
        // Only what is known for sure was to be recorded at all.
        let concluded = self.conclude(&customer, &admitted, &carried, true);
        Ok(concluded.map(|concluded| Outcome { concluded, admitted, carried }))
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
            let Fate::Refused { error, is_announced: false } = &case.fate else { continue };
            let id = format!("{}-{index}-InvitationRefused", self.source);
            let refused = InvitationRefused {
                project: Some(request.project.clone()),
                group: Some(group.clone()),
                email: Some(case.email.clone()),
                role: Some(case.role),
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

/// What became of the steps of one customer, and whether that is known for sure. Takes as many results as there are
/// steps, also behind one that failed: those that follow are the next customer's.
fn carried(
    steps: &[Step],
    results: &mut impl Iterator<Item = Result<chatter::Done, NotDone>>,
) -> (Carried, bool) {
    let results: Vec<_> = results.take(steps.len()).collect();
    let mut done = Vec::new();
    let mut invitation = None;
    for (step, result) in steps.iter().zip(results) {
        match result {
            Ok(it) => {
                invitation = invitation.or(it.invitation);
                done.push(step.clone());
            }
            Err(NotDone::Failed { failure, was_unclear, .. }) => {
                return (Carried::Failed { failure, done }, !was_unclear);
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

#[cfg(test)]
mod tests {
    use access::{Carried, Failure, InvitationId, Step, UserId};
    use chatter::{Done, NotDone};

    use super::carried;

    #[test]
    fn each_customer_gets_their_own_results_also_behind_one_that_failed() {
        let user = UserId::parse("005000000000001AAA").unwrap();
        let invitation = InvitationId::parse("0C0000000000001AAA").unwrap();
        let back = [Step::Reactivate { user: user.clone() }, Step::AddMember { user }];
        let failure = |step: &Step, code: &str, is_refusal| Failure {
            step: step.clone(),
            code: code.to_owned(),
            message: "no".to_owned(),
            is_refusal,
        };
        let failed = |failure: &Failure, was_unclear| NotDone::Failed {
            failure: failure.clone(),
            frozen: None,
            not_frozen: None,
            was_unclear,
        };
        let no_seat = failure(&back[0], "LICENSE_LIMIT_EXCEEDED", true);
        let unknown = failure(&back[1], "AMBIGUOUS", false);
        let mut results = [
            Err(failed(&no_seat, false)),
            Ok(Done::default()),
            Ok(Done { invitation: Some(invitation.clone()), was_unclear: false }),
            Ok(Done::default()),
            Err(failed(&unknown, true)),
            Err(NotDone::Deferred),
            Ok(Done::default()),
        ]
        .into_iter();
        let invite = [Step::Invite];

        let first = carried(&back, &mut results);
        assert_eq!(first, (Carried::Failed { failure: no_seat, done: Vec::new() }, true));
        let second = carried(&invite, &mut results);
        assert_eq!(second, (Carried::Done { invitation: Some(invitation) }, true));
        let third = carried(&back, &mut results);
        assert_eq!(
            third,
            (Carried::Failed { failure: unknown, done: vec![back[0].clone()] }, false)
        );
        let fourth = carried(&invite, &mut results);
        let late = failure(&invite[0], "OUT_OF_TIME", false);
        let late = Failure { message: "there was no time left".to_owned(), ..late };
        assert_eq!(fourth, (Carried::Failed { failure: late, done: Vec::new() }, true));
        assert_eq!(carried(&invite, &mut results), (Carried::Done { invitation: None }, true));
    }
}
