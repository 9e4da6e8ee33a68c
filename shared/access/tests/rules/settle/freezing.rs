//! Who may have been frozen, since Salesforce refused to deactivate them and nobody knows what came of it.

use std::collections::{BTreeMap, BTreeSet};

use access::{Ask, Customer, Failure, Looked, Outcomes, Step, UserId};

use super::begun;
use crate::world::*;

/// Ana, in the group, whose grant is over.
fn over() -> Looked {
    looked([grant(1, active(-9)).expires(0)], seen().user(1).member(1, 'a'))
}

fn failed(step: Step) -> Outcomes {
    let (code, message) = ("UNABLE_TO_LOCK_ROW".to_owned(), "no".to_owned());
    let failure = Failure { step, code, message, is_refusal: false };
    let failures = BTreeMap::from([(grant_id(1), vec![failure])]);
    Outcomes { failures, ..Outcomes::default() }
}

fn done() -> Outcomes {
    let done = BTreeMap::from([(grant_id(1), BTreeSet::from([remove(1), deactivate(1)]))]);
    Outcomes { done, ..Outcomes::default() }
}

fn unclear(outcomes: Outcomes) -> Outcomes {
    Outcomes { unclear: [grant_id(1)].into(), ..outcomes }
}

#[test]
fn who_is_about_to_be_deactivated_may_be_frozen_from_the_intent_on() {
    let (_, read) = begun(&over());
    assert_eq!(read.customer.may_be_frozen, BTreeSet::from([user(1)]));
    let kept = grant(2, active(-9)).in_group('b');
    let placed = looked(
        [over().customer.grants[&grant_id(1)].clone(), kept],
        over().observed.member(1, 'b'),
    );
    let (plan, read) = begun(&placed);
    assert!(printed(&plan).starts_with("g1 end (expired): removeMember\n"), "the seat stays");
    assert!(read.customer.may_be_frozen.is_empty());
}

#[test]
fn who_may_be_frozen_is_so_until_it_is_known_what_came_of_it() {
    let (one, nobody) = (|| BTreeSet::from([user(1)]), BTreeSet::new);
    let deferred = || Outcomes { deferred: [grant_id(1)].into(), ..Outcomes::default() };
    let frozen = || Outcomes { frozen: one(), ..failed(deactivate(1)) };
    let unfrozen = |outcomes| Outcomes { unfrozen: one(), ..outcomes };
    for (case, before, outcomes, expected) in [
        ("done", nobody(), done(), nobody()),
        ("done, after somebody died", one(), done(), nobody()),
        ("failed", nobody(), failed(deactivate(1)), nobody()),
        ("failed, after somebody died", one(), failed(deactivate(1)), nobody()),
        ("surely frozen", nobody(), frozen(), nobody()),
        ("something else failed", nobody(), failed(remove(1)), nobody()),
        ("something else failed, after somebody died", one(), failed(remove(1)), one()),
        ("not tried", nobody(), deferred(), nobody()),
        ("not tried, after somebody died", one(), deferred(), one()),
        ("lost", nobody(), unclear(Outcomes::default()), one()),
        ("lost once, then done", nobody(), unclear(done()), one()),
        ("lost, then made active again", nobody(), unfrozen(unclear(done())), nobody()),
        ("made active again", one(), unfrozen(deferred()), nobody()),
    ] {
        let before = Customer { may_be_frozen: before, ..over().customer };
        let held = begun(&Looked { customer: before.clone(), ..over() }).1.customer;
        let after = outcomes.carried_out(held, &before, now());
        assert_eq!(after.may_be_frozen, expected, "{case}");
    }
}

#[test]
fn who_is_surely_frozen_is_so_until_they_are_surely_not() {
    let numbers = |users: &[u8]| users.iter().map(|it| user(*it)).collect::<BTreeSet<UserId>>();
    for (case, before, frozen, unfrozen, expected) in [
        ("frozen", &[][..], &[1][..], &[][..], &[1][..]),
        ("another customer's", &[], &[2], &[], &[]),
        ("before", &[1], &[], &[], &[1]),
        ("no longer", &[1], &[], &[1], &[]),
        ("first the one, then the other", &[], &[1], &[1], &[]),
    ] {
        let customer = Customer { frozen: numbers(before), ..over().customer };
        let (frozen, unfrozen) = (numbers(frozen), numbers(unfrozen));
        let outcomes = Outcomes { frozen, unfrozen, ..Outcomes::default() };
        let after = outcomes.carried_out(customer.clone(), &customer, now());
        assert_eq!(after.frozen, numbers(expected), "{case}");
    }
}

#[test]
fn who_may_have_been_frozen_and_is_asked_for_again_is_let_in_again() {
    let lost = run_losing(&over(), now(), false).looked;
    assert_eq!(lost.customer.may_be_frozen, BTreeSet::from([user(1)]));
    // The next run finds the place and the seat as they were, and takes them; nothing is left in doubt then.
    let ended = run(&lost, minutes(1)).looked;
    assert!(ended.customer.may_be_frozen.is_empty() && ended.observed.members.is_empty());
    // Or somebody asks for access again before, as soon as nothing is under way.
    let new = Ask { project: project("P-2"), ..ask() };
    let asked = |at: i64| {
        let at = minutes(at);
        let (policy, looked) = (access::Policy::default(), looked_at(&lost, at));
        access::admit(&policy, &looked, &new, None, &lease_at(at), ACTOR, at)
    };
    let until = minutes(15);
    assert_eq!(asked(14), access::Admission::UnderWay { until });
    let access::Admission::Admitted(it) = asked(15) else { panic!("not admitted") };
    assert_eq!(it.steps(), [Step::Reactivate { user: user(1) }]);
}

#[test]
fn who_could_not_be_unfrozen_stays_so_and_is_tried_again_in_every_run() {
    let mut it = looked([grant(1, requested(0))], seen().user(1).member(1, 'a'));
    it.customer.may_be_frozen = [user(1)].into();
    for night in 0..20 {
        let ran = run_with(&it, days(night), |_, _| false);
        assert_eq!(printed(&ran.plan), "g1 reactivate (live): reactivate\n", "in night {night}");
        assert!(ran.looked.customer.may_be_frozen.contains(&user(1)), "in night {night}");
        it = ran.looked;
    }
    let mended = run(&it, days(20));
    assert_eq!(told(mended.settled.as_ref()), "Customer Joined g1\ng1 is active\n");
    assert!(mended.looked.customer.may_be_frozen.is_empty());
    assert_eq!(printed(&run(&mended.looked, days(20)).plan), "g1 keep (live)\n");
}
