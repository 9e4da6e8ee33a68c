//! `User`: whoever can sign in to the org.

use serde::Deserialize;
use serde_json::json;

use crate::collection::Record;
use crate::soql::{Row, Select};
use crate::{Client, Id, Query, WriteError};

const OBJECT: &str = "User";

/// A user of the org.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "Fields")]
pub struct User {
    /// `Id`, prefix `005`.
    pub id: Id,
    /// `Email`. Several users may have the same.
    pub email: String,
    /// `Username`. Looks like an address, but a customer's need not be theirs.
    pub username: String,
    /// `IsActive`.
    pub is_active: bool,
    /// `Profile.UserLicense.Name`; `None` if the user has no profile, or none that is visible to the caller.
    pub license: Option<String>,
}

/// The users with these addresses.
#[must_use]
pub fn by_addresses<A: AsRef<str>>(addresses: &[A]) -> Query<User> {
    Select::new().one_of("Email", addresses.iter().map(AsRef::as_ref))
}

/// The users of these ids.
#[must_use]
pub fn by_ids(ids: &[Id]) -> Query<User> {
    Select::new().one_of_ids("Id", ids)
}

impl Client {
    /// Activates and deactivates users. These calls change nothing else: with `IsActive`, a user is a setup
    /// object, which must not share a transaction with others.
    pub async fn set_active(&self, users: &[(Id, bool)]) -> Vec<Result<(), WriteError>> {
        let record = |(id, is_active): &(Id, bool)| {
            Record::new(Some(id.clone()), json!({ "IsActive": is_active }))
        };
        self.update(OBJECT, users.iter().map(record).collect()).await
    }
}

impl Row for User {
    const OBJECT: &'static str = OBJECT;
    const FIELDS: &'static str = "Id, Email, Username, IsActive, Profile.UserLicense.Name";
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Fields {
    id: Id,
    email: String,
    username: String,
    is_active: bool,
    profile: Option<Profile>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Profile {
    user_license: Option<License>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct License {
    name: Option<String>,
}

impl From<Fields> for User {
    fn from(fields: Fields) -> Self {
        let Fields { id, email, username, is_active, profile } = fields;
        let license = profile.and_then(|profile| profile.user_license).and_then(|it| it.name);
        Self { id, email, username, is_active, license }
    }
}
