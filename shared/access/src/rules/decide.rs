//! What happens to every grant of the customers looked at.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::brake::braked;
use super::plan::{Braked, Decision, Plan, Reason};
use super::{ending, giving};
use crate::policy::Policy;
use crate::records::{Grant, Phase};
use crate::seen::{Looked, View};
use crate::words::{GrantId, ProjectId};

/// How many endings a run may begin.
#[derive(Clone, Copy, Debug)]
pub enum Brake<'a> {
    /// At most as many as the policy allows to a project and to the org; more are held as a whole.
    Armed,
    /// The same, where the run has ended so many of each project before.
    ArmedAfter(&'a BTreeMap<ProjectId, usize>),
    /// These and no others, as far as they are still due for the same reason: a person released them, or there are none to begin.
    Released(&'a BTreeMap<GrantId, Reason>),
    /// These and no others, as far as they are still due, for whatever reason: the run has set out to end them.
    Begun(&'a BTreeMap<GrantId, Reason>),
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
        // Endings that people asked for by name are no mistake of a system, so the brake does not count them.
        .filter(|(_, it)| it.is_new_end && it.reason != Reason::Withdrawn)
        .map(|(id, decision)| (id.clone(), decision.reason))
        .collect();
    let nothing = BTreeMap::new();
    let (braked, begun): (Vec<Braked>, BTreeMap<GrantId, Reason>) = match brake {
        Brake::Armed | Brake::ArmedAfter(_) => {
            let before = if let Brake::ArmedAfter(before) = brake { before } else { &nothing };
            let braked = braked(policy, looked, &ends, before);
            let is_held = |id: &GrantId| braked.iter().any(|it| it.endings.contains_key(id));
            let begun = ends.iter().filter(|(id, _)| !is_held(id));
            let begun = begun.map(|(id, reason)| (id.clone(), *reason)).collect();
            (braked, begun)
        }
        Brake::Released(set) => {
            let begun = ends.iter().filter(|(id, reason)| set.get(*id) == Some(*reason));
            (Vec::new(), begun.map(|(id, reason)| (id.clone(), *reason)).collect())
        }
        Brake::Begun(set) => {
            let begun = ends.iter().filter(|(id, _)| set.contains_key(*id));
            (Vec::new(), begun.map(|(id, reason)| (id.clone(), *reason)).collect())
        }
    };
    let digest = Plan::digest_of(begun.iter().map(|(id, reason)| (id, *reason)));
    let held: BTreeSet<GrantId> = ends.into_keys().filter(|id| !begun.contains_key(id)).collect();
    let decisions = if held.is_empty() { decisions } else { decide_all(&held) };
    Plan { decisions, braked, digest }
}

fn decisions(view: &View<'_>) -> Vec<(GrantId, Decision)> {
    let grants = view.customer.grants.values();
    let decided = |grant: &Grant| {
        let (role, is_ambiguous) = (view.role_in(&grant.group.id), view.is_ambiguous(grant));
        Some((grant.id.clone(), Decision { role, is_ambiguous, ..decision(view, grant)? }))
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
    match grant.state.phase() {
        Phase::Open => Some(match view.end_of(grant) {
            Some(_) if view.is_held(grant) => Decision::keep(Reason::Brake),
            Some(reason) => ending::end(view, grant, reason, true),
            None => giving::live(view, grant),
        }),
        Phase::Over(end) => match end.proof {
            None => Some(ending::end(view, grant, end.reason, false)),
            Some(proof) => ending::again(view, grant, end, proof),
        },
        Phase::Refused => None,
    }
}
