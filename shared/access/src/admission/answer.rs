//! What becomes of one customer of a request.

use jiff::Timestamp;
use serde::Serialize;

use crate::evidence::AuditEntry;
use crate::records::{Customer, Step};
use crate::rules::Decision;
use crate::telling::{Announcement, CustomerRefusal};
use crate::words::{GrantId, Role};

/// What became of one customer, as contracts spell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// A mail is sent now.
    Invited,
    /// An invitation to this group was open already: no second mail.
    Pending,
    /// A customer of the org already: put into the group.
    Added,
    /// An inactive customer, brought back and put into the group.
    Reactivated,
    /// Already in the group by hand; Lanyard's from now on.
    Adopted,
    /// Had the grant; something changed.
    Updated,
    /// Had the grant; nothing changed.
    Unchanged,
    /// A newer request is recorded, or the access has ended since: nothing changed.
    Superseded,
}

impl Outcome {
    /// The outcome as contracts spell it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Pending => "pending",
            Self::Added => "added",
            Self::Reactivated => "reactivated",
            Self::Adopted => "adopted",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::Superseded => "superseded",
        }
    }
}

/// The decision for one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Refused before anything is recorded.
    Refused(CustomerRefusal),
    /// It comes too late to change anything.
    Superseded {
        /// The grant that records something newer.
        grant: GrantId,
        /// Its role.
        role: Role,
        /// When that grant's access is over, or was to be.
        expires_at: Timestamp,
    },
    /// It comes too late to change anything: access was withdrawn since it was asked for.
    Withdrawn,
    /// Not all that concerns the customer was read: come back later, or a second mail may go out.
    Unread,
    /// Something may be under way for the customer: come back later, or two mails go out.
    UnderWay {
        /// When it surely is not any more.
        until: Timestamp,
    },
    /// To be recorded, then carried out.
    Admitted(Box<Admitted>),
}

/// What to record and to carry out for one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// What it will be called once it succeeded.
    pub outcome: Outcome,
    /// The grant.
    pub grant: GrantId,
    /// What to do in Salesforce.
    pub decision: Decision,
    /// The role in force in the group afterwards: the highest of the grants that hold the membership.
    pub role_in_group: Role,
    /// The customer with the intent, or with the final state where nothing has to be done.
    pub customer: Customer,
    /// Whether `customer` differs from what the ledger has.
    pub is_change: bool,
    /// Whether it opens a grant, or gives access again to one, which a closed project must prevent.
    pub opens: bool,
    /// Its history.
    pub audit: Vec<AuditEntry>,
    /// What to tell the world with the intent.
    pub announcements: Vec<Announcement>,
    /// Whether an inactive user is made active.
    pub(super) wakes: bool,
}

impl Admitted {
    /// What to do in Salesforce, in order.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.decision.steps
    }

    /// Whether it takes one of the free seats at once.
    #[must_use]
    pub fn takes_seat(&self) -> bool {
        self.wakes
    }
}
