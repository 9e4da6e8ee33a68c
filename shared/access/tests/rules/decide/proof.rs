//! What becomes of an ending: it is retried, proven and read again.

use std::collections::BTreeSet;

use access::{EndReason, Grant, State, Step, Stuck};

use super::assert_plans;
use crate::world::*;

#[test]
fn an_unfinished_ending_is_retried_and_a_finished_one_proven() {
    let reason = EndReason::Expired;
    let stuck = |steps: &[Step]| State::Ending {
        reason,
        since: days(-3),
        steps: steps.to_vec(),
        stuck: Some(Stuck {
            since: days(-3),
            step: "deactivate".to_owned(),
            code: "DEPENDENCY_EXISTS".to_owned(),
            message: String::new(),
            frozen: true,
            candidates: BTreeSet::new(),
        }),
    };
    assert_plans([
        (
            "stuck",
            vec![grant(1, stuck(&[deactivate(1)]))],
            seen().user(1),
            "g1 end (expired) [deactivate 1]",
        ),
        (
            "stuck, and now done by hand",
            vec![grant(1, stuck(&[deactivate(1)]))],
            seen().inactive(1),
            "g1 end (expired) []",
        ),
        (
            "interrupted",
            vec![grant(1, ending(reason, -1, &[remove(1), deactivate(1)]))],
            seen().user(1).member(1, 'a'),
            "g1 end (expired) [removeMember 1, deactivate 1]",
        ),
        (
            "interrupted, and not all was read",
            vec![grant(1, ending(reason, -1, &[remove(1)]))],
            seen().partial(),
            "g1 keep (notSeen) []",
        ),
        ("ended and gone", vec![grant(1, ended(reason, -1, &[]))], seen(), "g1 prove (expired) []"),
        (
            "ended and not all was read",
            vec![grant(1, ended(reason, -1, &[]))],
            seen().inactive(1).partial(),
            "g1 keep (notSeen) []",
        ),
        (
            "ended and still visible",
            vec![grant(1, ended(reason, -1, &[remove(1)]))],
            seen().inactive(1).member(1, 'a'),
            "g1 end (expired) [removeMember 1]",
        ),
        (
            "ended, and the seat is held by another grant",
            vec![grant(1, ended(reason, -1, &[])), grant(2, active(-9)).in_group('b')],
            seen().user(1).member(1, 'b'),
            "g1 prove (heldByOtherGrant) [] | g2 keep (live) []",
        ),
        (
            "ended, and the seat is held by hand",
            vec![grant(1, ended(reason, -1, &[]))],
            seen().user(1).member(1, 'z'),
            "g1 prove (heldOutsideLanyard) []",
        ),
    ]);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn what_is_proven_is_read_again_and_what_is_found_is_judged() {
    let reason = EndReason::Expired;
    let joined = |state| grant(1, state).has_joined();
    assert_plans([
        ("not due", vec![grant(1, proven(reason, -6, 1, &[]))], seen(), ""),
        ("due", vec![grant(1, proven(reason, -7, 1, &[]))], seen(), "g1 prove (expired) []"),
        (
            "due, but not all was read",
            vec![grant(1, proven(reason, -7, 1, &[]))],
            seen().partial(),
            "g1 keep (notSeen) []",
        ),
        (
            "never joined, and accepted late",
            vec![grant(1, proven(reason, -1, 0, &[]))],
            seen().user(1).member(1, 'a'),
            "g1 end (joinedLate) [removeMember 1, deactivate 1]",
        ),
        (
            "never joined, and the invitation is open again",
            vec![grant(1, proven(reason, -1, 0, &[]))],
            seen().invited('a'),
            "g1 end (expired) [cancelInvitation a]",
        ),
        (
            "joined, and given back by hand",
            vec![joined(proven(reason, -1, 0, &[]))],
            seen().user(1).member(1, 'a'),
            "g1 keep (heldOutsideLanyard) []",
        ),
        (
            "joined, and reactivated by hand",
            vec![joined(proven(reason, -1, 0, &[]))],
            seen().user(1),
            "g1 keep (heldOutsideLanyard) []",
        ),
        (
            "proven a moment ago by a read that was too early",
            vec![Grant {
                state: State::Ended {
                    reason,
                    at: minutes(-5),
                    steps: vec![remove(1)],
                    version: 5,
                    proof: access::Proof::Proven { at: minutes(-5), rereads: 0 },
                },
                ..joined(active(-9))
            }],
            seen().inactive(1).member(1, 'a'),
            "g1 end (expired) [removeMember 1]",
        ),
        (
            "the grant never joined, but the customer did by another",
            vec![
                grant(1, proven(reason, -3, 1, &[])),
                grant(2, proven(reason, -2, 1, &[])).has_joined(),
            ],
            seen().user(1).member(1, 'a'),
            "g1 keep (heldOutsideLanyard) [] | g2 keep (heldOutsideLanyard) []",
        ),
        (
            "joined in another group alone: its user was reactivated by hand",
            vec![
                grant(1, proven(reason, -3, 1, &[])),
                grant(2, proven(reason, -2, 1, &[])).has_joined().in_group('b'),
            ],
            seen().user(1),
            "g1 keep (heldOutsideLanyard) [] | g2 keep (heldOutsideLanyard) []",
        ),
        (
            "joined in another group alone, and accepted late in this one",
            vec![
                grant(1, proven(reason, -3, 1, &[])),
                grant(2, proven(reason, -2, 1, &[])).has_joined().in_group('b'),
            ],
            seen().user(1).member(1, 'a'),
            "g1 end (joinedLate) [removeMember 1, deactivate 1] | g2 keep (heldOutsideLanyard) []",
        ),
        (
            "never joined, and a user without a place: accepted late",
            vec![grant(1, proven(reason, -1, 0, &[]))],
            seen().user(1),
            "g1 end (joinedLate) [deactivate 1]",
        ),
        (
            "a newer grant of the group is being ended: the old one says nothing",
            vec![
                joined(proven(reason, -3, 1, &[])),
                grant(2, active(-2)).of_project("P-2").expires(0),
            ],
            seen().user(1).member(1, 'a'),
            "g2 end (expired) [removeMember 1, deactivate 1]",
        ),
        (
            "a newer grant of another group is being ended: the seat is its matter",
            vec![joined(proven(reason, -3, 1, &[])), grant(2, active(-2)).in_group('b').expires(0)],
            seen().user(1).member(1, 'b'),
            "g2 end (expired) [removeMember 1, deactivate 1]",
        ),
    ]);
}
