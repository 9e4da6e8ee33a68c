//! What is kept, accepted, carried out, and with which role.

use access::{Grant, InvitationStatus};

use super::assert_plans;
use crate::world::*;

#[test]
fn a_grant_that_is_in_force_is_kept() {
    assert_plans([
        ("joined", vec![grant(1, active(-9))], seen().user(1).member(1, 'a'), "g1 keep (live) []"),
        ("invited", vec![grant(1, invited(-9))], seen().invited('a'), "g1 keep (live) []"),
        (
            "invited again by hand after having joined",
            vec![grant(1, active(-9))],
            seen().user(1).invited('a'),
            "g1 keep (live) []",
        ),
    ]);
}

#[test]
fn an_invitation_is_accepted_lapses_or_proves_nothing() {
    let stale = || vec![grant(1, invited(-60))];
    assert_plans([
        (
            "accepted",
            vec![grant(1, invited(-9))],
            seen().user(1).member(1, 'a').invitation('a', InvitationStatus::Accepted),
            "g1 join (live) []",
        ),
        (
            "accepted under another address",
            vec![grant(1, invited(-9))],
            seen().user(2).with_email(2, "ana@home.example").member(2, 'a').accepted_as('a', 2),
            "g1 join (live) []",
        ),
        (
            "accepted by a manager",
            vec![grant(1, invited(-9)).manager()],
            seen().user(1).member(1, 'a'),
            "g1 join (live) [promote 1]",
        ),
        (
            "older than the policy allows",
            stale(),
            seen().invited('a'),
            "g1 end (neverJoined) [cancelInvitation a]",
        ),
        ("one day younger", vec![grant(1, invited(-59))], seen().invited('a'), "g1 keep (live) []"),
        (
            "accepted at the last moment",
            stale(),
            seen().user(1).member(1, 'a'),
            "g1 join (live) []",
        ),
        (
            "old, but the place may not have been read",
            stale(),
            seen().invited('a').partial(),
            "g1 keep (live) []",
        ),
        (
            "accepted by somebody who is gone since: nobody is in the group who may be the customer",
            vec![grant(1, invited(-9))],
            seen().invitation('a', InvitationStatus::Accepted).stranger(5, 'a', -11),
            "g1 end (removedByHand) []",
        ),
        (
            "a status that is not documented",
            vec![grant(1, invited(-9))],
            seen().invitation('a', InvitationStatus::Other),
            "g1 keep (live) []",
        ),
    ]);
}

#[test]
fn the_highest_role_of_the_live_grants_counts() {
    let two = |manager_expires| {
        vec![
            grant(1, active(-9)).manager().expires(manager_expires),
            grant(2, active(-9)).of_project("P-2"),
        ]
    };
    assert_plans([
        (
            "a manager who is a member",
            vec![grant(1, active(-9)).manager()],
            seen().user(1).member(1, 'a'),
            "g1 promote (live) [promote 1]",
        ),
        (
            "both live",
            two(9),
            seen().user(1).manager(1, 'a'),
            "g1 keep (live) [] | g2 keep (live) []",
        ),
        (
            "the manager's grant ends, the member's lives on",
            two(0),
            seen().user(1).manager(1, 'a'),
            "g1 end (expired) [] | g2 demote (live) [demote 1]",
        ),
    ]);
}

#[test]
fn what_was_promised_and_interrupted_is_carried_out() {
    assert_plans([
        ("nothing had left", vec![grant(1, requested(0))], seen(), "g1 invite (live) [invite]"),
        ("before it is due", vec![grant(1, requested(1))], seen(), "g1 invite (live) [invite]"),
        (
            "the mail had left",
            vec![grant(1, requested(0))],
            seen().invited('a'),
            "g1 keep (live) []",
        ),
        (
            "not all was read",
            vec![grant(1, requested(0))],
            seen().partial(),
            "g1 keep (notSeen) []",
        ),
        (
            "a customer of the org",
            vec![grant(1, requested(0)).manager()],
            seen().user(1),
            "g1 join (live) [addMember 1]",
        ),
        (
            "an inactive one",
            vec![grant(1, requested(0))],
            seen().inactive(1),
            "g1 reactivate (live) [reactivate 1, addMember 1]",
        ),
        (
            "of two users the one who is known",
            vec![grant(1, requested(0))],
            seen().inactive(1).user(2),
            "g1 reactivate (live) [reactivate 1, addMember 1]",
        ),
        (
            "of two who are not known the active one",
            vec![grant(1, requested(0))],
            seen().user(2).inactive(3),
            "g1 join (live) [addMember 2]",
        ),
        (
            "one mail for two projects",
            vec![grant(1, requested(0)), grant(2, requested(-1)).of_project("P-2")],
            seen(),
            "g1 invite (live) [invite] | g2 keep (live) []",
        ),
        (
            "a colleague has the address by now",
            vec![grant(1, requested(0))],
            seen().colleague(2),
            "g1 keep (protected) []",
        ),
        (
            "never carried out for as long as an invitation may stay open",
            vec![Grant { requested_at: days(-60), ..grant(1, requested(0)) }],
            seen(),
            "g1 end (neverJoined) []",
        ),
        (
            "who had joined before cannot be one who never joined",
            vec![Grant { requested_at: days(-60), ..grant(1, requested(0)) }.has_joined()],
            seen().user(1),
            "g1 join (live) [addMember 1]",
        ),
    ]);
}
