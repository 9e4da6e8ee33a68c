//! The three ways into `invite`, and what each answers.

use access::GrantId;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lanyard_local::batch;
use machinery::doors::{failures, http, post};
use machinery::world::{
    World, close, event, grants, history, invite, lose_ledger, outcomes, request, text, told, with,
    world,
};
use salesforce_simulator::{Fault, FaultKind, NewUser, SignInRefusal};
use serde_json::{Value, json};

#[tokio::test]
async fn over_http_200_means_everybody_and_207_means_some() {
    let world = world().await;
    let (status, body, _) = post(&world, &request("P-1", "Acme", "ana@acme.example")).await;
    assert_eq!((status, outcomes(&body)), (200, "ana@acme.example invited".to_owned()));

    world.org().add_user(NewUser::internal("lee@corp.example")).expect("a user");
    let (status, body, _) =
        post(&world, &request("P-1", "Acme", "ana@acme.example lee@corp.example")).await;

    let expected = "ana@acme.example unchanged, lee@corp.example refused NOT_A_CUSTOMER";
    assert_eq!((status, outcomes(&body)), (207, expected.to_owned()));
}

#[tokio::test]
async fn the_sample_of_the_http_api_is_answered_plain_and_in_base64() {
    let world = world().await;
    let mut sample: Value =
        serde_json::from_str(include_str!("../../infra/events/invite/http-api.json"))
            .expect("JSON");
    let answer = world.invite(sample.clone()).await.expect("HTTP has no function errors");
    assert_eq!(answer["statusCode"], 200);
    assert_eq!(answer["headers"]["content-type"], "application/json");
    let body: Value = serde_json::from_str(&text(&answer["body"])).expect("JSON");
    assert_eq!(outcomes(&body), "dee@globex.example invited");

    sample["body"] = json!(STANDARD.encode(text(&sample["body"])));
    sample["isBase64Encoded"] = json!(true);
    let answer = world.invite(sample).await.expect("HTTP has no function errors");
    let body: Value = serde_json::from_str(&text(&answer["body"])).expect("JSON");
    assert_eq!(outcomes(&body), "dee@globex.example unchanged");

    let grant = GrantId::parse(&text(&body["customers"][0]["grantId"])).expect("a grant");
    let history = history(&world, &grant).await;
    let actors: Vec<&str> = history.iter().filter_map(|entry| entry.actor()).collect();
    assert_eq!(
        actors, ["arn:aws:sts::123456789012:assumed-role/portal/kim"; 2],
        "the audit says who asked"
    );
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_an_invalid_request() {
    let world = world().await;
    for (body, is_encoded) in
        [("", false), ("{", false), ("[]", false), ("\u{fffd}", true), ("bm8=", true)]
    {
        let payload = http(body, is_encoded);
        let answer = world.invite(payload).await.expect("HTTP has no function errors");
        let answered: Value = serde_json::from_str(&text(&answer["body"])).expect("JSON");
        assert_eq!(answer["statusCode"], 400, "{body}");
        assert_eq!(answered["error"]["code"], "INVALID_REQUEST", "{body}");
        assert_eq!(answered["error"]["problems"][0]["field"], "request", "{body}");
    }
}

#[tokio::test]
async fn the_samples_of_a_direct_invocation_and_of_the_queue_are_carried_out() {
    let world = world().await;
    let direct =
        serde_json::from_str(include_str!("../../infra/events/invite/direct.json")).expect("JSON");
    let answer = invite(&world, direct).await;
    assert_eq!(
        answer,
        "ana@acme.example invited, bo@acme.example invited, cy@acme.example invited"
    );

    let queue =
        serde_json::from_str(include_str!("../../infra/events/invite/queue.json")).expect("JSON");
    let answer = world.invite(queue).await.expect("a batch has no function error");
    assert_eq!(answer, json!({ "batchItemFailures": [] }));
    assert_eq!(grants(&world, "eve@initech.example").await, ["P-44 member invited"]);
}

#[tokio::test]
async fn from_the_queue_what_a_retry_cannot_mend_is_consumed_and_announced() {
    let world = world().await;
    close(&world, "P-closed").await;
    let mut answers = Vec::new();
    for (id, asked) in [
        ("good", request("P-1", "Acme", "ana@acme.example")),
        ("invalid", with(request("P-1", "Acme", "ana"), &json!({ "days": 5 }))),
        ("closed", request("P-closed", "Acme", "bo@acme.example")),
        (
            "unknown",
            with(request("P-1", "Acme", "cy@acme.example"), &json!({ "org": "elsewhere" })),
        ),
    ] {
        let mut event = requested(&world, &asked);
        event["id"] = json!(id);
        answers.push(event.to_string());
    }

    // What the queue delivers twice is announced under the same id.
    for _ in 0..2 {
        let answer =
            world.invite(batch(answers.iter().map(String::as_str))).await.expect("a batch");
        assert_eq!(answer, json!({ "batchItemFailures": [] }));
    }

    let mut refusals: Vec<String> = told(&world, "Customer Invitation Refused")
        .iter()
        .map(|event| {
            let detail = &event.detail;
            let (id, org) = (text(&detail["id"]), text(&detail["org"]));
            format!("{id} {org} {} {}", text(&detail["project"]), text(&detail["error"]["code"]))
        })
        .collect();
    refusals.sort();
    refusals.dedup();
    assert_eq!(
        refusals,
        [
            "closed-InvitationRefused main P-closed PROJECT_CLOSED",
            "invalid-InvitationRefused main P-1 INVALID_REQUEST",
            "unknown-InvitationRefused elsewhere P-1 ORG_UNKNOWN",
        ]
    );
    assert_eq!(world.org().mails().len(), 1);
}

#[tokio::test]
async fn from_the_queue_what_is_no_request_and_what_may_be_mended_comes_again() {
    let world = world().await;
    let good = requested(&world, &request("P-1", "Acme", "ana@acme.example")).to_string();
    let other = event(&world, "Project Closed", &json!({ "projectId": "P-1" })).to_string();
    let bodies = [good.as_str(), "not json", "{}", "\"text\"", "", other.as_str(), good.as_str()];

    let answer = world.invite(batch(bodies)).await.expect("a batch");
    assert_eq!(failures(&answer), ["m-1", "m-2", "m-3", "m-4", "m-5"]);

    world.org().add_fault(Fault::always(FaultKind::DropBefore));
    let answer = world.invite(batch([good.as_str()])).await.expect("a batch");
    assert_eq!(failures(&answer), ["m-0"]);
    world.org().clear_faults();
    assert_eq!(told(&world, "Customer Invitation Refused").len(), 0);

    let answer = world.invite(batch([good.as_str()])).await.expect("a batch");
    assert_eq!(failures(&answer), Vec::<String>::new());
    assert_eq!(world.org().mails().len(), 1);
}

#[tokio::test]
async fn a_direct_invocation_fails_with_the_code_of_what_may_be_mended() {
    let asked = request("P-1", "Acme", "ana@acme.example");
    let world = world().await;
    world.org().refuse_sign_in(Some(SignInRefusal::new("invalid_grant", "audience is invalid")));
    let error = world.invite(asked.clone()).await.expect_err("a function error");
    assert_eq!(error.error_type, "SALESFORCE_SIGN_IN_REFUSED");
    let body: Value = serde_json::from_str(&error.message).expect("the same body as over HTTP");
    assert_eq!(body["error"]["code"], "SALESFORCE_SIGN_IN_REFUSED");
    world.org().refuse_sign_in(None);

    world.org().add_fault(Fault::always(FaultKind::DropBefore));
    assert_eq!(invite(&world, asked.clone()).await, "SALESFORCE_UNAVAILABLE, to be tried again");
    world.org().clear_faults();

    lose_ledger(&world).await;
    assert_eq!(invite(&world, asked).await, "LEDGER_UNAVAILABLE, to be tried again");
}

fn requested(world: &World, request: &Value) -> Value {
    event(world, "Customer Access Requested", request)
}
