//! What a failure to read means to the one who asks.

use chatter::Unavailable;
use ledger::ReadError;
use run::Unrecognized;
use runtime::chain;
use salesforce::{NotReady, SignInError};

use crate::RETRY_AFTER;
use crate::refusal::RequestRefusal;

pub(crate) fn unread(error: &ReadError) -> RequestRefusal {
    tracing::error!(error = chain(error), "the ledger was not read");
    RequestRefusal::LedgerUnavailable
}

pub(crate) fn unrecognized(error: &Unrecognized) -> RequestRefusal {
    tracing::error!(error = chain(error), "org not recognized");
    match error {
        Unrecognized::Changed { .. } => RequestRefusal::OrgChanged { message: error.to_string() },
        Unrecognized::Unidentified(_) => {
            RequestRefusal::SalesforceUnavailable { retry_after: RETRY_AFTER }
        }
        Unrecognized::Unread(_) | Unrecognized::Unwritten(_) => RequestRefusal::LedgerUnavailable,
    }
}

pub(crate) fn unavailable(error: Unavailable) -> RequestRefusal {
    tracing::error!(error = chain(&error), "Salesforce was not read");
    match error {
        Unavailable::SignInRefused(refused) => sign_in_refused(&refused),
        Unavailable::NotReady(lasting) => not_ready(lasting),
        Unavailable::AllowanceUsed => RequestRefusal::SalesforceUnavailable { retry_after: 3_600 },
        Unavailable::OutOfTime | Unavailable::NoAnswer(_) => {
            RequestRefusal::SalesforceUnavailable { retry_after: RETRY_AFTER }
        }
    }
}

/// What Salesforce has against the sign-in, and what to do about it.
pub(crate) fn sign_in_refused(error: &SignInError) -> RequestRefusal {
    if let SignInError::Refused { cause, fix } = error {
        return RequestRefusal::SignInRefused { cause: cause.clone(), fix: (*fix).to_owned() };
    }
    let fix = "put privateKey into the org's secret anew".to_owned();
    RequestRefusal::SignInRefused { cause: error.to_string(), fix }
}

pub(crate) fn not_ready(NotReady { cause, fix }: NotReady) -> RequestRefusal {
    RequestRefusal::OrgNotReady { cause, fix }
}
