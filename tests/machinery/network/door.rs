//! The door itself: takes requests, has them conducted, and sends them to the service that they are for.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::BoxFuture;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};

use crate::network::{Answer, Call, Conduct, Onward, Outcome, Service};
use crate::world::World;

/// The connection is closed without an answer.
#[derive(Debug)]
struct Severed;

impl fmt::Display for Severed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the connection was to be closed")
    }
}

impl std::error::Error for Severed {}

#[derive(Debug)]
pub(super) struct Door {
    url: String,
    dynamodb: String,
    aws: String,
    salesforce: String,
    http: reqwest::Client,
    conduct: Arc<dyn Conduct>,
    calls: AtomicUsize,
}

pub(super) async fn serve(listener: TcpListener, door: Arc<Door>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { return };
        tokio::spawn(connection(stream, Arc::clone(&door)));
    }
}

async fn connection(stream: TcpStream, door: Arc<Door>) {
    // A socket without the option works as well.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let door = Arc::clone(&door);
        async move { door.take(request).await }
    });
    // A connection that breaks is what some of the calls are here for.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

impl Door {
    pub(super) fn new(url: &str, world: &World, conduct: Arc<dyn Conduct>) -> Self {
        let addresses = world.addresses();
        Self {
            url: url.to_owned(),
            dynamodb: addresses.dynamodb.clone(),
            aws: addresses.aws.clone(),
            salesforce: world.simulator.url().to_owned(),
            http: runtime::http_client(None).expect("an HTTP client"),
            conduct,
            calls: AtomicUsize::new(0),
        }
    }

    async fn take(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Severed> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| Severed)?.to_bytes();
        let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        let path = head.uri.path_and_query().map_or("/", |it| it.as_str());
        let call = Call::new(number, head.method.as_str(), path, &head.headers, &body);
        let upstream = match call.service {
            Service::DynamoDb => &self.dynamodb,
            Service::EventBridge | Service::SecretsManager | Service::Kms => &self.aws,
            Service::Salesforce => &self.salesforce,
        };
        let mut onward = self.http.request(head.method, format!("{upstream}{path}"));
        for (name, value) in &head.headers {
            if !["host", "content-length", "connection"].contains(&name.as_str()) {
                onward = onward.header(name, value);
            }
        }
        let door = self;
        let asked = &call;
        let (late, late_body) = (onward.try_clone().expect("it has no body yet"), body.clone());
        let later = move |after| {
            tokio::spawn(async move {
                tokio::time::sleep(after).await;
                exchange(late.body(late_body)).await
            });
        };
        let exchange = move |other: Option<Value>| -> BoxFuture<'_, Outcome> {
            let body = other.map_or(body, |it| it.to_string().into());
            Box::pin(async move {
                // In a task of its own, so that a caller who has died does not take back what has left.
                let answer = tokio::spawn(exchange(onward.body(body)));
                let answer = answer.await.expect("it does not panic");
                answer.map_or(Outcome::Severed, |it| Outcome::Answer(door.lead_here(asked, it)))
            })
        };
        match self.conduct.conduct(&call, Onward::new(exchange, later)).await {
            Outcome::Answer(answer) => Ok(response(answer)),
            Outcome::Severed => Err(Severed),
            Outcome::Silence => match std::future::pending::<Infallible>().await {},
        }
    }

    /// Salesforce's address is in two answers; both name this door instead.
    fn lead_here(&self, call: &Call, mut answer: Answer) -> Answer {
        let replaced = if call.service == Service::SecretsManager {
            self.secret_that_leads_here(answer.json())
        } else if call.is_sign_in() {
            let mut token = answer.json();
            let is_token = token.get("instance_url").is_some();
            is_token.then(|| {
                token["instance_url"] = self.url.clone().into();
                token
            })
        } else {
            None
        };
        if let Some(replaced) = replaced {
            answer.headers.remove("content-length");
            answer.body = replaced.to_string().into();
        }
        answer
    }

    fn secret_that_leads_here(&self, mut answer: Value) -> Option<Value> {
        let mut secret: Value = serde_json::from_str(answer["SecretString"].as_str()?).ok()?;
        if secret["loginUrl"] != self.salesforce.as_str() {
            return None;
        }
        if secret.get("audience").is_none_or(Value::is_null) {
            secret["audience"] = secret["loginUrl"].clone();
        }
        secret["loginUrl"] = self.url.clone().into();
        answer["SecretString"] = secret.to_string().into();
        Some(answer)
    }
}

/// Sends a request and reads its answer whole; `None` where the service closes the connection instead.
async fn exchange(request: reqwest::RequestBuilder) -> Option<Answer> {
    let answer = request.send().await.ok()?;
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let body = answer.bytes().await.ok()?;
    Some(Answer { status, headers, body })
}

fn response(answer: Answer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(answer.body));
    *response.status_mut() = answer.status.try_into().expect("a status");
    *response.headers_mut() = answer.headers;
    for hop in ["connection", "transfer-encoding", "content-length"] {
        response.headers_mut().remove(hop);
    }
    response
}
