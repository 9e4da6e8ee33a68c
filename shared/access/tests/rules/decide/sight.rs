//! Not seen is not gone: what a reading must show before anything follows from absence.

use access::{EndReason, Grant, InvitationStatus, Licence, Observed, Sight, Unseen};

use super::assert_plans;
use crate::world::*;

const ACCEPTED: InvitationStatus = InvitationStatus::Accepted;

#[test]
fn who_accepted_and_cannot_be_told_from_others_keeps_the_grant_undecided() {
    let over = || vec![grant(1, ending(EndReason::Expired, -1, &[]))];
    let accepted = || seen().invitation('a', ACCEPTED);
    assert_plans([
        (
            "somebody came to the group after the invitation, under an address that says nothing",
            over(),
            accepted().stranger(5, 'a', -8),
            "g1 keep (undecided) []",
        ),
        (
            "whether they came later is not known",
            over(),
            Observed { strangers: [timeless(5, 'a')].into(), ..accepted() },
            "g1 keep (undecided) []",
        ),
        (
            "they were there before the invitation",
            over(),
            accepted().stranger(5, 'a', -11),
            "g1 end (expired) []",
        ),
        (
            "they are in another group",
            over(),
            accepted().stranger(5, 'b', -8),
            "g1 end (expired) []",
        ),
        (
            "who has the address and is in no group need not be who accepted",
            over(),
            accepted().inactive(1).stranger(5, 'a', -8),
            "g1 keep (undecided) []",
        ),
        (
            "it is known who accepted, under another address",
            over(),
            accepted()
                .inactive(2)
                .with_email(2, "ana@home.example")
                .accepted_as('a', 2)
                .stranger(5, 'a', -8),
            "g1 end (expired) []",
        ),
    ]);
}

#[test]
fn what_else_leaves_a_grant_undecided_and_what_does_not() {
    let over = || vec![grant(1, ending(EndReason::Expired, -1, &[]))];
    let accepted = || seen().invitation('a', ACCEPTED);
    assert_plans([
        (
            "nobody accepted",
            over(),
            seen().invitation('a', InvitationStatus::Canceled).stranger(5, 'a', -8),
            "g1 end (expired) []",
        ),
        (
            "a proof that is due again is none either",
            vec![grant(1, proven(EndReason::Expired, -2, 0, &[]))],
            accepted().stranger(5, 'a', -8),
            "g1 keep (undecided) []",
        ),
        (
            "somebody has a seat since then and no group",
            over(),
            accepted().loner(5, -8),
            "g1 keep (undecided) []",
        ),
        (
            "the invitation has left no record",
            vec![Grant { invitations: [invitation('a')].into(), ..over().remove(0) }],
            seen().stranger(5, 'a', -8),
            "g1 keep (undecided) []",
        ),
        (
            "it has left none, and nobody has come since",
            vec![Grant { invitations: [invitation('a')].into(), ..over().remove(0) }],
            seen().stranger(5, 'a', -11),
            "g1 end (expired) []",
        ),
        (
            "a grant that lives is nobody's hand's doing",
            vec![grant(1, invited(-9))],
            accepted().stranger(5, 'a', -8),
            "g1 keep (undecided) []",
        ),
    ]);
}

#[test]
fn nothing_follows_from_absence_where_not_all_could_be_seen() {
    for unseen in [
        Unseen::NotRead,
        Unseen::UserHidden,
        Unseen::LicenceUnreadable,
        Unseen::SeatsUnreadable,
        Unseen::SeatsDiffer,
    ] {
        let blurred = |observed: Observed| Observed { sight: Sight::but([unseen]), ..observed };
        assert_plans([
            (
                "not proven",
                vec![grant(1, ended(EndReason::Expired, -1, &[]))],
                blurred(seen()),
                "g1 keep (notSeen) []",
            ),
            (
                "not proven again",
                vec![grant(1, proven(EndReason::Expired, -1, 0, &[]))],
                blurred(seen()),
                "g1 keep (notSeen) []",
            ),
            (
                "nobody's hand",
                vec![grant(1, active(-9))],
                blurred(seen().user(1)),
                "g1 keep (notSeen) []",
            ),
            (
                "not said never to have joined",
                vec![grant(1, invited(-61))],
                blurred(seen()),
                "g1 keep (notSeen) []",
            ),
            (
                "yet what is seen is taken away",
                vec![grant(1, active(-9)).expires(0)],
                blurred(seen().user(1).member(1, 'a').member(1, 'z')),
                "g1 end (expired) [removeMember 1]",
            ),
        ]);
    }
}

#[test]
fn a_seat_is_judged_by_all_that_its_user_is_in_whatever_others_there_may_be() {
    let over = || vec![grant(1, active(-9)).expires(0)];
    let there = || seen().user(1).member(1, 'a');
    assert_plans([
        (
            "the org counts other seats",
            over(),
            there().miscounted(),
            "g1 end (expired) [removeMember 1, deactivate 1]",
        ),
        ("not all was read", over(), there().partial(), "g1 end (expired) [removeMember 1]"),
    ]);
}

#[test]
fn who_shares_the_address_and_came_by_no_invitation_of_ours_is_not_touched() {
    let over = || vec![grant(1, active(-9)).expires(0)];
    assert_plans([
        (
            "a second user with the address, in no group of ours",
            over(),
            seen().user(1).member(1, 'a').user(2).member(2, 'z'),
            "g1 end (expired) [removeMember 1, deactivate 1]",
        ),
        (
            "a second user with the address, put into our group by a hand",
            over(),
            seen().user(1).member(1, 'a').user(2).member(2, 'a'),
            "g1 end (expired) [removeMember 1, deactivate 1]",
        ),
        (
            "the only user with the address, while our invitation is still open",
            vec![grant(1, invited(-9)).expires(0)],
            seen().user(2).invited('a'),
            "g1 end (expired) [cancelInvitation a]",
        ),
        (
            "the only user with the address, and our invitation was accepted",
            vec![grant(1, invited(-9)).expires(0)],
            seen().user(2).invitation('a', ACCEPTED),
            "g1 end (expired) [deactivate 2]",
        ),
    ]);
}

#[test]
fn whoever_cannot_be_said_to_be_a_customer_is_neither_a_colleague_nor_touched() {
    let mut observed = seen().user(1).member(1, 'a');
    observed.sight = Sight::but([Unseen::LicenceUnreadable]);
    observed.users.get_mut(&user(1)).expect("a user").licence = Licence::Unreadable;
    assert_plans([(
        "an ending that began goes on and is told",
        vec![grant(1, ending(EndReason::Expired, -1, &[remove(1)]))],
        observed,
        "g1 keep (notSeen) []",
    )]);
}

#[test]
fn an_invitation_with_a_status_that_nobody_documented_is_open_until_it_is_cancelled() {
    let other = || seen().invitation('a', InvitationStatus::Other);
    assert_plans([
        ("live", vec![grant(1, invited(-9))], other(), "g1 keep (live) []"),
        (
            "over",
            vec![grant(1, invited(-9)).expires(0)],
            other(),
            "g1 end (expired) [cancelInvitation a]",
        ),
    ]);
}
