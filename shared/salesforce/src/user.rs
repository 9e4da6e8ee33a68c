//! `User`: whoever can sign in to the org.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use crate::record::Record;
use crate::soql::{Count, In, Row, Select};
use crate::{Client, Id, Query, Written, instant};

const OBJECT: &str = "User";

/// The path to the name of a user's licence.
const LICENSE: &str = "Profile.UserLicense.Name";

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
    /// `LastLoginDate`; `None` if the user has never signed in.
    pub last_login: Option<Timestamp>,
    /// `CreatedDate`.
    pub created: Option<Timestamp>,
}

/// The users with one of these addresses or ids. One may come twice.
#[must_use]
pub fn by_addresses_or_ids<A: AsRef<str>>(addresses: &[A], ids: &[Id]) -> Query<User> {
    let addresses = addresses.iter().map(AsRef::as_ref);
    Select::new().any_of([In::texts("Email", addresses), In::ids("Id", ids)])
}

/// The users of these ids.
#[must_use]
pub fn by_ids(ids: &[Id]) -> Query<User> {
    Select::new().one_of_ids("Id", ids)
}

/// All active users with a licence.
#[must_use]
pub fn active_with_license(license: &str) -> Query<User> {
    Select::new().and_true("IsActive").equals(LICENSE, license).query()
}

/// All active users with a licence whom the org has since an instant.
#[must_use]
pub fn active_with_license_since(license: &str, at: Timestamp) -> Query<User> {
    Select::new().and_true("IsActive").equals(LICENSE, license).since("CreatedDate", at).query()
}

/// How many active users with a licence the caller can see.
#[must_use]
pub fn count_active_with_license(license: &str) -> Query<Count> {
    Select::<User>::new().and_true("IsActive").equals(LICENSE, license).count()
}

impl Client {
    /// Activates and deactivates users. These calls change nothing else: with `IsActive`, a user is a setup
    /// object, which must not share a transaction with others.
    pub async fn set_active(&self, users: &[(Id, bool)]) -> Vec<Written<()>> {
        let record = |(id, is_active): &(Id, bool)| {
            Record::new(Some(id.clone()), json!({ "IsActive": is_active }))
        };
        self.update(OBJECT, users.iter().map(record).collect()).await
    }
}

impl Row for User {
    const OBJECT: &'static str = OBJECT;
    const FIELDS: &'static str =
        "Id, Email, Username, IsActive, Profile.UserLicense.Name, LastLoginDate, CreatedDate";
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Fields {
    id: Id,
    email: String,
    username: String,
    is_active: bool,
    profile: Option<Profile>,
    #[serde(default, deserialize_with = "instant::optional")]
    last_login_date: Option<Timestamp>,
    #[serde(default, deserialize_with = "instant::optional")]
    created_date: Option<Timestamp>,
}

/// The profile of a user, as far as it leads to the licence.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Profile {
    user_license: Option<License>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct License {
    name: Option<String>,
}

impl Profile {
    /// The name of the licence; `None` where the profile does not lead to one.
    pub(crate) fn license(self) -> Option<String> {
        self.user_license?.name
    }
}

impl From<Fields> for User {
    fn from(fields: Fields) -> Self {
        let Fields { id, email, username, is_active, profile, last_login_date, created_date } =
            fields;
        let license = profile.and_then(Profile::license);
        let (last_login, created) = (last_login_date, created_date);
        Self { id, email, username, is_active, license, last_login, created }
    }
}
