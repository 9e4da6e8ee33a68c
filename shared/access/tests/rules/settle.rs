//! What is recorded and told: before anything is done, and after it was read back.

use std::collections::{BTreeMap, BTreeSet};

use access::{
    AnnouncementKind, Brake, Customer, EndReason, Failure, Grant, Looked, Observed, Outcomes, Plan,
    Policy, Proof, Settled, State, Step, begin, decide, settle,
};
use jiff::Timestamp;
use serde_json::json;

use crate::world::*;

#[test]
fn an_ending_is_intended_done_proven_and_told_once() {
    let start = looked([grant(1, active(-9)).expires(0)], seen().user(1).member(1, 'a'));
    let ran = run(&start, now());
    let begun = ran.begun.expect("an intent");
    let expected = ending(EndReason::Expired, 0, &[remove(1), deactivate(1)]);
    assert_eq!(begun.customer.grants[&grant_id(1)].state, expected);
    assert_eq!(begun.audit[0].cause, "begin end (expired): removeMember, deactivate");
    insta::assert_snapshot!(told(ran.settled.as_ref()), @r"
    Customer Access Ended g1
    g1 is ended Expired, re-read 0 times
    ");
    let detail = &ran.settled.unwrap().announcements[0].detail;
    assert_eq!(detail["reason"], "expired");
    insta::assert_snapshot!(
        detail["proof"],
        @r#"{"invited":false,"member":false,"readAt":"2027-01-31T00:00:00Z","seatActive":false,"seatHeldByOtherGrant":false}"#
    );
    assert!(run(&ran.looked, now()).settled.is_none(), "nothing is left to do or to tell");
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
    let expected = ending(EndReason::Expired, -1, &[deactivate(1)]);
    assert_eq!(read.customer.grants[&grant_id(1)].state, expected);
    assert_eq!(read.customer.version, 6, "so that whoever asks meanwhile is found to be crossed");
    let again = begin(&read.customer, &plan, ACTOR, now());
    assert!(again.is_none(), "what is recorded need not be recorded again");
}

#[test]
fn a_late_joiner_is_known_from_then_on() {
    let never = grant(1, proven(EndReason::NeverJoined, -1, 0, &[]));
    let observed = seen().user(2).with_email(2, "ana@home.example").member(2, 'a');
    let ran = run(&looked([never], observed), now());
    assert!(ran.looked.customer.users.contains(&user(2)), "later reads must find that user");
    insta::assert_snapshot!(told(ran.settled.as_ref()), @r"
    Customer Access Ended g1
    g1 is ended JoinedLate, re-read 0 times
    ");
}

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

    let next = Looked { customer: committed(&first.customer), observed: read.observed };
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

#[test]
fn a_stuck_ending_stops_casting_doubt_on_what_it_no_longer_wants() {
    let stuck = grant(1, ending(EndReason::Expired, -2, &[remove(1), deactivate(1)]));
    let start = looked(
        [stuck, grant(2, active(-1)).in_group('b')],
        seen().user(1).member(1, 'a').member(1, 'b'),
    );
    let (plan, read) = begun(&start);
    assert_eq!(printed_in_full(&plan), "g1 end (expired) [removeMember 1]\ng2 keep (live) []\n");
    assert!(read.customer.is_doubtful(&read.customer.grants[&grant_id(2)]));
    let settled = settled(&read, &plan, &refused(remove(1), "NO")).unwrap();
    assert!(!settled.customer.is_doubtful(&settled.customer.grants[&grant_id(2)]));
}

#[test]
fn joining_is_recorded_with_the_address_that_was_used() {
    let observed = seen().user(2).with_email(2, "ana@home.example").member(2, 'a');
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
fn access_that_somebody_gives_back_is_told_once_and_left_to_people() {
    let old = grant(1, proven(EndReason::Expired, -1, 0, &[])).has_joined();
    let ran = run(&looked([old], seen().user(1).member(1, 'a')), now());
    insta::assert_snapshot!(told(ran.settled.as_ref()), @"Customer Access Drifted g1");
    assert!(ran.looked.customer.grants.is_empty(), "nothing is done about it any more");
    assert!(!ran.looked.observed.members.is_empty(), "and nobody was touched");
    assert!(run(&ran.looked, days(1)).settled.is_none());
}

#[test]
fn an_ending_is_read_again_after_one_seven_and_thirty_days_and_then_forgotten() {
    let mut world = looked([grant(1, proven(EndReason::Expired, 0, 0, &[]))], seen().inactive(1));
    let policy = Policy::default();
    for (day, rereads) in [(1, 1), (7, 2)] {
        let due = world.customer.due_at(&policy);
        assert_eq!(due, Some(days(day)));
        assert!(run(&world, days(day) - jiff::SignedDuration::from_secs(1)).settled.is_none());
        let ran = run(&world, days(day));
        assert_eq!(printed(&ran.plan), "g1 prove (expired)\n");
        let expected = format!("g1 is ended Expired, re-read {rereads} times\n");
        assert_eq!(told(ran.settled.as_ref()), expected);
        world = ran.looked;
    }
    let ran = run(&world, days(30));
    let last = ran.settled.unwrap();
    assert_eq!(standing(&last.audit[0].state), "g1 is ended Expired, re-read 3 times");
    assert!(last.customer.grants.is_empty() && last.announcements.is_empty());
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
fn a_request_that_ends_while_it_is_carried_out_is_not_proven_at_once() {
    let start = looked([grant(1, requested(5))], seen());
    let policy = Policy::default();
    let world = std::slice::from_ref(&start);
    let plan = decide(&policy, world, &closed(&["P-1"]), Brake::Armed, now());
    let begun = begin(&start.customer, &plan, ACTOR, now()).unwrap();
    let read = Looked { customer: committed(&begun.customer), observed: seen() };
    let first = settled(&read, &plan, &Outcomes::default()).unwrap();
    assert_eq!(told(Some(&first)), "g1 is ended ProjectClosed, unproven\n");
    // The mail had left after all.
    let next = Looked { customer: committed(&first.customer), observed: seen().invited('a') };
    let ran = run(&next, days(1));
    insta::assert_snapshot!(printed(&ran.plan), @"g1 end (projectClosed): cancelInvitation");
    insta::assert_snapshot!(told(ran.settled.as_ref()), @r"
    Customer Access Ended g1
    g1 is ended ProjectClosed, re-read 0 times
    ");
    // Or it had not.
    let next = Looked { observed: seen(), ..next };
    assert_eq!(printed(&run(&next, minutes(14)).plan), "g1 keep (unproven)\n");
    assert_eq!(printed(&run(&next, minutes(15)).plan), "g1 prove (projectClosed)\n");
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
    let customer = &ran.looked.customer;
    assert!(!customer.is_doubtful(&customer.grants[&grant_id(2)]));
    insta::assert_snapshot!(told(ran.settled.as_ref()), @r"
    Customer Access Ended g1
    g1 is ended Expired, re-read 0 times
    g2 is active
    ");
}

#[test]
fn a_proof_that_is_not_due_changes_nothing() {
    let proven = grant(1, proven(EndReason::Expired, 0, 0, &[]));
    assert!(matches!(proven.state, State::Ended { proof: Proof::Proven { .. }, .. }));
    assert!(run(&looked([proven], seen()), minutes(30)).settled.is_none());
}

fn begun(start: &Looked) -> (Plan, Looked) {
    begun_at(start, now())
}

/// The plan, and the customer with the intent as it is read back when nothing has changed in Salesforce.
fn begun_at(start: &Looked, at: Timestamp) -> (Plan, Looked) {
    let one = std::slice::from_ref(start);
    let plan = decide(&Policy::default(), one, &closed(&[]), Brake::Armed, at);
    let begun = begin(&start.customer, &plan, ACTOR, at);
    let customer: Customer =
        begun.map_or_else(|| start.customer.clone(), |it| committed(&it.customer));
    (plan, Looked { customer, observed: start.observed.clone() })
}

fn settled(read: &Looked, acted: &Plan, outcomes: &Outcomes) -> Option<Settled> {
    settled_at(read, acted, outcomes, now())
}

fn settled_at(read: &Looked, acted: &Plan, outcomes: &Outcomes, at: Timestamp) -> Option<Settled> {
    let (policy, nothing) = (Policy::default(), BTreeMap::new());
    let one = std::slice::from_ref(read);
    let plan = decide(&policy, one, &closed(&[]), Brake::Released(&nothing), at);
    settle(&policy, read, &plan, acted, outcomes, ACTOR, at)
}

fn refused(step: Step, code: &str) -> Outcomes {
    let (code, message) = (code.to_owned(), "no".to_owned());
    let failure = Failure { step, code, message, is_refusal: true };
    let failures = BTreeMap::from([(grant_id(1), vec![failure])]);
    Outcomes { failures, ..Outcomes::default() }
}
