//! Customers, grants and sightings, drawn at random.

use std::collections::BTreeSet;

use access::{
    EndReason, Grant, InvitationStatus, Licence, Looked, Observed, ProjectId, Proof, Role, Sight,
    State, Unseen, User,
};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::world::*;

/// The groups that grants are for.
pub(crate) const GROUPS: [char; 3] = ['a', 'b', 'c'];
/// Nobody has a grant for it.
pub(crate) const FOREIGN: char = 'z';

pub(crate) fn any_looked() -> impl Strategy<Value = Looked> {
    let numbers = vec![1_u8, 2, 3];
    let grants = prop::collection::vec(any_grant(), 1..=5);
    let known = subsequence(numbers.clone(), 0..=2);
    let frozen = prop_oneof![4 => Just(Vec::new()), 1 => subsequence(numbers, 1)];
    (grants, known, frozen, any_observed()).prop_map(|(grants, known, frozen, observed)| {
        let numbered = (1..).zip(grants).map(|(number, it)| Grant { id: grant_id(number), ..it });
        let mut looked = looked(numbered, observed);
        looked.customer.users = known.into_iter().map(user).collect();
        looked.customer.frozen = frozen.into_iter().map(user).collect();
        looked
    })
}

fn any_grant() -> impl Strategy<Value = Grant> {
    let expires = select(vec![-1_i64, 0, 5, 31]);
    let project = select(vec!["P-1", "P-2", "P-3"]);
    let retry = prop::option::weighted(0.2, select(vec![-1_i64, 2]));
    (any_state(), select(GROUPS.to_vec()), project, any::<(bool, bool)>(), expires, retry).prop_map(
        |(state, letter, project, (is_manager, joined), expires, retry)| {
            let it = grant(1, state).in_group(letter).of_project(project).expires(expires);
            let it = if is_manager { it.manager() } else { it };
            let it = if joined { it.has_joined() } else { it };
            Grant { retry_at: retry.map(days), ..it }
        },
    )
}

fn any_state() -> impl Strategy<Value = State> {
    let reasons = vec![
        EndReason::Expired,
        EndReason::ProjectClosed,
        EndReason::NeverJoined,
        EndReason::RemovedByHand,
        EndReason::JoinedLate,
    ];
    let reason = select(reasons);
    let steps = || subsequence(vec![remove(1), deactivate(1), cancel('a')], 0..=3);
    let open = prop_oneof![
        select(vec![-20_i64, 0, 5]).prop_map(requested),
        select(vec![-61_i64, -9, -1, 0]).prop_map(invited),
        select(vec![-9_i64, -1, 0]).prop_map(active),
    ];
    let proofs = prop_oneof![
        Just(Proof::Unproven),
        (select(vec![-31_i64, -8, -2, -1, 0]), 0..3_usize).prop_map(|(at, rereads)| {
            let rereads = if at == 0 { 0 } else { rereads };
            Proof::Proven { at: days(at), rereads }
        }),
        Just(Proof::Drifted { at: days(-1) }),
    ];
    let over = (reason.clone(), select(vec![-40_i64, -3, 0]), steps(), 3..6_u64, proofs).prop_map(
        |(reason, at, steps, version, proof)| {
            // Nothing is proven before it has ended.
            let at = if let Proof::Proven { at, .. } = proof { at } else { days(at) };
            State::Ended { reason, at, steps, version, proof }
        },
    );
    prop_oneof![
        4 => open,
        1 => (reason, select(vec![-3_i64, 0]), steps()).prop_map(|(reason, since, steps)| ending(reason, since, &steps)),
        2 => over,
        1 => Just(State::Refused { at: days(-1), code: "NO".to_owned() }),
    ]
}

fn any_observed() -> impl Strategy<Value = Observed> {
    let user_kind = prop_oneof![
        3 => Just(None),
        3 => Just(Some((true, false, true))),
        2 => Just(Some((true, false, false))),
        1 => Just(Some((false, false, true))),
        1 => Just(Some((true, true, true))),
    ];
    let users = prop::collection::vec(user_kind, 3);
    let place = (1..4_u8, select(vec!['a', 'b', 'c', FOREIGN]));
    let places = prop::collection::btree_map(place, any::<bool>(), 0..4);
    let status = select(vec![
        InvitationStatus::Sent,
        InvitationStatus::Sent,
        InvitationStatus::Accepted,
        InvitationStatus::Canceled,
        InvitationStatus::Other,
    ]);
    let invitations =
        prop::collection::btree_map(select(vec!['a', 'b', 'c', FOREIGN]), status, 0..3);
    let sight = prop_oneof![
        8 => Just(Sight::full()),
        1 => Just(Sight::default()),
        1 => Just(Sight::but([Unseen::SeatsDiffer])),
    ];
    let strangers = prop::collection::btree_map(4..6_u8, select(vec!['a', 'b', 'c']), 0..2);
    (users, places, invitations, sight, strangers).prop_map(
        |(users, places, invitations, sight, strangers)| {
            let mut observed = Observed { sight, ..seen() };
            for (number, letter) in strangers {
                observed = observed.stranger(number, letter, -8);
            }
            for (number, kind) in (1..).zip(users) {
                let Some((is_customer, is_stock, is_active)) = kind else { continue };
                let licence = if is_customer { Licence::Customer } else { Licence::Other };
                let it = User { email: Some(ana()), licence, is_stock, is_active };
                observed.users.insert(user(number), it);
            }
            for ((number, letter), is_manager) in places {
                if observed.users.contains_key(&user(number)) {
                    let role = if is_manager { Role::Manager } else { Role::Member };
                    observed.members.insert(access::Member {
                        group: group(letter),
                        user: user(number),
                        role,
                    });
                }
            }
            for (letter, status) in invitations {
                observed = observed.invitation(letter, status);
            }
            observed
        },
    )
}

pub(crate) fn any_closed() -> impl Strategy<Value = BTreeSet<ProjectId>> {
    subsequence(vec!["P-1", "P-2", "P-3"], 0..=2).prop_map(|it| closed(&it))
}
