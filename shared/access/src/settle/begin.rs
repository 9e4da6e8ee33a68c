//! From a decision to the customer's next state before anything is done: intent before effect.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::evidence::{Actor, AuditEntry, entry};
use crate::records::{Customer, EndReason, Grant, Joined, Phase, ProjectChange, State, Step};
use crate::rules::{Decision, Plan, Verdict};
use crate::words::{ProjectId, claim, is_settling};

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

/// Records what is about to be done, so that a run that dies leaves it to the next one.
///
/// `None` when the plan begins nothing new for this customer.
#[must_use]
pub fn begin(customer: &Customer, plan: &Plan, actor: Actor<'_>, now: Timestamp) -> Option<Begun> {
    let mut next = customer.clone();
    let mut audit = Vec::new();
    let ends = |id| plan.decisions.get(id).is_some_and(|it| it.verdict == Verdict::End);
    let in_doubt = |it: &Grant| customer.is_doubtful(it) || customer.is_crossed(it);
    let has_doubt = customer.grants.values().any(|it| !ends(&it.id) && in_doubt(it));
    for grant in next.grants.values_mut() {
        let Some(decision) = plan.decisions.get(&grant.id) else { continue };
        let Some(state) = intent(grant, decision, has_doubt, now) else { continue };
        grant.enter(state);
        // A customer who is first seen in the group when the grant ends did join.
        let is_member = decision.steps.iter().any(|it| matches!(it, Step::RemoveMember { .. }));
        if is_member && !decision.is_ambiguous {
            grant.joined.get_or_insert(Joined { at: now, joined_as: None });
        }
        grant.version += 1;
        audit.push(entry(grant, actor, format!("begin {decision}"), None, now));
        // Later readings look for every user whom a step touches, also after a change of address.
        next.users.extend(decision.steps.iter().filter_map(Step::user).cloned());
    }
    (!audit.is_empty()).then_some(Begun { customer: next, audit })
}

/// The state that says what is about to happen. An ending that is repeated after it was recorded as done is recorded as an intent
/// again, so that a request which crosses it can see that it may be undone.
fn intent(grant: &Grant, decision: &Decision, has_doubt: bool, now: Timestamp) -> Option<State> {
    match decision.verdict {
        Verdict::End => ending(grant, decision.reason.end()?, &decision.steps, has_doubt, now),
        // A mail follows: nobody else may send one until this attempt is surely over.
        Verdict::Invite => Some(State::Requested { claimed_until: claim(now) }),
        Verdict::Keep
        | Verdict::Join
        | Verdict::Promote
        | Verdict::Demote
        | Verdict::Reactivate
        | Verdict::Prove => None,
    }
}

fn ending(
    grant: &Grant,
    reason: EndReason,
    more: &[Step],
    has_doubt: bool,
    now: Timestamp,
) -> Option<State> {
    let (since, recorded) = match grant.state.phase() {
        Phase::Over(end) if end.proof.is_none() => {
            if more.iter().all(|step| end.steps.contains(step)) {
                return None;
            }
            (end.since, end.steps)
        }
        Phase::Over(end) => {
            // The steps of an ending that is long past must not cast doubt on what was given since. While such a doubt is open, or
            // the ending is recent, they stay.
            let is_kept = has_doubt || is_settling(end.since, now);
            let since = if end.reason == reason { end.since } else { now };
            (since, if is_kept { end.steps } else { &[] })
        }
        Phase::Open | Phase::Refused => (now, [].as_slice()),
    };
    let (steps, stuck) = (union(recorded, more), grant.state.stuck().cloned());
    Some(State::Ending { reason, since, steps, stuck })
}

/// The state of a request that Salesforce refuses.
///
/// A customer who had joined before, or whose user was made active for the request, may still have a seat that has to be taken
/// away.
pub(crate) fn after_refusal(
    grant: &Grant,
    woken: Option<&Step>,
    code: &str,
    now: Timestamp,
) -> State {
    let ending = |reason, steps| State::Ending { reason, since: now, steps, stuck: None };
    match woken.and_then(Step::user) {
        Some(user) => ending(EndReason::NeverJoined, vec![Step::Deactivate { user: user.clone() }]),
        None if grant.joined.is_some() => ending(EndReason::RemovedByHand, Vec::new()),
        None => State::Refused { at: now, code: code.to_owned() },
    }
}

pub(crate) fn union(recorded: &[Step], more: &[Step]) -> Vec<Step> {
    let mut steps = recorded.to_vec();
    steps.extend(more.iter().filter(|step| !recorded.contains(step)).cloned());
    steps
}
