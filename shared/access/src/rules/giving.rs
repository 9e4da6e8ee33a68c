//! What is still to give while a grant is live.

use super::plan::{Decision, Reason, Verdict};
use crate::records::{Grant, Step};
use crate::seen::{Shown, User, View};
use crate::words::{GroupId, Role, UserId};

/// Decides about a grant that is not over.
pub(crate) fn live(view: &View<'_>, grant: &Grant) -> Decision {
    match view.shown(grant) {
        Shown::Joined { .. } if view.is_unclear() || is_laid(view, grant) => seen_to_join(grant),
        Shown::Joined { user, role } => joined(view, grant, user, role),
        Shown::Waiting { .. } => Decision::keep(Reason::Live),
        Shown::Absent { .. }
            if !view.is_near()
                || is_link_hidden(view, &grant.group.id)
                || wakes_hidden(view, &view.shown(grant)) =>
        {
            Decision::keep(Reason::NotSeen)
        }
        Shown::Absent { .. } if view.is_unclear() || is_laid(view, grant) => {
            Decision::keep(Reason::Unproven)
        }
        Shown::Absent { user: Some((id, user)) } if is_owed(view, grant) => {
            give(view, grant, id, user)
        }
        Shown::Absent { user: None } if is_owed(view, grant) => invite(view, grant),
        Shown::Absent { .. } => absent(view, grant),
    }
}

/// Whether it cannot be told whether a place that was given of late is still there.
fn is_laid(view: &View<'_>, grant: &Grant) -> bool {
    view.laid_until(&grant.group.id).is_some()
}

/// The decision about a customer who is seen in the group while something may be under way: that they have joined is so, and what
/// their role is may be about to change.
fn seen_to_join(grant: &Grant) -> Decision {
    if grant.is_active() {
        Decision::keep(Reason::Unproven)
    } else {
        Decision::live(Verdict::Join, Vec::new())
    }
}

/// Whether a user would be made active again who may still have a place of an ended grant in a group that is not shown: being
/// active would bring that access back.
pub(crate) fn wakes_hidden(view: &View<'_>, shown: &Shown<'_>) -> bool {
    let is_asleep = matches!(shown, Shown::Absent { user: Some((_, user)) } if !user.is_active);
    let mut over = view.customer.grants.values().filter(|it| !view.is_live(it));
    is_asleep && over.any(|it| view.observed.hidden.groups.contains(&it.group.id))
}

/// Whether an invitation to the group that was sent before may still work, so that no other is sent.
pub(crate) fn is_link_hidden(view: &View<'_>, group: &GroupId) -> bool {
    let grants = view.customer.grants.values().filter(|it| it.group.id == *group);
    grants.flat_map(|it| view.observed.hidden_invitations(it)).next().is_some()
}

/// The decision to leave a grant whose access is not to be seen, and which nobody has to give back.
fn absent(view: &View<'_>, grant: &Grant) -> Decision {
    Decision::keep(if view.is_undecided(grant) {
        Reason::Undecided
    } else if view.is_full() && view.hidden_of(grant).is_none() {
        Reason::Unproven
    } else {
        Reason::NotSeen
    })
}

/// The steps that bring a member to a role.
pub(crate) fn role_steps(user: &UserId, role: Role, wanted: Role) -> Vec<Step> {
    let user = user.clone();
    match role.cmp(&wanted) {
        std::cmp::Ordering::Less => vec![Step::Promote { user }],
        std::cmp::Ordering::Greater => vec![Step::Demote { user }],
        std::cmp::Ordering::Equal => Vec::new(),
    }
}

/// The steps that put a customer of the org into the grant's group, in this role.
pub(crate) fn back_steps(
    view: &View<'_>,
    grant: &Grant,
    id: &UserId,
    user: &User,
    wanted: Role,
) -> Vec<Step> {
    let mut steps = Vec::new();
    if !view.is_in_force(id, user) {
        steps.push(Step::Reactivate { user: id.clone() });
    }
    // An inactive user keeps the place in the group, which comes back with the role that it had.
    match view
        .observed
        .members
        .iter()
        .filter(|it| it.group == grant.group.id)
        .find(|place| place.user == *id)
    {
        Some(place) => steps.extend(role_steps(id, place.role, wanted)),
        None => steps.push(Step::AddMember { user: id.clone() }),
    }
    steps
}

/// The role that counts in the grant's group.
fn wanted_role(view: &View<'_>, grant: &Grant) -> Role {
    view.role_in(&grant.group.id).unwrap_or(grant.role)
}

fn joined(view: &View<'_>, grant: &Grant, user: &UserId, role: Role) -> Decision {
    let wanted = wanted_role(view, grant);
    let verdict = match role.cmp(&wanted) {
        _ if !grant.is_active() => Verdict::Join,
        std::cmp::Ordering::Less => Verdict::Promote,
        std::cmp::Ordering::Greater => Verdict::Demote,
        std::cmp::Ordering::Equal => Verdict::Keep,
    };
    Decision::live(verdict, role_steps(user, role, wanted))
}

/// Whether what is absent was promised and not carried out, or taken away by freezing the user.
fn is_owed(view: &View<'_>, grant: &Grant) -> bool {
    grant.is_requested() || view.has_frozen()
}

/// Decides about an invitation. One mail is enough for all grants of a group.
fn invite(view: &View<'_>, grant: &Grant) -> Decision {
    if !view.observed.users.is_empty() {
        // A user has the address and is no customer, and Salesforce refuses to invite users of the org.
        return Decision::keep(Reason::Protected);
    }
    if view.is_used(grant) {
        let is_fresh = view.is_just_accepted(grant);
        return Decision::keep(if is_fresh { Reason::Unproven } else { Reason::Undecided });
    }
    let mut owed =
        view.live().filter(|it| it.group.id == grant.group.id).filter(|it| is_owed(view, it));
    if owed.next().is_some_and(|first| first.id == grant.id) {
        Decision::live(Verdict::Invite, vec![Step::Invite])
    } else {
        Decision::keep(Reason::Live)
    }
}

fn give(view: &View<'_>, grant: &Grant, id: &UserId, user: &User) -> Decision {
    let is_first = grant.is_requested() && view.is_in_force(id, user);
    let verdict = if is_first { Verdict::Join } else { Verdict::Reactivate };
    Decision::live(verdict, back_steps(view, grant, id, user, wanted_role(view, grant)))
}
