//! Grants, their states, and the request for one.

use std::collections::BTreeSet;

use access::{Ask, Asked, EndReason, Grant, Group, Joined, Proof, Role, Source, State, Step};

use crate::world::*;

pub(crate) fn active(since: i64) -> State {
    State::Active { since: days(since) }
}

pub(crate) fn invited(since: i64) -> State {
    State::Invited { since: days(since), invitation: None }
}

/// Requested, and due so many minutes from now.
pub(crate) fn requested(due: i64) -> State {
    State::Requested { due_at: minutes(due) }
}

pub(crate) fn ending(reason: EndReason, since: i64, steps: &[Step]) -> State {
    State::Ending { reason, since: days(since), steps: steps.to_vec(), stuck: None }
}

/// Ended so many days from now, recorded with version 5, not yet proven.
pub(crate) fn ended(reason: EndReason, at: i64, steps: &[Step]) -> State {
    let steps = steps.to_vec();
    State::Ended { reason, at: days(at), steps, version: 5, proof: Proof::Unproven }
}

/// Ended and proven so many days from now, with as many re-reads done.
pub(crate) fn proven(reason: EndReason, at: i64, rereads: usize, steps: &[Step]) -> State {
    let proof = Proof::Proven { at: days(at), rereads };
    State::Ended { reason, at: days(at), steps: steps.to_vec(), version: 5, proof }
}

/// A grant of project `P-1` for group `a` as a member, with a month to go.
pub(crate) fn grant(number: u8, state: State) -> Grant {
    let joined = matches!(state, State::Active { .. });
    Grant {
        id: grant_id(number),
        project: project("P-1"),
        project_name: None,
        group: Group { id: group('a'), name: "Acme rollout".to_owned() },
        role: Role::Member,
        sponsor: email("kim@corp.example"),
        reason: None,
        message: None,
        expires_at: days(31),
        requested_at: days(-10),
        source: None,
        asked: Some(Asked::new(days(0), "r-1")),
        withdrawn: None,
        closed_at: None,
        state,
        joined: joined.then(|| Joined { at: days(-9), joined_as: None }),
        noticed: None,
        retry_at: None,
        invitations: BTreeSet::new(),
        version: 3,
        head: None,
    }
}

pub(crate) trait GrantExt {
    fn of_project(self, id: &str) -> Self;
    fn in_group(self, letter: char) -> Self;
    fn manager(self) -> Self;
    fn expires(self, days: i64) -> Self;
    fn has_joined(self) -> Self;
}

impl GrantExt for Grant {
    fn of_project(self, id: &str) -> Self {
        Self { project: project(id), ..self }
    }

    fn in_group(self, letter: char) -> Self {
        let group = Group { id: group(letter), name: format!("Group {letter}") };
        Self { group, ..self }
    }

    fn manager(self) -> Self {
        Self { role: Role::Manager, ..self }
    }

    fn expires(self, days_ahead: i64) -> Self {
        Self { expires_at: days(days_ahead), ..self }
    }

    fn has_joined(self) -> Self {
        Self { joined: Some(Joined { at: days(-9), joined_as: None }), ..self }
    }
}

/// A request of project `P-1` for group `a` as a member, which would become grant 9.
pub(crate) fn ask() -> Ask {
    Ask {
        project: project("P-1"),
        project_name: None,
        group: Group { id: group('a'), name: "Acme rollout".to_owned() },
        role: Some(Role::Member),
        sponsor: email("kim@corp.example"),
        reason: None,
        message: None,
        expires_at: None,
        asked: Asked::new(days(0), "r-1"),
        source: Source::of_event("corp.projects"),
        new_grant: grant_id(9),
    }
}
