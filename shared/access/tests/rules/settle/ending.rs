//! An ending: intended, done, proven and told, each once.

use std::collections::{BTreeMap, BTreeSet};

use access::{
    EndReason, Grant, InvitationStatus, Joined, Looked, Observed, Outcomes, Policy, Proof,
    Standing, State, begin,
};
use jiff::Timestamp;

use super::{begun, settled};
use crate::world::*;

#[test]
fn an_ending_is_intended_done_proven_and_told_once() {
    let start = looked([grant(1, active(-9)).expires(0)], seen().user(1).member(1, 'a'));
    let ran = run(&start, now());
    let begun = ran.begun.expect("an intent");
    let expected = ending(EndReason::Expired, 0, &[remove(1), deactivate(1)]);
    assert_eq!(begun.customer.grants[&grant_id(1)].state, expected);
    assert_eq!(begun.audit[0].cause, "begin end (expired): removeMember, deactivate");
    assert_eq!(begun.audit[0].version, 4, "the grant had seen three transitions");
    insta::assert_snapshot!(told(ran.settled.as_ref()), @r"
    Customer Access Ended g1
    g1 is ended Expired, re-read 0 times
    ");
    let customer = &ran.looked.customer;
    let State::Ended { version, .. } = customer.grants[&grant_id(1)].state else {
        panic!("not ended")
    };
    assert_eq!(version, customer.version, "the version with which it was recorded");
    let settled = ran.settled.unwrap();
    assert_eq!(settled.audit[0].version, 5);
    let id = format!("{}-5-CustomerAccessEnded", grant_id(1));
    assert_eq!(settled.announcements[0].id, id, "stable, since no version comes twice");
    let detail = &settled.announcements[0].detail;
    assert_eq!(detail["reason"], "expired");
    insta::assert_snapshot!(
        detail["proof"],
        @r#"{"invited":false,"member":false,"readAt":"2027-01-31T00:00:00Z","seatActive":false,"seatHeldByOtherGrant":false}"#
    );
    assert!(run(&ran.looked, now()).settled.is_none(), "nothing is left to do or to tell");
}

#[test]
fn who_is_first_seen_in_the_group_when_the_grant_ends_has_joined_all_the_same() {
    let start = looked([grant(1, invited(-9)).expires(0)], seen().user(1).member(1, 'a'));
    let ran = run(&start, now());
    let joined = &ran.looked.customer.grants[&grant_id(1)].joined;
    assert_eq!(*joined, Some(Joined { at: now(), joined_as: None }));
}

#[test]
fn who_is_seen_in_the_group_has_not_joined_where_somebody_else_may_have_accepted_the_invitation() {
    let there = || seen().user(1).member(1, 'a').invitation('a', InvitationStatus::Accepted);
    for (case, observed, has_joined) in [
        ("nobody else came", there(), true),
        ("somebody came before the invitation", there().stranger(2, 'a', -11), true),
        ("somebody came after it", there().stranger(2, 'a', -5), false),
    ] {
        let start = looked([grant(1, invited(-9)).expires(0)], observed);
        let plan = plan(&start);
        assert!(printed_in_full(&plan).contains("removeMember 1"), "{case}");
        let begun = begin(&start.customer, &plan, &lease(), ACTOR, now()).expect("it begins");
        let grant = &begun.customer.grants[&grant_id(1)];
        assert_eq!(grant.joined.is_some(), has_joined, "{case}");
    }
}

#[test]
fn two_grants_that_share_everything_end_together() {
    let grants =
        [grant(1, active(-9)).expires(0), grant(2, active(-9)).of_project("P-2").expires(0)];
    let start = looked(grants, seen().user(1).member(1, 'a'));
    // The steps that they share are done once, on behalf of the first.
    let ran = run_with(&start, now(), |grant, _| *grant == grant_id(1));
    insta::assert_snapshot!(told(ran.settled.as_ref()), @r"
    Customer Access Ended g1
    Customer Access Ended g2
    g1 is ended Expired, re-read 0 times
    g2 is ended Expired, re-read 0 times
    ");
}

#[test]
fn the_proof_says_who_still_holds_what_is_left() {
    let grants = [grant(1, active(-9)).expires(0), grant(2, active(-9)).of_project("P-2")];
    let ran = run(&looked(grants, seen().user(1).member(1, 'a')), now());
    let proof = &ran.settled.unwrap().announcements[0].detail["proof"];
    assert_eq!(proof["seatHeldByOtherGrant"], true);
    assert_eq!(proof["member"], true, "as the other grant's member");
    let ended_before = grant(2, proven(EndReason::Expired, -2, 1, &[])).in_group('b');
    let grants = [grant(1, active(-9)).expires(0), ended_before];
    let ran = run(&looked(grants, seen().user(1).member(1, 'a').member(1, 'z')), now());
    let proof = &ran.settled.unwrap().announcements[0].detail["proof"];
    assert_eq!(proof["seatActive"], true);
    assert_eq!(proof["seatHeldByOtherGrant"], false, "but by a group beyond Lanyard's own");
}

#[test]
fn what_could_not_be_read_back_is_not_proven() {
    let start = looked([grant(1, active(-9)).expires(0)], seen().user(1).member(1, 'a'));
    let (plan, read) = begun(&start);
    let done = BTreeSet::from([remove(1), deactivate(1)]);
    let outcomes = Outcomes { done: BTreeMap::from([(grant_id(1), done)]), ..Outcomes::default() };
    // Nothing at all could be read: the steps were done, and nothing proves it.
    let unread = Looked { observed: Observed::default(), ..read.clone() };
    insta::assert_snapshot!(told(settled(&unread, &plan, &outcomes).as_ref()), @"g1 is ended Expired, unproven");
    let undone = Outcomes::default();
    assert!(settled(&unread, &plan, &undone).is_none(), "what was not done is not ended");
    // The read is older than the write.
    insta::assert_snapshot!(told(settled(&read, &plan, &outcomes).as_ref()), @"g1 is ended Expired, unproven");
    // The time was too short for all of it.
    let deferred = Outcomes { deferred: BTreeSet::from([grant_id(1)]), ..Outcomes::default() };
    assert!(settled(&read, &plan, &deferred).is_none(), "it stays an ending");
}

#[test]
fn a_repeated_ending_is_an_intent_like_the_first() {
    let visible = grant(1, ended(EndReason::Expired, -1, &[remove(1)]));
    let start = looked([visible], seen().user(1));
    let (plan, read) = begun(&start);
    assert_eq!(printed(&plan), "g1 end (expired): deactivate\n");
    let expected = ending(EndReason::Expired, -1, &[remove(1), deactivate(1)]);
    assert_eq!(read.customer.grants[&grant_id(1)].state, expected);
    let busy = Standing::Busy { until: lease().until };
    assert_eq!(read.customer.standing(now()), busy, "so that whoever asks meanwhile waits");
    let again = begin(&read.customer, &plan, &lease(), ACTOR, now()).expect("still to be done");
    assert!(again.audit.is_empty(), "what is recorded need not be recorded again");
    assert_eq!(again.customer, read.customer);
}

#[test]
fn a_repeated_ending_keeps_what_it_set_out_to_do_and_one_for_another_reason_begins_anew() {
    let reason = EndReason::Expired;
    let before = |at: Timestamp, proof| {
        let steps = vec![deactivate(2)];
        grant(1, State::Ended { reason, at, steps, version: 5, proof })
    };
    let beside = grant(2, active(-9)).in_group('b');
    let proven = |at| before(at, Proof::Proven { at, rereads: 0 });
    let (late, kept) = (EndReason::JoinedLate, vec![deactivate(2), remove(1)]);
    for (case, over, expected) in [
        ("not proven", before(days(-9), Proof::Unproven), (reason, days(-9), kept.clone())),
        ("proven too early", proven(minutes(-14)), (reason, minutes(-14), kept)),
        ("joined late", proven(minutes(-15)), (late, now(), vec![remove(1)])),
    ] {
        let observed = seen().user(1).member(1, 'a').member(1, 'b');
        // Whoever has joined anywhere is given back by hand.
        let beside = Grant { joined: None, ..beside.clone() };
        let begun = begun(&looked([over, beside], observed)).1.customer;
        let State::Ending { reason, since, steps, .. } = &begun.grants[&grant_id(1)].state else {
            panic!("{case}: not being ended")
        };
        assert_eq!((*reason, *since, steps.clone()), expected, "{case}");
    }
}

#[test]
fn a_request_that_ends_while_its_mail_may_leave_is_proven_only_when_it_cannot_any_more() {
    let mut start = looked([grant(1, requested(5)).expires(0)], seen());
    start.customer.unclear_until = Some(minutes(15));
    let first = run(&start, now());
    assert_eq!(told(first.settled.as_ref()), "g1 is ended Expired, unproven\n");
    // The mail had left after all.
    let late = Looked { observed: seen().invited('a'), ..first.looked.clone() };
    let late = run(&late, minutes(1));
    assert_eq!(printed(&late.plan), "g1 end (expired): cancelInvitation\n");
    assert_eq!(told(late.settled.as_ref()), "g1 is ended Expired, unproven\n");
    assert_eq!(printed(&run(&late.looked, minutes(14)).plan), "g1 keep (unproven)\n");
    assert_eq!(printed(&run(&late.looked, minutes(15)).plan), "g1 prove (expired)\n");
    // Or it had not.
    assert_eq!(printed(&run(&first.looked, minutes(14)).plan), "g1 keep (unproven)\n");
    insta::assert_snapshot!(told(run(&first.looked, minutes(15)).settled.as_ref()), @r"
    Customer Access Ended g1
    g1 is ended Expired, re-read 0 times
    ");
}

#[test]
fn a_retry_that_a_live_grant_was_waiting_for_does_not_outlive_it() {
    let policy = Policy::default();
    let over = Grant { retry_at: Some(days(-3)), ..grant(1, active(-9)).expires(0) };
    let ran = run(&looked([over], seen().user(1).member(1, 'a')), now());
    assert_eq!(
        ran.looked.customer.due_at(&policy),
        Some(days(1)),
        "due at the re-read, not before"
    );
}
