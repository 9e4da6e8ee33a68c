//! What is ended, because it is over or because somebody took it away by hand.

use access::{EndReason, InvitationStatus, State};

use super::assert_plans;
use crate::world::*;

#[test]
fn what_is_over_is_ended_memberships_first_and_the_seat_with_the_last_grant() {
    let observed = || seen().user(1).member(1, 'a').member(1, 'b').invited('c');
    assert_plans([
        (
            "the only grant",
            vec![grant(1, active(-9)).expires(0)],
            seen().user(1).member(1, 'a'),
            "g1 end (expired) [removeMember 1, deactivate 1]",
        ),
        (
            "one of three",
            vec![
                grant(1, active(-9)).expires(0),
                grant(2, active(-9)).in_group('b'),
                grant(3, invited(-9)).in_group('c'),
            ],
            observed(),
            "g1 end (expired) [removeMember 1] | g2 keep (live) [] | g3 keep (live) []",
        ),
        (
            "an open invitation of ours holds the seat",
            vec![grant(1, active(-9)).expires(-1), grant(3, invited(-9)).in_group('c')],
            seen().user(1).member(1, 'a').invited('c'),
            "g1 end (expired) [removeMember 1] | g3 keep (live) []",
        ),
        (
            "a renewed membership outlives the grant that it renews",
            vec![grant(1, active(-9)).expires(0), grant(2, active(-9)).of_project("P-2")],
            seen().user(1).member(1, 'a'),
            "g1 end (expired) [] | g2 keep (live) []",
        ),
        (
            "both grants of one membership at once",
            vec![
                grant(1, active(-9)).expires(0),
                grant(2, active(-9)).of_project("P-2").expires(-1),
            ],
            seen().user(1).member(1, 'a'),
            "g1 end (expired) [removeMember 1, deactivate 1] | g2 end (expired) [removeMember 1, deactivate 1]",
        ),
        (
            "an invitation that nobody accepted",
            vec![grant(1, invited(-9)).expires(0)],
            seen().invited('a'),
            "g1 end (expired) [cancelInvitation a]",
        ),
        (
            "the membership that an inactive user still has would come back with the user",
            vec![grant(1, active(-9)).expires(0)],
            seen().inactive(1).member(1, 'a'),
            "g1 end (expired) [removeMember 1]",
        ),
        (
            "accepted under another address: the invitation, the place and the seat go",
            vec![grant(1, active(-9)).expires(0)],
            seen().user(1).with_email(1, "ana@home.example").member(1, 'a').invited('a'),
            "g1 end (expired) [cancelInvitation a, removeMember 1, deactivate 1]",
        ),
    ]);
}

#[test]
fn a_closed_project_ends_its_grants_and_no_others() {
    let grants = [
        grant(1, active(-9)).expires(-1),
        grant(2, invited(-9)).in_group('b'),
        grant(3, requested(5)).in_group('c'),
        grant(4, active(-9)).in_group('d').of_project("P-2"),
    ];
    let observed = seen().user(1).member(1, 'a').invited('b').member(1, 'd');
    insta::assert_snapshot!(printed(&plan_closing(&looked(grants, observed), &["P-1"])), @r"
    g1 end (projectClosed): removeMember
    g2 end (projectClosed): cancelInvitation
    g3 end (projectClosed)
    g4 keep (live)
    ");
}

#[test]
fn what_was_taken_away_by_hand_is_not_given_back() {
    assert_plans([
        (
            "removed from the group",
            vec![grant(1, active(-9))],
            seen().user(1),
            "g1 end (removedByHand) [deactivate 1]",
        ),
        (
            "removed, and in another group of ours",
            vec![grant(1, active(-9)), grant(2, active(-9)).in_group('b')],
            seen().user(1).member(1, 'b'),
            "g1 end (removedByHand) [] | g2 keep (live) []",
        ),
        (
            "deactivated",
            vec![grant(1, active(-9))],
            seen().inactive(1).member(1, 'a'),
            "g1 end (removedByHand) [removeMember 1]",
        ),
        (
            "the invitation withdrawn",
            vec![grant(1, invited(-9))],
            seen().invitation('a', InvitationStatus::Canceled),
            "g1 end (removedByHand) []",
        ),
        (
            "the invitation's row gone",
            vec![grant(1, invited(-9))],
            seen(),
            "g1 end (removedByHand) []",
        ),
        (
            "the invitation's row gone, and one elsewhere with a status that is not documented",
            vec![grant(1, invited(-9))],
            seen().invitation('b', InvitationStatus::Other),
            "g1 end (removedByHand) []",
        ),
        (
            "joined, and the user is gone with the invitation still as it was accepted",
            vec![grant(1, active(-9))],
            seen().invitation('a', InvitationStatus::Accepted),
            "g1 end (removedByHand) []",
        ),
        (
            "accepted, then removed",
            vec![grant(1, invited(-9))],
            seen().user(1).invitation('a', InvitationStatus::Accepted),
            "g1 end (removedByHand) [deactivate 1]",
        ),
    ]);
}

#[test]
fn absence_that_may_be_ours_or_may_be_unread_is_nobodys_hand() {
    let young = |state| vec![grant(1, state)];
    let undo = [remove(1), deactivate(1)];
    let by_us = |state| vec![grant(1, state), grant(2, active(-9)).in_group('b')];
    assert_plans([
        (
            "joined a moment ago",
            young(State::Active { since: minutes(-14) }),
            seen().user(1),
            "g1 keep (unproven) []",
        ),
        (
            "invited a moment ago",
            young(State::Invited { since: minutes(-14), invitation: None }),
            seen(),
            "g1 keep (unproven) []",
        ),
        (
            "joined a quarter of an hour ago",
            young(State::Active { since: minutes(-15) }),
            seen().user(1),
            "g1 end (removedByHand) [deactivate 1]",
        ),
        ("not all was read", young(active(-9)), seen().user(1).partial(), "g1 keep (notSeen) []"),
        (
            "what an ending did is known by now, so it is somebody's hand beside it",
            by_us(ending(EndReason::Expired, -1, &undo)),
            seen().inactive(1).member(1, 'b'),
            "g1 end (expired) [] | g2 end (removedByHand) [removeMember 1]",
        ),
        (
            "an ending that was re-read since did not",
            by_us(proven(EndReason::Expired, -2, 1, &undo)),
            seen().inactive(1).member(1, 'b'),
            "g2 end (removedByHand) [removeMember 1]",
        ),
        (
            "an ending in another group that touched no seat did not",
            by_us(ending(EndReason::Expired, -1, &[remove(1)])),
            seen().inactive(1).member(1, 'b'),
            "g1 end (expired) [] | g2 end (removedByHand) [removeMember 1]",
        ),
    ]);
}
