//! What the plan says: a table of grants and sightings in, the printed plan out.

use std::collections::BTreeSet;

use crate::world::*;
use access::{
    Brake, Customer, EndReason, Grant, InvitationStatus, Looked, Observed, Plan, Policy, Reason,
    State, Step, Stuck, Verdict, decide,
};

/// Compares plans of single customers, written as (what is the case, grants, sighting, plan).
fn assert_plans<const N: usize>(cases: [(&str, Vec<Grant>, Observed, &str); N]) {
    for (case, grants, observed, expected) in cases {
        let text = printed_in_full(&plan(&looked(grants, observed)));
        assert_eq!(text.trim().replace('\n', " | "), expected, "{case}");
    }
}

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
            seen().user(2).with_email(2, "ana@home.example").member(2, 'a'),
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
            "accepted by somebody who is not visible",
            vec![grant(1, invited(-9))],
            seen().invitation('a', InvitationStatus::Accepted),
            "g1 keep (unproven) []",
        ),
        (
            "a status that is not documented",
            vec![grant(1, invited(-9))],
            seen().invitation('a', InvitationStatus::Other),
            "g1 keep (unproven) []",
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
    let newer = State::Ended {
        reason: EndReason::Expired,
        at: days(-2),
        steps: undo.to_vec(),
        settled: 6,
        proof: access::Proof::Proven { at: days(-2), rereads: 1 },
    };
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
        ("not all was read", young(active(-9)), seen().user(1).partial(), "g1 keep (unproven) []"),
        (
            "an ending that is not finished may have done it",
            by_us(ending(EndReason::Expired, -1, &undo)),
            seen().inactive(1).member(1, 'b'),
            "g1 end (expired) [] | g2 reactivate (live) [reactivate 1]",
        ),
        (
            "an ending that was recorded after the grant was last seen may have done it",
            by_us(newer),
            seen().inactive(1),
            "g2 reactivate (live) [reactivate 1, addMember 1]",
        ),
        (
            "a slower run may have repeated an ending that was just recorded",
            by_us(proven(EndReason::Expired, -1, 0, &undo)),
            seen().inactive(1).member(1, 'b'),
            "g1 prove (heldByOtherGrant) [] | g2 reactivate (live) [reactivate 1]",
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

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn what_was_promised_and_interrupted_is_carried_out() {
    let crossed = || grant(3, ending(EndReason::Expired, -1, &[cancel('a')]));
    assert_plans([
        ("still claimed", vec![grant(1, requested(1))], seen(), "g1 keep (live) []"),
        ("nothing had left", vec![grant(1, requested(0))], seen(), "g1 invite (live) [invite]"),
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
            "g1 keep (unproven) []",
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
            "one mail for two projects",
            vec![grant(1, requested(0)), grant(2, requested(-1)).of_project("P-2")],
            seen(),
            "g1 invite (live) [invite] | g2 keep (live) []",
        ),
        (
            "no mail while another may be on its way",
            vec![grant(1, requested(0)), grant(2, requested(1)).of_project("P-2")],
            seen(),
            "g1 keep (unproven) [] | g2 keep (live) []",
        ),
        (
            "our ending withdrew the invitation of a grant that it crossed",
            vec![grant(1, invited(-1)), crossed()],
            seen(),
            "g1 invite (live) [invite] | g3 end (expired) []",
        ),
        (
            "which may only be invisible yet",
            vec![grant(1, State::Invited { since: minutes(-1), invitation: None }), crossed()],
            seen(),
            "g1 keep (unproven) [] | g3 end (expired) []",
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
            "g1 keep (unproven) []",
        ),
        ("ended and gone", vec![grant(1, ended(reason, -1, &[]))], seen(), "g1 prove (expired) []"),
        (
            "ended and not all was read",
            vec![grant(1, ended(reason, -1, &[]))],
            seen().inactive(1).partial(),
            "g1 keep (unproven) []",
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
            "g1 keep (unproven) []",
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
                    settled: 5,
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

#[test]
fn more_endings_than_the_policy_allows_are_held_as_a_whole() {
    let world = many();
    let plan = decide(&up_to(2), &world, &closed(&[]), Brake::Armed, now());
    let text = printed(&plan).replace(&plan.digest, "…");
    // Grant 4 is live and grant 6 was decided before: the brake touches neither. The held grants 1 and 5 keep the
    // place and the seat of those beside them.
    insta::assert_snapshot!(text, @r"
    g1 keep (brake)
    g2 keep (brake)
    g3 keep (brake)
    g4 keep (live)
    g5 end (expired)
    g6 end (expired): removeMember, deactivate
    held 3, digest …
    ");
    assert_eq!(plan.held, plan.held_endings.len());
    let within = decide(&up_to(3), &world, &closed(&[]), Brake::Armed, now());
    assert_eq!((within.held, &within.digest), (0, &plan.digest), "the digest is that of the set");
    insta::assert_snapshot!(printed(&within), @r"
    g1 end (expired): removeMember, deactivate
    g2 end (expired): removeMember, deactivate
    g3 end (expired): removeMember, deactivate
    g4 keep (live)
    g5 end (expired): removeMember, deactivate
    g6 end (expired): removeMember, deactivate
    ");
}

#[test]
fn a_release_carries_out_exactly_the_set() {
    let world = many();
    let held = decide(&up_to(2), &world, &closed(&[]), Brake::Armed, now());
    let whole = held.held_endings.clone();
    let all = decide(&up_to(2), &world, &closed(&[]), Brake::Released(&whole), now());
    assert_eq!((all.held, &all.digest), (0, &held.digest));
    let mut fewer = whole;
    fewer.remove(&grant_id(1));
    fewer.insert(grant_id(2), Reason::ProjectClosed);
    let some = decide(&up_to(2), &world, &closed(&[]), Brake::Released(&fewer), now());
    let new_ends: Vec<_> = some.decisions.iter().filter(|(_, it)| it.is_new_end).collect();
    assert_eq!(new_ends.len(), 1, "only what was released for the same reason: {some}");
    assert_eq!(new_ends[0].0, &grant_id(3));
    assert_eq!(some.decisions[&grant_id(1)].reason, Reason::Brake);
    assert_eq!(some.decisions[&grant_id(2)].reason, Reason::Brake);
    assert_ne!(some.digest, held.digest);
}

#[test]
fn the_order_of_the_customers_leaves_no_trace() {
    let mut world = many();
    let plan = decide(&up_to(2), &world, &closed(&[]), Brake::Armed, now());
    world.reverse();
    assert_eq!(plan, decide(&up_to(2), &world, &closed(&[]), Brake::Armed, now()));
}

#[test]
fn a_plan_serialises_as_contracts_spell_it() {
    let plan = plan(&looked([grant(1, active(-9)).expires(0)], seen().user(1).member(1, 'a')));
    insta::assert_snapshot!(
        serde_json::to_string(&plan.decisions[&grant_id(1)]).unwrap(),
        @r#"{"decision":"end","reason":"expired","steps":["removeMember","deactivate"]}"#
    );
    assert_eq!(
        Plan::digest_of([(&grant_id(1), Reason::Expired)]),
        "c8ef4cda093aa46892896afdbc13e8a3dbe98e36993998ef26146f96b6caf429",
        "SHA-256 of the id, a space, the reason and a line feed"
    );
    assert!(plan.decisions.values().all(|it| it.verdict == Verdict::End));
}

/// Four customers: three new endings, a live grant, and two endings that were decided before.
fn many() -> Vec<Looked> {
    let person = |name: &str, grants: Vec<Grant>, observed: Observed| {
        let customer = Customer { email: email(name), ..customer(grants) };
        Looked { customer, observed }
    };
    let there = || seen().user(1).member(1, 'a');
    vec![
        person(
            "bo@acme.example",
            vec![
                grant(1, active(-9)).expires(0),
                grant(5, ending(EndReason::Expired, -1, &[remove(1)])).of_project("P-2"),
            ],
            there(),
        ),
        person("cy@acme.example", vec![grant(2, active(-9)).expires(0)], there()),
        person("di@acme.example", vec![grant(3, active(-9)).expires(-1)], there()),
        person("el@acme.example", vec![grant(4, active(-9))], there()),
        person(
            "fa@acme.example",
            vec![grant(6, ending(EndReason::Expired, -1, &[remove(1)]))],
            there(),
        ),
    ]
}
