//! What is recorded of a request once its steps were tried, without reading anything back.

use std::collections::BTreeSet;

use access::{
    Ask, Joined, Looked, Outcome, Policy, Role, SETTLING, Standing, State, Step, Withdrawal,
    Withdrawn, withdraw,
};

use super::{admitted, concluded, done, failed, failure, line, unclear};
use crate::world::*;

fn add() -> Step {
    Step::AddMember { user: user(1) }
}

fn wake() -> Step {
    Step::Reactivate { user: user(1) }
}

#[test]
fn what_was_carried_out_is_recorded_and_told_and_the_lease_given_back() {
    for (observed, steps, expected) in [
        (seen(), vec![Step::Invite], "Customer Invited g9 | g9 is invited"),
        (seen().user(1), vec![add()], "Customer Joined g9 | g9 is active"),
        (seen().inactive(1), vec![wake(), add()], "Customer Joined g9 | g9 is active"),
    ] {
        let start = looked([], observed);
        let it = admitted(&start, &ask());
        assert_eq!(it.steps(), steps);
        let busy = Standing::Busy { until: lease().until };
        assert_eq!(it.customer.standing(now()), busy, "from the intent on");
        let after = concluded(&start, &it, &done(&it));
        assert_eq!(line(&after), expected);
        assert_eq!(after.customer.standing(now()), Standing::Free, "{expected}");
    }
    let start = looked([grant(1, active(-9))], seen().user(1).member(1, 'a'));
    let promoted = admitted(&start, &Ask { role: Some(Role::Manager), ..ask() });
    assert_eq!(promoted.customer.grants[&grant_id(1)].retry_at, Some(now()));
    let after = concluded(&start, &promoted, &done(&promoted)).customer;
    assert_eq!(after.grants[&grant_id(1)].retry_at, None);
}

#[test]
fn the_invitation_that_was_sent_is_known_by_its_id() {
    let start = looked([], seen());
    let it = admitted(&start, &ask());
    let after = concluded(&start, &it, &done(&it)).customer;
    let known = State::Invited { since: now(), invitation: Some(invitation('a')) };
    assert_eq!(after.grants[&grant_id(9)].state, known);
    assert_eq!(after.done[0].invitation, Some(invitation('a')), "no reading shows it yet");
}

#[test]
fn who_was_woken_and_added_is_known_from_then_on_and_frozen_no_longer() {
    let mut start = looked([], seen().user(1));
    start.customer.users.clear();
    start.customer.frozen.insert(user(1));
    let it = admitted(&start, &ask());
    assert_eq!(it.customer.users, BTreeSet::from([user(1)]), "before anything is done");
    let after = concluded(&start, &it, &done(&it)).customer;
    assert_eq!(after.users, BTreeSet::from([user(1)]));
    assert!(after.frozen.is_empty());
    let joined = after.grants[&grant_id(9)].joined.clone();
    assert_eq!(joined, Some(Joined { at: now(), joined_as: None }));
}

#[test]
fn what_was_carried_out_is_told_under_the_version_with_which_it_is_recorded() {
    let start = looked([], seen());
    let it = admitted(&start, &ask());
    let after = concluded(&start, &it, &done(&it));
    let version = after.customer.grants[&it.grant].version;
    assert_eq!(version, it.customer.grants[&it.grant].version + 1);
    assert_eq!((after.audit.len(), after.audit[0].version), (1, version));
    let id = format!("{}-{version}-CustomerInvited", it.grant);
    assert_eq!(after.announcements[0].id, id);
}

#[test]
fn a_failure_after_which_nothing_can_take_effect_leaves_the_request_to_the_next_attempt_at_once() {
    let start = looked([], seen());
    let it = admitted(&start, &ask());
    let outcomes = failed(&it, failure(Step::Invite, "UNABLE_TO_LOCK_ROW", false), &[]);
    let after = concluded(&start, &it, &outcomes);
    assert_eq!(line(&after), "g9 is requested");
    assert_eq!(after.customer.due_at(&Policy::default()), Some(now()), "a run finds it due");
    let next = Looked::new(committed(&after.customer), seen(), now());
    let again = admitted(&next, &ask());
    assert_eq!((again.outcome, again.grant), (Outcome::Invited, grant_id(9)));
    assert_eq!(printed(&plan(&next)), "g9 invite (live): invite\n", "a run may as well");
}

#[test]
fn what_may_still_take_effect_is_neither_repeated_nor_taken_for_done() {
    let start = looked([], seen());
    let it = admitted(&start, &ask());
    let lost = || failed(&it, failure(Step::Invite, "TIMEOUT", false), &[]);
    let after = concluded(&start, &it, &unclear(&it, lost()));
    assert_eq!(line(&after), "g9 is requested");
    assert!(after.customer.done.is_empty());
    let until = now() + SETTLING;
    assert_eq!(after.customer.standing(now()), Standing::Unclear { until });
    let before = until - jiff::SignedDuration::from_nanos(1);
    let next = |at| Looked::new(committed(&after.customer), seen(), at);
    assert_eq!(after.customer.standing(before), Standing::Unclear { until });
    assert_eq!(printed(&run(&next(before), before).plan), "g9 keep (unproven)\n");
    assert_eq!(printed(&run(&next(until), until).plan), "g9 invite (live): invite\n");
}

#[test]
fn a_success_after_an_attempt_whose_answer_was_lost_is_recorded_and_unclear() {
    let start = looked([], seen().user(1));
    let it = admitted(&start, &ask());
    let after = concluded(&start, &it, &unclear(&it, done(&it)));
    assert_eq!(line(&after), "Customer Joined g9 | g9 is active");
    let until = now() + SETTLING;
    assert_eq!(after.customer.standing(now()), Standing::Unclear { until });
}

#[test]
fn what_there_was_no_time_for_stays_a_request() {
    let start = looked([], seen());
    let it = admitted(&start, &ask());
    let outcomes = access::Outcomes { deferred: [it.grant.clone()].into(), ..Default::default() };
    let after = concluded(&start, &it, &outcomes);
    assert_eq!(line(&after), "g9 is requested");
    assert!(after.audit.is_empty(), "nothing has become of it");
    assert_eq!(after.customer.standing(now()), Standing::Free, "the next may begin at once");
}

#[test]
fn who_was_woken_and_is_refused_by_the_group_has_a_seat_that_is_taken_away_again() {
    let start = looked([], seen().inactive(1));
    let it = admitted(&start, &ask());
    let outcomes = failed(&it, failure(add(), "NO", true), &[wake()]);
    let after = concluded(&start, &it, &outcomes);
    assert_eq!(line(&after), "Customer Invitation Refused g9 | g9 is ending NeverJoined");
    let next = Looked::new(committed(&after.customer), seen().user(1), now());
    assert_eq!(printed_in_full(&plan(&next)), "g9 end (neverJoined) [deactivate 1]\n");
}

#[test]
fn after_a_refusal_that_followed_a_lost_answer_nobody_asks_again_at_once() {
    let start = looked([], seen());
    let it = admitted(&start, &ask());
    let refused = failed(&it, failure(Step::Invite, "NO", true), &[]);
    let after = concluded(&start, &it, &unclear(&it, refused));
    let until = now() + SETTLING;
    assert_eq!(after.customer.standing(now()), Standing::Unclear { until });
}

#[test]
fn a_word_that_came_while_the_mail_was_sent_ends_what_was_given() {
    let start = looked([], seen());
    let mut it = admitted(&start, &ask());
    let word = Withdrawn { at: now(), by: None, reason: None };
    let named = Withdrawal { project: None, group: None, word };
    let (withdrawn, _) = withdraw(&it.customer, &named, ACTOR, now()).expect("the word is kept");
    assert!(withdrawn.is_leased_by(&lease()), "a word changes nothing in Salesforce");
    it.customer = withdrawn;
    let after = concluded(&start, &it, &done(&it)).customer;
    let next = Looked::new(committed(&after), seen(), now());
    let ran = run(&next, now());
    assert_eq!(printed_in_full(&ran.plan), "g9 end (withdrawn) [cancelInvitation a]\n");
    assert_eq!(
        told(ran.settled.as_ref()).lines().last(),
        Some("g9 is ended Withdrawn, re-read 0 times")
    );
}

#[test]
fn a_refusal_that_followed_a_lost_answer_says_nothing_yet() {
    let start = looked([], seen());
    let it = admitted(&start, &ask());
    // The first attempt may have sent the mail, and be the reason for which the second was refused.
    let refused = failed(&it, failure(Step::Invite, "NO", true), &[]);
    let after = concluded(&start, &it, &unclear(&it, refused));
    assert_eq!(line(&after), "g9 is requested");
    let due = after.customer.due_at(&Policy::default()).expect("somebody looks again");
    assert!(due <= now() + SETTLING);
    let sent = Looked::new(committed(&after.customer), seen().invited('a'), now());
    let found = "Customer Invited g9\ng9 is invited\n";
    assert_eq!(told(run(&sent, minutes(1)).settled.as_ref()), found);
}
