//! What an ending leaves alone: what others hold, who is protected, and what was not read.

use std::collections::BTreeSet;

use access::{Brake, EndReason, InvitationStatus, Policy, decide};

use super::assert_plans;
use crate::world::*;

#[test]
fn what_a_further_customer_holds_who_is_the_same_person_stays() {
    let over = || vec![grant(1, active(-9)).expires(0)];
    let with = |letter| {
        let mut observed = seen().user(1).member(1, 'a');
        observed.shared.insert((user(1), group(letter)));
        observed
    };
    assert_plans([
        ("the same group", over(), with('a'), "g1 end (expired) []"),
        ("another group", over(), with('b'), "g1 end (expired) [removeMember 1]"),
    ]);
}

#[test]
fn hand_made_places_and_invitations_elsewhere_keep_the_seat() {
    let over = || vec![grant(1, active(-9)).expires(0)];
    assert_plans([
        (
            "a membership by hand",
            over(),
            seen().user(1).member(1, 'a').member(1, 'z'),
            "g1 end (expired) [removeMember 1]",
        ),
        (
            "an invitation by hand",
            over(),
            seen().user(1).member(1, 'a').invited('z'),
            "g1 end (expired) [removeMember 1]",
        ),
        (
            "a cancelled one holds nothing",
            over(),
            seen().user(1).member(1, 'a').invitation('z', InvitationStatus::Canceled),
            "g1 end (expired) [removeMember 1, deactivate 1]",
        ),
        (
            "a group that was given back by hand after a proven end is theirs",
            vec![
                grant(1, active(-9)).expires(0),
                grant(2, proven(EndReason::Expired, -5, 1, &[])).in_group('b').has_joined(),
            ],
            seen().user(1).member(1, 'a').member(1, 'b'),
            "g1 end (expired) [removeMember 1] | g2 keep (heldOutsideLanyard) []",
        ),
    ]);
}

#[test]
fn protected_addresses_colleagues_and_stock_users_are_never_touched() {
    let protecting =
        Policy { protected: BTreeSet::from(["@acme.example".to_owned()]), ..Policy::default() };
    let over = looked([grant(1, active(-9)).expires(0)], seen().user(1).member(1, 'a'));
    let one = std::slice::from_ref(&over);
    let text = printed(&decide(&protecting, one, &closed(&[]), Brake::Armed, now()));
    assert_eq!(text, "g1 keep (protected)\n");
    let over = || vec![grant(1, active(-9)).expires(0)];
    assert_plans([
        (
            "the customer has become a colleague",
            over(),
            seen().colleague(1).member(1, 'a'),
            "g1 keep (protected) []",
        ),
        ("a stock user", over(), seen().stock(1).member(1, 'a'), "g1 keep (protected) []"),
        (
            "the colleague has a new user, and the customer's is still there",
            over(),
            seen().user(1).member(1, 'a').colleague(2).member(2, 'a'),
            "g1 end (expired) [removeMember 1, deactivate 1]",
        ),
        (
            "the customer's user became the colleague's, and another one is the customer",
            over(),
            seen().colleague(1).member(1, 'a').user(2).member(2, 'a'),
            "g1 end (expired) [removeMember 2, deactivate 2]",
        ),
    ]);
}

#[test]
fn a_partial_reading_takes_away_what_it_shows_and_no_seat() {
    assert_plans([(
        "expired",
        vec![grant(1, active(-9)).expires(0)],
        seen().user(1).member(1, 'a').partial(),
        "g1 end (expired) [removeMember 1]",
    )]);
}
