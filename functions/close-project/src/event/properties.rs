//! Whatever is sent, an event is either one that the contract describes or refused by the name of a field.

use hostile::{cases, instant, is_written_as_an_instant, json as any_json, spoilt};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization;

use super::Event;
use super::examples::{NOW, event};

/// What may be named as wrong.
const FIELDS: [&str; 13] = [
    "id",
    "source",
    "account",
    "detail-type",
    "time",
    "detail",
    "detail.projectId",
    "detail.org",
    "detail.closedAt",
    "detail.closedBy",
    "detail.reopenedAt",
    "detail.reopenedBy",
    "detail.reason",
];

proptest! {
    #![proptest_config(cases(700))]

    #[test]
    fn hostile_json_is_refused_by_the_name_of_a_field(value in any_json()) {
        check(&value)?;
    }

    #[test]
    fn a_hostile_change_to_a_good_event_is_refused_or_within_the_rules(value in nearly_good()) {
        check(&value)?;
    }

    #[test]
    fn hostile_instants_are_refused_or_read_as_they_are_written(
        time in instant(),
        at in prop::option::of(instant()),
        closes in any::<bool>(),
    ) {
        let (kind, field) = if closes { ("Project Closed", "closedAt") } else { ("Project Reopened", "reopenedAt") };
        let mut value = event(kind, "corp", &json!({ "projectId": "P-42", field: at }));
        value["time"] = json!(time);
        check(&value)?;
    }
}

fn check(value: &Value) -> Result<(), TestCaseError> {
    let event = match Event::parse(value, now()) {
        Ok(event) => event,
        Err(error) => {
            prop_assert!(FIELDS.contains(&error.field.as_str()), "{error}");
            prop_assert!(
                error.expected.is_ascii() && (5..=120).contains(&error.expected.len()),
                "{error}"
            );
            let is_there = |pointer| value.pointer(pointer).is_some_and(|it| !it.is_null());
            let is_dated_by_envelope =
                !is_there("/detail/closedAt") && !is_there("/detail/reopenedAt");
            let blames_the_detail = error.field.ends_with("edAt");
            prop_assert!(
                !(is_dated_by_envelope && blames_the_detail),
                "{error}: there is no such field"
            );
            return Ok(());
        }
    };
    let said = |pointer: &str| value.pointer(pointer).filter(|it| !it.is_null()).cloned();
    let id_said = |pointer: &str| {
        said(pointer).as_ref().and_then(Value::as_str).map(|it| it.trim().to_owned())
    };
    prop_assert_eq!(Some(event.project.to_string()), id_said("/detail/projectId"));
    let id = event.project.as_str();
    prop_assert!((1..=128).contains(&id.chars().count()) && !id.contains(char::is_control));
    let org = id_said("/detail/org").unwrap_or_else(|| "main".to_owned());
    prop_assert_eq!(event.org.to_string(), org);
    for field in ["/id", "/source", "/detail-type"] {
        prop_assert!(said(field).is_some_and(|it| it.is_string() && it != ""));
    }
    let Some(change) = event.change else {
        prop_assert_eq!(said("/source"), Some(json!("lanyard")));
        prop_assert_eq!(said("/detail-type"), Some(json!("Continuation")));
        prop_assert_eq!(said("/detail/attempt"), Some(json!(event.attempt)));
        return Ok(());
    };
    let kind = if change.closes { "Project Closed" } else { "Project Reopened" };
    prop_assert_eq!(said("/detail-type"), Some(json!(kind)));
    let (at, by) = if change.closes {
        ("/detail/closedAt", "/detail/closedBy")
    } else {
        ("/detail/reopenedAt", "/detail/reopenedBy")
    };
    for (kept, pointer) in [(change.by, by), (change.reason, "/detail/reason")] {
        let said = said(pointer).as_ref().and_then(Value::as_str).map(nfc);
        // What is clean is kept as it is.
        let is_clean = said.as_ref().is_none_or(|it| access::clean_text(it).is_ok());
        prop_assert!(!is_clean || kept == said, "{kept:?}");
        prop_assert_eq!(kept.is_some(), said.is_some());
        let kept = kept.unwrap_or_default();
        prop_assert!(kept.chars().count() <= 1_000);
        prop_assert!(!kept.contains(|it| char::is_control(it) || is_hidden(it)), "{kept:?}");
    }
    prop_assert!(change.at.duration_since(now()) <= SignedDuration::from_mins(5), "{}", change.at);
    for instant in [said("/time"), said(at)].into_iter().flatten() {
        let text = instant.as_str().unwrap_or_default();
        prop_assert!(is_written_as_an_instant(text), "{text}");
    }
    Ok(())
}

fn nfc(text: &str) -> String {
    text.nfc().collect()
}

fn is_hidden(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{feff}')
        || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{e000}'..='\u{f8ff}')
        || character >= '\u{e0000}'
}

fn nearly_good() -> impl Strategy<Value = Value> {
    let said = vec![
        (
            "Project Closed",
            "corp",
            json!({ "projectId": "P-42", "org": "main", "closedAt": "2027-01-01T00:00:00Z", "closedBy": "kim", "reason": "done" }),
        ),
        (
            "Project Reopened",
            "corp",
            json!({ "projectId": "P-42", "reopenedAt": "2027-01-01T02:00:00+02:00", "reopenedBy": "lou" }),
        ),
        ("Project Closed", "corp", json!({ "projectId": "P-42" })),
        (
            "Continuation",
            "lanyard",
            json!({ "org": "main", "function": "close-project", "projectId": "P-42", "attempt": 2 }),
        ),
    ];
    select(said).prop_flat_map(|(kind, source, detail)| spoilt(event(kind, source, &detail)))
}

fn now() -> Timestamp {
    NOW.parse().expect("an instant")
}
