//! `UserLicense`: how many users of a kind the org may have. Reading it takes *View Setup and Configuration*.

use serde::Deserialize;

use crate::Query;
use crate::soql::{Row, Select};

/// `Name` of the licence of customers. Its key is not documented, and its label may be translated.
pub const CHATTER_EXTERNAL: &str = "Chatter External";

/// A kind of licence.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UserLicense {
    /// `Name`.
    pub name: String,
    /// `Status`: `Active` or `Disabled`.
    #[serde(default)]
    pub status: Option<String>,
    /// `TotalLicenses`.
    pub total_licenses: u64,
    /// `UsedLicenses`, by active users.
    pub used_licenses: u64,
}

/// The licence of customers.
#[must_use]
pub fn chatter_external() -> Query<UserLicense> {
    Select::new().equals("Name", CHATTER_EXTERNAL).query()
}

impl UserLicense {
    /// How many more users may become active.
    #[must_use]
    pub fn free(&self) -> u64 {
        self.total_licenses.saturating_sub(self.used_licenses)
    }
}

impl Row for UserLicense {
    const OBJECT: &'static str = "UserLicense";
    const FIELDS: &'static str = "Name, Status, TotalLicenses, UsedLicenses";
}
