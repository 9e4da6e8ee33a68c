//! What the integration user does not see, and the traces that people leave.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{OrgHandle, group, user};
use crate::id::RecordId;
use crate::org::{Org, whole_seconds};
use crate::refusal::Refusal;
use crate::schema::Object;
use crate::store::{Row, Value};

impl OrgHandle {
    /// Hides a user's row from the integration user, or shows it again. His memberships stay, with
    /// `Member` null; his seat stays counted. The integration user always sees himself.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` when there is no such user.
    pub fn hide_user(&self, named: &str, is_hidden: bool) -> Result<(), Refusal> {
        self.hide(is_hidden, |org| user(org, named), |org| &mut org.hidden.users)
    }

    /// Makes the relation `Profile` of a user read null, or shows it again.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` when there is no such user.
    pub fn hide_profile(&self, named: &str, is_hidden: bool) -> Result<(), Refusal> {
        self.hide(is_hidden, |org| user(org, named), |org| &mut org.hidden.profiles)
    }

    /// Hides a group from the integration user, or shows it again: its row, its members and the
    /// invitations to it. It stays what it is.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` when there is no such group.
    pub fn hide_group(&self, named: &str, is_hidden: bool) -> Result<(), Refusal> {
        self.hide(is_hidden, |org| group(org, named), |org| &mut org.hidden.groups)
    }

    /// Hides the row of an invitation from the integration user, or shows it again. Its link works.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` when there is no such invitation.
    pub fn hide_invitation(&self, id: &str, is_hidden: bool) -> Result<(), Refusal> {
        let named = |org: &Org| {
            let id = RecordId::parse(id).ok_or_else(Refusal::not_found)?;
            org.existing(Object::CollaborationInvitation, id).map(|_| id)
        };
        self.hide(is_hidden, named, |org| &mut org.hidden.invitations)
    }

    fn hide(
        &self,
        is_hidden: bool,
        named: impl FnOnce(&Org) -> Result<RecordId, Refusal>,
        hidden: impl FnOnce(&mut Org) -> &mut BTreeSet<RecordId>,
    ) -> Result<(), Refusal> {
        let mut org = self.shared.lock();
        let id = named(&org)?;
        let hidden = hidden(&mut org);
        if is_hidden {
            hidden.insert(id);
        } else {
            hidden.remove(&id);
        }
        Ok(())
    }

    /// Sets when a user signed in last, `User.LastLoginDate`.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` when there is no such user.
    pub fn note_login(&self, named: &str, at: Timestamp) -> Result<(), Refusal> {
        self.by_hand(|org, _| {
            let id = user(org, named)?;
            org.leave_trace(Object::User, id, "LastLoginDate", whole_seconds(at));
            Ok(())
        })
    }

    /// Sets when a member opened the group's feed last, `LastFeedAccessDate`. It is null until then.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` when he is not in the group.
    pub fn note_feed_access(
        &self,
        named: &str,
        member: &str,
        at: Timestamp,
    ) -> Result<(), Refusal> {
        self.by_hand(|org, _| {
            let found = org.membership(group(org, named)?, user(org, member)?);
            let id = found.map(|(id, _)| id).ok_or_else(Refusal::not_found)?;
            let at = whole_seconds(at);
            org.leave_trace(Object::CollaborationGroupMember, id, "LastFeedAccessDate", at);
            Ok(())
        })
    }
}

impl Org {
    /// Sets a field without an edit: the audit fields stay.
    pub(super) fn leave_trace(
        &mut self,
        object: Object,
        id: RecordId,
        field: &'static str,
        value: impl Into<Value>,
    ) {
        if let Some(row) = self.store.row(object, id) {
            let row: Row = row.clone().with(field, value);
            self.store.put(object, id, row);
        }
    }
}
