//! A server on this machine that answers as a test says and remembers what it was asked.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// One request as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// The path.
    pub(crate) path: String,
    /// The host and port that it was sent to.
    pub(crate) host: String,
    /// The operation of an AWS JSON service (`X-Amz-Target`).
    pub(crate) target: String,
    /// The signature's header.
    pub(crate) authorization: String,
    /// The body.
    pub(crate) body: String,
}

impl Asked {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("a JSON body")
    }
}

/// An open door. It closes with the test's event loop.
pub(crate) struct Door {
    /// `http://127.0.0.1:…`.
    pub(crate) endpoint: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    more: Arc<Notify>,
    connections: Arc<AtomicUsize>,
}

impl Door {
    /// Opens a door that gives each request, with the number of those before it, to `answer`.
    pub(crate) async fn open<F>(answer: F) -> Self
    where
        F: AsyncAnswer,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let (asked, connections) = (Arc::<Mutex<Vec<_>>>::default(), Arc::<AtomicUsize>::default());
        let more = Arc::<Notify>::default();
        let (seen, opened) = (Arc::clone(&asked), Arc::clone(&connections));
        let came = Arc::clone(&more);
        let answer = Arc::new(answer);
        let app = axum::Router::new().fallback(move |request: Request| {
            let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
            let came = Arc::clone(&came);
            async move {
                let request = read(request).await;
                let before = {
                    let mut seen = seen.lock().expect("no panic before");
                    seen.push(request.clone());
                    seen.len() - 1
                };
                came.notify_waiters();
                answer.answer(before, request).await
            }
        });
        let listener = listener.tap_io(move |_| {
            opened.fetch_add(1, Ordering::SeqCst);
        });
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { endpoint, asked, more, connections }
    }

    /// What was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("no panic before").clone()
    }

    /// Waits until what was asked so far is as wanted.
    pub(crate) async fn until(&self, is_wanted: impl Fn(&[Asked]) -> bool) {
        loop {
            // Whoever comes between the look and the wait is not missed: the wait begins here.
            let more = self.more.notified();
            if is_wanted(&self.asked()) {
                return;
            }
            more.await;
        }
    }

    /// How many connections were opened so far.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// What a door answers.
pub(crate) trait AsyncAnswer: Send + Sync + 'static {
    /// Answers a request that `before` others came before.
    fn answer(&self, before: usize, request: Asked) -> impl Future<Output = Response> + Send;
}

impl<F, Fut> AsyncAnswer for F
where
    F: Fn(usize, Asked) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Response> + Send,
{
    fn answer(&self, before: usize, request: Asked) -> impl Future<Output = Response> + Send {
        self(before, request)
    }
}

/// An answer of this status and JSON body.
pub(crate) fn json(status: u16, body: &Value) -> Response {
    let status = axum::http::StatusCode::from_u16(status).expect("a status");
    (status, [("content-type", "application/x-amz-json-1.1")], body.to_string()).into_response()
}

async fn read(request: Request) -> Asked {
    let (parts, body) = request.into_parts();
    let header = |name| parts.headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let body = axum::body::to_bytes(body, usize::MAX).await.expect("a whole body");
    Asked {
        path: parts.uri.path().to_owned(),
        host: header("host").to_owned(),
        target: header("x-amz-target").to_owned(),
        authorization: header("authorization").to_owned(),
        body: String::from_utf8(body.to_vec()).expect("text"),
    }
}
