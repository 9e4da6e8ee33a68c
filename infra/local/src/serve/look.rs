//! Looking: grants in the ledger, events on the bus, mails in the org.

use std::sync::Arc;

use access::{Email, GrantId, OrgAlias, ProjectId};
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use ledger::ReadError;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::serve::answer::{misunderstood, shown};
use crate::serve::served::Served;

/// How far ahead something may be due and still be listed: further than any policy lets an expiry lie.
const AHEAD: SignedDuration = SignedDuration::from_hours(24 * 365 * 100);

/// How many customers one answer lists.
const MAXIMUM: usize = 1_000;

/// What of the ledger is asked for.
enum Asked {
    /// Everybody of whom anything will ever be due.
    Everybody,
    /// One customer.
    Customer(Email),
    /// Everybody of a project.
    Project(ProjectId),
    /// The history of one grant.
    Grant(GrantId),
}

/// `GET /events`: what Lanyard emitted.
pub(crate) async fn events(State(served): State<Arc<Served>>) -> Response {
    let events: Vec<Value> = served
        .world
        .events()
        .into_iter()
        .map(
            |it| json!({ "source": it.source, "detail-type": it.detail_type, "detail": it.detail }),
        )
        .collect();
    shown(StatusCode::OK, &json!(events))
}

/// `GET /mails`: what the org has sent.
pub(crate) async fn mails(State(served): State<Arc<Served>>) -> Response {
    shown(StatusCode::OK, &json!(served.world.org().mails()))
}

/// `GET /grants`, with `?customer=`, `?project=` or `?grant=`: what the ledger says.
pub(crate) async fn grants(
    State(served): State<Arc<Served>>,
    RawQuery(query): RawQuery,
) -> Response {
    let asked = match Asked::parse(query.as_deref().unwrap_or_default()) {
        Ok(asked) => asked,
        Err(message) => return misunderstood(&message),
    };
    match read(&served, &asked).await {
        Ok(found) => shown(StatusCode::OK, &found),
        Err(error) => {
            let message = json!({ "message": runtime::chain(&error) });
            shown(StatusCode::BAD_GATEWAY, &message)
        }
    }
}

impl Asked {
    fn parse(query: &str) -> Result<Self, String> {
        if query.is_empty() {
            return Ok(Self::Everybody);
        }
        let (name, value) = query.split_once('=').unwrap_or((query, ""));
        let value = percent_decode_str(value).decode_utf8_lossy();
        let wrong = |error: &dyn std::fmt::Display| format!("{name} {error}");
        match name {
            "customer" => Email::parse(&value).map(Self::Customer).map_err(|it| wrong(&it)),
            "project" => ProjectId::parse(&value).map(Self::Project).map_err(|it| wrong(&it)),
            "grant" => GrantId::parse(&value).map(Self::Grant).map_err(|it| wrong(&it)),
            _ => Err("ask with one of customer, project and grant, or with nothing".to_owned()),
        }
    }
}

async fn read(served: &Served, asked: &Asked) -> Result<Value, ReadError> {
    let (reader, org) = (&served.world.ledger.reader, OrgAlias::default());
    let now = served.world.now();
    match asked {
        Asked::Grant(grant) => Ok(json!(reader.history(grant).await?)),
        Asked::Customer(email) => customers(served, vec![email.clone()]).await,
        Asked::Project(id) => {
            let project = reader.project(&org, id).await?;
            let customers = customers(served, reader.customers_of_project(&org, id).await?).await?;
            Ok(json!({ "project": project, "customers": customers }))
        }
        Asked::Everybody => {
            let ever = now.saturating_add(AHEAD).unwrap_or(Timestamp::MAX);
            let due = reader.due_customers(ever, Some(&org), None, MAXIMUM).await?;
            customers(served, due.due.into_iter().map(|it| it.email).collect()).await
        }
    }
}

/// The customers as the ledger has them, with the instant from which a sweep looks at them next.
async fn customers(served: &Served, emails: Vec<Email>) -> Result<Value, ReadError> {
    let found = served.world.ledger.reader.customers(&OrgAlias::default(), &emails).await?;
    let shown = found.read.into_values().map(|customer| {
        let due = customer.due_at(&served.world.policy);
        json!({
            "email": customer.email, "due": due,
            "grants": customer.grants.into_values().collect::<Vec<_>>(),
        })
    });
    Ok(shown.collect())
}
