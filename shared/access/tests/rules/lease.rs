//! Who may change a customer, and what of it may still be under way.

use std::collections::{BTreeMap, BTreeSet};

use access::{Customer, Done, Lease, Outcomes, SETTLING, Standing, Step, begin};
use jiff::{SignedDuration, Timestamp};

use crate::world::*;

fn busy(until: Timestamp) -> Standing {
    Standing::Busy { until }
}

fn unclear(until: Timestamp) -> Standing {
    Standing::Unclear { until }
}

/// The instant just before this one.
fn before(at: Timestamp) -> Timestamp {
    at - SignedDuration::from_nanos(1)
}

/// Ana, in the group, whose grant is over, and who is to be taken out and deactivated.
fn over() -> Customer {
    customer([grant(1, active(-9)).expires(0)])
}

/// The customer with the intent to end what is over.
fn begun(customer: &Customer) -> Customer {
    let observed = seen().user(1).member(1, 'a');
    let plan = plan(&access::Looked::new(customer.clone(), observed, now()));
    begin(customer, &plan, &lease(), ACTOR, now()).expect("something to do").customer
}

/// These steps were done for grant 1.
fn done(steps: &[Step]) -> Outcomes {
    let done = BTreeMap::from([(grant_id(1), steps.iter().cloned().collect())]);
    Outcomes { done, ..Outcomes::default() }
}

fn with_unclear(outcomes: Outcomes, grant: u8) -> Outcomes {
    Outcomes { unclear: [grant_id(grant)].into(), ..outcomes }
}

#[test]
fn a_lease_keeps_others_out_until_its_instant_and_no_longer() {
    let until = now() + SignedDuration::from_secs(60);
    let (own, other) = (Lease::from_random(1, until), Lease::from_random(2, until));
    let free = customer([]);
    assert_eq!(free.standing(now()), Standing::Free);
    let leased = free.leased(&own, now()).expect("it is free");
    assert_eq!(Customer { busy: None, ..leased.clone() }, free, "nothing else is changed");

    assert_eq!(leased.standing(before(until)), busy(until));
    assert_eq!(leased.leased(&other, before(until)), None);
    assert_eq!(
        leased.leased(&own, before(until)).as_ref(),
        Some(&leased),
        "asking again is no other"
    );
    assert_eq!(leased.standing(until), Standing::Free);
    let taken = leased.leased(&other, until).expect("its time is over");
    assert!(taken.is_leased_by(&other) && !taken.is_leased_by(&own) && !free.is_leased_by(&own));
}

#[test]
fn a_customer_is_busy_then_unclear_then_free() {
    let (short, long) = (minutes(5), minutes(20));
    let lease = |until| Some(Lease::from_random(1, until));
    for (case, leased, unclear_until, expected) in [
        ("nothing", None, None, [Standing::Free; 5]),
        (
            "a lease",
            lease(short),
            None,
            [busy(short), busy(short), Standing::Free, Standing::Free, Standing::Free],
        ),
        (
            "something sent",
            None,
            Some(short),
            [unclear(short), unclear(short), Standing::Free, Standing::Free, Standing::Free],
        ),
        (
            "a lease, and what is sent under it",
            lease(short),
            Some(long),
            [busy(short), busy(short), unclear(long), unclear(long), Standing::Free],
        ),
        (
            "a lease, and something sent before it",
            lease(long),
            Some(short),
            [busy(long), busy(long), busy(long), busy(long), Standing::Free],
        ),
    ] {
        let customer = Customer { busy: leased, unclear_until, ..customer([]) };
        let instants = [now(), before(short), short, before(long), long];
        assert_eq!(instants.map(|at| customer.standing(at)), expected, "{case}");
    }
    assert!(
        busy(short) > unclear(long) && unclear(short) > Standing::Free,
        "the worst is greatest"
    );
}

#[test]
fn who_has_a_lease_sees_the_customer_as_if_there_were_none() {
    let own = lease();
    let other = Lease { token: "another".to_owned(), ..own.clone() };
    let leased = Customer { unclear_until: Some(minutes(9)), ..customer([]) };
    let leased = leased.leased(&own, now()).expect("an unclear customer may be taken");
    assert_eq!(leased.clone().seen_by(&own).standing(now()), unclear(minutes(9)));
    assert_eq!(leased.clone().seen_by(&other), leased);
}

#[test]
fn an_intent_makes_a_customer_busy_until_the_lease_is_over_and_unclear_after_that() {
    let customer = begun(&over());
    let (until, clear) = (lease().until, lease().until + SETTLING);
    let standings = [now(), before(until), until, before(clear), clear];
    let standings = standings.map(|at| customer.standing(at));
    assert_eq!(
        standings,
        [busy(until), busy(until), unclear(clear), unclear(clear), Standing::Free]
    );
    assert!(customer.is_leased_by(&lease()));
    let later = Customer { unclear_until: Some(minutes(60)), ..over() };
    assert_eq!(begun(&later).unclear_until, Some(minutes(60)), "nothing is clear earlier by it");
}

#[test]
fn a_plan_that_does_nothing_in_salesforce_takes_no_lease() {
    let request = customer([grant(1, requested(0)).expires(0)]);
    let plan = plan(&access::Looked::new(request.clone(), seen(), now()));
    let begun = begin(&request, &plan, &lease(), ACTOR, now()).expect("an ending");
    assert_eq!((begun.customer.standing(now()), begun.audit.len()), (Standing::Free, 1));
    let kept = begin(&over(), &access::Plan::default(), &lease(), ACTOR, now());
    assert!(kept.is_none(), "and one without any news begins nothing");
}

#[test]
fn where_all_was_certain_the_customer_is_as_clear_as_before_and_else_unclear_from_then_on() {
    let at = minutes(2);
    for (case, unclear_before, outcomes, expected) in [
        ("certain", None, Outcomes::default(), None),
        ("certain, and unclear before", Some(minutes(9)), Outcomes::default(), Some(minutes(9))),
        ("certain, and clear by now", Some(at), Outcomes::default(), None),
        ("another's was lost", None, with_unclear(Outcomes::default(), 2), None),
        ("lost", None, with_unclear(Outcomes::default(), 1), Some(minutes(17))),
        ("done in the end", None, with_unclear(done(&[remove(1)]), 1), Some(minutes(17))),
        (
            "lost, and unclear for longer before",
            Some(minutes(18)),
            with_unclear(Outcomes::default(), 1),
            Some(minutes(18)),
        ),
        (
            "lost, and unclear before",
            Some(minutes(16)),
            with_unclear(Outcomes::default(), 1),
            Some(minutes(17)),
        ),
    ] {
        let before = Customer { unclear_until: unclear_before, ..over() };
        let after = outcomes.carried_out(begun(&before), &before, at);
        assert_eq!((after.busy, after.unclear_until), (None, expected), "{case}");
    }
}

#[test]
fn what_was_done_is_kept_once_with_its_group_for_as_long_as_a_query_may_not_show_it() {
    let earlier = |at| Done { step: deactivate(2), group: group('c'), invitation: None, at };
    let grants = [
        grant(1, active(-9)),
        grant(2, active(-9)).of_project("P-2"),
        grant(3, active(-9)).in_group('b'),
    ];
    let before =
        Customer { done: vec![earlier(minutes(-13)), earlier(minutes(-12))], ..customer(grants) };
    let all = || BTreeSet::from([remove(1), deactivate(1)]);
    let all = BTreeMap::from([1, 2, 3, 7].map(|number| (grant_id(number), all())));
    let outcomes = Outcomes { done: all, ..Outcomes::default() };
    let after = outcomes.carried_out(before.clone(), &before, minutes(2)).done;
    let done = |step, letter| Done { step, group: group(letter), invitation: None, at: minutes(2) };
    let expected = [
        earlier(minutes(-12)),
        done(remove(1), 'a'),
        done(deactivate(1), 'a'),
        done(remove(1), 'b'),
    ];
    assert_eq!(after, expected);
}

#[test]
fn an_invitation_is_kept_with_its_id_and_no_other_step_has_one() {
    let before = customer([grant(1, requested(0)), grant(2, requested(0)).in_group('b')]);
    let (invite, add) = (Step::Invite, Step::AddMember { user: user(1) });
    let outcomes = Outcomes {
        done: BTreeMap::from([(grant_id(1), [invite].into()), (grant_id(2), [add].into())]),
        invited: [1, 2].map(|number| (grant_id(number), invitation('a'))).into(),
        ..Outcomes::default()
    };
    let after = outcomes.carried_out(before.clone(), &before, now()).done;
    let ids: Vec<_> = after.into_iter().map(|it| it.invitation).collect();
    assert_eq!(ids, [Some(invitation('a')), None]);
}

#[test]
fn whoever_is_taken_to_another_org_is_in_no_runs_hands_that_began_in_the_org_before() {
    let own = Lease::from_random(1, now() + SignedDuration::from_secs(60));
    let held = customer([]).set_out(&own);
    let moved = held.in_another_org().expect("the users are records of the org before");
    assert!(!moved.is_leased_by(&own), "what that run records would be of the org before");
    assert_eq!(moved.standing(now()), Standing::Free);
}
