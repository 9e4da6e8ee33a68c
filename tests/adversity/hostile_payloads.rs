//! Payloads that nobody honest sends, through the functions' own doors. Nothing that is sent makes a function fail in a way
//! that the contract does not know, and what is taken fits the schemas.

#[expect(dead_code, reason = "whether each of these is understood is shown in `promises`")]
#[path = "../../functions/close-project/src/event/examples.rs"]
mod event_examples;
#[expect(dead_code, reason = "whether each of these is understood is shown in `promises`")]
#[path = "../../functions/invite/src/request/examples.rs"]
mod examples;
#[path = "../../functions/invite/src/request/strategies.rs"]
mod strategies;

use std::cell::RefCell;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hostile::{cases, instant, json as any_json, spoilt, text, with_repeated_field};
use jiff::Timestamp;
use lanyard_local::batch;
use machinery::contract;
use machinery::doors::{failures, http};
use machinery::world::{START, World, event, join, request, world};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestRunner;
use runtime::FunctionError;
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization;

use strategies::{any_customers, any_group, any_term, any_words, good, nearly_good};

/// After so many payloads a world is left for a new one: it grows with what it takes.
const LIFE: usize = 300;

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn a_hostile_request_that_is_understood_fits_its_schema(request in any_request()) {
        if invite::Request::parse(&request, now(), invite::Links::Refused).is_ok() {
            let request = in_one_form(request);
            prop_assert_eq!(contract::detail("Customer Access Requested", &request), Ok(()));
        }
    }

    #[test]
    fn a_hostile_project_event_that_is_understood_fits_its_schema(event in any_project_event()) {
        if close_project::Event::parse(&event, now()).is_ok() {
            prop_assert_eq!(contract::event(&in_one_form(event)), Ok(()));
        }
    }
}

/// The value with its texts in NFC, in which the lengths of a schema count.
fn in_one_form(value: Value) -> Value {
    match value {
        Value::String(text) => text.nfc().collect::<String>().into(),
        Value::Array(list) => list.into_iter().map(in_one_form).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(name, value)| (name, in_one_form(value))).collect()
        }
        other @ (Value::Null | Value::Bool(_) | Value::Number(_)) => other,
    }
}

#[test]
fn a_hostile_http_request_is_answered_by_the_contract() {
    let payload = (any_body(), any::<bool>(), spoilt(http("", false)));
    through_the_doors(150, &payload, &async |world, (body, claims_to_be_encoded, mut payload)| {
        let is_encoded = claims_to_be_encoded || std::str::from_utf8(&body).is_err();
        let text = if is_encoded {
            STANDARD.encode(&body)
        } else {
            String::from_utf8_lossy(&body).into_owned()
        };
        payload = if payload["body"] == "" { http(&text, is_encoded) } else { payload };
        if !payload["requestContext"]["http"].is_object() {
            return is_a_known_error(&payload, &world.invite(payload.clone()).await);
        }
        let answer = world.invite(payload).await;
        let answer = answer.map_err(|error| TestCaseError::fail(format!("{error:?}")))?;
        let status = answer["statusCode"].as_u64().unwrap_or_default();
        let body: Value =
            serde_json::from_str(answer["body"].as_str().unwrap_or_default()).expect("JSON");
        let code = body["error"]["code"].as_str();
        let is_good = match status {
            200 | 207 => code.is_none() && body["customers"].is_array(),
            400 | 404 | 409 => code.is_some() && body["error"]["fix"].is_string(),
            _ => false,
        };
        prop_assert!(is_good, "{answer}");
        let is_named = body["error"]["problems"]
            .as_array()
            .is_some_and(|it| it.iter().all(|it| it["field"].is_string()));
        prop_assert!(code != Some("INVALID_REQUEST") || is_named, "{body}");
        Ok(())
    });
}

#[test]
fn a_hostile_request_from_the_queue_or_direct_is_answered_by_the_contract() {
    let payload = (nearly_good(), 0..3_u8);
    through_the_doors(100, &payload, &async |world, (request, way)| {
        let is_no_event = request.is_null();
        let event = event(world, "Customer Access Requested", &request);
        let payload = match way {
            0 => request,
            1 => event,
            _ => batch([event.to_string().as_str(), "no", event.to_string().as_str()]),
        };
        let answer = world.invite(payload.clone()).await;
        if way == 2 {
            let answer = answer.map_err(|error| TestCaseError::fail(format!("{error:?}")))?;
            let failed = if is_no_event { vec!["m-0", "m-1", "m-2"] } else { vec!["m-1"] };
            prop_assert_eq!(failures(&answer), failed);
            return Ok(());
        }
        is_a_known_error(&payload, &answer)
    });
}

#[test]
fn a_hostile_project_event_or_sweep_is_carried_out_or_refused() {
    let sweep = select(vec![
        json!({ "dryRun": true }),
        json!({ "dryRun": true, "at": START }),
        json!({}),
        json!({ "release": "0".repeat(64) }),
    ]);
    let sweep = prop_oneof![
        2 => sweep.prop_flat_map(spoilt),
        1 => instant().prop_map(|at| json!({ "dryRun": true, "at": at })),
    ];
    let payload = prop_oneof![any_project_event().prop_map(Ok), sweep.prop_map(Err)];
    through_the_doors(150, &payload, &async |world, payload| {
        let (payload, answer) = match payload {
            Ok(event) => (event.clone(), world.close_project(event).await),
            Err(options) => (options.clone(), world.sweep(options).await),
        };
        is_a_known_error(&payload, &answer)
    });
}

#[tokio::test]
async fn a_dry_run_of_the_first_and_of_the_last_instant_is_a_dry_run() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    for at in ["0000-01-01T00:00:00+23:59", "9999-12-31T23:59:59.999999999-23:59"] {
        let report = world.sweep(json!({ "dryRun": true, "at": at })).await;
        assert_eq!(report.expect("a report")["dryRun"], true, "{at}");
    }
}

/// Sends payloads into worlds in which somebody has access.
fn through_the_doors<T: std::fmt::Debug + Clone>(
    number: u32,
    payloads: &impl Strategy<Value = T>,
    check: &impl AsyncFn(&World, T) -> Result<(), TestCaseError>,
) {
    let event_loop =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("an event loop");
    let current: RefCell<(usize, Option<World>)> = RefCell::default();
    let outcome = TestRunner::new(cases(number)).run(payloads, |payload| {
        let (used, kept) = current.take();
        event_loop.block_on(async {
            let world = match kept.filter(|_| used < LIFE) {
                Some(world) => world,
                None => inhabited().await,
            };
            let checked = check(&world, payload).await;
            current.replace((used % LIFE + 1, Some(world)));
            checked
        })
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

async fn inhabited() -> World {
    let world = world().await;
    join(&world, "P-42", "Acme", "ana@acme.example").await;
    world.invite(request("P-42", "Acme", "bo@acme.example")).await.expect("an answer");
    world
}

/// A function error, if it is one, is a refusal for good, and is no longer than a person reads.
fn is_a_known_error(
    payload: &Value,
    answer: &Result<Value, FunctionError>,
) -> Result<(), TestCaseError> {
    let Err(FunctionError { error_type, message, .. }) = answer else { return Ok(()) };
    let known = ["INVALID_REQUEST", "INVALID_BATCH", "ORG_UNKNOWN", "RELEASE_REFUSED"];
    prop_assert!(known.contains(&error_type.as_str()), "{error_type} {message} for {payload}");
    prop_assert!(message.len() < 300, "{message}");
    Ok(())
}

fn any_request() -> impl Strategy<Value = Value> {
    let grouped = any_group().prop_map(|group| {
        let mut request = good(0);
        request["group"] = group;
        request
    });
    let spoilt_in_part = (any_customers(), any_term(), any_term(), 0..3_usize).prop_map(
        |(customers, at, days, number)| {
            let mut request = good(number);
            request["customers"] = customers;
            if number == 1 {
                request["expiresAt"] = at;
            } else {
                request["days"] = days;
            }
            request
        },
    );
    let worded = (any_words(), any_words(), any_words()).prop_map(|(message, reason, name)| {
        let mut request = good(0);
        request["message"] = json!(message);
        request["reason"] = json!(reason);
        request["project"]["name"] = json!(name);
        request["group"]["name"] = json!(name);
        request
    });
    prop_oneof![nearly_good(), grouped, spoilt_in_part, worded]
}

fn any_project_event() -> impl Strategy<Value = Value> {
    let good: Vec<Value> = event_examples::well_formed()
        .into_iter()
        .map(|(kind, said, ..)| event_examples::event(kind, "corp", &said))
        .collect();
    let dated = (select(good.clone()), instant(), instant()).prop_map(|(mut event, time, at)| {
        event["time"] = json!(time);
        event["detail"]["closedAt"] = json!(at);
        event["detail"]["reopenedAt"] = json!(at);
        event
    });
    let space = || select(vec!["", " ", "\n", "\r\n ", "\u{85}", "\u{feff}", "\u{2003}"]);
    let padded = (select(good.clone()), space(), space()).prop_map(|(mut event, before, after)| {
        event["detail"]["projectId"] = json!(format!("{before}P-42{after}"));
        event["detail"]["org"] = json!(format!("{before}main{after}"));
        event
    });
    prop_oneof![3 => select(good).prop_flat_map(spoilt), 1 => dated, 1 => padded]
}

/// The bytes of a body: a request, or what was one.
fn any_body() -> impl Strategy<Value = Vec<u8>> {
    let request = || nearly_good().prop_map(|it| it.to_string());
    let twice = (nearly_good(), any::<Index>(), any_json())
        .prop_map(|(request, place, before)| with_repeated_field(&request, &place, &before));
    let torn = (request(), any::<Index>()).prop_map(|(text, end)| {
        text.into_bytes().into_iter().take(end.index(300)).collect::<Vec<u8>>()
    });
    let deep = select(vec![127_usize, 128, 129, 100_000]).prop_map(|depth| "[".repeat(depth));
    let number = request().prop_map(|text| text.replacen(':', ":1e400,\"x\":", 1));
    prop_oneof![
        5 => request().prop_map(String::into_bytes),
        2 => twice.prop_map(String::into_bytes),
        1 => torn,
        1 => prop::collection::vec(any::<u8>(), 0..50),
        1 => deep.prop_map(String::into_bytes),
        1 => number.prop_map(String::into_bytes),
        1 => text().prop_map(String::into_bytes),
    ]
}

fn now() -> Timestamp {
    START.parse().expect("an instant")
}
