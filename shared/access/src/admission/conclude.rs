//! What is recorded once the steps of an admission were tried.

use jiff::Timestamp;

use crate::evidence::{Actor, AuditEntry, entry};
use crate::records::{Customer, Failure, Grant, Joined, State, Step};
use crate::settle::{after_refusal, union};
use crate::telling::event::{self, GrantEvent};
use crate::telling::{Announcement, refusal_of_failure};
use crate::words::{GrantId, InvitationId, Role};

/// What is recorded once the steps were tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concluded {
    /// The customer.
    pub customer: Customer,
    /// Its history.
    pub audit: Vec<AuditEntry>,
    /// What to tell the world.
    pub announcements: Vec<Announcement>,
}

/// What Salesforce made of the steps of one admission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carried {
    /// All of them succeeded.
    Done {
        /// The invitation that was created.
        invitation: Option<InvitationId>,
    },
    /// One of them failed.
    Failed {
        /// Which, and why.
        failure: Failure,
        /// What had succeeded before.
        done: Vec<Step>,
    },
}

/// Records what became of an admission. `customer` is the ledger's newest.
///
/// `None` when nothing is to be recorded: the grant is gone meanwhile, or the failure is one that a later attempt may
/// mend, for which the intent stays. A grant that was ended meanwhile gets what was given on the list of what is to be
/// taken away.
#[must_use]
pub fn conclude(
    customer: &Customer,
    grant: &GrantId,
    steps: &[Step],
    carried: &Carried,
    actor: Actor<'_>,
    now: Timestamp,
) -> Option<Concluded> {
    let grant = customer.grants.get(grant)?;
    let mut next = grant.clone();
    let mut event = None;
    let mut answer = None;
    let done: &[Step] = match carried {
        Carried::Done { .. } => steps,
        Carried::Failed { done, .. } => done,
    };
    match carried {
        _ if !grant.is_open() => overtaken(&mut next, done, carried, now),
        Carried::Done { invitation } => {
            event = given(&mut next, done, invitation.as_ref(), now);
        }
        Carried::Failed { failure, .. } if !failure.is_refusal => return None,
        Carried::Failed { failure, .. } => {
            if !grant.is_requested() {
                return None;
            }
            answer = Some(format!("{}: {}", failure.code, failure.message));
            let woken = done.iter().find(|step| matches!(step, Step::Reactivate { .. }));
            next.enter(after_refusal(grant, woken, &failure.code, now));
            let error = refusal_of_failure(failure);
            event = Some(GrantEvent::InvitationRefused(error.into()));
        }
    }
    let mut changed = role_put_right(customer, grant, &mut next, done, now);
    if next != *grant {
        changed.push(next.clone());
    }
    if changed.is_empty() {
        return None;
    }
    for it in &mut changed {
        it.version += 1;
    }
    next.version = grant.version + 1;
    let mut customer = customer.clone();
    let announcements = event
        .map(|event| Announcement::of_grant(&customer.org, &customer.email, &next, now, event))
        .into_iter()
        .collect();
    let told = |it: &Grant| entry(it, actor, "carried out".to_owned(), answer.clone(), now);
    let audit = changed.iter().map(told).collect();
    for step in done {
        customer.users.extend(step.user().cloned());
        if let Step::Reactivate { user } = step {
            customer.frozen.remove(user);
        }
    }
    customer.grants.extend(changed.into_iter().map(|it| (it.id.clone(), it)));
    customer.forget_finished();
    Some(Concluded { customer, audit, announcements })
}

/// Makes a grant due whose role in the group is no longer the one that counts, so that the next sweep puts it right: this grant,
/// or, if it holds no place, another one that does, which is then returned.
fn role_put_right(
    customer: &Customer,
    grant: &Grant,
    next: &mut Grant,
    done: &[Step],
    now: Timestamp,
) -> Vec<Grant> {
    if !is_role_doubtful(customer, grant, done) {
        return Vec::new();
    }
    if next.is_active() {
        next.retry_at = Some(now);
        return Vec::new();
    }
    let mut others = customer.grants.values().filter(|it| it.group.id == grant.group.id);
    let other = others.find(|it| it.id != grant.id && it.is_active());
    other.map(|it| Grant { retry_at: Some(now), ..it.clone() }).into_iter().collect()
}

/// Whether the role that was given may not be the one that counts, because somebody asked for another meanwhile.
fn is_role_doubtful(customer: &Customer, grant: &Grant, done: &[Step]) -> bool {
    let group = &grant.group.id;
    let wanted = customer.role_in(group, Grant::is_open);
    let is_one_of_several = customer
        .grants
        .values()
        .any(|it| it.is_open() && it.group.id == *group && it.role != grant.role);
    done.iter().any(|step| {
        (matches!(step, Step::Promote { .. }) && wanted == Some(Role::Member))
            || (matches!(step, Step::Demote { .. }) && wanted == Some(Role::Manager))
            // The record does not say with which role the place was given.
            || (is_one_of_several
                && matches!(step, Step::AddMember { .. } | Step::Reactivate { .. }))
    })
}

/// Records on the grant what was given for it. A sweep that looked meanwhile may have recorded the same already.
fn given(
    next: &mut Grant,
    done: &[Step],
    created: Option<&InvitationId>,
    now: Timestamp,
) -> Option<GrantEvent> {
    let mut event = None;
    next.retry_at = None;
    for step in done {
        let is_place = matches!(step, Step::AddMember { .. } | Step::Reactivate { .. });
        if *step == Step::Invite && next.is_requested() {
            next.enter(State::Invited { since: now, invitation: created.cloned() });
            event = Some(GrantEvent::Invited(event::Invited::default()));
        } else if let (Step::Invite, State::Invited { invitation: unknown @ None, .. }) =
            (step, &mut next.state)
        {
            *unknown = created.cloned();
            next.invitations.extend(created.cloned());
        } else if is_place && next.is_open() && !next.is_active() {
            next.enter(State::Active { since: now });
            next.joined.get_or_insert(Joined { at: now, joined_as: None });
            event = Some(GrantEvent::Joined(event::Joined::default()));
        }
    }
    event
}

/// Adds what was given after the grant had ended to what its ending takes away. Only a later reading proves that it is gone.
fn overtaken(next: &mut Grant, done: &[Step], carried: &Carried, now: Timestamp) {
    let is_ambiguous = matches!(carried, Carried::Failed { failure, .. } if !failure.is_refusal);
    let created = match carried {
        Carried::Done { invitation } => invitation.as_ref(),
        Carried::Failed { .. } => None,
    };
    let gives = |step: &Step| {
        matches!(step, Step::Invite | Step::AddMember { .. } | Step::Reactivate { .. })
    };
    if !is_ambiguous && !done.iter().any(gives) {
        return;
    }
    let mut undo: Vec<Step> = done.iter().filter_map(|step| undoing(step, created)).collect();
    // Memberships first, seats second.
    undo.sort();
    let Some(end) = next.state.end() else { return };
    let since = if end.proof.is_none() { end.since } else { now };
    // If the recorded ending cancelled the very invitation that was created here, that is undone already, since no other invitation
    // has its id. A place or a seat may have been given after the ending took it away.
    let is_undone = |step: &Step| {
        let undo = undoing(step, created);
        undo.is_some_and(|it| {
            matches!(it, Step::CancelInvitation { .. }) && end.steps.contains(&it)
        })
    };
    if !is_ambiguous && done.iter().filter(|step| gives(step)).all(is_undone) {
        return;
    }
    let (steps, stuck) = (union(end.steps, &undo), next.state.stuck().cloned());
    next.enter(State::Ending { reason: end.reason, since, steps, stuck });
    // The id of an invitation leads to whoever accepts it, even while it is not cancelled yet.
    next.invitations.extend(created.cloned());
}

fn undoing(step: &Step, created: Option<&InvitationId>) -> Option<Step> {
    match step {
        Step::Invite => created.map(|it| Step::CancelInvitation { invitation: it.clone() }),
        Step::AddMember { user } => Some(Step::RemoveMember { user: user.clone() }),
        Step::Reactivate { user } => Some(Step::Deactivate { user: user.clone() }),
        Step::Promote { .. }
        | Step::Demote { .. }
        | Step::CancelInvitation { .. }
        | Step::RemoveMember { .. }
        | Step::Freeze { .. }
        | Step::Deactivate { .. } => None,
    }
}
