//! No second mail while an invitation to the address was accepted and nobody knows by whom.

use access::{Customer, InvitationStatus, Looked, Observed, Policy, admit};

use super::printed_admission;
use crate::world::*;

const ACCEPTED: InvitationStatus = InvitationStatus::Accepted;

/// An invitation of group `a` was accepted, and whoever has the address is nobody any more.
fn accepted() -> Observed {
    seen().invitation('a', ACCEPTED)
}

/// What becomes of a request, and what a run decides meanwhile.
fn asked(customer: Customer, observed: Observed) -> (String, String) {
    let looked = Looked::new(customer, observed, now());
    let admission = admit(&Policy::default(), &looked, &ask(), None, &lease(), ACTOR, now());
    (printed_admission(&admission), printed_in_full(&plan(&looked)).trim().to_owned())
}

fn nobody(grants: impl IntoIterator<Item = access::Grant>) -> Customer {
    Customer { users: [].into(), ..customer(grants) }
}

#[test]
fn no_mail_is_sent_while_nobody_knows_who_accepted_the_one_before() {
    let undecided = ("CustomerNotSeen".to_owned(), "g1 keep (undecided) []".to_owned());
    let sent_for = |id: char| {
        let mut it = grant(1, requested(0));
        it.invitations.insert(invitation(id));
        it
    };
    for (case, grants, observed) in [
        (
            "the run died, and somebody came",
            grant(1, requested(0)),
            accepted().stranger(4, 'a', -9),
        ),
        ("and is not seen", grant(1, requested(0)), accepted()),
        ("the invitation is known", sent_for('a'), accepted().stranger(4, 'a', -9)),
        (
            "somebody else has sent another meanwhile",
            sent_for('b'),
            accepted().stranger(4, 'a', -9),
        ),
        ("somebody came and left the group", grant(1, requested(0)), accepted().loner(4, -9)),
    ] {
        assert_eq!(asked(nobody([grants]), observed), undecided, "{case}");
    }
    let (refused, _) = asked(nobody([grant(1, invited(-9))]), accepted().stranger(4, 'a', -9));
    assert_eq!(refused, "CustomerNotSeen", "what was invited is not invited again");
    let other = grant(2, requested(0)).of_project("P-2");
    let (refused, _) = asked(nobody([other]), accepted().stranger(4, 'a', -9));
    assert_eq!(refused, "CustomerNotSeen", "for another project");
}

#[test]
fn what_was_accepted_a_moment_ago_is_to_be_asked_for_again() {
    let just = || seen().sent('a', 'a', -1, ACCEPTED);
    let (asked_now, _) = asked(nobody([grant(1, requested(0))]), just());
    assert_eq!(asked_now, "unread");
}

#[test]
fn an_invitation_that_is_explained_or_nobodys_concern_keeps_nobody_out() {
    let invited = "invited: invite";
    for (case, customer, observed, expected) in [
        ("in another group", nobody([]), seen().invitation('b', ACCEPTED), invited),
        ("by hand, long ago, and nobody of then is there", nobody([]), accepted(), invited),
        ("by hand, and others came since", nobody([]), accepted().stranger(4, 'a', -3), invited),
        (
            "by hand, and who came with it is there under another address",
            nobody([]),
            accepted().stranger(4, 'a', -9),
            "CustomerNotSeen",
        ),
        (
            "whoever accepted is known and has left",
            customer([]),
            accepted().user(1).with_email(1, "ana@new.example"),
            "added: addMember 1",
        ),
    ] {
        assert_eq!(asked(customer, observed).0, expected, "{case}");
    }
}

#[test]
fn the_invitation_that_a_run_sent_before_it_died_is_known_from_the_next_look_on() {
    let start = Looked::new(nobody([grant(1, requested(0))]), accepted(), now());
    let ran = run(&start, now());
    assert_eq!(printed(&ran.plan), "g1 keep (undecided)\n");
    let left = &ran.looked.customer.grants[&grant_id(1)];
    assert_eq!(left.invitations, [invitation('a')].into());
    let over = run(&ran.looked, days(70));
    assert_eq!(
        told(over.settled.as_ref()),
        "Customer Access Stuck g1\ng1 is stuck Expired: prove USER_HIDDEN\n",
        "whoever accepted is not shown",
    );
}
