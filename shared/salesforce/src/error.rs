//! What can go wrong, and what to do about it.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::code::{may_hide_success, may_pass};
use crate::disposition::{Failure, disposition};
use crate::{Disposition, ErrorCode, SignInError};

use ErrorCode as Code;

/// A failed operation: what Salesforce says about the operation itself, or everything else.
#[derive(Debug, thiserror::Error)]
pub enum Error<S: std::error::Error + 'static> {
    /// Salesforce's answer, where a caller decides by it.
    #[error("salesforce refused the operation")]
    Service(#[source] S),
    /// Everything else.
    #[error("the salesforce request failed")]
    Client(#[source] ClientError),
}

/// A request failed as a whole.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No token was to be had.
    #[error("sign-in to salesforce failed")]
    SignIn(#[source] SignInError),
    /// The key service did not sign the sign-in, for a cause that may pass. Nothing was sent to Salesforce.
    #[error("the sign-in to salesforce was not signed")]
    NotSigned(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Salesforce gives no token at the moment, for a cause that passes by itself. Nothing was done.
    #[error("salesforce puts the sign-in off: {cause}")]
    PutOff {
        /// Salesforce's word, and what it means.
        cause: String,
        /// Whether trying again within seconds may help.
        is_soon: bool,
    },
    /// The org is at another address: the one that was asked redirects. Nothing was done.
    #[error("salesforce redirects to another address with status {status}")]
    Moved {
        /// HTTP status.
        status: u16,
        /// The host to which it redirects, if it names one.
        host: Option<String>,
    },
    /// A page for people where an answer should be, which is how Salesforce tells of maintenance.
    #[error("salesforce answered with status {status} and a page for people")]
    Page {
        /// HTTP status.
        status: u16,
    },
    /// The version of the API is none that the org offers.
    #[error("salesforce does not offer the version of the api")]
    NoSuchVersion {
        /// Salesforce's code for what was asked of the version, else a word for the status.
        code: String,
        /// The newest version that there is, if Salesforce names any.
        newest: Option<String>,
    },
    /// Salesforce refused the request and said why.
    #[error("salesforce refused the request with status {status}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// What it said.
        #[source]
        error: RecordError,
    },
    /// A status without a reason: the body was HTML, empty, or not understood.
    #[error("salesforce answered with status {status} and gave no reason")]
    Status {
        /// HTTP status.
        status: u16,
    },
    /// No connection, so nothing was sent.
    #[error("salesforce was not reached")]
    Unreachable(#[source] reqwest::Error),
    /// The request was sent, or partly, and the answer did not arrive.
    #[error("the answer from salesforce did not arrive")]
    Interrupted(#[source] reqwest::Error),
    /// Whether Salesforce carried out a request that must not be repeated is not known.
    #[error("whether salesforce carried out the request is not known")]
    Ambiguous(#[source] Box<ClientError>),
    /// Salesforce said yes, with an answer that is not understood.
    #[error("the answer from salesforce was not understood: {what}")]
    Unexpected {
        /// What was wrong with it.
        what: &'static str,
    },
    /// The handle's deadline leaves too little time for the request, or for another attempt after the one
    /// given as the source.
    #[error("no time is left for the request")]
    OutOfTime(#[source] Option<Box<ClientError>>),
}

/// Why Salesforce refuses one record, or one request.
///
/// `Display` and `Debug` leave Salesforce's text out: it may repeat names and addresses.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("salesforce gave the code {code}")]
pub struct RecordError {
    /// The code.
    pub code: ErrorCode,
    /// Salesforce's text for people, at most 1,000 characters. Not for logs.
    pub message: String,
    /// The fields it is about, if Salesforce names any.
    pub fields: Vec<String>,
}

/// What became of one record of several, if it was not written: by the last attempt. An earlier one may be open
/// ([`crate::Written::was_unclear`]).
#[derive(Clone, Debug, thiserror::Error)]
pub enum WriteError {
    /// Salesforce refused this record; nothing of it was written.
    #[error("salesforce refused the record")]
    Refused(#[source] RecordError),
    /// Whether it was written is not known: look before repeating.
    #[error("whether the record was written is not known")]
    Ambiguous(#[source] Arc<ClientError>),
    /// Not written: the request was not sent, or was refused as a whole.
    #[error("the record was not sent")]
    NotSent(#[source] Arc<ClientError>),
}

/// The outcome of deleting one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deleted {
    /// It was deleted now.
    Now,
    /// It had been deleted before.
    AlreadyGone,
}

impl ClientError {
    /// What becomes of the failure.
    #[must_use]
    pub fn disposition(&self) -> Disposition {
        match self {
            Self::SignIn(_) => Disposition::Human,
            // Of a code that nobody knows the status says more.
            Self::Refused { status, error: RecordError { code: Code::Other(_), .. } }
                if may_pass(*status) =>
            {
                disposition(&Failure::Status(*status))
            }
            Self::Refused { error, .. } => disposition(&Failure::Code(&error.code)),
            Self::Status { status } | Self::Moved { status, .. } => {
                disposition(&Failure::Status(*status))
            }
            Self::Page { .. } => disposition(&Failure::Code(&Code::ServerUnavailable)),
            Self::NoSuchVersion { .. } => disposition(&Failure::Code(&Code::UnsupportedApiVersion)),
            Self::PutOff { is_soon: true, .. } => {
                disposition(&Failure::Code(&Code::ServerUnavailable))
            }
            Self::PutOff { is_soon: false, .. } => disposition(&Failure::Code(&Code::Maintenance)),
            Self::NotSigned(_) | Self::Unreachable(_) => disposition(&Failure::Unreachable),
            Self::Interrupted(_) => disposition(&Failure::Interrupted),
            Self::Ambiguous(_) => disposition(&Failure::Ambiguous),
            Self::Unexpected { .. } => disposition(&Failure::Unexpected),
            Self::OutOfTime(_) => disposition(&Failure::OutOfTime),
        }
    }

    /// Whether the request may have been carried out all the same.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        match self {
            Self::Ambiguous(_) | Self::Interrupted(_) | Self::Unexpected { .. } => true,
            Self::SignIn(_)
            | Self::NotSigned(_)
            | Self::PutOff { .. }
            | Self::Moved { .. }
            | Self::NoSuchVersion { .. }
            | Self::Unreachable(_)
            | Self::OutOfTime(None) => false,
            Self::OutOfTime(Some(last)) => last.is_ambiguous(),
            Self::Refused { status, error } => !error.code.proves_refusal(*status),
            Self::Status { status } | Self::Page { status } => may_hide_success(*status),
        }
    }

    /// A short word for reports: Salesforce's code where there is one.
    #[must_use]
    pub fn code(&self) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            Self::SignIn(_) => "SIGN_IN_REFUSED",
            Self::NotSigned(_) => "NOT_SIGNED",
            Self::PutOff { .. } => "SIGN_IN_PUT_OFF",
            Self::NoSuchVersion { code, .. } => code,
            Self::Refused { error, .. } => error.code.as_str(),
            Self::Status { status } | Self::Moved { status, .. } | Self::Page { status } => {
                return Cow::Owned(format!("HTTP_{status}"));
            }
            Self::Unreachable(_) => "UNREACHABLE",
            Self::Interrupted(_) => "NO_ANSWER",
            Self::Ambiguous(_) => "AMBIGUOUS",
            Self::Unexpected { .. } => "UNEXPECTED_ANSWER",
            Self::OutOfTime(_) => "OUT_OF_TIME",
        })
    }

    /// What Salesforce said, if it refused the request.
    #[must_use]
    pub fn refusal(&self) -> Option<&RecordError> {
        match self {
            Self::Refused { error, .. } => Some(error),
            Self::OutOfTime(Some(last)) | Self::Ambiguous(last) => last.refusal(),
            Self::SignIn(_)
            | Self::NotSigned(_)
            | Self::PutOff { .. }
            | Self::Moved { .. }
            | Self::Page { .. }
            | Self::NoSuchVersion { .. }
            | Self::Status { .. }
            | Self::Unreachable(_)
            | Self::Interrupted(_)
            | Self::Unexpected { .. }
            | Self::OutOfTime(None) => None,
        }
    }
}

impl<S: std::error::Error + 'static> Error<S> {
    /// The failure of the request, if it is not about the operation itself.
    #[must_use]
    pub fn client(&self) -> Option<&ClientError> {
        match self {
            Self::Client(error) => Some(error),
            Self::Service(_) => None,
        }
    }
}

impl fmt::Debug for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, message: _, fields } = self;
        f.debug_struct("RecordError")
            .field("code", code)
            .field("fields", fields)
            .finish_non_exhaustive()
    }
}

impl RecordError {
    /// What becomes of the failure.
    #[must_use]
    pub fn disposition(&self) -> Disposition {
        disposition(&Failure::Code(&self.code))
    }
}

impl WriteError {
    /// Of a record whose request failed as a whole. Unless an attempt was unclear nothing was sent, whatever kept the request
    /// from it: that is how a sign-in fails whose answer is lost.
    pub(crate) fn of_request(error: Arc<ClientError>, was_unclear: bool) -> Self {
        let is_open = was_unclear && error.is_ambiguous();
        if is_open { Self::Ambiguous(error) } else { Self::NotSent(error) }
    }

    /// What becomes of the failure. One that is ambiguous may be tried again after a look.
    #[must_use]
    pub fn disposition(&self) -> Disposition {
        match self {
            Self::Refused(error) => error.disposition(),
            Self::Ambiguous(_) => disposition(&Failure::Ambiguous),
            Self::NotSent(error) => error.disposition(),
        }
    }

    /// Whether Salesforce refused this very record.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused(_))
    }

    /// Whether the record may have been written all the same.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        matches!(self, Self::Ambiguous(_))
    }

    /// A short word for reports: Salesforce's code where there is one.
    #[must_use]
    pub fn code(&self) -> Cow<'_, str> {
        match self {
            Self::Refused(error) => Cow::Borrowed(error.code.as_str()),
            Self::Ambiguous(_) => Cow::Borrowed("AMBIGUOUS"),
            Self::NotSent(error) => error.code(),
        }
    }

    /// What Salesforce said, if it refused this record or the whole request.
    #[must_use]
    pub fn refusal(&self) -> Option<&RecordError> {
        match self {
            Self::Refused(error) => Some(error),
            Self::Ambiguous(error) | Self::NotSent(error) => error.refusal(),
        }
    }
}
