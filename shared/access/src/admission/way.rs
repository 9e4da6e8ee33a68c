//! What a request takes: the steps, and what would have to be seen before they are done.

use jiff::Timestamp;

use super::answer::{Admission, Outcome};
use crate::records::{Grant, Proof, Standing, Step};
use crate::rules::{Decision, Verdict, back_steps, is_link_hidden, role_steps, wakes_hidden};
use crate::seen::{Shown, Unseen, View};
use crate::telling::unexplained;
use crate::words::{Group, Role};

/// What a request is called, and what it takes.
pub(super) struct Way {
    pub(super) outcome: Outcome,
    pub(super) steps: Vec<Step>,
    /// The highest role of the grants that will hold the membership.
    pub(super) role_in_group: Role,
}

impl Way {
    pub(super) fn of(
        view: &View<'_>,
        shown: &Shown<'_>,
        grant: &Grant,
        existing: Option<&Grant>,
        has_changes: bool,
    ) -> Self {
        let is_other = |other: &Grant| other.id != grant.id && view.is_live(other);
        let group = &grant.group.id;
        let held = view.customer.role_in(group, is_other).max(view.shared_role_in(group));
        let role_in_group = held.map_or(grant.role, |role| role.max(grant.role));
        let (outcome, steps) = match shown {
            Shown::Joined { user, role } => {
                let steps = role_steps(user, *role, role_in_group);
                let outcome = match existing {
                    Some(_) if has_changes || !steps.is_empty() => Outcome::Updated,
                    Some(existing) if !existing.is_active() => Outcome::Updated,
                    Some(_) => Outcome::Unchanged,
                    None if held.is_some() => Outcome::Added,
                    None => Outcome::Adopted,
                };
                (outcome, steps)
            }
            Shown::Waiting { .. } => {
                let is_known = existing.is_some_and(|it| !it.is_requested());
                let outcome = match (is_known, has_changes) {
                    (true, true) => Outcome::Updated,
                    (true, false) => Outcome::Unchanged,
                    (false, _) => Outcome::Pending,
                };
                (outcome, Vec::new())
            }
            Shown::Absent { user: None } => (Outcome::Invited, vec![Step::Invite]),
            Shown::Absent { user: Some((id, user)) } => {
                let is_in_force = view.is_in_force(id, user);
                let outcome = if is_in_force { Outcome::Added } else { Outcome::Reactivated };
                (outcome, back_steps(view, grant, id, user, role_in_group))
            }
        };
        Self { outcome, steps, role_in_group }
    }
}

/// What has to be seen before a step is safe and was not: whether an earlier link to the group still works, before another is sent;
/// and which places a user would get back who is made active again.
pub(super) fn hidden(
    view: &View<'_>,
    shown: &Shown<'_>,
    way: &Way,
    group: &Group,
) -> Option<Unseen> {
    let sends = way.steps.contains(&Step::Invite);
    if sends && is_link_hidden(view, &group.id) {
        Some(Unseen::InvitationHidden)
    } else {
        wakes_hidden(view, shown).then_some(Unseen::GroupHidden)
    }
}

/// What is answered instead of sending a mail to somebody who has accepted one before, and of whom nobody knows who it is.
pub(super) fn used(view: &View<'_>, way: &Way, grant: &Grant) -> Option<Admission> {
    if !way.steps.contains(&Step::Invite) || !view.is_used(grant) {
        return None;
    }
    let is_fresh = view.is_just_accepted(grant);
    Some(if is_fresh { Admission::Unread } else { Admission::Refused(unexplained()) })
}

/// Until when a request has to wait because something may be under way for the customer. What needs no step need not wait, unless what
/// is under way may take away what shows.
pub(super) fn under_way(view: &View<'_>, steps: &[Step]) -> Option<Timestamp> {
    let is_ending = |grant: &Grant| {
        let proof = grant.state.end().map(|end| end.proof);
        matches!(proof, Some(None | Some(Proof::Unproven)))
    };
    match view.standing {
        Standing::Free => None,
        Standing::Busy { until } => Some(until),
        Standing::Unclear { until } => {
            let must_wait = !steps.is_empty() || view.customer.grants.values().any(is_ending);
            must_wait.then_some(until)
        }
    }
}

/// What is carried out, as a plan says it.
pub(super) fn decision(way: &Way) -> Decision {
    let verdict = match (way.outcome, way.steps.first()) {
        (Outcome::Invited, _) => Verdict::Invite,
        (Outcome::Reactivated, _) => Verdict::Reactivate,
        (_, Some(Step::Promote { .. })) => Verdict::Promote,
        (_, Some(Step::Demote { .. })) => Verdict::Demote,
        (_, Some(_)) => Verdict::Join,
        (_, None) => Verdict::Keep,
    };
    Decision { role: Some(way.role_in_group), ..Decision::live(verdict, way.steps.clone()) }
}
