//! What a function reaches the world through.

use std::io;
use std::sync::Arc;

use aws_sdk_dynamodb::Client as DynamoDb;
use salesforce::Options;

use crate::aws::sdk_config;
use crate::bus::Bus;
use crate::clock::{Clock, Random};
use crate::configuration::Configuration;
use crate::http::http_client;
use crate::metrics::Metrics;
use crate::organizations::Organizations;
use crate::serve::StartError;

/// The clients of a function, made once, before its first invocation. A rehearsal puts its own together.
#[derive(Clone, Debug)]
pub struct Clients {
    /// What the environment says.
    pub configuration: Configuration,
    /// The time.
    pub clock: Clock,
    /// New ids.
    pub random: Random,
    /// The table's service.
    pub dynamodb: DynamoDb,
    /// The bus to emit to.
    pub bus: Bus,
    /// The Salesforce orgs.
    pub organizations: Organizations,
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
        let secrets = aws_sdk_secretsmanager::Client::new(&sdk);
        let prefix = configuration.secret_prefix.as_str();
        let time = clock.clone();
        let options = Options::new(Arc::new(move || time.now()));
        Ok(Self {
            organizations: Organizations::new(secrets, http, prefix, options),
            random: Random::system(),
            dynamodb: DynamoDb::new(&sdk),
            bus: Bus::new(aws_sdk_eventbridge::Client::new(&sdk), configuration.event_bus.as_str()),
            metrics: Metrics::new(io::stdout(), clock.clone(), configuration.ledger_table.as_str()),
            configuration,
            clock,
        })
    }
}
