//! `CollaborationGroupMember`.

use super::{Caller, Mail, MailKind, Org};
use crate::id::RecordId;
use crate::refusal::Refusal;
use crate::schema::Object;
use crate::store::{Row, Value};

/// "A user can be a member of 300 groups." Archived groups do not count.
const MOST_GROUPS: usize = 300;

impl Org {
    pub(super) fn create_member(&mut self, caller: Caller, row: &Row) -> Result<RecordId, Refusal> {
        let (group_id, group) =
            self.referred(Object::CollaborationGroup, row, "CollaborationGroupId")?;
        let (user_id, user) = self.referred(Object::User, row, "MemberId")?;
        if !caller.sees_all && !self.view().shows_user(user_id) {
            let message = "insufficient access rights on cross-reference id";
            return Err(Refusal::new("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", message));
        }
        let (name, address) = (group.text("Name").to_owned(), user.text("Email").to_owned());
        if group.text("CollaborationType") != "Public" || caller.user != user_id {
            self.check_manages(caller, group_id)?;
        }
        self.check_joins(group_id, user_id)?;
        let role = match row.text("CollaborationRole") {
            "" => "Standard",
            role => role,
        };
        let id = self.insert_member(caller, group_id, user_id, role);
        if user_id != caller.user {
            let mail = Mail {
                at: caller.now,
                to: address,
                kind: MailKind::Added,
                group: name,
                message: None,
            };
            self.mails.push(mail);
        }
        Ok(id)
    }

    /// Whether a user may become a member of a group.
    pub(super) fn check_joins(&self, group: RecordId, user: RecordId) -> Result<(), Refusal> {
        let group_row = self.existing(Object::CollaborationGroup, group)?;
        let user_row = self.existing(Object::User, user)?;
        if let Some((id, _)) = self.membership(group, user) {
            let message =
                format!("duplicate value found: MemberId duplicates value on record with id: {id}");
            return Err(Refusal::new("DUPLICATE_VALUE", message).on(&["MemberId"]));
        }
        if !user_row.is("IsActive") {
            let message = format!("operation performed with inactive user [{user}]");
            return Err(Refusal::new("INACTIVE_OWNER_OR_USER", message).on(&["MemberId"]));
        }
        if self.is_customer(user_row) && !group_row.is("CanHaveGuests") {
            let message = "The group does not allow customers.";
            return Err(Refusal::new("FIELD_INTEGRITY_EXCEPTION", message).on(&["MemberId"]));
        }
        if self.live_groups_of(user) >= MOST_GROUPS {
            let message = "A user can be a member of at most 300 groups.";
            return Err(Refusal::new("LIMIT_EXCEEDED", message));
        }
        if self.is_full(group) {
            let message = "The group is full: it has the maximum number of members.";
            return Err(Refusal::new("LIMIT_EXCEEDED", message));
        }
        Ok(())
    }

    pub(super) fn insert_member(
        &mut self,
        caller: Caller,
        group: RecordId,
        user: RecordId,
        role: &str,
    ) -> RecordId {
        let row = Row::default()
            .with("CollaborationGroupId", group)
            .with("MemberId", user)
            .with("CollaborationRole", role)
            .with("NotificationFrequency", "N");
        self.insert(caller, Object::CollaborationGroupMember, row)
    }

    pub(super) fn update_member(
        &mut self,
        caller: Caller,
        id: RecordId,
        change: Row,
    ) -> Result<(), Refusal> {
        let member = self.existing(Object::CollaborationGroupMember, id)?;
        if let Some(group) = member.id("CollaborationGroupId") {
            self.check_manages(caller, group)?;
        }
        self.change(caller, Object::CollaborationGroupMember, id, change);
        Ok(())
    }

    pub(super) fn delete_member(&mut self, caller: Caller, id: RecordId) -> Result<(), Refusal> {
        let member = self.existing(Object::CollaborationGroupMember, id)?;
        let (group, user) = (member.id("CollaborationGroupId"), member.id("MemberId"));
        let group_row = group.and_then(|id| self.store.row(Object::CollaborationGroup, id));
        if group_row.is_some_and(|row| row.id("OwnerId") == user) {
            let message = "The owner of a group cannot leave it.";
            return Err(Refusal::new("FIELD_INTEGRITY_EXCEPTION", message));
        }
        if let Some(group) = group.filter(|_| user != Some(caller.user)) {
            self.check_manages(caller, group)?;
        }
        self.store.delete(Object::CollaborationGroupMember, id);
        Ok(())
    }

    /// Whether a group has as many members as it can have.
    pub(crate) fn is_full(&self, group: RecordId) -> bool {
        let members = || {
            let group = Value::Id(group);
            let object = Object::CollaborationGroupMember;
            self.store.find(object, "CollaborationGroupId", &group).count()
        };
        self.rules.maximum_members.is_some_and(|maximum| members() >= maximum)
    }

    fn live_groups_of(&self, user: RecordId) -> usize {
        self.store
            .find(Object::CollaborationGroupMember, "MemberId", &Value::Id(user))
            .filter_map(|(_, member)| member.id("CollaborationGroupId"))
            .filter_map(|group| self.store.row(Object::CollaborationGroup, group))
            .filter(|group| !group.is("IsArchived"))
            .count()
    }
}
