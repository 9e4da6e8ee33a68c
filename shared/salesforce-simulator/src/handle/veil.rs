//! What the integration user does not see, and the traces that people leave.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{OrgHandle, group, user};
use crate::id::RecordId;
use crate::org::{Org, whole_seconds};
use crate::refusal::Refusal;
use crate::schema::Object;
use crate::store::Row;

impl OrgHandle {
    /// Hides a user's row from the integration user, or shows it again. His memberships stay, with
    /// `Member` null; his seat stays counted. The integration user always sees himself.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` when there is no such user.
    pub fn hide_user(&self, named: &str, is_hidden: bool) -> Result<(), Refusal> {
        self.hide(named, is_hidden, |org| &mut org.hidden.users)
    }

    /// Makes the relation `Profile` of a user read null, or shows it again.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` when there is no such user.
    pub fn hide_profile(&self, named: &str, is_hidden: bool) -> Result<(), Refusal> {
        self.hide(named, is_hidden, |org| &mut org.hidden.profiles)
    }

    fn hide(
        &self,
        named: &str,
        is_hidden: bool,
        hidden: impl FnOnce(&mut Org) -> &mut BTreeSet<RecordId>,
    ) -> Result<(), Refusal> {
        let mut org = self.shared.lock();
        let user = user(&org, named)?;
        let hidden = hidden(&mut org);
        if is_hidden {
            hidden.insert(user);
        } else {
            hidden.remove(&user);
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
            org.leave_trace(Object::User, id, "LastLoginDate", at);
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
            org.leave_trace(Object::CollaborationGroupMember, id, "LastFeedAccessDate", at);
            Ok(())
        })
    }
}

impl Org {
    /// Sets an instant that is no edit: the audit fields stay.
    fn leave_trace(&mut self, object: Object, id: RecordId, field: &'static str, at: Timestamp) {
        if let Some(row) = self.store.row(object, id) {
            let row: Row = row.clone().with(field, whole_seconds(at));
            self.store.put(object, id, row);
        }
    }
}
