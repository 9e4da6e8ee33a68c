//! Who asks is the platform's word: a payload that says of itself by which door it came, or from whom, is not believed.

use lanyard_local::batch;
use machinery::doors::{failures, http};
use machinery::world::{
    World, closed, customer, days, event, history, invite, join, outcomes, project, request, seat,
    text, with, world, world_with,
};
use runtime::{Door, FunctionError};
use serde_json::{Value, json};

const ANA: &str = "ana@acme.example";
const PORTAL: &str = "arn:aws:sts::123456789012:assumed-role/portal/kim";

#[tokio::test]
async fn a_direct_invocation_that_is_shaped_like_http_a_batch_or_an_event_names_nobody_else() {
    let world = world().await;
    let asked = request("P-1", "Acme", ANA);
    let operator = || world.by(Door::Operator);
    let shaped = "the door operator of invite takes the request itself";
    for payload in [
        signed(&asked),
        batch([event(&world, "Customer Access Requested", &asked).to_string().as_str()]),
        event(&world, "Customer Access Requested", &asked),
        // Fields beside those of a request would otherwise be left alone, and the request carried out.
        with(asked.clone(), &json!({ "requestContext": signed(&asked)["requestContext"] })),
    ] {
        is_refused(operator().invite(payload).await, shaped);
    }
    let shaped = "the door operator of close-project takes the request itself or an event";
    for payload in [batch([closed(&world, "P-1").to_string().as_str()]), signed(&json!({}))] {
        is_refused(operator().close_project(payload).await, shaped);
    }
    let shaped = "the door operator of sweep takes the request itself";
    for payload in [batch([]), signed(&json!({})), continuation(&world)] {
        is_refused(operator().sweep(payload).await, shaped);
    }
    assert_eq!(world.org().mails(), []);
    assert_eq!(project(&world, "P-1").await, "open");

    let answer = operator().invite(asked).await.expect("it is carried out");
    assert_eq!(outcomes(&answer), format!("{ANA} invited"));
    let expected = "operator whom the platform does not name, request invocation-";
    assert!(actors(&world).await[0].starts_with(expected), "{:?}", actors(&world).await);
}

#[tokio::test]
async fn each_door_takes_its_own_shape_and_says_which() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    world.pass(days(90));
    let by = |door| world.by(door);
    let close = closed(&world, "P-1");
    let asked = request("P-1", "Acme", "bo@acme.example");
    is_refused(by(Door::Api).invite(asked.clone()).await, "the door api of invite takes an HTTP");
    is_refused(
        by(Door::Queue).invite(asked.clone()).await,
        "the door queue of invite takes a batch",
    );
    is_refused(
        by(Door::Queue).invite(signed(&asked)).await,
        "the door queue of invite takes a batch",
    );
    is_refused(by(Door::Schedule).invite(asked).await, "invite has no door schedule");
    is_refused(by(Door::Api).close_project(signed(&close)).await, "close-project has no door api");
    is_refused(by(Door::Queue).close_project(close).await, "the door queue of close-project takes");
    let named = json!({ "customers": ANA });
    is_refused(by(Door::Queue).close_project(named).await, "the door queue of close-project takes");
    is_refused(by(Door::Api).sweep(json!({})).await, "sweep has no door api");
    is_refused(by(Door::Queue).sweep(json!({})).await, "the door queue of sweep takes a batch");
    let dry_run = json!({ "dryRun": true });
    is_refused(by(Door::Schedule).sweep(dry_run).await, "the door schedule of sweep takes {}");
    assert_eq!(seat(&world, ANA), "active in Acme");
    assert_eq!(
        invite(&world, request("P-1", "Acme", "bo@acme.example")).await,
        "bo@acme.example invited"
    );
}

#[tokio::test]
async fn the_api_names_who_signed_and_nothing_else_of_a_request_does() {
    let world = world().await;
    let asked = with(request("P-1", "Acme", ANA), &json!({ "requestContext": "kim" }));
    let answer = world.by(Door::Api).invite(signed(&asked)).await.expect("an answer");
    assert_eq!(answer["statusCode"], 200, "{answer}");
    assert_eq!(actors(&world).await[0], PORTAL);
}

#[tokio::test]
async fn an_event_by_hand_is_the_operators_word_and_the_bus_has_not_vouched_for_it() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    let withdrawn = event(&world, "Customer Access Withdrawn", &json!({ "customers": ANA }));
    let forged = with(withdrawn, &json!({ "account": "111111111111", "source": "corp.crm" }));
    let report = world.by(Door::Operator).close_project(forged).await.expect("it is withdrawn");
    assert_eq!((&report["trigger"], &report["ended"]), (&json!("manual"), &json!(1)));
    let actors = actors(&world).await;
    assert!(actors.iter().any(|it| it.starts_with("operator whom")), "{actors:?}");
    assert!(!actors.iter().any(|it| it.contains("corp.crm")), "{actors:?}");

    // What only the bus would add need not be made up.
    let short = json!({ "detail-type": "Project Closed", "detail": { "projectId": "P-1" } });
    let report = world.by(Door::Operator).close_project(short).await.expect("it is closed");
    assert_eq!(report["trigger"], "manual");
    assert_eq!(project(&world, "P-1").await, "closed");

    let detail = json!({ "function": "close-project", "projectId": "P-1", "attempt": 1 });
    let continued = event(&world, "Continuation", &detail);
    let continued = with(continued, &json!({ "source": "lanyard" }));
    let refused = world.by(Door::Operator).close_project(continued).await;
    is_refused(refused, "detail-type must be Project Closed");
}

#[tokio::test]
async fn a_message_that_is_not_believed_changes_nothing_is_counted_and_comes_again() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    let forgeries = |event: &Value| -> Vec<Value> {
        [
            json!({ "account": "111111111111" }),
            json!({ "source": "corp.intruder" }),
            json!({ "source": "lanyard" }),
        ]
        .iter()
        .map(|fields| with(event.clone(), fields))
        .collect()
    };
    let asked = request("P-1", "Acme", "bo@acme.example");
    let asked = forgeries(&event(&world, "Customer Access Requested", &asked));
    let answer = world.by(Door::Queue).invite(queued(&asked)).await.expect("a batch");
    assert_eq!(failures(&answer).len(), asked.len());
    assert_eq!(untrusted(&world), json!({ "invite": 3 }));

    let withdrawn = event(&world, "Customer Access Withdrawn", &json!({ "customers": ANA }));
    let said = [forgeries(&closed(&world, "P-1")), forgeries(&withdrawn)].concat();
    let answer = world.by(Door::Queue).close_project(queued(&said)).await.expect("a batch");
    assert_eq!(failures(&answer).len(), said.len());
    assert_eq!(untrusted(&world), json!({ "close-project": 6, "invite": 3 }));

    let foreign = with(continuation(&world), &json!({ "account": "111111111111" }));
    let answer = world.by(Door::Queue).sweep(queued(&[foreign])).await.expect("a batch");
    assert_eq!(failures(&answer).len(), 1);
    assert_eq!(untrusted(&world), json!({ "close-project": 6, "invite": 3, "sweep": 1 }));

    assert_eq!(world.org().open_invitations("bo@acme.example").len(), 0);
    assert_eq!(seat(&world, ANA), "active in Acme");
    assert_eq!(project(&world, "P-1").await, "open");
}

#[tokio::test]
async fn what_is_no_message_of_the_queue_is_left_there() {
    let world = world().await;
    let mut batch = batch([closed(&world, "P-1").to_string().as_str()]);
    for source in [json!(null), json!("aws:kinesis"), json!("SQS")] {
        batch["Records"][0]["eventSource"] = source;
        let answer = world.by(Door::Queue).close_project(batch.clone()).await.expect("a batch");
        assert_eq!(failures(&answer), ["m-0"]);
    }
    assert_eq!(project(&world, "P-1").await, "open");
}

#[tokio::test]
async fn every_trusted_source_is_named_in_the_evidence_by_itself() {
    let world =
        world_with(|setup| setup.trusted_sources = "corp.projects,corp.crm".to_owned()).await;
    let asked = event(&world, "Customer Access Requested", &request("P-1", "Acme", ANA));
    let asked = with(asked, &json!({ "source": "corp.crm", "id": "e-7" }));
    let answer = world.by(Door::Queue).invite(queued(&[asked])).await.expect("a batch");
    assert!(failures(&answer).is_empty());
    assert_eq!(actors(&world).await[0], "event corp.crm e-7");
}

/// A request as the HTTP API passes it on from the portal.
fn signed(request: &Value) -> Value {
    let mut payload = http(&request.to_string(), false);
    payload["requestContext"]["authorizer"] = json!({ "iam": { "userArn": PORTAL } });
    payload
}

fn queued(events: &[Value]) -> Value {
    let bodies: Vec<String> = events.iter().map(Value::to_string).collect();
    batch(bodies.iter().map(String::as_str))
}

fn continuation(world: &World) -> Value {
    let asked = event(world, "Continuation", &json!({ "function": "sweep", "attempt": 1 }));
    with(asked, &json!({ "source": "lanyard" }))
}

fn is_refused(answer: Result<Value, FunctionError>, expected: &str) {
    let error = answer.expect_err("it is refused");
    assert_eq!(error.error_type, "INVALID_REQUEST");
    assert!(error.message.starts_with(expected), "{}", error.message);
}

/// Who did what to Ana's first grant.
async fn actors(world: &World) -> Vec<String> {
    let customer = customer(world, ANA).await;
    let grant = customer.grants.keys().next().expect("a grant");
    let history = history(world, grant).await;
    history.iter().filter_map(|entry| entry.actor().map(str::to_owned)).collect()
}

/// How many messages each function has not believed.
fn untrusted(world: &World) -> Value {
    let mut counts = json!({});
    for line in world.metrics() {
        if let Some(count) = line["UntrustedEvents"].as_u64() {
            let function = text(&line["Function"]);
            let before = counts[&function].as_u64().unwrap_or_default();
            counts[&function] = json!(before + count);
        }
    }
    counts
}
