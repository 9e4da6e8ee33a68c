//! A dry run says what would be done, and does nothing.

use machinery::world::{
    START, World, customer, days, invite, join, manager, request, sweep, table, text, with, world,
    world_with,
};
use serde_json::{Value, json};

#[tokio::test]
async fn it_has_a_decision_for_each_grant_looked_at_and_writes_nothing() {
    let world = arranged().await;
    let before = table(&world).await;
    world.org().clear_log();

    let report = world.sweep(json!({ "dryRun": true })).await.unwrap();

    insta::assert_snapshot!(decisions(&world, &report).await, @r"
    bo@acme.example join (live): promote
    cy@acme.example end (expired): removeMember, deactivate
    dee@acme.example end (expired): cancelInvitation
    eve@acme.example keep (live)
    ");
    assert_eq!(
        (&report["dryRun"], &report["looked"], &report["ended"]),
        (&json!(true), &json!(4), &json!(2))
    );
    assert_eq!(world.org().writes(), []);
    assert!(table(&world).await == before, "the ledger is as it was, to the last attribute");
}

#[tokio::test]
async fn the_real_run_does_what_the_dry_run_said_under_the_same_digest() {
    let world = arranged().await;
    let dry = world.sweep(json!({ "dryRun": true })).await.unwrap();

    let real = sweep(&world).await;

    assert_eq!(real["planDigest"], dry["planDigest"]);
    for count in ["looked", "ended", "kept", "joined"] {
        assert_eq!(real[count], dry[count], "{count}");
    }
    assert!(real.get("decisions").is_none());
}

#[tokio::test]
async fn at_an_instant_ahead_it_says_what_would_be_due_then() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    let before = table(&world).await;
    let at = |days_ahead: i64| json!({ "dryRun": true, "at": world.now() + days(days_ahead) });

    assert_eq!(decisions(&world, &world.sweep(at(1)).await.unwrap()).await, "");
    insta::assert_snapshot!(
        decisions(&world, &world.sweep(at(60)).await.unwrap()).await,
        @"ana@acme.example keep (live)"
    );
    insta::assert_snapshot!(
        decisions(&world, &world.sweep(at(90)).await.unwrap()).await,
        @"ana@acme.example end (expired): removeMember, deactivate"
    );
    assert!(table(&world).await == before);
    assert_eq!(world.now(), START.parse().unwrap());
}

#[tokio::test]
async fn what_the_brake_would_hold_is_shown_as_held_and_not_put_on_hold() {
    let world = world_with(|setup| setup.policy.maximum_ends_per_run = 1).await;
    let asked =
        with(request("P-1", "Acme", "ana@acme.example bo@acme.example"), &json!({ "days": 1 }));
    invite(&world, asked).await;
    world.pass(days(1));

    let report = world.sweep(json!({ "dryRun": true })).await.unwrap();

    insta::assert_snapshot!(decisions(&world, &report).await, @r"
    ana@acme.example keep (brake)
    bo@acme.example keep (brake)
    ");
    assert_eq!(report["held"], 2);
    let error =
        world.sweep(json!({ "release": report["planDigest"] })).await.expect_err("nothing is held");
    assert_eq!(error.error_type, "RELEASE_REFUSED");
}

/// Ana needs nothing; Bo has joined as a manager; Cy and Dee have expired, one of them in the group; Eve is invited.
async fn arranged() -> World {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    let short = json!({ "days": 2 });
    invite(&world, with(request("P-1", "Acme", "cy@acme.example"), &short)).await;
    world.org().accept_from("Acme", "cy@acme.example").expect("the invitation is open");
    sweep(&world).await;
    invite(&world, with(request("P-1", "Acme", "dee@acme.example"), &short)).await;
    world.pass(days(2));
    invite(&world, request("P-1", "Acme", manager("bo@acme.example"))).await;
    world.org().accept_from("Acme", "bo@acme.example").expect("the invitation is open");
    invite(&world, request("P-1", "Acme", "eve@acme.example")).await;
    world
}

/// The decisions of a dry run with addresses for grants, one a line.
async fn decisions(world: &World, report: &Value) -> String {
    let mut names = std::collections::BTreeMap::new();
    for name in ["ana", "bo", "cy", "dee", "eve"] {
        let email = format!("{name}@acme.example");
        for grant in customer(world, &email).await.grants.into_keys() {
            names.insert(grant.to_string(), email.clone());
        }
    }
    let line = |decision: &Value| {
        let steps: Vec<String> =
            decision["steps"].as_array().expect("steps").iter().map(text).collect();
        let steps =
            if steps.is_empty() { String::new() } else { format!(": {}", steps.join(", ")) };
        let name = &names[&text(&decision["grantId"])];
        format!("{name} {} ({}){steps}", text(&decision["decision"]), text(&decision["reason"]))
    };
    let mut lines: Vec<String> =
        report["decisions"].as_array().expect("decisions").iter().map(line).collect();
    lines.sort();
    lines.join("\n")
}
