//! Instants, addresses, ids and steps, by a number or a letter.

use std::collections::BTreeSet;

use access::{Actor, Email, GrantId, GroupId, InvitationId, ProjectId, Step, UserId};
use jiff::{SignedDuration, Timestamp};

pub(crate) const ACTOR: Actor<'static> = Actor { name: "test", plan_digest: None };

pub(crate) fn now() -> Timestamp {
    "2027-01-31T00:00:00Z".parse().expect("an instant")
}

/// `minutes` after `now`, or before it.
pub(crate) fn minutes(minutes: i64) -> Timestamp {
    now() + SignedDuration::from_mins(minutes)
}

/// `days` after `now`, or before it.
pub(crate) fn days(days: i64) -> Timestamp {
    now() + SignedDuration::from_hours(24 * days)
}

pub(crate) fn email(text: &str) -> Email {
    Email::parse(text).expect("an address")
}

pub(crate) fn ana() -> Email {
    email("ana@acme.example")
}

pub(crate) fn group(letter: char) -> GroupId {
    GroupId::parse(&format!("0F9{letter:0>15}")).expect("a group id")
}

pub(crate) fn user(number: u8) -> UserId {
    UserId::parse(&format!("005{number:0>15}")).expect("a user id")
}

pub(crate) fn invitation(letter: char) -> InvitationId {
    InvitationId::parse(&format!("inv{letter:0>15}")).expect("an invitation id")
}

pub(crate) fn project(id: &str) -> ProjectId {
    ProjectId::parse(id).expect("a project id")
}

pub(crate) fn grant_id(number: u8) -> GrantId {
    GrantId::from_random(u128::from(number))
}

pub(crate) fn closed(projects: &[&str]) -> BTreeSet<ProjectId> {
    projects.iter().map(|id| project(id)).collect()
}

pub(crate) fn remove(number: u8) -> Step {
    Step::RemoveMember { user: user(number) }
}

pub(crate) fn deactivate(number: u8) -> Step {
    Step::Deactivate { user: user(number) }
}

pub(crate) fn cancel(letter: char) -> Step {
    Step::CancelInvitation { invitation: invitation(letter) }
}
