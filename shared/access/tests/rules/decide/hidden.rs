//! Of what is not shown, and not known to be deleted, nothing is concluded.

use access::{Customer, EndReason, Grant, Invitation, InvitationStatus, Looked};

use super::assert_plans;
use crate::world::*;

const OVER: EndReason = EndReason::Expired;

/// A grant for which the invitation to its group was sent.
fn sent(grant: Grant) -> Grant {
    Grant { invitations: [invitation('a')].into(), ..grant }
}

#[test]
fn who_is_not_seen_in_a_group_that_is_not_shown_is_neither_removed_nor_proven_gone() {
    let other = || grant(2, active(-9)).in_group('b').of_project("P-2");
    let in_other = || seen().user(1).member(1, 'b');
    assert_plans([
        (
            "a grant that lives",
            vec![grant(1, active(-9))],
            seen().user(1).hidden_group('a'),
            "g1 keep (notSeen) []",
        ),
        (
            "an ending beside a grant that keeps the seat",
            vec![grant(1, ending(OVER, -1, &[])), other()],
            in_other().hidden_group('a'),
            "g1 keep (notSeen) [] | g2 keep (live) []",
        ),
        (
            "an ending that was done",
            vec![grant(1, ended(OVER, -1, &[remove(1)])).has_joined(), other()],
            in_other().hidden_group('a'),
            "g1 keep (notSeen) [] | g2 keep (live) []",
        ),
        (
            "a proof that is due again",
            vec![grant(1, proven(OVER, -2, 0, &[])).has_joined(), other()],
            in_other().hidden_group('a'),
            "g1 keep (notSeen) [] | g2 keep (live) []",
        ),
        (
            "another group is not shown",
            vec![grant(1, ending(OVER, -1, &[])).has_joined(), other()],
            in_other().hidden_group('c'),
            "g1 end (expired) [] | g2 keep (live) []",
        ),
        (
            "who may have joined is not said never to have",
            vec![sent(grant(1, invited(-61)))],
            seen().user(1).hidden_group('a'),
            "g1 keep (notSeen) []",
        ),
    ]);
}

#[test]
fn who_cannot_sign_in_or_was_never_there_has_no_access_whatever_is_not_shown() {
    assert_plans([
        (
            "inactive",
            vec![grant(1, ended(OVER, -1, &[])).has_joined()],
            seen().inactive(1).hidden_group('a'),
            "g1 prove (expired) []",
        ),
        (
            "active, in another group",
            vec![grant(1, ended(OVER, -1, &[])).has_joined()],
            seen().user(1).member(1, 'z').hidden_group('a'),
            "g1 keep (notSeen) []",
        ),
        (
            "inactive, and another user is active",
            vec![grant(1, ended(OVER, -1, &[])).has_joined()],
            seen().inactive(1).user(2).member(2, 'z').hidden_group('a'),
            "g1 keep (notSeen) []",
        ),
        (
            "nobody is known, and an invitation was sent",
            vec![sent(grant(1, ended(OVER, -1, &[cancel('a')])))],
            seen().hidden_group('a'),
            "g1 keep (notSeen) []",
        ),
    ]);
    let never = |grants: Vec<Grant>| {
        let customer = Customer { users: [].into(), ..looked(grants, seen()).customer };
        printed(&plan(&Looked::new(customer, seen().hidden_group('a'), now())))
    };
    assert_eq!(never(vec![grant(1, ended(OVER, -1, &[]))]), "g1 prove (expired)\n");
    assert_eq!(never(vec![sent(grant(1, ended(OVER, -1, &[])))]), "g1 keep (notSeen)\n");
}

#[test]
fn an_invitation_that_is_not_shown_is_alive_until_it_was_cancelled() {
    assert_plans([
        (
            "it waits",
            vec![sent(grant(1, invited(-9)))],
            seen().hidden_invitation('a'),
            "g1 keep (notSeen) []",
        ),
        (
            "it is cancelled by its id",
            vec![sent(grant(1, invited(-9)).expires(0))],
            seen().hidden_invitation('a'),
            "g1 end (expired) [cancelInvitation a]",
        ),
        (
            "again, until Salesforce confirms it",
            vec![sent(grant(1, ending(OVER, -1, &[cancel('a')])))],
            seen().hidden_invitation('a'),
            "g1 end (expired) [cancelInvitation a]",
        ),
        (
            "it was cancelled",
            vec![sent(grant(1, ended(OVER, -1, &[cancel('a')])))],
            seen().hidden_invitation('a'),
            "g1 prove (expired) []",
        ),
        (
            "another one was cancelled",
            vec![sent(grant(1, ended(OVER, -1, &[cancel('b')])))],
            seen().hidden_invitation('a'),
            "g1 end (expired) [cancelInvitation a]",
        ),
        (
            "somebody has joined by it",
            vec![sent(grant(1, ended(OVER, -1, &[]))).has_joined()],
            seen().inactive(1).hidden_invitation('a'),
            "g1 prove (expired) []",
        ),
        (
            "no other is sent to its group",
            vec![sent(grant(1, requested(-20)))],
            seen().hidden_invitation('a'),
            "g1 keep (notSeen) []",
        ),
        (
            "one is sent to another group",
            vec![sent(grant(1, invited(-9))), grant(2, requested(-20)).in_group('b')],
            seen().hidden_invitation('a'),
            "g1 keep (notSeen) [] | g2 invite (live) [invite]",
        ),
    ]);
}

#[test]
fn a_link_that_was_accepted_twice_may_have_let_in_somebody_else() {
    let child = |at: i64, observed: access::Observed| {
        let mut observed = observed;
        let original = observed.invitations.last().expect("one was sent").clone();
        observed.invitations.push(Invitation {
            id: invitation('c'),
            email: Some(email("ana@home.example")),
            parent: Some(original.id.clone()),
            created: minutes(at),
            accepted_by: Some(user(1)),
            ..original
        });
        observed
    };
    let accepted = || seen().inactive(1).sent('a', 'a', -60, InvitationStatus::Accepted);
    let over = || vec![sent(grant(1, ending(OVER, -1, &[])))];
    assert_plans([
        (
            "one came of it when it was accepted",
            over(),
            child(-60, accepted()).stranger(5, 'a', 0),
            "g1 end (expired) []",
        ),
        (
            "and somebody accepted it at another time",
            over(),
            child(-120, accepted()).stranger(5, 'a', 0),
            "g1 keep (undecided) []",
        ),
        (
            "but nobody is there who may be it",
            over(),
            child(-120, accepted()),
            "g1 end (expired) []",
        ),
    ]);
}
