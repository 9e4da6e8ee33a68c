//! The AWS SDK on the one HTTP client, configured from the environment and from nothing else.

use std::time::Duration;

use aws_config::environment::{
    EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider,
};
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_sdk_dynamodb::config::Credentials;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;

/// How long one attempt may wait for its answer. DynamoDB answers in milliseconds; a connection that died unnoticed
/// must not eat the invocation.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// How long an operation may take with all its attempts.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(20);

/// Why there is no AWS configuration.
#[derive(Debug, thiserror::Error)]
pub enum AwsConfigurationError {
    /// No region.
    #[error("AWS_REGION is not set: give it the region of the table, such as eu-central-1")]
    RegionMissing,
    /// An endpoint for local runs that is not on this machine.
    #[error(
        "a local endpoint must be an http address of this machine, such as http://127.0.0.1:8000"
    )]
    NotLoopback,
}

/// The configuration for every AWS client of a function: region, credentials and `AWS_ENDPOINT_URL*` from the environment.
///
/// # Errors
/// [`AwsConfigurationError::RegionMissing`]; missing credentials show at the first request.
pub async fn sdk_config(http: &reqwest::Client) -> Result<SdkConfig, AwsConfigurationError> {
    let config = loader(http)
        .region(EnvironmentVariableRegionProvider::new())
        .credentials_provider(EnvironmentVariableCredentialsProvider::new())
        .load()
        .await;
    if config.region().is_none() { Err(AwsConfigurationError::RegionMissing) } else { Ok(config) }
}

/// The same for an endpoint on this machine, with an access key that protects nothing. For rehearsals and tests;
/// call it once for each endpoint, with the same client.
///
/// # Errors
/// [`AwsConfigurationError::NotLoopback`], so that a rehearsal never writes to a real account.
pub async fn local_sdk_config(
    http: &reqwest::Client,
    endpoint: &str,
    region: &str,
    access_key: &str,
) -> Result<SdkConfig, AwsConfigurationError> {
    if !is_loopback(endpoint) {
        return Err(AwsConfigurationError::NotLoopback);
    }
    let config = loader(http)
        .region(Region::new(region.to_owned()))
        .credentials_provider(Credentials::new(access_key, "local", None, None, "local"))
        .endpoint_url(endpoint)
        .load()
        .await;
    Ok(config)
}

fn loader(http: &reqwest::Client) -> ConfigLoader {
    let timeouts = TimeoutConfig::builder()
        .read_timeout(ANSWER_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build();
    without_profiles(aws_config::defaults(BehaviorVersion::latest()))
        .timeout_config(timeouts)
        .http_client(Connector { http: http.clone(), answer_timeout: ANSWER_TIMEOUT })
}

/// An empty profile in place of the files in somebody's home folder, which could name another endpoint or account.
#[expect(deprecated, reason = "the new name is in a crate that nothing else here needs")]
fn without_profiles(loader: ConfigLoader) -> ConfigLoader {
    use aws_config::profile::profile_file::{ProfileFileKind, ProfileFiles};
    let nothing = ProfileFiles::builder().with_contents(ProfileFileKind::Config, "").build();
    loader.profile_files(nothing)
}

fn is_loopback(endpoint: &str) -> bool {
    reqwest::Url::parse(endpoint).is_ok_and(|url| {
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let is_loopback = host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback());
        url.scheme() == "http" && (is_loopback || host == "localhost")
    })
}

/// Carries the SDK's requests over the shared client. Connecting is limited by the client itself, the answer by
/// the read timeout in the settings.
#[derive(Clone, Debug)]
struct Connector {
    http: reqwest::Client,
    answer_timeout: Duration,
}

impl HttpClient for Connector {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let answer_timeout = settings.read_timeout().unwrap_or(self.answer_timeout);
        SharedHttpConnector::new(Self { http: self.http.clone(), answer_timeout })
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self { http, answer_timeout } = self.clone();
        HttpConnectorFuture::new(async move {
            let mut request = outgoing(request)?;
            *request.timeout_mut() = Some(answer_timeout);
            let answer = http.execute(request).await.map_err(refused)?;
            incoming(answer).await
        })
    }
}

fn outgoing(request: HttpRequest) -> Result<reqwest::Request, ConnectorError> {
    let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    let (parts, body) = request.into_parts();
    let body = body.bytes().map(<[u8]>::to_vec);
    let body = body.ok_or_else(|| ConnectorError::user("streamed bodies are not in use".into()))?;
    let mut outgoing = reqwest::Request::new(parts.method, address(&parts.uri.to_string())?);
    *outgoing.headers_mut() = parts.headers;
    *outgoing.body_mut() = Some(body.into());
    Ok(outgoing)
}

fn address(text: &str) -> Result<reqwest::Url, ConnectorError> {
    reqwest::Url::parse(text).map_err(|error| ConnectorError::user(error.into()))
}

/// Reads the answer whole, so that the timeout covers a body that stalls.
async fn incoming(answer: reqwest::Response) -> Result<HttpResponse, ConnectorError> {
    let malformed =
        |error: aws_smithy_runtime_api::http::HttpError| ConnectorError::other(error.into(), None);
    let status = answer.status().as_u16().try_into().map_err(malformed)?;
    let headers = answer.headers().clone();
    let body = answer.bytes().await.map_err(refused)?;
    let mut response = HttpResponse::new(status, SdkBody::from(body));
    for (name, value) in &headers {
        let (name, value) =
            (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned());
        response.headers_mut().try_append(name, value).map_err(malformed)?;
    }
    Ok(response)
}

/// Says what the SDK's retries need to know: whether anything was connected, and whether time ran out.
fn refused(error: reqwest::Error) -> ConnectorError {
    let (is_connect, is_timeout, is_ours) =
        (error.is_connect(), error.is_timeout(), error.is_builder());
    let source = error.without_url().into();
    let refused = match (is_ours, is_timeout) {
        (true, _) => ConnectorError::user(source),
        (false, true) => ConnectorError::timeout(source),
        (false, false) => ConnectorError::io(source),
    };
    if is_connect { refused.never_connected() } else { refused }
}
