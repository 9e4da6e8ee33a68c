//! How a policy is read, and what its limits say.

use std::collections::BTreeSet;

use super::{JoinedElsewhere, Policy};
use crate::{Email, UngovernedPolicy};

#[test]
fn an_empty_policy_is_the_default() {
    assert_eq!(Policy::from_json("{}"), Ok(Policy::default()));
}

#[test]
fn a_policy_is_read_field_by_field() {
    let text = r#"{
        "defaultDays": 30,
        "maximumDays": 30,
        "invitationDays": 36500,
        "maximumEndsPerRun": 2,
        "maximumEndsPerProject": 2,
        "maximumGrantsPerCustomer": 50,
        "noticeDays": [3, 1],
        "protectedEmails": [" Boss@ACME.example", "@corp.example"],
        "ungoverned": { "exceptDomains": ["@partner.example"] },
        "maximumTotalDays": 730,
        "joinedElsewhere": "end"
    }"#;
    let expected = Policy {
        default_days: 30,
        maximum_days: 30,
        invitation_days: 36_500,
        maximum_ends_per_run: 2,
        maximum_ends_per_project: Some(2),
        maximum_grants_per_customer: 50,
        notice_days: BTreeSet::from([1, 3]),
        protected: BTreeSet::from(["boss@acme.example", "@corp.example"].map(str::to_owned)),
        ungoverned: UngovernedPolicy {
            except_domains: BTreeSet::from(["partner.example".to_owned()]),
            ..UngovernedPolicy::default()
        },
        maximum_total_days: Some(730),
        joined_elsewhere: JoinedElsewhere::End,
        ..Policy::default()
    };
    assert_eq!(Policy::from_json(text), Ok(expected));
}

#[test]
fn a_field_that_stands_twice_is_named() {
    let error = Policy::from_json(r#"{"sources": {"corp": {"groups": []}, "corp": {}}}"#);
    let text = error.expect_err("of two rules nobody knows which is meant").to_string();
    assert_eq!(text, "POLICY has the field corp twice in one object");
}

#[test]
fn a_term_is_counted_in_days_of_24_hours() {
    let policy = Policy { default_days: 90, maximum_days: 365, ..Policy::default() };
    let now = "2027-01-31T12:00:00Z".parse().unwrap();
    assert_eq!(policy.default_expiry(now).to_string(), "2027-05-01T12:00:00Z");
    assert_eq!(policy.latest_expiry(now).to_string(), "2028-01-31T12:00:00Z");
}

#[test]
fn a_wrong_policy_names_the_field() {
    for (text, expected) in [
        ("[]", "POLICY must be a JSON object"),
        (
            r#"{"defaultDays": 0}"#,
            "POLICY field defaultDays must be a whole number from 1 to 36500",
        ),
        (
            r#"{"maximumDays": "1"}"#,
            "POLICY field maximumDays must be a whole number from 1 to 36500",
        ),
        (r#"{"maximumDays": 30}"#, "POLICY field defaultDays must not be more than maximumDays"),
        (
            r#"{"invitationDays": 36501}"#,
            "POLICY field invitationDays must be a whole number from 1 to 36500",
        ),
        (
            r#"{"maximumEndsPerRun": -1}"#,
            "POLICY field maximumEndsPerRun must be a whole number from 1",
        ),
        (
            r#"{"maximumEndsPerRun": 0}"#,
            "POLICY field maximumEndsPerRun must be a whole number from 1",
        ),
        (
            r#"{"maximumEndsPerProject": 0}"#,
            "POLICY field maximumEndsPerProject must be a whole number from 1",
        ),
        (
            r#"{"maximumEndsPerProject": 501}"#,
            "POLICY field maximumEndsPerProject must not be more than maximumEndsPerRun",
        ),
        (
            r#"{"maximumGrantsPerCustomer": 51}"#,
            "POLICY field maximumGrantsPerCustomer must be a whole number from 1 to 50",
        ),
        (
            r#"{"maximumGrantsPerCustomer": 0}"#,
            "POLICY field maximumGrantsPerCustomer must be a whole number from 1 to 50",
        ),
        (
            r#"{"noticeDays": [0]}"#,
            "POLICY field noticeDays must be a list of whole numbers from 1 to 36500",
        ),
        (
            r#"{"protectedEmails": ["x"]}"#,
            "POLICY field protectedEmails must be a list of addresses, or of domains with a leading @",
        ),
        (r#"{"maxDays": 3}"#, "POLICY field maxDays is not known; check its spelling"),
    ] {
        let error = Policy::from_json(text).expect_err(text);
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn addresses_domains_and_stock_users_are_protected() {
    let policy =
        Policy::from_json(r#"{"protectedEmails": ["Boss@acme.example", "@corp.example"]}"#)
            .unwrap();
    for (address, is_protected) in [
        ("boss@acme.example", true),
        ("ana@acme.example", false),
        ("kim@corp.example", true),
        ("kim@sub.corp.example", false),
        ("noreply@chatter.salesforce.com", true),
    ] {
        assert_eq!(policy.protects(&Email::parse(address).unwrap()), is_protected, "{address}");
    }
}

#[test]
fn notices_fall_due_one_threshold_after_the_other() {
    let policy = Policy::default();
    let expires = "2027-03-31T12:00:00Z".parse().unwrap();
    let next = |noticed| policy.next_notice(expires, noticed).map(|at| at.to_string());
    assert_eq!(next(None).as_deref(), Some("2027-03-01T12:00:00Z"));
    assert_eq!(next(Some(30)).as_deref(), Some("2027-03-17T12:00:00Z"));
    assert_eq!(next(Some(1)), None);
    let threshold = |now: &str| policy.notice_threshold(expires, now.parse().unwrap());
    assert_eq!(threshold("2027-03-01T11:59:59Z"), None);
    assert_eq!(threshold("2027-03-01T12:00:00Z"), Some(30));
    assert_eq!(threshold("2027-03-31T11:00:00Z"), Some(1));
}
