//! From a decision to the customer's next state before anything is done: intent before effect.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::evidence::{Actor, AuditEntry, entry};
use crate::records::{
    Customer, EndReason, Grant, Joined, Lease, Phase, ProjectChange, State, Step,
};
use crate::rules::{Decision, Plan, Verdict};
use crate::words::{ProjectId, UserId};

/// The intent: what is written before anything is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// The customer with the intent.
    pub customer: Customer,
    /// Its history.
    pub audit: Vec<AuditEntry>,
}

impl Begun {
    /// Says in the history of what ends with its project when it was closed, by whom and why.
    #[must_use]
    pub fn with_closings(mut self, closings: &BTreeMap<ProjectId, ProjectChange>) -> Self {
        for entry in &mut self.audit {
            let is_closed =
                matches!(entry.state.state, State::Ending { reason: EndReason::ProjectClosed, .. });
            entry.closed = closings.get(&entry.state.project).filter(|_| is_closed).cloned();
            let Some(closed) = &entry.closed else { continue };
            entry.state.closed_at.get_or_insert(closed.at);
            if let Some(grant) = self.customer.grants.get_mut(&entry.grant) {
                grant.closed_at = entry.state.closed_at;
            }
        }
        self
    }
}

/// Records what is about to be done, so that a run that dies leaves it to the next one, under the lease of the run if anything is to be
/// done in Salesforce.
///
/// `None` when the plan begins nothing for this customer.
#[must_use]
pub fn begin(
    customer: &Customer,
    plan: &Plan,
    lease: &Lease,
    actor: Actor<'_>,
    now: Timestamp,
) -> Option<Begun> {
    let mut next = customer.clone();
    let mut audit = Vec::new();
    let mut steps = Vec::new();
    for grant in next.grants.values_mut() {
        let Some(decision) = plan.decisions.get(&grant.id) else { continue };
        steps.extend(&decision.steps);
        let Some(state) = intent(grant, decision, lease, now) else { continue };
        grant.enter(state);
        // A customer who is first seen in the group when the grant ends did join.
        let is_member = decision.steps.iter().any(|it| matches!(it, Step::RemoveMember { .. }));
        if is_member && !decision.is_ambiguous {
            grant.joined.get_or_insert(Joined { at: now, joined_as: None });
        }
        grant.version += 1;
        audit.push(entry(grant, actor, format!("begin {decision}"), None, now));
    }
    if steps.is_empty() {
        return (!audit.is_empty()).then_some(Begun { customer: next, audit });
    }
    Some(Begun { customer: set_out(next, &steps, lease), audit })
}

/// The customer for whom these steps are about to be done.
pub(crate) fn set_out(mut customer: Customer, steps: &[&Step], lease: &Lease) -> Customer {
    for step in steps {
        // Later readings look for every user whom a step touches, also after a change of address.
        customer.users.extend(step.user().cloned());
        if let Step::Deactivate { user } = step {
            customer.may_be_frozen.insert(user.clone());
        }
    }
    customer.set_out(lease)
}

/// The state that says what is about to happen.
fn intent(grant: &Grant, decision: &Decision, lease: &Lease, now: Timestamp) -> Option<State> {
    match decision.verdict {
        Verdict::End => ending(grant, decision.reason.end()?, &decision.steps, now),
        Verdict::Invite => Some(State::Requested { due_at: lease.settled_at() }),
        Verdict::Keep
        | Verdict::Join
        | Verdict::Promote
        | Verdict::Demote
        | Verdict::Reactivate
        | Verdict::Prove => None,
    }
}

fn ending(grant: &Grant, reason: EndReason, more: &[Step], now: Timestamp) -> Option<State> {
    let (since, recorded) = match grant.state.phase() {
        Phase::Over(end) if end.proof.is_none() => {
            if more.iter().all(|step| end.steps.contains(step)) {
                return None;
            }
            (end.since, end.steps)
        }
        Phase::Over(end) if end.reason == reason => (end.since, end.steps),
        Phase::Over(_) | Phase::Open | Phase::Refused => (now, [].as_slice()),
    };
    let (steps, stuck) = (union(recorded, more), grant.state.stuck().cloned());
    Some(State::Ending { reason, since, steps, stuck })
}

/// The state of a request that Salesforce refuses.
///
/// A customer who had joined before, or whose user was made active for the request, may still have a seat that has to be taken
/// away.
pub(super) fn after_refusal(
    grant: &Grant,
    woken: Option<&UserId>,
    code: &str,
    now: Timestamp,
) -> State {
    let ending = |reason, steps| State::Ending { reason, since: now, steps, stuck: None };
    match woken {
        Some(user) => ending(EndReason::NeverJoined, vec![Step::Deactivate { user: user.clone() }]),
        None if grant.joined.is_some() => ending(EndReason::RemovedByHand, Vec::new()),
        None => State::Refused { at: now, code: code.to_owned() },
    }
}

fn union(recorded: &[Step], more: &[Step]) -> Vec<Step> {
    let mut steps = recorded.to_vec();
    steps.extend(more.iter().filter(|step| !recorded.contains(step)).cloned());
    steps
}
