//! An ending that Salesforce refuses, now or for good.

use std::collections::BTreeSet;

use access::{Brake, Looked, Outcomes, Policy, State, decide};

use super::{begun, begun_at, refused, settled, settled_at};
use crate::world::*;

#[test]
fn an_ending_that_salesforce_refuses_is_stuck_frozen_retried_and_told_once() {
    let start = looked([grant(1, active(-9)).expires(0)], seen().user(1).member(1, 'a'));
    let (plan, mut read) = begun(&start);
    read.observed.members.clear();
    let outcomes = refused(deactivate(1), "DEPENDENCY_EXISTS");
    let outcomes = Outcomes { frozen: BTreeSet::from([user(1)]), ..outcomes };
    let first = settled(&read, &plan, &outcomes).unwrap();
    insta::assert_snapshot!(told(Some(&first)), @r"
    Customer Access Stuck g1
    g1 is stuck Expired: deactivate DEPENDENCY_EXISTS, frozen
    ");
    assert_eq!(first.audit[0].answer.as_deref(), Some("DEPENDENCY_EXISTS: no"));
    assert_eq!(first.customer.frozen, BTreeSet::from([user(1)]));
    assert!(first.customer.due_at(&Policy::default()).unwrap() <= now(), "it stays due");

    let next = Looked::new(committed(&first.customer), read.observed, now());
    let retry = decide(&up_to(0), std::slice::from_ref(&next), &closed(&[]), Brake::Armed, days(1));
    assert_eq!(printed(&retry), "g1 end (expired): deactivate\n", "the brake does not count it");
    let (plan, read) = begun_at(&next, days(1));
    assert!(settled_at(&read, &plan, &outcomes, days(1)).is_none(), "told once, recorded once");
    let other = refused(deactivate(1), "FIELD_CUSTOM_VALIDATION_EXCEPTION");
    let other = settled_at(&read, &plan, &other, days(1)).unwrap();
    assert_eq!(other.announcements.len(), 1, "another cause is news");
    let ran = run(&next, days(1));
    insta::assert_snapshot!(told(ran.settled.as_ref()), @r"
    Customer Access Ended g1
    g1 is ended Expired, re-read 0 times
    ");
    assert_eq!(
        ran.looked.customer.frozen,
        BTreeSet::from([user(1)]),
        "to be unfrozen if asked for"
    );
}

#[test]
fn who_is_frozen_is_recorded_with_the_customer_whose_user_it_is_and_with_no_other() {
    let start = looked([grant(1, active(-9)).expires(0)], seen().user(1).member(1, 'a'));
    let (plan, read) = begun(&start);
    let outcomes = refused(deactivate(1), "DEPENDENCY_EXISTS");
    let outcomes = Outcomes { frozen: BTreeSet::from([user(1), user(2)]), ..outcomes };
    let first = settled(&read, &plan, &outcomes).unwrap();
    assert_eq!(first.customer.frozen, BTreeSet::from([user(1)]), "another customer's is another's");

    let bystander = looked([grant(1, active(-9))], seen().user(1).member(1, 'a'));
    let (plan, read) = begun(&bystander);
    let outcomes = Outcomes { frozen: BTreeSet::from([user(2)]), ..Outcomes::default() };
    assert!(settled(&read, &plan, &outcomes).is_none(), "nothing of theirs has changed");
}

#[test]
fn an_ending_that_is_frozen_only_later_is_told_of_again() {
    let start = looked([grant(1, active(-9)).expires(0)], seen().user(1));
    let (plan, read) = begun(&start);
    let outcomes = refused(deactivate(1), "DEPENDENCY_EXISTS");
    let first = settled(&read, &plan, &outcomes).unwrap();
    insta::assert_snapshot!(told(Some(&first)), @r"
    Customer Access Stuck g1
    g1 is stuck Expired: deactivate DEPENDENCY_EXISTS
    ");
    let next = Looked::new(committed(&first.customer), read.observed, now());
    let (plan, read) = begun_at(&next, days(1));
    let outcomes = Outcomes { frozen: BTreeSet::from([user(1)]), ..outcomes };
    insta::assert_snapshot!(told(settled_at(&read, &plan, &outcomes, days(1)).as_ref()), @r"
    Customer Access Stuck g1
    g1 is stuck Expired: deactivate DEPENDENCY_EXISTS, frozen
    ");
}

#[test]
fn a_stuck_ending_that_finds_more_to_do_is_stuck_since_when_it_was() {
    let start = looked([grant(1, active(-9)).expires(0)], seen().user(1));
    let (plan, read) = begun(&start);
    let first = settled(&read, &plan, &refused(deactivate(1), "DEPENDENCY_EXISTS")).unwrap();
    let observed = read.observed.member(1, 'a');
    let next = Looked::new(committed(&first.customer), observed, now());
    let (_, again) = begun_at(&next, days(1));
    let State::Ending { since, steps, stuck: Some(stuck), .. } =
        &again.customer.grants[&grant_id(1)].state
    else {
        panic!("not stuck")
    };
    assert_eq!((*since, stuck.since), (now(), now()));
    assert_eq!(*steps, [deactivate(1), remove(1)]);
}

#[test]
fn a_refused_step_of_what_is_gone_does_not_matter() {
    let start = looked([grant(1, active(-9)).expires(0)], seen().user(1).member(1, 'a'));
    let (plan, mut read) = begun(&start);
    read.observed = seen().inactive(1);
    let outcomes = refused(remove(1), "INSUFFICIENT_ACCESS");
    insta::assert_snapshot!(told(settled(&read, &plan, &outcomes).as_ref()), @r"
    Customer Access Ended g1
    g1 is ended Expired, re-read 0 times
    ");
}

#[test]
fn what_may_pass_is_neither_stuck_nor_done() {
    let start = looked([grant(1, active(-9)).expires(0)], seen().user(1).member(1, 'a'));
    let (plan, read) = begun(&start);
    let mut outcomes = refused(remove(1), "UNABLE_TO_LOCK_ROW");
    outcomes.failures.values_mut().flatten().for_each(|failure| failure.is_refusal = false);
    assert!(settled(&read, &plan, &outcomes).is_none(), "it stays an ending, and due");
}
