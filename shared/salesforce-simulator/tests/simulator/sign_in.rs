//! Sign-in, sessions, versions and the daily allocation.

use jiff::SignedDuration;
use reqwest::Method;
use salesforce_simulator::{
    DEMO_KEY, Options, ROTATED_DEMO_KEY, SignInRefusal, Simulator, StartError,
};
use serde_json::{Value, json};

use crate::world::{World, send, signed};

#[tokio::test]
async fn a_signed_assertion_is_answered_with_a_token_and_the_ids_of_org_and_user() {
    let world = World::start().await;

    let reply = world.token_for(&world.assertion(|_| {})).await;

    assert_eq!(reply.status, 200);
    assert_eq!(reply.body["token_type"], "Bearer");
    assert_eq!(reply.body["instance_url"], world.simulator.url());
    assert_eq!(reply.body["issued_at"], world.now().as_millisecond().to_string());
    assert!(reply.body.get("refresh_token").is_none() && reply.body.get("expires_in").is_none());
    let id = reply.body["id"].as_str().unwrap();
    let [user, org] = id.rsplitn(3, '/').take(2).collect::<Vec<_>>()[..] else { panic!("{id}") };
    assert!(user.starts_with("005") && org.starts_with("00D"), "{id}");
}

#[tokio::test]
async fn another_org_has_another_id_and_shares_neither_records_nor_sessions() {
    let world = World::start().await;
    let mut other = World::start_with(|options| {
        options.organization_id = Some("00D5g0000000zzz".to_owned());
    })
    .await;
    let mut seen = Vec::new();
    for world in [&world, &other] {
        let organization = world.records("SELECT Id FROM Organization").await[0]["Id"].clone();
        assert_eq!(organization, json!(world.org.organization_id()));
        let id = world.token_for(&world.assertion(|_| {})).await.body["id"].clone();
        let me = world.org.user_by_email("integration@corp.example").unwrap().id;
        let expected = format!("/id/{}/{me}", world.org.organization_id());
        assert!(id.as_str().unwrap().ends_with(&expected), "{id}");
        seen.push((world.org.organization_id(), me, world.group("Acme"), world.customer("ana@x")));
    }
    assert!(other.org.organization_id().starts_with("00D5g0000000zzz"));
    assert!(seen[0].0 != seen[1].0 && seen[0].1 != seen[1].1 && seen[0].2 != seen[1].2);
    assert_ne!(seen[0].3, seen[1].3);
    other.token = world.token.clone();
    assert_eq!(other.get("/limits").await.refusal(), (401, "INVALID_SESSION_ID"));
}

#[tokio::test]
async fn what_is_no_id_of_an_org_starts_none() {
    for id in ["", "00D", "0055g0000000001", "00D5g0000000zzzEAX"] {
        let mut options = Options::new(std::sync::Arc::new(|| jiff::Timestamp::UNIX_EPOCH));
        options.organization_id = Some(id.to_owned());
        let refused = Simulator::start(options).await.expect_err("no org");
        assert!(matches!(refused, StartError::OrganizationId(given) if given == id));
    }
}

#[tokio::test]
async fn each_wrong_claim_is_refused_in_its_own_words() {
    let world = World::start().await;
    let now = world.now().as_second();
    for (claim, value, error, description) in [
        ("iss", json!("another app"), "invalid_client_id", "client identifier invalid"),
        ("sub", json!("bo@corp.example"), "invalid_grant", "user hasn't approved this consumer"),
        ("prn", json!("bo@corp.example"), "invalid_grant", "user hasn't approved this consumer"),
        ("aud", json!("https://example.com"), "invalid_grant", "audience is invalid"),
        (
            "aud",
            json!("https://test.salesforce.com"),
            "app_not_found",
            "External client app is not found",
        ),
        ("exp", json!(now), "invalid_grant", "expired authorization code"),
        ("exp", json!(now + 182), "invalid_grant", "expired authorization code"),
        ("exp", json!((now + 60) * 1000), "invalid_grant", "expired authorization code"),
        ("exp", json!("soon"), "invalid_grant", "expired authorization code"),
        ("exp", Value::Null, "invalid_grant", "expired authorization code"),
    ] {
        let reply = world.token_for(&world.assertion(|claims| claims[claim] = value.clone())).await;

        let expected = json!({ "error": error, "error_description": description });
        assert_eq!((reply.status, &reply.body), (400, &expected), "{claim}: {value}");
    }
}

#[tokio::test]
async fn an_expiry_may_be_sent_as_text() {
    let world = World::start().await;
    let exp = (world.now().as_second() + 180).to_string();
    let reply = world.token_for(&world.assertion(|claims| claims["exp"] = json!(exp))).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
}

#[tokio::test]
async fn only_an_rs256_signature_of_the_right_key_is_accepted() {
    let world = World::start().await;
    let good = world.assertion(|_| {});
    let (unsigned, _) = good.rsplit_once('.').unwrap();
    let claims = json!({ "iss": "3MVG9lanyard.demo.consumer.key" });
    for assertion in [
        format!("{unsigned}."),
        format!("{unsigned}.AAAA"),
        signed(&json!({ "alg": "none" }), &claims, DEMO_KEY),
        signed(&json!({ "alg": "RS256" }), &claims, ROTATED_DEMO_KEY),
        "no assertion".to_owned(),
        String::new(),
    ] {
        let reply = world.token_for(&assertion).await;
        assert_eq!((reply.status, &reply.body["error"]), (400, &json!("invalid_grant")));
        assert_eq!(reply.body["error_description"], "invalid assertion");
    }
}

#[tokio::test]
async fn no_other_grant_type_is_offered() {
    let world = World::start().await;
    let form = "grant_type=client_credentials&client_id=a&client_secret=b".to_owned();
    let reply = world.token_form(form).await;
    assert_eq!((reply.status, &reply.body["error"]), (400, &json!("unsupported_grant_type")));
}

#[tokio::test]
async fn an_admin_can_break_the_app_and_rotate_its_key_and_id() {
    let world = World::start().await;
    let stale = world.assertion(|_| {});

    world.org.refuse_sign_in(Some(SignInRefusal::new("app_not_found", "gone")));
    assert_eq!(world.token_for(&stale).await.body["error"], "app_not_found");
    world.org.refuse_sign_in(None);
    world.org.accept_key(ROTATED_DEMO_KEY).unwrap();
    assert_eq!(world.token_for(&stale).await.body["error"], "invalid_grant");
    assert_eq!(world.token_for(&world.assertion(|_| {})).await.status, 200);
    world.org.set_client_id("new id");
    assert_eq!(world.token_for(&stale).await.body["error"], "invalid_client_id");
    assert_eq!(world.token_for(&world.assertion(|_| {})).await.status, 200);
    assert!(world.org.accept_key("no key").is_err());
}

#[tokio::test]
async fn the_key_of_a_certificate_is_accepted_wherever_its_private_half_is() {
    let world = World::start().await;
    let by_the_key_at_hand = world.assertion(|_| {});
    let claims = json!({
        "iss": "3MVG9lanyard.demo.consumer.key",
        "sub": "integration@corp.example",
        "aud": world.simulator.url(),
        "exp": world.now().as_second() + 180,
    });
    let by_the_other = signed(&json!({ "alg": "RS256" }), &claims, ROTATED_DEMO_KEY);
    for pem in [include_str!("rotated-demo-key.crt"), include_str!("rotated-demo-key.pub")] {
        world.org.accept_certificate(pem).unwrap();
        assert_eq!(world.token_for(&by_the_other).await.status, 200);
        assert_eq!(world.token_for(&by_the_key_at_hand).await.status, 400);
        let secret: Value = serde_json::from_str(&world.simulator.secret_json()).unwrap();
        assert_eq!(secret["privateKey"], Value::Null);
        world.org.accept_key(DEMO_KEY).unwrap();
        assert_eq!(world.token_for(&by_the_key_at_hand).await.status, 200);
    }
    let torn = "-----BEGIN CERTIFICATE-----\nMA0GCSqGSIb3DQEBAQUAA4IB\n-----END CERTIFICATE-----";
    for pem in ["", "no certificate", DEMO_KEY, torn] {
        assert!(world.org.accept_certificate(pem).is_err(), "{pem}");
    }
    assert_eq!(world.token_for(&by_the_key_at_hand).await.status, 200, "nothing has changed");
}

#[tokio::test]
async fn without_a_good_token_nothing_is_answered() {
    let world = World::start().await;
    let url = format!("{}/services/data/v66.0/limits", world.simulator.url());
    for request in [world.http.get(&url), world.http.get(&url).bearer_auth("00D5g!AQ.wrong")] {
        let reply = send(request).await;
        let expected =
            json!([{ "message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID" }]);
        assert_eq!((reply.status, &reply.body), (401, &expected));
    }
    let reply = send(world.http.get(&url).header("authorization", "Basic YTpi")).await;
    assert_eq!(reply.refusal(), (401, "INVALID_AUTH_HEADER"));
    assert!(world.org.calls().iter().all(|call| !call.counted));
}

#[tokio::test]
async fn sessions_end_by_the_clock_and_by_the_admin() {
    let mut world = World::start().await;
    world.pass(SignedDuration::from_mins(119));
    assert_eq!(world.get("/limits").await.status, 200);
    world.pass(SignedDuration::from_mins(1));
    assert_eq!(world.get("/limits").await.refusal(), (401, "INVALID_SESSION_ID"));
    world.sign_in().await;
    assert_eq!(world.get("/limits").await.status, 200);
    world.org.expire_sessions();
    assert_eq!(world.get("/limits").await.refusal(), (401, "INVALID_SESSION_ID"));
}

#[tokio::test]
async fn versions_are_listed_without_a_session_and_retired_ones_are_gone() {
    let world = World::start().await;
    let base = format!("{}/services/data", world.simulator.url());

    let list = send(world.http.get(&base)).await;

    assert_eq!((list.status, list.usage()), (200, None));
    let find = |version: &str| {
        let versions = list.body.as_array().unwrap().iter();
        versions.filter(|it| it["version"] == version).map(|it| it["label"].clone()).next()
    };
    assert_eq!(find("41.0"), Some(json!("Winter '18")));
    assert_eq!(find("66.0"), Some(json!("Spring '26")));
    assert_eq!(find("68.0"), Some(json!("Winter '27")));
    assert_eq!((find("40.0"), find("69.0")), (None, None));
    let status = async |version: &str| {
        let request = world.http.get(format!("{base}/{version}/limits"));
        send(request.bearer_auth(&world.token)).await.status
    };
    assert_eq!(status("v41.0").await, 200);
    assert_eq!(status("v40.0").await, 410);
    assert_eq!(status("v69.0").await, 410);
    assert_eq!(status("66.0").await, 404);
}

#[tokio::test]
async fn each_request_counts_once_until_the_daily_allocation_is_used_up() {
    let mut world = World::start_with(|options| options.api_limit = 2).await;
    assert_eq!(world.get("/limits").await.usage(), Some("api-usage=1/2"));
    let last = world.soql("SELECT Id FROM Organization").await;
    assert_eq!((last.status, last.usage()), (200, Some("api-usage=2/2")));

    let refused = world.get("/limits").await;

    assert_eq!(refused.refusal(), (403, "REQUEST_LIMIT_EXCEEDED"));
    assert_eq!(refused.body[0]["message"], "TotalRequests Limit exceeded.");
    world.pass(SignedDuration::from_hours(24));
    world.sign_in().await;
    let limits = world.get("/limits").await;
    assert_eq!(limits.body["DailyApiRequests"], json!({ "Max": 2, "Remaining": 1 }));
}

#[tokio::test]
async fn what_does_not_exist_and_what_is_not_allowed_is_said() {
    let world = World::start().await;
    let missing = world.get("/sobjects/Account/001000000000001").await;
    assert_eq!(missing.refusal(), (404, "NOT_FOUND"));
    assert_eq!(missing.body[0]["message"], "The requested resource does not exist");
    for path in ["/nothing", "/composite/batch", "/sobjects", "/tooling/sobjects/ApexClass"] {
        assert_eq!(world.get(path).await.refusal(), (404, "NOT_FOUND"), "{path}");
    }
    for (method, path) in [
        (Method::PUT, "/sobjects/CollaborationGroup"),
        (Method::POST, "/query?q=x"),
        (Method::GET, "/composite"),
        (Method::GET, "/composite/sobjects"),
        (Method::POST, "/limits"),
    ] {
        let reply = send(world.request(method, path)).await;
        assert_eq!(reply.refusal(), (405, "METHOD_NOT_ALLOWED"), "{path}");
    }
    let typeless = world.request(Method::POST, "/sobjects/CollaborationGroup").body("{}");
    assert_eq!(send(typeless).await.refusal(), (415, "UNSUPPORTED_MEDIA_TYPE"));
    let torn = world.request(Method::POST, "/sobjects/CollaborationGroup").body("{");
    let torn = torn.header("content-type", "application/json");
    assert_eq!(send(torn).await.refusal(), (400, "JSON_PARSER_ERROR"));
    let long = world.soql(&"x".repeat(16_384)).await;
    assert_eq!((long.status, long.body), (414, Value::Null));
    let heavy = world.request(Method::GET, "/limits").header("x-more", "x".repeat(16_384));
    assert_eq!(send(heavy).await.status, 431);
}
