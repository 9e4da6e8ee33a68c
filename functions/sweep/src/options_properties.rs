//! Whatever is sent, a payload is either one of the things that a sweep may be asked for or refused by the name of a field.

use hostile::{cases, instant, is_written_as_an_instant, json as any_json, spoilt};
use proptest::prelude::*;
use proptest::sample::select;
use run::Trigger;
use runtime::Envelope;
use serde_json::{Value, json};

use super::{InvalidOptions, Options};

proptest! {
    #![proptest_config(cases(700))]

    #[test]
    fn hostile_json_is_refused_by_the_name_of_a_field(value in any_json()) {
        check(&value)?;
    }

    #[test]
    fn a_hostile_change_to_good_options_is_refused_or_within_the_rules(value in nearly_good()) {
        check(&value)?;
    }

    #[test]
    fn hostile_instants_are_refused_or_read_as_they_are_written(at in instant(), time in instant()) {
        check(&json!({ "dryRun": true, "at": at }))?;
        let mut event = continuation();
        event["time"] = json!(time);
        check(&event)?;
    }
}

/// Parses in both ways, and holds the outcome against the contract.
fn check(value: &Value) -> Result<(), TestCaseError> {
    match Envelope::parse(value).map(|envelope| Options::of_continuation(&envelope)) {
        Ok(Ok(options)) => is_a_continuation(value, &options)?,
        Ok(Err(error)) => names_a_field(value, &error)?,
        Err(_) => {}
    }
    let options = match Options::parse(value) {
        Ok(options) => options,
        Err(error) => return names_a_field(value, &error),
    };
    let fields = value.as_object().expect("options are an object");
    prop_assert_eq!(options.trigger, Trigger::Manual);
    prop_assert!(fields.keys().all(|it| ["dryRun", "at", "org", "release"].contains(&it.as_str())));
    prop_assert_eq!(
        options.dry_run,
        fields.get("dryRun") == Some(&json!(true)),
        "a dry run never becomes a real one"
    );
    prop_assert_eq!(options.at.is_some(), fields.contains_key("at"));
    prop_assert!(options.at.is_none() || options.dry_run);
    prop_assert_eq!(options.org.map(|it| json!(it)), fields.get("org").cloned());
    prop_assert_eq!(options.release.as_ref().map(|it| json!(it)), fields.get("release").cloned());
    if let Some(digest) = options.release {
        prop_assert!(digest.len() == 64 && digest.chars().all(|it| it.is_ascii_hexdigit()));
        prop_assert!(
            fields.len() == 1 || fields.get("dryRun") == Some(&json!(false)),
            "a release is the only option"
        );
    }
    if let Some(text) = fields.get("at").and_then(Value::as_str) {
        prop_assert!(is_written_as_an_instant(text), "{text}");
    }
    Ok(())
}

fn is_a_continuation(value: &Value, options: &Options) -> Result<(), TestCaseError> {
    let said = |pointer: &str| value.pointer(pointer).filter(|it| !it.is_null()).cloned();
    prop_assert_eq!(said("/source"), Some(json!("lanyard")));
    prop_assert_eq!(said("/detail-type"), Some(json!("Continuation")));
    prop_assert_eq!(said("/detail/function"), Some(json!("sweep")));
    prop_assert_eq!(said("/detail/attempt"), Some(json!(options.attempt)));
    prop_assert!(!options.dry_run && options.at.is_none() && options.release.is_none());
    if said("/detail/everyOrg") != Some(json!(true)) {
        prop_assert_eq!(options.org.as_ref().map(|it| json!(it)), said("/detail/org"));
    }
    Ok(())
}

/// A field of the contract, or one of the payload that is none.
fn names_a_field(value: &Value, error: &InvalidOptions) -> Result<(), TestCaseError> {
    let known =
        ["payload", "dryRun", "at", "org", "release", "detail-type", "detail", "detail.function"];
    let is_own = value.as_object().is_some_and(|fields| fields.contains_key(&error.field));
    prop_assert!(known.contains(&error.field.as_str()) || is_own, "{error}");
    prop_assert!(error.field.bytes().all(|it| it.is_ascii_alphanumeric() || b".-".contains(&it)));
    prop_assert!(error.to_string().chars().count() <= 100, "as long as what was sent: {error}");
    Ok(())
}

fn nearly_good() -> impl Strategy<Value = Value> {
    let options = vec![
        json!({}),
        json!({ "dryRun": true }),
        json!({ "dryRun": true, "at": "2027-02-01T00:00:00Z", "org": "main" }),
        json!({ "release": "0".repeat(64) }),
        continuation(),
    ];
    select(options).prop_flat_map(spoilt)
}

fn continuation() -> Value {
    json!({
        "id": "e", "source": "lanyard", "account": "1", "detail-type": "Continuation", "time": "2027-01-01T00:00:00Z",
        "detail": { "id": "x", "at": "2027-01-01T00:00:00Z", "org": "main", "function": "sweep", "attempt": 2 },
    })
}
