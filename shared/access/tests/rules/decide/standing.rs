//! What may be decided while something may be under way for a customer.

use access::{
    Brake, Customer, Done, EndReason, Grant, Lease, Looked, Observed, Policy, Step, decide,
};

use crate::world::*;

const OVER: EndReason = EndReason::Expired;

/// Compares plans of single customers who are free, unclear and busy: (what is the case, grants, sighting, plan if free, plan if not).
fn assert_standings<const N: usize>(cases: [(&str, Vec<Grant>, Observed, &str, &str); N]) {
    for (case, grants, observed, free, under_way) in cases {
        let until = minutes(15);
        let is_free = customer(grants);
        let unclear = Customer { unclear_until: Some(until), ..is_free.clone() };
        let busy = Customer { busy: Some(Lease::from_random(1, until)), ..is_free.clone() };
        let decided = |customer: &Customer, at| {
            let looked = Looked::new(customer.clone(), observed.clone(), at);
            printed_in_full(&plan(&looked)).trim().replace('\n', " | ")
        };
        assert_eq!(decided(&is_free, now()), free, "{case}, free");
        let before = until - jiff::SignedDuration::from_nanos(1);
        for (standing, customer) in [("unclear", unclear), ("busy", busy)] {
            assert_eq!(decided(&customer, now()), under_way, "{case}, {standing}");
            assert_eq!(decided(&customer, before), under_way, "{case}, {standing} to the last");
            assert_eq!(decided(&customer, until), free, "{case}, not {standing} any more");
        }
    }
}

#[test]
fn nothing_is_given_while_something_may_take_effect() {
    let asked = || vec![grant(1, requested(0))];
    let keep = "g1 keep (unproven) []";
    assert_standings([
        ("an invitation", asked(), seen(), "g1 invite (live) [invite]", keep),
        ("a place", asked(), seen().user(1), "g1 join (live) [addMember 1]", keep),
        (
            "a seat",
            asked(),
            seen().inactive(1).member(1, 'a'),
            "g1 reactivate (live) [reactivate 1]",
            keep,
        ),
        (
            "a higher role",
            vec![grant(1, active(-9)).manager()],
            seen().user(1).member(1, 'a'),
            "g1 promote (live) [promote 1]",
            keep,
        ),
        (
            "a lower role",
            vec![grant(1, active(-9))],
            seen().user(1).manager(1, 'a'),
            "g1 demote (live) [demote 1]",
            keep,
        ),
        (
            "nothing, as far as the reading shows",
            vec![grant(1, active(-9))],
            seen().user(1).member(1, 'a'),
            "g1 keep (live) []",
            keep,
        ),
        (
            "who has joined has joined, and the role waits",
            vec![grant(1, invited(-9)).manager()],
            seen().user(1).member(1, 'a'),
            "g1 join (live) [promote 1]",
            "g1 join (live) []",
        ),
        (
            "an open invitation is open",
            vec![grant(1, invited(-9))],
            seen().invited('a'),
            "g1 keep (live) []",
            "g1 keep (live) []",
        ),
    ]);
}

#[test]
fn nobody_is_taken_for_removed_by_hand_while_something_may_take_effect() {
    let keep = "g1 keep (unproven) []";
    assert_standings([
        (
            "not in the group",
            vec![grant(1, active(-9))],
            seen().user(1),
            "g1 end (removedByHand) [deactivate 1]",
            keep,
        ),
        ("not invited", vec![grant(1, invited(-9))], seen(), "g1 end (removedByHand) []", keep),
        (
            "not active",
            vec![grant(1, active(-9))],
            seen().inactive(1).member(1, 'a'),
            "g1 end (removedByHand) [removeMember 1]",
            keep,
        ),
    ]);
}

#[test]
fn nobody_is_taken_for_one_who_never_came_while_something_may_take_effect() {
    assert_standings([
        (
            "no invitation shows",
            vec![grant(1, invited(-61))],
            seen(),
            "g1 end (neverJoined) []",
            "g1 keep (unproven) []",
        ),
        (
            "an open invitation is cancelled",
            vec![grant(1, invited(-61))],
            seen().invited('a'),
            "g1 end (neverJoined) [cancelInvitation a]",
            "g1 end (neverJoined) [cancelInvitation a]",
        ),
    ]);
}

#[test]
fn no_hand_is_blamed_for_what_is_there_again_while_something_may_take_effect() {
    assert_standings([(
        "a place after a proven end",
        vec![grant(1, proven(OVER, -2, 1, &[])).has_joined()],
        seen().user(1).member(1, 'a'),
        "g1 keep (heldOutsideLanyard) []",
        "g1 keep (unproven) []",
    )]);
}

#[test]
fn endings_go_on_while_something_may_take_effect_and_none_is_proven() {
    let there = || seen().user(1).member(1, 'a');
    let both = "g1 end (expired) [removeMember 1, deactivate 1]";
    let keep = "g1 keep (unproven) []";
    assert_standings([
        ("one that is due", vec![grant(1, active(-9)).expires(0)], there(), both, both),
        (
            "one with nothing to take away begins",
            vec![grant(1, requested(0)).expires(0)],
            seen(),
            "g1 end (expired) []",
            "g1 end (expired) []",
        ),
        ("one that was begun", vec![grant(1, ending(OVER, -1, &[]))], there(), both, both),
        (
            "one of which nothing is left",
            vec![grant(1, ending(OVER, -1, &[remove(1)]))],
            seen(),
            "g1 end (expired) []",
            keep,
        ),
        ("one that was done, and shows", vec![grant(1, ended(OVER, -1, &[]))], there(), both, both),
        (
            "one that was done",
            vec![grant(1, ended(OVER, -1, &[]))],
            seen(),
            "g1 prove (expired) []",
            keep,
        ),
        (
            "one that is to be read again",
            vec![grant(1, proven(OVER, -1, 0, &[]))],
            seen(),
            "g1 prove (expired) []",
            keep,
        ),
        (
            "one who joined late",
            vec![grant(1, proven(OVER, -1, 0, &[]))],
            there(),
            "g1 end (joinedLate) [removeMember 1, deactivate 1]",
            "g1 end (joinedLate) [removeMember 1, deactivate 1]",
        ),
    ]);
}

/// One user who is two customers, of whom the first is only to be added to group `a` and the second is in group `b` with a lower role
/// than was asked for; and somebody else.
fn one_person_and_another() -> [Looked; 3] {
    let other = "ana@new.example";
    let observed = || seen().user(1).with_email(1, other).member(1, 'b');
    let first = looked([grant(1, requested(0))], observed());
    let mut second = looked([grant(2, active(-9)).in_group('b').manager()], observed());
    second.customer.email = email(other);
    second.customer.users.clear();
    let bo = "bo@acme.example";
    let mut third = looked([grant(3, requested(0))], seen().user(3).with_email(3, bo));
    third.customer.email = email(bo);
    third.customer.users = [user(3)].into();
    [first, second, third]
}

#[test]
fn of_those_who_are_one_person_the_worst_standing_counts_for_all() {
    let decided = |people: &[Looked]| {
        let plan = decide(&Policy::default(), people, &closed(&[]), Brake::Armed, now());
        printed_in_full(&plan).trim().replace('\n', " | ")
    };
    let third = "g3 join (live) [addMember 3]";
    let free = format!("g1 join (live) [addMember 1] | g2 promote (live) [promote 1] | {third}");
    assert_eq!(decided(&one_person_and_another()), free);
    let keep = format!("g1 keep (unproven) [] | g2 keep (unproven) [] | {third}");
    for who in 0..2 {
        let mut people = one_person_and_another();
        people[who].customer.unclear_until = Some(minutes(1));
        assert_eq!(decided(&people), keep, "unclear: {who}");
        let mut people = one_person_and_another();
        people[who].customer.busy = Some(Lease::from_random(1, minutes(1)));
        assert_eq!(decided(&people), keep, "busy: {who}");
        people[who].at = minutes(1);
        assert_eq!(decided(&people), free, "no more: {who}");
    }
}

#[test]
fn what_is_still_shown_though_it_was_taken_away_proves_nothing() {
    let gone = |step, letter, at| {
        let done = Done { step, group: group(letter), invitation: None, at: minutes(at) };
        Customer { done: vec![done], ..customer([grant(1, ended(OVER, -1, &[]))]) }
    };
    let there = || seen().inactive(1).member(1, 'a');
    for (case, customer, observed, expected) in [
        ("a place", gone(remove(1), 'a', -14), there(), "g1 keep (unproven) []"),
        ("a seat", gone(deactivate(1), 'a', -14), seen().user(1), "g1 keep (unproven) []"),
        (
            "an invitation",
            gone(cancel('a'), 'a', -14),
            seen().invited('a'),
            "g1 keep (unproven) []",
        ),
        ("a place that is gone", gone(remove(1), 'a', -14), seen(), "g1 prove (expired) []"),
        (
            "a place elsewhere",
            gone(remove(1), 'b', -14),
            seen().inactive(1).member(1, 'b'),
            "g1 prove (expired) []",
        ),
        ("for too long", gone(remove(1), 'a', -15), there(), "g1 end (expired) [removeMember 1]"),
    ] {
        let decided = printed_in_full(&plan(&Looked::new(customer, observed, now())));
        assert_eq!(decided.trim(), expected, "{case}");
    }
}

#[test]
fn who_is_or_may_be_frozen_is_reactivated_where_a_grant_needs_the_seat() {
    let there = || seen().user(1).member(1, 'a');
    let (asked, joined) = (requested(0), active(0));
    let wake = "g1 reactivate (live) [reactivate 1]";
    for (case, state, number, observed, expected) in [
        ("in the group", &asked, 1, there(), wake),
        ("in none", &asked, 1, seen().user(1), "g1 reactivate (live) [reactivate 1, addMember 1]"),
        ("another user", &asked, 2, there(), "g1 join (live) []"),
        ("in the group before", &joined, 1, there(), wake),
        (
            "not active at all",
            &joined,
            1,
            seen().inactive(1).member(1, 'a'),
            "g1 keep (unproven) []",
        ),
        ("another user, in the group before", &joined, 2, there(), "g1 keep (live) []"),
    ] {
        let one = || [user(number)].into();
        let start = || customer([grant(1, state.clone())]);
        let frozen = Customer { frozen: one(), ..start() };
        let may_be = Customer { may_be_frozen: one(), ..start() };
        for customer in [frozen, may_be] {
            let decided = printed_in_full(&plan(&Looked::new(customer, observed.clone(), now())));
            assert_eq!(decided.trim(), expected, "{case}");
        }
    }
}

#[test]
fn one_mail_goes_out_for_a_group_while_no_query_shows_it() {
    let step = Step::Invite;
    let sent = |at| Done {
        step: step.clone(),
        group: group('a'),
        invitation: Some(invitation('a')),
        at: minutes(at),
    };
    for (case, at, expected) in [
        ("a moment ago", -14, "g1 keep (live) []\ng2 invite (live) [invite]"),
        ("long ago", -15, "g1 invite (live) [invite]\ng2 invite (live) [invite]"),
    ] {
        let grants = [grant(1, requested(0)), grant(2, requested(0)).in_group('b')];
        let customer = Customer { done: vec![sent(at)], ..customer(grants) };
        let decided = printed_in_full(&plan(&Looked::new(customer, seen(), now())));
        assert_eq!(decided.trim(), expected, "{case}");
    }
}

#[test]
fn nobody_is_taken_for_removed_by_hand_while_something_may_take_effect_for_the_same_person() {
    let other = "ana@new.example";
    let observed = || seen().user(1).with_email(1, other).member(1, 'b');
    let decided = |until| {
        let first = looked([grant(1, active(-9))], observed());
        let mut second = looked([grant(2, active(-9)).in_group('b')], observed());
        second.customer.email = email(other);
        second.customer.users.clear();
        second.customer.unclear_until = until;
        let people = [first, second];
        printed_in_full(&decide(&Policy::default(), &people, &closed(&[]), Brake::Armed, now()))
    };
    assert_eq!(decided(None), "g1 end (removedByHand) []\ng2 keep (live) []\n");
    assert_eq!(decided(Some(minutes(1))), "g1 keep (unproven) []\ng2 keep (unproven) []\n");
}

#[test]
fn the_worst_standing_counts_also_for_those_who_share_a_user_only_by_way_of_a_third() {
    let person = |number: u8, users: &[u8]| {
        let address = |number| format!("p{number}@acme.example");
        let observed = seen().user(1).with_email(1, &address(8)).user(2).with_email(2, &address(9));
        let group = ['a', 'b', 'c'][usize::from(number) - 1];
        let mut it = looked([grant(number, requested(0)).in_group(group)], observed);
        it.customer.email = email(&address(number));
        it.customer.users = users.iter().map(|number| user(*number)).collect();
        it
    };
    for unclear in 0..3 {
        let mut people = [person(1, &[1]), person(2, &[1, 2]), person(3, &[2])];
        people[unclear].customer.unclear_until = Some(minutes(1));
        let plan = decide(&Policy::default(), &people, &closed(&[]), Brake::Armed, now());
        let expected = "g1 keep (unproven) []\ng2 keep (unproven) []\ng3 keep (unproven) []\n";
        assert_eq!(printed_in_full(&plan), expected, "unclear: {unclear}");
    }
}

#[test]
fn whom_we_froze_or_may_have_is_not_taken_for_removed_by_hand() {
    for state in [active(-9), active(0)] {
        let one = || [user(1)].into();
        let start = || customer([grant(1, state.clone())]);
        let is_frozen = Customer { frozen: one(), ..start() };
        let may_be = Customer { may_be_frozen: one(), ..start() };
        for customer in [is_frozen, may_be] {
            let looked = Looked::new(customer, seen().user(1).member(1, 'a'), now());
            assert_eq!(printed_in_full(&plan(&looked)), "g1 reactivate (live) [reactivate 1]\n");
        }
    }
}
