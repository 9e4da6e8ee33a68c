//! The outcome of a request, by what is there already.

use access::{Ask, EndReason, Policy, Role, State, admit};

use super::printed_admission;
use crate::world::*;

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn an_outcome_says_what_is_done_and_nothing_is_done_twice() {
    let with = |change: fn(&mut Ask)| {
        let mut ask = ask();
        change(&mut ask);
        ask
    };
    let same = || grant(1, active(-9));
    let there = || seen().user(1).member(1, 'a');
    let manager = |ask: &mut Ask| ask.role = Some(Role::Manager);
    let other = |ask: &mut Ask| ask.project = project("P-2");
    for (case, grants, observed, ask, expected) in vec![
        ("a new person", vec![], seen(), ask(), "invited: invite"),
        ("invited by hand", vec![], seen().invited('a'), ask(), "pending:"),
        (
            "invited for another project",
            vec![grant(1, invited(-9))],
            seen().invited('a'),
            with(other),
            "pending:",
        ),
        (
            "the mail left, its outcome unrecorded",
            vec![grant(1, requested(5))],
            seen().invited('a'),
            ask(),
            "pending:",
        ),
        ("a customer of the org", vec![], seen().user(1), ask(), "added: addMember 1"),
        ("in the group for another project", vec![same()], there(), with(other), "added:"),
        (
            "in the group as a member for another project",
            vec![same()],
            there(),
            with(|ask| {
                ask.project = project("P-2");
                ask.role = Some(Role::Manager);
            }),
            "added: promote 1",
        ),
        (
            "in the group as another project's manager",
            vec![same().manager()],
            seen().user(1).manager(1, 'a'),
            with(other),
            "added:",
        ),
        (
            "an inactive customer",
            vec![],
            seen().inactive(1),
            ask(),
            "reactivated: reactivate 1, addMember 1",
        ),
        (
            "an inactive customer who is still a member",
            vec![],
            seen().inactive(1).member(1, 'a'),
            ask(),
            "reactivated: reactivate 1",
        ),
        (
            "an inactive customer who was its manager",
            vec![],
            seen().inactive(1).manager(1, 'a'),
            ask(),
            "reactivated: reactivate 1, demote 1",
        ),
        ("in the group by hand", vec![], there(), ask(), "adopted:"),
        (
            "in the group by hand, with a lower role",
            vec![],
            there(),
            with(manager),
            "adopted: promote 1",
        ),
        (
            "in the group by hand, with a higher role",
            vec![],
            seen().user(1).manager(1, 'a'),
            ask(),
            "adopted: demote 1",
        ),
        ("the same again", vec![same()], there(), ask(), "unchanged:"),
        (
            "the same again, not accepted yet",
            vec![grant(1, State::Invited { since: days(-9), invitation: Some(invitation('a')) })],
            seen().invited('a'),
            ask(),
            "unchanged:",
        ),
        ("another role", vec![same()], there(), with(manager), "updated: promote 1"),
        (
            "a lower role",
            vec![same().manager()],
            seen().user(1).manager(1, 'a'),
            ask(),
            "updated: demote 1",
        ),
        (
            "a lower role that another grant keeps up",
            vec![same().manager(), grant(2, active(-9)).manager().of_project("P-2")],
            seen().user(1).manager(1, 'a'),
            ask(),
            "updated:",
        ),
        (
            "the role was changed by hand",
            vec![same()],
            seen().user(1).manager(1, 'a'),
            ask(),
            "updated: demote 1",
        ),
        ("accepted since", vec![grant(1, invited(-9))], there(), ask(), "updated:"),
        (
            "removed by hand, and asked for again",
            vec![same()],
            seen().user(1),
            ask(),
            "added: addMember 1",
        ),
        (
            "withdrawn by hand, and asked for again",
            vec![grant(1, invited(-9))],
            seen(),
            ask(),
            "invited: invite",
        ),
        ("interrupted before", vec![grant(1, requested(0))], seen(), ask(), "invited: invite"),
        (
            "interrupted while the customer was being added",
            vec![grant(1, requested(5))],
            seen().user(1),
            ask(),
            "added: addMember 1",
        ),
        (
            "an old grant is being ended",
            vec![grant(1, ending(EndReason::Expired, -1, &[]))],
            there(),
            ask(),
            "adopted:",
        ),
        (
            "a colleague shares the address: the customer is meant",
            vec![],
            seen().user(1).colleague(2),
            ask(),
            "added: addMember 1",
        ),
        (
            "the user's address has changed since",
            vec![],
            seen().user(1).with_email(1, "ana@home.example"),
            ask(),
            "added: addMember 1",
        ),
        ("a colleague, and nobody else", vec![], seen().colleague(2), ask(), "NotACustomer"),
        (
            "the customer has become a colleague",
            vec![],
            seen().colleague(1).with_email(1, "ana@corp.example"),
            ask(),
            "NotACustomer",
        ),
        ("two customers", vec![], seen().user(1).user(2), ask(), "AmbiguousCustomer"),
        ("a stock user", vec![], seen().stock(1), ask(), "ProtectedAddress"),
        (
            "a stock user beside a customer",
            vec![],
            seen().user(1).stock(2),
            ask(),
            "ProtectedAddress",
        ),
    ] {
        let looked = looked(grants, observed);
        let admission = admit(&Policy::default(), &looked, &ask, Some(1), &lease(), ACTOR, now());
        assert_eq!(printed_admission(&admission), expected, "{case}");
    }
}
