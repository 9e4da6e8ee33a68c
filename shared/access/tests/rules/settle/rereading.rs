//! What was proven is read again, and what is found then.

use std::collections::BTreeSet;

use access::{EndReason, Policy, Proof, State};

use crate::world::*;

#[test]
fn a_late_joiner_is_known_from_then_on() {
    let never = grant(1, proven(EndReason::NeverJoined, -1, 0, &[]));
    let observed =
        seen().user(2).with_email(2, "ana@home.example").member(2, 'a').accepted_as('a', 2);
    let ran = run(&looked([never], observed), now());
    let intent = &ran.begun.unwrap().customer.grants[&grant_id(1)].state;
    let expected = ending(EndReason::JoinedLate, 0, &[remove(2), deactivate(2)]);
    assert_eq!(*intent, expected, "another reason is another ending");
    assert!(ran.looked.customer.users.contains(&user(2)), "later reads must find that user");
    insta::assert_snapshot!(told(ran.settled.as_ref()), @r"
    Customer Access Ended g1
    g1 is ended JoinedLate, re-read 0 times
    ");
}

#[test]
fn access_that_somebody_gives_back_is_told_once_and_left_to_people() {
    let old = grant(1, proven(EndReason::Expired, -1, 0, &[])).has_joined();
    let ran = run(&looked([old], seen().user(1).member(1, 'a')), now());
    insta::assert_snapshot!(told(ran.settled.as_ref()), @"Customer Access Drifted g1");
    assert_eq!(ran.looked.customer.users, BTreeSet::from([user(1)]), "whom they let in is theirs");
    assert!(ran.looked.customer.grants.is_empty(), "nothing is done about it any more");
    assert!(!ran.looked.observed.members.is_empty(), "and nobody was touched");
    assert!(run(&ran.looked, days(1)).settled.is_none());
}

#[test]
fn an_ending_is_read_again_after_days_and_once_more_when_no_invitation_can_be_alive_and_then_forgotten()
 {
    let mut world = looked([grant(1, proven(EndReason::Expired, 0, 0, &[]))], seen().inactive(1));
    let policy = Policy::default();
    for (day, rereads) in [(1, 1), (7, 2), (30, 3)] {
        let due = world.customer.due_at(&policy);
        assert_eq!(due, Some(days(day)));
        assert!(run(&world, days(day) - jiff::SignedDuration::from_secs(1)).settled.is_none());
        let ran = run(&world, days(day));
        assert_eq!(printed(&ran.plan), "g1 prove (expired)\n");
        let expected = format!("g1 is ended Expired, re-read {rereads} times\n");
        assert_eq!(told(ran.settled.as_ref()), expected);
        world = ran.looked;
    }
    let ran = run(&world, days(60));
    let last = ran.settled.unwrap();
    assert_eq!(standing(&last.audit[0].state), "g1 is ended Expired, re-read 4 times");
    assert!(last.customer.grants.is_empty() && last.announcements.is_empty());
}

#[test]
fn a_proof_that_is_not_due_changes_nothing() {
    let proven = grant(1, proven(EndReason::Expired, 0, 0, &[]));
    assert!(matches!(proven.state, State::Ended { proof: Proof::Proven { .. }, .. }));
    assert!(run(&looked([proven], seen()), minutes(30)).settled.is_none());
}
