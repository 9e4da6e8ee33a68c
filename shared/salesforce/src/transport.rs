//! The one place from which requests are sent, repeated, and given up.

use std::sync::PoisonError;
use std::time::Duration;

use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use tokio::time::Instant;

use crate::token::Session;
use crate::{Client, ClientError, Disposition, answer};

/// Bodies beyond this are not read.
const BODY_BYTES: usize = 16 * 1024 * 1024;
/// No wait between attempts grows beyond this by itself.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// Without a deadline, a server that asks for a longer wait is not waited for.
const LONGEST_WAIT_WITHOUT_DEADLINE: Duration = Duration::from_mins(1);
/// With less time than this, a request is not begun. One that must not be repeated gets more, for if it is
/// cut short somebody has to find out what became of it.
pub(crate) const LEAST_REPEATABLE: Duration = Duration::from_millis(200);
const LEAST_NOT_REPEATABLE: Duration = Duration::from_secs(1);

/// Whether sending a request twice does the same as sending it once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeatable {
    Yes,
    No,
}

/// A request to the REST API.
pub(crate) struct Request {
    pub(crate) method: Method,
    /// Path and query from `/services/data/` on.
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
    pub(crate) repeatable: Repeatable,
}

impl Request {
    pub(crate) fn get(path: String) -> Self {
        Self { method: Method::GET, path, body: None, repeatable: Repeatable::Yes }
    }

    pub(crate) fn post(path: String, body: Value, repeatable: Repeatable) -> Self {
        Self { method: Method::POST, path, body: Some(body), repeatable }
    }

    /// An update sets fields to values, so it may be repeated.
    pub(crate) fn patch(path: String, body: Value) -> Self {
        Self { method: Method::PATCH, path, body: Some(body), repeatable: Repeatable::Yes }
    }

    /// A record that was deleted before is as good as deleted, so it may be repeated.
    pub(crate) fn delete(path: String) -> Self {
        Self { method: Method::DELETE, path, body: None, repeatable: Repeatable::Yes }
    }
}

/// What became of a request, all attempts together.
pub(crate) struct Sent<T> {
    pub(crate) answer: Result<T, ClientError>,
    /// Whether an attempt may still take effect, also behind a later one that was answered.
    pub(crate) was_unclear: bool,
}

impl<T> Sent<T> {
    /// Reads the answer. One that is not understood leaves open what became of the request.
    pub(crate) fn and_then<U>(self, read: impl FnOnce(T) -> Result<U, ClientError>) -> Sent<U> {
        let answer = match self.answer {
            Ok(answer) => read(answer),
            Err(error) => return Sent { answer: Err(error), was_unclear: self.was_unclear },
        };
        let is_unclear = answer.as_ref().is_err_and(ClientError::is_ambiguous);
        Sent { answer, was_unclear: self.was_unclear || is_unclear }
    }
}

impl Client {
    /// Sends a request until it succeeds, or there is no point or no time in going on. The answer is 2xx.
    pub(crate) async fn send(&self, request: &Request) -> Result<Vec<u8>, ClientError> {
        self.send_noting(request).await.answer
    }

    /// As [`Client::send`], for whoever must know whether the request may take effect later.
    pub(crate) async fn send_noting(&self, request: &Request) -> Sent<Vec<u8>> {
        let mut was_unclear = false;
        let answer = self.attempt(request, &mut was_unclear).await;
        Sent { answer, was_unclear }
    }

    async fn attempt(
        &self,
        request: &Request,
        was_unclear: &mut bool,
    ) -> Result<Vec<u8>, ClientError> {
        let body = request.body.as_ref().map(Value::to_string);
        let mut renewed = false;
        let mut attempt = 1;
        loop {
            let session = self.session().await?;
            let (error, wait) =
                match self.exchange(&Call::rest(request, &session, body.as_deref())).await {
                    Ok(raw) if raw.is_success() && is_json(&raw.body) => return Ok(raw.body),
                    Ok(raw) if raw.is_success() => (NOT_JSON, None),
                    Ok(raw) => (answer::failure(raw.status, &raw.body), raw.retry_after),
                    Err(error) => (error, None),
                };
            *was_unclear |= error.is_ambiguous();
            tracing::debug!(code = %error.code(), attempt, "a salesforce request failed");
            let last = attempt >= self.shared.options.attempts;
            match after(&error, request.repeatable, renewed, last) {
                Next::GiveUp => return Err(error),
                Next::Doubt => return Err(ClientError::Ambiguous(Box::new(error))),
                Next::Renew => {
                    renewed = true;
                    self.shared.tokens.forget(&session).await;
                }
                Next::Repeat => {
                    if !self.pause(attempt, wait).await {
                        return Err(self.given_up(error));
                    }
                    attempt += 1;
                }
            }
        }
    }

    /// As [`Client::send`], with the answer read as JSON.
    pub(crate) async fn fetch<T: DeserializeOwned>(
        &self,
        request: &Request,
    ) -> Result<T, ClientError> {
        self.fetch_noting(request).await.answer
    }

    /// As [`Client::fetch`], for whoever must know whether the request may take effect later.
    pub(crate) async fn fetch_noting<T: DeserializeOwned>(&self, request: &Request) -> Sent<T> {
        self.send_noting(request).await.and_then(|body| {
            serde_json::from_slice(&body).map_err(|_| {
                let what = "the body is not one of this resource";
                let error = ClientError::Unexpected { what };
                match request.repeatable {
                    Repeatable::Yes => error,
                    Repeatable::No => ClientError::Ambiguous(Box::new(error)),
                }
            })
        })
    }

    /// Waits before another attempt, at least as long as the server asked. False, at once, if there is no
    /// time for that.
    pub(crate) async fn pause(&self, attempt: u32, asked: Option<Duration>) -> bool {
        let wait = asked.unwrap_or_default().max(self.wait(attempt));
        let fits = match self.deadline {
            Some(deadline) => Instant::now()
                .checked_add(wait.saturating_add(LEAST_REPEATABLE))
                .is_some_and(|begin| begin <= deadline),
            None => wait <= LONGEST_WAIT_WITHOUT_DEADLINE,
        };
        if fits {
            tokio::time::sleep(wait).await;
        }
        fits
    }

    /// The error of a request for whose next attempt there was no time.
    pub(crate) fn given_up(&self, error: ClientError) -> ClientError {
        match self.deadline {
            Some(_) => ClientError::OutOfTime(Some(Box::new(error))),
            None => error,
        }
    }

    fn wait(&self, attempt: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(attempt.saturating_sub(1));
        let whole = self.shared.options.first_wait.saturating_mul(doubled).min(LONGEST_WAIT);
        let mut jitter = self.shared.jitter.lock().unwrap_or_else(PoisonError::into_inner);
        whole / 2 + (whole / 2).mul_f64(jitter.f64())
    }

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
        if let Some(api_usage) = header("sforce-limit-info").and_then(answer::api_usage) {
            self.count(|usage| usage.api_usage = Some(api_usage));
        }
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
        Ok(Raw { status, retry_after, body })
    }

    /// How long a request may take.
    pub(crate) fn time_for(&self, least: Duration) -> Result<Duration, ClientError> {
        let timeout = self.shared.options.request_timeout;
        let Some(deadline) = self.deadline else { return Ok(timeout) };
        let left = deadline.saturating_duration_since(Instant::now());
        if left < least { Err(ClientError::OutOfTime(None)) } else { Ok(timeout.min(left)) }
    }
}

/// What to do after a failure.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    GiveUp,
    Doubt,
    Renew,
    Repeat,
}

/// Whether the request may have been carried out, and whether a repeat does harm, comes before what the
/// answer says.
fn after(error: &ClientError, repeatable: Repeatable, renewed: bool, last: bool) -> Next {
    if repeatable == Repeatable::No && error.is_ambiguous() {
        return Next::Doubt;
    }
    let hopeless = last || matches!(error, ClientError::OutOfTime(_));
    match error.disposition() {
        Disposition::Reauthenticate if !renewed => Next::Renew,
        Disposition::Retry if !hopeless => Next::Repeat,
        Disposition::Retry
        | Disposition::Reauthenticate
        | Disposition::Later
        | Disposition::Human
        | Disposition::Never => Next::GiveUp,
    }
}

/// A body that is torn, or a page for people where an answer should be.
const NOT_JSON: ClientError = ClientError::Unexpected { what: "the body is not json" };

fn is_json(body: &[u8]) -> bool {
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
    fn rest(request: &Request, session: &'a Session, body: Option<&'a str>) -> Self {
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
    pub(crate) body: Vec<u8>,
}

impl Raw {
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

#[cfg(test)]
#[path = "transport_tests.rs"]
mod tests;
