//! Salesforce's error codes.

use std::fmt;

/// Declares the codes once, with their spelling and meaning.
macro_rules! codes {
    ($($(#[$doc:meta])+ $name:ident = $text:literal,)+) => {
        /// A code that Salesforce gives for a request or a record it refuses.
        ///
        /// The names are Salesforce's own, from "Core Data Types Used in API Calls". Codes on which nothing
        /// here depends are [`ErrorCode::Other`].
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum ErrorCode {
            $($(#[$doc])+ $name,)+
            /// A code that is not in this list, with its spelling.
            Other(String),
        }

        impl ErrorCode {
            /// The code as Salesforce spells it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$name => $text,)+
                    Self::Other(text) => text,
                }
            }

            fn from_text(text: &str) -> Self {
                // Two variants share the text `REQUEST_LIMIT_EXCEEDED`: the first of them, the daily one, is found.
                #[expect(unreachable_patterns, reason = "one code of Salesforce's has two meanings")]
                match text {
                    $($text => Self::$name,)+
                    _ => Self::other(text),
                }
            }
        }
    };
}

codes! {
    /// The access token is not good any more.
    InvalidSessionId = "INVALID_SESSION_ID",
    /// The authorisation header is malformed.
    InvalidAuthHeader = "INVALID_AUTH_HEADER",
    /// The org's allocation of requests in 24 hours is used up.
    DailyRequestLimit = "REQUEST_LIMIT_EXCEEDED",
    /// Too many long requests at once.
    ConcurrentRequestLimit = "REQUEST_LIMIT_EXCEEDED",
    /// A record is being written by somebody else.
    UnableToLockRow = "UNABLE_TO_LOCK_ROW",
    /// The server is too busy.
    ServerUnavailable = "SERVER_UNAVAILABLE",
    /// Nothing is written while a release is installed.
    Maintenance = "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE",
    /// Transient by its documentation.
    TooManyApexRequests = "TOO_MANY_APEX_REQUESTS",
    /// The query took too long.
    QueryTimeout = "QUERY_TIMEOUT",
    /// The request took too long.
    RequestRunningTooLong = "REQUEST_RUNNING_TOO_LONG",
    /// An error inside Salesforce.
    UnknownException = "UNKNOWN_EXCEPTION",
    /// An error inside Salesforce.
    InternalError = "INTERNAL_ERROR",
    /// The record was deleted.
    EntityIsDeleted = "ENTITY_IS_DELETED",
    /// There is no such record or resource.
    NotFound = "NOT_FOUND",
    /// A record with the specified id does not exist.
    InvalidCrossReferenceKey = "INVALID_CROSS_REFERENCE_KEY",
    /// A record with this unique value exists.
    DuplicateValue = "DUPLICATE_VALUE",
    /// The caller may not do this.
    InsufficientAccess = "INSUFFICIENT_ACCESS",
    /// The caller may not do this, or the field is read-only.
    InsufficientAccessOrReadonly = "INSUFFICIENT_ACCESS_OR_READONLY",
    /// The caller may not use the record that is referred to.
    InsufficientAccessOnCrossReferenceEntity = "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
    /// The API is off for the org.
    ApiDisabledForOrg = "API_DISABLED_FOR_ORG",
    /// The API is off for a while, because of a problem inside Salesforce.
    ApiCurrentlyDisabled = "API_CURRENTLY_DISABLED",
    /// No licence is free.
    LicenseLimitExceeded = "LICENSE_LIMIT_EXCEEDED",
    /// Something is larger than it may be.
    LimitExceeded = "LIMIT_EXCEEDED",
    /// A text is longer than its field.
    StringTooLong = "STRING_TOO_LONG",
    /// A value does not fit the others.
    FieldIntegrityException = "FIELD_INTEGRITY_EXCEPTION",
    /// A validation rule of the org refuses.
    FieldCustomValidationException = "FIELD_CUSTOM_VALIDATION_EXCEPTION",
    /// A required field has no value.
    RequiredFieldMissing = "REQUIRED_FIELD_MISSING",
    /// Not an e-mail address.
    InvalidEmailAddress = "INVALID_EMAIL_ADDRESS",
    /// Not one of the values that the field takes.
    InvalidOrNullForRestrictedPicklist = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
    /// Not an id.
    MalformedId = "MALFORMED_ID",
    /// Not SOQL.
    MalformedQuery = "MALFORMED_QUERY",
    /// No such field, or not for this caller.
    InvalidField = "INVALID_FIELD",
    /// No such object, or not for this caller.
    InvalidType = "INVALID_TYPE",
    /// Setup and other objects in one transaction.
    MixedDmlOperation = "MIXED_DML_OPERATION",
    /// The objects cannot be written together.
    UnsupportedDml = "UNSUPPORTED_DML",
    /// The org is locked.
    OrgLocked = "ORG_LOCKED",
    /// The trial is over.
    TrialExpired = "TRIAL_EXPIRED",
    /// No such version of the API.
    InvalidVersion = "INVALID_VERSION",
    /// A retired version of the API.
    UnsupportedApiVersion = "UNSUPPORTED_API_VERSION",
    /// A retired version of the API, in another spelling.
    Gone = "GONE",
    /// The next page of a query cannot be had, as of a session that is over.
    InvalidQueryLocator = "INVALID_QUERY_LOCATOR",
    /// The day's e-mails are used up.
    SingleEmailLimitExceeded = "SINGLE_EMAIL_LIMIT_EXCEEDED",
    /// The mail was not sent.
    ErrorInMailer = "ERROR_IN_MAILER",
    /// Mail to the address came back.
    EmailAddressBounced = "EMAIL_ADDRESS_BOUNCED",
    /// The group is archived.
    CannotPostToArchivedGroup = "CANNOT_POST_TO_ARCHIVED_GROUP",
    /// The record is archived.
    EntityIsArchived = "ENTITY_IS_ARCHIVED",
    /// A feature of the org is off.
    FunctionalityNotEnabled = "FUNCTIONALITY_NOT_ENABLED",
    /// The last administrator stays.
    CannotDisableLastAdmin = "CANNOT_DISABLE_LAST_ADMIN",
    /// Something else depends on the record.
    DependencyExists = "DEPENDENCY_EXISTS",
    /// The record cannot be written or activated.
    CannotInsertUpdateActivateEntity = "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
    /// Not for users of this type.
    OpWithInvalidUserTypeException = "OP_WITH_INVALID_USER_TYPE_EXCEPTION",
    /// Not carried out because something before it failed.
    ProcessingHalted = "PROCESSING_HALTED",
}

impl ErrorCode {
    /// Reads a code. The message tells the two meanings of `REQUEST_LIMIT_EXCEEDED` apart
    /// (`TotalRequests Limit exceeded.`, `ConcurrentRequests (Concurrent API Requests) Limit exceeded.`,
    /// `ConcurrentPerOrgLongTxn`); one that names neither is taken for the daily limit, which is not retried.
    #[must_use]
    pub fn parse(code: &str, message: &str) -> Self {
        let parsed = Self::from_text(code);
        if parsed == Self::DailyRequestLimit && message.contains("Concurrent") {
            return Self::ConcurrentRequestLimit;
        }
        parsed
    }

    /// Whether the code, given with this status, shows that nothing was written. An error inside Salesforce
    /// or a time-out there may come after the commit, and so may a server error with a code not known here.
    pub(crate) fn proves_refusal(&self, status: u16) -> bool {
        let inside_salesforce = matches!(
            self,
            Self::UnknownException
                | Self::InternalError
                | Self::QueryTimeout
                | Self::RequestRunningTooLong
        );
        let unknown = matches!(self, Self::Other(_));
        !(inside_salesforce || unknown && may_hide_success(status))
    }

    /// Codes are shown and logged, so text from outside is one only if it looks like one.
    fn other(text: &str) -> Self {
        let plain = (1..=80).contains(&text.len())
            && text.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_'));
        Self::Other(if plain { text } else { "UNRECOGNISED" }.to_owned())
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A gateway's error, or one inside Salesforce, may come after the work was done. 303 says in HTTP that it was.
pub(crate) fn may_hide_success(status: u16) -> bool {
    matches!(status, 303 | 408 | 420 | 500..)
}

/// Whether what a status says passes by itself, whatever the code beside it.
pub(crate) fn may_pass(status: u16) -> bool {
    matches!(status, 408 | 420 | 429 | 500..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_tells_the_daily_limit_from_the_concurrent_one() {
        let code = |message| ErrorCode::parse("REQUEST_LIMIT_EXCEEDED", message);
        assert_eq!(code("TotalRequests Limit exceeded."), ErrorCode::DailyRequestLimit);
        let long = "ConcurrentRequests (Concurrent API Requests) Limit exceeded.";
        assert_eq!(code(long), ErrorCode::ConcurrentRequestLimit);
        assert_eq!(code("ConcurrentPerOrgLongTxn"), ErrorCode::ConcurrentRequestLimit);
        assert_eq!(code(""), ErrorCode::DailyRequestLimit);
        assert_eq!(code("").as_str(), "REQUEST_LIMIT_EXCEEDED");
    }

    #[test]
    fn an_unknown_code_keeps_its_spelling_and_other_text_does_not_pass_for_one() {
        assert_eq!(ErrorCode::parse("SOME_NEW_CODE", "").as_str(), "SOME_NEW_CODE");
        for text in ["ana@acme.example", "", "two words", &"A".repeat(81)] {
            assert_eq!(ErrorCode::parse(text, "").as_str(), "UNRECOGNISED");
        }
    }
}
