//! What an ending leaves alone: what others hold, who is protected, and what was not read.

use std::collections::BTreeSet;

use access::{Brake, EndReason, InvitationStatus, Looked, Policy, decide};

use super::assert_plans;
use crate::world::*;

#[test]
fn what_a_further_customer_holds_who_is_the_same_person_stays() {
    let cases = [
        ("the same group", 'a', 31, "g1 end (expired) []\ng2 keep (live) []\n"),
        ("another group", 'b', 31, "g1 end (expired) [removeMember 1]\ng2 keep (live) []\n"),
        (
            "both end in one run, and neither spares what the other leaves",
            'a',
            0,
            "g1 end (expired) [removeMember 1, deactivate 1]\n\
             g2 end (expired) [removeMember 1, deactivate 1]\n",
        ),
    ];
    for (what, letter, expires, expected) in cases {
        let people = one_person_under_two_addresses(letter, expires);
        let plan = decide(&Policy::default(), &people, &closed(&[]), Brake::Armed, now());
        assert_eq!(printed_in_full(&plan), expected, "{what}");
    }
}

/// Ana, whose grant for group `a` is over, and who has another address by now, under which she has another grant.
fn one_person_under_two_addresses(letter: char, expires: i64) -> [Looked; 2] {
    let other = "ana@new.example";
    let observed = || seen().user(1).with_email(1, other).member(1, 'a').member(1, letter);
    let first = looked([grant(1, active(-9)).expires(0)], observed());
    let mut second = looked([grant(2, active(-9)).in_group(letter).expires(expires)], observed());
    second.customer.email = email(other);
    second.customer.users.clear();
    [first, second]
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
            "g1 end (expired) []",
        ),
        ("a stock user", over(), seen().stock(1).member(1, 'a'), "g1 end (expired) []"),
        (
            "the colleague has a new user, and the customer's is still there",
            over(),
            seen().user(1).member(1, 'a').colleague(2).member(2, 'a'),
            "g1 end (expired) [removeMember 1, deactivate 1]",
        ),
        (
            "the customer's user became the colleague's, and somebody else has the address",
            over(),
            seen().colleague(1).member(1, 'a').user(2).member(2, 'a'),
            "g1 end (expired) []",
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
