//! Who shares the customer's address, and what is sent to it, need not be Lanyard's.

use access::{Customer, EndReason, Grant, InvitationStatus, Looked, State};

use super::assert_plans;
use crate::world::*;

const SENT: InvitationStatus = InvitationStatus::Sent;

/// Minutes of a day.
const DAY: i64 = 24 * 60;

#[test]
fn what_somebody_sent_after_the_end_is_theirs() {
    let never = || grant(1, proven(EndReason::NeverJoined, -5, 0, &[]));
    let refused = || State::Refused { at: days(-1), code: "GROUP_FULL".to_owned() };
    let known = |grant: Grant| Grant { invitations: [invitation('z')].into(), ..grant };
    let (mine, theirs) = ("g1 end (neverJoined) [cancelInvitation z]", "g1 prove (neverJoined) []");
    assert_plans([
        ("days after it", vec![never()], seen().sent('z', 'a', -DAY, SENT), theirs),
        ("before it", vec![never()], seen().sent('z', 'a', -6 * DAY, SENT), mine),
        (
            "so soon that it may still be ours",
            vec![never()],
            seen().sent('z', 'a', -5 * DAY + 14, SENT),
            mine,
        ),
        (
            "a quarter of an hour after it",
            vec![never()],
            seen().sent('z', 'a', -5 * DAY + 15, SENT),
            theirs,
        ),
        ("the ledger knows it", vec![known(never())], seen().sent('z', 'a', -DAY, SENT), mine),
        (
            "another one was refused since",
            vec![never(), grant(2, refused())],
            seen().sent('z', 'a', -DAY, SENT),
            theirs,
        ),
        (
            "another grant of the group is being ended",
            vec![never(), grant(2, ending(EndReason::Expired, -1, &[]))],
            seen().sent('z', 'a', -DAY, SENT),
            "g1 prove (neverJoined) [] | g2 end (expired) [cancelInvitation z]",
        ),
    ]);
}

#[test]
fn who_has_the_address_in_the_group_came_by_an_invitation_that_was_used() {
    let over = || vec![grant(1, invited(-9)).expires(0)];
    let there = || seen().user(2).member(2, 'a');
    let taken = "g1 end (expired) [removeMember 2, deactivate 2]";
    assert_plans([
        (
            "it was accepted",
            over(),
            there().sent('a', 'a', -DAY, InvitationStatus::Accepted),
            taken,
        ),
        (
            "what became of it is not known",
            over(),
            there().sent('a', 'a', -DAY, InvitationStatus::Other),
            "g1 end (expired) [cancelInvitation a, removeMember 2, deactivate 2]",
        ),
        ("it has left no record", over(), there(), taken),
        (
            "it is still open",
            over(),
            there().sent('a', 'a', -DAY, SENT),
            "g1 end (expired) [cancelInvitation a]",
        ),
        (
            "it was cancelled",
            over(),
            there().sent('a', 'a', -DAY, InvitationStatus::Canceled),
            "g1 end (expired) []",
        ),
        (
            "one of two was accepted",
            over(),
            there().sent('a', 'a', -DAY, InvitationStatus::Canceled).sent(
                'b',
                'a',
                -DAY,
                InvitationStatus::Accepted,
            ),
            taken,
        ),
        (
            "one to another group was",
            over(),
            there().sent('a', 'a', -DAY, InvitationStatus::Canceled).sent(
                'b',
                'b',
                -DAY,
                InvitationStatus::Accepted,
            ),
            "g1 end (expired) []",
        ),
        (
            "one that somebody sent after the end was",
            vec![grant(1, proven(EndReason::NeverJoined, -5, 0, &[]))],
            there().sent('a', 'a', -6 * DAY, InvitationStatus::Canceled).sent(
                'b',
                'a',
                -DAY,
                InvitationStatus::Accepted,
            ),
            "g1 prove (neverJoined) []",
        ),
    ]);
}

#[test]
fn beside_who_joined_another_of_the_address_is_somebody_else() {
    let both =
        || seen().user(1).with_email(1, "ana@home.example").member(1, 'a').user(2).member(2, 'a');
    assert_plans([(
        "who joined is known",
        vec![grant(1, active(-9)).expires(0)],
        both(),
        "g1 end (expired) [removeMember 1, deactivate 1]",
    )]);
    let customer = Customer { users: [].into(), ..looked(vec![], seen()).customer };
    let forgotten = |grants: Vec<Grant>| {
        let grants = grants.into_iter().map(|it| (it.id.clone(), it)).collect();
        let customer = Customer { grants, ..customer.clone() };
        printed_in_full(&plan(&Looked::new(customer, seen().user(2).member(2, 'a'), now())))
    };
    assert_eq!(
        forgotten(vec![grant(1, active(-9)).expires(0)]).trim(),
        "g1 end (expired) [removeMember 2, deactivate 2]",
        "who joined is not known any more"
    );
    assert_eq!(
        forgotten(vec![grant(1, State::Refused { at: days(-1), code: "NO".to_owned() })]).trim(),
        "",
        "nothing came of it"
    );
}

#[test]
fn a_leftover_place_of_who_cannot_sign_in_is_taken_away_and_is_nobodys_gift() {
    let over = || vec![grant(1, proven(EndReason::Expired, -2, 0, &[])).has_joined()];
    assert_plans([
        (
            "inactive",
            over(),
            seen().inactive(1).member(1, 'a'),
            "g1 end (expired) [removeMember 1]",
        ),
        ("active", over(), seen().user(1).member(1, 'a'), "g1 keep (heldOutsideLanyard) []"),
    ]);
}

#[test]
fn no_seat_is_proven_over_while_another_ending_of_the_customer_is_undecided() {
    let undecided = || grant(1, ending(EndReason::Expired, -1, &[]));
    let other = |state| grant(2, state).in_group('b').has_joined();
    let observed = || seen().invitation('a', InvitationStatus::Accepted).loner(5, -8);
    let over = EndReason::Expired;
    assert_plans([
        (
            "both are over",
            vec![undecided(), other(ended(over, -1, &[]))],
            observed(),
            "g1 keep (undecided) [] | g2 keep (undecided) []",
        ),
        (
            "a third keeps the seat",
            vec![undecided(), other(ended(over, -1, &[])), grant(3, active(-9)).in_group('c')],
            observed().user(1).member(1, 'c'),
            "g1 keep (undecided) [] | g2 prove (heldByOtherGrant) [] | g3 keep (live) []",
        ),
    ]);
}

#[test]
fn of_several_who_have_the_address_the_customer_is_who_came_when_the_invitation_was_accepted() {
    let over = || vec![grant(1, invited(-9)).expires(0)];
    let two = |second: i64, third: i64| {
        let both = seen().user(2).came(2, 'a', second).user(3).came(3, 'a', third);
        both.sent('a', 'a', -DAY, InvitationStatus::Accepted)
    };
    assert_plans([
        (
            "the second came later",
            over(),
            two(-DAY, -DAY + 60),
            "g1 end (expired) [removeMember 2, deactivate 2]",
        ),
        (
            "the first came earlier",
            over(),
            two(-DAY - 60, -DAY - 1),
            "g1 end (expired) [removeMember 3, deactivate 3]",
        ),
        ("neither came then", over(), two(-DAY - 2, -DAY + 2), "g1 end (expired) []"),
        (
            "one of them is in another group",
            over(),
            seen().user(2).came(2, 'a', -DAY + 60).user(3).came(3, 'b', -DAY).sent(
                'a',
                'a',
                -DAY,
                InvitationStatus::Accepted,
            ),
            "g1 end (expired) [removeMember 2, deactivate 2]",
        ),
    ]);
    let undecided =
        plan(&looked(vec![grant(1, ending(EndReason::Expired, -1, &[]))], two(-DAY - 2, -DAY + 2)));
    assert_eq!(printed(&undecided), "g1 keep (undecided)\n");
}

#[test]
fn a_link_whose_row_is_gone_may_have_let_in_who_came_after_it_was_cancelled() {
    let sent = |grant: Grant| Grant { invitations: [invitation('a')].into(), ..grant };
    let ended = || vec![sent(grant(1, proven(EndReason::NeverJoined, -5, 0, &[cancel('a')])))];
    let late = "g1 end (joinedLate) [removeMember 2, deactivate 2]";
    let there = || seen().user(2);
    assert_plans([
        ("after it", ended(), there().came(2, 'a', -DAY), late),
        ("at that instant", ended(), there().came(2, 'a', -5 * DAY), late),
        ("when is not known", ended(), there().member(2, 'a'), late),
        ("before it", ended(), there().came(2, 'a', -5 * DAY - 1), "g1 prove (neverJoined) []"),
        (
            "after another group's",
            vec![ended().remove(0).in_group('b')],
            there().came(2, 'a', -DAY),
            "g1 prove (neverJoined) []",
        ),
        (
            "while it is being ended, and nobody can say whether it was cancelled",
            vec![sent(grant(1, ending(EndReason::Expired, -1, &[])))],
            there().came(2, 'a', -DAY),
            "g1 keep (undecided) []",
        ),
    ]);
}
