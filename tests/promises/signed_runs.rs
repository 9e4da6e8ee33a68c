//! What runs sign although something went wrong in them, and what is erased that nobody thinks of.

use std::collections::BTreeMap;

use access::{Email, Entry, GrantId, OrgAlias, digest_of_heads, heads_of_run, verify};
use ledger::Eraser;
use machinery::world::{
    World, closed, customer, days, grants, invite, join, minutes, request, seat, sweep, table,
    with, world, world_with, world_with_org,
};
use salesforce_simulator::{Fault, FaultKind, ROTATED_DEMO_KEY, SignInRefusal};
use serde_json::{Value, json};

const ANA: &str = "ana@acme.example";

async fn all_entries(world: &World) -> Vec<Entry> {
    let (from, until) = (world.now() - days(800), world.now() + days(1));
    let (mut entries, mut after) = (Vec::new(), None);
    loop {
        let page = world
            .ledger
            .reader
            .evidence_of_period(from, until, None, after.as_ref(), 7)
            .await
            .expect("it goes well");
        entries.extend(page.entries);
        after = page.next;
        if after.is_none() {
            return entries;
        }
    }
}

/// Every history is whole, and every run of the table has signed what it moved.
async fn check(world: &World, said: &str) {
    let entries = all_entries(world).await;
    let mut of: BTreeMap<GrantId, Vec<Entry>> = BTreeMap::new();
    for entry in &entries {
        of.entry(entry.grant.clone()).or_default().push(entry.clone());
    }
    for (grant, mut history) in of {
        history.sort_by_key(|it| it.version);
        assert_eq!(verify(&history, None), [], "{said} {grant}");
        assert_eq!(
            world.ledger.reader.history(&grant).await.expect("it goes well"),
            history,
            "{said}"
        );
    }
    for item in table(world).await {
        let key = item["pk"].as_s().expect("it goes well");
        let Some(id) = key.strip_prefix("run#") else { continue };
        let run = world.ledger.reader.run(id).await.expect("it goes well").expect("it goes well");
        let heads = heads_of_run(&entries, &run.run_id, run.at);
        let expected = if heads.is_empty() { Value::Null } else { json!(digest_of_heads(&heads)) };
        let signed = run.report.get("headsDigest").cloned().unwrap_or(Value::Null);
        assert_eq!(
            signed,
            expected,
            "{said}: {} of {} heads: {}",
            run.function,
            heads.len(),
            run.report
        );
    }
}

/// The key is changed while a sweep goes on: the session ends after so many calls, and the old key is refused. `rotated`: the secret has
/// the new one already.
async fn lose_session(rotated: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    for skip in 0..14 {
        let world = world().await;
        join(&world, "P-1", "Acme", ANA).await;
        invite(&world, with(request("P-1", "Acme", ANA), &json!({ "days": 1 }))).await;
        world.pass(days(1) + minutes(5));
        // A session is there.
        world.sweep(json!({ "dryRun": true })).await.expect("it goes well");
        if rotated {
            world.org().accept_key(ROTATED_DEMO_KEY).expect("it goes well");
            world.set_secret(&OrgAlias::default(), Some(world.simulator.secret_json()));
        } else {
            let refusal = SignInRefusal::new("invalid_grant", "audience is invalid");
            world.org().refuse_sign_in(Some(refusal));
        }
        let times = rotated.then_some(1);
        world.org().add_fault(Fault { skip, times, ..Fault::always(FaultKind::ExpireSession) });
        let (failed, report) = match world.sweep(json!({})).await {
            Ok(report) => (false, report),
            Err(error) => (true, serde_json::from_str(&error.message).expect("it goes well")),
        };
        let entries = all_entries(&world).await;
        let id = report["runId"].as_str().expect("it goes well");
        let heads = heads_of_run(&entries, id, world.now());
        let expected = if heads.is_empty() { Value::Null } else { json!(digest_of_heads(&heads)) };
        let signed = report.get("headsDigest").cloned().unwrap_or(Value::Null);
        let is_ended = u64::from(grants(&world, ANA).await[0].contains("ended"));
        if signed != expected || report["ended"] != json!(is_ended) {
            let signed = if signed == expected { "signed" } else { "not signed" };
            wrong.push(format!(
                "after {skip} calls: {} heads {signed}, {is_ended} ended and {} reported, failed {failed}",
                heads.len(), report["ended"]
            ));
        }
    }
    wrong
}

#[tokio::test]
async fn a_sweep_whose_session_ends_midway_and_whose_key_is_refused_signs_and_counts_what_it_did() {
    let wrong = lose_session(false).await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn a_sweep_in_which_the_key_is_rotated_signs_and_counts_what_it_did() {
    let wrong = lose_session(true).await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Ana's invitation is accepted as another address; all is over; the other address is forgotten.
#[tokio::test]
async fn who_had_joined_under_an_address_of_their_own_is_named_nowhere_once_forgotten() {
    let world = world_with_org(|_| ()).await;
    let private = "ana@private.example";
    invite(&world, request("P-1", "Acme", ANA)).await;
    let invitation = world.org().open_invitations(ANA).pop().expect("it goes well");
    world.org().accept_as(&invitation.id, private).expect("it goes well");
    sweep(&world).await;
    world.close_project(closed(&world, "P-1")).await.expect("it goes well");
    for day in [1, 6, 23, 31, 30] {
        world.pass(days(day));
        sweep(&world).await;
    }
    assert!(customer(&world, ANA).await.grants.is_empty());
    let eraser = Eraser::new(world.dynamodb.clone(), World::TABLE.to_owned());
    let forgotten =
        eraser.forget(&OrgAlias::default(), &Email::parse(private).expect("it goes well")).await;
    let forgotten = forgotten.expect("it goes well");
    for item in table(&world).await {
        assert!(!format!("{item:?}").contains(private), "{forgotten:?} {item:?}");
    }
}

async fn finish(world: &World) {
    for day in [1, 6, 23, 31, 30] {
        world.pass(days(day));
        sweep(world).await;
    }
}

/// What Salesforce said about a person counts as personal in evidence; the record of the run has the same text.
#[tokio::test]
async fn what_salesforce_said_of_a_person_is_in_no_item_once_they_are_forgotten() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    let said = "Ana Maier is the default owner of leads";
    world.org().block_deactivation(None, said).expect("it goes well");
    world.close_project(json!({ "customers": ANA })).await.unwrap_err();
    world.org().unblock_deactivation();
    world.pass(minutes(30));
    sweep(&world).await;
    finish(&world).await;
    assert!(customer(&world, ANA).await.grants.is_empty());
    let eraser = Eraser::new(world.dynamodb.clone(), World::TABLE.to_owned());
    eraser
        .forget(&OrgAlias::default(), &Email::parse(ANA).expect("it goes well"))
        .await
        .expect("it goes well");
    let items = table(&world).await;
    let named = items.iter().filter(|it| format!("{it:?}").contains("Ana Maier"));
    let keys: Vec<String> = named.map(|it| format!("{:?}", it["pk"])).collect();
    assert!(keys.is_empty(), "{keys:?}");
}

/// Runs without time, their continuations, and two that run at once.
#[tokio::test]
async fn runs_without_time_and_runs_at_once_sign_what_they_moved() {
    let mut world = world_with(|setup| setup.policy.maximum_grants_per_customer = 300).await;
    for email in [ANA, "bo@acme.example"] {
        join(&world, "P-1", "Acme", email).await;
        invite(&world, request("P-2", "Acme", email)).await;
        invite(&world, with(request("P-3", "Beta", email), &json!({ "days": 1 }))).await;
    }
    world.pass(days(1) + minutes(1));
    let enough = std::mem::replace(&mut world.remaining, std::time::Duration::from_secs(15));
    let _ = world.close_project(closed(&world, "P-2")).await;
    let _ = world.close_project(json!({ "customers": ANA })).await;
    check(&world, "little").await;
    world.remaining = enough;
    world.pass(minutes(1));
    let (one, other, third) = tokio::join!(
        world.sweep(json!({})),
        world.close_project(closed(&world, "P-1")),
        world.close_project(json!({ "customers": "bo@acme.example" }))
    );
    let _ = (one, other, third);
    check(&world, "at once").await;
    world.pass(minutes(30));
    let _ = world.sweep(json!({})).await;
    check(&world, "then").await;
    assert_eq!(
        (seat(&world, ANA), seat(&world, "bo@acme.example")),
        ("inactive".into(), "inactive".into())
    );
}
