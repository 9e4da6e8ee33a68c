//! Where a grant stands: the way from a request to an end that is proven.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::step::Step;
use crate::words::{InvitationId, UserId};

/// Why a grant is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum EndReason {
    /// Its time is up.
    Expired,
    /// Its project closed.
    ProjectClosed,
    /// A person withdrew it by name.
    Withdrawn,
    /// The invitation was not accepted within the policy's time.
    NeverJoined,
    /// Somebody removed or deactivated the customer, or withdrew the invitation, in Salesforce.
    RemovedByHand,
    /// The invitation was accepted after the grant had ended.
    JoinedLate,
    /// The invitation was accepted under another address, one that the policy does not let in.
    JoinedElsewhere,
}

impl EndReason {
    /// All of them.
    pub(crate) const ALL: [Self; 7] = [
        Self::Expired,
        Self::ProjectClosed,
        Self::Withdrawn,
        Self::NeverJoined,
        Self::RemovedByHand,
        Self::JoinedLate,
        Self::JoinedElsewhere,
    ];
}

/// An ending that Salesforce refuses to finish.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Stuck {
    /// When it was first refused.
    pub since: Timestamp,
    /// The step that was refused.
    pub step: String,
    /// Salesforce's own code.
    pub code: String,
    /// Salesforce's own text.
    pub message: String,
    /// Whether the user was frozen meanwhile.
    pub frozen: bool,
    /// The users of whom one may be the customer, where it cannot be told who accepted the invitation.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub candidates: BTreeSet<UserId>,
}

/// What reading back has shown of an ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "is")]
pub enum Proof {
    /// Not yet read, or not yet gone in what was read.
    #[serde(rename_all = "camelCase")]
    Unproven,
    /// Read back as gone, and `rereads` of the later readings ([`crate::Policy::reread_days`]) done since.
    #[serde(rename_all = "camelCase")]
    Proven {
        /// When it was first read back as gone.
        at: Timestamp,
        /// How many of the later re-reads are done.
        rereads: usize,
    },
    /// A re-read found access again that somebody had given back by hand; left to people.
    #[serde(rename_all = "camelCase")]
    Drifted {
        /// When that was found.
        at: Timestamp,
    },
}

/// Where a grant stands. `since` and `at` are the caller's `now` of the transition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "is")]
pub enum State {
    /// Promised; the steps towards it may or may not have left.
    #[serde(rename_all = "camelCase")]
    Requested {
        /// When a run is to carry it out, should whoever asked not have come to its end.
        #[serde(rename = "claimedUntil")]
        due_at: Timestamp,
    },
    /// Asked to join, not yet accepted.
    #[serde(rename_all = "camelCase")]
    Invited {
        /// Since when.
        since: Timestamp,
        /// The invitation's record id, once known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        invitation: Option<InvitationId>,
    },
    /// In the group.
    #[serde(rename_all = "camelCase")]
    Active {
        /// Since when.
        since: Timestamp,
    },
    /// Being ended.
    #[serde(rename_all = "camelCase")]
    Ending {
        /// Why.
        reason: EndReason,
        /// Since when.
        since: Timestamp,
        /// What was set out to be done.
        steps: Vec<Step>,
        /// Set while Salesforce refuses.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stuck: Option<Stuck>,
    },
    /// The steps were done.
    #[serde(rename_all = "camelCase")]
    Ended {
        /// Why.
        reason: EndReason,
        /// When.
        at: Timestamp,
        /// What was done.
        steps: Vec<Step>,
        /// The customer's version with which it was recorded.
        #[serde(rename = "settled")]
        version: u64,
        /// What reading back has shown.
        proof: Proof,
    },
    /// Never became access.
    #[serde(rename_all = "camelCase")]
    Refused {
        /// When.
        at: Timestamp,
        /// The refusal's code.
        code: String,
    },
}

/// What a state means for access, whatever the way that led to it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Phase<'a> {
    /// Access is promised: requested, invited or active.
    Open,
    /// Access was promised, and is to be gone or is gone.
    Over(End<'a>),
    /// Access was never given.
    Refused,
}

/// The end of a grant, while it is being carried out and afterwards.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End<'a> {
    /// Why.
    pub(crate) reason: EndReason,
    /// Since when it is being carried out; once its steps were done, when that was.
    pub(crate) since: Timestamp,
    /// What was set out to be done.
    pub(crate) steps: &'a [Step],
    /// What reading back has shown; `None` until the steps were done.
    pub(crate) proof: Option<Proof>,
}

/// The step that is recorded as stuck where all steps were done and nobody can tell whether the customer is gone.
pub(crate) const PROVE: &str = "prove";

impl State {
    /// What the state means for access.
    pub(crate) fn phase(&self) -> Phase<'_> {
        match self {
            Self::Requested { .. } | Self::Invited { .. } | Self::Active { .. } => Phase::Open,
            Self::Ending { reason, since, steps, .. } => {
                Phase::Over(End { reason: *reason, since: *since, steps, proof: None })
            }
            Self::Ended { reason, at, steps, proof, .. } => {
                Phase::Over(End { reason: *reason, since: *at, steps, proof: Some(*proof) })
            }
            Self::Refused { .. } => Phase::Refused,
        }
    }

    /// The end, of a grant that is over.
    pub(crate) fn end(&self) -> Option<End<'_>> {
        if let Phase::Over(end) = self.phase() { Some(end) } else { None }
    }

    /// The end whose steps were done, whether or not it is proven.
    pub(crate) fn done(&self) -> Option<End<'_>> {
        let is_only_unproven =
            matches!(self, Self::Ending { stuck: Some(stuck), .. } if stuck.step == PROVE);
        self.end().filter(|end| end.proof.is_some() || is_only_unproven)
    }

    /// What Salesforce refuses of the end.
    pub(crate) fn stuck(&self) -> Option<&Stuck> {
        if let Self::Ending { stuck, .. } = self { stuck.as_ref() } else { None }
    }

    /// Since when the customer is invited or in the group.
    pub(crate) fn given_since(&self) -> Option<Timestamp> {
        if let Self::Invited { since, .. } | Self::Active { since } = self {
            Some(*since)
        } else {
            None
        }
    }
}
