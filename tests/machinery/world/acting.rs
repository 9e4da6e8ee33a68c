//! Short ways to act on a world.

use futures_util::future::BoxFuture;
use runtime::FunctionError;
use serde_json::{Value, json};

use crate::world::{World, grants, text};

/// The counts of a report, in the order of the contract.
const COUNTS: [&str; 13] = [
    "looked",
    "kept",
    "joined",
    "promoted",
    "ended",
    "proven",
    "reproven",
    "drifted",
    "stuck",
    "undecided",
    "held",
    "deferred",
    "failed",
];

/// A request for customers, in any form that the field `customers` takes.
pub fn request(project: &str, group: &str, customers: impl Into<Value>) -> Value {
    json!({
        "project": { "id": project },
        "group": { "name": group },
        "customers": customers.into(),
        "sponsor": "kim@corp.example",
    })
}

/// The same with other fields.
#[must_use]
pub fn with(mut value: Value, fields: &Value) -> Value {
    let fields = fields.as_object().expect("an object").clone();
    value.as_object_mut().expect("an object").extend(fields);
    value
}

/// One customer who is to be manager.
#[must_use]
pub fn manager(email: &str) -> Value {
    json!([{ "email": email, "role": "manager" }])
}

/// Sends a request directly and tells what became of it: outcomes, the code of a refusal, or that of a function error.
pub async fn invite(world: &World, request: Value) -> String {
    match world.invite(request).await {
        Ok(answer) => outcomes(&answer),
        Err(error) => format!("{}, to be tried again", error.error_type),
    }
}

/// What became of whom.
#[must_use]
pub fn outcomes(answer: &Value) -> String {
    if let Some(code) = answer.pointer("/error/code") {
        return text(code);
    }
    let customers = answer["customers"].as_array().expect("customers");
    let outcome = |it: &Value| {
        let code =
            it.pointer("/error/code").map_or_else(String::new, |code| format!(" {}", text(code)));
        format!("{} {}{code}", text(&it["email"]), text(&it["outcome"]))
    };
    customers.iter().map(outcome).collect::<Vec<_>>().join(", ")
}

/// Invites a customer, who accepts; the next sweep learns of it.
pub async fn join(world: &World, project: &str, group: &str, email: &str) {
    let answer = invite(world, request(project, group, email)).await;
    assert_eq!(answer, format!("{email} invited"));
    world.org().accept_from(group, email).expect("the invitation is open");
    sweep(world).await;
    assert_eq!(
        grants(world, email).await.last().map(String::as_str),
        Some(&*format!("{project} member active"))
    );
}

/// An EventBridge event of the present instant.
#[must_use]
pub fn event(world: &World, detail_type: &str, detail: &Value) -> Value {
    json!({
        "version": "0", "id": format!("event-{}", world.now().as_millisecond()), "detail-type": detail_type,
        "source": "corp.projects", "account": "123456789012", "time": world.now(), "region": "eu-central-1",
        "resources": [], "detail": detail,
    })
}

/// *Project Closed* as of now.
#[must_use]
pub fn closed(world: &World, project: &str) -> Value {
    event(world, "Project Closed", &json!({ "projectId": project }))
}

/// *Project Reopened* as of now.
#[must_use]
pub fn reopened(world: &World, project: &str) -> Value {
    event(world, "Project Reopened", &json!({ "projectId": project }))
}

/// Closes a project, which succeeds, and gives the report.
pub async fn close(world: &World, project: &str) -> Value {
    let report = world.close_project(closed(world, project)).await;
    report.unwrap_or_else(|error| panic!("the project is closed: {error:?}"))
}

/// Sweeps, which succeeds, and gives the report.
pub async fn sweep(world: &World) -> Value {
    let report = world.sweep(json!({})).await;
    report.unwrap_or_else(|error| panic!("the sweep succeeds: {error:?}"))
}

/// The report of a run that failed.
#[expect(clippy::must_use_candidate, reason = "sometimes it is enough that it has failed")]
pub fn failed(result: Result<Value, FunctionError>) -> Value {
    let error = result.expect_err("the run fails");
    assert_eq!(error.error_type, "RunFailed", "{}", error.message);
    serde_json::from_str(&error.message).expect("the message is the report")
}

/// The counts of a report that are not zero.
#[must_use]
pub fn counts(report: &Value) -> String {
    let count = |name: &&str| report[*name].as_u64().expect("a count");
    let counts = COUNTS.iter().filter(|name| count(name) > 0);
    counts.map(|name| format!("{name} {}", count(name))).collect::<Vec<_>>().join(", ")
}

/// Takes the ledger's table away.
pub fn lose_ledger(world: &World) -> BoxFuture<'_, ()> {
    Box::pin(async {
        let deletion = world.dynamodb.delete_table().table_name(World::TABLE);
        deletion.send().await.expect("it is gone");
    })
}
