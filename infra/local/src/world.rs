//! The product and everything around it, in one process.

use std::net::Ipv4Addr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use access::{OrgAlias, Policy};
use dynoxide::Database;
use jiff::{SignedDuration, Timestamp};
use ledger::Ledger;
use run::{OrganizationError, Organizations};
use runtime::{Clock, Door, Random, Trust};
use salesforce_simulator::{Options, OrgHandle, Simulator};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::aws_door::AwsDoor;
use crate::container::{
    ACCOUNT, Addresses, Container, Entrance, Invoked, Lines, SECRET_PREFIX, Supplies, TABLE,
    TRUSTED_SOURCE, Traits,
};
use crate::events::Event;
use crate::measured::Measured;
use crate::start_error::StartError;
use crate::time::{Pace, Time};

/// What a world is started with.
pub struct Setup {
    /// The instant at which it begins.
    pub now: Timestamp,
    /// The policy.
    pub policy: Policy,
    /// The sources whose events count, as in `TRUSTED_SOURCES`.
    pub trusted_sources: String,
    /// Changes the options of the simulated org before it starts.
    pub org: Box<dyn Fn(&mut Options) + Send>,
    /// How much time an invocation has.
    pub remaining: Duration,
    /// The wait before a call to Salesforce is tried again for the first time; the product's own when absent.
    pub first_wait: Option<Duration>,
    /// Seed of the jitter in those waits; the product's own when absent.
    pub jitter_seed: Option<u64>,
    /// How time goes on.
    pub pace: Pace,
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
            trusted_sources: TRUSTED_SOURCE.to_owned(),
            org: Box::new(|_| {}),
            remaining: Duration::from_mins(15),
            first_wait: None,
            jitter_seed: None,
            pace: Pace::Still,
        }
    }

    /// The defaults of the product, at the present instant, on the machine's clock.
    #[must_use]
    pub fn at_present() -> Self {
        Self { pace: Pace::Machine, ..Self::at(runtime::now()) }
    }
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
    organizations: Organizations,
    supplies: Supplies,
    addresses: Addresses,
    container: Container,
    _database: oneshot::Sender<()>,
}

impl World {
    /// The account of the functions, and of the bus that they listen to.
    pub const ACCOUNT: &str = ACCOUNT;

    /// The source of the upstream whose events count.
    pub const TRUSTED_SOURCE: &str = TRUSTED_SOURCE;

    /// The name of the ledger's table.
    pub const TABLE: &str = TABLE;

    /// Starts everything and waits for nothing.
    ///
    /// # Errors
    /// [`StartError`].
    #[must_use]
    // On the heap, so that whoever starts a world in a binary of their own does not compile all that starts with it once more.
    pub fn start(setup: Setup) -> Pin<Box<dyn Future<Output = Result<Self, StartError>> + Send>> {
        Box::pin(Self::starting(setup))
    }

    async fn starting(setup: Setup) -> Result<Self, StartError> {
        let time = Time::starting(setup.now, setup.pace);
        let clock = {
            let time = time.clone();
            move || time.now()
        };
        let mut options = Options::new(Arc::new(clock.clone()));
        (setup.org)(&mut options);
        let simulator = Simulator::start(options).await.map_err(StartError::Org)?;
        let aws = AwsDoor::open().await.map_err(StartError::Port)?;
        aws.set_secret(&format!("{SECRET_PREFIX}main"), Some(simulator.secret_json()));
        let (database, dynamodb) = open_database().await?;
        let addresses = Addresses { dynamodb, aws: aws.url().to_owned() };
        let mut salesforce = salesforce::Options::new(Arc::new(clock.clone()));
        salesforce.first_wait = setup.first_wait.unwrap_or(salesforce.first_wait);
        salesforce.jitter_seed = setup.jitter_seed.unwrap_or(salesforce.jitter_seed);
        let counter = AtomicU64::new(0);
        let trust = Trust::in_sources(&setup.trusted_sources).map_err(StartError::Trust)?;
        let supplies = Supplies {
            policy: setup.policy.clone(),
            trust,
            clock: Clock::from_fn(clock),
            random: Random::from_fn(move || u128::from(counter.fetch_add(1, Ordering::SeqCst) + 1)),
            invocations: Arc::default(),
            measured: Measured::default(),
            salesforce,
        };
        let container = supplies.container(&addresses, &Traits::default())?;
        let clients = supplies.clients(&Lines::to(&addresses)?);
        ledger::create_table(&clients.dynamodb, TABLE)
            .await
            .map_err(|error| StartError::Table(error.into()))?;
        let organizations = supplies.organizations(&clients);
        Ok(Self {
            ledger: Ledger::new(clients.dynamodb.clone(), TABLE.to_owned()),
            dynamodb: clients.dynamodb,
            aws,
            simulator,
            policy: setup.policy,
            remaining: setup.remaining,
            time,
            organizations,
            supplies,
            addresses,
            container,
            _database: database,
        })
    }

    /// Where the services of AWS are.
    #[must_use]
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Starts another container, cold, that finds the services elsewhere, such as behind a proxy.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn container(&self, addresses: &Addresses) -> Result<Container, StartError> {
        self.container_with(addresses, &Traits::default())
    }

    /// Starts another container that differs from the others in these traits.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn container_with(
        &self,
        addresses: &Addresses,
        traits: &Traits,
    ) -> Result<Container, StartError> {
        self.supplies.container(addresses, traits)
    }

    /// The present instant of this world.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.time.now()
    }

    /// Lets time pass.
    pub fn pass(&self, duration: SignedDuration) {
        self.time.pass(duration);
    }

    /// Lets time pass until an instant.
    pub fn pass_until(&self, at: Timestamp) {
        self.time.pass_until(at);
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
        self.supplies.measured.lines()
    }

    /// Fills or takes away the secret of an org.
    pub fn set_secret(&self, org: &OrgAlias, value: Option<String>) {
        self.aws.set_secret(&format!("{SECRET_PREFIX}{org}"), value);
    }

    /// One door of the functions, whatever is brought to it.
    #[must_use]
    pub fn by(&self, door: Door) -> Entrance<'_> {
        self.container.by(door, self.remaining)
    }

    /// Invokes `invite`, by the door by which the platform brings such a payload.
    ///
    /// # Errors
    /// The function's error.
    pub fn invite(&self, payload: Value) -> Invoked<'_> {
        self.container.invite(payload, self.remaining)
    }

    /// Invokes `close-project`, by the door by which the platform brings such a payload.
    ///
    /// # Errors
    /// The function's error.
    pub fn close_project(&self, payload: Value) -> Invoked<'_> {
        self.container.close_project(payload, self.remaining)
    }

    /// Invokes `sweep`, by the door by which the platform brings such a payload: `{}` is the schedule's.
    ///
    /// # Errors
    /// The function's error.
    pub fn sweep(&self, payload: Value) -> Invoked<'_> {
        self.container.sweep(payload, self.remaining)
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
