//! The server: an org behind a port on the loopback address.

use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::Response;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::calls::Shape;
use crate::door::{self, Reaction};
use crate::doorkeeper::{TurnedAway, let_in};
use crate::faults::FaultKind;
use crate::handle::OrgHandle;
use crate::listener::{Connections, CuttingListener, Peer};
use crate::options::Options;
use crate::org::{Org, StartError};
use crate::refusal::Refusal;
use crate::shared::Shared;
use crate::web::{Answer, Request};

/// The largest body that is read, in bytes.
const LARGEST_BODY: usize = 50 * 1024 * 1024;

/// A running org. It ends when this is dropped.
#[derive(Debug)]
pub struct Simulator {
    org: OrgHandle,
    connections: Connections,
    server: JoinHandle<()>,
}

impl Simulator {
    /// Starts an org on the loopback address, in a task of the present runtime.
    ///
    /// # Errors
    ///
    /// When the port is taken, the demo key cannot be read, or the options name no id of an org.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port));
        let tcp = tcp.await.map_err(StartError::Bind)?;
        let address = tcp.local_addr().map_err(StartError::Bind)?;
        let url = format!("http://{address}");
        let org = Org::new(&options, url.clone())?;
        let shared = Arc::new(Shared::new(org, options, url));
        let connections = Connections::default();
        let listener = CuttingListener { tcp, connections: connections.clone() };
        let router = Router::new().fallback(serve).with_state(Arc::clone(&shared));
        let service = router.into_make_service_with_connect_info::<Peer>();
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, service).await {
                tracing::error!(error = %error, "simulated org ended");
            }
        });
        Ok(Self { org: OrgHandle::new(shared), connections, server })
    }

    /// The address of the org, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        self.org.url()
    }

    /// The admin's side of the org.
    #[must_use]
    pub fn org(&self) -> OrgHandle {
        self.org.clone()
    }

    /// A secret with which a client can sign in right away.
    #[must_use]
    pub fn secret_json(&self) -> String {
        self.org.secret_json()
    }

    /// Ends the org: its port is closed and all its connections are cut.
    pub async fn stop(mut self) {
        self.end();
        // An aborted task is a cancelled one, which is what is wanted.
        let _ = (&mut self.server).await;
    }

    fn end(&self) {
        self.server.abort();
        self.connections.sever_all();
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.end();
    }
}

/// Takes one request.
async fn serve(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: axum::extract::Request,
) -> Response<Body> {
    let request = match read(request).await {
        Ok(request) => request,
        Err(refusal) => return Answer::from(refusal).into(),
    };
    if request.path == "/simulator" || request.path.starts_with("/simulator/") {
        if let Err(TurnedAway { status, message }) = let_in(&request.method, &request.headers) {
            return Answer::json(status, json!({ "message": message })).into();
        }
        return door::administer(&OrgHandle::new(shared), &request).into();
    }
    let shape = Shape::of(&request);
    let fault = shared.lock().faults.draw(&shape);
    if let Some(delay) = fault.as_ref().and_then(FaultKind::delay) {
        tokio::time::sleep(delay).await;
    }
    let now = shared.now();
    let reaction = door::react(&mut shared.lock(), &request, shape, fault.as_ref(), now);
    match reaction {
        Reaction::Answer(answer) => return answer.into(),
        Reaction::Hold => tokio::time::sleep(shared.options.hold).await,
        Reaction::Sever => {}
    }
    peer.sever();
    // Never goes out: the connection is cut.
    Answer::empty(200).into()
}

async fn read(request: axum::extract::Request) -> Result<Request, Refusal> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LARGEST_BODY)
        .await
        .map_err(|_| Refusal::new("REQUEST_ENTITY_TOO_LARGE", "The body could not be read."))?;
    Ok(Request {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().map(str::to_owned),
        headers: parts.headers,
        body,
    })
}
