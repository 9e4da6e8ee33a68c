//! The product and everything around it, in one process.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use access::{OrgAlias, Policy};
use dynoxide::Database;
use jiff::{SignedDuration, Timestamp};
use ledger::Ledger;
use runtime::{
    Bus, Clients, Clock, Configuration, FunctionError, Invocation, Metrics, OrganizationError,
    Organizations, Random,
};
use salesforce_simulator::{Options, OrgHandle, Simulator};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::aws_door::AwsDoor;
use crate::events::Event;
use crate::measured::Measured;

/// The region of everything local.
const REGION: &str = "eu-central-1";

/// The access key of everything local; it opens nothing.
const ACCESS_KEY: &str = "local";

/// The name of the ledger's table.
const TABLE: &str = "lanyard-ledger";

/// What stands before the alias in a secret's name.
const SECRET_PREFIX: &str = "lanyard/salesforce/";

/// What a world is started with.
pub struct Setup {
    /// The instant at which it begins.
    pub now: Timestamp,
    /// The policy.
    pub policy: Policy,
    /// Changes the options of the simulated org before it starts.
    pub org: Box<dyn Fn(&mut Options) + Send>,
    /// How much time an invocation has.
    pub remaining: Duration,
    /// The wait before a call to Salesforce is tried again for the first time; the product's own when absent.
    pub first_wait: Option<Duration>,
    /// Whether time goes on by itself, at the machine's pace; else it stands still until it is made to pass.
    pub ticks: bool,
}

impl std::fmt::Debug for Setup {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Setup").field("now", &self.now).finish_non_exhaustive()
    }
}

impl Setup {
    /// The defaults of the product, at an instant.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self {
            now,
            policy: Policy::default(),
            org: Box::new(|_| {}),
            remaining: Duration::from_mins(15),
            first_wait: None,
            ticks: false,
        }
    }

    /// The defaults of the product, at the present instant, on the machine's clock.
    #[must_use]
    pub fn at_present() -> Self {
        Self { ticks: true, ..Self::at(runtime::now()) }
    }
}

/// Why a world could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No port.
    #[error("a loopback port cannot be had")]
    Port(#[source] std::io::Error),
    /// No database.
    #[error("the embedded database cannot be opened: {0}")]
    Database(String),
    /// No table.
    #[error("the ledger's table cannot be created")]
    Table(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No org.
    #[error("the simulated org cannot be started")]
    Org(#[source] salesforce_simulator::StartError),
    /// No HTTP client.
    #[error("there is no HTTP client")]
    Http(#[source] runtime::HttpClientError),
    /// No AWS configuration.
    #[error("there are no AWS clients")]
    Aws(#[source] runtime::AwsConfigurationError),
}

/// The product and everything around it.
#[derive(Debug)]
pub struct World {
    /// The ledger, to look into.
    pub ledger: Ledger,
    /// The engine below the ledger, for what cannot be done or seen through it.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// The door that stands for EventBridge and Secrets Manager.
    pub aws: AwsDoor,
    /// The simulated org `main`.
    pub simulator: Simulator,
    /// The limits in force.
    pub policy: Policy,
    /// How much time an invocation has.
    pub remaining: Duration,
    time: Time,
    measured: Measured,
    organizations: Organizations,
    invocations: AtomicU64,
    random: Random,
    invite: invite::Context,
    close_project: close_project::Context,
    sweep: sweep::Context,
    _database: oneshot::Sender<()>,
}

impl World {
    /// The name of the ledger's table.
    pub const TABLE: &str = TABLE;

    /// Starts everything and waits for nothing.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(setup: Setup) -> Result<Self, StartError> {
        let time = Time::from(&setup);
        let clock = {
            let time = time.clone();
            move || time.now()
        };
        let mut options = Options::new(Arc::new(clock.clone()));
        (setup.org)(&mut options);
        let simulator = Simulator::start(options).await.map_err(StartError::Org)?;
        let aws = AwsDoor::open().await.map_err(StartError::Port)?;
        aws.set_secret(&format!("{SECRET_PREFIX}main"), Some(simulator.secret_json()));
        let (database, dynamodb_url) = open_database().await?;
        let http = runtime::http_client(None).map_err(StartError::Http)?;
        let sdk = async |url: &str| {
            runtime::local_sdk_config(&http, url, REGION, ACCESS_KEY).await.map_err(StartError::Aws)
        };
        let dynamodb = aws_sdk_dynamodb::Client::new(&sdk(&dynamodb_url).await?);
        let door = sdk(aws.url()).await?;
        ledger::create_table(&dynamodb, TABLE)
            .await
            .map_err(|error| StartError::Table(error.into()))?;
        let mut salesforce = salesforce::Options::new(Arc::new(clock.clone()));
        salesforce.first_wait = setup.first_wait.unwrap_or(salesforce.first_wait);
        let clock = Clock::from_fn(clock);
        let secrets = aws_sdk_secretsmanager::Client::new(&door);
        let counter = Arc::new(AtomicU64::new(0));
        let random =
            Random::from_fn(move || u128::from(counter.fetch_add(1, Ordering::SeqCst) + 1));
        let organizations =
            || Organizations::new(secrets.clone(), http.clone(), SECRET_PREFIX, salesforce.clone());
        let measured = Measured::default();
        let metrics = Metrics::new(measured.clone(), clock.clone(), TABLE);
        let clients = || Clients {
            configuration: Configuration {
                ledger_table: TABLE.to_owned(),
                event_bus: "lanyard".to_owned(),
                secret_prefix: SECRET_PREFIX.to_owned(),
                policy: setup.policy.clone(),
                extra_roots: None,
            },
            clock: clock.clone(),
            random: random.clone(),
            dynamodb: dynamodb.clone(),
            bus: Bus::new(aws_sdk_eventbridge::Client::new(&door), "lanyard"),
            organizations: organizations(),
            metrics: metrics.clone(),
        };
        Ok(Self {
            ledger: Ledger::new(dynamodb.clone(), TABLE.to_owned()),
            dynamodb: dynamodb.clone(),
            aws,
            simulator,
            policy: setup.policy.clone(),
            time,
            measured,
            organizations: organizations(),
            remaining: setup.remaining,
            invocations: AtomicU64::new(0),
            random: random.clone(),
            invite: invite::Context::new(clients()),
            close_project: close_project::Context::new(clients()),
            sweep: sweep::Context::new(clients()),
            _database: database,
        })
    }

    /// The present instant of this world.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.time.now()
    }

    /// Lets time pass.
    pub fn pass(&self, duration: SignedDuration) {
        let milliseconds = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        self.time.set.fetch_add(milliseconds, Ordering::SeqCst);
    }

    /// Lets time pass until an instant.
    pub fn pass_until(&self, at: Timestamp) {
        self.time.set.store(at.as_millisecond() - self.time.gone(), Ordering::SeqCst);
    }

    /// A signed-in client of an org, as the functions get it.
    ///
    /// # Errors
    /// [`OrganizationError`].
    pub async fn connect(&self, org: &OrgAlias) -> Result<salesforce::Client, OrganizationError> {
        self.organizations.connect(org, Instant::now() + self.remaining).await
    }

    /// The admin's side of the simulated org.
    #[must_use]
    pub fn org(&self) -> OrgHandle {
        self.simulator.org()
    }

    /// What Lanyard has emitted.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.aws.events()
    }

    /// The lines of metrics that the functions have written.
    #[must_use]
    pub fn metrics(&self) -> Vec<Value> {
        self.measured.lines()
    }

    /// Fills or takes away the secret of an org.
    pub fn set_secret(&self, org: &OrgAlias, value: Option<String>) {
        self.aws.set_secret(&format!("{SECRET_PREFIX}{org}"), value);
    }

    /// Invokes `invite`.
    ///
    /// # Errors
    /// The function's error.
    pub async fn invite(&self, payload: Value) -> Result<Value, FunctionError> {
        invite::handle(&self.invite, self.invocation(), payload).await
    }

    /// Invokes `close-project`.
    ///
    /// # Errors
    /// The function's error.
    pub async fn close_project(&self, payload: Value) -> Result<Value, FunctionError> {
        close_project::handle(&self.close_project, self.invocation(), payload).await
    }

    /// Invokes `sweep`.
    ///
    /// # Errors
    /// The function's error.
    pub async fn sweep(&self, payload: Value) -> Result<Value, FunctionError> {
        sweep::handle(&self.sweep, self.invocation(), payload).await
    }

    fn invocation(&self) -> Invocation {
        let number = self.invocations.fetch_add(1, Ordering::SeqCst) + 1;
        let id = format!("invocation-{number}");
        Invocation::new(&id, self.now(), self.remaining, self.random.clone())
    }
}

/// Serves an embedded database until the sender is dropped.
async fn open_database() -> Result<(oneshot::Sender<()>, String), StartError> {
    let database = Database::memory().map_err(|error| StartError::Database(error.to_string()))?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(StartError::Port)?;
    let url = format!("http://{}", listener.local_addr().map_err(StartError::Port)?);
    let (sender, receiver) = oneshot::channel::<()>();
    tokio::spawn(async move {
        let until_dropped = async {
            let _ = receiver.await;
        };
        let _ = dynoxide::server::serve_with_shutdown(listener, database, until_dropped).await;
    });
    Ok((sender, url))
}

/// The world's time: what it was set to, and what has gone by since where it goes on by itself.
#[derive(Clone, Debug)]
struct Time {
    /// Milliseconds since 1970.
    set: Arc<AtomicI64>,
    /// The machine's instant at the start.
    started: Option<Timestamp>,
}

impl Time {
    fn now(&self) -> Timestamp {
        instant(self.set.load(Ordering::SeqCst).saturating_add(self.gone()))
    }

    fn gone(&self) -> i64 {
        let since = |started: Timestamp| runtime::now().as_millisecond() - started.as_millisecond();
        self.started.map_or(0, since)
    }
}

impl From<&Setup> for Time {
    fn from(setup: &Setup) -> Self {
        Self {
            set: Arc::new(AtomicI64::new(setup.now.as_millisecond())),
            started: setup.ticks.then(runtime::now),
        }
    }
}

fn instant(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH)
}
