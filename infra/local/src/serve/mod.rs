//! A world that stays up on the machine's clock, with an HTTP door for people.

mod answer;
mod bus;
mod guide;
mod look;
mod port;
mod served;

use std::env;
use std::io::Write;
use std::sync::Arc;

use access::Policy;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use jiff::SignedDuration;
use lanyard_local::{Setup, StartError, World};
use runtime::Door;
use salesforce_simulator::{TurnedAway, let_in};
use serde_json::{Value, json};

use crate::paper::Paper;
use crate::serve::answer::{failed, misunderstood, shown};
pub(crate) use crate::serve::port::PortError;
use crate::serve::port::Whose;
use crate::serve::served::Served;
use crate::stop::Stop;
use crate::{cast, doctor};

/// The longest that time is made to pass at once, in days.
const MAXIMUM_DAYS: i64 = 3_650;

/// Serves until the process is ended.
///
/// # Errors
/// [`Stop`] when there is no world or no port.
pub(crate) async fn serve(
    port: u16,
    out: &mut (dyn Write + Send),
    paper: Paper,
) -> Result<(), Stop> {
    let (listener, address) = port::open(port).await?;
    let org_port = if port == 0 { 0 } else { port + 1 };
    // As a function reads them, so that rules can be tried before they are deployed.
    let variable = |name| env::var(name).ok().filter(|value| !value.trim().is_empty());
    let policy = variable("POLICY").map(|text| Policy::from_json(&text)).transpose()?;
    let sources = variable("TRUSTED_SOURCES").unwrap_or_else(|| World::TRUSTED_SOURCE.to_owned());
    let setup = Setup {
        policy: policy.unwrap_or_default(),
        trusted_sources: sources.clone(),
        org: Box::new(move |options| {
            options.seats = cast::SEATS;
            options.port = org_port;
        }),
        ..Setup::at_present()
    };
    let world = World::start(setup).await.map_err(|error| not_started(error, org_port))?;
    cast::seed(&world.org())?;
    let guide = guide::text(&format!("http://{address}"), world.simulator.url());
    guide::print(&guide, out, paper)?;
    let served = Served::new(world, guide, sources);
    axum::serve(listener, router(Arc::new(served))).await.map_err(Stop::Door)
}

/// Why there is no world. A port that the command line has chosen is told as such.
fn not_started(error: StartError, org_port: u16) -> Stop {
    if let StartError::Org(salesforce_simulator::StartError::Bind(source)) = error {
        return PortError::new(Whose::Org, org_port, source).into();
    }
    error.into()
}

fn router(served: Arc<Served>) -> Router {
    Router::new()
        .route("/", get(guide))
        .route("/invitations", post(invite))
        .route("/events", get(look::events).post(event))
        .route("/sweep", post(sweep))
        .route("/grants", get(look::grants))
        .route("/mails", get(look::mails))
        .route("/doctor", get(examine))
        .route("/time", get(time).post(pass))
        .with_state(served)
        .layer(from_fn(at_the_door))
}

/// Lets programs of this machine in, and no web page that a browser on it happens to show.
async fn at_the_door(request: Request, next: Next) -> Response {
    match let_in(request.method().as_str(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(TurnedAway { status, message }) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN);
            shown(status, &json!({ "message": message }))
        }
    }
}

async fn guide(State(served): State<Arc<Served>>) -> String {
    format!("{}\n", served.guide)
}

/// What API Gateway does with `POST /invitations`: payload format 2.0 in, status, headers and body out.
async fn invite(State(served): State<Arc<Served>>, body: String) -> Response {
    let now = served.world.now();
    let payload = json!({
        "version": "2.0",
        "routeKey": "POST /invitations",
        "rawPath": "/invitations",
        "rawQueryString": "",
        "headers": { "content-type": "application/json" },
        "requestContext": {
            "accountId": World::ACCOUNT,
            "apiId": "local",
            "authorizer": { "iam": { "userArn": format!("arn:aws:iam::{}:user/you", World::ACCOUNT) } },
            "http": {
                "method": "POST", "path": "/invitations", "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1", "userAgent": "you",
            },
            "requestId": format!("request-{}", served.number()),
            "routeKey": "POST /invitations",
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": now.as_millisecond(),
        },
        "body": body,
        "isBase64Encoded": false,
    });
    match served.world.by(Door::Api).invite(payload).await {
        Ok(answer) => passed_on(&answer),
        Err(error) => failed(error),
    }
}

/// The response that a function gave to API Gateway.
fn passed_on(answer: &Value) -> Response {
    let status = answer.get("statusCode").and_then(Value::as_u64);
    let status =
        status.and_then(|it| u16::try_from(it).ok()).and_then(|it| StatusCode::from_u16(it).ok());
    let mut response = Response::builder().status(status.unwrap_or(StatusCode::BAD_GATEWAY));
    for (name, value) in answer.get("headers").and_then(Value::as_object).into_iter().flatten() {
        response = response.header(name.as_str(), value.as_str().unwrap_or_default());
    }
    let body = answer.get("body").and_then(Value::as_str).unwrap_or_default().to_owned();
    response.body(body.into()).unwrap_or_else(|_| StatusCode::BAD_GATEWAY.into_response())
}

/// What the bus does with an event.
async fn event(State(served): State<Arc<Served>>, body: String) -> Response {
    let Ok(Value::Object(event)) = serde_json::from_str(&body) else {
        return misunderstood("an event is a JSON object");
    };
    if event.get("source").is_some_and(|source| source == "lanyard") {
        return misunderstood("only Lanyard's own functions emit events of the source lanyard");
    }
    match bus::put(&served, event).await {
        Ok(answer) => shown(StatusCode::OK, &answer),
        Err(error) => failed(error),
    }
}

/// What the schedule does, which says `{}`, or a person who invokes `sweep` by hand.
async fn sweep(State(served): State<Arc<Served>>, body: String) -> Response {
    let options = if body.trim().is_empty() { "{}" } else { &body };
    let Ok(options) = serde_json::from_str(options) else {
        return misunderstood("the options of a sweep are a JSON object");
    };
    let report = served.world.sweep(options).await;
    bus::continue_runs(&served).await;
    match report {
        Ok(report) => shown(StatusCode::OK, &report),
        Err(error) => failed(error),
    }
}

async fn examine(State(served): State<Arc<Served>>) -> Response {
    match doctor::examine(&served.world).await {
        Ok(examination) => shown(StatusCode::OK, &examination.to_json()),
        Err(stop) => {
            let message = runtime::chain(&stop);
            shown(StatusCode::BAD_GATEWAY, &json!({ "message": message }))
        }
    }
}

async fn time(State(served): State<Arc<Served>>) -> Response {
    shown(StatusCode::OK, &json!({ "now": served.world.now() }))
}

/// Sets the world's clock ahead of the machine's, so that nobody has to wait for an expiry.
async fn pass(State(served): State<Arc<Served>>, body: String) -> Response {
    let days = serde_json::from_str::<Value>(&body).ok();
    let days = days.as_ref().and_then(|it| it.get("days")).and_then(Value::as_i64);
    let Some(days) = days.filter(|days| (1..=MAXIMUM_DAYS).contains(days)) else {
        return misunderstood("send { \"days\": N } with a whole number from 1 to 3650");
    };
    served.world.pass(SignedDuration::from_hours(24 * days));
    time(State(served)).await
}
