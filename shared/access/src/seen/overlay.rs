//! What was surely done of late, laid over a reading that may not show it yet.

use jiff::Timestamp;

use super::observed::{Invitation, InvitationStatus, Member, Observed};
use crate::records::{Customer, Done, Grant, Step, settled_at};
use crate::words::{GroupId, InvitationId, Role, UserId, is_settling};

impl Observed {
    /// The reading with what was surely done for the customer within [`crate::SETTLING`] before the instant at which it was begun.
    pub(super) fn with_done(self, customer: &Customer, at: Timestamp) -> Self {
        let mut laid = self.clone();
        for done in customer.done.iter().filter(|done| is_settling(done.at, at)) {
            laid.lay(customer, done);
        }
        laid.note_stale(&self);
        laid.laid.retain(|key, _| self.laid.contains_key(key) || !self.is_in(&key.0, &key.1));
        laid
    }

    /// Notes what the reading shows and this does not.
    fn note_stale(&mut self, read: &Self) {
        let places = read.members.difference(&self.members);
        let gone = places.filter(|it| !self.is_in(&it.user, &it.group)).map(|it| it.group.clone());
        let is_open = |id: &InvitationId| {
            self.invitations.iter().any(|it| it.id == *id && it.status.is_open())
        };
        let closed = read.invitations.iter().filter(|it| it.status.is_open() && !is_open(&it.id));
        let groups: Vec<GroupId> = gone.chain(closed.filter_map(|it| it.group.clone())).collect();
        let is_active = |id: &UserId| self.users.get(id).is_some_and(|user| user.is_active);
        let asleep = read.users.iter().filter(|(id, user)| user.is_active && !is_active(id));
        let seats: Vec<UserId> = asleep.map(|(id, _)| id.clone()).collect();
        self.stale.groups.extend(groups);
        self.stale.seats.extend(seats);
    }

    fn lay(&mut self, customer: &Customer, done: &Done) {
        let group = &done.group;
        match &done.step {
            Step::Invite => {
                if let Some(invitation) = &done.invitation {
                    self.invited(customer, group, invitation, done.at);
                }
            }
            Step::CancelInvitation { invitation } => self.cancelled(invitation),
            Step::AddMember { user } => {
                let role = customer.role_in(group, Grant::is_open).unwrap_or(Role::Member);
                if self.users.contains_key(user) && !self.is_in(user, group) {
                    self.place(user, group, Some(role));
                    self.laid.insert((user.clone(), group.clone()), settled_at(done.at));
                }
            }
            Step::RemoveMember { user } => {
                self.place(user, group, None);
                self.laid.remove(&(user.clone(), group.clone()));
            }
            Step::Promote { user } if self.is_in(user, group) => {
                self.place(user, group, Some(Role::Manager));
            }
            Step::Demote { user } if self.is_in(user, group) => {
                self.place(user, group, Some(Role::Member));
            }
            Step::Reactivate { user } => self.set_active(user, true),
            Step::Deactivate { user } => self.set_active(user, false),
            Step::Promote { .. } | Step::Demote { .. } => {}
        }
    }

    fn invited(&mut self, customer: &Customer, group: &GroupId, id: &InvitationId, at: Timestamp) {
        // Of what was not read nothing can be said, and whoever has joined has used it.
        if !self.sight.is_near() || customer.has_joined(group) {
            return;
        }
        self.hidden.invitations.remove(id);
        if !self.invitations.iter().any(|it| it.id == *id) {
            self.invitations.push(Invitation {
                id: id.clone(),
                group: Some(group.clone()),
                email: Some(customer.email.clone()),
                status: InvitationStatus::Sent,
                parent: None,
                created: at,
                changed: at,
                accepted_by: None,
            });
        }
    }

    /// Whoever accepted it was faster, and is seen.
    fn cancelled(&mut self, id: &InvitationId) {
        self.hidden.invitations.remove(id);
        let open = self.invitations.iter_mut().filter(|it| it.id == *id && it.status.is_open());
        for invitation in open {
            invitation.status = InvitationStatus::Canceled;
        }
    }

    fn place(&mut self, user: &UserId, group: &GroupId, role: Option<Role>) {
        self.members.retain(|it| it.user != *user || it.group != *group);
        let member = |role| Member { group: group.clone(), user: user.clone(), role };
        self.members.extend(role.map(member));
    }

    fn set_active(&mut self, user: &UserId, is_active: bool) {
        if let Some(user) = self.users.get_mut(user) {
            user.is_active = is_active;
        }
    }
}
