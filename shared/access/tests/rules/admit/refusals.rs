//! Who is refused, by us or by Salesforce, and what they are told.

use std::collections::BTreeSet;

use access::{
    EndReason, Failure, Grant, Observed, OrgFacts, Outcome, Policy, RefusalCode, Step, admit,
    explain, refusal_of_failure,
};
use serde_json::json;

use super::{admitted, concluded, failed, failure, line, printed_admission};
use crate::world::*;

#[test]
fn a_protected_address_is_refused() {
    let policy =
        Policy { protected: BTreeSet::from(["ana@acme.example".to_owned()]), ..Policy::default() };
    let admission = admit(&policy, &looked([], seen()), &ask(), None, &lease(), ACTOR, now());
    assert_eq!(printed_admission(&admission), "ProtectedAddress");
}

#[test]
fn without_a_free_seat_only_those_who_need_one_are_refused() {
    let mut frozen = looked([], seen().user(1));
    frozen.customer.frozen = BTreeSet::from([user(1)]);
    for (case, looked, expected) in [
        ("a new person", looked([], seen()), "SeatsExhausted"),
        ("an inactive customer", looked([], seen().inactive(1)), "SeatsExhausted"),
        ("an active customer", looked([], seen().user(1)), "added: addMember 1"),
        ("a member", looked([], seen().user(1).member(1, 'a')), "adopted:"),
        ("an open invitation", looked([], seen().invited('a')), "pending:"),
        ("a frozen customer has the seat still", frozen, "reactivated: reactivate 1, addMember 1"),
    ] {
        let admission = admit(&Policy::default(), &looked, &ask(), Some(0), &lease(), ACTOR, now());
        assert_eq!(printed_admission(&admission), expected, "{case}");
    }
    assert!(admitted(&looked([], seen().inactive(1)), &ask()).takes_seat());
    assert!(!admitted(&looked([], seen()), &ask()).takes_seat(), "an invitation takes it later");
}

#[test]
fn who_has_as_many_open_grants_as_the_policy_allows_gets_no_further_one() {
    let policy = Policy { maximum_grants_per_customer: 2, ..Policy::default() };
    let in_b = || grant(2, active(-9)).in_group('b');
    let over = || grant(3, proven(EndReason::Expired, -5, 1, &[])).in_group('c');
    for (case, grants, expected) in [
        ("one less", vec![in_b(), over()], "added: addMember 1"),
        ("as many", vec![in_b(), grant(4, invited(-1)).in_group('d')], "TooManyGrants"),
        ("who asks again for what is there", vec![grant(1, active(-9)), in_b()], "unchanged:"),
    ] {
        let mut observed = seen().user(1).member(1, 'b');
        if case.starts_with("who asks") {
            observed = observed.member(1, 'a');
        }
        let admission =
            admit(&policy, &looked(grants, observed), &ask(), None, &lease(), ACTOR, now());
        assert_eq!(printed_admission(&admission), expected, "{case}");
    }
}

#[test]
fn a_request_that_salesforce_refuses_leaves_nobody_behind() {
    let add = || Step::AddMember { user: user(1) };
    let wake = Step::Reactivate { user: user(1) };
    let case = |grants: Vec<Grant>, observed: Observed, step: Step, done: Vec<Step>| {
        let start = looked(grants, observed);
        let it = admitted(&start, &ask());
        let settled = concluded(&start, &it, &failed(&it, failure(step, "NO", true), &done));
        assert_eq!(settled.audit[0].answer.as_deref(), Some("NO: no"));
        line(&settled)
    };
    let told = "Customer Invitation Refused";
    assert_eq!(case(vec![], seen(), Step::Invite, vec![]), format!("{told} g9"));
    assert_eq!(case(vec![], seen().user(1), add(), vec![]), format!("{told} g9"));
    assert_eq!(
        case(vec![], seen().inactive(1), add(), vec![wake]),
        format!("{told} g9 | g9 is ending NeverJoined")
    );
    assert_eq!(
        case(vec![grant(1, active(-9))], seen().user(1), add(), vec![]),
        format!("{told} g1 | g1 is ending RemovedByHand"),
        "who was in the group before has a seat that somebody must take away"
    );
}

#[test]
fn only_a_refused_invitation_is_explained_by_the_switch_for_invitations_and_only_where_it_is_off() {
    let off = "CUSTOMER_INVITATIONS_OFF";
    for (step, is_refusal, switch, expected) in [
        (Step::Invite, true, Some(false), off),
        (Step::Invite, true, Some(true), "NO"),
        (Step::Invite, true, None, "NO"),
        (Step::Invite, false, Some(false), "NO"),
        (Step::AddMember { user: user(1) }, true, Some(false), "NO"),
    ] {
        let mut failure = failure(step, "NO", is_refusal);
        explain(&mut failure, &OrgFacts { customer_invitations: switch, ..OrgFacts::default() });
        assert_eq!(failure.code, expected, "{failure:?}");
        assert_eq!(failure.message == "NO: no", expected == off, "its own words are kept");
    }
}

#[test]
fn a_failure_is_refused_with_a_code_that_says_what_to_do() {
    for (step, code, expected) in [
        (Step::Reactivate { user: user(1) }, "LICENSE_LIMIT_EXCEEDED", RefusalCode::SeatsExhausted),
        (Step::AddMember { user: user(1) }, "LIMIT_EXCEEDED", RefusalCode::SalesforceRefused),
        (Step::Invite, "LIMIT_EXCEEDED", RefusalCode::SalesforceRefused),
        (Step::Invite, "INSUFFICIENT_ACCESS", RefusalCode::SalesforceRefused),
        (Step::Invite, "CUSTOMER_INVITATIONS_OFF", RefusalCode::CustomerInvitationsOff),
    ] {
        let refusal = refusal_of_failure(&failure(step, code, true));
        assert_eq!(refusal.code, expected, "{code}");
        assert!(!refusal.fix.is_empty() && !refusal.message.is_empty());
    }
    for (message, expected) in [
        ("The group is full: it has the maximum number of members.", RefusalCode::GroupFull),
        ("A user can be a member of at most 300 groups.", RefusalCode::SalesforceRefused),
        ("Grenze erreicht", RefusalCode::SalesforceRefused),
    ] {
        let step = Step::AddMember { user: user(1) };
        let failure =
            Failure { message: message.to_owned(), ..failure(step, "LIMIT_EXCEEDED", true) };
        let refusal = refusal_of_failure(&failure);
        assert_eq!(refusal.code, expected, "{message}");
    }
    let refusal = refusal_of_failure(&failure(Step::Invite, "INSUFFICIENT_ACCESS", true));
    assert_eq!(refusal.message, "INSUFFICIENT_ACCESS: no", "Salesforce's own words");
    assert_eq!(json!(RefusalCode::NotACustomer), "NOT_A_CUSTOMER");
    assert_eq!(json!(Outcome::Unchanged), "unchanged");
}
