//! Why a whole request is refused, and what the one who asked is told then.

use access::event::{Problem, Refusal};
use access::{Finding, NotAllowed};
use run::code::{ORG_NOT_READY, SALESFORCE_SIGN_IN_REFUSED};
use serde::{Serialize, Serializer};

/// Why a whole request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestRefusal {
    /// Its form is wrong.
    Invalid(Vec<Problem>),
    /// Whoever asks may not ask for it, or the sponsor may not answer for it.
    NotAllowed(NotAllowed),
    /// The source has let in as many today as its rule allows, or asks for more than that.
    QuotaExceeded {
        /// How many it may let in on one day.
        maximum: u32,
        /// Seconds until the next day.
        retry_after: u64,
    },
    /// It asks for longer than the policy allows.
    ExpiryBeyondPolicy {
        /// How long that is.
        maximum_days: u32,
    },
    /// There is no such org, or its secret is not filled.
    OrgUnknown {
        /// What to do.
        fix: String,
    },
    /// There is no group of that id.
    GroupNotFound,
    /// Several groups have the name, in different spellings.
    GroupAmbiguous,
    /// The project is closed.
    ProjectClosed,
    /// The org or the group stands in the way.
    Preflight(Finding),
    /// Salesforce refuses to create or open the group.
    GroupRefused {
        /// Salesforce's code.
        code: String,
        /// Salesforce's text.
        message: String,
    },
    /// Salesforce refuses Lanyard's sign-in.
    SignInRefused {
        /// Salesforce's word, and what it means.
        cause: String,
        /// What to do.
        fix: String,
    },
    /// Something else lasts in the org, in AWS or in the secret until a person mends it.
    OrgNotReady {
        /// Salesforce's own code, or AWS's.
        cause: String,
        /// What to do.
        fix: String,
    },
    /// The secret leads to another org than recorded.
    OrgChanged {
        /// Which, and which was recorded.
        message: String,
    },
    /// Salesforce cannot be asked, or its answer is not known.
    SalesforceUnavailable {
        /// Seconds after which to ask again.
        retry_after: u64,
    },
    /// The ledger cannot be asked.
    LedgerUnavailable,
}

impl RequestRefusal {
    /// The code.
    #[must_use]
    pub fn code(&self) -> String {
        match self {
            Self::Invalid(_) => "INVALID_REQUEST".to_owned(),
            Self::NotAllowed(refused) => refused.code.as_str().to_owned(),
            Self::QuotaExceeded { .. } => "QUOTA_EXCEEDED".to_owned(),
            Self::ExpiryBeyondPolicy { .. } => "EXPIRY_BEYOND_POLICY".to_owned(),
            Self::OrgUnknown { .. } => "ORG_UNKNOWN".to_owned(),
            Self::GroupNotFound => "GROUP_NOT_FOUND".to_owned(),
            Self::GroupAmbiguous => "GROUP_AMBIGUOUS".to_owned(),
            Self::ProjectClosed => "PROJECT_CLOSED".to_owned(),
            Self::Preflight(finding) => finding.code.as_str().to_owned(),
            Self::GroupRefused { .. } => "SALESFORCE_REFUSED".to_owned(),
            Self::SignInRefused { .. } => SALESFORCE_SIGN_IN_REFUSED.to_owned(),
            Self::OrgNotReady { .. } => ORG_NOT_READY.to_owned(),
            Self::OrgChanged { .. } => "ORG_CHANGED".to_owned(),
            Self::SalesforceUnavailable { .. } => "SALESFORCE_UNAVAILABLE".to_owned(),
            Self::LedgerUnavailable => "LEDGER_UNAVAILABLE".to_owned(),
        }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Invalid(_) | Self::ExpiryBeyondPolicy { .. } => 400,
            Self::NotAllowed(_) => 403,
            Self::OrgUnknown { .. } | Self::GroupNotFound => 404,
            Self::GroupAmbiguous
            | Self::ProjectClosed
            | Self::Preflight(_)
            | Self::GroupRefused { .. }
            | Self::OrgChanged { .. } => 409,
            Self::QuotaExceeded { .. } => 429,
            Self::SignInRefused { .. } | Self::OrgNotReady { .. } => 502,
            Self::SalesforceUnavailable { .. } | Self::LedgerUnavailable => 503,
        }
    }

    /// Seconds after which a repetition may succeed.
    #[must_use]
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::SalesforceUnavailable { retry_after }
            | Self::QuotaExceeded { retry_after, .. } => Some(*retry_after),
            Self::LedgerUnavailable => Some(5),
            Self::Invalid(_)
            | Self::NotAllowed(_)
            | Self::ExpiryBeyondPolicy { .. }
            | Self::OrgUnknown { .. }
            | Self::GroupNotFound
            | Self::GroupAmbiguous
            | Self::ProjectClosed
            | Self::Preflight(_)
            | Self::GroupRefused { .. }
            | Self::OrgChanged { .. }
            | Self::SignInRefused { .. }
            | Self::OrgNotReady { .. } => None,
        }
    }

    /// Whether a repetition may succeed without a change of the request.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.status() >= 500
    }

    fn text(&self) -> (String, String) {
        let (message, fix) = match self {
            Self::Invalid(problems) => {
                let fields: Vec<&str> = problems.iter().map(|it| it.field.as_str()).collect();
                let message = format!("the request is not valid: {}", fields.join(", "));
                return (
                    message,
                    "correct the fields that problems names; nothing was done".to_owned(),
                );
            }
            Self::NotAllowed(NotAllowed { message, fix, .. }) => {
                return (message.clone(), fix.clone());
            }
            Self::QuotaExceeded { maximum, .. } => {
                let message = format!(
                    "the source may let in {maximum} customers a day, and this request would be more"
                );
                let fix = "send it again tomorrow, in smaller parts, or have invitationsPerDay raised in the source's rule";
                return (message, fix.to_owned());
            }
            Self::ExpiryBeyondPolicy { maximum_days } => {
                let fix = format!(
                    "ask for at most {maximum_days} days, or raise maximumDays in the policy"
                );
                return ("the expiry lies beyond what the policy allows".to_owned(), fix);
            }
            Self::OrgUnknown { fix } => {
                return (
                    "the org is not known, or its secret is not filled".to_owned(),
                    fix.clone(),
                );
            }
            Self::Preflight(finding) => return (finding.message.clone(), finding.fix.clone()),
            Self::GroupRefused { code, message } => {
                let fix = "mend in Salesforce what the message names, then ask again".to_owned();
                return (format!("Salesforce refuses the group: {code}: {message}"), fix);
            }
            Self::SignInRefused { cause, fix } => {
                return (format!("Salesforce refuses the sign-in: {cause}"), fix.clone());
            }
            Self::OrgNotReady { cause, fix } => {
                let message = format!("the org is not ready, and waiting does not help: {cause}");
                return (message, fix.clone());
            }
            Self::OrgChanged { message } => {
                let fix = "correct the org's secret; if the org was refreshed or moved, invoke sweep with acceptOrg";
                return (message.clone(), fix.to_owned());
            }
            Self::GroupNotFound => {
                ("there is no group of that id", "check the id, or name the group by its name")
            }
            Self::GroupAmbiguous => (
                "several private groups have this name in different spellings",
                "name the group by its id, or rename all but one of them in Salesforce",
            ),
            Self::ProjectClosed => {
                ("the project is closed", "reopen the project, or use the id of another one")
            }
            Self::SalesforceUnavailable { .. } => (
                "Salesforce does not answer, or another attempt for the same customer is under way",
                "send the same request again after the time that Retry-After names; nobody is invited twice",
            ),
            Self::LedgerUnavailable => (
                "the ledger does not answer",
                "send the same request again; nobody is invited twice",
            ),
        };
        (message.to_owned(), fix.to_owned())
    }
}

impl From<&RequestRefusal> for Refusal {
    fn from(refusal: &RequestRefusal) -> Self {
        let (message, fix) = refusal.text();
        let (mut problems, mut cause) = (None, None);
        if let RequestRefusal::Invalid(given) = refusal {
            problems = Some(given.clone());
        }
        if let RequestRefusal::SignInRefused { cause: given, .. }
        | RequestRefusal::OrgNotReady { cause: given, .. } = refusal
        {
            cause = Some(given.clone());
        }
        Self { code: refusal.code(), message, cause, fix: Some(fix), problems }
    }
}

impl From<NotAllowed> for RequestRefusal {
    fn from(refused: NotAllowed) -> Self {
        Self::NotAllowed(refused)
    }
}

impl Serialize for RequestRefusal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Refusal::from(self).serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use access::event::Problem;
    use access::{Finding, FindingCode, NotAllowed};
    use serde_json::{Value, json};

    use super::RequestRefusal;

    #[test]
    fn each_refusal_has_its_code_its_status_and_whether_to_try_again() {
        let preflight = |code| {
            let (message, fix) = ("m".to_owned(), "f".to_owned());
            RequestRefusal::Preflight(Finding { code, message, fix })
        };
        let fix = || "f".to_owned();
        let problem = Problem { field: "customers[0].email".to_owned(), message: "m".to_owned() };
        for (refusal, code, status, retry_after) in [
            (RequestRefusal::Invalid(vec![problem]), "INVALID_REQUEST", 400, None),
            (
                RequestRefusal::ExpiryBeyondPolicy { maximum_days: 365 },
                "EXPIRY_BEYOND_POLICY",
                400,
                None,
            ),
            (RequestRefusal::OrgUnknown { fix: fix() }, "ORG_UNKNOWN", 404, None),
            (RequestRefusal::GroupNotFound, "GROUP_NOT_FOUND", 404, None),
            (RequestRefusal::GroupAmbiguous, "GROUP_AMBIGUOUS", 409, None),
            (NotAllowed::customer_as_sponsor().into(), "SPONSOR_NOT_ALLOWED", 403, None),
            (
                RequestRefusal::QuotaExceeded { maximum: 3, retry_after: 60 },
                "QUOTA_EXCEEDED",
                429,
                Some(60),
            ),
            (RequestRefusal::ProjectClosed, "PROJECT_CLOSED", 409, None),
            (preflight(FindingCode::CustomerInvitationsOff), "CUSTOMER_INVITATIONS_OFF", 409, None),
            (preflight(FindingCode::GroupNotPrivate), "GROUP_NOT_PRIVATE", 409, None),
            (
                preflight(FindingCode::GroupDisallowsCustomers),
                "GROUP_DISALLOWS_CUSTOMERS",
                409,
                None,
            ),
            (preflight(FindingCode::GroupArchived), "GROUP_ARCHIVED", 409, None),
            (
                RequestRefusal::SignInRefused { cause: fix(), fix: fix() },
                "SALESFORCE_SIGN_IN_REFUSED",
                502,
                None,
            ),
            (RequestRefusal::OrgNotReady { cause: fix(), fix: fix() }, "ORG_NOT_READY", 502, None),
            (
                RequestRefusal::SalesforceUnavailable { retry_after: 7 },
                "SALESFORCE_UNAVAILABLE",
                503,
                Some(7),
            ),
            (RequestRefusal::LedgerUnavailable, "LEDGER_UNAVAILABLE", 503, Some(5)),
        ] {
            let body = json!(refusal);
            assert_eq!(body["code"], code);
            assert_eq!((refusal.status(), refusal.retry_after()), (status, retry_after), "{code}");
            assert_eq!(refusal.is_transient(), status >= 500, "{code}");
            let is_text = |field| body[field].as_str().is_some_and(|text| !text.is_empty());
            assert!(is_text("message") && is_text("fix"), "{code}");
            let problems = if code == "INVALID_REQUEST" {
                json!([{ "field": "customers[0].email", "message": "m" }])
            } else {
                Value::Null
            };
            assert_eq!(body["problems"], problems, "{code}");
        }
    }
}
