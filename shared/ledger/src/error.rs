//! What can go wrong, per kind of work.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use access::{GrantId, ProjectId};
use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

use crate::item::Unknown;

/// What an item records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemKind {
    /// A customer with all grants.
    Customer,
    /// A project.
    Project,
    /// A project's pointer to a customer.
    ProjectPointer,
    /// The pointer from an address to a subject.
    Person,
    /// The pointer from a Salesforce user to an address.
    UserPointer,
    /// A pointer from a subject or a project to a grant.
    GrantPointer,
    /// A line of a grant's history.
    AuditEntry,
    /// An event to emit.
    Announcement,
    /// A run with its report.
    Run,
    /// A part of what the brake holds.
    Hold,
    /// A Salesforce org.
    Org,
    /// What was told of access for which no grant answers.
    Found,
    /// How many customers a source let in.
    Quota,
}

impl fmt::Display for ItemKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Customer => "customer",
            Self::Project => "project",
            Self::ProjectPointer => "project pointer",
            Self::Person => "person",
            Self::UserPointer => "user pointer",
            Self::GrantPointer => "grant pointer",
            Self::AuditEntry => "audit entry",
            Self::Announcement => "announcement",
            Self::Run => "run",
            Self::Hold => "hold",
            Self::Org => "org",
            Self::Found => "finding of ungoverned access",
            Self::Quota => "count of a source",
        })
    }
}

/// Why something could not be read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ReadError {
    /// DynamoDB did not give it.
    #[error("failed to read {kind} from the ledger")]
    Unavailable {
        /// What was to be read.
        kind: ItemKind,
        /// Why not.
        #[source]
        source: RequestFailure,
    },
    /// DynamoDB kept putting off a part of what was asked for, which is how it throttles batches.
    #[error("the ledger puts off reading {0}")]
    PutOff(ItemKind),
    /// The item has not the shape that this release knows.
    #[error("the ledger holds {0} of a shape that is not understood")]
    Unreadable(ItemKind),
}

impl ReadError {
    /// Whether the same read may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unavailable { .. } | Self::PutOff(_) => true,
            Self::Unreadable(_) => false,
        }
    }
}

/// Why a change was not, or not known to be, committed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CommitError {
    /// Somebody else has written since it was read; read again and decide again.
    #[error("changed by somebody else since it was read")]
    Conflict,
    /// The change opens a grant of a project that is closed.
    #[error("the project is closed")]
    ProjectClosed(ProjectId),
    /// The grant's history holds this transition already, or the change has it twice.
    #[error("the history of grant {0} holds this transition already")]
    Recorded(GrantId),
    /// The change, or one of its items, is larger than DynamoDB takes.
    #[error("larger than the ledger takes")]
    TooLarge,
    /// DynamoDB refuses the change's form; trying again does not help.
    #[error("refused by the ledger")]
    Refused(#[source] Option<RequestFailure>),
    /// Other transactions on the same items got in the way every time; nothing was written.
    #[error("crossed by other transactions every time")]
    Contended,
    /// DynamoDB gave no usable answer, and a read afterwards did not show the change.
    #[error("failed to write to the ledger")]
    Unavailable(#[source] RequestFailure),
}

impl CommitError {
    /// What to say of a record that cannot be written as an item.
    pub(crate) fn unwritable(_: Unknown) -> Self {
        Self::Refused(None)
    }

    /// What to say where what a change depends on could not be read.
    pub(crate) fn unread(error: ReadError) -> Self {
        match error {
            ReadError::Unavailable { source, .. } => Self::Unavailable(source),
            ReadError::PutOff(_) => Self::Contended,
            ReadError::Unreadable(_) => Self::Refused(None),
        }
    }

    /// Whether the decision must be made again from what is recorded now.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        match self {
            Self::Conflict => true,
            Self::ProjectClosed(_)
            | Self::Recorded(_)
            | Self::TooLarge
            | Self::Refused(_)
            | Self::Contended
            | Self::Unavailable(_) => false,
        }
    }

    /// Whether the whole may succeed later, from reading on.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Conflict | Self::Contended | Self::Unavailable(_) => true,
            Self::ProjectClosed(_) | Self::Recorded(_) | Self::TooLarge | Self::Refused(_) => false,
        }
    }
}

/// Why something that depends on nothing else could not be written. All such writes may be repeated.
#[derive(Clone, Debug, thiserror::Error)]
pub enum WriteError {
    /// DynamoDB did not take it.
    #[error("failed to write {kind} to the ledger")]
    Unavailable {
        /// What was to be written.
        kind: ItemKind,
        /// Why not.
        #[source]
        source: RequestFailure,
    },
    /// DynamoDB kept putting off a part of it, which is how it throttles batches.
    #[error("the ledger puts off writing {0}")]
    PutOff(ItemKind),
    /// Larger than an item can be.
    #[error("{0} larger than the ledger takes")]
    TooLarge(ItemKind),
    /// It cannot be expressed as an item.
    #[error("{0} of a shape that the ledger cannot hold")]
    Unwritable(ItemKind),
}

impl WriteError {
    /// What to say of a write that had to read first.
    pub(crate) fn from_read(error: ReadError) -> Self {
        match error {
            ReadError::Unavailable { kind, source } => Self::Unavailable { kind, source },
            ReadError::PutOff(kind) => Self::PutOff(kind),
            ReadError::Unreadable(kind) => Self::Unwritable(kind),
        }
    }

    /// Whether the same write may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unavailable { .. } | Self::PutOff(_) => true,
            Self::TooLarge(_) | Self::Unwritable(_) => false,
        }
    }
}

/// Why a person was not forgotten.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ForgetError {
    /// The person has access, or it is being ended.
    #[error("grant {0} is not over: end it first")]
    Open(GrantId),
    /// The end is still to be read again, which needs the address.
    #[error("grant {0} is over and will be read again: forget the person once all is read")]
    Unfinished(GrantId),
    /// Somebody who was invited under another address has joined under this one, and that grant is not finished.
    #[error(
        "grant {0} of another address was joined under this one: end and forget that one first"
    )]
    Elsewhere(GrantId),
    /// An event about the person is still to be emitted.
    #[error("an event about the person is not emitted yet: try again after the next sweep")]
    Untold,
    /// Somebody has written about the person meanwhile. What was forgotten stays so; try again.
    #[error("the person was written about meanwhile: try again")]
    Changed,
    /// The ledger could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The ledger could not be written. What was forgotten stays so; try again.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// A request to DynamoDB that failed.
///
/// DynamoDB's own text may repeat the item that it refuses, so only the code is kept of an answer.
#[derive(Clone)]
pub struct RequestFailure {
    answer: Option<Answer>,
    cause: Option<Arc<dyn Error + Send + Sync>>,
    was_sent: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Answer {
    code: Option<String>,
    status: u16,
}

impl RequestFailure {
    /// DynamoDB's code, when it answered.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.answer.as_ref()?.code.as_deref()
    }

    /// Whether the request may have been carried out for all that is known.
    ///
    /// Also an answer leaves it open: it is the last one of several that the SDK waited for, and an earlier request may
    /// have been carried out without one.
    pub(crate) fn may_have_arrived(&self) -> bool {
        self.was_sent
    }

    pub(crate) fn of<E>(error: SdkError<E, HttpResponse>) -> Self
    where
        E: Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        let was_sent = !matches!(error, SdkError::ConstructionFailure(_));
        if let SdkError::ServiceError(context) = &error {
            let answer = Answer {
                code: context.err().code().map(str::to_owned),
                status: context.raw().status().as_u16(),
            };
            return Self { answer: Some(answer), cause: None, was_sent };
        }
        Self { answer: None, cause: error.into_source().ok().map(Arc::from), was_sent }
    }

    pub(crate) fn before_sending(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { answer: None, cause: Some(Arc::from(cause.into())), was_sent: false }
    }
}

impl fmt::Display for RequestFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.answer {
            Some(Answer { code: Some(code), .. }) => write!(formatter, "dynamodb answered {code}"),
            Some(Answer { code: None, status }) => write!(formatter, "dynamodb answered {status}"),
            None if self.was_sent => formatter.write_str("dynamodb gave no usable answer"),
            None => formatter.write_str("the request could not be made"),
        }
    }
}

impl fmt::Debug for RequestFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The cause is left out: the SDK's own `Debug` prints requests and answers.
        let Self { answer, cause: _, was_sent } = self;
        formatter
            .debug_struct("RequestFailure")
            .field("answer", answer)
            .field("was_sent", was_sent)
            .finish_non_exhaustive()
    }
}

impl Error for RequestFailure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_ref().map(|cause| cause.as_ref() as &(dyn Error + 'static))
    }
}
