//! A request for one address of somebody who is known under another as well.

use access::{Customer, Grant, Looked, Policy, Withdrawn, admit};

use super::{admitted, printed_admission};
use crate::world::*;

const OTHER: &str = "ana@new.example";

/// The same person under another address, with a grant that has joined as this user.
fn beside(number: u8, grant: Grant) -> Customer {
    Customer { email: email(OTHER), users: [user(number)].into(), ..customer([grant]) }
}

#[test]
fn a_higher_role_that_another_address_holds_stays_and_is_given() {
    let manager = || grant(1, active(-9)).manager();
    let at = now();
    let withdrawn = Some(Withdrawn { at, by: None, reason: None });
    for (case, other, expected) in [
        ("a live grant", beside(1, manager()), "added:"),
        ("a lower one beside it", beside(1, grant(1, active(-9))), "added: demote 1"),
        ("one that is asked for", beside(1, grant(1, requested(0)).manager()), "added:"),
        ("one that is over", beside(1, manager().expires(0)), "adopted: demote 1"),
        ("one that is withdrawn", beside(1, Grant { withdrawn, ..manager() }), "adopted: demote 1"),
        (
            "one that has ended",
            beside(1, Grant { state: ended(access::EndReason::Expired, -1, &[]), ..manager() }),
            "adopted: demote 1",
        ),
        ("one for another group", beside(1, manager().in_group('b')), "adopted: demote 1"),
        ("one of another user", beside(2, manager()), "adopted: demote 1"),
    ] {
        let start = looked([], seen().user(1).manager(1, 'a')).beside(&other);
        let admission = admit(&Policy::default(), &start, &ask(), None, &lease(), ACTOR, now());
        assert_eq!(printed_admission(&admission), expected, "{case}");
    }
    let mut two = beside(1, manager());
    two.grants.insert(grant_id(2), grant(2, active(-9)).of_project("P-2"));
    let start = looked([], seen().user(1).member(1, 'a')).beside(&two);
    let admission = admitted(&start, &ask());
    assert_eq!(admission.steps().len(), 1, "the highest of theirs is given");
    assert_eq!(admission.role_in_group, access::Role::Manager);
    assert_eq!(admission.decision.role, Some(access::Role::Manager));
}

#[test]
fn the_other_addresses_are_recorded_with_the_user() {
    let mut observed = seen().user(1).member(1, 'a');
    observed.aliases.insert(email(OTHER));
    let start =
        Looked { customer: Customer { users: [].into(), ..customer([]) }, ..looked([], observed) };
    let customer = admitted(&start, &ask()).customer;
    assert_eq!((customer.users, customer.aliases), ([user(1)].into(), [email(OTHER)].into()));
}
