//! The brake: what is too much to end in one run without a person's word.

use std::collections::BTreeMap;

use super::plan::{Braked, Reason};
use crate::policy::Policy;
use crate::seen::Looked;
use crate::words::{GrantId, ProjectId};

/// What of these new endings is held back: each project that ends more than the policy allows, by itself, and where the
/// rest is too much for the org, the rest. `before` is what the run has ended already, by project.
pub(crate) fn braked(
    policy: &Policy,
    looked: &[Looked],
    ends: &BTreeMap<GrantId, Reason>,
    before: &BTreeMap<ProjectId, usize>,
) -> Vec<Braked> {
    let per_project = policy.maximum_ends_per_project.unwrap_or(policy.maximum_ends_per_run);
    let mut projects: BTreeMap<&ProjectId, BTreeMap<GrantId, Reason>> = BTreeMap::new();
    for grant in looked.iter().flat_map(|it| it.customer.grants.values()) {
        if let Some(reason) = ends.get(&grant.id) {
            projects.entry(&grant.project).or_default().insert(grant.id.clone(), *reason);
        }
    }
    // Ending only the first few would pick people at random and hide the mistake. So what is held is held whole, also where a
    // part of it would fit.
    let ended = |project: &ProjectId| before.get(project).copied().unwrap_or(0);
    let (beyond, rest): (Vec<_>, Vec<_>) = projects
        .into_iter()
        .partition(|(project, endings)| endings.len() + ended(project) > per_project);
    let mut sets: Vec<Braked> = beyond
        .into_iter()
        .map(|(project, endings)| Braked::new(Some(project.clone()), endings))
        .collect();
    let rest: BTreeMap<GrantId, Reason> =
        rest.into_iter().flat_map(|(_, endings)| endings).collect();
    let ended: usize = before.values().sum();
    if !rest.is_empty() && rest.len() + ended > policy.maximum_ends_per_run {
        sets.push(Braked::new(None, rest));
    }
    sets
}
