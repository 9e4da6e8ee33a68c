//! What came of carrying a plan out.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::records::{Customer, Done, Failure, Step};
use crate::seen::Observed;
use crate::words::{GrantId, InvitationId, UserId};

/// What became of the steps of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Steps that Salesforce confirmed, by grant.
    pub done: BTreeMap<GrantId, BTreeSet<Step>>,
    /// Steps that failed, by grant.
    pub failures: BTreeMap<GrantId, Vec<Failure>>,
    /// The invitations that were created, by grant.
    pub invited: BTreeMap<GrantId, InvitationId>,
    /// Users that were frozen because they could not be deactivated.
    pub frozen: BTreeSet<UserId>,
    /// Users that are no longer frozen.
    pub unfrozen: BTreeSet<UserId>,
    /// Users that were made active by a step that then failed.
    pub woken: BTreeSet<UserId>,
    /// Grants whose steps were not all tried, for lack of time.
    pub deferred: BTreeSet<GrantId>,
    /// Grants of which something that was sent may still take effect, whatever came of it so far.
    pub unclear: BTreeSet<GrantId>,
}

impl Outcomes {
    /// The customer after what was done for them, not busy any more. `before` is the customer before it was set out to be done.
    #[must_use]
    pub fn carried_out(&self, customer: Customer, before: &Customer, at: Timestamp) -> Customer {
        let is_unclear = customer.grants.keys().any(|id| self.unclear.contains(id));
        let mut done: Vec<Done> = Vec::new();
        for grant in customer.grants.values() {
            for step in self.done.get(&grant.id).into_iter().flatten() {
                let group = &grant.group.id;
                // Of several grants that asked for the same, it was done once.
                let is_noted =
                    |it: &Done| it.step == *step && (is_seat(step) || it.group == *group);
                if done.iter().any(is_noted) {
                    continue;
                }
                let invitation = self.invited.get(&grant.id).filter(|_| *step == Step::Invite);
                let (step, group, invitation) = (step.clone(), group.clone(), invitation.cloned());
                done.push(Done { step, group, invitation, at });
            }
        }
        let tried = self.tried(&done, &customer);
        let mut next = customer.carried_out(done, before.unclear_until, is_unclear, at);
        if !is_unclear {
            next.may_be_frozen.clone_from(&before.may_be_frozen);
            next.may_be_frozen.retain(|user| !tried.contains(user));
        }
        let is_theirs = |user: &&UserId| next.users.contains(*user);
        let frozen: Vec<UserId> = self.frozen.iter().filter(is_theirs).cloned().collect();
        next.frozen.extend(frozen);
        next.frozen.retain(|user| !self.unfrozen.contains(user));
        next.may_be_frozen.retain(|user| !self.unfrozen.contains(user));
        next
    }

    /// Takes for done what was to be taken away, is not known to Salesforce, and is not shown by a reading with full sight that was made
    /// afterwards: somebody else was faster. Whatever else Salesforce does not know may be there, and not shown to us.
    pub fn confirm(&mut self, customer: &Customer, read: &Observed) {
        for grant in customer.grants.values() {
            let Some(failures) = self.failures.get_mut(&grant.id) else { continue };
            if !read.sight.is_full() || read.hidden_of(grant).is_some() {
                continue;
            }
            let is_gone = |failure: &mut Failure| {
                let is_shown = match &failure.step {
                    Step::RemoveMember { user } => read.is_in(user, &grant.group.id),
                    Step::CancelInvitation { invitation } => {
                        read.open_invitations(&grant.group.id).any(|it| it.id == *invitation)
                    }
                    Step::Invite
                    | Step::Reactivate { .. }
                    | Step::AddMember { .. }
                    | Step::Promote { .. }
                    | Step::Demote { .. }
                    | Step::Deactivate { .. } => true,
                };
                failure.is_of_unknown() && !is_shown
            };
            let gone: Vec<Step> = failures.extract_if(.., is_gone).map(|it| it.step).collect();
            if failures.is_empty() {
                self.failures.remove(&grant.id);
            }
            if !gone.is_empty() {
                self.done.entry(grant.id.clone()).or_default().extend(gone);
            }
        }
    }

    /// The users of whom it is known what came of deactivating them.
    fn tried(&self, done: &[Done], customer: &Customer) -> BTreeSet<UserId> {
        let failures = customer.grants.keys().filter_map(|id| self.failures.get(id)).flatten();
        let steps = done.iter().map(|it| &it.step).chain(failures.map(|failure| &failure.step));
        steps
            .filter(|step| matches!(step, Step::Deactivate { .. }))
            .filter_map(Step::user)
            .cloned()
            .collect()
    }
}

fn is_seat(step: &Step) -> bool {
    matches!(step, Step::Reactivate { .. } | Step::Deactivate { .. })
}
