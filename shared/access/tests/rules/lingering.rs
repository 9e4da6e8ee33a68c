//! How long access was still there that should have been over.

use std::collections::BTreeMap;

use access::{
    Customer, EndReason, Grant, LINGERING_WINDOW, Policy, Proof, State, Withdrawn, ending_projects,
    lingering_minutes,
};
use jiff::Timestamp;

use crate::world::*;

/// The minutes of a day.
const DAY: u64 = 24 * 60;

fn over(grant: Grant, at: i64) -> Grant {
    Grant { expires_at: minutes(at), ..grant }
}

fn asked_at(grant: Grant, at: i64) -> Grant {
    Grant { requested_at: minutes(at), ..grant }
}

/// Ended and proven so many minutes from now.
fn gone(reason: EndReason, at: i64) -> State {
    let at = minutes(at);
    let proof = Proof::Proven { at, rereads: 0 };
    State::Ended { reason, at, steps: Vec::new(), version: 5, proof }
}

fn being_ended(reason: EndReason, since: i64) -> State {
    State::Ending { reason, since: minutes(since), steps: Vec::new(), stuck: None }
}

fn withdrawn(grant: Grant, at: i64) -> Grant {
    let word = Withdrawn { at: minutes(at), by: None, reason: None };
    Grant { withdrawn: Some(word), ..grant }
}

/// The minutes of a customer with these grants, where `P-1` closed so many minutes from now, or is open.
fn measured(grants: Vec<Grant>, closed: Option<i64>) -> u64 {
    let customer = customer(grants);
    let closed: BTreeMap<_, Timestamp> =
        closed.map(|at| (project("P-1"), minutes(at))).into_iter().collect();
    let minutes = lingering_minutes(&Policy::default(), &customer, &closed, now());
    assert!(minutes == 0 || is_found(&customer, &closed), "{customer:?}");
    minutes
}

/// Whether who looks at what is due within the window finds the customer.
fn is_found(customer: &Customer, closed: &BTreeMap<access::ProjectId, Timestamp>) -> bool {
    let due = customer.due_at(&Policy::default());
    let is_closing = customer.grants.values().any(|it| closed.contains_key(&it.project));
    is_closing || due.is_some_and(|due| due <= now() + LINGERING_WINDOW)
}

#[test]
fn access_lingers_from_the_instant_when_it_should_be_over_until_it_is_gone() {
    use EndReason::Expired;
    let here = || grant(1, active(-9));
    let with = |state| grant(1, state);
    for (case, grant, expected) in [
        ("has a month to go", here(), 0),
        ("expires now", over(here(), 0), 0),
        ("expired six hours ago and is still there", over(here(), -360), 360),
        ("expired days ago and is still there", over(here(), -9_000), DAY),
        ("is being ended", over(with(being_ended(Expired, -5)), -360), 360),
        ("ended an hour ago", over(with(gone(Expired, -60)), -360), 300),
        ("ended at once", over(with(gone(Expired, -60)), -60), 0),
        ("ended in the window, over before it", over(with(gone(Expired, -60)), -9_000), DAY - 60),
        ("ended before the window", over(with(gone(Expired, -1_500)), -9_000), 0),
        ("ended as the window began", over(with(gone(Expired, -1_440)), -9_000), 0),
        ("ended, and nobody has seen it gone", over(with(ended(Expired, 0, &[])), -360), 360),
        ("ended, not seen gone for a day", over(with(ended(Expired, -1, &[])), -9_000), DAY),
        ("is invited", over(with(invited(-9)), -360), 360),
        ("is requested", over(with(requested(-700)), -360), 360),
        ("was refused", over(with(State::Refused { at: days(-9), code: String::new() }), -360), 0),
        ("less than a minute", Grant { expires_at: seconds(-59), ..here() }, 0),
        ("more than a minute", Grant { expires_at: seconds(-61), ..here() }, 1),
    ] {
        assert_eq!(measured(vec![grant], None), expected, "{case}");
    }
}

#[test]
fn an_ending_recorded_by_a_clock_that_is_ahead_is_as_one_that_is_still_to_come() {
    let customer = customer(vec![over(grant(1, gone(EndReason::Expired, 5)), -9_000)]);
    assert_eq!(lingering_minutes(&Policy::default(), &customer, &BTreeMap::new(), now()), DAY);
}

fn seconds(seconds: i64) -> Timestamp {
    now() + jiff::SignedDuration::from_secs(seconds)
}

#[test]
fn it_should_be_over_at_the_earliest_of_its_ends_and_at_the_latest_when_it_is_being_ended() {
    use EndReason::{NeverJoined, ProjectClosed};
    let here = || grant(1, active(-9));
    let with = |state| grant(1, state);
    for (case, grant, expected) in [
        ("was withdrawn", withdrawn(here(), -90), 90),
        ("was withdrawn after the end", withdrawn(over(here(), -360), -90), 360),
        ("was withdrawn and ended", withdrawn(with(gone(EndReason::Withdrawn, -30)), -90), 60),
        ("was invited 60 days ago", asked_at(with(invited(-61)), -99_999), DAY),
        ("was invited 59 days ago", asked_at(with(invited(-59)), -99_999), 0),
        ("was in time", asked_at(here(), -99_999), 0),
        (
            "nobody came, and it is no more",
            asked_at(with(gone(NeverJoined, -30)), -60 * 1_440 - 90),
            60,
        ),
        ("a project of which no close is known", with(gone(ProjectClosed, -30)), 0),
        ("a close of which the project knows no more", with(being_ended(ProjectClosed, -30)), 30),
    ] {
        assert_eq!(measured(vec![grant], None), expected, "{case}");
    }
}

#[test]
fn a_close_counts_from_its_instant_for_what_was_there_then() {
    use EndReason::ProjectClosed;
    for (case, grant, expected) in [
        ("is still there", grant(1, active(-9)), 200),
        ("expired before", over(grant(1, active(-9)), -300), 300),
        ("ended", grant(1, gone(ProjectClosed, -50)), 150),
        ("ended before a later close", grant(1, gone(ProjectClosed, -250)), 0),
        ("asked for after the close as it is dated", asked_at(grant(1, active(-9)), -70), 70),
        ("of another project", grant(1, active(-9)).of_project("P-2"), 0),
    ] {
        assert_eq!(measured(vec![grant], Some(-200)), expected, "{case}");
    }
}

#[test]
fn what_people_took_away_lingers_only_while_something_of_it_is_left() {
    use EndReason::{JoinedLate, RemovedByHand};
    for (case, state, expected) in [
        ("removed by hand", gone(RemovedByHand, -60), 0),
        ("removed by hand, and the seat is left", being_ended(RemovedByHand, -60), 60),
        // When it came back nobody knows.
        ("back after the end", gone(JoinedLate, -60), DAY - 60),
        ("back after the end, and still there", being_ended(JoinedLate, -60), DAY),
    ] {
        let expires = if state_is_late(&state) { -20 } else { 20 };
        assert_eq!(measured(vec![grant(1, state).expires(expires)], None), expected, "{case}");
    }
    let drifted = Proof::Drifted { at: minutes(-30) };
    let state = State::Ended {
        reason: EndReason::Expired,
        at: minutes(-60),
        steps: Vec::new(),
        version: 5,
        proof: drifted,
    };
    let given_back = measured(vec![over(grant(1, state), -90)], Some(-90));
    assert_eq!(given_back, 30, "what people give back by hand has no promised end");
}

fn state_is_late(state: &State) -> bool {
    matches!(
        state,
        State::Ending { reason: EndReason::JoinedLate, .. }
            | State::Ended { reason: EndReason::JoinedLate, .. }
    )
}

#[test]
fn a_membership_counts_once_and_not_while_a_live_grant_holds_it() {
    use EndReason::{Expired, RemovedByHand};
    let expired = |number, at| over(grant(number, active(-9)), at);
    for (case, grants, expected) in [
        ("two grants of one group", vec![expired(1, -360), expired(2, -360)], 360),
        ("until the last of them is over", vec![expired(1, -360), expired(2, -100)], 100),
        ("one of them lives", vec![expired(1, -360), grant(2, active(-9))], 0),
        (
            "one of them is over and proven, held by the other",
            vec![over(grant(1, gone(Expired, -300)), -360), expired(2, -100)],
            100,
        ),
        (
            "asked for again meanwhile",
            vec![over(grant(1, being_ended(Expired, -300)), -360), asked_at(expired(2, 99), -100)],
            260,
        ),
        (
            "the other was gone long before its end",
            vec![expired(1, -360), grant(2, gone(RemovedByHand, -300))],
            300,
        ),
        ("two groups", vec![expired(1, -360), expired(2, -360).in_group('b')], 720),
        ("another group lives", vec![expired(1, -360), grant(2, active(-9)).in_group('b')], 360),
        (
            "gone and back for another project, and over again",
            vec![over(grant(1, gone(Expired, -600)), -700), asked_at(expired(2, -50), -500)],
            150,
        ),
        ("nobody's", Vec::new(), 0),
    ] {
        assert_eq!(measured(grants.clone(), None), expected, "{case}");
        assert_eq!(measured(grants.into_iter().rev().collect(), None), expected, "{case}");
    }
}

#[test]
fn the_instants_of_those_closes_are_asked_for_that_ended_something_of_the_day() {
    use EndReason::{Expired, ProjectClosed};
    for (case, state, expected) in [
        ("live: what is closing is known", active(-9), false),
        ("ending", ending(ProjectClosed, -9, &[]), true),
        ("ended within the day", gone(ProjectClosed, -60), true),
        ("ended before", proven(ProjectClosed, -2, 0, &[]), false),
        ("ended as the day began", gone(ProjectClosed, -1_440), false),
        ("not seen gone", ended(ProjectClosed, -2, &[]), true),
        ("ending for its own sake", ending(Expired, -9, &[]), false),
        ("ended for its own sake", gone(Expired, -60), false),
    ] {
        let customer = customer(vec![grant(1, state)]);
        let asked: Vec<_> = ending_projects(&customer, now()).collect();
        let expected = expected.then(|| project("P-1"));
        assert_eq!(asked, expected.iter().collect::<Vec<_>>(), "{case}");
    }
}
