//! Creating, changing and deleting records: the checks common to all objects.

use serde_json::{Map, Value as Json};

use super::convert;
use super::{Caller, Org, whole_seconds};
use crate::id::RecordId;
use crate::refusal::Refusal;
use crate::schema::Object;
use crate::store::{Row, Slot, Value};

impl Org {
    /// Creates a record from the fields of a request.
    pub(crate) fn create(
        &mut self,
        caller: Caller,
        object: Object,
        body: &Map<String, Json>,
    ) -> Result<RecordId, Refusal> {
        if !object.is_createable() {
            return Err(unsupported(object, "inserted"));
        }
        let row = convert::fields(object, body, 'c')?;
        convert::check_required(object, &row, true)?;
        self.check_lock(None, &row)?;
        match object {
            Object::CollaborationGroup => self.create_group(caller, row),
            Object::CollaborationGroupMember => self.create_member(caller, &row),
            Object::CollaborationInvitation => self.create_invitation(caller, row),
            Object::User
            | Object::UserLogin
            | Object::UserLicense
            | Object::Profile
            | Object::PermissionSet
            | Object::PermissionSetAssignment
            | Object::Organization => Err(unsupported(object, "inserted")),
        }
    }

    /// Changes the fields of a record that a request names.
    pub(crate) fn update(
        &mut self,
        caller: Caller,
        object: Object,
        id: RecordId,
        body: &Map<String, Json>,
    ) -> Result<(), Refusal> {
        if !object.is_updateable() {
            return Err(unsupported(object, "updated"));
        }
        let old = self.reached(caller, object, id)?.clone();
        let change = convert::fields(object, body, 'u')?;
        convert::check_required(object, &change, false)?;
        self.check_lock(Some(id), &old)?;
        match object {
            Object::User => self.update_user(caller, id, &change),
            Object::UserLogin => self.update_login(caller, id, change),
            Object::CollaborationGroup => self.update_group(caller, id, change),
            Object::CollaborationGroupMember => self.update_member(caller, id, change),
            Object::UserLicense
            | Object::Profile
            | Object::PermissionSet
            | Object::PermissionSetAssignment
            | Object::Organization
            | Object::CollaborationInvitation => Err(unsupported(object, "updated")),
        }
    }

    /// Deletes a record.
    pub(crate) fn delete(
        &mut self,
        caller: Caller,
        object: Object,
        id: RecordId,
    ) -> Result<(), Refusal> {
        if !object.is_deletable() {
            return Err(unsupported(object, "deleted"));
        }
        let row = self.reached(caller, object, id)?.clone();
        self.check_lock(Some(id), &row)?;
        match object {
            Object::CollaborationGroup => self.delete_group(caller, id),
            Object::CollaborationGroupMember => self.delete_member(caller, id),
            Object::CollaborationInvitation => self.cancel_invitation(caller, id),
            Object::User
            | Object::UserLogin
            | Object::UserLicense
            | Object::Profile
            | Object::PermissionSet
            | Object::PermissionSetAssignment
            | Object::Organization => Err(unsupported(object, "deleted")),
        }
    }

    /// A live record, or why there is none.
    pub(crate) fn existing(&self, object: Object, id: RecordId) -> Result<&Row, Refusal> {
        match self.store.slot(object, id) {
            Some(Slot::Live(row)) => Ok(row),
            Some(Slot::Deleted(_)) => Err(Refusal::new("ENTITY_IS_DELETED", "entity is deleted")),
            None => Err(Refusal::not_found()),
        }
    }

    /// A live record that the caller can write, or why there is none: of a hidden group nothing is
    /// there for him.
    fn reached(&self, caller: Caller, object: Object, id: RecordId) -> Result<&Row, Refusal> {
        let row = self.existing(object, id)?;
        let is_shown = caller.sees_all || self.view().shows_group(object, row);
        if is_shown { Ok(row) } else { Err(Refusal::not_found()) }
    }

    /// The record that a reference field names.
    pub(super) fn referred(
        &self,
        object: Object,
        row: &Row,
        field: &str,
    ) -> Result<(RecordId, &Row), Refusal> {
        let found = row.id(field).and_then(|id| Some((id, self.store.row(object, id)?)));
        found.ok_or_else(|| {
            Refusal::new("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id").on(&[field])
        })
    }

    /// Adds a record with its audit fields.
    pub(super) fn insert(&mut self, caller: Caller, object: Object, mut row: Row) -> RecordId {
        let now = whole_seconds(caller.now);
        row.set("CreatedDate", now);
        row.set("CreatedById", caller.user);
        row.set("LastModifiedDate", now);
        row.set("LastModifiedById", caller.user);
        row.set("SystemModstamp", now);
        self.store.insert(object, row)
    }

    /// Changes fields of a record and its audit fields.
    pub(crate) fn change(&mut self, caller: Caller, object: Object, id: RecordId, change: Row) {
        let Some(row) = self.store.row(object, id) else { return };
        let now = whole_seconds(caller.now);
        let mut row = row.clone();
        row.overlay(change);
        row.set("LastModifiedDate", now);
        row.set("LastModifiedById", caller.user);
        row.set("SystemModstamp", now);
        self.store.put(object, id, row);
    }

    /// Refuses a record that the scheduled fault locks.
    fn check_lock(&mut self, id: Option<RecordId>, row: &Row) -> Result<(), Refusal> {
        let Some((values, fraction, random)) = &mut self.disturbance.locks else { return Ok(()) };
        let is_named = id.is_some_and(|id| values.contains(id.as_str()))
            || row.values().any(|value| match value {
                Value::Text(text) => values.contains(text),
                Value::Id(id) => values.contains(id.as_str()),
                Value::Null | Value::Boolean(_) | Value::Integer(_) | Value::Instant(_) => false,
            });
        if is_named || random.f64() < *fraction {
            let message = "unable to obtain exclusive access to this record";
            return Err(Refusal::new("UNABLE_TO_LOCK_ROW", message));
        }
        Ok(())
    }
}

/// The refusal of a call that the object does not offer.
fn unsupported(object: Object, done: &str) -> Refusal {
    let message = format!("entity type cannot be {done}: {}", object.name());
    Refusal::new("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", message)
}
