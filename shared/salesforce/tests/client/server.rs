//! A server on the loopback address that answers by a script and remembers what it was asked.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use salesforce::{Client, Credentials, Id, Options, WriteError, Written};
use serde_json::{Value, json};
use tokio::io::{AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};

use crate::asked;

/// A request that the server was sent, as scripts look at it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// Path from the version on, and query, decoded.
    pub(crate) path: String,
    pub(crate) token: String,
    pub(crate) body: Value,
    /// How long path and query are, as they were sent.
    pub(crate) length: usize,
}

/// What the server does about it.
#[derive(Clone)]
pub(crate) enum Reply {
    Json(u16, Value),
    Html(u16),
    Page(u16, &'static str),
    Header(u16, &'static str, &'static str),
    Bytes(usize),
    /// Closes the connection instead of answering.
    Drop,
    /// Never answers.
    Hang,
}

/// A running server.
pub(crate) struct Server {
    pub(crate) address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    clock: Arc<AtomicI64>,
}

type Script = Arc<Mutex<dyn FnMut(&Asked) -> Reply + Send>>;

impl Server {
    /// A server that answers sign-ins with `token-1`, `token-2` and so on, names the version of the API that is asked for when it is
    /// asked for versions, and answers the rest by the script.
    pub(crate) async fn start(mut script: impl FnMut(&Asked) -> Reply + Send + 'static) -> Self {
        Self::start_scripted(move |asked| {
            if asked.is_about_versions() {
                return Reply::Json(200, json!([{ "version": "66.0" }]));
            }
            script(asked)
        })
        .await
    }

    /// A server that answers sign-ins with `token-1`, `token-2` and so on, and all else by the script.
    pub(crate) async fn start_scripted(
        mut script: impl FnMut(&Asked) -> Reply + Send + 'static,
    ) -> Self {
        let address = Arc::new(Mutex::new(String::new()));
        let own = Arc::clone(&address);
        let mut tokens = 0;
        let server = Self::start_without_sign_in(move |asked| {
            if !asked.is_sign_in() {
                return script(asked);
            }
            tokens += 1;
            Reply::Json(
                200,
                token(&format!("token-{tokens}"), &own.lock().expect("no panic while locked")),
            )
        })
        .await;
        address.lock().expect("no panic while locked").clone_from(&server.address);
        server
    }

    /// A server that answers all requests by the script.
    pub(crate) async fn start_without_sign_in(
        script: impl FnMut(&Asked) -> Reply + Send + 'static,
    ) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").await.expect("a free port"), script)
    }

    /// A server behind this port that answers all requests by the script.
    pub(crate) fn on(
        listener: TcpListener,
        script: impl FnMut(&Asked) -> Reply + Send + 'static,
    ) -> Self {
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let script: Script = Arc::new(Mutex::new(script));
        let log = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&script), Arc::clone(&log)));
            }
        });
        Self { address, asked, clock: Arc::new(AtomicI64::new(1_800_000_000)) }
    }

    /// A client of this server with short waits.
    pub(crate) fn client(&self) -> Client {
        self.client_with(|_| ())
    }

    pub(crate) fn client_with(&self, change: impl FnOnce(&mut Options)) -> Client {
        let clock = Arc::clone(&self.clock);
        let mut options = Options::new(Arc::new(move || {
            Timestamp::from_second(clock.load(Ordering::Relaxed)).expect("a time")
        }));
        options.first_wait = Duration::from_millis(1);
        options.attempts = 3;
        change(&mut options);
        Client::new(http(), credentials(&self.address), options)
    }

    /// Lets time go by on the clock of its clients.
    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::Relaxed);
    }

    /// What was asked, sign-ins and questions about versions left out.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        let asked = self.asked.lock().expect("no panic while locked");
        let is_left_out = |it: &&Asked| it.is_sign_in() || it.is_about_versions();
        asked.iter().filter(|it| !is_left_out(it)).cloned().collect()
    }

    /// What was asked, one line each: method and path.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.asked().iter().map(|asked| format!("{} {}", asked.method, asked.path)).collect()
    }

    pub(crate) fn sign_ins(&self) -> usize {
        let asked = self.asked.lock().expect("no panic while locked");
        asked.iter().filter(|asked| asked.is_sign_in()).count()
    }
}

impl From<asked::Asked> for Asked {
    fn from(asked: asked::Asked) -> Self {
        let asked::Asked { method, target, authorization, body } = asked;
        assert!(target.len() < 16_384, "an address of {} bytes", target.len());
        let token = authorization.unwrap_or_default().replace("Bearer ", "");
        Self { method, path: short(&target), token, body, length: target.len() }
    }
}

impl Asked {
    pub(crate) fn is_sign_in(&self) -> bool {
        self.path == "/services/oauth2/token"
    }

    pub(crate) fn is_about_versions(&self) -> bool {
        self.path == "/services/data"
    }

    /// The parts of a composite: method and path from the version on.
    pub(crate) fn parts(&self) -> Vec<(String, Value)> {
        let parts = self.body["compositeRequest"].as_array().cloned().unwrap_or_default();
        parts
            .into_iter()
            .map(|part| (short(part["url"].as_str().unwrap_or_default()), part["body"].clone()))
            .collect()
    }

    /// An answer to a composite: to each part what the script says.
    pub(crate) fn answer_parts(&self, answer: impl Fn(&str, &Value) -> (u16, Value)) -> Reply {
        let answers = self.parts().into_iter().enumerate().map(|(place, (path, part))| {
            let (status, body) = answer(&path, &part);
            let reference = &self.body["compositeRequest"][place]["referenceId"];
            json!({ "body": body, "httpStatusCode": status, "httpHeaders": {}, "referenceId": reference })
        });
        Reply::Json(200, json!({ "compositeResponse": answers.collect::<Vec<_>>() }))
    }
}

/// A request-level refusal.
pub(crate) fn refusal(status: u16, code: &str) -> Reply {
    Reply::Json(status, json!([{ "message": "Not so.", "errorCode": code }]))
}

/// A page of rows, which is the last.
pub(crate) fn page(rows: &[Value]) -> Value {
    json!({ "totalSize": rows.len(), "done": true, "records": rows })
}

/// The id of a record with this number.
pub(crate) fn id(prefix: &str, number: usize) -> Id {
    Id::parse(&format!("{prefix}{number:012}")).expect("an id")
}

/// What the last answers say of records.
pub(crate) fn results_of<T>(written: Vec<Written<T>>) -> Vec<Result<T, WriteError>> {
    written.into_iter().map(|it| it.result).collect()
}

/// What an error and its sources say.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

pub(crate) fn token(token: &str, address: &str) -> Value {
    json!({
        "access_token": token,
        "instance_url": address,
        "id": "https://login.salesforce.com/id/00D000000000001EAA/005000000000001AAA",
        "token_type": "Bearer",
        "issued_at": "1700000000000",
    })
}

pub(crate) fn credentials(address: &str) -> Credentials {
    let secret = json!({
        "loginUrl": address,
        "clientId": "3MVG9",
        "username": "integration@corp.example",
        "privateKey": include_str!("../../../salesforce-simulator/src/demo-key.pem"),
    });
    Credentials::from_secret(&secret.to_string()).expect("credentials")
}

pub(crate) fn http() -> reqwest::Client {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the versions of ring")
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .tls_backend_preconfigured(tls)
        .build()
        .expect("a client")
}

async fn serve(stream: TcpStream, script: Script, log: Arc<Mutex<Vec<Asked>>>) {
    let mut stream = BufStream::new(stream);
    while let Some(asked) = asked::Asked::read(&mut stream).await {
        let asked = Asked::from(asked);
        log.lock().expect("no panic while locked").push(asked.clone());
        let reply = (script.lock().expect("no panic in the script"))(&asked);
        let (status, header, body) = match reply {
            Reply::Json(status, body) => (status, "X-None: 0".to_owned(), body.to_string()),
            Reply::Html(status) => {
                (status, "X-None: 0".to_owned(), "<html>Sorry</html>".to_owned())
            }
            Reply::Page(status, text) => (status, "X-None: 0".to_owned(), text.to_owned()),
            Reply::Header(status, name, value) => {
                (status, format!("{name}: {value}"), String::new())
            }
            Reply::Bytes(bytes) => (200, "X-None: 0".to_owned(), " ".repeat(bytes)),
            Reply::Drop => return,
            Reply::Hang => return std::future::pending().await,
        };
        let length = body.len();
        let usage = "Sforce-Limit-Info: api-usage=49/15000\r\n";
        let usage = if header.starts_with("Sforce-Limit-Info") { "" } else { usage };
        let head =
            format!("HTTP/1.1 {status} x\r\nContent-Length: {length}\r\n{usage}{header}\r\n\r\n");
        if stream.write_all((head + &body).as_bytes()).await.is_err()
            || stream.flush().await.is_err()
        {
            return;
        }
    }
}

fn short(address: &str) -> String {
    let decoded = percent_decode_str(address).decode_utf8_lossy();
    decoded.strip_prefix("/services/data/v66.0").unwrap_or(&decoded).to_owned()
}
