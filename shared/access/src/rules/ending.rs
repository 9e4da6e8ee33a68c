//! What is left to take away when a grant is over: counted, memberships first, seats second.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::plan::{Decision, Reason};
use crate::records::{End, EndReason, Grant, Phase, Proof, Step};
use crate::seen::{Member, View, is_by_hand};
use crate::words::{GroupId, UserId, days_of, is_settling};

/// Decides about a grant that is over and not yet ended.
pub(crate) fn end(view: &View<'_>, grant: &Grant, reason: EndReason, is_new_end: bool) -> Decision {
    let steps = remaining(view, grant);
    if let Some(doubt) = doubt(view, grant).filter(|_| steps.is_empty() && !is_new_end) {
        return Decision::keep(doubt);
    }
    let is_shared = is_shared(view, grant);
    Decision { is_new_end, is_shared, ..Decision::end(reason, steps) }
}

/// Decides about a grant whose ending was carried out: proves it, proves it again, or finds that it is not over.
///
pub(crate) fn again(
    view: &View<'_>,
    grant: &Grant,
    end: End<'_>,
    proof: Proof,
) -> Option<Decision> {
    let reason = end.reason;
    let at = match proof {
        Proof::Drifted { .. } => return None,
        Proof::Unproven => {
            let left = remaining(view, grant);
            return Some(if !left.is_empty() {
                Decision::end(reason, left)
            } else if let Some(doubt) = doubt(view, grant) {
                Decision::keep(doubt)
            } else {
                prove(view, grant, reason)
            });
        }
        Proof::Proven { at, .. } => at,
    };
    let mut steps = remaining(view, grant);
    steps.retain(|step| !is_carried_by_another(view, grant, step));
    if !steps.is_empty() {
        return Some(found_again(view, grant, reason, at, steps));
    }
    let Proof::Proven { rereads, .. } = proof else { return None };
    let days = view.policy.reread_days().get(rereads).copied()?;
    if view.now.duration_since(at) < days_of(days) {
        return None;
    }
    // A group or an invitation that is not shown is looked for until the last of these readings, because a place in it would come
    // back with the seat.
    let last = view.policy.reread_days().last().copied().unwrap_or_default();
    let is_late = view.now.duration_since(at) >= days_of(last);
    if view.observed.hidden_of(grant).is_some() && !is_late {
        return Some(Decision::keep(Reason::NotSeen));
    }
    Some(doubt(view, grant).map_or_else(|| prove(view, grant, reason), Decision::keep))
}

/// Why finding nothing does not prove that a grant gives no access: something is under way, not all could be seen, or not yet, or
/// somebody in its group may be the customer.
pub(crate) fn doubt(view: &View<'_>, grant: &Grant) -> Option<Reason> {
    if !view.is_full() || view.hidden_of(grant).is_some() {
        Some(Reason::NotSeen)
    } else if view.is_promoted() && view.colleagues_in(&grant.group.id).next().is_some() {
        Some(Reason::Protected)
    } else if is_under_way(view, grant) || view.is_just_accepted(grant) {
        Some(Reason::Unproven)
    } else if doubtful(view, grant).next().is_some() {
        Some(Reason::Undecided)
    } else {
        None
    }
}

/// Whether something of ours may still change what a reading shows of the grant.
pub(crate) fn is_under_way(view: &View<'_>, grant: &Grant) -> bool {
    let group = &grant.group.id;
    view.is_unclear() || view.is_stale(group) || view.laid_until(group).is_some()
}

/// The grants of which it cannot be told who accepted their invitation and which therefore keep this one from being proven: itself,
/// and where no live grant holds the seat, every grant whose end is not proven. Whoever accepted has a seat, and nothing shows that
/// it is free again.
pub(crate) fn doubtful<'a>(
    view: &'a View<'a>,
    grant: &'a Grant,
) -> impl Iterator<Item = &'a Grant> {
    let is_seat_free = view.live().next().is_none();
    let is_concerned = move |it: &&Grant| it.id == grant.id || (is_seat_free && !it.is_finished());
    view.customer.grants.values().filter(is_concerned).filter(|it| view.is_undecided(it))
}

/// Lists what still gives access because of this grant alone, in the order in which it must be taken away.
///
/// A membership stays while a live grant holds the same group. A seat stays while the customer has any live grant, or a group or
/// invitation that Lanyard neither made nor adopted. What the grants of the same person under another address hold stays too.
fn remaining(view: &View<'_>, grant: &Grant) -> Vec<Step> {
    let group = &grant.group.id;
    let mut steps = Vec::new();
    if !view.is_group_held(group) {
        let invitations = view.observed.open_invitations(group);
        let invitations = invitations.filter(|it| !is_by_hand(view.customer, it));
        let invitations = invitations.map(|it| it.id.clone());
        steps.extend(invitations.map(|invitation| Step::CancelInvitation { invitation }));
        let hidden = view.observed.hidden_invitations(grant).cloned();
        steps.extend(hidden.map(|invitation| Step::CancelInvitation { invitation }));
        let users: BTreeSet<UserId> = view.places(group).map(|place| place.user.clone()).collect();
        let is_held = |it: &UserId| view.is_apart || view.is_place_shared(it, group);
        let users = users.into_iter().filter(|it| !is_held(it) && !view.is_laid(it, group));
        steps.extend(users.map(|user| Step::RemoveMember { user }));
    }
    // A seat is needed for every group that its user is in, so a seat is taken only where all of them were seen.
    if view.live().next().is_none() && view.is_near() {
        let seats = view.ours().filter(|(_, user)| user.is_active).map(|(id, _)| id);
        let ending =
            seats.filter(|user| !is_held_outside(view, user) && !view.is_seat_shared(user));
        steps.extend(ending.map(|user| Step::Deactivate { user: user.clone() }));
    }
    steps
}

/// Judges access that was proven gone and is there again.
fn found_again(
    view: &View<'_>,
    grant: &Grant,
    reason: EndReason,
    proven_at: Timestamp,
    steps: Vec<Step>,
) -> Decision {
    let customer = view.customer;
    // Access that shows so soon after the proof was there all the time, or the reading is stale. A place of a user who cannot sign
    // in gives no access, and would come back with the seat.
    if is_settling(proven_at, view.now) || steps.iter().all(|it| is_idle_place(view, it)) {
        return Decision::end(reason, steps);
    }
    let is_place = |step: &Step| matches!(step, Step::RemoveMember { .. });
    let is_seat = |step: &Step| matches!(step, Step::Deactivate { .. });
    let has_joined = customer.has_joined(&grant.group.id)
        || (!steps.iter().any(is_place) && steps.iter().any(is_seat) && customer.has_joined_any());
    if has_joined {
        // While something is under way, nobody knows whose hand gave it back.
        let is_unclear = view.is_unclear();
        return Decision::keep(if is_unclear {
            Reason::Unproven
        } else {
            Reason::HeldOutsideLanyard
        });
    }
    // An invitation that is open again to a customer who never joined may be Lanyard's own, so it is cancelled and not left to
    // people.
    let is_open_only = steps.iter().all(|step| matches!(step, Step::CancelInvitation { .. }));
    let reason = if is_open_only { reason } else { EndReason::JoinedLate };
    Decision::end(reason, steps)
}

/// Whether a step takes the place of a user who cannot sign in.
fn is_idle_place(view: &View<'_>, step: &Step) -> bool {
    let is_active = |user: &UserId| view.observed.users.get(user).is_none_or(|it| it.is_active);
    matches!(step, Step::RemoveMember { user } if !is_active(user))
}

/// Whether another grant that is not proven gone, of this customer or of one who is the same person, accounts for what a step would
/// take away. Then finding it says nothing about this grant, which was proven gone before.
fn is_carried_by_another(view: &View<'_>, grant: &Grant, step: &Step) -> bool {
    let is_seat = matches!(step, Step::Deactivate { .. });
    let is_answered = step.user().is_some_and(|user| {
        view.is_place_answered(user, &grant.group.id) || (is_seat && view.is_seat_answered(user))
    });
    let mut others = view.customer.grants.values().filter(|it| it.id != grant.id);
    is_answered || others.any(|it| !it.is_settled() && (is_seat || it.group.id == grant.group.id))
}

/// The decision that nothing is left which only this grant gave.
fn prove(view: &View<'_>, grant: &Grant, reason: EndReason) -> Decision {
    let is_shared = is_shared(view, grant);
    let reason = if view.live().next().is_some() || is_shared {
        Reason::HeldByOtherGrant
    } else if view.ours().any(|(_, user)| user.is_active) {
        Reason::HeldOutsideLanyard
    } else {
        reason.into()
    };
    Decision { is_shared, ..Decision::prove(reason) }
}

/// Whether a live grant of the same person, under another address, holds the place or the seat.
fn is_shared(view: &View<'_>, grant: &Grant) -> bool {
    let group = &grant.group.id;
    view.places(group).any(|it| view.is_place_shared(&it.user, group))
        || view.ours().any(|(user, _)| view.is_seat_shared(user))
}

/// Whether a group is one that Lanyard is to take this customer out of.
///
/// Where the end was proven and somebody gave access back by hand later, people answer for the group.
fn is_ours(view: &View<'_>, group: &GroupId) -> bool {
    view.customer.grants.values().any(|grant| {
        grant.group.id == *group
            && match grant.state.phase() {
                Phase::Open => true,
                Phase::Over(end) => match end.proof {
                    None | Some(Proof::Unproven) => true,
                    Some(Proof::Proven { at, .. }) => {
                        is_settling(at, view.now) || !view.customer.has_joined(group)
                    }
                    Some(Proof::Drifted { .. }) => false,
                },
                Phase::Refused => false,
            }
    })
}

fn is_held_outside(view: &View<'_>, user: &UserId) -> bool {
    let is_outside = |member: &Member| member.user == *user && !is_ours(view, &member.group);
    let mut open = view
        .observed
        .invitations
        .iter()
        .filter(|invitation| invitation.status.is_open() && invitation.parent.is_none());
    view.observed.members.iter().any(is_outside)
        || open
            .any(|invitation| invitation.group.as_ref().is_none_or(|group| !is_ours(view, group)))
}
