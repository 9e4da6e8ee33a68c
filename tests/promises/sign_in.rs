//! Sessions that end, keys that are changed, secrets that are missing.

use access::OrgAlias;
use machinery::world::{
    World, close, closed, counts, days, failed, invitation_mails, invite, join, minutes, request,
    seat, sweep, with, world,
};
use salesforce_simulator::{DEMO_KEY, Fault, FaultKind, Matching, ROTATED_DEMO_KEY};
use serde_json::{Value, json};

#[tokio::test]
async fn a_session_that_ends_in_the_middle_of_a_run_is_replaced() {
    for object in ["CollaborationInvitation", "CollaborationGroup"] {
        let world = world().await;
        world
            .org()
            .add_fault(Fault::once(FaultKind::ExpireSession).matching(Matching::writes_of(object)));
        assert_eq!(
            invite(&world, request("P-1", "Acme", "ana@acme.example")).await,
            "ana@acme.example invited"
        );
        assert_eq!(world.org().faults()[0].hit, 1);
        assert_eq!(invitation_mails(&world, "ana@acme.example"), 1);
    }
    for object in ["CollaborationGroupMember", "User"] {
        for is_write in [true, false] {
            let world = world().await;
            join(&world, "P-1", "Acme", "ana@acme.example").await;
            let matching =
                if is_write { Matching::writes_of(object) } else { Matching::reads_of(object) };
            // A session that ends before its first use is not told from a token that the org never takes.
            let nth = if is_write { 1 } else { 2 };
            let fault = Fault::once(FaultKind::ExpireSession).matching(matching).from_nth(nth);
            world.org().add_fault(fault);
            assert_eq!(counts(&close(&world, "P-1").await), "looked 1, ended 1, proven 1");
            assert_eq!(world.org().faults()[0].hit, 1);
        }
    }
}

#[tokio::test]
async fn a_session_that_is_old_is_replaced_before_it_is_refused() {
    let world = world().await;
    invite(&world, request("P-1", "Acme", "ana@acme.example")).await;
    world.pass(minutes(90));
    assert_eq!(
        invite(&world, request("P-1", "Acme", "bo@acme.example")).await,
        "bo@acme.example invited"
    );
    world.pass(days(3));
    assert_eq!(
        invite(&world, request("P-1", "Acme", "cy@acme.example")).await,
        "cy@acme.example invited"
    );
}

#[tokio::test]
async fn a_rotated_key_is_picked_up_without_a_restart_by_every_function() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    invite(&world, with(request("P-2", "Acme", "bo@acme.example"), &json!({ "days": 1 }))).await;
    close(&world, "P-3").await;
    rotate(&world, ROTATED_DEMO_KEY);
    assert_eq!(
        invite(&world, request("P-1", "Acme", "cy@acme.example")).await,
        "cy@acme.example invited"
    );
    assert_eq!(counts(&close(&world, "P-1").await), "looked 2, ended 2, proven 2");
    assert_eq!(counts(&sweep(&world).await), "looked 1, kept 1");

    rotate(&world, DEMO_KEY);
    world.pass(days(1));
    assert_eq!(counts(&sweep(&world).await), "looked 3, ended 1, proven 1, reproven 2");
}

#[tokio::test]
async fn a_key_that_was_changed_in_salesforce_only_is_a_refused_sign_in() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    world.org().accept_key(ROTATED_DEMO_KEY).unwrap();
    world.org().expire_sessions();

    let answer = invite(&world, request("P-1", "Acme", "bo@acme.example")).await;
    assert_eq!(answer, "SALESFORCE_SIGN_IN_REFUSED, to be tried again");
    let report = failed(world.close_project(closed(&world, "P-1")).await);
    assert_eq!(report["failures"][0]["code"], "SALESFORCE_SIGN_IN_REFUSED");
    let reads = world.aws.secret_reads();

    world.set_secret(&OrgAlias::default(), Some(world.simulator.secret_json()));
    assert_eq!(counts(&sweep(&world).await), "looked 1, ended 1, proven 1");
    assert_eq!(seat(&world, "ana@acme.example"), "inactive");
    assert!(world.aws.secret_reads() - reads <= 2, "the secret is not read for every call");
}

#[tokio::test]
async fn a_secret_that_is_missing_or_not_filled_is_an_unknown_org_that_says_what_to_fill() {
    let world = world().await;
    let secret: Value = serde_json::from_str(&world.simulator.secret_json()).unwrap();
    let mut secrets = vec![
        (None, "add a secret"),
        (Some(String::new()), "fill"),
        (Some("{}".to_owned()), "fill"),
    ];
    for field in ["loginUrl", "clientId", "username", "privateKey"] {
        secrets.push((Some(with(secret.clone(), &json!({ field: null })).to_string()), field));
    }
    secrets.push((
        Some(with(secret.clone(), &json!({ "privateKey": "REPLACE ME" })).to_string()),
        "privateKey",
    ));
    secrets.push((
        Some(with(secret.clone(), &json!({ "loginUrl": "http://acme.example" })).to_string()),
        "loginUrl",
    ));
    for (secret, expected) in secrets {
        world.set_secret(&OrgAlias::default(), secret.clone());
        let answer =
            world.invite(request("P-1", "Acme", "ana@acme.example")).await.expect("an answer");
        assert_eq!(answer["error"]["code"], "ORG_UNKNOWN", "{expected}");
        let fix = answer["error"]["fix"].as_str().unwrap();
        assert!(fix.contains(expected), "{expected}: {fix}");
    }
    assert_eq!(world.org().calls(), [], "nothing was sent anywhere");
}

#[tokio::test]
async fn a_sweep_without_a_secret_fails_and_does_all_of_it_once_there_is_one() {
    let world = world().await;
    invite(&world, with(request("P-1", "Acme", "ana@acme.example"), &json!({ "days": 1 }))).await;
    world.pass(days(1));
    world.set_secret(&OrgAlias::default(), None);
    let report = failed(world.sweep(json!({})).await);
    assert_eq!(report["failures"][0]["code"], "ORG_UNKNOWN");

    world.set_secret(&OrgAlias::default(), Some(world.simulator.secret_json()));
    assert_eq!(counts(&sweep(&world).await), "looked 1, ended 1, proven 1");
}

/// Another key, in Salesforce and in the secret, while every session ends.
fn rotate(world: &World, key: &str) {
    world.org().accept_key(key).expect("it is a key");
    world.org().expire_sessions();
    world.set_secret(&OrgAlias::default(), Some(world.simulator.secret_json()));
}
