//! A request while somebody else is changing the customer, or has just done so.

use access::{Ask, Customer, Done, EndReason, Grant, Lease, Looked, Observed, Policy, Step, admit};

use super::{admitted, concluded, done, printed_admission};
use crate::world::*;

fn other() -> Ask {
    Ask { project: project("P-2"), ..ask() }
}

/// What becomes of a request for a customer who is so.
fn asked(customer: Customer, observed: Observed, ask: &Ask, at: i64) -> String {
    let at = minutes(at);
    let looked = Looked::new(customer, observed, at);
    let admission = admit(&Policy::default(), &looked, ask, None, &lease_at(at), ACTOR, at);
    printed_admission(&admission)
}

#[test]
fn while_somebody_changes_the_customer_a_request_waits_whatever_it_takes() {
    let busy = |grants: Vec<Grant>| {
        let theirs = Lease::from_random(1, minutes(3));
        Customer { busy: Some(theirs), ..customer(grants) }
    };
    let there = || seen().user(1).member(1, 'a');
    for (case, grants, observed) in [
        ("an invitation", vec![], seen()),
        ("a place", vec![], seen().user(1)),
        ("nothing", vec![grant(1, active(-9))], there()),
    ] {
        let waits = "under way until 3";
        assert_eq!(asked(busy(grants.clone()), observed.clone(), &ask(), 2), waits, "{case}");
        let is_over = asked(busy(grants), observed, &ask(), 3);
        assert!(!is_over.starts_with("under way"), "{case}: {is_over}");
    }
    let by_hand = || looked([], seen().colleague(2)).observed;
    assert_eq!(asked(busy(vec![]), by_hand(), &ask(), 2), "NotACustomer", "that is sure anyway");
}

#[test]
fn while_something_may_take_effect_a_request_waits_unless_all_is_there_and_nothing_ends() {
    let unclear =
        |grants: Vec<Grant>| Customer { unclear_until: Some(minutes(3)), ..customer(grants) };
    let there = || seen().user(1).member(1, 'a');
    let in_b = |state| grant(2, state).in_group('b');
    let reason = EndReason::Expired;
    let waits = "under way until 3";
    for (case, grants, observed, expected) in [
        ("an invitation", vec![], seen(), waits),
        ("a place", vec![], seen().user(1), waits),
        (
            "another role",
            vec![grant(1, active(-9)).manager()],
            seen().user(1).manager(1, 'a'),
            waits,
        ),
        ("in the group", vec![], there(), "adopted:"),
        ("the same again", vec![grant(1, active(-9))], there(), "unchanged:"),
        ("invited already", vec![], seen().invited('a'), "pending:"),
        ("beside a grant that lives", vec![in_b(active(-9))], there(), "adopted:"),
        ("beside what is being ended", vec![in_b(ending(reason, 0, &[]))], there(), waits),
        ("beside what is not proven", vec![in_b(ended(reason, -1, &[]))], there(), waits),
        ("beside what is proven", vec![in_b(proven(reason, -1, 0, &[]))], there(), "adopted:"),
    ] {
        let customer = unclear(grants);
        assert_eq!(asked(customer.clone(), observed.clone(), &ask(), 2), expected, "{case}");
        let is_over = asked(customer, observed, &ask(), 3);
        assert!(!is_over.starts_with("under way"), "{case}: {is_over}");
    }
}

#[test]
fn a_second_request_in_the_same_breath_sends_no_second_mail() {
    let start = looked([], seen());
    let first = admitted(&start, &ask());
    let held = committed(&first.customer);
    let after = committed(&concluded(&start, &first, &done(&first)).customer);
    for (case, customer, at, own, others) in [
        ("before the mail", &held, 1, "under way until 5", "under way until 5"),
        ("the run has died", &held, 5, "under way until 20", "under way until 20"),
        ("and all that it sent has come", &held, 20, "invited: invite", "invited: invite"),
        ("recorded, and not shown yet", &after, 1, "unchanged:", "pending:"),
        ("for as long as it may not be shown", &after, 14, "unchanged:", "pending:"),
        ("and not shown when it should be", &after, 15, "invited: invite", "invited: invite"),
    ] {
        assert_eq!(asked(customer.clone(), seen(), &ask(), at), own, "{case}");
        assert_eq!(asked(customer.clone(), seen(), &other(), at), others, "{case}");
    }
}

#[test]
fn who_was_just_put_into_the_group_and_is_not_shown_there_is_neither_put_there_again_nor_said_to_be_in()
 {
    let step = Step::AddMember { user: user(1) };
    let added = Done { step, group: group('a'), invitation: None, at: minutes(-14) };
    let customer = Customer { done: vec![added], ..customer([]) };
    let shown = || seen().user(1).member(1, 'a');
    assert_eq!(asked(customer.clone(), seen().user(1), &ask(), 0), "under way until 1");
    assert_eq!(asked(customer.clone(), shown(), &ask(), 0), "adopted:");
    let busy = Customer { busy: Some(lease()), ..customer.clone() };
    assert_eq!(asked(busy, seen().user(1), &ask(), 0), "under way until 5", "the later counts");
    assert_eq!(asked(customer, seen().user(1), &ask(), 1), "added: addMember 1");
}
