//! What admins and owners do at a screen.

use serde_json::{Map, Value as Json};

use super::{OrgHandle, group, user};
use crate::id::RecordId;
use crate::options::Licence;
use crate::org::Org;
use crate::refusal::Refusal;
use crate::schema::Object;
use crate::store::Row;

impl OrgHandle {
    /// Takes a user out of a group by hand.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` when he is not in it; else as over the API.
    pub fn remove_member(&self, named: &str, member: &str) -> Result<(), Refusal> {
        self.by_hand(|org, caller| {
            let id = membership(org, named, member)?;
            org.delete(caller, Object::CollaborationGroupMember, id)
        })
    }

    /// Sets a member's role by hand: `Standard` or `Admin`.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` when he is not in the group; else as over the API.
    pub fn set_role(&self, named: &str, member: &str, role: &str) -> Result<(), Refusal> {
        self.by_hand(|org, caller| {
            let id = membership(org, named, member)?;
            let body = field("CollaborationRole", Json::from(role));
            org.update(caller, Object::CollaborationGroupMember, id, &body)
        })
    }

    /// Gives a user the profile of another licence by hand, as when a customer becomes a colleague.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` when there is no such user, `LICENSE_LIMIT_EXCEEDED` when none is free.
    pub fn change_licence(&self, named: &str, licence: Licence) -> Result<(), Refusal> {
        self.by_hand(|org, _| {
            let id = user(org, named)?;
            org.check_licence(licence.profile())?;
            let profile = org.named(Object::Profile, "Name", licence.profile());
            let profile = profile.ok_or_else(Refusal::not_found)?;
            org.leave_trace(Object::User, id, "ProfileId", profile);
            Ok(())
        })
    }

    /// Deactivates a user by hand.
    ///
    /// # Errors
    ///
    /// As over the API: validation rules hold for people, too.
    pub fn deactivate(&self, named: &str) -> Result<(), Refusal> {
        self.set_active(named, false)
    }

    /// Activates a user by hand.
    ///
    /// # Errors
    ///
    /// `LICENSE_LIMIT_EXCEEDED` when no licence is free.
    pub fn activate(&self, named: &str) -> Result<(), Refusal> {
        self.set_active(named, true)
    }

    fn set_active(&self, named: &str, is_active: bool) -> Result<(), Refusal> {
        self.by_hand(|org, caller| {
            let id = user(org, named)?;
            let body = field("IsActive", Json::from(is_active));
            org.update(caller, Object::User, id, &body)
        })
    }

    /// Freezes or unfreezes a user by hand.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` when he has no `UserLogin` row.
    pub fn set_frozen(&self, named: &str, is_frozen: bool) -> Result<(), Refusal> {
        self.by_hand(|org, caller| {
            let user = user(org, named)?;
            let login = org.login_of(user).map(|(id, _)| id).ok_or_else(Refusal::not_found)?;
            let body = field("IsFrozen", Json::from(is_frozen));
            org.update(caller, Object::UserLogin, login, &body)
        })
    }

    /// Changes a user's address by hand.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` when there is no such user.
    pub fn set_email(&self, named: &str, email: &str) -> Result<(), Refusal> {
        self.by_hand(|org, caller| {
            let id = user(org, named)?;
            org.change(caller, Object::User, id, Row::default().with("Email", email));
            Ok(())
        })
    }

    /// Archives or reactivates a group by hand.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` when there is no such group.
    pub fn set_archived(&self, named: &str, is_archived: bool) -> Result<(), Refusal> {
        self.change_group(named, "IsArchived", Json::from(is_archived))
    }

    /// Changes the type of a group by hand: `Public`, `Private` or `Unlisted`.
    ///
    /// # Errors
    ///
    /// As over the API: a group that allows customers stays private.
    pub(crate) fn set_group_type(
        &self,
        named: &str,
        collaboration_type: &str,
    ) -> Result<(), Refusal> {
        self.change_group(named, "CollaborationType", Json::from(collaboration_type))
    }

    /// Renames a group by hand.
    ///
    /// # Errors
    ///
    /// As over the API.
    pub fn rename_group(&self, named: &str, name: &str) -> Result<(), Refusal> {
        self.change_group(named, "Name", Json::from(name))
    }

    fn change_group(&self, named: &str, name: &'static str, value: Json) -> Result<(), Refusal> {
        self.by_hand(|org, caller| {
            let id = group(org, named)?;
            org.update(caller, Object::CollaborationGroup, id, &field(name, value))
        })
    }

    /// Deletes a group by hand, with its memberships and invitations.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` when there is no such group.
    pub fn delete_group(&self, named: &str) -> Result<(), Refusal> {
        self.by_hand(|org, caller| {
            let id = group(org, named)?;
            org.delete(caller, Object::CollaborationGroup, id)
        })
    }
}

fn membership(org: &Org, named: &str, member: &str) -> Result<RecordId, Refusal> {
    let found = org.membership(group(org, named)?, user(org, member)?);
    found.map(|(id, _)| id).ok_or_else(Refusal::not_found)
}

fn field(name: &str, value: Json) -> Map<String, Json> {
    Map::from_iter([(name.to_owned(), value)])
}
