//! An entrance of the org that has moved elsewhere, or that is not there.

use serde::{Deserialize, Serialize};

/// Where a client comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Entrance {
    /// The token endpoint, at `loginUrl`.
    SignIn,
    /// The API, at the token answer's `instance_url`.
    Rest,
}

/// What an entrance answers to everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Redirect {
    /// 301, 302 or 307 after a change of My Domain; 404 where nothing is.
    pub status: u16,
    /// `Location`.
    #[serde(default)]
    pub location: Option<String>,
    /// Whether path and query of the request follow the location.
    #[serde(default)]
    pub keeps_path: bool,
}

impl Redirect {
    /// The same path at another host, for example 301 and `https://new.my.salesforce.com`.
    #[must_use]
    pub fn to_host(status: u16, address: &str) -> Self {
        Self { keeps_path: true, ..Self::to(status, address) }
    }

    /// One page, whatever was asked for, as a login page that takes the place of the API.
    #[must_use]
    pub fn to(status: u16, location: &str) -> Self {
        Self { status, location: Some(location.to_owned()), keeps_path: false }
    }

    /// 404 with a page in HTML.
    #[must_use]
    pub fn nowhere() -> Self {
        Self { status: 404, location: None, keeps_path: false }
    }
}
