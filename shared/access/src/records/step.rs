//! One thing to do in Salesforce, and why it was not done.

use serde::{Deserialize, Serialize};

use crate::words::{InvitationId, UserId};

/// One thing to do in Salesforce. Every step may be repeated; the order of the variants is the order of work, except
/// that memberships always go before seats.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "do")]
pub enum Step {
    /// Send an invitation to the grant's address and group.
    Invite,
    /// Make an inactive customer active again (and unfreeze whom Lanyard froze).
    Reactivate {
        /// The user.
        user: UserId,
    },
    /// Put an active customer into the grant's group, with the role that counts there.
    AddMember {
        /// The user.
        user: UserId,
    },
    /// Make the member manager.
    Promote {
        /// The user.
        user: UserId,
    },
    /// Make the manager member.
    Demote {
        /// The user.
        user: UserId,
    },
    /// Cancel an open invitation.
    CancelInvitation {
        /// The invitation.
        invitation: InvitationId,
    },
    /// Take the user out of the grant's group.
    RemoveMember {
        /// The user.
        user: UserId,
    },
    /// Deactivate the user, which frees the seat.
    Deactivate {
        /// The user.
        user: UserId,
    },
}

impl Step {
    /// The user whom it touches; `None` where only an invitation is concerned.
    #[must_use]
    pub fn user(&self) -> Option<&UserId> {
        match self {
            Self::Reactivate { user }
            | Self::AddMember { user }
            | Self::Promote { user }
            | Self::Demote { user }
            | Self::RemoveMember { user }
            | Self::Deactivate { user } => Some(user),
            Self::Invite | Self::CancelInvitation { .. } => None,
        }
    }

    /// The step as contracts spell it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Invite => "invite",
            Self::Reactivate { .. } => "reactivate",
            Self::AddMember { .. } => "addMember",
            Self::Promote { .. } => "promote",
            Self::Demote { .. } => "demote",
            Self::CancelInvitation { .. } => "cancelInvitation",
            Self::RemoveMember { .. } => "removeMember",
            Self::Deactivate { .. } => "deactivate",
        }
    }
}

/// A step that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The step.
    pub step: Step,
    /// Salesforce's code, or ours.
    pub code: String,
    /// Salesforce's text, or ours.
    pub message: String,
    /// Whether Salesforce refuses it, so that repeating alone will not help.
    pub is_refusal: bool,
}

impl Failure {
    /// Whether Salesforce does not know the record that the step is about: it may be gone, or not shown to us.
    #[must_use]
    pub fn is_of_unknown(&self) -> bool {
        self.is_refusal && ["NOT_FOUND", "INVALID_CROSS_REFERENCE_KEY"].contains(&&*self.code)
    }
}
