//! The org's limits.

use serde::Deserialize;

use crate::request::Request;
use crate::{Client, ClientError};

/// The limits that matter here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Limits {
    /// `DailyApiRequests`: requests in 24 hours. `None` where Salesforce does not list it.
    #[serde(default)]
    pub daily_api_requests: Option<Allowance>,
}

/// How much of something there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Allowance {
    /// In all.
    pub max: u64,
    /// Not used.
    pub remaining: u64,
}

impl Client {
    /// Reads the org's limits. [`Client::usage`] knows the daily one without a call.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn limits(&self) -> Result<Limits, ClientError> {
        self.fetch(&Request::get(self.path("limits"))).await
    }
}
