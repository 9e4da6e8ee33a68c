//! A table of its own for each test, the things that are written to it, and a wire that can fail.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

use access::{
    Announcement, AnnouncementKind, AuditEntry, Customer, Email, Grant, GrantId, OrgAlias, Project,
    ProjectChange, ProjectId,
};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use jiff::Timestamp;
use ledger::{CustomerChange, Eraser, Ledger, create_table};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

pub(crate) const TABLE: &str = "ledger";

/// The environment variable that names the engine to test against: a URL on the loopback address. Without it every test
/// has an embedded engine of its own.
const ENDPOINT: &str = "LEDGER_ENDPOINT";

/// A ledger on an engine, or in an account of one, that nothing else uses.
pub(crate) struct World {
    pub(crate) ledger: Ledger,
    pub(crate) eraser: Eraser,
    /// For what cannot be done through the ledger: planting what no release writes.
    pub(crate) client: aws_sdk_dynamodb::Client,
    pub(crate) wire: Wire,
    /// Whether the engine stops at the 16 MB that an answer of DynamoDB holds. The emulator does not.
    pub(crate) limits_answers: bool,
}

impl World {
    pub(crate) async fn new() -> Self {
        let named = std::env::var(ENDPOINT).ok();
        let limits_answers = named.is_none();
        let endpoint = named.unwrap_or_else(embedded_engine);
        // An emulator keeps what belongs to one account from all others, and takes twelve digits for an account.
        let account = fastrand::u64(100_000_000_000..1_000_000_000_000).to_string();
        let http = runtime::http_client(None).expect("a client builds");
        let sdk = runtime::local_sdk_config(&http, &endpoint, "eu-central-1", &account);
        let sdk = sdk.expect("loopback is local");
        let wire = Wire::default();
        let inner = sdk.http_client().expect("the configuration has a client");
        let retries = RetryConfig::standard()
            .with_initial_backoff(std::time::Duration::from_millis(1))
            .with_max_attempts(3);
        let configuration = aws_sdk_dynamodb::config::Builder::from(&sdk)
            .http_client(FaultyClient { inner, wire: wire.clone() })
            .retry_config(retries)
            .build();
        let client = aws_sdk_dynamodb::Client::from_conf(configuration);
        create_table(&client, TABLE).await.expect("the engine takes the definition");
        wire.forget();
        let ledger = Ledger::new(client.clone(), TABLE.to_owned());
        let eraser = Eraser::new(client.clone(), TABLE.to_owned());
        Self { ledger, eraser, client, wire, limits_answers }
    }

    /// Records a customer with one active grant of the project.
    pub(crate) async fn admit(&self, number: u32, project: &str) -> Customer {
        let change = opening(customer(number), number, project);
        let results = self.ledger.writer.commit(vec![change]).await;
        results.into_iter().next().expect("one result").expect("it is committed")
    }

    pub(crate) async fn close(&self, project: &str) -> Project {
        self.change_project(project, true, "2027-01-02T00:00:00Z").await
    }

    pub(crate) async fn change_project(&self, project: &str, closes: bool, at: &str) -> Project {
        let read = self.ledger.reader.project(&org(), &project_id(project)).await.expect("read");
        let change = ProjectChange { closes, at: instant(at), by: None, reason: None };
        let project = read.after(&change).expect("the event is news");
        self.ledger.writer.commit_project(project, Vec::new()).await.expect("it is committed")
    }

    pub(crate) async fn read(&self, number: u32) -> Customer {
        self.ledger.reader.customer(&org(), &email(number)).await.expect("read")
    }
}

/// Starts an engine in memory, which lives as long as the test, and returns where it listens.
fn embedded_engine() -> String {
    let engine = dynoxide::Database::memory().expect("an engine in memory opens");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    listener.set_nonblocking(true).expect("a listener can be non-blocking");
    let endpoint = format!("http://{}", listener.local_addr().expect("it has an address"));
    let listener = tokio::net::TcpListener::from_std(listener).expect("tokio takes it");
    tokio::spawn(dynoxide::server::serve_with_shutdown(listener, engine, std::future::pending()));
    endpoint
}

pub(crate) fn org() -> OrgAlias {
    OrgAlias::default()
}

pub(crate) fn other_org() -> OrgAlias {
    OrgAlias::parse("other").expect("an alias")
}

pub(crate) fn instant(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

pub(crate) fn email(number: u32) -> Email {
    Email::parse(&format!("customer{number}@acme.example")).expect("an address")
}

pub(crate) fn project_id(text: &str) -> ProjectId {
    ProjectId::parse(text).expect("a project id")
}

pub(crate) fn grant_id(number: u32) -> GrantId {
    GrantId::from_random(u128::from(number))
}

/// A customer of whom nothing is recorded.
pub(crate) fn customer(number: u32) -> Customer {
    Customer::new(org(), email(number))
}

pub(crate) fn grant(number: u32, project: &str) -> Grant {
    let grant = json!({
        "id": grant_id(number),
        "project": project,
        "group": { "id": "0F9000000000001AAA", "name": "Acme rollout" },
        "role": "manager",
        "sponsor": "kim@corp.example",
        "expiresAt": "2027-01-31T00:00:00Z",
        "requestedAt": "2026-11-23T09:00:00Z",
        "state": { "is": "active", "since": "2026-11-23T09:00:00.123456789Z" },
        "confirmed": 1,
        "version": 1,
    });
    serde_json::from_value(grant).expect("a grant")
}

/// The change that records a customer as it is.
pub(crate) fn change(customer: Customer) -> CustomerChange {
    CustomerChange {
        customer,
        due_at: None,
        opens: BTreeSet::new(),
        audit: Vec::new(),
        announcements: Vec::new(),
    }
}

/// The change that gives a customer a grant of a project.
pub(crate) fn opening(mut customer: Customer, number: u32, project: &str) -> CustomerChange {
    let grant = grant(number, project);
    let entry = audit(&grant);
    let announcement = announcement(&format!("{}-invited", grant.id), "2026-11-23T09:00:00Z");
    customer.grants.insert(grant.id.clone(), grant);
    CustomerChange {
        opens: BTreeSet::from([project_id(project)]),
        audit: vec![entry],
        announcements: vec![announcement],
        ..change(customer)
    }
}

pub(crate) fn audit(grant: &Grant) -> AuditEntry {
    AuditEntry {
        grant: grant.id.clone(),
        version: grant.version,
        at: instant("2026-11-23T09:00:00Z"),
        actor: "arn:aws:iam::1:role/upstream".to_owned(),
        cause: "asked for".to_owned(),
        plan_digest: None,
        answer: None,
        closed: None,
        state: grant.clone(),
    }
}

pub(crate) fn announcement(id: &str, at: &str) -> Announcement {
    let extra = json!({ "email": "ana@acme.example", "count": 3 });
    Announcement::new(id.to_owned(), AnnouncementKind::Invited, &org(), instant(at), extra)
}

/// What happens to the next request of an operation.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// Nothing: it is carried out and answered.
    Nothing,
    /// It is carried out, and the answer is lost.
    AnswerLost,
    /// It never arrives.
    RequestLost,
    /// It never arrives, and this is the answer.
    Answer(u16, Value),
    /// It is carried out and answered, and the answer is held back until there is a permit.
    AnswerHeld(Arc<Semaphore>),
}

/// What went over the wire, and what will go wrong on it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wire {
    state: Arc<Mutex<WireState>>,
}

#[derive(Debug, Default)]
struct WireState {
    sent: Vec<String>,
    faults: VecDeque<(String, Fault)>,
}

impl Wire {
    /// Plans a fault for each of the next requests of the operation.
    pub(crate) fn plan(&self, operation: &str, faults: impl IntoIterator<Item = Fault>) {
        let mut state = self.state.lock().expect("no test panics while it holds it");
        state.faults.extend(faults.into_iter().map(|fault| (operation.to_owned(), fault)));
    }

    /// How many requests of the operation were sent, repetitions included.
    pub(crate) fn count(&self, operation: &str) -> usize {
        let state = self.state.lock().expect("no test panics while it holds it");
        state.sent.iter().filter(|sent| *sent == operation).count()
    }

    /// Takes back what was planned.
    pub(crate) fn calm(&self) {
        self.state.lock().expect("no test panics while it holds it").faults.clear();
    }

    pub(crate) fn forget(&self) {
        self.state.lock().expect("no test panics while it holds it").sent.clear();
    }

    fn send(&self, operation: String) -> Option<Fault> {
        let mut state = self.state.lock().expect("no test panics while it holds it");
        let planned = state.faults.iter().position(|(planned, _)| *planned == operation);
        state.sent.push(operation);
        planned.and_then(|position| state.faults.remove(position)).map(|(_, fault)| fault)
    }
}

#[derive(Clone, Debug)]
struct FaultyClient {
    inner: SharedHttpClient,
    wire: Wire,
}

impl HttpClient for FaultyClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(FaultyConnector { inner, wire: self.wire.clone() })
    }
}

#[derive(Clone, Debug)]
struct FaultyConnector {
    inner: SharedHttpConnector,
    wire: Wire,
}

impl HttpConnector for FaultyConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let fault = self.wire.send(operation);
        let inner = self.inner.clone();
        let lost = || ConnectorError::io("the connection was reset".into());
        HttpConnectorFuture::new(async move {
            match fault {
                None | Some(Fault::Nothing) => inner.call(request).await,
                Some(Fault::RequestLost) => Err(lost()),
                Some(Fault::AnswerLost) => {
                    inner.call(request).await?;
                    Err(lost())
                }
                Some(Fault::AnswerHeld(permits)) => {
                    let answer = inner.call(request).await?;
                    drop(permits.acquire().await);
                    Ok(answer)
                }
                Some(Fault::Answer(status, body)) => {
                    let status = status.try_into().expect("a status");
                    Ok(HttpResponse::new(status, SdkBody::from(body.to_string())))
                }
            }
        })
    }
}
