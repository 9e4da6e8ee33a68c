#![doc = include_str!("../README.md")]

mod admission;
mod allowed;
mod answer;
mod case;
mod door;
mod failure;
mod form;
mod late;
mod message;
mod outcome;
mod reading;
mod refusal;
mod request;
mod same_person;
mod settings;
#[cfg(feature = "schema")]
pub mod shape;
mod tally;
mod waiting;

use std::convert::Infallible;
use std::time::Duration;

use access::{Authority, Policy, UnknownField};
use chatter::Chatter;
use jiff::Timestamp;
use ledger::Ledger;
use run::{OrganizationError, Organizations, lease_of};
use runtime::{
    Bus, Caller, Clients, Door, Doors, FunctionError, Invocation, Metrics, Queue, Shape, chain,
};
use salesforce::Client;
use serde_json::{Value, json};

use crate::settings::Settings;
use crate::tally::Tally;

pub use answer::{Answer, AnsweredCustomer, AnsweredGroup, Warning};
pub use message::Links;
pub use refusal::RequestRefusal;
pub use request::Request;

/// What the function keeps between invocations.
#[derive(Debug)]
pub struct Context {
    policy: Policy,
    ledger: Ledger,
    bus: Bus,
    organizations: Organizations,
    metrics: Metrics,
    queue: Queue,
    settings: Settings,
}

/// Seconds to wait when nobody gives a hint.
pub(crate) const RETRY_AFTER: u64 = 30;

/// What is kept of the invocation's time to record the outcome.
const TIME_TO_RECORD: Duration = Duration::from_secs(3);

/// The function's name, by which its metrics are told from others.
const FUNCTION: &str = "invite";

/// The ways in.
const DOORS: Doors = Doors {
    function: FUNCTION,
    doors: &[
        (Door::Api, Shape::Http),
        (Door::Queue, Shape::Batch),
        (Door::Operator, Shape::Request),
    ],
};

/// What came, and from whom.
pub(crate) struct Incoming<'a> {
    /// Who asks.
    caller: &'a Caller,
    /// The id of what came, which is the same when it comes again.
    origin: &'a str,
    /// When it was sent, if that is known.
    sent_at: Option<Timestamp>,
    /// The request.
    payload: &'a Value,
}

/// A request with those who ask.
struct Asking<'a> {
    invocation: &'a Invocation,
    caller: &'a Caller,
    authority: &'a Authority<'a>,
    origin: &'a str,
    request: &'a Request,
}

impl Context {
    /// The context on these clients, and at these orgs.
    #[must_use]
    pub fn new(clients: Clients, organizations: Organizations) -> Self {
        let Clients { configuration, dynamodb, bus, metrics, .. } = clients;
        Self {
            queue: Queue::new(FUNCTION, configuration.trust, metrics.clone()),
            policy: configuration.policy,
            ledger: Ledger::new(dynamodb, configuration.ledger_table),
            bus,
            organizations,
            metrics,
            settings: Settings::default(),
        }
    }

    /// The context on these clients, with the connection to the ledger opened and the org `main` signed in to. For the first phase of a function's life.
    ///
    /// # Errors
    /// None: what cannot be fetched ahead is fetched when it is needed.
    pub async fn build(clients: Clients) -> Result<Self, Infallible> {
        let organizations = Organizations::of(&clients);
        let context = Self::new(clients, organizations);
        context.organizations.prefetch_with(context.ledger.reader.prefetch()).await;
        Ok(context)
    }

    /// Writes what one request came to, once its answer is certain.
    fn measure(
        &self,
        invocation: &Invocation,
        answer: &Result<Answer, RequestRefusal>,
        tally: &Tally,
    ) {
        self.metrics.record(FUNCTION, invocation, &tally.measured(answer));
    }

    /// Carries out one request, whatever the way it came.
    async fn carry_out(
        &self,
        invocation: &Invocation,
        incoming: &Incoming<'_>,
        tally: &mut Tally,
    ) -> Result<Answer, RequestRefusal> {
        let Incoming { caller, origin, sent_at, payload } = *incoming;
        let now = invocation.now;
        let authority = self.policy.authority(&caller.source)?;
        let links = if authority.may_link() { Links::Allowed } else { Links::Refused };
        let request = Request::parse_sent(payload, now, sent_at.unwrap_or(now), links)
            .map_err(RequestRefusal::Invalid)?;
        tally.customers = Some(request.customers.len());
        allowed::judge(&self.policy, &authority, &request)?;
        if request.is_beyond(&self.policy, now) {
            let maximum_days = self.policy.maximum_days;
            return Err(RequestRefusal::ExpiryBeyondPolicy { maximum_days });
        }
        let deadline =
            invocation.deadline.checked_sub(TIME_TO_RECORD).unwrap_or(invocation.deadline);
        let asking =
            Asking { invocation, caller, authority: &authority, origin, request: &request };
        let mut answer = Err(RequestRefusal::SalesforceUnavailable { retry_after: RETRY_AFTER });
        let mut attempts = self.organizations.attempts(&request.org, deadline);
        let (mut connection, mut has_asked) = (attempts.next().await, false);
        while let Some(connected) = connection {
            let client = match connected {
                Ok(client) => client,
                // What the org refused before is not forgotten because there is no second look at the secret.
                Err(_) if has_asked => break,
                Err(error) => return Err(tally.blind(&request.org, unreached(&error))),
            };
            has_asked = true;
            answer = self.attempt(&client, &asking, tally).await;
            connection = if matches!(answer, Err(RequestRefusal::SignInRefused { .. })) {
                attempts.next().await
            } else if matches!(answer, Err(RequestRefusal::OrgNotReady { .. })) {
                attempts.next_if_changed().await
            } else {
                None
            };
        }
        let unknown = Request::unknown_fields(payload);
        note_unknown(&request, &unknown);
        let answer = answer.map_err(|refusal| tally.shut(&request.org, refusal));
        answer.map(|mut answer| {
            answer.warnings.extend(unknown.into_iter().map(Warning::UnknownField));
            answer
        })
    }

    async fn attempt(
        &self,
        client: &Client,
        asking: &Asking<'_>,
        tally: &mut Tally,
    ) -> Result<Answer, RequestRefusal> {
        let answer = self.carry_out_with(client, asking, tally).await;
        tally.use_up(client.usage());
        tracing::info!(
            org = %asking.request.org,
            project = %asking.request.project,
            customers = asking.request.customers.len(),
            salesforceCalls = client.usage().calls,
            outcome = answer.as_ref().map_or_else(RequestRefusal::code, |_| "carried out".to_owned()),
            "request"
        );
        answer
    }

    async fn carry_out_with(
        &self,
        client: &Client,
        asking: &Asking<'_>,
        tally: &mut Tally,
    ) -> Result<Answer, RequestRefusal> {
        let chatter = Chatter::new(client.clone());
        let org = &asking.request.org;
        let settings = self.settings.of(org, &chatter).await.map_err(failure::unavailable)?;
        let lease = lease_of(asking.invocation);
        let desk = admission::Desk {
            policy: &self.policy,
            authority: asking.authority,
            ledger: &self.ledger,
            bus: &self.bus,
            chatter: &chatter,
            client,
            settings,
            invocation: asking.invocation,
            lease: &lease,
            caller: asking.caller,
            origin: asking.origin,
        };
        desk.invite(asking.request, tally).await
    }
}

/// Answers one invocation.
///
/// # Errors
/// [`FunctionError`]: `INVALID_REQUEST` for what the door does not take, else the contract's code, where the platform is to try again.
pub async fn handle(
    context: &Context,
    invocation: Invocation,
    payload: Value,
) -> Result<Value, FunctionError> {
    match DOORS.admit(invocation.door(), &payload)? {
        Door::Api => Ok(door::http(context, &invocation, &payload).await),
        Door::Queue => door::queue(context, &invocation, &payload).await.map(|it| json!(it)),
        Door::Schedule | Door::Operator => door::direct(context, &invocation, &payload).await,
    }
}

/// Says in the log what is not known of a request, since whoever sends an event gets no answer. What was sent stands there in no word: a
/// name that no field has may be anything.
fn note_unknown(request: &Request, unknown: &[UnknownField]) {
    if let Some(meant) = UnknownField::meant(unknown) {
        tracing::warn!(
            org = %request.org,
            project = %request.project,
            code = UnknownField::CODE,
            fields = unknown.len(),
            meant,
            "the request has fields that are not known"
        );
    }
}

fn unreached(error: &OrganizationError) -> RequestRefusal {
    tracing::error!(error = chain(error), "org not reached");
    match error {
        OrganizationError::Unknown { .. } => RequestRefusal::OrgUnknown {
            fix: "check the alias, or add a secret of that name and fill it".to_owned(),
        },
        OrganizationError::NotFilled { source, .. } => {
            RequestRefusal::OrgUnknown { fix: format!("fill the org's secret: {source}") }
        }
        OrganizationError::SignInRefused { source, .. } => failure::sign_in_refused(source),
        OrganizationError::NotReady { source, .. } => failure::not_ready(source.clone()),
        OrganizationError::Unavailable { .. } => {
            RequestRefusal::SalesforceUnavailable { retry_after: RETRY_AFTER }
        }
    }
}
