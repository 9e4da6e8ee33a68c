//! What the policy has against a customer, whatever Salesforce shows: the domain, taking over, shortening, and the length of the stay.

use access::{
    Admission, Ask, Customer, EndReason, Grant, Joined, Looked, Policy, Proof, Source, State, admit,
};
use serde_json::{Value, json};

use super::printed_admission;
use crate::world::*;

#[test]
fn an_address_is_let_in_where_both_the_policy_and_the_rule_of_the_source_let_its_domain_in() {
    let of = |policy: Value| printed_admission(&asked(&policy, &looked([], seen()), &ask()));
    let rule = |rule: Value| json!({ "sources": { "corp.projects": rule } });
    for (policy, expected) in [
        (json!({ "domains": ["acme.example"] }), "invited: invite"),
        (json!({ "domains": { "deny": ["acme.example"] } }), "DomainNotAllowed"),
        (json!({ "domains": ["bank.example"] }), "DomainNotAllowed"),
        (rule(json!({ "domains": ["acme.example"] })), "invited: invite"),
        (rule(json!({ "domains": { "deny": ["acme.example"] } })), "DomainNotAllowed"),
        (json!({ "sources": { "corp.hr": {} } }), "SourceNotAllowed"),
    ] {
        assert_eq!(of(policy.clone()), expected, "{policy}");
    }
    let denied = json!({ "sources": { "corp.*": { "domains": [] } } });
    let Admission::Refused(refusal) = asked(&denied, &looked([], seen()), &ask()) else {
        panic!("it is let in")
    };
    assert_eq!(
        refusal.message,
        "sources[\"corp.*\"].domains in the policy does not let the customer's address in"
    );
}

#[test]
fn who_is_in_already_is_not_kept_longer_either_once_the_domain_is_denied() {
    let denied = json!({ "domains": { "deny": ["acme.example"] } });
    let here = looked([grant(1, active(-9))], seen().user(1).member(1, 'a'));
    let longer = Ask { expires_at: Some(days(60)), ..ask() };
    assert_eq!(printed_admission(&asked(&denied, &here, &longer)), "DomainNotAllowed");
    assert_eq!(printed(&plan(&here)).trim(), "g1 keep (live)", "and is not thrown out for it");
}

#[test]
fn what_was_given_by_hand_is_taken_over_only_by_rule() {
    let kept_out = json!({ "sources": { "*": { "adopt": false } } });
    let of_another = || grant(1, active(-9)).of_project("P-2");
    for (case, grants, observed, by_default, by_rule) in [
        ("a member by hand", vec![], seen().user(1).member(1, 'a'), "adopted:", "SourceNotAllowed"),
        ("an invitation by hand", vec![], seen().invited('a'), "pending:", "SourceNotAllowed"),
        (
            "a customer in no group",
            vec![],
            seen().user(1),
            "added: addMember 1",
            "added: addMember 1",
        ),
        (
            "a member by another grant",
            vec![of_another()],
            seen().user(1).member(1, 'a'),
            "added:",
            "added:",
        ),
        (
            "a member by this grant",
            vec![grant(1, active(-9))],
            seen().user(1).member(1, 'a'),
            "unchanged:",
            "unchanged:",
        ),
    ] {
        let start = looked(grants, observed);
        assert_eq!(printed_admission(&asked(&json!({}), &start, &ask())), by_default, "{case}");
        assert_eq!(printed_admission(&asked(&kept_out, &start, &ask())), by_rule, "{case}");
    }
}

#[test]
fn whoever_ends_only_their_own_shortens_only_what_they_were_the_first_to_ask_for() {
    let own = json!({ "sources": { "*": {} } });
    let any = json!({ "sources": { "*": { "end": "any" } } });
    let by = |source: Option<Source>| Grant { source, ..grant(1, active(-9)) };
    let (ours, theirs) = (Source::of_event("corp.projects"), Source::of_event("vendor"));
    let (shorter, longer) =
        (Ask { expires_at: Some(days(2)), ..ask() }, Ask { expires_at: Some(days(60)), ..ask() });
    for (first, ask, by_own) in [
        (Some(ours.clone()), &shorter, "updated:"),
        (Some(theirs.clone()), &shorter, "SourceNotAllowed"),
        (None, &shorter, "SourceNotAllowed"),
        (Some(theirs.clone()), &longer, "updated:"),
    ] {
        let here = looked([by(first.clone())], seen().user(1).member(1, 'a'));
        assert_eq!(printed_admission(&asked(&own, &here, ask)), by_own, "{first:?}");
        assert_eq!(printed_admission(&asked(&any, &here, ask)), "updated:", "{first:?}");
        let Admission::Admitted(it) = asked(&any, &here, ask) else { panic!("it is refused") };
        assert_eq!(
            it.customer.grants[&grant_id(1)].source,
            first,
            "asking again takes nothing over"
        );
    }
    let Admission::Admitted(it) = asked(&own, &looked([], seen()), &ask()) else {
        panic!("it is refused")
    };
    assert_eq!(it.customer.grants[&grant_id(9)].source, Some(ours));
}

#[test]
fn a_stay_is_no_longer_than_the_policy_allows_however_often_it_is_renewed() {
    let policy = json!({ "maximumTotalDays": 100, "maximumDays": 90, "defaultDays": 30 });
    let since = |began: i64, grant: Grant| Grant { requested_at: days(began), ..grant };
    let in_b = |began| since(began, grant(2, active(began)).in_group('b').of_project("P-2"));
    let gone = |began, at: i64, reason| {
        let state = State::Ended {
            reason,
            at: days(at),
            steps: vec![],
            version: 5,
            proof: Proof::Proven { at: days(at), rereads: 0 },
        };
        let joined =
            (reason != EndReason::NeverJoined).then(|| Joined { at: days(began), joined_as: None });
        since(began, Grant { state, joined, ..grant(3, active(began)).of_project("P-2") })
    };
    let here = || since(-70, grant(1, active(-70)));
    for (case, grants, asked_for, expected) in [
        ("a new customer", vec![], Some(90), "until day 90"),
        ("a renewal within", vec![here()], Some(30), "until day 30"),
        ("a renewal beyond", vec![here().expires(20)], Some(31), "ExpiryBeyondPolicy"),
        ("asking again for what is there", vec![here().expires(20)], None, "until day 20"),
        ("another group for another project", vec![in_b(-70)], Some(31), "ExpiryBeyondPolicy"),
        ("no expiry of its own", vec![in_b(-85)], None, "until day 15"),
        ("nothing is left", vec![in_b(-100)], None, "ExpiryBeyondPolicy"),
        (
            "gone for less than a day",
            vec![gone(-100, 0, EndReason::Expired)],
            Some(5),
            "ExpiryBeyondPolicy",
        ),
        ("gone for a day", vec![gone(-100, -1, EndReason::Expired)], Some(90), "until day 90"),
        (
            "who never joined did not stay",
            vec![gone(-100, 0, EndReason::NeverJoined)],
            Some(90),
            "until day 90",
        ),
        (
            "an end that is not proven",
            vec![since(-100, grant(2, ended(EndReason::Expired, -50, &[])).of_project("P-2"))],
            Some(5),
            "ExpiryBeyondPolicy",
        ),
        (
            "one after the other without a day between",
            vec![gone(-100, -40, EndReason::Expired), in_b(-40)],
            Some(5),
            "ExpiryBeyondPolicy",
        ),
        (
            "one after the other with a day between",
            vec![gone(-100, -41, EndReason::Expired), in_b(-40)],
            Some(60),
            "until day 60",
        ),
    ] {
        let joined = grants.iter().any(Grant::is_open);
        let observed = if joined { seen().user(1).member(1, 'a') } else { seen().user(1) };
        let ask = Ask { expires_at: asked_for.map(days), ..ask() };
        assert_eq!(until(&asked(&policy, &looked(grants, observed), &ask)), expected, "{case}");
    }
}

#[test]
fn what_is_remembered_of_a_stay_counts_also_when_its_grants_are_forgotten() {
    let policy = json!({ "maximumTotalDays": 100 });
    let ask = Ask { expires_at: Some(days(30)), ..ask() };
    let remembering = |grants: Vec<Grant>, began: i64| {
        let customer = Customer { stay_began: Some(days(began)), ..customer(grants) };
        Looked::new(customer, seen().user(1), now())
    };
    let in_b = || grant(2, active(-10)).in_group('b').of_project("P-2");
    assert_eq!(until(&asked(&policy, &remembering(vec![in_b()], -90), &ask)), "ExpiryBeyondPolicy");
    assert_eq!(
        until(&asked(&policy, &remembering(vec![], -90), &ask)),
        "until day 30",
        "nobody stays"
    );
    let Admission::Admitted(it) = asked(&policy, &remembering(vec![in_b()], -60), &ask) else {
        panic!("it is refused")
    };
    assert_eq!(it.customer.stay_began, Some(days(-60)));
}

#[test]
fn one_person_under_two_addresses_stays_once() {
    let policy = json!({ "maximumTotalDays": 100 });
    let other = Customer {
        email: email("ana@home.example"),
        ..customer([grant(2, active(-90)).in_group('b')])
    };
    let other = Customer { stay_began: Some(days(-90)), ..other };
    let start = looked([], seen().user(1)).beside(&other);
    let ask = Ask { expires_at: Some(days(30)), ..ask() };
    assert_eq!(until(&asked(&policy, &start, &ask)), "ExpiryBeyondPolicy");
}

fn asked(policy: &Value, looked: &Looked, ask: &Ask) -> Admission {
    let policy = Policy::from_json(&policy.to_string()).expect("a policy");
    admit(&policy, looked, ask, Some(5), &lease(), ACTOR, now())
}

/// Until which day access is given.
fn until(admission: &Admission) -> String {
    let Admission::Admitted(it) = admission else { return printed_admission(admission) };
    let expires_at = it.customer.grants[&it.grant].expires_at;
    format!("until day {}", expires_at.duration_since(now()).as_hours() / 24)
}
