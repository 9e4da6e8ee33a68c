//! What the token endpoint says when it refuses.

use serde::{Deserialize, Serialize};

/// The answer of the token endpoint when it refuses. Both texts may be anything: descriptions come
/// in the user's language, too.
///
/// The ready-made ones have the words that public reports show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInRefusal {
    /// For example `invalid_grant`.
    pub error: String,
    /// For people.
    pub error_description: String,
    /// HTTP status: 400, unless said otherwise.
    #[serde(default = "bad_request")]
    pub status: u16,
}

fn bad_request() -> u16 {
    400
}

impl SignInRefusal {
    /// A refusal with code and text, and status 400.
    #[must_use]
    pub fn new(error: &str, description: &str) -> Self {
        Self {
            error: error.to_owned(),
            error_description: description.to_owned(),
            status: bad_request(),
        }
    }

    /// The same with another status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The integration user is deactivated or frozen.
    #[must_use]
    pub fn inactive_user() -> Self {
        Self::new("invalid_grant", "inactive user")
    }

    /// The address that the call comes from is not among the allowed ones.
    #[must_use]
    pub fn ip_restricted() -> Self {
        Self::new("invalid_grant", "ip restricted")
    }

    /// The integration user's profile has login hours.
    #[must_use]
    pub fn invalid_login_hours() -> Self {
        Self::new("invalid_grant", "invalid login hours")
    }

    /// The user is not approved for the app.
    #[must_use]
    pub fn not_approved() -> Self {
        Self::new("invalid_grant", "user hasn't approved this consumer")
    }

    /// The org has blocked the app. The code is in upper case; no report shows the whole text.
    #[must_use]
    pub fn app_blocked() -> Self {
        Self::new("OAUTH_APP_BLOCKED", "this app is blocked by admin")
    }

    /// The app is not installed in this org.
    #[must_use]
    pub fn app_not_installed() -> Self {
        Self::new("app_not_found", "External client app is not installed in this org")
    }

    /// The user has signed in 3,600 times within an hour. Passes by itself.
    #[must_use]
    pub fn login_rate_exceeded() -> Self {
        Self::new("invalid_grant", "login rate exceeded")
    }

    /// Something broke on Salesforce's side. No source gives the text, nor the status for certain.
    #[must_use]
    pub fn server_error() -> Self {
        Self::new("server_error", "unexpected error")
    }
}
