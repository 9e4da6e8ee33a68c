//! What a function reaches the world through.

use std::io;

use aws_sdk_dynamodb::Client as DynamoDb;
use aws_sdk_secretsmanager::Client as SecretsManager;
use aws_types::SdkConfig;

use crate::aws::sdk_config;
use crate::bus::Bus;
use crate::clock::{Clock, Random};
use crate::configuration::Configuration;
use crate::http::http_client;
use crate::metrics::Metrics;
use crate::start::StartError;

/// The clients of a function, made once, before its first invocation. A rehearsal puts its own together.
#[derive(Clone, Debug)]
pub struct Clients {
    /// What the environment says.
    pub configuration: Configuration,
    /// The time.
    pub clock: Clock,
    /// New ids.
    pub random: Random,
    /// How any further service of AWS is reached.
    pub aws: SdkConfig,
    /// For whatever is no service of AWS.
    pub http: reqwest::Client,
    /// The service of secrets.
    pub secrets: SecretsManager,
    /// The table's service.
    pub dynamodb: DynamoDb,
    /// The bus to emit to.
    pub bus: Bus,
    /// What is counted.
    pub metrics: Metrics,
}

impl Clients {
    /// Makes the clients of a function on AWS; `lookup` reads the environment. Sends nothing.
    ///
    /// # Errors
    /// [`StartError`] names the variable that is to be set.
    pub fn from_environment(
        configuration: Configuration,
        lookup: fn(&str) -> Option<String>,
    ) -> Result<Self, StartError> {
        let http = http_client(configuration.extra_roots.as_deref())?;
        let sdk = sdk_config(&http, lookup)?;
        let clock = Clock::system();
        Ok(Self {
            random: Random::system(),
            http,
            secrets: SecretsManager::new(&sdk),
            dynamodb: DynamoDb::new(&sdk),
            bus: Bus::new(aws_sdk_eventbridge::Client::new(&sdk), configuration.event_bus.as_str()),
            metrics: Metrics::new(io::stdout(), clock.clone(), configuration.ledger_table.as_str()),
            aws: sdk,
            configuration,
            clock,
        })
    }
}
