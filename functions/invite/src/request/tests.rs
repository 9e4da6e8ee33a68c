use access::{Email, OrgAlias, Policy, Role};
use chatter::GroupName;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Request;
use super::examples::{NOW, change, customers, expiries, group_by_id, wrong};
use crate::message::Links;

#[test]
fn what_may_be_left_out_has_its_default() {
    let request = parse(&change(&[("customers", json!("Ana@Acme.example"))])).unwrap();
    assert_eq!(request.org, OrgAlias::default());
    assert_eq!(request.project.as_str(), "P-42");
    assert_eq!(request.group, GroupName::Name("Acme rollout".to_owned()));
    let new = request.new_group.expect("it may be created");
    assert_eq!((new.name.as_str(), new.description), ("Acme rollout", None));
    assert!(!request.allow_customers);
    assert_eq!(request.customers, [(email("ana@acme.example"), None)]);
    assert_eq!(request.sponsor, email("kim@corp.example"));
    assert_eq!((request.message, request.reason, request.expires_at), (None, None, None));
    assert_eq!(request.project_name, None);
}

#[test]
fn white_space_around_ids_means_nothing() {
    let project = json!({ "id": " P-42\t" });
    let fields =
        [("project", project), ("org", json!("main ")), ("sponsor", json!(" kim@corp.example"))];
    let request = parse(&change(&fields)).unwrap();
    assert_eq!((request.project.as_str(), request.org), ("P-42", OrgAlias::default()));
    assert_eq!(request.sponsor, email("kim@corp.example"));
}

#[test]
fn a_web_page_in_the_message_is_for_those_who_may_and_what_is_said_is_kept_in_one_form() {
    let fields = [("message", json!("See corp.example, cafe\u{301}"))];
    let problems = Request::parse(&change(&fields), instant(NOW), Links::Refused).unwrap_err();
    assert_eq!(problems.len(), 1);
    let expected = "must not contain the address of a web page; the policy's rule for this source may allow links";
    assert_eq!((problems[0].field.as_str(), problems[0].message.as_str()), ("message", expected));
    let request = Request::parse(&change(&fields), instant(NOW), Links::Allowed).unwrap();
    assert_eq!(request.message.as_deref(), Some("See corp.example, café"));
    let long = |length| [("message", json!("e\u{301}".repeat(length)))];
    assert!(parse(&change(&long(255))).is_ok(), "it is counted as it is kept");
    assert_eq!(parse(&change(&long(256))).unwrap_err(), "message");
}

#[test]
fn customers_are_a_list_or_one_text_and_each_address_counts_once() {
    for (customers, expected) in customers() {
        let request = parse(&change(&[("customers", customers.clone())])).unwrap();
        let told: Vec<String> = request
            .customers
            .iter()
            .map(|(email, role)| {
                let role = role.map_or("of no role", Role::as_str);
                format!("{} {role}", email.as_str().replace("@x.example", ""))
            })
            .collect();
        assert_eq!(told.join(", "), expected, "{customers}");
    }
}

#[test]
fn each_problem_is_named_by_the_path_of_its_field() {
    for (field, value, expected) in wrong() {
        let problems = parse(&change(&[(field, value.clone())])).expect_err("it is wrong");
        assert_eq!(problems, expected, "{field}: {value}");
    }
}

#[test]
fn all_problems_are_told_at_once_and_there_is_an_end_to_them() {
    let many: Vec<String> = (0..1_000).map(|it| format!("c{it}@x.example")).collect();
    assert_eq!(parse(&json!([])).unwrap_err(), "request");
    let both = change(&[("expiresAt", json!("2027-02-01T00:00:00Z")), ("days", json!(3))]);
    assert_eq!(parse(&both).unwrap_err(), "expiresAt");
    let all = parse(&json!({})).unwrap_err();
    assert_eq!(
        all, "project group customers sponsor",
        "every problem at once, in the order of the table"
    );
    assert!(parse(&change(&[("customers", json!(many.join(" ")))])).is_ok());
    let wrong = json!(vec![7; 1_000]);
    let problems = parse(&change(&[("customers", wrong)])).unwrap_err();
    assert_eq!(problems.split(' ').count(), 100, "an answer has an end");
}

#[test]
fn a_list_that_is_too_long_is_not_looked_into() {
    let wrong = json!(vec![7; 1_001]);
    assert_eq!(parse(&change(&[("customers", wrong)])).unwrap_err(), "customers");
    let empty = json!(vec![json!({}); 1_001]);
    assert_eq!(parse(&change(&[("customers", empty)])).unwrap_err(), "customers");
}

#[test]
fn a_problem_never_repeats_what_was_sent() {
    let value =
        change(&[("customers", json!("ana@@secret.example")), ("sponsor", json!("kim secret"))]);
    let problems = Request::parse(&value, instant(NOW), Links::Refused).unwrap_err();
    assert_eq!(problems.len(), 2);
    assert!(problems.iter().all(|problem| !problem.message.contains("secret")), "{problems:?}");
}

#[test]
fn an_expiry_is_an_instant_or_a_number_of_days_and_no_longer_than_the_policy() {
    let policy = Policy::default();
    for (field, value, hours, is_beyond) in expiries() {
        let request = parse(&change(&[(field, value.clone())])).unwrap();
        let expected = instant(NOW) + SignedDuration::from_hours(hours);
        assert_eq!(request.expires_at, Some(expected), "{value}");
        assert_eq!(request.is_beyond(&policy, instant(NOW)), is_beyond, "{value}");
    }
    for days in [json!(u32::MAX), json!(u64::MAX)] {
        let request = parse(&change(&[("days", days)])).unwrap();
        assert!(request.is_beyond(&policy, instant(NOW)));
    }
    let request = parse(&change(&[])).unwrap();
    assert!(
        !request.is_beyond(&policy, instant(NOW)),
        "the policy's own default is never beyond it"
    );
}

#[test]
fn a_group_by_id_is_never_created_and_may_be_spelt_short() {
    let request = parse(&change(&[("group", group_by_id())])).unwrap();
    let GroupName::Id(id) = request.group else { panic!("it is an id") };
    assert_eq!(id.as_str().len(), 18);
    assert!(request.allow_customers && request.new_group.is_none());
}

/// The fields of the problems, in their order.
fn parse(value: &Value) -> Result<Request, String> {
    Request::parse(value, instant(NOW), Links::Refused).map_err(|problems| {
        problems.into_iter().map(|problem| problem.field).collect::<Vec<_>>().join(" ")
    })
}

fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}
