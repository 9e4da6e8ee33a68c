//! What can go wrong when a world is started.

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
    /// Nobody to trust.
    #[error("the trusted sources of the world are none")]
    Trust(#[source] runtime::InvalidTrust),
    /// No HTTP client.
    #[error("there is no HTTP client")]
    Http(#[source] runtime::HttpClientError),
    /// No AWS configuration.
    #[error("there are no AWS clients")]
    Aws(#[source] runtime::AwsConfigurationError),
}
