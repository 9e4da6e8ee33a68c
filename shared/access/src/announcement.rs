//! What Lanyard tells the world and its own history.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{Grant, GrantId, OrgAlias};

/// The detail-types of the events that Lanyard emits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AnnouncementKind {
    /// An invitation was sent, or the customer was put into the group.
    #[serde(rename = "Customer Invited")]
    Invited,
    /// The customer is in the group.
    #[serde(rename = "Customer Joined")]
    Joined,
    /// A request for a customer, or a whole request, was refused.
    #[serde(rename = "Customer Invitation Refused")]
    InvitationRefused,
    /// Expiry, role, sponsor or reason changed.
    #[serde(rename = "Customer Access Changed")]
    Changed,
    /// Access ends within a number of days.
    #[serde(rename = "Customer Access Expiring")]
    Expiring,
    /// Access ended.
    #[serde(rename = "Customer Access Ended")]
    Ended,
    /// Salesforce refuses to end it.
    #[serde(rename = "Customer Access Stuck")]
    Stuck,
    /// Somebody gave access back by hand.
    #[serde(rename = "Customer Access Drifted")]
    Drifted,
    /// The brake holds endings.
    #[serde(rename = "Sweep Held")]
    SweepHeld,
    /// A run asks for its own continuation.
    #[serde(rename = "Continuation")]
    Continuation,
}

impl AnnouncementKind {
    /// The EventBridge detail-type.
    #[must_use]
    pub fn detail_type(self) -> &'static str {
        match self {
            Self::Invited => "Customer Invited",
            Self::Joined => "Customer Joined",
            Self::InvitationRefused => "Customer Invitation Refused",
            Self::Changed => "Customer Access Changed",
            Self::Expiring => "Customer Access Expiring",
            Self::Ended => "Customer Access Ended",
            Self::Stuck => "Customer Access Stuck",
            Self::Drifted => "Customer Access Drifted",
            Self::SweepHeld => "Sweep Held",
            Self::Continuation => "Continuation",
        }
    }
}

/// An event to emit, written in the same transaction as the change that it announces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// Stable; consumers drop repeats by it.
    pub id: String,
    /// The detail-type.
    pub kind: AnnouncementKind,
    /// The detail, complete.
    pub detail: Value,
}

impl Announcement {
    /// An event without a grant.
    #[must_use]
    pub fn new(
        id: String,
        kind: AnnouncementKind,
        org: &OrgAlias,
        at: Timestamp,
        extra: Value,
    ) -> Self {
        let mut detail = Map::new();
        detail.insert("id".to_owned(), json!(id));
        detail.insert("at".to_owned(), json!(at));
        detail.insert("org".to_owned(), json!(org));
        extend(&mut detail, extra);
        Self { id, kind, detail: Value::Object(detail) }
    }

    /// An event about a grant. A grant announces a kind at most once per version, which makes the id stable.
    #[must_use]
    pub fn of_grant(
        kind: AnnouncementKind,
        org: &OrgAlias,
        email: &str,
        grant: &Grant,
        at: Timestamp,
        extra: Value,
    ) -> Self {
        let id = format!("{}-{}-{}", grant.id, grant.version, kind.detail_type().replace(' ', ""));
        let mut detail = json!({
            "grantId": grant.id,
            "project": grant.project,
            "group": { "id": grant.group.id, "name": grant.group.name },
            "email": email,
            "role": grant.role,
            "sponsor": grant.sponsor,
            "expiresAt": grant.expires_at,
        });
        if let Value::Object(fields) = &mut detail {
            extend(fields, extra);
        }
        Self::new(id, kind, org, at, detail)
    }
}

/// One line of a grant's history; append-only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// The grant.
    pub grant: GrantId,
    /// The grant's version after the transition: the entry's place in its history.
    pub version: u64,
    /// When.
    pub at: Timestamp,
    /// Who asked for it: an ARN, an event's source and id, a request id, or the run.
    pub actor: String,
    /// What happened, in a few words.
    pub cause: String,
    /// The digest of the plan that decided it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_digest: Option<String>,
    /// Salesforce's answer where it refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// The grant after the transition.
    pub state: Grant,
}

fn extend(fields: &mut Map<String, Value>, extra: Value) {
    if let Value::Object(extra) = extra {
        fields.extend(extra);
    }
}
