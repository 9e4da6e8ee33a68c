//! A loopback door that answers `PutEvents`, `GetSecretValue` and KMS's `Sign` in AWS's own wire protocol (JSON 1.1).

use std::collections::BTreeMap;
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::events::Event;

/// A running door. It closes when this is dropped.
#[derive(Debug)]
pub struct AwsDoor {
    state: Arc<Mutex<DoorState>>,
    url: String,
    server: JoinHandle<()>,
}

/// How `PutEvents` misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutEventsFault {
    /// Every request is refused.
    Unavailable,
    /// The first entry of every request is not taken.
    FirstEntryFails,
}

#[derive(Debug, Default)]
struct DoorState {
    events: Vec<Event>,
    secrets: BTreeMap<String, String>,
    keys: BTreeMap<String, Key>,
    fault: Option<PutEventsFault>,
    secret_reads: usize,
    secret_refusal: Option<&'static str>,
    signatures: usize,
}

/// A key that KMS keeps, or why it does not sign with it.
type Key = Result<String, &'static str>;

impl AwsDoor {
    /// Opens a door on a free port.
    ///
    /// # Errors
    /// When there is no port.
    pub async fn open() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let state = Arc::new(Mutex::new(DoorState::default()));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&state));
        let server = tokio::spawn(async move {
            // The listener ends only with the process or with this task.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { state, url, server })
    }

    /// The door's address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Every event that was put, in order.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.lock().events.clone()
    }

    /// Fills a secret; `None` takes it away.
    pub fn set_secret(&self, name: &str, value: Option<String>) {
        let mut state = self.lock();
        match value {
            Some(value) => state.secrets.insert(name.to_owned(), value),
            None => state.secrets.remove(name),
        };
    }

    /// Makes `PutEvents` misbehave from now on, or behave again.
    pub fn set_fault(&self, fault: Option<PutEventsFault>) {
        self.lock().fault = fault;
    }

    /// Has Secrets Manager refuse every secret by one of its codes from now on, or give them out again.
    pub fn refuse_secrets(&self, code: Option<&'static str>) {
        self.lock().secret_refusal = code;
    }

    /// How often a secret was read.
    #[must_use]
    pub fn secret_reads(&self) -> usize {
        self.lock().secret_reads
    }

    /// Has KMS keep an RSA key (PKCS#8, PEM) under an id, or refuse to sign with the key of that id by one of its codes.
    pub fn keep_key(&self, id: &str, key: Result<&str, &'static str>) {
        self.lock().keys.insert(id.to_owned(), key.map(str::to_owned));
    }

    /// How often KMS was asked for a signature.
    #[must_use]
    pub fn signatures(&self) -> usize {
        self.lock().signatures
    }

    fn lock(&self) -> MutexGuard<'_, DoorState> {
        lock(&self.state)
    }
}

impl Drop for AwsDoor {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn answer(
    State(state): State<Arc<Mutex<DoorState>>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let target = headers.get("x-amz-target").and_then(|it| it.to_str().ok()).unwrap_or_default();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let mut state = lock(&state);
    let (status, answer) = match target {
        "AWSEvents.PutEvents" => put_events(&mut state, &body),
        "secretsmanager.GetSecretValue" => get_secret(&mut state, &body),
        "TrentService.Sign" => sign(&mut state, &body),
        _ => refusal("UnknownOperationException", "the door does not offer this operation"),
    };
    let headers = [("content-type", "application/x-amz-json-1.1")];
    (status, headers, answer.to_string()).into_response()
}

fn put_events(state: &mut DoorState, body: &Value) -> (StatusCode, Value) {
    if state.fault == Some(PutEventsFault::Unavailable) {
        let answer = json!({ "__type": "InternalException", "message": "out of order" });
        return (StatusCode::INTERNAL_SERVER_ERROR, answer);
    }
    let entries = body.get("Entries").and_then(Value::as_array).cloned().unwrap_or_default();
    if entries.is_empty() || entries.len() > 10 {
        return refusal("ValidationException", "1 to 10 entries");
    }
    let mut failed = 0;
    let mut answers = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        if index == 0 && state.fault == Some(PutEventsFault::FirstEntryFails) {
            failed += 1;
            answers.push(json!({ "ErrorCode": "InternalFailure", "ErrorMessage": "out of order" }));
            continue;
        }
        let text = |field| entry.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        let detail = serde_json::from_str(&text("Detail")).unwrap_or_default();
        let (source, detail_type) = (text("Source"), text("DetailType"));
        state.events.push(Event { source, detail_type, detail });
        answers.push(json!({ "EventId": format!("event-{}", state.events.len()) }));
    }
    (StatusCode::OK, json!({ "FailedEntryCount": failed, "Entries": answers }))
}

fn get_secret(state: &mut DoorState, body: &Value) -> (StatusCode, Value) {
    state.secret_reads += 1;
    if let Some(code) = state.secret_refusal {
        return refusal(code, "the secret is not given out");
    }
    let name = body.get("SecretId").and_then(Value::as_str).unwrap_or_default();
    match state.secrets.get(name) {
        None => {
            refusal("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
        }
        Some(value) => {
            let arn = format!("arn:aws:secretsmanager:local:000000000000:secret:{name}");
            let (id, stages) = ("00000000-0000-0000-0000-000000000000", ["AWSCURRENT"]);
            let secret = json!({
                "ARN": arn, "Name": name, "VersionId": id, "VersionStages": stages, "SecretString": value,
            });
            (StatusCode::OK, secret)
        }
    }
}

fn sign(state: &mut DoorState, body: &Value) -> (StatusCode, Value) {
    state.signatures += 1;
    let text = |field| body.get(field).and_then(Value::as_str).unwrap_or_default();
    let (id, algorithm, kind) = (text("KeyId"), text("SigningAlgorithm"), text("MessageType"));
    let key = match state.keys.get(id) {
        None => return refusal("NotFoundException", "there is no such key"),
        Some(Err(code)) => return refusal(code, "the key is not for that"),
        Some(Ok(key)) => key,
    };
    if (algorithm, kind) != ("RSASSA_PKCS1_V1_5_SHA_256", "RAW") {
        return refusal("ValidationException", "the door signs whole messages with one algorithm");
    }
    let message = STANDARD.decode(text("Message")).unwrap_or_default();
    match signed(key, &message) {
        Some(signature) if (1..=4096).contains(&message.len()) => {
            let arn = format!("arn:aws:kms:local:000000000000:key/{id}");
            let signature = STANDARD.encode(signature);
            let answer =
                json!({ "KeyId": arn, "Signature": signature, "SigningAlgorithm": algorithm });
            (StatusCode::OK, answer)
        }
        _ => refusal("ValidationException", "no message of 1 to 4096 bytes, or no RSA key"),
    }
}

fn signed(key: &str, message: &[u8]) -> Option<Vec<u8>> {
    let body: String = key.lines().filter(|line| !line.starts_with("-----")).collect();
    let key = RsaKeyPair::from_pkcs8(&STANDARD.decode(body).ok()?).ok()?;
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).ok()?;
    Some(signature)
}

fn refusal(code: &str, message: &str) -> (StatusCode, Value) {
    (StatusCode::BAD_REQUEST, json!({ "__type": code, "message": message }))
}

fn lock(state: &Mutex<DoorState>) -> MutexGuard<'_, DoorState> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
