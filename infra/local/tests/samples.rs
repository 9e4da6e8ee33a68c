//! The sample events that the story does not use.

use access::{OrgAlias, ProjectId};
use lanyard_local::{Setup, World};
use serde_json::Value;

#[tokio::test]
async fn what_they_ask_for_is_understood_as_it_stands() {
    let json = |sample: &str| -> Value { serde_json::from_str(sample).unwrap() };
    let setup = Setup::at("2026-11-26T10:00:00Z".parse().unwrap());
    let world = World::start(setup).await.unwrap();
    let is_closed = async || {
        let id = ProjectId::parse("lanyard-sample").unwrap();
        world.ledger.reader.project(&OrgAlias::default(), &id).await.unwrap().is_closed()
    };
    let closed = json(include_str!("../../events/close-project/project-closed.json"));
    let report = world.close_project(closed).await.unwrap();
    assert_eq!(report["trigger"], "manual", "whoever invokes by hand is the operator");
    assert!(is_closed().await);
    let reopened = json(include_str!("../../events/close-project/project-reopened.json"));
    world.close_project(reopened).await.unwrap();
    assert!(!is_closed().await);
    let report = world.sweep(json(include_str!("../../events/sweep/dry-run.json"))).await.unwrap();
    assert_eq!(
        (&report["dryRun"], &report["decisions"]),
        (&true.into(), &Value::Array(Vec::new()))
    );
    let queue = json(include_str!("../../events/sweep/queue.json"));
    let answer = world.sweep(queue).await.unwrap();
    assert_eq!(answer["batchItemFailures"], Value::Array(Vec::new()));
}
