//! What the events are called that Lanyard emits.

use serde::{Deserialize, Serialize};

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
