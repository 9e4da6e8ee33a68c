//! What is recorded once a request was carried out, also if something else happened meanwhile.

use std::collections::BTreeSet;

use access::{
    Admission, Ask, Carried, EndReason, Grant, Joined, Looked, Outcome, Policy, Proof, Role, State,
    Step, admit, conclude, release,
};
use jiff::SignedDuration;

use super::{admitted, concluded, done, failure};
use crate::world::*;

#[test]
fn what_was_carried_out_is_recorded() {
    let add = Step::AddMember { user: user(1) };
    let wake = Step::Reactivate { user: user(1) };
    for (observed, steps, expected) in [
        (seen(), vec![Step::Invite], "Customer Invited g9 | g9 is invited"),
        (seen().user(1), vec![add.clone()], "Customer Joined g9 | g9 is active"),
        (seen().inactive(1), vec![wake, add], "Customer Joined g9 | g9 is active"),
    ] {
        let it = admitted(&looked([], observed), &ask());
        assert_eq!(it.steps, steps);
        assert_eq!(concluded(&committed(&it.customer), &it, &done()), expected);
    }
    let promoted = admitted(
        &looked([grant(1, active(-9))], seen().user(1).member(1, 'a')),
        &Ask { role: Role::Manager, ..ask() },
    );
    let after = conclude(&promoted.customer, &grant_id(1), &promoted.steps, &done(), ACTOR, now());
    assert_eq!(after.unwrap().customer.grants[&grant_id(1)].retry_at, None);
}

#[test]
fn who_was_woken_and_added_is_known_from_then_on_and_frozen_no_longer() {
    let mut start = looked([], seen().user(1));
    start.customer.users.clear();
    start.customer.frozen.insert(user(1));
    let it = admitted(&start, &ask());
    let after = conclude(&it.customer, &it.grant, &it.steps, &done(), ACTOR, now()).unwrap();
    assert_eq!(after.customer.users, BTreeSet::from([user(1)]));
    assert!(after.customer.frozen.is_empty());
    let joined = after.customer.grants[&grant_id(9)].joined.clone();
    assert_eq!(joined, Some(Joined { at: now(), joined_as: None }));
}

#[test]
fn what_a_sweep_has_recorded_meanwhile_is_not_told_again() {
    let it = admitted(&looked([], seen()), &ask());
    let mut customer = committed(&it.customer);
    let grant = customer.grants.get_mut(&grant_id(9)).unwrap();
    grant.state = State::Invited { since: now(), invitation: Some(invitation('b')) };
    assert_eq!(concluded(&customer, &it, &done()), "nothing");
    let grant = customer.grants.get_mut(&grant_id(9)).unwrap();
    grant.state = invited(0);
    let after = conclude(&customer, &it.grant, &it.steps, &done(), ACTOR, now()).unwrap();
    let known = State::Invited { since: now(), invitation: Some(invitation('a')) };
    assert_eq!(after.customer.grants[&grant_id(9)].state, known, "the read did not show its id");
    assert!(after.announcements.is_empty());
    let grant = customer.grants.get_mut(&grant_id(9)).unwrap();
    grant.state = active(0);
    assert_eq!(concluded(&customer, &it, &done()), "nothing", "accepted already");
}

#[test]
fn what_may_pass_leaves_the_intent_to_the_next_attempt() {
    let it = admitted(&looked([], seen()), &ask());
    let carried = Carried::Failed { failure: failure(Step::Invite, "X", false), done: vec![] };
    let customer = committed(&it.customer);
    assert_eq!(concluded(&customer, &it, &carried), "nothing");
    // Where it is certain that nothing has left, nobody need wait.
    let released = release(&customer, &grant_id(9), ACTOR, now()).unwrap();
    assert_eq!(released.audit[0].version, 2, "the next entry of its history");
    assert_eq!(released.audit[0].state, released.customer.grants[&grant_id(9)]);
    let next = looked([], seen());
    let next = Looked { customer: committed(&released.customer), ..next };
    assert_eq!(admitted(&next, &ask()).outcome, Outcome::Invited);
    assert!(release(&next.customer, &grant_id(9), ACTOR, now()).is_none(), "once is enough");
}

#[test]
fn what_was_given_after_the_grant_had_ended_is_taken_away_again() {
    let wake = || Step::Reactivate { user: user(1) };
    let add = || Step::AddMember { user: user(1) };
    let reason = EndReason::ProjectClosed;
    for (case, state, steps, carried, expected) in [
        (
            "proven gone before the mail left",
            proven(reason, 0, 0, &[]),
            vec![Step::Invite],
            done(),
            vec![cancel('a')],
        ),
        ("being ended", ending(reason, 0, &[remove(1)]), vec![add()], done(), vec![remove(1)]),
        (
            "woken and added",
            ended(reason, 0, &[]),
            vec![wake(), add()],
            done(),
            vec![remove(1), deactivate(1)],
        ),
        (
            "woken, and refused by the group",
            proven(reason, 0, 0, &[]),
            vec![wake(), add()],
            Carried::Failed { failure: failure(add(), "NO", true), done: vec![wake()] },
            vec![deactivate(1)],
        ),
        (
            "perhaps invited",
            proven(reason, 0, 0, &[]),
            vec![Step::Invite],
            Carried::Failed { failure: failure(Step::Invite, "X", false), done: vec![] },
            vec![],
        ),
    ] {
        let mut customer = customer([grant(9, state)]);
        let after = conclude(&customer, &grant_id(9), &steps, &carried, ACTOR, now());
        if let Some(after) = after {
            assert!(after.announcements.is_empty(), "{case}");
            customer = after.customer;
        }
        let State::Ending { steps, .. } = &customer.grants[&grant_id(9)].state else {
            panic!("{case}: not being ended")
        };
        assert_eq!(*steps, expected, "{case}");
    }
    let nothing = Carried::Failed { failure: failure(Step::Invite, "NO", true), done: vec![] };
    let customer = customer([grant(9, proven(reason, 0, 0, &[]))]);
    let after = conclude(&customer, &grant_id(9), &[Step::Invite], &nothing, ACTOR, now());
    assert!(after.is_none(), "nothing was given");
    assert!(conclude(&customer, &grant_id(8), &[], &done(), ACTOR, now()).is_none());
}

#[test]
fn an_invitation_that_the_ending_has_cancelled_is_not_taken_away_again() {
    let reason = EndReason::ProjectClosed;
    for (cancelled, is_anew) in [('a', false), ('b', true)] {
        let customer = customer([grant(9, proven(reason, 0, 0, &[cancel(cancelled)]))]);
        let after = conclude(&customer, &grant_id(9), &[Step::Invite], &done(), ACTOR, now());
        assert_eq!(after.is_some(), is_anew, "what was sent is {:?}", cancel('a'));
    }
}

#[test]
fn a_role_that_was_given_while_another_was_asked_for_is_looked_at_again() {
    let promote = [Step::Promote { user: user(1) }];
    let retry_at = |customer: &access::Customer, id: u8| {
        let after = conclude(customer, &grant_id(1), &promote, &done(), ACTOR, now());
        let customer = after.map_or_else(|| customer.clone(), |after| after.customer);
        customer.grants[&grant_id(id)].retry_at
    };
    let mut asked = grant(1, active(-9));
    asked.role = Role::Manager;
    assert_eq!(retry_at(&customer([asked.clone()]), 1), None);
    asked.role = Role::Member;
    assert_eq!(retry_at(&customer([asked]), 1), Some(now()), "it was to be member meanwhile");
    let over = grant(1, ending(EndReason::Expired, 0, &[]));
    let customer = customer([over, grant(2, active(-9))]);
    assert_eq!(retry_at(&customer, 2), Some(now()), "another holds the place as member");
}

#[test]
fn a_place_that_was_given_while_another_grant_asks_for_another_role_is_looked_at_again() {
    let add = [Step::AddMember { user: user(1) }];
    let over = ended(EndReason::Expired, -1, &[]);
    for (letter, role, state, expected) in [
        ('a', Role::Manager, active(-9), Some(now())),
        ('a', Role::Member, active(-9), None),
        ('b', Role::Manager, active(-9), None),
        ('a', Role::Manager, over, None),
    ] {
        let mut other = grant(2, state);
        (other.group.id, other.role) = (group(letter), role);
        let customer = customer([grant(1, requested(1)), other]);
        let after = conclude(&customer, &grant_id(1), &add, &done(), ACTOR, now()).unwrap();
        assert_eq!(after.customer.grants[&grant_id(1)].retry_at, expected, "{letter} {role:?}");
    }
}

#[test]
fn a_role_that_was_taken_while_it_was_asked_for_is_looked_at_again() {
    let demote = [Step::Demote { user: user(1) }];
    for (role, expected) in [(Role::Manager, Some(now())), (Role::Member, None)] {
        let mut other = grant(2, active(-9));
        other.role = role;
        let customer = customer([grant(1, active(-9)), other]);
        let after = conclude(&customer, &grant_id(1), &demote, &done(), ACTOR, now());
        let after = after.map_or(customer, |after| after.customer);
        assert_eq!(after.grants[&grant_id(1)].retry_at, expected, "{role:?}");
    }
}

#[test]
fn of_several_grants_the_one_that_holds_the_place_is_looked_at_again() {
    let promote = [Step::Promote { user: user(1) }];
    let over = grant(1, ending(EndReason::Expired, 0, &[]));
    let customer = customer([over, grant(2, invited(-9)), grant(3, active(-9))]);
    let after = conclude(&customer, &grant_id(1), &promote, &done(), ACTOR, now()).unwrap();
    let retry_at = |id| after.customer.grants[&grant_id(id)].retry_at;
    assert_eq!((retry_at(2), retry_at(3)), (None, Some(now())));
}

#[test]
fn what_was_carried_out_is_told_under_the_version_with_which_it_is_recorded() {
    let it = admitted(&looked([], seen()), &ask());
    let customer = committed(&it.customer);
    let after = conclude(&customer, &it.grant, &it.steps, &done(), ACTOR, now()).unwrap();
    let version = after.customer.grants[&it.grant].version;
    assert_eq!(version, customer.grants[&it.grant].version + 1);
    assert_eq!(after.audit[0].version, version);
    let id = format!("{}-{version}-CustomerInvited", it.grant);
    assert_eq!(after.announcements[0].id, id);
}

#[test]
fn a_refusal_says_nothing_while_an_ending_of_ours_may_be_its_cause() {
    let (place, seat) = ([remove(1)], [deactivate(1)]);
    for (letter, state, expected) in [
        ('a', ending(EndReason::Expired, 0, &place), true),
        ('b', ending(EndReason::Expired, 0, &place), false),
        ('b', ending(EndReason::Expired, 0, &seat), true),
        ('a', ending(EndReason::Expired, -1, &place), false),
        ('a', ended_after(9, 0, &place), true),
        ('a', ended_after(5, 0, &place), false),
        ('a', ended_after(9, -1, &place), false),
        ('a', active(-9), false),
    ] {
        let customer = customer([grant(1, requested(1)), grant(2, state.clone()).in_group(letter)]);
        assert_eq!(customer.is_crossing(&grant_id(1), now()), expected, "{letter} {state:?}");
    }
    let alone = customer([grant(1, ending(EndReason::Expired, 0, &place))]);
    assert!(!alone.is_crossing(&grant_id(1), now()), "no grant crosses itself");
    assert!(!alone.is_crossing(&grant_id(7), now()), "nor one that is not there");
}

/// Ended so many days from now, recorded with this version of the customer. The grants here were last seen at version 5.
fn ended_after(version: u64, at: i64, steps: &[Step]) -> State {
    let (reason, steps) = (EndReason::Expired, steps.to_vec());
    State::Ended { reason, at: days(at), steps, settled: version, proof: Proof::Unproven }
}

#[test]
fn a_second_request_in_the_same_breath_sends_no_second_mail() {
    let first = admitted(&looked([], seen()), &ask());
    let customer = committed(&first.customer);
    // Before the mail, after it, and once it is recorded, with a read that shows nothing yet.
    let after = conclude(&customer, &first.grant, &first.steps, &done(), ACTOR, now()).unwrap();
    for customer in [customer, committed(&after.customer)] {
        for second in [ask(), Ask { project: project("P-2"), ..ask() }] {
            let looked = Looked { customer: customer.clone(), observed: seen() };
            let at = now() + SignedDuration::from_mins(1);
            let admission = admit(&Policy::default(), &looked, &second, None, ACTOR, at);
            assert!(matches!(admission, Admission::UnderWay { .. }), "{admission:?}");
        }
    }
}

#[test]
fn an_ending_that_may_have_left_somebody_frozen_is_not_forgotten_with_the_next_request() {
    let over = || grant(1, proven(EndReason::Expired, -61, 4, &[deactivate(1)])).in_group('b');
    let live = |confirmed| Grant { confirmed, ..grant(2, active(-40)).of_project("P-2") };
    for (confirmed, is_kept) in [(4, true), (5, false)] {
        let start = looked([over(), live(confirmed)], seen().user(1));
        let it = admitted(&start, &ask());
        let after = conclude(&it.customer, &it.grant, &it.steps, &done(), ACTOR, now()).unwrap();
        assert_eq!(after.customer.grants.contains_key(&grant_id(1)), is_kept, "{confirmed}");
    }
}
