//! From what was done and read back to the customer's next state: outcome after effect.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::begin::after_refusal;
use super::outcomes::Outcomes;
use super::untold::untold;
use crate::evidence::{Actor, AuditEntry, entry};
use crate::policy::Policy;
use crate::records::{
    Customer, EndReason, Failure, Grant, Joined, Phase, Proof, State, Step, Stuck,
};
use crate::rules::{Decision, Plan, Reason, Verdict, doubt, is_under_way};
use crate::seen::{Looked, Member, Shown, View, is_by_hand};
use crate::telling::event::{self, GrantEvent, ReadBack};
use crate::telling::{Announcement, refusal_of_failure};
use crate::words::{GrantId, InvitationId, Role, UserId, days_of, is_settling};

/// The outcome: what is written after it was read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The customer's next state.
    pub customer: Customer,
    /// Its history.
    pub audit: Vec<AuditEntry>,
    /// What to tell the world.
    pub announcements: Vec<Announcement>,
}

/// Turns what was done and what was read back into the customer's next state.
///
/// `looked` is the customer as [`Outcomes::carried_out`] left it with what was observed afterwards, `plan` what
/// [`crate::decide()`] makes of that, `acted` the plan that was carried out. Without anything new the customer stays as it is.
#[must_use]
pub fn settle(
    policy: &Policy,
    looked: &Looked,
    plan: &Plan,
    acted: &Plan,
    outcomes: &Outcomes,
    actor: Actor<'_>,
    now: Timestamp,
) -> Settled {
    let (closed, held) = (BTreeSet::new(), BTreeSet::new());
    let view = View::new(policy, looked, &closed, &held, now);
    let settling = Settling { view: &view, plan, acted, outcomes, now };
    let mut customer = looked.customer.clone();
    let (mut audit, mut announcements) = (Vec::new(), Vec::new());
    let is_concerned =
        |id: &GrantId| plan.decisions.contains_key(id) || acted.decisions.contains_key(id);
    for grant in looked.customer.grants.values().filter(|it| is_concerned(&it.id)) {
        let Some((mut next, events)) = settling.next(grant) else { continue };
        next.version += 1;
        for event in events {
            let (org, email) = (&customer.org, &customer.email);
            announcements.push(Announcement::of_grant(org, email, &next, now, event));
        }
        if let Some(user) = settling.joined_user(grant) {
            customer.users.insert(user.clone());
            // Several users may have come to the group by one link, and each of them has to leave it with the grant.
            customer.users.extend(view.places(&grant.group.id).map(|place| place.user.clone()));
        }
        let cause =
            acted.decisions.get(&grant.id).map_or_else(|| "look".to_owned(), Decision::to_string);
        let failure = settling.failures(grant).first();
        let answer = failure.map(|failure| format!("{}: {}", failure.code, failure.message));
        audit.push(entry(&next, actor, cause, answer, now));
        customer.grants.insert(next.id.clone(), next);
    }
    customer.forget_finished();
    customer.forget_settled(looked.at);
    if !customer.grants.is_empty() {
        customer.aliases.extend(looked.observed.aliases.iter().cloned());
    }
    Settled { customer, audit, announcements }
}

struct Settling<'a> {
    view: &'a View<'a>,
    plan: &'a Plan,
    acted: &'a Plan,
    outcomes: &'a Outcomes,
    now: Timestamp,
}

impl Settling<'_> {
    /// The grant's next state and what it announces, or `None` when it stays as it is.
    fn next(&self, grant: &Grant) -> Option<(Grant, Vec<GrantEvent>)> {
        let mut next = grant.clone();
        let mut events = Vec::new();
        match grant.state.phase() {
            Phase::Open => self.open(grant, &mut next, &mut events),
            Phase::Over(end) if end.proof.is_none() => self.ending(grant, &mut next, &mut events),
            Phase::Over(_) => self.ended(grant, &mut next, &mut events),
            Phase::Refused => {}
        }
        (next != *grant || !events.is_empty()).then_some((next, events))
    }

    fn joined_user(&self, grant: &Grant) -> Option<&UserId> {
        match self.view.shown(grant) {
            Shown::Joined { user, .. } if grant.is_open() => Some(user),
            Shown::Joined { .. } | Shown::Waiting { .. } | Shown::Absent { .. } => None,
        }
    }

    fn failures(&self, grant: &Grant) -> &[Failure] {
        self.outcomes.failures.get(&grant.id).map_or(&[], Vec::as_slice)
    }

    fn refusal(&self, grant: &Grant) -> Option<&Failure> {
        self.failures(grant).iter().find(|failure| failure.is_refusal)
    }

    fn open(&self, grant: &Grant, next: &mut Grant, events: &mut Vec<GrantEvent>) {
        match self.view.shown(grant) {
            Shown::Joined { user, role } => self.joined(grant, (user, role), next, events),
            Shown::Waiting { invitation } => self.waiting(grant, invitation, next, events),
            Shown::Absent { .. } => self.absent(grant, next, events),
        }
        if let Some(threshold) = next.due_notice(self.view.policy, self.now) {
            next.noticed = Some(threshold);
            events.push(GrantEvent::Expiring(event::Expiring { days: threshold }));
        }
    }

    /// Whether the grant gives access and goes on giving it, as far as the plan has decided.
    fn is_live(&self, grant: &Grant) -> bool {
        let decision = self.plan.decisions.get(&grant.id);
        grant.is_open() && decision.is_none_or(|decision| decision.verdict != Verdict::End)
    }

    fn joined(
        &self,
        grant: &Grant,
        (user, role): (&UserId, Role),
        next: &mut Grant,
        events: &mut Vec<GrantEvent>,
    ) {
        if !grant.is_active() {
            let joined = joined(self.view, user);
            events.push(joined_as(&joined));
            next.enter(State::Active { since: self.now });
            next.joined.get_or_insert(joined);
        }
        let wanted = self.plan.decisions.get(&grant.id).and_then(|it| it.role);
        let is_wanting = wanted.is_some_and(|wanted| wanted != role);
        next.retry_at = is_wanting.then_some(self.now);
    }

    fn waiting(
        &self,
        grant: &Grant,
        invitation: &InvitationId,
        next: &mut Grant,
        events: &mut Vec<GrantEvent>,
    ) {
        let invitation = Some(invitation.clone());
        if let State::Requested { .. } = &grant.state {
            next.enter(State::Invited { since: self.now, invitation });
            events.push(GrantEvent::Invited(event::Invited::default()));
        } else if let State::Invited { since, .. } = &grant.state {
            next.enter(State::Invited { since: *since, invitation });
        }
        next.retry_at = None;
    }

    fn absent(&self, grant: &Grant, next: &mut Grant, events: &mut Vec<GrantEvent>) {
        if grant.is_requested() {
            // A run that died has sent it, or a hand did before it could.
            let used = self.view.unexplained(grant);
            next.invitations.extend(used.map(|it| it.parent.as_ref().unwrap_or(&it.id)).cloned());
        }
        if let Some(invitation) = self.outcomes.invited.get(&grant.id) {
            let invitation = Some(invitation.clone());
            next.enter(State::Invited { since: self.now, invitation });
            next.retry_at = None;
            events.push(GrantEvent::Invited(event::Invited::default()));
        } else if let Some(refusal) = self.refusal(grant) {
            self.refused(grant, refusal, next, events);
        } else if !self.failures(grant).is_empty() {
            next.retry_at = Some(self.now);
        }
    }

    fn refused(
        &self,
        grant: &Grant,
        refusal: &Failure,
        next: &mut Grant,
        events: &mut Vec<GrantEvent>,
    ) {
        // What may still arrive must not be without a grant.
        let is_unclear = self.outcomes.unclear.contains(&grant.id);
        if is_unclear || !grant.is_requested() {
            next.retry_at = Some(self.now);
            return;
        }
        next.enter(after_refusal(grant, self.woken(grant), &refusal.code, self.now));
        events.push(GrantEvent::InvitationRefused(refusal_of_failure(refusal).into()));
    }

    /// The user who was made active for the grant, whatever failed after that.
    fn woken(&self, grant: &Grant) -> Option<&UserId> {
        let is_wake = |step: &Step| matches!(step, Step::Reactivate { .. });
        let done = self.outcomes.done.get(&grant.id).into_iter().flatten();
        let done = done.filter(|it| is_wake(it)).find_map(Step::user);
        let tried = self.failures(grant).iter().map(|failure| &failure.step);
        let mut tried = tried.filter(|it| is_wake(it)).filter_map(Step::user);
        done.or_else(|| tried.find(|user| self.outcomes.woken.contains(*user)))
    }

    fn ending(&self, grant: &Grant, next: &mut Grant, events: &mut Vec<GrantEvent>) {
        let State::Ending { reason, since, steps, stuck } = &grant.state else { return };
        let Some(decision) = self.plan.decisions.get(&grant.id) else { return };
        let is_end = decision.verdict == Verdict::End;
        // Once a reading shows that access is over, it does not matter what a step answered.
        let is_over = is_end && decision.steps.is_empty() && doubt(self.view, grant).is_none();
        let is_done = is_end && self.is_done(grant, &decision.steps);
        if is_over || is_done || self.is_carried_out(grant, decision) {
            let told = self.ended_event(grant, *reason, decision).filter(|_| is_over);
            let proof = match told {
                Some(event) => {
                    events.push(event);
                    Proof::Proven { at: self.now, rereads: 0 }
                }
                None => Proof::Unproven,
            };
            let version = self.view.customer.version + 1;
            let (reason, steps) = (*reason, steps.clone());
            next.state = State::Ended { reason, at: self.now, steps, version, proof };
        } else if let Some(new) = self.hindrance(grant, stuck.as_ref(), *since) {
            // People need to know first whether the customer can still sign in, so a change of that is told as well.
            let is_same = |it: &Stuck| it.code == new.code && it.frozen == new.frozen;
            if !stuck.as_ref().is_some_and(is_same) {
                let (reason, stuck) = (*reason, new.clone());
                let subject = self.view.customer.subject.clone();
                events.push(GrantEvent::Stuck(event::Stuck { reason, stuck, subject }));
            }
            let (reason, since, steps) = (*reason, *since, steps.clone());
            next.state = State::Ending { reason, since, steps, stuck: Some(new) };
        }
    }

    /// Whether all was done that was set out to be done for the ending, and no reading can show yet that it is gone: then it has ended,
    /// and is not proven. What is under way may concern the same person under another address, which the plan knows.
    fn is_carried_out(&self, grant: &Grant, left: &Decision) -> bool {
        let acted = self.acted.decisions.get(&grant.id).filter(|it| it.verdict == Verdict::End);
        acted.is_some_and(|acted| {
            let is_unread = !self.view.is_full() && !acted.steps.is_empty();
            let is_under_way = is_under_way(self.view, grant) || left.reason == Reason::Unproven;
            (is_unread || is_under_way)
                && self.is_done(grant, &acted.steps)
                && self.is_done(grant, &left.steps)
        })
    }

    /// Whether Salesforce confirmed all of the steps, for this grant or for another that shares them.
    fn is_done(&self, grant: &Grant, steps: &[Step]) -> bool {
        let shares_group = |id: &GrantId| {
            let other = self.view.customer.grants.get(id);
            other.is_some_and(|other| other.group.id == grant.group.id)
        };
        let is_done = |step: &Step| {
            let is_seat = matches!(step, Step::Deactivate { .. });
            let mut done = self.outcomes.done.iter();
            done.any(|(id, done)| done.contains(step) && (is_seat || shares_group(id)))
        };
        self.failures(grant).is_empty()
            && !self.outcomes.deferred.contains(&grant.id)
            && steps.iter().all(is_done)
    }

    /// What keeps an ending from being finished that began at `since`: Salesforce's refusal, or that it cannot be told whether
    /// the customer is gone.
    fn hindrance(&self, grant: &Grant, before: Option<&Stuck>, since: Timestamp) -> Option<Stuck> {
        if let Some(refusal) = self.refusal(grant) {
            return Some(self.stuck(refusal, before));
        }
        let decision = self.plan.decisions.get(&grant.id)?;
        let since = before.map_or(since, |stuck| stuck.since);
        untold(self.view, grant, decision, since)
    }

    fn stuck(&self, refusal: &Failure, before: Option<&Stuck>) -> Stuck {
        Stuck {
            since: before.map_or(self.now, |stuck| stuck.since),
            step: refusal.step.name().to_owned(),
            code: refusal.code.clone(),
            message: refusal.message.clone(),
            frozen: refusal.step.user().is_some_and(|it| self.view.customer.frozen.contains(it)),
            candidates: BTreeSet::new(),
        }
    }

    fn ended(&self, grant: &Grant, next: &mut Grant, events: &mut Vec<GrantEvent>) {
        let State::Ended { reason, at, steps, version, proof } = &grant.state else { return };
        let Some(decision) = self.plan.decisions.get(&grant.id) else { return };
        let proof = match (decision.verdict, decision.reason, *proof) {
            (Verdict::Prove, _, Proof::Unproven) => {
                let Some(event) = self.ended_event(grant, *reason, decision) else { return };
                events.push(event);
                Proof::Proven { at: self.now, rereads: 0 }
            }
            (Verdict::Prove, _, Proof::Proven { at, .. }) => {
                let age = self.now.duration_since(at);
                let days = self.view.policy.reread_days();
                let rereads = days.iter().filter(|days| days_of(**days) <= age).count();
                Proof::Proven { at, rereads }
            }
            (Verdict::Keep, Reason::HeldOutsideLanyard, Proof::Proven { .. }) => {
                events.push(GrantEvent::Drifted(event::Drifted { reason: *reason }));
                Proof::Drifted { at: self.now }
            }
            // Too much time has passed to wait for the next reading, and none has shown that the access is gone.
            (Verdict::Keep, Reason::NotSeen | Reason::Protected, Proof::Unproven)
            | (Verdict::Keep, Reason::Undecided, Proof::Unproven | Proof::Proven { .. })
                if !is_settling(*at, self.now) =>
            {
                let Some(stuck) = untold(self.view, grant, decision, *at) else { return };
                let (reason, since, steps) = (*reason, *at, steps.clone());
                let subject = self.view.customer.subject.clone();
                let event = event::Stuck { reason, stuck: stuck.clone(), subject };
                events.push(GrantEvent::Stuck(event));
                next.state = State::Ending { reason, since, steps, stuck: Some(stuck) };
                return;
            }
            (_, _, proof) => proof,
        };
        let (reason, at, steps, version) = (*reason, *at, steps.clone(), *version);
        next.state = State::Ended { reason, at, steps, version, proof };
    }

    /// The announcement that access ended, with what the reading shows. `None` where it shows access to the group that no live
    /// grant holds: then it has not ended, whatever was decided.
    fn ended_event(
        &self,
        grant: &Grant,
        reason: EndReason,
        decision: &Decision,
    ) -> Option<GrantEvent> {
        let View { observed, customer, .. } = self.view;
        let group = &grant.group.id;
        let live = || customer.grants.values().filter(|it| self.is_live(it));
        let is_place_held = |place: &Member| decision.is_shared && place.group == *group;
        let proof = ReadBack {
            read_at: self.now,
            member: self.view.places(group).next().is_some(),
            invited: observed.open_invitations(group).any(|it| !is_by_hand(customer, it)),
            seat_active: self.view.ours().any(|(_, user)| user.is_active),
            seat_held_by_other_grant: live().next().is_some() || decision.is_shared,
        };
        let is_group_held = live().any(|it| it.group.id == *group);
        let is_over =
            is_group_held || (!proof.invited && self.view.places(group).all(is_place_held));
        let subject = customer.subject.clone();
        is_over.then_some(GrantEvent::Ended(event::Ended { reason, proof, subject }))
    }
}

/// How a customer joined who is seen in the group as this user.
pub(crate) fn joined(view: &View<'_>, user: &UserId) -> Joined {
    let email = view.observed.users.get(user).and_then(|user| user.email.clone());
    Joined { at: view.now, joined_as: email.filter(|email| *email != view.customer.email) }
}

/// The announcement of joining.
pub(crate) fn joined_as(joined: &Joined) -> GrantEvent {
    GrantEvent::Joined(event::Joined { joined_as: joined.joined_as.clone() })
}
