//! What is delivered together: all of it is recorded first, and one org keeps no other waiting.

use access::OrgAlias;
use lanyard_local::batch;
use machinery::doors::failures;
use machinery::world::{
    closed, event, grants, invite, join, project, request, told, with, world, world_with_org,
};
use salesforce_simulator::{Fault, FaultKind};
use serde_json::{Value, json};

#[tokio::test]
async fn an_org_that_does_not_answer_keeps_no_other_waiting_and_is_asked_once() {
    let world = world().await;
    let dead = world_with_org(|_| ()).await;
    let alias = OrgAlias::parse("dead").unwrap();
    world.set_secret(&alias, Some(dead.simulator.secret_json()));
    for number in 1..=3 {
        let asked = request(&format!("P-{number}"), "Acme", format!("c{number}@acme.example"));
        invite(&world, with(asked, &json!({ "org": "dead" }))).await;
    }
    join(&world, "P-9", "Acme", "ana@acme.example").await;
    dead.org().add_fault(Fault::always(FaultKind::DropBefore));
    let close = |number: u32| {
        let detail = json!({ "org": "dead", "projectId": format!("P-{number}") });
        event(&world, "Project Closed", &detail)
    };

    dead.org().clear_log();
    let alone = failures(&world.close_project(queued(&[close(1)])).await.unwrap());
    assert_eq!(alone.len(), 1);
    let asked_by_one = dead.org().calls().len();
    dead.org().clear_log();
    let messages = [close(1), close(2), close(3), closed(&world, "P-9")];
    let left = failures(&world.close_project(queued(&messages)).await.unwrap());

    assert_eq!(left, ["m-0", "m-1", "m-2"].map(ToOwned::to_owned));
    let ended = grants(&world, "ana@acme.example").await;
    assert_eq!(ended, ["P-9 member ended projectClosed proven 0"]);
    assert!(dead.org().calls().len() <= asked_by_one, "the other two ask nothing");
    for number in 1..=3 {
        let asked = request(&format!("P-{number}"), "Acme", "new@acme.example");
        dead.org().clear_faults();
        let answer = invite(&world, with(asked, &json!({ "org": "dead" }))).await;
        assert_eq!(answer, "PROJECT_CLOSED", "recorded although it was not carried out");
    }
}

#[tokio::test]
async fn a_project_event_that_a_newer_one_overtook_is_told_with_both_instants() {
    let world = world().await;
    let at = |kind: &str, field: &str, at: &str| {
        event(&world, kind, &json!({ "projectId": "P-1", field: at, "closedBy": "kim" }))
    };
    let reopened = at("Project Reopened", "reopenedAt", "2027-01-04T08:00:00Z");
    let late = at("Project Closed", "closedAt", "2027-01-04T07:00:00Z");
    for message in [&reopened, &reopened, &late, &late] {
        world.close_project(queued(std::slice::from_ref(message))).await.unwrap();
    }

    assert_eq!(project(&world, "P-1").await, "open");
    let told = told(&world, "Project Event Ignored");
    let ids: Vec<&Value> = told.iter().map(|it| &it.detail["id"]).collect();
    assert_eq!((told.len(), ids[0]), (2, ids[1]), "a repetition is no news; one told twice is one");
    let expected =
        json!({ "detailType": "Project Closed", "at": "2027-01-04T07:00:00Z", "by": "kim" });
    assert_eq!(told[0].detail["ignored"], expected);
    let expected = json!({ "detailType": "Project Reopened", "at": "2027-01-04T08:00:00Z" });
    assert_eq!(told[0].detail["recorded"], expected);
}

fn queued(messages: &[Value]) -> Value {
    let bodies: Vec<String> = messages.iter().map(Value::to_string).collect();
    batch(bodies.iter().map(String::as_str))
}

#[tokio::test]
async fn requests_for_an_org_that_does_not_answer_are_left_after_the_first() {
    let world = world().await;
    let dead = world_with_org(|_| ()).await;
    world.set_secret(&OrgAlias::parse("dead").unwrap(), Some(dead.simulator.secret_json()));
    let asked = |org: &str, email: &str| {
        let asked = with(request("P-1", "Acme", email), &json!({ "org": org }));
        event(&world, "Customer Access Requested", &asked)
    };
    dead.org().add_fault(Fault::always(FaultKind::DropBefore));
    assert_eq!(
        failures(&world.invite(queued(&[asked("dead", "c0@acme.example")])).await.unwrap()).len(),
        1
    );
    let asked_by_one = dead.org().calls().len();
    dead.org().clear_log();

    let messages = ["c1@acme.example", "c2@acme.example"].map(|email| asked("dead", email));
    let [one, two] = messages;
    let messages = [one, two, asked("main", "ana@acme.example")];
    let left = failures(&world.invite(queued(&messages)).await.unwrap());

    assert_eq!(left, ["m-0", "m-1"].map(ToOwned::to_owned));
    assert!(dead.org().calls().len() <= asked_by_one, "the other asks nothing");
    assert_eq!(grants(&world, "ana@acme.example").await, ["P-1 member invited"]);
}
