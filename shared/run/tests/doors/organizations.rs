//! Secrets, sign-ins and rotation.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::ready;
use std::io::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use access::OrgAlias;
use aws_sdk_secretsmanager::config::retry::RetryConfig;
use axum::response::Response;
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use run::{KeyService, OrganizationError, Organizations};
use salesforce::Options;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::door::{self, Asked, Door};

#[tokio::test]
async fn a_secret_is_read_and_a_token_asked_for_once_for_many_invocations() {
    let world = World::open([Secret::Client("good")]).await;
    for _ in 0..3 {
        world.connect("main").await.unwrap();
    }
    assert_eq!(world.asked(), ["secret lanyard/main", "token good"]);
}

#[tokio::test]
async fn what_is_fetched_ahead_is_not_fetched_again() {
    let world = World::open([Secret::Client("good")]).await;
    world.organizations.prefetch_with(ready(Ok::<_, Infallible>(()))).await;
    assert_eq!(world.asked(), ["secret lanyard/main", "token good"]);
    world.connect("main").await.unwrap();
    assert_eq!(world.asked().len(), 2);
}

#[tokio::test]
async fn what_cannot_be_fetched_ahead_is_fetched_when_it_is_needed() {
    let world = World::open([Secret::Refusal("ResourceNotFoundException")]).await;
    world.organizations.prefetch_with(ready(Err::<(), _>(Error::other("no ledger")))).await;
    world.rotate(Secret::Client("good"));
    world.connect("main").await.unwrap();
    assert_eq!(world.asked(), ["secret lanyard/main", "secret lanyard/main", "token good"]);
}

#[tokio::test]
async fn a_secret_rotated_between_reading_and_sign_in_is_picked_up() {
    let world = World::open([Secret::Client("revoked"), Secret::Client("good")]).await;
    world.connect("main").await.unwrap();
    assert_eq!(
        world.asked(),
        ["secret lanyard/main", "token revoked", "secret lanyard/main", "token good"]
    );
}

#[tokio::test]
async fn a_refused_sign_in_with_an_unchanged_secret_is_asked_for_once() {
    let world = World::open([Secret::Client("revoked")]).await;
    let error = world.connect("main").await.unwrap_err();
    assert!(matches!(error, OrganizationError::SignInRefused { .. }), "{error:?}");
    assert_eq!(world.asked(), ["secret lanyard/main", "token revoked", "secret lanyard/main"]);
}

#[tokio::test]
async fn a_refusal_is_not_remembered() {
    let world = World::open([Secret::Client("revoked")]).await;
    world.connect("main").await.unwrap_err();
    world.rotate(Secret::Client("good"));
    world.connect("main").await.unwrap();
}

#[tokio::test]
async fn a_secret_rotated_while_the_process_lives_is_picked_up_once_a_session_is_refused() {
    let world = World::open([Secret::Client("good")]).await;
    world.connect("main").await.unwrap();
    world.rotate(Secret::Client("better"));
    world.connect("main").await.unwrap();
    assert_eq!(world.asked(), ["secret lanyard/main", "token good"]);

    let main = OrgAlias::default();
    let mut attempts = world.organizations.attempts(&main, in_time());
    attempts.next().await.expect("one").expect("signed in");
    attempts.next().await.expect("another").expect("signed in");
    assert!(attempts.next().await.is_none(), "twice is often enough");
    world.connect("main").await.unwrap();
    assert_eq!(world.asked()[2..], ["secret lanyard/main", "token better"]);

    let mut attempts = world.organizations.attempts(&main, in_time());
    attempts.next().await.expect("one").expect("signed in");
    assert!(
        attempts.next_if_changed().await.is_none(),
        "with the same secret nothing else would come of it"
    );
    assert_eq!(world.asked()[4..], ["secret lanyard/main"]);
}

#[tokio::test]
async fn an_org_without_a_usable_secret_is_told_apart_from_one_out_of_reach() {
    for (secret, expected) in [
        (
            Secret::Refusal("ResourceNotFoundException"),
            "there is no secret for org main, or it was never filled",
        ),
        (
            Secret::Refusal("InvalidRequestException"),
            "there is no secret for org main, or it was never filled",
        ),
        (
            Secret::Refusal("AccessDeniedException"),
            "org main is not ready: AccessDeniedException; ",
        ),
        (Secret::Refusal("DecryptionFailure"), "org main is not ready: DecryptionFailure; "),
        (Secret::Refusal("InternalServiceError"), "org main cannot be reached: "),
        (Secret::Refusal("ThrottlingException"), "org main cannot be reached: "),
        (Secret::Text(""), "the secret of org main cannot be used: "),
        (Secret::Text("{}"), "the secret of org main cannot be used: "),
        (Secret::Text("PRIVATE"), "the secret of org main cannot be used: "),
        (Secret::Without("username"), "the secret of org main cannot be used: "),
        (Secret::Binary, "the secret of org main cannot be used: "),
    ] {
        let world = World::open([secret]).await;
        let text = runtime::chain(&world.connect("main").await.unwrap_err());
        assert!(text.starts_with(expected), "{secret:?}: {text}");
        assert!(!text.contains("PRIVATE") && !text.contains("good"), "{text}");
        assert!(!matches!(secret, Secret::Without(_)) || text.contains("username"), "{text}");
    }
}

#[tokio::test]
async fn a_token_service_out_of_order_is_not_a_refusal() {
    let world = World::open([Secret::Client("broken")]).await;
    let error = world.connect("main").await.unwrap_err();
    assert!(matches!(error, OrganizationError::Unavailable { .. }), "{error:?}");
}

#[tokio::test]
async fn a_secret_that_named_a_host_out_of_reach_is_read_again_once_it_is_mended() {
    let world = World::open([Secret::Client("broken")]).await;
    world.connect("main").await.unwrap_err();
    world.rotate(Secret::Client("good"));
    world.connect("main").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn past_the_deadline_an_org_is_out_of_reach() {
    for secret in [Secret::Client("silent"), Secret::Silence, Secret::Kept("alias/silent")] {
        let world = World::open([secret]).await;
        let deadline = Instant::now() + Duration::from_millis(300);
        let error = world.organizations.connect(&OrgAlias::default(), deadline).await.unwrap_err();
        assert!(matches!(error, OrganizationError::Unavailable { .. }), "{error:?}");
        // The clock stands still but for waiting, so this is how long was waited, however long the rest takes.
        assert!(Instant::now() < deadline + Duration::from_secs(2));
    }
}

#[tokio::test]
async fn a_key_that_moved_to_kms_is_picked_up_and_signs_once_for_many_invocations() {
    let world = World::open([Secret::Client("revoked"), Secret::Kept("alias/good")]).await;
    for _ in 0..3 {
        world.connect("main").await.unwrap();
    }
    assert_eq!(
        world.asked(),
        [
            "secret lanyard/main",
            "token revoked",
            "secret lanyard/main",
            "sign alias/good",
            "token alias/good"
        ]
    );
}

#[tokio::test]
async fn a_secret_that_is_not_given_out_names_itself_and_the_permission_or_the_key() {
    for (code, message, names) in [
        ("AccessDeniedException", "User: arn is not authorized", "secretsmanager:GetSecretValue"),
        ("AccessDeniedException", "Access to KMS is not allowed", "KmsKeyArn"),
        ("DecryptionFailure", "cannot decrypt with the provided KMS key", "enabled"),
    ] {
        let world = World::open([Secret::Told(code, message)]).await;
        let error = world.connect("main").await.unwrap_err();
        let OrganizationError::NotReady { source, .. } = &error else { panic!("{error:?}") };
        assert_eq!(source.cause, code);
        assert!(
            source.fix.contains("lanyard/main") && source.fix.contains(names),
            "{}",
            source.fix
        );
        assert_eq!(world.asked(), ["secret lanyard/main"]);
    }
}

#[tokio::test]
async fn a_key_that_kms_refuses_is_an_org_that_is_not_ready_and_the_secret_is_read_again_once() {
    let world = World::open([Secret::Kept("alias/denied")]).await;
    let error = world.connect("main").await.unwrap_err();
    assert!(matches!(error, OrganizationError::NotReady { .. }), "{error:?}");
    let text = runtime::chain(&error);
    assert!(text.contains("AccessDeniedException") && text.contains("SigningKeyArn"), "{text}");
    assert_eq!(world.asked(), ["secret lanyard/main", "sign alias/denied", "secret lanyard/main"]);
    world.rotate(Secret::Kept("alias/good"));
    world.connect("main").await.unwrap();
}

#[tokio::test]
async fn an_org_that_is_silent_keeps_no_other_waiting() {
    let world = World::open([Secret::Client("good"), Secret::Client("silent")]).await;
    world.connect("main").await.unwrap();
    let other = async {
        let is_silent = |it: &Asked| it.target.is_empty() && issuer(it) == "silent";
        world.door.until(|asked| asked.iter().any(is_silent)).await;
        world.connect("main").await.unwrap();
    };
    tokio::select! {
        ended = world.connect("other") => panic!("the silent org was done first: {ended:?}"),
        () = other => {}
    }
}

/// What Secrets Manager holds.
#[derive(Clone, Copy, Debug)]
enum Secret {
    /// The secret of a client whose id decides what the token endpoint answers.
    Client(&'static str),
    /// The secret of a client that has this key in KMS, and its name for an id.
    Kept(&'static str),
    /// The secret of a client without one field.
    Without(&'static str),
    /// Any text.
    Text(&'static str),
    /// A value that is no text.
    Binary,
    /// Something that is never said.
    Silence,
    /// None, with this code.
    Refusal(&'static str),
    /// The same, with Secrets Manager's own words.
    Told(&'static str, &'static str),
}

/// Secrets Manager, KMS and a Salesforce token endpoint behind one door.
struct World {
    door: Door,
    organizations: Organizations,
    secrets: Arc<Mutex<VecDeque<Secret>>>,
}

impl World {
    /// The secrets are read in that order; the last one stays.
    async fn open<const N: usize>(secrets: [Secret; N]) -> Self {
        let secrets = Arc::new(Mutex::new(VecDeque::from(secrets)));
        let held = Arc::clone(&secrets);
        let door = Door::open(move |_, request: Asked| {
            let held = Arc::clone(&held);
            async move {
                match &*request.target {
                    "" => return token(&request).await,
                    "TrentService.Sign" => return signature(&request).await,
                    _ => {}
                }
                let secret = {
                    let mut held = held.lock().expect("no panic before");
                    let last = held.back().copied();
                    if held.len() > 1 { held.pop_front() } else { last }
                };
                value(secret.expect("a secret"), &request).await
            }
        })
        .await;
        let http = runtime::http_client(None).expect("an HTTP client");
        let sdk = runtime::local_sdk_config(&http, &door.endpoint, "eu-central-1", "key");
        let sdk = sdk.expect("a local endpoint").into_builder();
        let sdk = sdk.retry_config(RetryConfig::standard().with_max_attempts(1)).build();
        let secrets_manager = aws_sdk_secretsmanager::Client::new(&sdk);
        let options = Options {
            first_wait: Duration::from_millis(1),
            signer: Some(Arc::new(KeyService::new(sdk))),
            ..Options::new(Arc::new(runtime::now))
        };
        let organizations = Organizations::new(secrets_manager, http, "lanyard/", options);
        Self { door, organizations, secrets }
    }

    fn rotate(&self, secret: Secret) {
        *self.secrets.lock().expect("no panic before") = VecDeque::from([secret]);
    }

    async fn connect(&self, org: &str) -> Result<(), OrganizationError> {
        let org = OrgAlias::parse(org).expect("an alias");
        self.organizations.connect(&org, in_time()).await.map(|_| ())
    }

    /// What was asked of both services, in order.
    fn asked(&self) -> Vec<String> {
        let said = |request: Asked| {
            let text = |field| request.json()[field].as_str().expect("a name").to_owned();
            match &*request.target {
                "" => format!("token {}", issuer(&request)),
                "TrentService.Sign" => format!("sign {}", text("KeyId")),
                _ => format!("secret {}", text("SecretId")),
            }
        };
        self.door.asked().into_iter().map(said).collect()
    }
}

/// More time than any answer takes, on however busy a machine.
fn in_time() -> Instant {
    Instant::now() + Duration::from_mins(5)
}

async fn value(secret: Secret, request: &Asked) -> Response {
    let text = match secret {
        Secret::Client(client) => filled(client, request).to_string(),
        Secret::Without(field) => {
            let mut fields = filled("good", request);
            fields[field] = json!("");
            fields.to_string()
        }
        Secret::Kept(key) => {
            let mut fields = filled(key, request);
            (fields["privateKey"], fields["kmsKeyId"]) = (Value::Null, json!(key));
            fields.to_string()
        }
        Secret::Text(text) => text.to_owned(),
        Secret::Silence => std::future::pending().await,
        Secret::Binary => return door::json(200, &json!({ "SecretBinary": "AAAA" })),
        Secret::Refusal(code) => {
            return door::json(400, &json!({ "__type": code, "message": "no" }));
        }
        Secret::Told(code, message) => {
            return door::json(400, &json!({ "__type": code, "message": message }));
        }
    };
    door::json(200, &json!({ "SecretString": text }))
}

fn filled(client: &str, request: &Asked) -> Value {
    let key = include_bytes!("signing-key.der");
    let (begin, end) = ("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----");
    json!({
        "loginUrl": format!("http://{}", request.host),
        "clientId": client,
        "username": "lanyard@corp.example",
        "privateKey": format!("{begin}\n{}\n{end}\n", BASE64_STANDARD.encode(key)),
        "apiVersion": "66.0",
    })
}

async fn signature(request: &Asked) -> Response {
    match request.json()["KeyId"].as_str().expect("a key") {
        "alias/denied" => {
            door::json(400, &json!({ "__type": "AccessDeniedException", "message": "no" }))
        }
        "alias/silent" => std::future::pending().await,
        _ => door::json(200, &json!({ "Signature": BASE64_STANDARD.encode([1; 256]) })),
    }
}

async fn token(request: &Asked) -> Response {
    assert_eq!(request.path, "/services/oauth2/token");
    match issuer(request).as_str() {
        "revoked" => {
            let description = "user hasn't approved this consumer";
            let refusal = json!({ "error": "invalid_grant", "error_description": description });
            return door::json(400, &refusal);
        }
        "broken" => return door::json(503, &json!({})),
        "silent" => std::future::pending().await,
        _ => {}
    }
    let host = &request.host;
    let answer = json!({
        "access_token": "00D!token",
        "instance_url": format!("http://{host}"),
        "id": format!("http://{host}/id/00D000000000001EAA/005000000000001AAA"),
        "token_type": "Bearer",
        "issued_at": "1795424400000",
    });
    door::json(200, &answer)
}

/// Who signed the assertion of a token request, by its own word.
fn issuer(request: &Asked) -> String {
    let assertion = request.body.split('&').find_map(|field| field.strip_prefix("assertion="));
    let claims = assertion.expect("an assertion").split('.').nth(1).expect("claims");
    let claims = BASE64_URL_SAFE_NO_PAD.decode(claims).expect("base64");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    claims["iss"].as_str().expect("an issuer").to_owned()
}
