//! What a sweep may be asked for.

use access::OrgAlias;
use machinery::world::{
    counts, days, failed, grants, invite, join, request, sweep, table, text, with, world,
};
use salesforce_simulator::SignInRefusal;
use serde_json::json;

#[tokio::test]
async fn anything_but_the_options_is_an_error_and_nothing_is_done() {
    let world = world().await;
    let before = table(&world).await;
    let digest = "0".repeat(64);
    for (code, expected, payload) in [
        ("INVALID_REQUEST", "payload must be a JSON object", json!([])),
        ("INVALID_REQUEST", "payload must be a JSON object", json!(null)),
        ("INVALID_REQUEST", "dryrun is not an option", json!({ "dryrun": true })),
        ("INVALID_REQUEST", "dryRun must be true or false", json!({ "dryRun": "true" })),
        ("INVALID_REQUEST", "at is for dry runs only", json!({ "at": "2027-02-01T00:00:00Z" })),
        (
            "INVALID_REQUEST",
            "at must be an RFC 3339",
            json!({ "dryRun": true, "at": "2027-02-01T00:00:00" }),
        ),
        ("INVALID_REQUEST", "org must be the alias", json!({ "org": "Main" })),
        ("INVALID_REQUEST", "release must be the planDigest", json!({ "release": "all of them" })),
        (
            "INVALID_REQUEST",
            "release must be the only option",
            json!({ "release": digest, "dryRun": true }),
        ),
        (
            "INVALID_REQUEST",
            "release must be the only option",
            json!({ "release": digest, "org": "main" }),
        ),
        ("RELEASE_REFUSED", "nothing is held", json!({ "release": digest })),
        ("ORG_UNKNOWN", "there is no secret", json!({ "org": "elsewhere" })),
        ("ORG_UNKNOWN", "there is no secret", json!({ "org": "elsewhere", "dryRun": true })),
    ] {
        let error = world.sweep(payload.clone()).await.expect_err("a function error");
        assert_eq!(error.error_type, code, "{payload}");
        assert!(error.message.starts_with(expected), "{payload}: {}", error.message);
    }
    assert_eq!(table(&world).await, before);
}

#[tokio::test]
async fn a_person_who_names_an_org_hears_that_it_cannot_be_reached_also_when_nothing_is_due() {
    let world = world().await;
    let asked = json!({ "dryRun": true, "org": "main" });
    world.org().refuse_sign_in(Some(SignInRefusal::new("invalid_grant", "audience is invalid")));
    let report = failed(world.sweep(asked.clone()).await);
    assert_eq!(counts(&report), "failed 1");
    assert_eq!(report["failures"][0]["step"], "connect");
    assert_eq!(report["failures"][0]["code"], "SALESFORCE_SIGN_IN_REFUSED");

    world.org().refuse_sign_in(None);
    assert_eq!(counts(&world.sweep(asked).await.unwrap()), "");
}

#[tokio::test]
async fn the_schedule_and_a_person_are_told_apart() {
    let world = world().await;
    let sample = |text| serde_json::from_str(text).expect("JSON");
    for (payload, trigger) in [
        (sample(include_str!("../../infra/events/sweep/schedule.json")), "schedule"),
        (sample(include_str!("../../infra/events/sweep/dry-run.json")), "manual"),
        (sample(include_str!("../../infra/events/sweep/dry-run-at.json")), "manual"),
        (sample(include_str!("../../infra/events/sweep/dry-run-org.json")), "manual"),
        (json!({ "org": "main" }), "manual"),
    ] {
        let report = world.sweep(payload).await.unwrap();
        assert_eq!(text(&report["trigger"]), trigger);
    }
}

#[tokio::test]
async fn with_nothing_due_salesforce_is_not_asked_at_all() {
    let world = world().await;
    let report = sweep(&world).await;
    assert_eq!((counts(&report), &report["salesforceCalls"]), (String::new(), &json!(0)));
    assert_eq!(report["complete"], true);
    assert_eq!(world.org().calls(), []);

    join(&world, "P-1", "Acme", "ana@acme.example").await;
    world.org().clear_log();
    assert_eq!(
        sweep(&world).await["salesforceCalls"],
        0,
        "who has joined is not due for a long time"
    );
    assert_eq!(world.org().calls(), []);
}

#[tokio::test]
async fn a_sweep_of_one_org_leaves_the_other_alone_and_one_org_that_fails_stops_no_other() {
    let world = world().await;
    let second = OrgAlias::parse("second").unwrap();
    world.set_secret(&second, Some(world.simulator.secret_json()));
    invite(&world, with(request("P-1", "Acme", "ana@acme.example"), &json!({ "days": 1 }))).await;
    let asked =
        with(request("P-1", "Globex", "bo@acme.example"), &json!({ "org": "second", "days": 1 }));
    assert_eq!(invite(&world, asked).await, "bo@acme.example invited");
    world.pass(days(1));
    world.set_secret(&second, None);
    world.org().expire_sessions();

    let report = world.sweep(json!({ "org": "main" })).await.unwrap();
    assert_eq!(counts(&report), "looked 1, ended 1, proven 1");
    assert_eq!(grants(&world, "ana@acme.example").await, ["P-1 member ended expired proven 0"]);
    assert_eq!(world.org().open_invitations("bo@acme.example").len(), 1);

    world.set_secret(&second, Some(world.simulator.secret_json()));
    let report = world.sweep(json!({ "org": "second" })).await.unwrap();
    assert_eq!(counts(&report), "looked 1, ended 1, proven 1");
}
