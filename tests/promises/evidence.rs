//! What happened is found again, from whatever one knows, and a change of it is noticed.

use access::{Email, Entry, OrgAlias, ProjectId, digest_of_heads, heads_of_run, verify};
use jiff::Timestamp;
use ledger::{Eraser, ForgetError};
use machinery::world::{
    World, close, customer, days, event, invite, join, request, sweep, table, told, with, world,
};
use serde_json::json;

const ANA: &str = "ana@acme.example";

#[tokio::test]
async fn a_month_after_an_end_a_person_a_project_and_a_period_lead_to_the_whole_history() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    world.pass(days(1));
    let longer = json!({ "reason": "design review", "days": 30, "sponsor": "lee@corp.example" });
    invite(&world, with(request("P-1", "Acme", ANA), &longer)).await;
    let head = head(&world).await;
    world.pass(days(1));
    let end = json!({ "projectId": "P-1", "closedBy": "kim", "reason": "delivered" });
    let report = world.close_project(event(&world, "Project Closed", &end)).await.unwrap();
    for _ in 0..4 {
        world.pass(days(31));
        sweep(&world).await;
    }
    assert!(customer(&world, ANA).await.grants.is_empty(), "nothing is left to be done");

    let history = history(&world).await;
    let causes: Vec<&str> = history.iter().map(|it| it.cause.as_str()).collect();
    let begun = causes.iter().position(|it| it.starts_with("begin end (projectClosed)"));
    let begun = &history[begun.unwrap_or_else(|| panic!("{causes:?}"))];
    assert_eq!(begun.actor(), report["runId"].as_str());
    let personal = begun.personal.as_ref().unwrap();
    let said = |entry: &Entry, name: &str| {
        entry.personal.as_ref().and_then(|it| it.get(name)).map(String::as_str).map(str::to_owned)
    };
    assert_eq!((&*personal["closedBy"], &*personal["closeReason"]), ("kim", "delivered"));
    // Who extended it, and why, is in the entry of the request.
    let extended = history.iter().find(|it| it.hash == head).expect("the request's entry");
    assert!(extended.actor().unwrap().starts_with("operator whom"), "{:?}", extended.actor());
    assert_eq!(said(extended, "reason").as_deref(), Some("design review"));
    assert_eq!(said(extended, "sponsor").as_deref(), Some("lee@corp.example"));
    // The event that told the end names who it was by what outlives the address.
    let ended = &told(&world, "Customer Access Ended")[0];
    assert_eq!(
        ended.detail["subject"].as_str(),
        begun.subject.as_ref().map(access::Subject::as_str)
    );

    let of_project = world.ledger.reader.evidence_of_project(&org(), &project("P-1")).await;
    assert_eq!(of_project.unwrap().values().collect::<Vec<_>>(), [&history]);
    let all = period(&world, world.now() - days(400), world.now() + days(1)).await;
    assert_eq!(all, history);
}

#[tokio::test]
async fn each_run_signs_the_heads_that_it_moved_in_its_record() {
    let world = world().await;
    for (project, email) in [("P-1", ANA), ("P-1", "bo@acme.example"), ("P-2", "cy@acme.example")] {
        join(&world, project, "Acme", email).await;
    }
    world.pass(days(1));
    let report = close(&world, "P-1").await;
    let record = world.ledger.reader.run(report["runId"].as_str().unwrap()).await.unwrap().unwrap();
    assert_eq!(record.report["headsDigest"], report["headsDigest"]);
    let entries = period(&world, record.at, record.at + jiff::SignedDuration::from_secs(1)).await;
    let heads = heads_of_run(&entries, &record.run_id, record.at);
    assert_eq!(heads.len(), 2);
    assert_eq!(report["headsDigest"], digest_of_heads(&heads));
    // A night in which nothing happens moves nothing.
    world.pass(days(3));
    sweep(&world).await;
    world.pass(days(1));
    assert_eq!(sweep(&world).await.get("headsDigest"), None);
}

#[tokio::test]
async fn who_withdrew_access_and_why_is_in_the_history() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    let named = json!({ "customers": ANA, "withdrawnBy": "kim@corp.example", "reason": "left" });
    world.close_project(named).await.unwrap();
    let history = history(&world).await;
    let withdrawn = history.iter().find(|it| it.cause == "withdrawn").expect("its entry");
    let personal = withdrawn.personal.as_ref().unwrap();
    assert_eq!(personal["withdrawnBy"], "kim@corp.example");
    assert_eq!(personal["withdrawnReason"], "left");
    let hashed = serde_json::to_value(Entry { personal: None, ..withdrawn.clone() }).unwrap();
    assert!(!hashed.to_string().contains('@'), "{hashed}");
}

#[tokio::test]
async fn who_is_forgotten_stays_in_evidence_that_verifies_and_is_named_nowhere() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    let eraser = Eraser::new(world.dynamodb.clone(), World::TABLE.to_owned());
    let email = Email::parse(ANA).unwrap();
    close(&world, "P-1").await;
    let subject = customer(&world, ANA).await.subject.unwrap();
    // The end is read again for a month, and nobody is forgotten before.
    let error = eraser.forget(&org(), &email).await.unwrap_err();
    assert!(matches!(error, ForgetError::Unfinished(_)), "{error}");
    for _ in 0..4 {
        world.pass(days(31));
        sweep(&world).await;
    }
    let whole = history(&world).await;
    let forgotten = eraser.forget(&org(), &email).await.unwrap();
    assert_eq!((forgotten.subject.as_ref(), forgotten.entries), (Some(&subject), whole.len()));
    for item in table(&world).await {
        assert!(!format!("{item:?}").contains(ANA), "{item:?}");
    }
    let by_person = world.ledger.reader.evidence_of_person(&org(), &email).await.unwrap();
    assert!(by_person.is_empty());
    let by_subject = world.ledger.reader.evidence_of_subject(&subject).await.unwrap();
    let left = by_subject.values().next().unwrap();
    assert_eq!(verify(left, whole.last().unwrap().hash.as_deref()), []);
    let standing = |entries: &[Entry]| entries.iter().map(Entry::standing).collect::<Vec<_>>();
    assert_eq!(standing(left), standing(&whole));
}

/// The history of Ana's only grant, which must be whole.
async fn history(world: &World) -> Vec<Entry> {
    let email = Email::parse(ANA).expect("it is there");
    let found = world.ledger.reader.evidence_of_person(&org(), &email).await.expect("it is there");
    assert_eq!(found.len(), 1);
    let history = found.into_values().next().expect("it is there");
    assert_eq!(verify(&history, None), []);
    history
}

/// The head of Ana's only grant.
async fn head(world: &World) -> Option<String> {
    let customer = customer(world, ANA).await;
    customer.grants.values().next().expect("a grant").head.clone()
}

async fn period(world: &World, from: Timestamp, until: Timestamp) -> Vec<Entry> {
    let page = world.ledger.reader.evidence_of_period(from, until, None, None, 1_000).await;
    page.expect("it is there").entries
}

fn org() -> OrgAlias {
    OrgAlias::default()
}

fn project(id: &str) -> ProjectId {
    ProjectId::parse(id).expect("it is there")
}
