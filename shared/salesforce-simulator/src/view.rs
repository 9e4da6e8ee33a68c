//! The records as one reader sees them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::id::RecordId;
use crate::options::{Licence, Rules};
use crate::schema::{Field, Object};
use crate::store::{Before, Row, Slot, Store, Value};

/// Records that an admin has hidden from the integration user, one by one.
#[derive(Debug, Default)]
pub(crate) struct Hidden {
    /// Users whose rows he does not see.
    pub(crate) users: BTreeSet<RecordId>,
    /// Users whose relation `Profile` reads null.
    pub(crate) profiles: BTreeSet<RecordId>,
    /// Groups of which he sees nothing: neither the group nor its members nor the invitations to it.
    pub(crate) groups: BTreeSet<RecordId>,
    /// Invitations whose rows he does not see.
    pub(crate) invitations: BTreeSet<RecordId>,
}

/// What stands between the records and the integration user.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Veil<'a> {
    /// The integration user himself, who always sees his own row.
    pub(crate) me: RecordId,
    pub(crate) hidden: &'a Hidden,
    /// Whether he sees the customers' rows at all.
    pub(crate) view_all_users: bool,
    pub(crate) rules: &'a Rules,
    /// What `UsedLicenses` shows while it does not follow.
    pub(crate) old_licences: &'a BTreeMap<RecordId, i64>,
}

/// The records as one request sees them: as they are, or as they were before the last write, and
/// whole or through a veil.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    store: &'a Store,
    stale: &'a [Object],
    veil: Option<Veil<'a>>,
}

impl<'a> View<'a> {
    /// The truth.
    pub(crate) fn whole(store: &'a Store) -> Self {
        Self { store, stale: &[], veil: None }
    }

    /// What the integration user sees, with the objects in `stale` as they were before the last
    /// write to them.
    pub(crate) fn through(veil: Veil<'a>, store: &'a Store, stale: &'a [Object]) -> Self {
        Self { store, stale, veil: Some(veil) }
    }

    /// The rules that hold for this reader.
    pub(crate) fn rules(self) -> Option<&'a Rules> {
        self.veil.map(|veil| veil.rules)
    }

    fn before(self, object: Object) -> Option<&'a Before> {
        self.stale.contains(&object).then(|| self.store.before_last_write(object)).flatten()
    }

    pub(crate) fn row(self, object: Object, id: RecordId) -> Option<&'a Row> {
        self.present(object, id).filter(|row| self.shows(object, row))
    }

    /// A row, whether or not the reader sees it.
    fn present(self, object: Object, id: RecordId) -> Option<&'a Row> {
        match self.before(object).and_then(|before| before.get(&id)) {
            Some(slot) => slot.as_ref().and_then(Slot::live).map(Arc::as_ref),
            None => self.store.row(object, id),
        }
    }

    pub(crate) fn rows(self, object: Object) -> Vec<(RecordId, &'a Row)> {
        let seen = |(_, row): &(RecordId, &Row)| self.shows(object, row);
        let Some(before) = self.before(object) else {
            return self.store.rows(object).filter(seen).collect();
        };
        let mut rows: BTreeMap<RecordId, &Row> = self.store.rows(object).collect();
        for (id, slot) in before {
            match slot.as_ref().and_then(Slot::live) {
                Some(row) => rows.insert(*id, row),
                None => rows.remove(id),
            };
        }
        rows.into_iter().filter(seen).collect()
    }

    /// Whether the reader sees a row.
    fn shows(self, object: Object, row: &Row) -> bool {
        match object {
            Object::User => row.id("Id").is_none_or(|id| self.shows_user(id)),
            Object::UserLogin => row.id("UserId").is_none_or(|id| self.shows_user(id)),
            Object::UserLicense
            | Object::Profile
            | Object::PermissionSet
            | Object::PermissionSetAssignment
            | Object::Organization => true,
            Object::CollaborationGroup
            | Object::CollaborationGroupMember
            | Object::CollaborationInvitation => {
                let id = row.id("Id");
                let is_hidden =
                    |veil: Veil<'_>| id.is_some_and(|id| veil.hidden.invitations.contains(&id));
                self.shows_group(object, row) && !self.veil.is_some_and(is_hidden)
            }
        }
    }

    /// Whether the reader sees the group that a row is, or belongs to.
    pub(crate) fn shows_group(self, object: Object, row: &Row) -> bool {
        let group = match object {
            Object::CollaborationGroup => row.id("Id"),
            Object::CollaborationGroupMember => row.id("CollaborationGroupId"),
            Object::CollaborationInvitation => row.id("SharedEntityId"),
            Object::User
            | Object::UserLogin
            | Object::UserLicense
            | Object::Profile
            | Object::PermissionSet
            | Object::PermissionSetAssignment
            | Object::Organization => None,
        };
        let is_hidden = |veil: Veil<'_>| group.is_some_and(|id| veil.hidden.groups.contains(&id));
        !self.veil.is_some_and(is_hidden)
    }

    /// Whether the reader sees the row of a user.
    pub(crate) fn shows_user(self, id: RecordId) -> bool {
        let Some(veil) = self.veil.filter(|veil| veil.me != id) else { return true };
        !veil.hidden.users.contains(&id) && (veil.view_all_users || !self.is_customer(id))
    }

    fn is_customer(self, user: RecordId) -> bool {
        let licence = self.present(Object::User, user).and_then(|user| self.licence_of(user));
        licence
            .and_then(|id| self.present(Object::UserLicense, id))
            .is_some_and(|licence| licence.text("Name") == Licence::ChatterExternal.name())
    }

    fn licence_of(self, user: &Row) -> Option<RecordId> {
        let profile = self.present(Object::Profile, user.id("ProfileId")?)?;
        profile.id("UserLicenseId")
    }

    /// The record behind a reference field, as the relation shows it: none where the reference is
    /// null or the reader does not see what it leads to.
    pub(crate) fn behind(
        self,
        object: Object,
        row: &Row,
        field: &Field,
        to: Object,
    ) -> Option<&'a Row> {
        let is_cut = self.veil.is_some_and(|veil| match to {
            Object::Profile => {
                object == Object::User
                    && row.id("Id").is_some_and(|id| veil.hidden.profiles.contains(&id))
            }
            Object::UserLicense => veil.rules.profile_licence_null,
            Object::User
            | Object::UserLogin
            | Object::PermissionSet
            | Object::PermissionSetAssignment
            | Object::Organization
            | Object::CollaborationGroup
            | Object::CollaborationGroupMember
            | Object::CollaborationInvitation => false,
        });
        if is_cut {
            return None;
        }
        row.id(field.name).and_then(|id| self.row(to, id))
    }

    /// The value of a field, the counted ones included.
    pub(crate) fn value(self, object: Object, row: &'a Row, field: &str) -> Value {
        match (object, field) {
            (Object::CollaborationGroup, "MemberCount") => self.member_count(row),
            (Object::UserLicense, "UsedLicenses") => {
                row.id("Id").map_or(Value::Null, |id| Value::Integer(self.shown_licences(id)))
            }
            _ => row.get(field).clone(),
        }
    }

    fn member_count(self, group: &Row) -> Value {
        if self.rules().is_some_and(|rules| rules.member_count_null) {
            return Value::Null;
        }
        let id = group.get("Id");
        let members = self.rows(Object::CollaborationGroupMember);
        let count = members.iter().filter(|(_, it)| it.get("CollaborationGroupId") == id).count();
        Value::Integer(i64::try_from(count).unwrap_or(i64::MAX))
    }

    /// `UsedLicenses` as the reader is told.
    fn shown_licences(self, licence: RecordId) -> i64 {
        let Some(Veil { rules, old_licences, .. }) = self.veil else {
            return self.used_licences(licence);
        };
        let old = old_licences.get(&licence).filter(|_| rules.used_licences_stale);
        let counted = old.copied().unwrap_or_else(|| self.used_licences(licence));
        counted.saturating_add(rules.used_licences_offset)
    }

    /// How many active users hold a licence, hidden ones included: deactivation frees it, freezing
    /// does not.
    pub(crate) fn used_licences(self, licence: RecordId) -> i64 {
        let users = Self { veil: None, ..self }.rows(Object::User);
        let holds = |user: &Row| user.is("IsActive") && self.licence_of(user) == Some(licence);
        let used = users.iter().filter(|(_, user)| holds(user)).count();
        i64::try_from(used).unwrap_or(i64::MAX)
    }
}
