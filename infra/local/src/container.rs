//! The processes in which the functions run, as a platform starts them.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use access::Policy;
use jiff::SignedDuration;
use run::Organizations;
use runtime::{
    Bus, Clients, Clock, Configuration, Door, FunctionError, Invocation, Metrics, Random,
    SdkConfig, Trust,
};
use serde_json::Value;

use crate::measured::Measured;
use crate::start_error::StartError;

/// The region of everything local.
const REGION: &str = "eu-central-1";

/// The access key of everything local; it opens nothing.
const ACCESS_KEY: &str = "local";

/// The account of everything local.
pub(crate) const ACCOUNT: &str = "123456789012";

/// The source whose events count.
pub(crate) const TRUSTED_SOURCE: &str = "corp.projects";

/// The name of the ledger's table.
pub(crate) const TABLE: &str = "lanyard-ledger";

/// What stands before the alias in a secret's name.
pub(crate) const SECRET_PREFIX: &str = "lanyard/salesforce/";

/// Where a container finds the services of AWS. That of Salesforce is in the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// `DynamoDB`.
    pub dynamodb: String,
    /// `EventBridge` and Secrets Manager.
    pub aws: String,
}

/// In what a container differs from the others of its world.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traits {
    /// By how much its clock is ahead of the world's; behind, where this is negative. When an invocation ends is the platform's to
    /// say, so that its deadline is as far away as without.
    pub skew: SignedDuration,
    /// The platform's id of whatever it is invoked for, as where an event is delivered twice; an id for each invocation when absent.
    pub request_id: Option<String>,
    /// Its policy, where it was deployed anew with another; that of the world when absent.
    pub policy: Option<Policy>,
}

/// A function that is being carried out. Its type says nothing of what it waits for: whoever waits for it, in a binary of their
/// own, would otherwise compile the whole function once more.
pub type Invoked<'a> = Pin<Box<dyn Future<Output = Result<Value, FunctionError>> + Send + 'a>>;

/// One warm process of each function: clients, tokens and what else is kept between invocations. Dropped, with whatever it is
/// doing, it is a process that has died.
#[derive(Debug)]
pub struct Container {
    clock: Clock,
    random: Random,
    invocations: Arc<AtomicU64>,
    request_id: Option<String>,
    invite: invite::Context,
    close_project: close_project::Context,
    sweep: sweep::Context,
}

impl Container {
    /// Invokes `invite`, which has this much time, by the door by which the platform brings such a payload.
    ///
    /// # Errors
    /// The function's error.
    pub fn invite(&self, payload: Value, remaining: Duration) -> Invoked<'_> {
        self.by(usual_door(&payload), remaining).invite(payload)
    }

    /// Invokes `close-project`, which has this much time, by the door by which the platform brings such a payload.
    ///
    /// # Errors
    /// The function's error.
    pub fn close_project(&self, payload: Value, remaining: Duration) -> Invoked<'_> {
        self.by(usual_door(&payload), remaining).close_project(payload)
    }

    /// Invokes `sweep`, which has this much time, by the door by which the platform brings such a payload: `{}` is the schedule's.
    ///
    /// # Errors
    /// The function's error.
    pub fn sweep(&self, payload: Value, remaining: Duration) -> Invoked<'_> {
        let is_empty = payload.as_object().is_some_and(serde_json::Map::is_empty);
        let door = if is_empty { Door::Schedule } else { usual_door(&payload) };
        self.by(door, remaining).sweep(payload)
    }

    /// One door of the functions, each of which has this much time.
    #[must_use]
    pub fn by(&self, door: Door, remaining: Duration) -> Entrance<'_> {
        Entrance { container: self, door, remaining }
    }
}

/// One door of the functions, whatever is brought to it.
#[derive(Clone, Copy, Debug)]
pub struct Entrance<'a> {
    container: &'a Container,
    door: Door,
    remaining: Duration,
}

impl<'a> Entrance<'a> {
    /// Invokes `invite`.
    ///
    /// # Errors
    /// The function's error.
    #[must_use = "nothing is done until it is awaited"]
    pub fn invite(self, payload: Value) -> Invoked<'a> {
        let invocation = self.invocation("invite");
        Box::pin(invite::handle(&self.container.invite, invocation, payload))
    }

    /// Invokes `close-project`.
    ///
    /// # Errors
    /// The function's error.
    #[must_use = "nothing is done until it is awaited"]
    pub fn close_project(self, payload: Value) -> Invoked<'a> {
        let invocation = self.invocation("close-project");
        Box::pin(close_project::handle(&self.container.close_project, invocation, payload))
    }

    /// Invokes `sweep`.
    ///
    /// # Errors
    /// The function's error.
    #[must_use = "nothing is done until it is awaited"]
    pub fn sweep(self, payload: Value) -> Invoked<'a> {
        let invocation = self.invocation("sweep");
        Box::pin(sweep::handle(&self.container.sweep, invocation, payload))
    }

    fn invocation(self, function: &str) -> Invocation {
        let Self { container, door, remaining } = self;
        let number = container.invocations.fetch_add(1, Ordering::SeqCst) + 1;
        let id = container.request_id.clone().unwrap_or_else(|| format!("invocation-{number}"));
        let invocation =
            Invocation::new(&id, container.clock.now(), remaining, container.random.clone());
        let function_arn =
            format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:lanyard-{function}:{door}");
        Invocation { function_arn, ..invocation }
    }
}

/// The door by which the platform brings a payload of this form. Only a rehearsal may tell a door so: the functions go by what the
/// platform says.
fn usual_door(payload: &Value) -> Door {
    if payload.get("Records").is_some() {
        Door::Queue
    } else if payload.get("requestContext").is_some() {
        Door::Api
    } else {
        Door::Operator
    }
}

/// What every container of a world shares with the others.
#[derive(Clone)]
pub(crate) struct Supplies {
    pub(crate) policy: Policy,
    pub(crate) trust: Trust,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    pub(crate) invocations: Arc<AtomicU64>,
    pub(crate) measured: Measured,
    pub(crate) salesforce: salesforce::Options,
}

impl std::fmt::Debug for Supplies {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Supplies").finish_non_exhaustive()
    }
}

impl Supplies {
    /// Starts a container, cold, with clients of its own.
    pub(crate) fn container(
        &self,
        addresses: &Addresses,
        traits: &Traits,
    ) -> Result<Container, StartError> {
        let lines = Lines::to(addresses)?;
        let mut supplies = self.skewed(traits.skew);
        supplies.policy = traits.policy.clone().unwrap_or(supplies.policy);
        Ok(Container {
            clock: supplies.clock.clone(),
            random: self.random.clone(),
            invocations: Arc::clone(&self.invocations),
            request_id: traits.request_id.clone(),
            // Each is a process of its own, with tokens of its own.
            invite: supplies.context(&lines, invite::Context::new),
            close_project: supplies.context(&lines, close_project::Context::new),
            sweep: supplies.context(&lines, sweep::Context::new),
        })
    }

    /// The same by a clock that is ahead of the world's by so much.
    fn skewed(&self, skew: SignedDuration) -> Self {
        let clock = self.clock.clone();
        let skewed = move || {
            let now = clock.now();
            now.saturating_add(skew).unwrap_or(now)
        };
        let salesforce =
            salesforce::Options { clock: Arc::new(skewed.clone()), ..self.salesforce.clone() };
        Self { clock: Clock::from_fn(skewed), salesforce, ..self.clone() }
    }

    fn context<C>(&self, lines: &Lines, new: fn(Clients, Organizations) -> C) -> C {
        let clients = self.clients(lines);
        let organizations = self.organizations(&clients);
        new(clients, organizations)
    }

    /// The orgs on these clients.
    pub(crate) fn organizations(&self, clients: &Clients) -> Organizations {
        Organizations::with(clients, self.salesforce.clone())
    }

    /// New clients, as a function makes them before its first invocation.
    pub(crate) fn clients(&self, lines: &Lines) -> Clients {
        let Lines { http, dynamodb, aws } = lines;
        Clients {
            configuration: Configuration {
                ledger_table: TABLE.to_owned(),
                event_bus: "lanyard".to_owned(),
                secret_prefix: SECRET_PREFIX.to_owned(),
                trust: self.trust.clone(),
                policy: self.policy.clone(),
                extra_roots: None,
            },
            clock: self.clock.clone(),
            random: self.random.clone(),
            aws: aws.clone(),
            http: http.clone(),
            secrets: aws_sdk_secretsmanager::Client::new(aws),
            dynamodb: aws_sdk_dynamodb::Client::new(dynamodb),
            bus: Bus::new(aws_sdk_eventbridge::Client::new(aws), "lanyard"),
            metrics: Metrics::new(self.measured.clone(), self.clock.clone(), TABLE),
        }
    }
}

/// The HTTP client, and how AWS is reached over it.
#[derive(Debug)]
pub(crate) struct Lines {
    http: reqwest::Client,
    dynamodb: SdkConfig,
    aws: SdkConfig,
}

impl Lines {
    pub(crate) fn to(addresses: &Addresses) -> Result<Self, StartError> {
        let http = runtime::http_client(None).map_err(StartError::Http)?;
        let sdk = |url: &str| {
            runtime::local_sdk_config(&http, url, REGION, ACCESS_KEY).map_err(StartError::Aws)
        };
        let (dynamodb, aws) = (sdk(&addresses.dynamodb)?, sdk(&addresses.aws)?);
        Ok(Self { http, dynamodb, aws })
    }
}
