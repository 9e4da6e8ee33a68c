//! Why nobody could look.

use chatter::Unavailable;

use crate::code::{SALESFORCE_SIGN_IN_REFUSED, SALESFORCE_UNAVAILABLE};

/// Why nothing is known of what Salesforce shows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NotLooked<'a> {
    /// The invocation's time is over.
    OutOfTime,
    /// Anything else.
    Failed { step: &'static str, code: &'a str, message: &'a str },
    /// What a person must mend, so that repeating alone will not help.
    Lasting { step: &'static str, code: &'a str, message: &'a str },
}

impl<'a> NotLooked<'a> {
    /// For want of Salesforce; `message` is the error's text.
    pub(crate) fn of(error: &Unavailable, message: &'a str) -> Self {
        let code = match error {
            Unavailable::OutOfTime => return Self::OutOfTime,
            Unavailable::SignInRefused(_) => SALESFORCE_SIGN_IN_REFUSED,
            Unavailable::AllowanceUsed => "REQUEST_LIMIT_EXCEEDED",
            Unavailable::NoAnswer(_) => SALESFORCE_UNAVAILABLE,
        };
        Self::Failed { step: "observe", code, message }
    }
}
