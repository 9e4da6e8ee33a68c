//! Whatever is sent, a request is either within the rules of the contract or refused by the names of its fields. The rules
//! are written down here once more, without the parser's own types.

use access::Role;
use access::event::Problem;
use chatter::GroupName;
use hostile::{cases, instant, json as any_json};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization;

use super::Request;
use super::examples::NOW;
use super::strategies::{any_customers, any_group, any_term, any_words, good, nearly_good};
use crate::message::Links;

/// The fields of a request by their paths; those of a customer follow `customers[0]`.
const FIELDS: [&str; 17] = [
    "requestedAt",
    "request",
    "org",
    "project",
    "project.id",
    "project.name",
    "group",
    "group.id",
    "group.name",
    "group.description",
    "group.allowCustomers",
    "customers",
    "message",
    "sponsor",
    "reason",
    "expiresAt",
    "days",
];

proptest! {
    #![proptest_config(cases(700))]

    #[test]
    fn hostile_json_is_refused_by_the_names_of_fields(value in any_json()) {
        check(&value)?;
    }

    #[test]
    fn a_hostile_change_to_a_good_request_is_refused_or_within_the_rules(value in nearly_good()) {
        check(&value)?;
    }

    #[test]
    fn hostile_customers_are_refused_or_within_the_rules(customers in any_customers()) {
        let mut request = good(0);
        request["customers"] = customers;
        check(&request)?;
    }

    #[test]
    fn hostile_groups_are_refused_or_within_the_rules(group in any_group()) {
        let mut request = good(0);
        request["group"] = group;
        check(&request)?;
    }

    #[test]
    fn hostile_words_are_refused_or_within_the_rules(words in any_words(), field in 0..5_usize) {
        let mut request = good(0);
        let pointer = ["/message", "/reason", "/project/name", "/group/name", "/group/description"][field];
        *request.pointer_mut(pointer).expect("it is there") = json!(words);
        check(&request)?;
    }

    #[test]
    fn hostile_terms_are_refused_or_within_the_rules(at in any_term(), days in any_term(), both in any::<bool>()) {
        let mut request = good(0);
        request["days"] = if both { days } else { Value::Null };
        request["expiresAt"] = at;
        check(&request)?;
    }

    #[test]
    fn hostile_days_are_refused_or_within_the_rules(days in any_term()) {
        let mut request = good(0);
        request["days"] = days;
        check(&request)?;
    }

    #[test]
    fn a_hostile_instant_of_a_request_is_refused_or_within_the_rules(at in instant(), days in any::<bool>()) {
        let mut request = good(0);
        request["requestedAt"] = json!(at);
        if days {
            request["days"] = json!(30);
        }
        check(&request)?;
    }
}

/// Parses, and holds the outcome against the contract.
fn check(value: &Value) -> Result<(), TestCaseError> {
    match Request::parse(value, now(), Links::Refused) {
        Ok(request) => {
            is_within_the_rules(value, &request)?;
            prop_assert!(
                request.requested_at.duration_since(now()) <= SignedDuration::from_mins(5)
            );
            let again = Request::parse(&normalised(&request), now(), Links::Refused)
                .map(|it| Request { late: None, ..it });
            prop_assert_eq!(again, Ok(Request { late: None, ..request }), "it stays what it is");
        }
        Err(problems) => {
            prop_assert!((1..=100).contains(&problems.len()));
            for problem in &problems {
                prop_assert!(is_of_the_contract(problem), "{problem:?}");
            }
        }
    }
    Ok(())
}

fn is_of_the_contract(problem: &Problem) -> bool {
    let Problem { field, message } = problem;
    let of_a_customer = || {
        let (index, rest) = field.strip_prefix("customers[")?.split_once(']')?;
        index.parse::<usize>().ok().filter(|_| ["", ".email", ".role"].contains(&rest))
    };
    let is_sentence = (5..=100).contains(&message.len()) && message.is_ascii();
    is_sentence && (FIELDS.contains(&field.as_str()) || of_a_customer().is_some())
}

fn is_within_the_rules(value: &Value, request: &Request) -> Result<(), TestCaseError> {
    let given = |pointer: &str| value.pointer(pointer).filter(|it| !it.is_null());
    let said = |pointer: &str| given(pointer).and_then(Value::as_str);
    let is_optional_text = |pointer: &str, read: Option<&String>, longest: usize| {
        let is_same = read.cloned() == said(pointer).map(nfc);
        let is_clean = read.is_none_or(|it| is_clean(it));
        let is_short = read.is_none_or(|it| it.chars().count() <= longest);
        is_same && is_clean && is_short && given(pointer).is_none_or(Value::is_string)
    };
    let org = request.org.as_str();
    prop_assert_eq!(org, given("/org").map_or("main", |it| it.as_str().unwrap_or_default().trim()));
    prop_assert!((1..=32).contains(&org.len()) && !org.starts_with('-'));
    prop_assert!(org.chars().all(|it| matches!(it, 'a'..='z' | '0'..='9' | '-')), "{org}");

    let project = request.project.as_str();
    prop_assert_eq!(Some(project), said("/project/id").map(str::trim));
    prop_assert!(
        (1..=128).contains(&project.chars().count()) && !project.contains(char::is_control)
    );
    prop_assert!(is_clean(project) && nfc(project) == project);
    let name = request.project_name.as_deref();
    prop_assert_eq!(name.map(str::to_owned), said("/project/name").map(|it| nfc(it.trim())));
    prop_assert!(name.is_none_or(|it| is_clean_name(it) && it.chars().count() <= 200));

    match (&request.group, said("/group/id"), said("/group/name")) {
        (GroupName::Id(id), Some(given_id), None) => {
            let given_id = given_id.trim();
            prop_assert!(given("/group/name").is_none() && request.new_group.is_none());
            prop_assert!(matches!(given_id.len(), 15 | 18) && id.as_str().len() == 18);
            prop_assert!(id.as_str().starts_with("0F9") && id.as_str().starts_with(given_id));
        }
        (GroupName::Name(name), None, Some(given_name)) => {
            prop_assert!(given("/group/id").is_none());
            prop_assert_eq!(name, &nfc(given_name.trim()));
            prop_assert!((1..=40).contains(&name.chars().count()) && is_clean_name(name));
            let new = request.new_group.as_ref().expect("a group by name may be created");
            prop_assert_eq!(&new.name, name);
            prop_assert!(is_optional_text("/group/description", new.description.as_ref(), 1_000));
        }
        group => prop_assert!(false, "neither by id nor by name: {group:?}"),
    }
    prop_assert_eq!(
        json!(request.allow_customers),
        given("/group/allowCustomers").cloned().unwrap_or(json!(false))
    );

    let sponsor = said("/sponsor").unwrap_or_default().trim().to_ascii_lowercase();
    prop_assert!(request.sponsor.as_str() == sponsor && is_address(&sponsor), "{sponsor}");
    prop_assert!(is_optional_text("/message", request.message.as_ref(), 255));
    let message = request.message.as_deref().unwrap_or_default();
    prop_assert!(!message.contains("://") && !message.contains("<b>"), "{message}");
    prop_assert!(is_optional_text("/reason", request.reason.as_ref(), 1_000));
    customers_are_within_the_rules(&value["customers"], request)?;
    expiry_is_within_the_rules(given("/expiresAt"), given("/days"), request)
}

fn customers_are_within_the_rules(given: &Value, request: &Request) -> Result<(), TestCaseError> {
    let asked: Vec<(String, Option<Role>)> = match given {
        Value::String(text) => {
            let addresses = text.split(|it: char| it.is_whitespace() || ",;".contains(it));
            addresses
                .filter(|it| !it.is_empty())
                .map(|it| (it.to_ascii_lowercase(), None))
                .collect()
        }
        Value::Array(list) => {
            let role = |it: &Value| match it["role"].as_str() {
                None => None,
                Some("manager") => Some(Role::Manager),
                Some(_) => Some(Role::Member),
            };
            let address =
                |it: &Value| it["email"].as_str().unwrap_or_default().trim().to_ascii_lowercase();
            list.iter().map(|it| (address(it), role(it))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    };
    prop_assert!((1..=1_000).contains(&asked.len()), "{} customers", asked.len());
    let mut once: Vec<(String, Option<Role>)> = Vec::new();
    for customer in asked {
        prop_assert!(is_address(&customer.0), "{}", customer.0);
        if let Some((_, role)) = once.iter_mut().find(|(address, _)| *address == customer.0) {
            let as_new = |role: Option<Role>| role.unwrap_or(Role::Member);
            prop_assert_eq!(as_new(*role), as_new(customer.1), "one address with two roles");
            *role = role.or(customer.1);
        } else {
            once.push(customer);
        }
    }
    let read: Vec<(String, Option<Role>)> =
        request.customers.iter().map(|(email, role)| (email.to_string(), *role)).collect();
    prop_assert_eq!(read, once);
    Ok(())
}

fn expiry_is_within_the_rules(
    expires_at: Option<&Value>,
    days: Option<&Value>,
    request: &Request,
) -> Result<(), TestCaseError> {
    prop_assert!(expires_at.is_none() || days.is_none());
    prop_assert_eq!(request.expires_at.is_some(), expires_at.is_some() || days.is_some());
    if let Some(at) = request.expires_at {
        let hour = SignedDuration::from_hours(1);
        prop_assert!(at.duration_since(request.requested_at) >= hour, "{at}");
        prop_assert!(request.late.is_some() || at.duration_since(now()) >= hour, "{at}");
    }
    if let Some(days) = days {
        prop_assert!(days.is_u64() && *days != json!(0), "{days}");
    }
    if let Some(text) = expires_at {
        let text = text.as_str().unwrap_or_default();
        // A date, a `T`, a time and an offset, at the least.
        prop_assert!(
            text.len() >= 20 && text.is_ascii() && !text.contains(['[', ' ', ',']),
            "{text}"
        );
        prop_assert!(
            text.ends_with(['Z', 'z']) || matches!(text.as_bytes()[text.len() - 6], b'+' | b'-'),
            "{text}"
        );
    }
    Ok(())
}

/// Whether the text is an address in the one form in which addresses are compared.
fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let is_plain = |it: char| {
        it.is_ascii_graphic() && !it.is_ascii_uppercase() && !"@\"\\,;:()<>[] ".contains(it)
    };
    text.len() <= 80
        && !local.is_empty()
        && text.replacen('@', "", 1).chars().all(is_plain)
        && domain.split('.').count() >= 2
        && domain.split('.').all(|label| !label.is_empty())
}

fn nfc(text: &str) -> String {
    text.nfc().collect()
}

/// Whether a text is in its one form, and has none of what is not seen, or is seen as something else.
fn is_clean(text: &str) -> bool {
    let is_hidden = |it: char| {
        it.is_control()
            || matches!(
                it,
                '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{feff}'
            )
            || matches!(it, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{e000}'..='\u{f8ff}')
            || it >= '\u{e0000}'
            || matches!(u32::from(it) & 0xffff, 0xfffe | 0xffff)
    };
    nfc(text) == text && !text.contains(is_hidden)
}

fn is_clean_name(name: &str) -> bool {
    let is_joined = name.contains(['\u{200c}', '\u{200d}', '\u{fe0f}']);
    is_clean(name) && !is_joined && !name.is_empty() && name.trim() == name
}

/// The request as it would be written by who knows all defaults and forms.
fn normalised(request: &Request) -> Value {
    let Request { group, new_group, customers, .. } = request;
    let group = match group {
        GroupName::Id(id) => json!({ "id": id }),
        GroupName::Name(name) => {
            let description = new_group.as_ref().and_then(|it| it.description.as_ref());
            json!({ "name": name, "description": description })
        }
    };
    let customers: Vec<Value> =
        customers.iter().map(|(email, role)| json!({ "email": email, "role": role })).collect();
    let mut value = json!({
        "org": request.org, "project": { "id": request.project, "name": request.project_name }, "group": group,
        "customers": customers, "message": request.message, "sponsor": request.sponsor, "reason": request.reason,
        "expiresAt": request.expires_at, "requestedAt": request.requested_at,
    });
    value["group"]["allowCustomers"] = json!(request.allow_customers);
    value
}

fn now() -> Timestamp {
    NOW.parse().expect("an instant")
}
