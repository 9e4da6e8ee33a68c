//! `User`, `UserLogin` and the licences that active users hold.

use jiff::Timestamp;

use super::{Caller, Org, whole_seconds};
use crate::id::RecordId;
use crate::refusal::Refusal;
use crate::schema::Object;
use crate::store::{Row, Value};
use crate::view::View;

/// A user to be.
#[derive(Debug)]
pub(crate) struct NewRow {
    pub(crate) username: String,
    pub(crate) email: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) is_active: bool,
}

impl Org {
    /// Adds a user without asking for a licence.
    pub(crate) fn insert_user(
        &mut self,
        new: NewRow,
        profile: &str,
        has_login: bool,
        now: Timestamp,
    ) -> RecordId {
        let caller = self.hand(now);
        let NewRow { username, email, first_name, last_name, is_active } = new;
        let name = format!("{first_name} {last_name}").trim().to_owned();
        let mut row = Row::default()
            .with("Username", username.as_str())
            .with("Email", email.as_str())
            .with("LastName", last_name.as_str())
            .with("Name", name.as_str())
            .with("IsActive", is_active)
            // No source says what Chatter External has; one real record shows this.
            .with("UserType", if profile.starts_with("Chatter") { "CsnOnly" } else { "Standard" });
        if !first_name.is_empty() {
            row.set("FirstName", first_name.as_str());
        }
        if let Some(profile) = self.named(Object::Profile, "Name", profile) {
            row.set("ProfileId", profile);
        }
        let id = self.insert(caller, Object::User, row);
        if has_login {
            let login = Row::default()
                .with("UserId", id)
                .with("IsFrozen", false)
                .with("IsPasswordLocked", false);
            self.insert(caller, Object::UserLogin, login);
        }
        id
    }

    /// Refuses when no licence is free for one more active user with this profile.
    pub(crate) fn check_licence(&self, profile: &str) -> Result<(), Refusal> {
        let licence = self
            .named(Object::Profile, "Name", profile)
            .and_then(|id| self.store.row(Object::Profile, id))
            .and_then(|profile| profile.id("UserLicenseId"));
        let total = licence.and_then(|id| self.store.row(Object::UserLicense, id));
        let (Some(id), Some(total)) = (licence, total) else { return Ok(()) };
        if View::whole(&self.store).used_licences(id) < total.number("TotalLicenses") {
            return Ok(());
        }
        Err(Refusal::new("LICENSE_LIMIT_EXCEEDED", "License Limit Exceeded"))
    }

    pub(super) fn update_user(
        &mut self,
        caller: Caller,
        id: RecordId,
        change: &Row,
    ) -> Result<(), Refusal> {
        check_manages_users(caller)?;
        self.check_sees(caller, id)?;
        if self.rules.blocks_meet_every_update {
            self.check_validation(id)?;
        }
        let user = self.existing(Object::User, id)?;
        if !change.mentions("IsActive") || change.is("IsActive") == user.is("IsActive") {
            return Ok(());
        }
        if change.is("IsActive") {
            let profile = user.id("ProfileId").and_then(|id| self.store.row(Object::Profile, id));
            self.check_licence(profile.map_or("", |profile| profile.text("Name")))?;
        } else {
            self.check_deactivation(id)?;
        }
        self.change(caller, Object::User, id, change.clone());
        Ok(())
    }

    /// Refuses to change a user whose row the caller does not see.
    fn check_sees(&self, caller: Caller, user: RecordId) -> Result<(), Refusal> {
        if caller.sees_all || self.view().shows_user(user) { Ok(()) } else { Err(no_access()) }
    }

    /// Memberships stay: deactivation takes only the licence.
    fn check_deactivation(&self, id: RecordId) -> Result<(), Refusal> {
        if id == self.me {
            let message = "You can't deactivate the last administrator.";
            return Err(Refusal::new("CANNOT_DISABLE_LAST_ADMIN", message));
        }
        self.check_validation(id)
    }

    /// The validation rules against deactivation.
    fn check_validation(&self, id: RecordId) -> Result<(), Refusal> {
        let deactivation = &self.blocks.deactivation;
        match deactivation.get(&Some(id)).or_else(|| deactivation.get(&None)) {
            Some(message) => {
                Err(Refusal::new("FIELD_CUSTOM_VALIDATION_EXCEPTION", message.clone()))
            }
            None => Ok(()),
        }
    }

    pub(super) fn update_login(
        &mut self,
        caller: Caller,
        id: RecordId,
        change: Row,
    ) -> Result<(), Refusal> {
        check_manages_users(caller)?;
        if let Some(user) = self.existing(Object::UserLogin, id)?.id("UserId") {
            self.check_sees(caller, user)?;
        }
        if change.is("IsPasswordLocked") {
            let message = "IsPasswordLocked can be set to false only.";
            let refusal = Refusal::new("FIELD_INTEGRITY_EXCEPTION", message);
            return Err(refusal.on(&["IsPasswordLocked"]));
        }
        self.change(caller, Object::UserLogin, id, change);
        Ok(())
    }

    /// The login row of a user, if he has one.
    pub(crate) fn login_of(&self, user: RecordId) -> Option<(RecordId, &Row)> {
        self.store.find(Object::UserLogin, "UserId", &Value::Id(user)).next()
    }

    /// Records that a user has signed in.
    pub(crate) fn note_login(&mut self, user: RecordId, now: Timestamp) {
        let caller = self.hand(now);
        let login = Row::default().with("LastLoginDate", whole_seconds(now));
        self.change(caller, Object::User, user, login);
        self.store.commit();
    }
}

fn check_manages_users(caller: Caller) -> Result<(), Refusal> {
    if caller.administrator {
        return Ok(());
    }
    Err(no_access())
}

fn no_access() -> Refusal {
    let message = "insufficient access rights on object id";
    Refusal::new("INSUFFICIENT_ACCESS_OR_READONLY", message)
}
