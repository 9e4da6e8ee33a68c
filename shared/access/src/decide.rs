//! What happens to every grant of the customers looked at.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::view::View;
use crate::{
    Customer, Decision, Grant, GrantId, Observed, Plan, Policy, ProjectId, Reason, State, ending,
    giving,
};

/// A customer and what Salesforce shows of them.
#[derive(Clone, Debug)]
pub struct Looked {
    /// What the ledger says.
    pub customer: Customer,
    /// What Salesforce says.
    pub observed: Observed,
}

/// How many endings a run may begin.
#[derive(Clone, Copy, Debug)]
pub enum Brake<'a> {
    /// At most as many as the policy allows; more are held as a whole.
    Armed,
    /// Exactly these: a person released them, or there are none to begin.
    Released(&'a BTreeMap<GrantId, Reason>),
}

/// Decides what happens to every grant of the customers of one org.
///
/// All grants of a looked-at customer are decided, whether due or not: what a grant holds depends on the others, and
/// what was seen should not be forgotten. Customers who are the same person must be looked at together: what one of them
/// still holds is not taken from the other. `closed` are the closed projects among theirs. The result does not depend
/// on the order of `looked`.
#[must_use]
pub fn decide(
    policy: &Policy,
    looked: &[Looked],
    closed: &BTreeSet<ProjectId>,
    brake: Brake<'_>,
    now: Timestamp,
) -> Plan {
    let decide_all = |held: &BTreeSet<GrantId>| -> BTreeMap<GrantId, Decision> {
        let view = |it| View::new(policy, it, closed, held, now);
        let mut views: Vec<View<'_>> = looked.iter().map(view).collect();
        View::share(&mut views);
        views.iter().flat_map(decisions).collect()
    };
    let decisions = decide_all(&BTreeSet::new());
    let ends: BTreeMap<GrantId, Reason> = decisions
        .iter()
        // What people have named one by one is no mistake of many.
        .filter(|(_, it)| it.is_new_end && it.reason != Reason::Withdrawn)
        .map(|(id, decision)| (id.clone(), decision.reason))
        .collect();
    let (begun, held): (BTreeMap<_, _>, BTreeMap<_, _>) = match brake {
        // Ending only the first few would pick people at random and hide the mistake.
        Brake::Armed if ends.len() > policy.maximum_ends_per_run => (BTreeMap::new(), ends),
        Brake::Armed => (ends, BTreeMap::new()),
        Brake::Released(set) => {
            ends.into_iter().partition(|(id, reason)| set.get(id) == Some(reason))
        }
    };
    let counted = match brake {
        Brake::Armed if begun.is_empty() => &held,
        Brake::Armed | Brake::Released(_) => &begun,
    };
    let digest = Plan::digest_of(counted.iter().map(|(id, reason)| (id, *reason)));
    let held_ids: BTreeSet<GrantId> = held.keys().cloned().collect();
    let decisions = if held.is_empty() { decisions } else { decide_all(&held_ids) };
    Plan { decisions, held: held.len(), held_endings: held, digest }
}

fn decisions(view: &View<'_>) -> Vec<(GrantId, Decision)> {
    let grants = view.customer.grants.values();
    let decided = |grant: &Grant| {
        let is_ambiguous = view.is_ambiguous(grant);
        Some((grant.id.clone(), Decision { is_ambiguous, ..decision(view, grant)? }))
    };
    grants.filter_map(decided).collect()
}

/// Whether a grant has ended or is to end.
fn is_over(view: &View<'_>, grant: &Grant) -> bool {
    !grant.is_finished() && (!grant.is_open() || view.end_of(grant).is_some())
}

fn decision(view: &View<'_>, grant: &Grant) -> Option<Decision> {
    if view.is_protected() && !(view.is_promoted() && is_over(view, grant)) {
        return (!grant.is_finished()).then(|| Decision::keep(Reason::Protected));
    }
    match &grant.state {
        State::Refused { .. } => None,
        State::Ended { reason, at, steps, proof, .. } => {
            ending::again(view, grant, (*reason, *at, steps), *proof)
        }
        State::Ending { reason, .. } => Some(ending::end(view, grant, *reason, false)),
        State::Requested { .. } | State::Invited { .. } | State::Active { .. } => {
            Some(match view.end_of(grant) {
                Some(_) if view.is_held(grant) => Decision::keep(Reason::Brake),
                Some(reason) => ending::end(view, grant, reason, true),
                None => giving::live(view, grant),
            })
        }
    }
}
