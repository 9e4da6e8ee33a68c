//! What lasts: no request succeeds before a person has changed something, and what that is.

use crate::{ClientError, Disposition, ErrorCode, RecordError, SignInError};

use ErrorCode as Code;

/// Something lasting that a person must mend in the org or in the secret. Repeating what was asked does not help.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{cause}; {fix}")]
pub struct NotReady {
    /// Salesforce's own code where it gave one, such as `API_DISABLED_FOR_ORG`; else a word for what it did, such as `HTTP_404`. Of a
    /// key service, its own word.
    pub cause: String,
    /// What to do.
    pub fix: String,
}

impl ClientError {
    /// What lasts, if this is no failure that passes by itself. `None` also for a sign-in that Salesforce refuses, which says itself what
    /// to do ([`SignInError::Refused`]).
    ///
    /// It is meant for a request as a whole and for reading: what Salesforce says of one record that is written says nothing about others.
    #[must_use]
    pub fn not_ready(&self) -> Option<NotReady> {
        let fix = match self {
            Self::SignIn(SignInError::Key { fix, .. }) => (*fix).to_owned(),
            Self::SignIn(SignInError::Answer { .. }) => MY_DOMAIN.to_owned(),
            Self::Moved { host, .. } | Self::SignIn(SignInError::Moved { host, .. }) => {
                fix_of_moved(host.as_deref())
            }
            Self::NoSuchVersion { newest: Some(newest), .. } => {
                format!("leave apiVersion out of the secret, or put {newest} or an older one there")
            }
            Self::NoSuchVersion { newest: None, .. } => fix_of_status(404).to_owned(),
            // Where the next page of a query is lost again and again, sessions end all the time, which passes.
            Self::Refused { error, .. } if error.code == Code::InvalidQueryLocator => return None,
            Self::Refused { error, .. } if self.is_lasting() => fix_of(&error.code).to_owned(),
            Self::Status { status } if self.is_lasting() => fix_of_status(*status).to_owned(),
            Self::SignIn(SignInError::Refused { .. } | SignInError::Signature)
            | Self::Refused { .. }
            | Self::Status { .. }
            | Self::NotSigned(_)
            | Self::PutOff { .. }
            | Self::Page { .. }
            | Self::Unreachable(_)
            | Self::Interrupted(_)
            | Self::Ambiguous(_)
            | Self::Unexpected { .. }
            | Self::OutOfTime(_) => return None,
        };
        Some(NotReady { cause: self.cause(), fix })
    }

    /// Whether what is refused would be refused of every request to the org, whatever it asks for.
    #[must_use]
    pub fn is_of_the_org(&self) -> bool {
        match self {
            Self::SignIn(_) | Self::Moved { .. } | Self::NoSuchVersion { .. } => true,
            Self::Refused { error, .. } => is_of_the_org(&error.code),
            Self::Status { status } => matches!(status, 401 | 403 | 410),
            Self::NotSigned(_)
            | Self::PutOff { .. }
            | Self::Page { .. }
            | Self::Unreachable(_)
            | Self::Interrupted(_)
            | Self::Ambiguous(_)
            | Self::Unexpected { .. }
            | Self::OutOfTime(_) => false,
        }
    }

    /// Whether every other request would fail for the same cause at this moment.
    pub(crate) fn is_of_every_request(&self) -> bool {
        match self {
            Self::SignIn(_)
            | Self::NotSigned(_)
            | Self::PutOff { .. }
            | Self::Moved { .. }
            | Self::NoSuchVersion { .. }
            | Self::OutOfTime(_)
            | Self::Unreachable(_) => true,
            Self::Refused { error, .. } => error.is_of_every_request(),
            Self::Status { .. } => {
                matches!(self.disposition(), Disposition::Later | Disposition::Reauthenticate)
            }
            Self::Page { .. }
            | Self::Interrupted(_)
            | Self::Ambiguous(_)
            | Self::Unexpected { .. } => false,
        }
    }

    /// A session that is refused although it is new does not pass either.
    fn is_lasting(&self) -> bool {
        matches!(
            self.disposition(),
            Disposition::Human | Disposition::Never | Disposition::Reauthenticate
        )
    }

    fn cause(&self) -> String {
        let Self::SignIn(error) = self else { return self.code().into_owned() };
        match error {
            SignInError::Key { code, .. } => (*code).to_owned(),
            SignInError::Moved { status, .. } => format!("HTTP_{status}"),
            SignInError::Answer { .. } => "UNEXPECTED_TOKEN_ANSWER".to_owned(),
            SignInError::Refused { .. } | SignInError::Signature => self.code().into_owned(),
        }
    }
}

impl RecordError {
    /// Whether the session, the org or its limits are refused, so that every other request is as well.
    pub(crate) fn is_of_every_request(&self) -> bool {
        matches!(self.disposition(), Disposition::Later | Disposition::Reauthenticate)
            || is_of_the_org(&self.code)
    }
}

/// Codes that Salesforce gives for the org, the version of the API or the caller as such.
fn is_of_the_org(code: &Code) -> bool {
    matches!(
        code,
        Code::InvalidSessionId
            | Code::InvalidAuthHeader
            | Code::ApiDisabledForOrg
            | Code::FunctionalityNotEnabled
            | Code::OrgLocked
            | Code::TrialExpired
            | Code::InvalidVersion
            | Code::UnsupportedApiVersion
            | Code::Gone
    )
}

const MY_DOMAIN: &str = "put the org's My Domain address of today, https://<name>.my.salesforce.com, into loginUrl of the secret";
const FIX_VERSION: &str =
    "leave apiVersion out of the secret, or put a version there that Salesforce supports";

#[expect(clippy::wildcard_enum_match_arm, reason = "most codes have no fix of their own")]
fn fix_of(code: &Code) -> &'static str {
    match code {
        Code::InvalidSessionId | Code::InvalidAuthHeader => {
            "let the integration user use the API: the permission API Enabled, API Access Control, and the session settings of the org (locked IP addresses or domains); Salesforce gives a token and refuses it at once"
        }
        Code::ApiDisabledForOrg => {
            "have Salesforce enable the API for the org, and give the integration user the permission API Enabled"
        }
        Code::FunctionalityNotEnabled => {
            "turn on what is off in the org: Setup > Chatter Settings > Enable, and Allow Customer Invitations"
        }
        Code::InvalidType | Code::InvalidField => {
            "turn Chatter on (Setup > Chatter Settings), and give the integration user its permission set: an object or a field is not there, or not for this user"
        }
        Code::InvalidVersion | Code::UnsupportedApiVersion | Code::Gone => FIX_VERSION,
        Code::OrgLocked => "have Salesforce unlock the org",
        Code::TrialExpired => "renew the org with Salesforce: its trial is over",
        Code::InsufficientAccess
        | Code::InsufficientAccessOrReadonly
        | Code::InsufficientAccessOnCrossReferenceEntity => {
            "give the integration user its permission set: it may not do what was asked"
        }
        _ => {
            "look the code up in Salesforce's documentation and mend the org; if nothing is wrong there, report it"
        }
    }
}

fn fix_of_status(status: u16) -> &'static str {
    match status {
        401 => fix_of(&Code::InvalidSessionId),
        403 => {
            "let the integration user use the API from here: the permission API Enabled, API Access Control, and the org's network access"
        }
        414 | 431 => {
            "have the org give shorter tokens, or report it: an address has no room beside the token"
        }
        404 | 410 => {
            "check loginUrl in the secret, and leave apiVersion out of it, or put a version there that Salesforce supports"
        }
        _ => "check loginUrl and apiVersion in the secret; if they are right, report it",
    }
}

fn fix_of_moved(host: Option<&str>) -> String {
    let Some(host) = host else {
        return format!("{MY_DOMAIN}: there is no sign-in at the one that is there");
    };
    format!("{MY_DOMAIN}: the one that is there leads to {host}")
}
