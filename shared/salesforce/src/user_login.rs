//! `UserLogin`: whether a user is frozen. Freezing keeps a user out and keeps the licence in use.

use serde::Deserialize;
use serde_json::json;

use crate::record::Record;
use crate::soql::{Row, Select};
use crate::{Client, Id, Query, Written};

const OBJECT: &str = "UserLogin";

/// The login of a user. Whether one who never logged in has any is not documented.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UserLogin {
    /// `Id`.
    pub id: Id,
    /// `UserId`.
    pub user_id: Id,
    /// `IsFrozen`.
    pub is_frozen: bool,
}

/// The logins of these users.
#[must_use]
pub fn by_users(users: &[Id]) -> Query<UserLogin> {
    Select::new().one_of_ids("UserId", users)
}

impl Client {
    /// Freezes and unfreezes logins, by the id of the login.
    pub async fn set_frozen(&self, logins: &[(Id, bool)]) -> Vec<Written<()>> {
        let record = |(id, is_frozen): &(Id, bool)| {
            Record::new(Some(id.clone()), json!({ "IsFrozen": is_frozen }))
        };
        self.update(OBJECT, logins.iter().map(record).collect()).await
    }
}

impl Row for UserLogin {
    const OBJECT: &'static str = OBJECT;
    const FIELDS: &'static str = "Id, UserId, IsFrozen";
}
