//! Payloads that nobody honest sends.

use std::cell::RefCell;
use std::sync::LazyLock;
use std::time::Duration;

use hostile::{cases, instant, is_written_as_an_instant, json as any_json, spoilt, text};
use proptest::prelude::*;
use proptest::sample::select;
use runtime::{Clock, Door, Doors, Envelope, Invocation, Metrics, Queue, Random, Shape, Trust};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

static EVENT_LOOP: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().build().expect("an event loop"));

const ARN: &str = "arn:aws:lambda:eu-central-1:123456789012:function:sample";

const FIELDS: [&str; 6] = ["id", "source", "account", "detail-type", "time", "detail"];

const DOORS: Doors = Doors {
    function: "sample",
    doors: &[
        (Door::Api, Shape::Http),
        (Door::Queue, Shape::Batch),
        (Door::Schedule, Shape::Nothing),
        (Door::Operator, Shape::Request),
    ],
};

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
    is_admitted_or_refused_by_every_door(value)?;
    Ok(())
}

fn is_admitted_or_refused_by_every_door(value: &Value) -> Result<(), TestCaseError> {
    let has = |field: &str| value.get(field).is_some();
    let is_bare = !has("Records") && !has("requestContext");
    let is_http = value.pointer("/requestContext/http").is_some_and(Value::is_object);
    let is_batch = value.pointer("/Records").is_some_and(Value::is_array);
    for (alias, expected) in [
        (":api", is_http),
        (":queue", is_batch),
        (":schedule", value == &json!({})),
        (":operator", is_bare && !has("detail-type")),
        ("", is_bare && !has("detail-type")),
    ] {
        let door = invocation(&format!("{ARN}{alias}")).door();
        match DOORS.admit(door, value) {
            Ok(admitted) => prop_assert!(expected && admitted == door),
            Err(error) => {
                prop_assert!(!expected, "{}", alias);
                prop_assert_eq!(error.error_type, "INVALID_REQUEST");
                prop_assert!(error.message.len() < 200, "{}", error.message);
            }
        }
    }
    Ok(())
}

fn is_an_event_or_names_a_field(value: &Value) -> Result<(), TestCaseError> {
    let said = |field: &str| value.get(field).filter(|it| !it.is_null());
    match Envelope::parse(value) {
        Ok(Envelope { id, source, account, detail_type, time: _, detail }) => {
            let texts = [
                ("id", id),
                ("source", source),
                ("account", account),
                ("detail-type", detail_type),
            ];
            for (field, read) in texts {
                prop_assert!(!read.is_empty());
                prop_assert_eq!(said(field).and_then(Value::as_str), Some(read.as_str()));
            }
            prop_assert_eq!(said("detail"), Some(&detail));
            let time = said("time").and_then(Value::as_str).unwrap_or_default();
            prop_assert!(is_written_as_an_instant(time), "{time}");
        }
        Err(error) => {
            prop_assert!(FIELDS.contains(&error.field));
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
    let work = |id: String, event: Envelope| {
        let outcome = if fails(&id) { Err("odd".to_owned()) } else { Ok(()) };
        worked.borrow_mut().push((id, event));
        async move { outcome }
    };
    let trust = Trust::in_sources("corp.projects").expect("a source");
    let clock = Clock::from_fn(|| "2027-01-04T09:00:00Z".parse().expect("an instant"));
    let queue = Queue::new("sample", trust, Metrics::new(std::io::sink(), clock, "ledger"));
    let invocation = invocation(&format!("{ARN}:queue"));
    let answer = EVENT_LOOP.block_on(queue.each_event(value, &invocation, work));
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
            let event = |record: &Value| {
                record.get("eventSource").filter(|it| *it == "aws:sqs")?;
                let body = record.get("body").and_then(Value::as_str)?;
                let event = Envelope::parse(&serde_json::from_str::<Value>(body).ok()?).ok()?;
                let is_believed =
                    event.source == "corp.projects" && event.account == "123456789012";
                is_believed.then_some(event)
            };
            let events: Vec<Option<Envelope>> = records.into_iter().flatten().map(event).collect();
            let failed: Vec<Value> = ids
                .iter()
                .zip(&events)
                .filter(|(id, event)| event.is_none() || fails(id))
                .map(|(id, _)| json!({ "itemIdentifier": id }))
                .collect();
            prop_assert_eq!(json!(answer), json!({ "batchItemFailures": failed }));
            let expected: Vec<(String, Envelope)> =
                ids.into_iter().zip(events).filter_map(|(id, event)| Some((id, event?))).collect();
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
    select(vec![
        event(),
        http,
        json!({ "Records": [record("m-1", &event().to_string()), record("m-02", "no")] }),
    ])
    .prop_flat_map(spoilt)
}

fn any_batch() -> impl Strategy<Value = Value> {
    let id = prop_oneof![6 => "m-[0-9]{1,2}", 1 => text()];
    let body = prop_oneof![
        2 => any_json().prop_map(|it| it.to_string()),
        3 => spoilt(event()).prop_map(|it| it.to_string()),
        3 => Just(event().to_string()),
        1 => text(),
    ];
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
        "version": "0", "id": "e-1", "source": "corp.projects", "detail-type": "Project Closed", "account": "123456789012",
        "time": "2026-11-23T09:00:00+01:00", "detail": { "projectId": "P-42" },
    })
}

fn invocation(function_arn: &str) -> Invocation {
    let now = "2027-01-04T09:00:00Z".parse().expect("an instant");
    let quarter = Duration::from_mins(15);
    let invocation = Invocation::new("r-1", now, quarter, Random::from_fn(|| 7));
    Invocation { function_arn: function_arn.to_owned(), ..invocation }
}
