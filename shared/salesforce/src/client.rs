//! The client and its handles.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::token::{Session, TokenCache};
use crate::{ClientError, Credentials, Identity, Signer, soql};

/// How a client behaves.
#[derive(Clone)]
pub struct Options {
    /// Tells the time, for the life of tokens and for a `Retry-After` that is a date.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// The longest that one HTTP request may take, answer included. The time to connect is for the HTTP
    /// client to bound.
    pub request_timeout: Duration,
    /// How often a request is tried at most. At least once.
    pub attempts: u32,
    /// The wait before the second attempt, which doubles with each further one up to ten seconds. The wait
    /// that is taken lies between a half and the whole of it.
    pub first_wait: Duration,
    /// Seed of the jitter in waits. Two clients of one org should not have the same.
    pub jitter_seed: u64,
    /// How long a token is used. The answer of the JWT bearer flow does not say; the org's session time-out
    /// decides, and a token that ends sooner is replaced when it is refused.
    pub token_life: Duration,
    /// Signs where the secret names a key (`kmsKeyId`) instead of holding one. Without it such a sign-in is refused.
    pub signer: Option<Arc<dyn Signer>>,
}

/// A Salesforce org, signed in to as one user.
///
/// Cheap to clone. Clones share token, connections and deadline, and count together; [`Client::until`] makes
/// a handle that shares token and connections only.
#[derive(Clone)]
pub struct Client {
    pub(crate) shared: Arc<Shared>,
    pub(crate) deadline: Option<Instant>,
    counter: Arc<Mutex<Usage>>,
}

pub(crate) struct Shared {
    pub(crate) http: reqwest::Client,
    pub(crate) credentials: Credentials,
    pub(crate) options: Options,
    pub(crate) tokens: TokenCache,
    pub(crate) jitter: Mutex<fastrand::Rng>,
    /// Whether the org was asked for the versions of the API and did not say that this one is missing.
    pub(crate) has_version: AtomicBool,
    /// How many bytes an address may have, less than at first where Salesforce has refused one for its length.
    pub(crate) address_bytes: AtomicUsize,
}

/// What a handle has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// HTTP requests that were sent, sign-in and repeats included.
    pub calls: u64,
    /// The org's requests in 24 hours, used and allowed, as the last answer gave them
    /// (`Sforce-Limit-Info: api-usage=18/15000`).
    pub api_usage: Option<(u64, u64)>,
    /// The same for this app alone, where the org has set it a limit
    /// (`per-app-api-usage=17/250(appName=…)`).
    pub app_usage: Option<(u64, u64)>,
}

impl Usage {
    /// The share that is used of the requests in 24 hours, the org's or the app's, whichever is nearer to its end, in whole percent;
    /// `None` while no answer gave it.
    #[must_use]
    pub fn percent_used(&self) -> Option<u64> {
        let percent = |(used, allowed): (u64, u64)| used.saturating_mul(100).checked_div(allowed);
        self.api_usage.and_then(percent).max(self.app_usage.and_then(percent))
    }
}

impl Options {
    /// Four attempts of at most 30 seconds, a first wait of 200 milliseconds, tokens for an hour, and jitter
    /// seeded by the time; no key service.
    #[must_use]
    pub fn new(clock: Arc<dyn Fn() -> Timestamp + Send + Sync>) -> Self {
        let nanosecond = clock().as_nanosecond().unsigned_abs();
        Self {
            clock,
            request_timeout: Duration::from_secs(30),
            attempts: 4,
            first_wait: Duration::from_millis(200),
            jitter_seed: u64::try_from(nanosecond & u128::from(u64::MAX)).unwrap_or_default(),
            token_life: Duration::from_hours(1),
            signer: None,
        }
    }
}

impl Client {
    /// A client without a deadline. Nothing is sent yet.
    ///
    /// The HTTP client must not follow redirects, and should have a time-out for connecting.
    #[must_use]
    pub fn new(http: reqwest::Client, credentials: Credentials, options: Options) -> Self {
        let tokens = TokenCache::new(options.token_life);
        let jitter = Mutex::new(fastrand::Rng::with_seed(options.jitter_seed));
        let shared = Arc::new(Shared {
            http,
            credentials,
            options,
            tokens,
            jitter,
            has_version: AtomicBool::new(false),
            address_bytes: AtomicUsize::new(soql::ADDRESS_BYTES),
        });
        Self { shared, deadline: None, counter: Arc::default() }
    }

    /// A handle of the same client that starts nothing after the deadline, with a count of its own.
    #[must_use]
    pub fn until(&self, deadline: Instant) -> Self {
        Self { shared: Arc::clone(&self.shared), deadline: Some(deadline), counter: Arc::default() }
    }

    /// What this handle and its clones have used.
    #[must_use]
    pub fn usage(&self) -> Usage {
        *self.counter.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fetches a token ahead of need. Does nothing if there is one.
    ///
    /// # Errors
    /// [`ClientError`]; [`ClientError::SignIn`] says which setting to look at.
    pub async fn sign_in(&self) -> Result<(), ClientError> {
        self.session().await.map(drop)
    }

    /// Which org and user this is, as the token answer said.
    ///
    /// # Errors
    /// As [`Client::sign_in`].
    pub async fn identity(&self) -> Result<Identity, ClientError> {
        Ok(Identity::clone(&*self.session().await?.identity))
    }

    /// The credentials that this client signs in with.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        &self.shared.credentials
    }

    pub(crate) async fn session(&self) -> Result<Session, ClientError> {
        let session = self.shared.tokens.get(&*self.shared.options.clock, self.request_token());
        match self.deadline {
            None => session.await,
            Some(deadline) => tokio::time::timeout_at(deadline, session)
                .await
                .unwrap_or(Err(ClientError::OutOfTime(None))),
        }
    }

    /// The path of a resource of the REST API.
    pub(crate) fn path(&self, resource: &str) -> String {
        format!("/services/data/v{}/{resource}", self.shared.credentials.api_version())
    }

    pub(crate) fn count(&self, change: impl FnOnce(&mut Usage)) {
        change(&mut self.counter.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("usage", &self.usage()).finish_non_exhaustive()
    }
}
