//! One customer's access to one group for one project: the ledger's unit.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::state::{EndReason, Phase, Proof, State};
use super::step::Step;
use super::word::{Asked, Withdrawn};
use crate::policy::{Policy, REREADS};
use crate::words::{Email, GrantId, Group, InvitationId, ProjectId, Role, Source, days_of};

/// When and as whom the customer joined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Joined {
    /// When Lanyard learnt of it.
    pub at: Timestamp,
    /// The other address under which the invitation was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined_as: Option<Email>,
}

/// One customer's access to one group for one project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// The project.
    pub project: ProjectId,
    /// The project's name, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_name: Option<String>,
    /// The group.
    pub group: Group,
    /// The role asked for.
    pub role: Role,
    /// Who answers for the customer.
    pub sponsor: Email,
    /// Why access is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The message of the invitation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// When access is over.
    pub expires_at: Timestamp,
    /// When it was first asked for.
    pub requested_at: Timestamp,
    /// Who asked for it first, as the platform said; absent where nobody did, or the version before recorded it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// The newest request that it has taken; absent in grants of the first version, and of what was adopted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Asked>,
    /// Set once a person said by name that it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Withdrawn>,
    /// When its project was closed, of an ending that a close began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
    /// Where it stands.
    pub state: State,
    /// Set once the customer has joined; kept after the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined: Option<Joined>,
    /// The smallest of the policy's notice days that is announced or was past when the expiry was set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noticed: Option<u32>,
    /// Set while something of a live grant has failed: look again from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<Timestamp>,
    /// Every invitation that was sent for it. Somebody may accept one under another address, or after it was cancelled, and only
    /// its id leads to them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub invitations: BTreeSet<InvitationId>,
    /// How many transitions it has seen; numbers its audit entries.
    pub version: u64,
    /// The hash of its newest entry; set by the ledger when the entry is recorded. Absent for grants of older tables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<String>,
}

impl Grant {
    /// Takes a new state; invitations of the old and the new one stay known. The long texts of what is over stay in its history alone, so
    /// that an ending never makes the customer's record larger.
    pub(crate) fn enter(&mut self, state: State) {
        for state in [&self.state, &state] {
            if let State::Invited { invitation, .. } = state {
                self.invitations.extend(invitation.clone());
            }
        }
        if matches!(state, State::Ending { .. } | State::Ended { .. }) {
            self.message = None;
            self.reason = None;
            if let Some(asked) = &mut self.asked {
                asked.by.clear();
            }
        }
        self.state = state;
    }

    /// Every invitation that is known to have been sent for it.
    pub fn known_invitations(&self) -> impl Iterator<Item = &InvitationId> {
        let current = if let State::Invited { invitation, .. } = &self.state {
            invitation.as_ref()
        } else {
            None
        };
        self.invitations.iter().chain(current.filter(|it| !self.invitations.contains(*it)))
    }

    /// The invitations sent for it that may still let somebody in as far as the ledger can tell: nobody was seen to join, and
    /// Salesforce did not confirm that they were cancelled.
    pub fn loose_invitations(&self) -> impl Iterator<Item = &InvitationId> {
        let done = self.state.done().map_or(&[][..], |end| end.steps);
        let is_cancelled = move |id: &InvitationId| {
            done.iter().any(
                |step| matches!(step, Step::CancelInvitation { invitation } if invitation == id),
            )
        };
        let has_joined = self.joined.is_some();
        self.known_invitations().filter(move |id| !has_joined && !is_cancelled(id))
    }

    /// Whether it promises access: requested, invited or active, whatever the time.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.state.phase(), Phase::Open)
    }

    /// Whether nothing was given yet, or is to be given again.
    pub(crate) fn is_requested(&self) -> bool {
        matches!(self.state, State::Requested { .. })
    }

    /// Whether the customer is in the group, as far as the ledger knows.
    pub(crate) fn is_active(&self) -> bool {
        matches!(self.state, State::Active { .. })
    }

    /// Why the grant is over, as far as the ledger alone can tell.
    ///
    /// This is the only place that knows when a stay is over. What Salesforce shows may add
    /// [`EndReason::RemovedByHand`], [`EndReason::JoinedElsewhere`] of further people who came by the same link, and
    /// [`EndReason::JoinedLate`].
    #[must_use]
    pub(crate) fn end_reason(
        &self,
        policy: &Policy,
        project_closed: bool,
        now: Timestamp,
    ) -> Option<EndReason> {
        match self.state.phase() {
            Phase::Over(end) => Some(end.reason),
            Phase::Refused => None,
            Phase::Open => {
                if self.withdrawn.is_some() {
                    Some(EndReason::Withdrawn)
                } else if project_closed {
                    Some(EndReason::ProjectClosed)
                } else if self.expires_at <= now {
                    Some(EndReason::Expired)
                } else if self.is_elsewhere(policy) {
                    Some(EndReason::JoinedElsewhere)
                } else if self.is_stale(policy, now) {
                    Some(EndReason::NeverJoined)
                } else {
                    None
                }
            }
        }
    }

    /// The notice that is due now: the smallest threshold, in days, within which the expiry lies, if not yet announced.
    #[must_use]
    pub fn due_notice(&self, policy: &Policy, now: Timestamp) -> Option<u32> {
        if !self.is_open() || self.expires_at <= now {
            return None;
        }
        let threshold = policy.notice_threshold(self.expires_at, now)?;
        (self.noticed.is_none_or(|noticed| threshold < noticed)).then_some(threshold)
    }

    /// When this grant next needs to be looked at; `None` when it needs nothing.
    #[must_use]
    pub fn due_at(&self, policy: &Policy) -> Option<Timestamp> {
        let natural = match &self.state {
            State::Requested { due_at } => Some(*due_at),
            State::Invited { since, .. } | State::Ending { since, .. } => Some(*since),
            State::Active { since } if self.is_elsewhere(policy) => Some(*since),
            State::Active { .. } => Some(
                policy
                    .next_notice(self.expires_at, self.noticed)
                    .map_or(self.expires_at, |at| at.min(self.expires_at)),
            ),
            State::Ended { at, proof, .. } => match proof {
                Proof::Unproven => Some(*at),
                Proof::Proven { at, rereads } => policy
                    .reread_days()
                    .get(*rereads)
                    .map(|days| at.saturating_add(days_of(*days)).unwrap_or(*at)),
                Proof::Drifted { .. } => None,
            },
            State::Refused { .. } => None,
        };
        if let Some(word) = self.withdrawn.as_ref().filter(|_| self.is_open()) {
            return Some(word.at);
        }
        match (natural, self.retry_at.filter(|_| self.is_open())) {
            (Some(natural), Some(retry)) => Some(natural.min(retry)),
            (natural, retry) => natural.or(retry),
        }
    }

    /// Whether it answers for no access: it was refused, or read back as gone.
    pub(crate) fn is_settled(&self) -> bool {
        match self.state.phase() {
            Phase::Open => false,
            Phase::Over(end) => end.proof.is_some_and(|proof| proof != Proof::Unproven),
            Phase::Refused => true,
        }
    }

    /// Whether nothing will ever be done about it again.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        match self.state.phase() {
            Phase::Open => false,
            Phase::Refused => true,
            Phase::Over(end) => match end.proof {
                None | Some(Proof::Unproven) => false,
                Some(Proof::Proven { rereads, .. }) => rereads >= REREADS,
                Some(Proof::Drifted { .. }) => true,
            },
        }
    }

    /// Whether the customer joined under an address that may not be let in, where that ends it.
    fn is_elsewhere(&self, policy: &Policy) -> bool {
        let joined_as = self.joined.as_ref().and_then(|joined| joined.joined_as.as_ref());
        joined_as.is_some_and(|email| policy.ends_elsewhere(self.source.as_ref(), email))
    }

    fn is_stale(&self, policy: &Policy, now: Timestamp) -> bool {
        self.stale_at(policy).is_some_and(|at| at <= now)
    }

    /// When an invitation that nobody accepts lapses. After the end only the instant of the request is known.
    pub(crate) fn stale_at(&self, policy: &Policy) -> Option<Timestamp> {
        // A customer who was in the group before did accept an invitation, and is only being brought back.
        let is_first = self.is_requested() && self.joined.is_none();
        let has_never_joined =
            self.state.end().is_some_and(|end| end.reason == EndReason::NeverJoined);
        let since = if let State::Invited { since, .. } = &self.state {
            *since
        } else if is_first || has_never_joined {
            self.requested_at
        } else {
            return None;
        };
        let days = days_of(i64::from(policy.invitation_days));
        Some(since.saturating_add(days).unwrap_or(Timestamp::MAX))
    }
}
