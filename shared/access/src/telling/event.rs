//! The details of the events that Lanyard emits.
//!
//! These types are what is emitted and what the schemas in `infra/schemas` are made of. Their documentation is read
//! there too, by people who know nothing of this crate.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::kind::AnnouncementKind;
use super::refusal::CustomerRefusal;
use crate::records::{EndReason, Grant};
use crate::words::{Email, GrantId, Group, OrgAlias, ProjectId, Role, Subject};

mod org;
mod project;

pub use org::{OrgNeedsAttention, Ungoverned, UngovernedGroup};
pub use project::{DatedProjectEvent, ProjectEventIgnored};

/// What every event says, and what its kind adds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Detail<T> {
    /// Stable: an event that is delivered again has the same id, so repeats are dropped by it.
    pub id: String,
    /// When the change that the event announces was made.
    pub at: Timestamp,
    /// The alias of the Salesforce org.
    pub org: OrgAlias,
    /// What the kind adds.
    #[serde(flatten)]
    pub adds: T,
}

/// What every event about a grant says, and what its kind adds. A grant is one customer's access to one group for one
/// project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AboutGrant<T> {
    /// The grant.
    pub grant_id: GrantId,
    /// The upstream's own id of the project.
    pub project: ProjectId,
    /// The Chatter group.
    pub group: Group,
    /// The customer's address, trimmed and in lower case.
    pub email: Email,
    /// The role asked for.
    pub role: Role,
    /// The address of who answers for the customer.
    pub sponsor: Email,
    /// When access is over.
    pub expires_at: Timestamp,
    /// What the kind adds.
    #[serde(flatten)]
    pub adds: T,
}

impl<T> AboutGrant<T> {
    /// The event about a grant of the customer with this address.
    #[must_use]
    pub fn new(email: &Email, grant: &Grant, adds: T) -> Self {
        Self {
            grant_id: grant.id.clone(),
            project: grant.project.clone(),
            group: grant.group.clone(),
            email: email.clone(),
            role: grant.role,
            sponsor: grant.sponsor.clone(),
            expires_at: grant.expires_at,
            adds,
        }
    }
}

/// What happened to a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantEvent {
    /// [`Invited`].
    Invited(Invited),
    /// [`Joined`].
    Joined(Joined),
    /// [`InvitationRefused`].
    InvitationRefused(Refusal),
    /// [`Changed`].
    Changed(Changed),
    /// [`Expiring`].
    Expiring(Expiring),
    /// [`Ended`].
    Ended(Ended),
    /// [`Stuck`].
    Stuck(Stuck),
    /// [`Drifted`].
    Drifted(Drifted),
}

impl GrantEvent {
    /// What the event is called.
    #[must_use]
    pub fn kind(&self) -> AnnouncementKind {
        match self {
            Self::Invited(_) => AnnouncementKind::Invited,
            Self::Joined(_) => AnnouncementKind::Joined,
            Self::InvitationRefused(_) => AnnouncementKind::InvitationRefused,
            Self::Changed(_) => AnnouncementKind::Changed,
            Self::Expiring(_) => AnnouncementKind::Expiring,
            Self::Ended(_) => AnnouncementKind::Ended,
            Self::Stuck(_) => AnnouncementKind::Stuck,
            Self::Drifted(_) => AnnouncementKind::Drifted,
        }
    }

    /// What the event says of the grant and of what happened to it.
    pub(crate) fn about(self, email: &Email, grant: &Grant) -> Value {
        match self {
            Self::Invited(adds) => json!(AboutGrant::new(email, grant, adds)),
            Self::Joined(adds) => json!(AboutGrant::new(email, grant, adds)),
            Self::InvitationRefused(refusal) => {
                json!(InvitationRefused::from(AboutGrant::new(email, grant, refusal)))
            }
            Self::Changed(adds) => json!(AboutGrant::new(email, grant, adds)),
            Self::Expiring(adds) => json!(AboutGrant::new(email, grant, adds)),
            Self::Ended(adds) => json!(AboutGrant::new(email, grant, adds)),
            Self::Stuck(adds) => json!(AboutGrant::new(email, grant, adds)),
            Self::Drifted(adds) => json!(AboutGrant::new(email, grant, adds)),
        }
    }
}

/// An invitation to the group was sent to the customer, or was found open already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Invited {
    /// Present and true if an invitation was open already, so that no mail was sent now.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub already_invited: bool,
}

/// The customer is in the group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Joined {
    /// The other address under which the invitation was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub joined_as: Option<Email>,
}

/// The request for a customer, or a whole request, was refused. Of the fields about the grant those are present that are known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct InvitationRefused {
    /// The grant, if it had been recorded before it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<GrantId>,
    /// The upstream's own id of the project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// The Chatter group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<Group>,
    /// The customer's address, trimmed and in lower case; absent if the whole request was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// The role asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// The address of who answers for the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sponsor: Option<Email>,
    /// When access would have been over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Why.
    pub error: Refusal,
}

impl InvitationRefused {
    /// A refusal of which nothing is known but why.
    #[must_use]
    pub fn new(error: Refusal) -> Self {
        Self {
            grant_id: None,
            project: None,
            group: None,
            email: None,
            role: None,
            sponsor: None,
            expires_at: None,
            error,
        }
    }
}

impl From<AboutGrant<Refusal>> for InvitationRefused {
    fn from(about: AboutGrant<Refusal>) -> Self {
        let AboutGrant { grant_id, project, group, email, role, sponsor, expires_at, adds } = about;
        Self {
            grant_id: Some(grant_id),
            project: Some(project),
            group: Some(group),
            email: Some(email),
            role: Some(role),
            sponsor: Some(sponsor),
            expires_at: Some(expires_at),
            error: adds,
        }
    }
}

/// Why something was refused, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Refusal {
    /// The code: Lanyard's, or Salesforce's own.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// With `SALESFORCE_SIGN_IN_REFUSED` Salesforce's word and what it means, with `ORG_NOT_READY` Salesforce's own code, or AWS's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// The fields of the request that are missing or wrong, with the code `INVALID_REQUEST`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problems: Option<Vec<Problem>>,
}

impl From<CustomerRefusal> for Refusal {
    fn from(refusal: CustomerRefusal) -> Self {
        let CustomerRefusal { code, message, fix } = refusal;
        Self {
            code: code.as_str().to_owned(),
            message,
            cause: None,
            fix: Some(fix),
            problems: None,
        }
    }
}

/// A field of a request that is missing or wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    /// Its path, such as `customers[1].email`.
    pub field: String,
    /// What it must be.
    pub message: String,
}

/// A request changed a grant that exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Changed {
    /// What changed; where the event has the field, with its new value.
    pub changed: Vec<ChangedField>,
}

/// What of a grant a request can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum ChangedField {
    /// When access is over.
    ExpiresAt,
    /// The role.
    Role,
    /// Who answers for the customer.
    Sponsor,
    /// Why access is needed.
    Reason,
}

/// Access ends within a number of days: once for each of the policy's thresholds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Expiring {
    /// The threshold, in days of 24 hours, within which access ends.
    pub days: u32,
}

/// Access has ended, and Salesforce was read to prove it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ended {
    /// Why it ended.
    pub reason: EndReason,
    /// What reading back has shown.
    pub proof: ReadBack,
    /// What stands for the customer in evidence, also once the address is forgotten; absent where nothing of the customer was recorded yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
}

/// What Salesforce showed after the end. What is still there is held by another grant, or was given by somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, as consumers read it"
)]
pub struct ReadBack {
    /// When Salesforce was read.
    pub read_at: Timestamp,
    /// Whether the customer is a member of the group.
    pub member: bool,
    /// Whether an invitation to the group is open.
    pub invited: bool,
    /// Whether the customer has an active user in the org.
    pub seat_active: bool,
    /// Whether another grant of the customer holds that user.
    pub seat_held_by_other_grant: bool,
}

/// Salesforce refuses to end access; Lanyard goes on trying.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Stuck {
    /// Why access is to end.
    pub reason: EndReason,
    /// What Salesforce refuses.
    pub stuck: crate::Stuck,
    /// What stands for the customer in evidence, also once the address is forgotten; absent where nothing of the customer was recorded yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
}

/// Somebody gave access back by hand after it had been proven gone. Lanyard leaves it to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Drifted {
    /// Why access had ended.
    pub reason: EndReason,
}

/// One run would end more grants of a project, or of the org, than the policy allows, so none of them is ended until people
/// release them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SweepHeld {
    /// The digest of the set, with which a sweep releases it within 24 hours.
    pub plan_digest: String,
    /// The project whose grants they are; absent where all projects of the org together are too much.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<ProjectId>,
    /// How many grants are held.
    pub count: usize,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Refusal;
    use crate::{CustomerRefusal, RefusalCode};

    #[test]
    fn a_refusal_is_told_as_it_is_answered() {
        for code in [
            RefusalCode::NotACustomer,
            RefusalCode::AmbiguousCustomer,
            RefusalCode::ProtectedAddress,
            RefusalCode::TooManyGrants,
            RefusalCode::SeatsExhausted,
            RefusalCode::GroupFull,
            RefusalCode::SalesforceRefused,
            RefusalCode::Unrecordable,
        ] {
            let (message, fix) = ("m".to_owned(), "f".to_owned());
            let answered = CustomerRefusal { code, message, fix };
            assert_eq!(json!(Refusal::from(answered.clone())), json!(answered));
        }
    }
}
