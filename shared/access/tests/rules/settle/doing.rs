//! What counts as done of an ending while the read after it still shows all of it.

use std::collections::{BTreeMap, BTreeSet};

use access::{Brake, EndReason, Failure, Looked, Observed, Outcomes, Policy, Step, begin, decide};

use super::{begun, recorded_at, settled};
use crate::world::*;

/// The steps that were done, by the number of the grant for which they were.
fn done<const N: usize>(steps: [(u8, Vec<Step>); N]) -> Outcomes {
    let done = steps.map(|(number, steps)| (grant_id(number), steps.into_iter().collect()));
    Outcomes { done: BTreeMap::from(done), ..Outcomes::default() }
}

#[test]
fn a_step_is_done_for_all_who_share_its_place_or_its_seat() {
    let there = || seen().user(1).member(1, 'a').member(1, 'b');
    let both = || vec![remove(1), deactivate(1)];
    let ended = |number| format!("g{number} is ended Expired, unproven");
    let ending = |number| format!("g{number} is ending Expired");
    for (case, letter, outcomes, expected) in [
        ("one place and one seat", 'a', done([(1, both())]), [ended(1), ended(2)]),
        ("two places and one seat", 'b', done([(1, both())]), [ended(1), ending(2)]),
        (
            "two places, both left, and one seat",
            'b',
            done([(1, both()), (2, vec![remove(1)])]),
            [ended(1), ended(2)],
        ),
        (
            "a seat alone",
            'a',
            done([(1, vec![deactivate(1)]), (2, vec![deactivate(1)])]),
            [ending(1), ending(2)],
        ),
    ] {
        let over = |number| grant(number, active(-9)).expires(0);
        let (plan, read) = begun(&looked([over(1), over(2).in_group(letter)], there()));
        let after = settled(&read, &plan, &outcomes).map_or(read.customer, |it| it.customer);
        let standings: Vec<String> = after.grants.values().map(standing).collect();
        assert_eq!(standings, expected, "{case}");
    }
}

#[test]
fn what_was_not_tried_or_failed_is_not_done_though_another_grants_steps_were() {
    let over = |number| grant(number, active(-9)).expires(0);
    let (plan, read) = begun(&looked([over(1), over(2)], seen().user(1).member(1, 'a')));
    let all = || done([(2, vec![remove(1), deactivate(1)])]);
    let failure = |is_refusal| {
        let (code, message) = ("NO".to_owned(), "no".to_owned());
        let failure = Failure { step: remove(1), code, message, is_refusal };
        BTreeMap::from([(grant_id(1), vec![failure])])
    };
    for (case, outcomes, expected) in [
        ("all was done", all(), "g1 is ended Expired, unproven"),
        (
            "there was no time",
            Outcomes { deferred: BTreeSet::from([grant_id(1)]), ..all() },
            "g1 is ending Expired",
        ),
        ("it may pass", Outcomes { failures: failure(false), ..all() }, "g1 is ending Expired"),
        (
            "it was refused",
            Outcomes { failures: failure(true), ..all() },
            "g1 is stuck Expired: removeMember NO",
        ),
    ] {
        let after = settled(&read, &plan, &outcomes).unwrap().customer;
        assert_eq!(standing(&after.grants[&grant_id(1)]), expected, "{case}");
        assert_eq!(standing(&after.grants[&grant_id(2)]), "g2 is ended Expired, unproven");
    }
}

#[test]
fn what_had_nothing_to_do_and_was_not_read_back_stays_an_ending() {
    let start = looked([grant(1, requested(5))], seen());
    let world = std::slice::from_ref(&start);
    let plan = decide(&Policy::default(), world, &closed(&["P-1"]), Brake::Armed, now());
    assert_eq!(printed(&plan), "g1 end (projectClosed)\n");
    let begun = begin(&start.customer, &plan, &lease(), ACTOR, now()).unwrap();
    let unread = Looked::new(committed(&begun.customer), Observed::default(), now());
    assert!(settled(&unread, &plan, &Outcomes::default()).is_none());
}

#[test]
fn an_ending_of_somebody_who_is_a_colleague_by_now_is_left_to_people_who_are_told_once() {
    let over = grant(1, ending(EndReason::Expired, -1, &[remove(1)]));
    let (plan, read) = begun(&looked([over], seen().colleague(1).member(1, 'a')));
    assert_eq!(printed(&plan), "g1 keep (protected)\n");
    let settled = settled(&read, &plan, &Outcomes::default());
    let expected = "Customer Access Stuck g1\ng1 is stuck Expired: prove NOT_A_CUSTOMER\n";
    assert_eq!(told(settled.as_ref()), expected);
    let read = Looked { customer: committed(&settled.unwrap().customer), ..read };
    assert_eq!(told(run(&read, days(1)).settled.as_ref()), "nothing");

    let out = Looked { observed: seen().colleague(1), ..read };
    let expected = "Customer Access Ended g1\ng1 is ended Expired, re-read 0 times\n";
    assert_eq!(
        told(run(&out, days(2)).settled.as_ref()),
        expected,
        "somebody took the colleague out"
    );
}

#[test]
fn what_turns_up_only_in_a_reading_that_is_not_full_is_not_done() {
    let start = looked([grant(1, active(-9)).expires(0)], seen().user(1).member(1, 'a'));
    let (plan, read) = begun(&start);
    let all = done([(1, vec![remove(1), deactivate(1)])]);
    for (case, observed, expected) in [
        ("nothing", seen().inactive(1).partial(), "g1 is ended Expired, unproven"),
        ("an invitation", seen().inactive(1).invited('a').partial(), "g1 is ending Expired"),
    ] {
        let read = Looked { observed, ..read.clone() };
        let after = recorded_at(&read, &plan, &all, now()).customer;
        assert_eq!(standing(&after.grants[&grant_id(1)]), expected, "{case}");
    }
}
