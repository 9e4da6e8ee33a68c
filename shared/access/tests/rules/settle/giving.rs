//! Access that is given: invited, joined, given back, and about to expire.

use std::collections::{BTreeMap, BTreeSet};

use access::{AnnouncementKind, EndReason, Grant, Observed, Outcomes, Policy, State, Step};
use serde_json::json;

use super::{begun, refused, settled};
use crate::world::*;

#[test]
fn joining_is_recorded_with_the_address_that_was_used() {
    let observed =
        seen().user(2).with_email(2, "ana@home.example").member(2, 'a').accepted_as('a', 2);
    let ran = run(&looked([grant(1, invited(-9)).manager()], observed), now());
    insta::assert_snapshot!(told(ran.settled.as_ref()), @r"
    Customer Joined g1
    g1 is active
    ");
    let settled = ran.settled.unwrap();
    assert_eq!(settled.announcements[0].detail["joinedAs"], "ana@home.example");
    assert!(settled.customer.users.contains(&user(2)));
    assert_eq!(settled.customer.grants[&grant_id(1)].retry_at, None, "promoted in the same run");
    let place = ran.looked.observed.members.first().unwrap();
    assert_eq!(place.role, access::Role::Manager);
}

#[test]
fn a_role_that_is_not_in_force_yet_is_tried_again() {
    let start = looked([grant(1, invited(-9)).manager()], seen().user(1).member(1, 'a'));
    let ran = run_with(&start, now(), |_, _| false);
    let grant = &ran.looked.customer.grants[&grant_id(1)];
    assert_eq!(standing(grant), "g1 is active");
    assert_eq!(grant.retry_at, Some(now()));
    let ran = run(&ran.looked, days(1));
    assert_eq!(printed(&ran.plan), "g1 promote (live): promote\n");
    assert_eq!(ran.looked.customer.grants[&grant_id(1)].retry_at, None);
}

#[test]
fn the_role_of_a_grant_that_is_over_is_no_longer_wanted() {
    let over = grant(2, proven(EndReason::Expired, -2, 1, &[])).manager();
    let start = looked([grant(1, active(-9)), over], seen().user(1).member(1, 'a'));
    assert!(run(&start, now()).settled.is_none());
}

#[test]
fn what_is_in_force_again_needs_no_retry() {
    let failed = |state| Grant { retry_at: Some(days(-1)), ..grant(1, state) };
    for (grant, observed) in [
        (failed(active(-9)), seen().user(1).member(1, 'a')),
        (failed(invited(-9)), seen().invited('a')),
    ] {
        let ran = run(&looked([grant], observed), now());
        assert_eq!(ran.looked.customer.grants[&grant_id(1)].retry_at, None);
    }
}

#[test]
fn an_interrupted_request_is_carried_out_with_one_mail() {
    let start = looked([grant(1, requested(0))], seen());
    let ran = run(&start, now());
    let intended = &ran.begun.unwrap().customer.grants[&grant_id(1)].state;
    assert_eq!(*intended, requested(20), "until all that the run sends has surely come");
    insta::assert_snapshot!(told(ran.settled.as_ref()), @r"
    Customer Invited g1
    g1 is invited
    ");
    let again = run(&ran.looked, now());
    assert_eq!(printed(&again.plan), "g1 keep (live)\n");
    // Nothing has left, which is certain: the next may send it at once.
    let failed = run_with(&start, now(), |_, _| false);
    assert_eq!(printed(&run(&failed.looked, now()).plan), "g1 invite (live): invite\n");
    // The mail may have left, and neither the answer nor a read shows it: for a while nobody sends another.
    let lost = run_losing(&start, now(), false);
    assert_eq!(printed(&run(&lost.looked, minutes(14)).plan), "g1 keep (unproven)\n");
    assert_eq!(printed(&run(&lost.looked, minutes(15)).plan), "g1 invite (live): invite\n");
    // It is found as soon as a read shows it.
    let lost = run_losing(&start, now(), true);
    insta::assert_snapshot!(told(lost.settled.as_ref()), @r"
    Customer Invited g1
    g1 is invited
    ");
}

#[test]
fn what_was_created_counts_even_if_a_read_does_not_show_it_yet() {
    let (plan, read) = begun(&looked([grant(1, requested(0))], seen()));
    let created = BTreeMap::from([(grant_id(1), invitation('a'))]);
    let done = BTreeMap::from([(grant_id(1), BTreeSet::from([Step::Invite]))]);
    let outcomes = Outcomes { done, invited: created, ..Outcomes::default() };
    insta::assert_snapshot!(told(settled(&read, &plan, &outcomes).as_ref()), @r"
    Customer Invited g1
    g1 is invited
    ");
}

#[test]
fn a_refused_request_leaves_nobody_behind() {
    let interrupted = |grant: Grant, observed: Observed, done: &[Step], step: Step| {
        let (plan, read) = begun(&looked([grant], observed));
        let done = BTreeMap::from([(grant_id(1), done.iter().cloned().collect())]);
        let outcomes = Outcomes { done, ..refused(step, "NO") };
        told(settled(&read, &plan, &outcomes).as_ref())
    };
    let add = || Step::AddMember { user: user(1) };
    let wake = Step::Reactivate { user: user(1) };
    let request = || grant(1, requested(0));
    let nothing = interrupted(request(), seen(), &[], Step::Invite);
    assert_eq!(nothing, "Customer Invitation Refused g1\n", "it never became access");
    let woken = interrupted(request(), seen().user(1), &[wake], add());
    assert_eq!(woken, "Customer Invitation Refused g1\ng1 is ending NeverJoined\n");
    let was_in = interrupted(request().has_joined(), seen().user(1), &[], add());
    assert_eq!(was_in, "Customer Invitation Refused g1\ng1 is ending RemovedByHand\n");
}

#[test]
fn who_was_made_active_by_a_step_that_then_failed_has_a_seat_that_is_taken_away_again() {
    let wake = || Step::Reactivate { user: user(1) };
    let half = |step: Step, woken: &[u8]| {
        let (plan, read) = begun(&looked([grant(1, requested(0))], seen().user(1)));
        let woken = woken.iter().map(|number| user(*number)).collect();
        let outcomes = Outcomes { woken, ..refused(step, "NO") };
        settled(&read, &plan, &outcomes).expect("it is told").customer
    };
    let left = half(wake(), &[1]);
    let State::Ending { reason, steps, .. } = &left.grants[&grant_id(1)].state else {
        panic!("{left:?}")
    };
    assert_eq!((reason, steps.as_slice()), (&EndReason::NeverJoined, &[deactivate(1)][..]));
    for (case, step, woken) in [
        ("who was not made active", wake(), &[][..]),
        ("another", wake(), &[2][..]),
        ("refused by another step", Step::AddMember { user: user(1) }, &[1][..]),
    ] {
        assert!(half(step, woken).grants.is_empty(), "{case}");
    }
}

#[test]
fn whom_we_froze_and_are_asked_for_again_is_reactivated() {
    let mut start = looked([grant(1, requested(0))], seen().user(1).member(1, 'a'));
    start.customer.frozen = BTreeSet::from([user(1)]);
    let ran = run(&start, now());
    assert_eq!(printed(&ran.plan), "g1 reactivate (live): reactivate\n");
    insta::assert_snapshot!(told(ran.settled.as_ref()), @r"
    Customer Joined g1
    g1 is active
    ");
    assert!(ran.looked.customer.frozen.is_empty());
}

#[test]
fn a_notice_is_due_for_what_is_open_not_over_and_not_told_yet() {
    let noticed = |days| Grant { noticed: Some(days), ..grant(1, active(-9)).expires(5) };
    for (case, grant, expected) in [
        ("no threshold reached", grant(1, active(-9)), None),
        ("the first reached now", grant(1, active(-9)).expires(30), Some(30)),
        ("the smallest counts", grant(1, invited(-9)).expires(5), Some(7)),
        ("a larger one was told", noticed(14), Some(7)),
        ("this one was told", noticed(7), None),
        ("a smaller one was past", noticed(1), None),
        ("over", grant(1, active(-9)).expires(0), None),
        ("being ended", grant(1, ending(EndReason::ProjectClosed, 0, &[])).expires(5), None),
    ] {
        assert_eq!(grant.due_notice(&Policy::default(), now()), expected, "{case}");
    }
}

#[test]
fn each_threshold_is_announced_once() {
    let mut world = looked([grant(1, active(-9)).expires(40)], seen().user(1).member(1, 'a'));
    let mut told = Vec::new();
    for day in 0..40 {
        let ran = run(&world, days(day));
        let kind = AnnouncementKind::Expiring;
        let events = ran.settled.iter().flat_map(|it| &it.announcements);
        told.extend(events.filter(|it| it.kind == kind).map(|it| (day, it.detail["days"].clone())));
        world = ran.looked;
    }
    assert_eq!(told, [(10, json!(30)), (26, json!(14)), (33, json!(7)), (39, json!(1))]);
}
