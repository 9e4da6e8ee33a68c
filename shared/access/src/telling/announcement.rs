//! What Lanyard tells the world.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::event::{Detail, GrantEvent, InvitationRefused};
use super::kind::AnnouncementKind;
use crate::records::Grant;
use crate::words::{Email, OrgAlias};

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
