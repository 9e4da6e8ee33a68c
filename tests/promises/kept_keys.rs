//! Orgs whose secret names a key that AWS KMS keeps, instead of holding one.

use access::OrgAlias;
use machinery::world::{
    World, close, closed, counts, failed, invitation_mails, invite, join, minutes, request, sweep,
    with, world,
};
use salesforce_simulator::{DEMO_KEY, ROTATED_DEMO_KEY};
use serde_json::{Value, json};

use crate::metrics::counted;

const KEY: &str = "alias/lanyard";

#[tokio::test]
async fn what_kms_signed_is_accepted_with_one_signature_for_each_token_and_none_while_it_lasts() {
    let plain = world().await;
    invite(&plain, request("P-1", "Acme", "ana@acme.example")).await;
    let world = world().await;
    keep(&world, KEY, Ok(DEMO_KEY));

    invite(&world, request("P-1", "Acme", "ana@acme.example")).await;
    assert_eq!(world.org().calls().len(), plain.org().calls().len());
    assert_eq!(world.aws.signatures(), 1);
    let answer = invite(&world, request("P-1", "Acme", "bo@acme.example")).await;
    assert_eq!((&*answer, world.aws.signatures()), ("bo@acme.example invited", 1));

    world.pass(minutes(90));
    invite(&world, request("P-1", "Acme", "cy@acme.example")).await;
    assert_eq!(world.aws.signatures(), 2);
    assert_eq!(counts(&close(&world, "P-1").await), "looked 3, ended 3, proven 3");
    sweep(&world).await;
    assert_eq!(world.aws.signatures(), 4, "each function has a token of its own");
}

#[tokio::test]
async fn a_key_moves_from_the_secret_to_kms_and_on_to_another_key_without_a_restart() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;

    keep(&world, KEY, Ok(ROTATED_DEMO_KEY));
    accept(&world, ROTATED_DEMO_KEY);
    let answer = invite(&world, request("P-1", "Acme", "bo@acme.example")).await;
    assert_eq!(answer, "bo@acme.example invited");
    assert_eq!(world.aws.signatures(), 1);

    // The alias now means another key: the secret stays as it is.
    keep(&world, KEY, Ok(DEMO_KEY));
    accept(&world, DEMO_KEY);
    assert_eq!(counts(&close(&world, "P-1").await), "looked 2, ended 2, proven 2");

    world.set_secret(&OrgAlias::default(), Some(world.simulator.secret_json()));
    world.org().expire_sessions();
    invite(&world, request("P-2", "Beta", "cy@acme.example")).await;
    assert_eq!(invitation_mails(&world, "cy@acme.example"), 1);
}

#[tokio::test]
async fn a_key_that_kms_does_not_sign_with_is_told_with_cause_and_fix_before_salesforce_is_asked() {
    for (code, fix) in [
        ("AccessDeniedException", "SigningKeyArn"),
        ("DisabledException", "enable the KMS key"),
        ("NotFoundException", "kmsKeyId"),
        ("InvalidKeyUsageException", "SIGN_VERIFY"),
        ("KMSInvalidStateException", "deletion"),
    ] {
        let world = world().await;
        keep(&world, KEY, Err(code));
        let error = world.invite(request("P-1", "Acme", "bo@acme.example")).await.unwrap_err();
        assert_eq!(error.error_type, "ORG_NOT_READY");
        let body: Value = serde_json::from_str(&error.message).expect("json");
        let body = &body["error"];
        assert_eq!(body["cause"], code);
        assert!(body["fix"].as_str().is_some_and(|it| it.contains(fix)), "{body}");

        assert_eq!(world.org().calls(), []);

        keep(&world, KEY, Ok(DEMO_KEY));
        invite(&world, request("P-1", "Acme", "bo@acme.example")).await;
        world.org().clear_log();
        keep(&world, KEY, Err(code));
        let report = failed(world.close_project(closed(&world, "P-1")).await);
        let failure = &report["failures"][0];
        assert_eq!(failure["code"], "ORG_NOT_READY");
        let message = failure["message"].as_str().expect("text");
        assert!(message.contains(code) && message.contains(fix), "{message}");
        assert_eq!(world.org().calls(), []);

        keep(&world, KEY, Ok(DEMO_KEY));
        assert_eq!(counts(&sweep(&world).await), "looked 1, ended 1, proven 1");
    }
}

#[tokio::test]
async fn a_key_that_kms_does_not_sign_with_is_measured_as_an_org_that_is_not_ready() {
    let world = world().await;
    keep(&world, KEY, Err("AccessDeniedException"));
    let asked = request("P-1", "Acme", "ana@acme.example");
    let refused = "invite Unavailable 1, OrgNotReady 1";
    assert_eq!(counted(&world, world.invite(asked)).await, refused);
    let refused = "sweep Undone 1, OrgNotReady 1";
    assert_eq!(counted(&world, world.sweep(json!({ "org": "main" }))).await, refused);
}

#[tokio::test]
async fn a_kms_that_is_out_of_order_is_an_outage_that_passes() {
    let world = world().await;
    keep(&world, KEY, Err("KeyUnavailableException"));
    let answer = invite(&world, request("P-1", "Acme", "ana@acme.example")).await;
    assert_eq!(answer, "SALESFORCE_UNAVAILABLE, to be tried again");
    assert_eq!(world.org().calls(), []);

    keep(&world, KEY, Ok(DEMO_KEY));
    let answer = invite(&world, request("P-1", "Acme", "ana@acme.example")).await;
    assert_eq!(answer, "ana@acme.example invited");
}

#[tokio::test]
async fn a_secret_with_two_keys_or_none_says_which_field_to_mend() {
    let world = world().await;
    for (changes, field) in [
        (json!({ "kmsKeyId": KEY }), "kmsKeyId"),
        (json!({ "privateKey": null }), "privateKey"),
        (json!({ "privateKey": null, "kmsKeyId": "my key" }), "kmsKeyId"),
    ] {
        let secret = with(secret(&world), &changes).to_string();
        world.set_secret(&OrgAlias::default(), Some(secret));
        let answer = world.invite(request("P-1", "Acme", "ana@acme.example")).await;
        let answer = answer.expect("an answer");
        assert_eq!(answer["error"]["code"], "ORG_UNKNOWN");
        let fix = answer["error"]["fix"].as_str().expect("text");
        assert!(fix.contains(&format!("field {field} of the secret must be")), "{fix}");
        assert!(!fix.contains("my key"), "{fix}");
    }
    assert_eq!(world.aws.signatures(), 0);
}

/// Names a key in the secret, and has KMS keep it.
fn keep(world: &World, id: &str, key: Result<&str, &'static str>) {
    world.aws.keep_key(id, key);
    let secret = with(secret(world), &json!({ "privateKey": null, "kmsKeyId": id })).to_string();
    world.set_secret(&OrgAlias::default(), Some(secret));
}

/// Has Salesforce take another key, while every session ends.
fn accept(world: &World, key: &str) {
    world.org().accept_key(key).expect("it is a key");
    world.org().expire_sessions();
}

fn secret(world: &World) -> Value {
    serde_json::from_str(&world.simulator.secret_json()).expect("json")
}
