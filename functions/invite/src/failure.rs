//! What a failure to read means to the one who asks.

use chatter::Unavailable;
use ledger::ReadError;
use run::Unrecognized;
use runtime::chain;
use salesforce::SignInError;

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
        Unavailable::AllowanceUsed => RequestRefusal::SalesforceUnavailable { retry_after: 3_600 },
        Unavailable::OutOfTime | Unavailable::NoAnswer(_) => {
            RequestRefusal::SalesforceUnavailable { retry_after: RETRY_AFTER }
        }
    }
}

/// Who refuses a sign-in, and which setting that points to.
pub(crate) fn sign_in_refused(error: &SignInError) -> RequestRefusal {
    let by_salesforce = || "Salesforce refuses the sign-in".to_owned();
    let (message, fix) = match error {
        SignInError::Refused { setting, .. } => (by_salesforce(), format!("look at {setting}")),
        SignInError::Signature => {
            (by_salesforce(), "look at privateKey in the org's secret".to_owned())
        }
        SignInError::Key { code, fix } => {
            (format!("AWS KMS does not sign the sign-in: {code}"), (*fix).to_owned())
        }
        SignInError::Answer { .. } => {
            (by_salesforce(), "look at loginUrl in the org's secret".to_owned())
        }
    };
    RequestRefusal::SignInRefused { message, fix }
}
