#![doc = include_str!("../README.md")]

mod addresses;
mod ahead;
mod aws;
mod bus;
mod clients;
mod clock;
mod configuration;
mod envelope;
mod failure;
mod http;
mod invocation;
mod log;
mod metrics;
mod queue;
mod serve;
mod start;
mod trigger;

pub use addresses::{MAXIMUM_ADDRESSES, WrittenAddress, parse_address};
pub use ahead::{PREFETCH, ahead};
pub use aws::{AwsConfigurationError, local_sdk_config};
pub use aws_types::SdkConfig;
pub use bus::{Bus, Published, Unpublished};
pub use clients::Clients;
pub use clock::{Clock, Random, now};
pub use configuration::{Configuration, ConfigurationError};
pub use envelope::{Envelope, InvalidEnvelope};
pub use failure::FunctionError;
pub use http::{HttpClientError, http_client};
pub use invocation::Invocation;
pub use log::{LogFormat, LogSettings, chain, subscriber};
pub use metrics::{Metric, Metrics};
pub use queue::{BatchResponse, TIME_FOR_A_MESSAGE, each_message, messages};
pub use serve::serve;
pub use start::StartError;
pub use trigger::Trigger;
