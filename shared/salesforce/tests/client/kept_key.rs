//! Signing in with a key that a key service keeps.

use std::io::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use salesforce::{
    Client, ClientError, Credentials, Disposition, Options, SignInError, Signer, Signing,
    SigningError, user,
};
use salesforce_simulator::DEMO_KEY;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::server::{Reply, Server, chain, id, page, refusal, token};
use crate::simulated;

#[tokio::test]
async fn an_org_accepts_what_the_key_service_signed() {
    let (simulator, _) = simulated::start(|_| ()).await;
    let mut secret: Value = serde_json::from_str(&simulator.secret_json()).expect("json");
    secret["privateKey"] = Value::Null;
    secret["kmsKeyId"] = json!("alias/lanyard");
    let service = Arc::new(KeyService::that(|message| Answer::Signature(signed(message))));
    let client = client(&secret, &service, |_| ());
    client.sign_in().await.unwrap();
    client.query(user::by_ids(&[id("005", 1)])).await.unwrap();
    assert_eq!(
        service.asked(),
        ["alias/lanyard"],
        "asked once for the token, and for nothing else"
    );

    let service = Arc::new(KeyService::that(|message| Answer::Signature(signed(&message[1..]))));
    let error = self::client(&secret, &service, |_| ()).sign_in().await.unwrap_err();
    assert!(matches!(error, ClientError::SignIn(SignInError::Refused { .. })), "{error:?}");
}

#[tokio::test]
async fn one_token_takes_one_signature_however_often_it_is_asked_for() {
    let mut replies = vec![
        Reply::Json(200, token("t", "https://acme.my.salesforce.com")),
        Reply::Drop,
        Reply::Html(503),
    ];
    let server = Server::start_without_sign_in(move |_| replies.pop().unwrap_or(Reply::Drop)).await;
    let service = Arc::new(KeyService::that(|_| Answer::Signature(vec![1; 256])));
    let client = client_at(&server, &service, |_| ());
    client.sign_in().await.unwrap();
    client.sign_in().await.unwrap();
    assert_eq!((server.sign_ins(), service.asked().len()), (3, 1));
}

#[tokio::test]
async fn an_assertion_that_has_grown_old_on_the_way_is_signed_anew() {
    let now = Arc::new(Mutex::new(1_800_000_000));
    let (asked_at, clock) = (Arc::clone(&now), Arc::clone(&now));
    // Each answer takes 31 seconds.
    let server = Server::start_without_sign_in(move |_| {
        *asked_at.lock().expect("no panic") += 31;
        Reply::Html(503)
    })
    .await;
    let service = Arc::new(KeyService::that(|_| Answer::Signature(vec![1; 256])));
    let client = client_at(&server, &service, |options| {
        options.attempts = 4;
        options.clock = Arc::new(move || {
            jiff::Timestamp::from_second(*clock.lock().expect("no panic")).expect("a time")
        });
    });
    client.sign_in().await.unwrap_err();
    assert_eq!((server.sign_ins(), service.asked().len()), (4, 2));
}

#[tokio::test]
async fn a_key_that_must_not_be_used_is_a_refusal_that_names_cause_and_fix_and_asks_nobody_else() {
    let server = Server::start(|_| Reply::Json(200, page(&[]))).await;
    let service = Arc::new(KeyService::that(|_| Answer::Refusal));
    let client = client_at(&server, &service, |_| ());
    let (first, second) = tokio::join!(client.sign_in(), client.sign_in());
    for error in [first.unwrap_err(), second.unwrap_err()] {
        assert_eq!(error.disposition(), Disposition::Human);
        assert!(!error.is_ambiguous());
        let text = chain(&error);
        assert!(text.contains("AccessDeniedException; let the role sign"), "{text}");
    }
    assert_eq!((server.sign_ins(), service.asked().len()), (0, 1));
}

#[tokio::test]
async fn a_key_service_that_is_out_of_order_is_asked_again_by_the_next_caller() {
    let server = Server::start(|_| refusal(500, "UNEXPECTED")).await;
    let mut is_out = true;
    let service = Arc::new(KeyService::that(move |_| {
        let was_out = std::mem::take(&mut is_out);
        if was_out { Answer::Outage } else { Answer::Signature(vec![1; 256]) }
    }));
    let client = client_at(&server, &service, |_| ());
    let error = client.query(user::by_ids(&[id("005", 1)])).await.unwrap_err();
    assert_eq!((error.disposition(), error.is_ambiguous()), (Disposition::Retry, false));
    assert_eq!(error.code(), "NOT_SIGNED");
    assert_eq!((server.sign_ins(), service.asked().len()), (0, 1), "who asks again is the service");
    client.sign_in().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_silent_key_service_is_waited_for_no_longer_than_a_request_and_not_beyond_the_deadline() {
    let server = Server::start(|_| Reply::Json(200, page(&[]))).await;
    let service = Arc::new(KeyService::that(|_| Answer::Silence));
    let client = client_at(&server, &service, |_| ());
    let began = Instant::now();
    let error = client.sign_in().await.unwrap_err();
    assert!(matches!(error, ClientError::NotSigned(_)), "{error:?}");
    assert_eq!(began.elapsed().as_secs(), 30);

    let deadline = Instant::now() + Duration::from_secs(2);
    let error = client.until(deadline).sign_in().await.unwrap_err();
    assert!(matches!(error, ClientError::OutOfTime(None)), "{error:?}");
    assert!(Instant::now() < deadline + Duration::from_secs(1));
    let late = client.until(Instant::now() + Duration::from_millis(100));
    let error = late.sign_in().await.unwrap_err();
    assert!(matches!(error, ClientError::OutOfTime(None)), "{error:?}");
    assert_eq!(service.asked().len(), 2, "with too little time nothing is begun");
}

#[tokio::test]
async fn without_a_key_service_it_is_said_what_to_put_into_the_secret() {
    let server = Server::start(|_| Reply::Json(200, page(&[]))).await;
    let service = Arc::new(KeyService::that(|_| Answer::Silence));
    let client = client_at(&server, &service, |options| options.signer = None);
    let text = chain(&client.sign_in().await.unwrap_err());
    assert!(text.contains("put privateKey into the secret"), "{text}");
}

/// What the key service does about a message.
enum Answer {
    Signature(Vec<u8>),
    Refusal,
    Outage,
    Silence,
}

type Script = dyn FnMut(&[u8]) -> Answer + Send;

/// A key service that remembers for which keys it was asked.
struct KeyService {
    answer: Mutex<Box<Script>>,
    asked: Mutex<Vec<String>>,
}

impl KeyService {
    fn that(answer: impl FnMut(&[u8]) -> Answer + Send + 'static) -> Self {
        Self { answer: Mutex::new(Box::new(answer)), asked: Mutex::default() }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no panic").clone()
    }
}

impl Signer for KeyService {
    fn sign<'a>(&'a self, key: &'a str, message: &'a [u8]) -> Signing<'a> {
        self.asked.lock().expect("no panic").push(key.to_owned());
        let answer = (self.answer.lock().expect("no panic"))(message);
        Box::pin(async {
            // Whoever comes meanwhile waits for the same answer.
            tokio::task::yield_now().await;
            match answer {
                Answer::Signature(signature) => Ok(signature),
                Answer::Refusal => Err(SigningError::Refused {
                    code: "AccessDeniedException",
                    fix: "let the role sign",
                }),
                Answer::Outage => Err(SigningError::Unavailable(Error::other("no").into())),
                Answer::Silence => std::future::pending().await,
            }
        })
    }
}

fn client_at(
    server: &Server,
    service: &Arc<KeyService>,
    change: impl FnOnce(&mut Options),
) -> Client {
    let secret = json!({
        "loginUrl": server.address,
        "clientId": "3MVG9",
        "username": "integration@corp.example",
        "kmsKeyId": "alias/lanyard",
    });
    client(&secret, service, change)
}

fn client(secret: &Value, service: &Arc<KeyService>, change: impl FnOnce(&mut Options)) -> Client {
    let clock = || jiff::Timestamp::from_second(1_800_000_000).expect("a time");
    let mut options = Options::new(Arc::new(clock));
    options.first_wait = Duration::from_millis(1);
    options.signer = Some(service.clone());
    change(&mut options);
    let credentials = Credentials::from_secret(&secret.to_string()).expect("credentials");
    Client::new(crate::server::http(), credentials, options)
}

fn signed(message: &[u8]) -> Vec<u8> {
    let body: String = DEMO_KEY.lines().filter(|line| !line.starts_with("-----")).collect();
    let key = RsaKeyPair::from_pkcs8(&STANDARD.decode(body).expect("base64")).expect("a key");
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).expect("signed");
    signature
}
