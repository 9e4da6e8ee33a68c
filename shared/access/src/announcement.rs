//! What Lanyard tells the world.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::event::{Detail, GrantEvent, InvitationRefused};
use crate::{Email, Grant, OrgAlias};

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
    /// A customer has access for which no grant answers.
    #[serde(rename = "Customer Access Ungoverned")]
    Ungoverned,
    /// Something of an org is to be mended.
    #[serde(rename = "Org Needs Attention")]
    OrgNeedsAttention,
    /// A project event changed nothing, because a newer one is recorded.
    #[serde(rename = "Project Event Ignored")]
    ProjectEventIgnored,
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
            Self::Ungoverned => "Customer Access Ungoverned",
            Self::OrgNeedsAttention => "Org Needs Attention",
            Self::ProjectEventIgnored => "Project Event Ignored",
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
    /// The source of every event that Lanyard emits.
    pub const SOURCE: &str = "lanyard";

    /// An event of which `adds` is what its kind adds.
    #[must_use]
    pub fn new(
        id: String,
        kind: AnnouncementKind,
        org: &OrgAlias,
        at: Timestamp,
        adds: impl Serialize,
    ) -> Self {
        let detail = json!(Detail { id: id.clone(), at, org: org.clone(), adds });
        Self { id, kind, detail }
    }

    /// An event about a grant of the customer with this address. A grant announces a kind at most once per version,
    /// which makes the id stable.
    #[must_use]
    pub fn of_grant(
        org: &OrgAlias,
        email: &Email,
        grant: &Grant,
        at: Timestamp,
        event: GrantEvent,
    ) -> Self {
        let kind = event.kind();
        let id = format!("{}-{}-{}", grant.id, grant.version, kind.detail_type().replace(' ', ""));
        Self::new(id, kind, org, at, event.about(email, grant))
    }

    /// A request for a customer, or a whole request, was refused that had not become a grant.
    #[must_use]
    pub fn of_refusal(
        id: String,
        org: &OrgAlias,
        at: Timestamp,
        refused: InvitationRefused,
    ) -> Self {
        Self::new(id, AnnouncementKind::InvitationRefused, org, at, refused)
    }
}
