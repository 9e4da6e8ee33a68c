//! `CollaborationGroup`.

use super::{Caller, Org};
use crate::id::RecordId;
use crate::refusal::Refusal;
use crate::schema::Object;
use crate::store::{Row, Value};

impl Org {
    pub(super) fn create_group(&mut self, caller: Caller, row: Row) -> Result<RecordId, Refusal> {
        let mut group = Row::default()
            .with("CanHaveGuests", false)
            .with("HasPrivateFieldsAccess", true)
            .with("IsArchived", false)
            .with("IsAutoArchiveDisabled", false)
            .with("IsBroadcast", false)
            .with("OwnerId", caller.user);
        group.overlay(row);
        self.check_group(None, &group)?;
        let owner = group.id("OwnerId").unwrap_or(caller.user);
        let id = self.insert(caller, Object::CollaborationGroup, group);
        self.insert_member(caller, id, owner, "Admin");
        Ok(id)
    }

    pub(super) fn update_group(
        &mut self,
        caller: Caller,
        id: RecordId,
        change: Row,
    ) -> Result<(), Refusal> {
        self.check_manages(caller, id)?;
        let old = self.existing(Object::CollaborationGroup, id)?.clone();
        let mut new = old.clone();
        new.overlay(change.clone());
        self.check_group(Some((id, &old)), &new)?;
        if let Some(owner) = new.id("OwnerId")
            && self.membership(id, owner).is_none()
        {
            self.insert_member(caller, id, owner, "Admin");
        }
        self.change(caller, Object::CollaborationGroup, id, change);
        Ok(())
    }

    pub(super) fn delete_group(&mut self, caller: Caller, id: RecordId) -> Result<(), Refusal> {
        self.check_manages(caller, id)?;
        let group = Value::Id(id);
        for (object, field) in [
            (Object::CollaborationGroupMember, "CollaborationGroupId"),
            (Object::CollaborationInvitation, "SharedEntityId"),
        ] {
            let ids: Vec<_> = self.store.find(object, field, &group).map(|it| it.0).collect();
            for id in ids {
                self.store.delete(object, id);
            }
        }
        self.store.delete(Object::CollaborationGroup, id);
        Ok(())
    }

    /// The rules for a group as it would be.
    fn check_group(&self, old: Option<(RecordId, &Row)>, new: &Row) -> Result<(), Refusal> {
        let refuse = |field, message: &str| {
            Err(Refusal::new("FIELD_INTEGRITY_EXCEPTION", message).on(&[field]))
        };
        let was_for_guests = old.is_some_and(|(_, old)| old.is("CanHaveGuests"));
        if was_for_guests && !new.is("CanHaveGuests") {
            let message = "Allow Customers cannot be turned off once it is turned on.";
            return refuse("CanHaveGuests", message);
        }
        if new.is("CanHaveGuests") && new.text("CollaborationType") != "Private" {
            return refuse("CanHaveGuests", "Only private groups can allow customers.");
        }
        self.check_owner(old.map(|(_, old)| old), new)?;
        // "Group names must be unique across public and private groups. Unlisted groups don't
        // require unique names."
        if new.text("CollaborationType") == "Unlisted" {
            return Ok(());
        }
        let own = old.map(|(id, _)| id);
        let taken = self
            .store
            .find(Object::CollaborationGroup, "Name", new.get("Name"))
            .find(|(id, row)| Some(*id) != own && row.text("CollaborationType") != "Unlisted");
        match taken {
            None => Ok(()),
            Some((id, _)) => {
                let message =
                    format!("duplicate value found: Name duplicates value on record with id: {id}");
                Err(Refusal::new("DUPLICATE_VALUE", message).on(&["Name"]))
            }
        }
    }

    fn check_owner(&self, old: Option<&Row>, new: &Row) -> Result<(), Refusal> {
        if old.is_some_and(|old| old.get("OwnerId") == new.get("OwnerId")) {
            return Ok(());
        }
        let (id, owner) = self.referred(Object::User, new, "OwnerId")?;
        if !owner.is("IsActive") {
            let message =
                format!("operation performed with inactive user [{id}] as owner of group");
            return Err(Refusal::new("INACTIVE_OWNER_OR_USER", message).on(&["OwnerId"]));
        }
        if self.is_customer(owner) {
            let message = "A customer cannot own a group.";
            return Err(Refusal::new("FIELD_INTEGRITY_EXCEPTION", message).on(&["OwnerId"]));
        }
        Ok(())
    }
}
