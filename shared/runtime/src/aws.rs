//! The AWS SDK on the one HTTP client, configured from the environment and from nothing else.

use std::time::Duration;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, Credentials, IdentityCache, Region, SharedCredentialsProvider,
    StalledStreamProtectionConfig,
};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_types::SdkConfig;
use aws_types::sdk_config::Builder;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

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
    /// No credentials.
    #[error("{variable} is not set: Lambda sets it from the function's role")]
    Missing {
        /// The variable.
        variable: &'static str,
    },
    /// A switch that is neither on nor off. A company that needs FIPS endpoints must not get others for a slip.
    #[error("{variable} must be true or false")]
    NeitherTrueNorFalse {
        /// The variable.
        variable: &'static str,
    },
    /// An endpoint for local runs that is not on this machine.
    #[error(
        "a local endpoint must be an http address of this machine, such as http://127.0.0.1:8000"
    )]
    NotLoopback,
}

/// The configuration for every AWS client of a function. `lookup` reads a variable of the environment: `AWS_REGION`, the
/// credentials, `AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_USE_FIPS_ENDPOINT` and `AWS_USE_DUALSTACK_ENDPOINT`
/// mean what they mean to every AWS SDK; no other is read. Lambda sets region and credentials for the life of the process.
///
/// # Errors
/// [`AwsConfigurationError`] names the variable that is to be set.
pub(crate) fn sdk_config(
    http: &reqwest::Client,
    lookup: fn(&str) -> Option<String>,
) -> Result<SdkConfig, AwsConfigurationError> {
    let optional = |variable| lookup(variable).filter(|value| !value.trim().is_empty());
    let required = |variable| optional(variable).ok_or(AwsConfigurationError::Missing { variable });
    let region = optional("AWS_REGION").or_else(|| optional("AWS_DEFAULT_REGION"));
    let region = region.ok_or(AwsConfigurationError::RegionMissing)?;
    let credentials = Credentials::new(
        required("AWS_ACCESS_KEY_ID")?,
        required("AWS_SECRET_ACCESS_KEY")?,
        optional("AWS_SESSION_TOKEN"),
        None,
        "environment",
    );
    let is_on = |variable| match optional(variable).map(|it| it.trim().to_lowercase()).as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(AwsConfigurationError::NeitherTrueNorFalse { variable }),
    };
    let config = builder(http, Region::new(region), credentials)
        .service_config(Endpoints { lookup })
        .use_fips(is_on("AWS_USE_FIPS_ENDPOINT")?)
        .use_dual_stack(is_on("AWS_USE_DUALSTACK_ENDPOINT")?);
    Ok(config.build())
}

/// The same for an endpoint on this machine, with an access key that protects nothing. For rehearsals and tests;
/// call it once for each endpoint, with the same client.
///
/// # Errors
/// [`AwsConfigurationError::NotLoopback`], so that a rehearsal never writes to a real account.
pub fn local_sdk_config(
    http: &reqwest::Client,
    endpoint: &str,
    region: &str,
    access_key: &str,
) -> Result<SdkConfig, AwsConfigurationError> {
    if !is_loopback(endpoint) {
        return Err(AwsConfigurationError::NotLoopback);
    }
    let credentials = Credentials::new(access_key, "local", None, None, "local");
    let config = builder(http, Region::new(region.to_owned()), credentials).endpoint_url(endpoint);
    Ok(config.build())
}

fn builder(http: &reqwest::Client, region: Region, credentials: Credentials) -> Builder {
    let timeouts = TimeoutConfig::builder()
        .read_timeout(ANSWER_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build();
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(region)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        // The credentials are at hand and never expire in here, so that nothing is won by keeping them once more.
        .identity_cache(IdentityCache::no_cache())
        .retry_config(RetryConfig::standard())
        .timeout_config(timeouts)
        // Answers are read whole, within the answer's own time.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .http_client(Connector { http: http.clone(), answer_timeout: ANSWER_TIMEOUT })
}

/// Reads `AWS_ENDPOINT_URL_<SERVICE>`, else `AWS_ENDPOINT_URL`, when a client of that service is made.
#[derive(Debug)]
struct Endpoints {
    lookup: fn(&str) -> Option<String>,
}

impl LoadServiceConfig for Endpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace([' ', '-'], "_");
        let set = |name: &str| (self.lookup)(name).filter(|value| !value.trim().is_empty());
        set(&format!("{}_{service}", key.env())).or_else(|| set(key.env()))
    }
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

#[cfg(test)]
mod tests {
    use aws_types::service_config::{LoadServiceConfig as _, ServiceConfigKey};

    use super::Endpoints;

    #[test]
    fn an_endpoint_of_a_service_counts_before_the_endpoint_of_all() {
        for (lookup, service, expected) in [
            (nothing as fn(&str) -> Option<String>, "DynamoDB", None),
            (all, "DynamoDB", Some("all")),
            (one, "Secrets Manager", Some("secrets")),
            (one, "DynamoDB", Some("all")),
        ] {
            let key = ServiceConfigKey::builder().service_id(service).profile("endpoint_url");
            let key = key.env("AWS_ENDPOINT_URL").build().unwrap();
            let found = Endpoints { lookup }.load_config(key);
            assert_eq!(found.as_deref(), expected, "{service}");
        }
    }

    fn nothing(_: &str) -> Option<String> {
        None
    }

    fn all(name: &str) -> Option<String> {
        (name == "AWS_ENDPOINT_URL").then(|| "all".to_owned())
    }

    fn one(name: &str) -> Option<String> {
        match name {
            "AWS_ENDPOINT_URL_SECRETS_MANAGER" => Some("secrets".to_owned()),
            // An empty variable is an absent one.
            "AWS_ENDPOINT_URL_DYNAMODB" => Some(" ".to_owned()),
            _ => all(name),
        }
    }
}
