//! Payloads that nobody honest sends.

use std::cell::RefCell;
use std::sync::LazyLock;
use std::time::Duration;

use hostile::{cases, instant, is_written_as_an_instant, json as any_json, spoilt, text};
use proptest::prelude::*;
use proptest::sample::select;
use runtime::{Envelope, Invocation, Random, Trigger, each_message};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

static EVENT_LOOP: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().build().expect("an event loop"));

proptest! {
    #![proptest_config(cases(700))]

    #[test]
    fn hostile_json_is_an_event_only_if_it_has_all_of_one(value in any_json()) {
        check(&value)?;
    }

    #[test]
    fn a_hostile_change_to_a_good_event_is_refused_or_read_as_it_is(value in nearly_good()) {
        check(&value)?;
    }

    #[test]
    fn a_hostile_time_is_refused_or_is_an_instant(time in instant()) {
        let mut event = event();
        event["time"] = json!(time);
        check(&event)?;
    }

    #[test]
    fn a_batch_is_answered_whole_or_not_begun(batch in any_batch()) {
        check(&batch)?;
    }
}

fn check(value: &Value) -> Result<(), TestCaseError> {
    is_an_event_or_names_a_field(value)?;
    is_answered_or_not_begun(value)?;
    let has = |pointer: &str| value.pointer(pointer).is_some();
    let is_text = |pointer: &str| value.pointer(pointer).is_some_and(Value::is_string);
    let expected = match () {
        () if value.pointer("/Records").is_some_and(Value::is_array) => Trigger::Queue,
        () if has("/requestContext/http") => Trigger::Http,
        () if is_text("/detail-type") && is_text("/source") => Trigger::Event,
        () => Trigger::Direct,
    };
    prop_assert_eq!(Trigger::of(value), expected);
    Ok(())
}

fn is_an_event_or_names_a_field(value: &Value) -> Result<(), TestCaseError> {
    let said = |field: &str| value.get(field).filter(|it| !it.is_null());
    match Envelope::parse(value) {
        Ok(Envelope { id, source, detail_type, time: _, detail }) => {
            for (field, read) in [("id", id), ("source", source), ("detail-type", detail_type)] {
                prop_assert!(!read.is_empty());
                prop_assert_eq!(said(field).and_then(Value::as_str), Some(read.as_str()));
            }
            prop_assert_eq!(said("detail"), Some(&detail));
            let time = said("time").and_then(Value::as_str).unwrap_or_default();
            prop_assert!(is_written_as_an_instant(time), "{time}");
        }
        Err(error) => {
            prop_assert!(["id", "source", "detail-type", "time", "detail"].contains(&error.field));
            let is_there = said(error.field).is_some();
            prop_assert_eq!(error.problem == "is missing", !is_there, "{}", error);
        }
    }
    Ok(())
}

/// Holds the answer of a batch in which every second message fails against its records.
fn is_answered_or_not_begun(value: &Value) -> Result<(), TestCaseError> {
    let worked = RefCell::new(Vec::new());
    let fails = |id: &str| id.len() % 2 == 1;
    let work = |id: String, body: Value| {
        let outcome = if fails(&id) { Err("odd".to_owned()) } else { Ok(()) };
        worked.borrow_mut().push((id, body));
        async move { outcome }
    };
    let now = "2027-01-04T09:00:00Z".parse().expect("an instant");
    let quarter = Duration::from_mins(15);
    let invocation = Invocation::new("r-1", now, quarter, Random::from_fn(|| 7));
    let answer = EVENT_LOOP.block_on(each_message(value, &invocation, work));
    let worked = worked.into_inner();
    let records = value.get("Records").and_then(Value::as_array);
    let id = |record: &Value| {
        record
            .get("messageId")
            .and_then(Value::as_str)
            .filter(|it| !it.is_empty())
            .map(str::to_owned)
    };
    let ids: Option<Vec<String>> = records.and_then(|records| records.iter().map(id).collect());
    match (answer, ids) {
        (Ok(answer), Some(ids)) => {
            let body = |record: &Value| {
                let body = record.get("body").and_then(Value::as_str)?;
                serde_json::from_str::<Value>(body).ok()
            };
            let bodies: Vec<Option<Value>> = records.into_iter().flatten().map(body).collect();
            let failed: Vec<Value> = ids
                .iter()
                .zip(&bodies)
                .filter(|(id, body)| body.is_none() || fails(id))
                .map(|(id, _)| json!({ "itemIdentifier": id }))
                .collect();
            prop_assert_eq!(json!(answer), json!({ "batchItemFailures": failed }));
            let expected: Vec<(String, Value)> =
                ids.into_iter().zip(bodies).filter_map(|(id, body)| Some((id, body?))).collect();
            prop_assert_eq!(worked, expected, "each once, in order");
        }
        (Err(error), None) => {
            prop_assert_eq!(error.error_type, "INVALID_BATCH");
            prop_assert!(
                error.message.contains("Records") && error.message.len() < 60,
                "{}",
                error.message
            );
            prop_assert!(worked.is_empty(), "it was begun");
        }
        (answer, ids) => prop_assert!(false, "{answer:?} for {ids:?}"),
    }
    Ok(())
}

fn nearly_good() -> impl Strategy<Value = Value> {
    let http = json!({ "version": "2.0", "requestContext": { "http": { "method": "POST" } }, "body": "{}" });
    select(vec![event(), http, json!({ "Records": [record("m-1", "{}"), record("m-02", "no")] })])
        .prop_flat_map(spoilt)
}

fn any_batch() -> impl Strategy<Value = Value> {
    let id = prop_oneof![6 => "m-[0-9]{1,2}", 1 => text()];
    let body = prop_oneof![2 => any_json().prop_map(|it| it.to_string()), 1 => text()];
    let torn = prop_oneof![4 => Just(usize::MAX), 1 => 0..40_usize];
    let record = (id, body, torn)
        .prop_map(|(id, body, end)| record(&id, &body.chars().take(end).collect::<String>()));
    prop::collection::vec(record, 0..5).prop_map(|records| json!({ "Records": records }))
}

fn record(id: &str, body: &str) -> Value {
    json!({ "messageId": id, "body": body, "eventSource": "aws:sqs" })
}

fn event() -> Value {
    json!({
        "version": "0", "id": "e-1", "source": "corp.projects", "detail-type": "Project Closed", "account": "1",
        "time": "2026-11-23T09:00:00+01:00", "detail": { "projectId": "P-42" },
    })
}
