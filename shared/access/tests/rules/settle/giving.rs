//! Access that is given: invited, joined, given back, and about to expire.

use std::collections::{BTreeMap, BTreeSet};

use access::{AnnouncementKind, EndReason, Grant, Looked, Observed, Outcomes, Policy, State, Step};
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
    let claimed = &ran.begun.unwrap().customer.grants[&grant_id(1)].state;
    assert_eq!(*claimed, State::Requested { claimed_until: minutes(15) });
    insta::assert_snapshot!(told(ran.settled.as_ref()), @r"
    Customer Invited g1
    g1 is invited
    ");
    let again = run(&ran.looked, now());
    assert_eq!(printed(&again.plan), "g1 keep (live)\n");
    // The mail has left, and neither the answer nor a read shows it: for a while nobody sends another.
    let lost = run_with(&start, now(), |_, _| false);
    assert_eq!(printed(&run(&lost.looked, minutes(14)).plan), "g1 keep (live)\n");
    assert_eq!(printed(&run(&lost.looked, minutes(15)).plan), "g1 invite (live): invite\n");
}

#[test]
fn what_was_created_counts_even_if_a_read_does_not_show_it_yet() {
    let (plan, read) = begun(&looked([grant(1, requested(0))], seen()));
    let created = BTreeMap::from([(grant_id(1), invitation('a'))]);
    let outcomes = Outcomes { invited: created, ..Outcomes::default() };
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
fn what_could_not_be_given_back_is_tried_again_and_stays_in_doubt() {
    let give_back = || Step::Reactivate { user: user(1) };
    let may_pass = || {
        let mut outcomes = refused(give_back(), "UNABLE_TO_LOCK_ROW");
        outcomes.failures.values_mut().flatten().for_each(|failure| failure.is_refusal = false);
        outcomes
    };
    for (case, since, outcomes, retry_at) in [
        ("refused", 0, refused(give_back(), "NO"), Some(now())),
        ("refused, though the ending is old", -1, refused(give_back(), "NO"), Some(now())),
        ("may pass", 0, may_pass(), Some(now())),
        ("not tried", 0, Outcomes::default(), None),
    ] {
        let over = ending(EndReason::Expired, since, &[deactivate(1)]);
        let grants = [grant(1, active(-1)), grant(2, over).in_group('b')];
        let (plan, read) = begun(&looked(grants, seen().inactive(1)));
        assert_eq!(
            printed(&plan).lines().next(),
            Some("g1 reactivate (live): reactivate, addMember")
        );
        let settled = settled(&read, &plan, &outcomes).unwrap();
        assert_eq!(
            told(Some(&settled)),
            "Customer Access Ended g2\ng1 is active\ng2 is ended Expired, re-read 0 times\n",
            "{case}"
        );
        let kept = &settled.customer.grants[&grant_id(1)];
        assert_eq!(kept.retry_at, retry_at, "{case}");
        assert!(settled.customer.is_doubtful(kept), "{case}: nobody has seen it in force");
    }
}

#[test]
fn a_place_that_is_given_back_is_confirmed_with_the_version_that_records_the_ending() {
    let over = grant(1, ending(EndReason::Expired, 0, &[remove(1)]));
    let ran = run(&looked([over, grant(2, active(-1))], seen().user(1)), now());
    insta::assert_snapshot!(printed_in_full(&ran.plan), @r"
    g1 end (expired) []
    g2 reactivate (live) [addMember 1]
    ");
    let customer = &ran.looked.customer;
    assert!(matches!(customer.grants[&grant_id(1)].state, State::Ended { settled: 6, .. }));
    assert!(!customer.is_doubtful(&customer.grants[&grant_id(2)]));
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

#[test]
fn what_was_given_back_after_a_race_is_confirmed_and_no_longer_in_doubt() {
    let undo = [remove(1), deactivate(1)];
    let grants =
        [grant(1, ending(EndReason::Expired, 0, &undo)), grant(2, active(-1)).in_group('b')];
    let start = looked(grants, seen().inactive(1));
    let policy = Policy::default();
    assert!(start.customer.due_at(&policy).unwrap() <= now(), "a crossed grant is due at once");
    let ran = run(&start, now());
    assert_eq!(
        printed_in_full(&ran.plan).lines().last().unwrap(),
        "g2 reactivate (live) [reactivate 1, addMember 1]"
    );
    insta::assert_snapshot!(told(ran.settled.as_ref()), @r"
    g1 is ended Expired, unproven
    g2 is active
    ");
    // Another run may still be at work on the same ending, and freeze whom Salesforce does not let it deactivate.
    let young = run(&ran.looked, minutes(14));
    insta::assert_snapshot!(printed_in_full(&young.plan), @r"
    g1 keep (unproven) []
    g2 reactivate (live) [reactivate 1]
    ");
    let ran = run(&ran.looked, minutes(15));
    insta::assert_snapshot!(printed_in_full(&ran.plan), @r"
    g1 prove (heldByOtherGrant) []
    g2 reactivate (live) [reactivate 1]
    ");
    insta::assert_snapshot!(told(ran.settled.as_ref()), @r"
    Customer Access Ended g1
    g1 is ended Expired, re-read 0 times
    g2 is active
    ");
    let customer = &ran.looked.customer;
    assert!(!customer.is_doubtful(&customer.grants[&grant_id(2)]));
    assert_eq!(printed(&run(&ran.looked, minutes(15)).plan), "g2 keep (live)\n");
}

#[test]
fn who_may_have_been_frozen_while_needed_again_stays_in_doubt_until_that_is_undone() {
    let both = [grant(1, ending(EndReason::Expired, -1, &[deactivate(1)])), grant(2, active(-1))];
    let start = looked(both, seen().user(1).member(1, 'a'));
    let failing = |looked: &Looked, at| run_with(looked, at, |_, _| false);
    let first = failing(&start, now());
    insta::assert_snapshot!(printed_in_full(&first.plan), @r"
    g1 end (expired) []
    g2 reactivate (live) [reactivate 1]
    ");
    let second = failing(&first.looked, minutes(15));
    insta::assert_snapshot!(told(second.settled.as_ref()), @r"
    Customer Access Ended g1
    g1 is ended Expired, re-read 0 times
    g2 is active
    ");
    let third = run(&second.looked, days(2));
    assert!(printed_in_full(&third.plan).contains("g2 reactivate (live) [reactivate 1]"));
    let fourth = run(&third.looked, days(2));
    assert!(printed_in_full(&fourth.plan).contains("g2 keep (live) []"));
}

#[test]
fn what_is_reactivated_while_somebody_else_ends_it_is_found_by_the_conflict() {
    let over = grant(1, proven(EndReason::Expired, 0, 0, &[deactivate(1)]));
    let doubtful = Grant { confirmed: 4, ..grant(2, active(-5)) };
    let start = looked([over, doubtful], seen().user(1).member(1, 'a'));
    let (plan, _) = begun(&start);
    assert!(printed_in_full(&plan).contains("g2 reactivate (live) [reactivate 1]"));
    // Meanwhile the place was taken, and it is seen to be gone.
    let read = Looked { observed: seen().user(1), ..start };
    let done =
        BTreeMap::from([(grant_id(2), BTreeSet::from([Step::Reactivate { user: user(1) }]))]);
    let outcomes = Outcomes { done, unfrozen: BTreeSet::from([user(1)]), ..Outcomes::default() };
    let written = settled(&read, &plan, &outcomes).expect("something to write, which conflicts");
    assert_eq!((written.audit.len(), written.announcements.len()), (0, 0));
    assert!(settled(&read, &plan, &Outcomes::default()).is_none());
}

#[test]
fn who_cannot_be_unfrozen_is_never_forgotten() {
    let over = grant(1, ending(EndReason::Expired, -1, &[deactivate(1)]));
    let lasting = grant(2, active(-1)).expires(100);
    let mut it = looked([over, lasting], seen().user(1).member(1, 'a'));
    for night in 0..70 {
        it = run_with(&it, days(night), |_, step| !matches!(step, Step::Reactivate { .. })).looked;
        assert!(it.customer.is_doubtful(&it.customer.grants[&grant_id(2)]), "in night {night}");
    }
    let mended = run(&it, days(70)).looked;
    assert_eq!(mended.customer.grants.len(), 1, "then what is over is forgotten");
    assert_eq!(printed_in_full(&run(&mended, days(71)).plan), "g2 keep (live) []\n");
}

#[test]
fn an_open_invitation_does_not_settle_whether_a_user_is_frozen() {
    let over = grant(1, ending(EndReason::Expired, -1, &[deactivate(1)])).in_group('b');
    let start = looked([over, grant(2, invited(-1))], seen().user(1).invited('a'));
    let proven = run(&run(&start, now()).looked, minutes(15)).looked;
    assert!(matches!(proven.customer.grants[&grant_id(1)].state, State::Ended { .. }));
    let joined = Looked { observed: seen().user(1).member(1, 'a'), ..proven };
    let plan = printed_in_full(&run(&joined, days(1)).plan);
    assert!(plan.contains("g2 join (live) [reactivate 1]"), "{plan}");
}
