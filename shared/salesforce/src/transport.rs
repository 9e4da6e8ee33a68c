//! The one place from which requests are sent, repeated, and given up.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::Instant;

use crate::exchange::{Call, NOT_JSON, Raw, is_json};
use crate::request::{LEAST_REPEATABLE, Repeatable, Request};
use crate::{Client, ClientError, Disposition};

/// No wait between attempts grows beyond this by itself.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// Without a deadline, a server that asks for a longer wait is not waited for.
const LONGEST_WAIT_WITHOUT_DEADLINE: Duration = Duration::from_mins(1);
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
        let mut token = Token::Untried;
        let mut attempt = 1;
        loop {
            let session = self.session().await?;
            let (error, wait) =
                match self.exchange(&Call::rest(request, &session, body.as_deref())).await {
                    Ok(raw) if raw.is_success() && is_json(&raw.body) => {
                        session.note_taken();
                        return Ok(raw.body);
                    }
                    Ok(raw) if raw.is_success() => (NOT_JSON, None),
                    Ok(raw) => (self.failure(request, &raw).await, raw.retry_after),
                    Err(error) => (error, None),
                };
            *was_unclear |= error.is_ambiguous();
            tracing::debug!(code = %error.code(), attempt, "a salesforce request failed");
            let is_refused = error.disposition() == Disposition::Reauthenticate;
            if is_refused && session.is_fresh((self.shared.options.clock)()) {
                token = token.max(Token::Fresh);
            }
            let last = attempt >= self.shared.options.attempts;
            match after(&error, request.repeatable, token, last) {
                Next::GiveUp => {
                    if is_refused {
                        self.shared.tokens.forget(&session).await;
                    }
                    return Err(error);
                }
                Next::Doubt => return Err(ClientError::Ambiguous(Box::new(error))),
                Next::Renew => {
                    token = Token::TriedAgain;
                    self.shared.tokens.forget(&session).await;
                }
                Next::Insist => {
                    token = Token::TriedAgain;
                    if !self.pause(attempt, wait).await {
                        return Err(self.given_up(error));
                    }
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

    /// What an answer other than 2xx means. Whether a resource or the whole version of the API is not there looks the same, so the
    /// org is asked which versions it offers: that takes no session and counts against nothing.
    async fn failure(&self, request: &Request, raw: &Raw) -> ClientError {
        let error = raw.failure();
        let is_lost = matches!(
            error,
            ClientError::Refused { status: 404, .. } | ClientError::Status { status: 404 }
        );
        if !(is_lost && request.is_for_a_resource()) {
            return error;
        }
        match self.versions().await {
            Some(versions)
                if !versions.iter().any(|it| *it == self.shared.credentials.api_version()) =>
            {
                ClientError::NoSuchVersion {
                    code: error.code().into_owned(),
                    newest: newest(versions),
                }
            }
            Some(_) | None => error,
        }
    }

    /// The versions of the API that the org offers: none where nothing is offered at that address, `None` where it does not say, or was
    /// asked before and did not say that this one is missing.
    async fn versions(&self) -> Option<Vec<String>> {
        #[derive(Deserialize)]
        struct Version {
            version: String,
        }
        if self.shared.has_version.swap(true, Ordering::Relaxed) {
            return None;
        }
        let session = self.session().await.ok()?;
        let raw = self.exchange(&Call::versions(&session)).await.ok()?;
        if raw.status == 404 {
            self.shared.has_version.store(false, Ordering::Relaxed);
            return Some(Vec::new());
        }
        let versions: Vec<Version> =
            serde_json::from_slice(&raw.body).ok().filter(|_| raw.is_success())?;
        let versions: Vec<String> = versions.into_iter().map(|it| it.version).collect();
        let is_there = versions.iter().any(|it| *it == self.shared.credentials.api_version());
        self.shared.has_version.store(is_there, Ordering::Relaxed);
        Some(versions)
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
}

/// What to do after a failure.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    GiveUp,
    Doubt,
    /// Signs in, and repeats with another token.
    Renew,
    /// Repeats with the same token after a moment: the host may not know it yet.
    Insist,
    Repeat,
}

/// What is known of tokens that a request was refused with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Token {
    Untried,
    /// It is new and no request was taken with it, so that a further one would be refused as well.
    Fresh,
    TriedAgain,
}

/// Whether the request may have been carried out, and whether a repeat does harm, comes before what the
/// answer says.
fn after(error: &ClientError, repeatable: Repeatable, token: Token, last: bool) -> Next {
    if repeatable == Repeatable::No && error.is_ambiguous() {
        return Next::Doubt;
    }
    let hopeless = last || matches!(error, ClientError::OutOfTime(_));
    match error.disposition() {
        Disposition::Reauthenticate => match token {
            Token::Untried => Next::Renew,
            // Where a sign-in has just led to an address that redirects, the next one leads there, too.
            Token::Fresh if !matches!(error, ClientError::Moved { .. }) => Next::Insist,
            Token::Fresh | Token::TriedAgain => Next::GiveUp,
        },
        Disposition::Retry if !hopeless => Next::Repeat,
        Disposition::Retry | Disposition::Later | Disposition::Human | Disposition::Never => {
            Next::GiveUp
        }
    }
}

/// The newest of some versions, if it looks like one.
fn newest(versions: Vec<String>) -> Option<String> {
    let number = |it: &String| it.strip_suffix(".0").and_then(|it| it.parse::<u16>().ok());
    versions.into_iter().filter(|it| number(it).is_some()).max_by_key(number)
}

#[cfg(test)]
#[path = "transport_tests.rs"]
mod tests;
