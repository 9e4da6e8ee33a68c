//! What becomes of a failure: the one table.

use crate::ErrorCode;

use ErrorCode as Code;

/// What becomes of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Disposition {
    /// The same request may succeed within seconds or minutes.
    Retry,
    /// The same request may succeed within hours.
    Later,
    /// The session is over: a new token, then the same request once more.
    Reauthenticate,
    /// Somebody has to change a setting, a permission or a number of licences first.
    Human,
    /// The same request never succeeds.
    Never,
}

/// What a failure is, for the table below.
pub(crate) enum Failure<'a> {
    Code(&'a ErrorCode),
    Status(u16),
    Unreachable,
    Interrupted,
    Ambiguous,
    Unexpected,
    OutOfTime,
}

/// The one table of what becomes of which failure.
#[expect(clippy::too_many_lines, reason = "it is one table")]
pub(crate) fn disposition(failure: &Failure<'_>) -> Disposition {
    match failure {
        Failure::Unreachable
        | Failure::Interrupted
        | Failure::Ambiguous
        | Failure::Unexpected
        | Failure::OutOfTime
        | Failure::Status(408 | 420 | 500..)
        | Failure::Code(
            Code::ConcurrentRequestLimit
            | Code::UnableToLockRow
            | Code::ServerUnavailable
            | Code::TooManyApexRequests
            | Code::QueryTimeout
            | Code::RequestRunningTooLong
            | Code::UnknownException
            | Code::InternalError,
        ) => Disposition::Retry,
        // Status 429 is documented as too many requests in 24 hours.
        Failure::Status(429)
        | Failure::Code(
            Code::DailyRequestLimit
            | Code::ApiCurrentlyDisabled
            | Code::Maintenance
            | Code::SingleEmailLimitExceeded
            | Code::ErrorInMailer,
        ) => Disposition::Later,
        // A redirect is how an org answers at its former address: a sign-in tells the one of today.
        Failure::Status(401 | 301 | 302 | 307 | 308)
        | Failure::Code(Code::InvalidSessionId | Code::InvalidAuthHeader) => {
            Disposition::Reauthenticate
        }
        Failure::Status(403 | 410)
        | Failure::Code(
            Code::InsufficientAccess
            | Code::InsufficientAccessOrReadonly
            | Code::InsufficientAccessOnCrossReferenceEntity
            | Code::ApiDisabledForOrg
            | Code::LicenseLimitExceeded
            | Code::FunctionalityNotEnabled
            | Code::OrgLocked
            | Code::TrialExpired
            | Code::InvalidVersion
            | Code::UnsupportedApiVersion
            | Code::Gone,
        ) => Disposition::Human,
        Failure::Status(_)
        | Failure::Code(
            Code::EntityIsDeleted
            | Code::InvalidQueryLocator
            | Code::NotFound
            | Code::InvalidCrossReferenceKey
            | Code::DuplicateValue
            | Code::LimitExceeded
            | Code::StringTooLong
            | Code::FieldIntegrityException
            | Code::FieldCustomValidationException
            | Code::RequiredFieldMissing
            | Code::InvalidEmailAddress
            | Code::InvalidOrNullForRestrictedPicklist
            | Code::MalformedId
            | Code::MalformedQuery
            | Code::InvalidField
            | Code::InvalidType
            | Code::MixedDmlOperation
            | Code::UnsupportedDml
            | Code::EmailAddressBounced
            | Code::CannotPostToArchivedGroup
            | Code::EntityIsArchived
            | Code::CannotDisableLastAdmin
            | Code::DependencyExists
            | Code::CannotInsertUpdateActivateEntity
            | Code::OpWithInvalidUserTypeException
            | Code::ProcessingHalted
            | Code::Other(_),
        ) => Disposition::Never,
    }
}
