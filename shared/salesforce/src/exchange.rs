//! One HTTP request and its answer.

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use reqwest::{Method, Url};
use serde::de::IgnoredAny;
use tokio::time::Instant;

use crate::request::{LEAST_NOT_REPEATABLE, LEAST_REPEATABLE, Repeatable, Request};
use crate::token::Session;
use crate::{Client, ClientError, answer};

/// Bodies beyond this are not read.
const BODY_BYTES: usize = 16 * 1024 * 1024;

impl Client {
    /// One HTTP request and its answer, whatever the status.
    pub(crate) async fn exchange(&self, call: &Call<'_>) -> Result<Raw, ClientError> {
        let timeout = self.time_for(call.least)?;
        let mut request = self
            .shared
            .http
            .request(call.method.clone(), call.url.as_str())
            .timeout(timeout)
            .header(ACCEPT, "application/json");
        if let Some(token) = call.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = call.body {
            request = request.header(CONTENT_TYPE, call.content_type).body(body.to_owned());
        }
        self.count(|usage| usage.calls += 1);
        let result = self.read(request).await.map_err(reqwest::Error::without_url);
        match result {
            Ok(raw) => Ok(raw),
            Err(error) if error.is_connect() || error.is_builder() => {
                self.count(|usage| usage.calls = usage.calls.saturating_sub(1));
                Err(ClientError::Unreachable(error))
            }
            Err(error) => Err(ClientError::Interrupted(error)),
        }
        .and_then(Raw::bounded)
    }

    async fn read(&self, request: reqwest::RequestBuilder) -> Result<Raw, reqwest::Error> {
        let mut response = request.send().await?;
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        for limits in response.headers().get_all("sforce-limit-info") {
            // The name of an app may be in any letters.
            let limits = &*String::from_utf8_lossy(limits.as_bytes());
            let (org, app) =
                (answer::limit(limits, "api-usage"), answer::limit(limits, "per-app-api-usage"));
            self.count(|usage| {
                usage.api_usage = org.or(usage.api_usage);
                usage.app_usage = app.or(usage.app_usage);
            });
        }
        let location = header(LOCATION.as_str()).and_then(host_of);
        let now = (self.shared.options.clock)();
        let retry_after =
            header(RETRY_AFTER.as_str()).and_then(|value| answer::retry_after(value, now));
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > BODY_BYTES {
                break;
            }
        }
        Ok(Raw { status, retry_after, location, body })
    }

    /// How long a request may take.
    pub(crate) fn time_for(&self, least: Duration) -> Result<Duration, ClientError> {
        let timeout = self.shared.options.request_timeout;
        let Some(deadline) = self.deadline else { return Ok(timeout) };
        let left = deadline.saturating_duration_since(Instant::now());
        if left < least { Err(ClientError::OutOfTime(None)) } else { Ok(timeout.min(left)) }
    }
}

/// A body that is torn, or a page for people where an answer should be.
pub(crate) const NOT_JSON: ClientError = ClientError::Unexpected { what: "the body is not json" };

/// The host that a `Location` names, as far as it looks like one: it is shown.
fn host_of(location: &str) -> Option<String> {
    let url = Some(location).filter(|it| it.is_ascii()).and_then(|it| Url::parse(it).ok())?;
    let is_plain = |host: &&str| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
        let is_name = host.bytes().any(|byte| byte.is_ascii_alphabetic());
        host.len() <= 253 && is_name && host.bytes().all(is_part)
    };
    url.host_str().filter(is_plain).map(str::to_owned)
}

pub(crate) fn is_json(body: &[u8]) -> bool {
    body.is_empty() || serde_json::from_slice::<IgnoredAny>(body).is_ok()
}

/// One request, as it goes out.
pub(crate) struct Call<'a> {
    method: Method,
    url: String,
    token: Option<&'a str>,
    content_type: &'static str,
    body: Option<&'a str>,
    least: Duration,
}

impl<'a> Call<'a> {
    pub(crate) fn rest(request: &Request, session: &'a Session, body: Option<&'a str>) -> Self {
        Self {
            method: request.method.clone(),
            url: format!("{}{}", session.instance, request.path),
            token: Some(&session.token),
            content_type: "application/json",
            body,
            least: match request.repeatable {
                Repeatable::Yes => LEAST_REPEATABLE,
                Repeatable::No => LEAST_NOT_REPEATABLE,
            },
        }
    }

    /// Which versions of the API there are.
    pub(crate) fn versions(session: &Session) -> Self {
        Self {
            method: Method::GET,
            url: format!("{}/services/data", session.instance),
            token: None,
            content_type: "application/json",
            body: None,
            least: LEAST_REPEATABLE,
        }
    }

    /// A request for a token.
    pub(crate) fn token(url: String, form: &'a str) -> Self {
        Self {
            method: Method::POST,
            url,
            token: None,
            content_type: "application/x-www-form-urlencoded",
            body: Some(form),
            least: LEAST_REPEATABLE,
        }
    }
}

/// An answer as it came in.
pub(crate) struct Raw {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<Duration>,
    /// The host to which it redirects, if it names one.
    pub(crate) location: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl Raw {
    /// What it means, if it is not 2xx.
    pub(crate) fn failure(&self) -> ClientError {
        match self.status {
            301 | 302 | 307 | 308 => {
                ClientError::Moved { status: self.status, host: self.location.clone() }
            }
            status => answer::failure(status, &self.body),
        }
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    fn bounded(self) -> Result<Self, ClientError> {
        match (self.body.len() > BODY_BYTES, self.is_success()) {
            (false, _) => Ok(self),
            (true, true) => Err(ClientError::Unexpected { what: "the body is larger than 16 MB" }),
            (true, false) => Err(ClientError::Status { status: self.status }),
        }
    }
}
