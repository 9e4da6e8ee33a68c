//! The way from an org's alias to a signed-in Salesforce client.

use std::array::IntoIter;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex as Lock, PoisonError};

use access::OrgAlias;
use aws_sdk_secretsmanager::Client as SecretsManager;
use futures_util::future::join;
use runtime::{Clients, PREFETCH, chain};
use salesforce::{
    Client, ClientError, Credentials, CredentialsError, NotReady, Options, SignInError,
};
use tokio::sync::Mutex;
use tokio::time::error::Elapsed;
use tokio::time::{Instant, timeout_at};

use crate::key_service::KeyService;
use crate::secret::{self, Unread};

/// The Salesforce orgs that a function works with, by alias.
///
/// A signed-in client lives as long as the process, so a secret is read and a token asked for once for many invocations.
/// Failures are not kept: the next invocation finds out for itself.
#[derive(Clone)]
pub struct Organizations(Arc<Inner>);

struct Inner {
    secrets: SecretsManager,
    http: reqwest::Client,
    prefix: String,
    options: Options,
    slots: Lock<BTreeMap<OrgAlias, Slot>>,
}

/// When the secret is read.
#[derive(Clone, Copy)]
enum Reading {
    IfUnknown,
    Anew,
    /// Anew, and nothing is done where it is the same.
    IfChanged,
}

/// The client of one org. Each has a lock of its own, so that a slow org keeps no other waiting, and two who want the same
/// org ask for one token.
type Slot = Arc<Mutex<Option<Client>>>;

/// Why there is no signed-in client for an org.
#[derive(Debug, thiserror::Error)]
pub enum OrganizationError {
    /// No secret has the name of the org, or the one that has it was never filled or is about to be deleted: Secrets Manager
    /// answers all of them with `ResourceNotFoundException` or `InvalidRequestException`.
    #[error("there is no secret for org {org}, or it was never filled")]
    Unknown {
        /// The org.
        org: OrgAlias,
    },
    /// The secret lacks something or holds something else. The cause names the field and never its value.
    #[error("the secret of org {org} cannot be used")]
    NotFilled {
        /// The org.
        org: OrgAlias,
        /// What is wrong with the secret.
        #[source]
        source: CredentialsError,
    },
    /// Salesforce refuses the sign-in with the secret as it is now. A person has to change something.
    #[error("sign-in to org {org} refused")]
    SignInRefused {
        /// The org.
        org: OrgAlias,
        /// The answer.
        #[source]
        source: SignInError,
    },
    /// Something else lasts in the org, in AWS or in the secret until a person mends it: repeating does not help.
    #[error("org {org} is not ready")]
    NotReady {
        /// The org.
        org: OrgAlias,
        /// What it is, and what to do.
        #[source]
        source: NotReady,
    },
    /// Secrets Manager, KMS or Salesforce cannot be reached, or not in time. Later may be better.
    #[error("org {org} cannot be reached")]
    Unavailable {
        /// The org.
        org: OrgAlias,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl Organizations {
    /// The orgs of a function on these clients.
    #[must_use]
    pub fn of(clients: &Clients) -> Self {
        let clock = clients.clock.clone();
        Self::with(clients, Options::new(Arc::new(move || clock.now())))
    }

    /// The same, asked with other options. For a rehearsal.
    #[must_use]
    pub fn with(clients: &Clients, mut options: Options) -> Self {
        options.signer.get_or_insert_with(|| Arc::new(KeyService::new(clients.aws.clone())));
        let prefix = clients.configuration.secret_prefix.as_str();
        Self::new(clients.secrets.clone(), clients.http.clone(), prefix, options)
    }

    /// Orgs whose secrets are named `prefix` + alias.
    #[must_use]
    pub fn new(
        secrets: SecretsManager,
        http: reqwest::Client,
        prefix: impl Into<String>,
        options: Options,
    ) -> Self {
        let slots = Lock::default();
        Self(Arc::new(Inner { secrets, http, prefix: prefix.into(), options, slots }))
    }

    /// A handle of the org's client that holds a token, starts nothing after `deadline` and counts its own calls, the
    /// sign-in among them.
    ///
    /// Where there is no sign-in with it for a cause that lasts, the secret is read again once; if it is another one by now, the
    /// sign-in is tried again with that. So a rotated secret needs no deployment.
    ///
    /// # Errors
    /// [`OrganizationError`]; past `deadline` it is [`OrganizationError::Unavailable`].
    pub async fn connect(
        &self,
        org: &OrgAlias,
        deadline: Instant,
    ) -> Result<Client, OrganizationError> {
        let opened = self.0.open(org, deadline, Reading::IfUnknown).await?;
        // A client that is asked for as it is known is always there.
        opened.ok_or_else(|| unavailable(org, "there is no client"))
    }

    /// The clients with which something is tried at an org until `deadline`.
    #[must_use]
    pub fn attempts<'a>(&'a self, org: &'a OrgAlias, deadline: Instant) -> Attempts<'a> {
        let readings = [Reading::IfUnknown, Reading::Anew].into_iter();
        Attempts { organizations: self, org, deadline, readings }
    }

    /// Fetches what most invocations need before the first of them, in the phase that the platform runs at full speed: secret and
    /// token of the org `main`, and at the same time what opens the connection to the ledger. A failure is logged and is not fatal:
    /// the invocation tries again and has somebody to tell.
    pub fn prefetch_with<T, E: Error + 'static>(
        &self,
        ledger: impl Future<Output = Result<T, E>>,
    ) -> impl Future<Output = ()> {
        // On the heap: what both wait for is too much for a stack.
        Box::pin(async {
            join(runtime::ahead("ledger", ledger), self.prefetch(&OrgAlias::default())).await;
        })
    }

    async fn prefetch(&self, org: &OrgAlias) {
        match self.connect(org, Instant::now() + PREFETCH).await {
            Ok(_) => tracing::debug!(%org, "org prefetched"),
            Err(error) => tracing::warn!(%org, error = chain(&error), "org not prefetched"),
        }
    }
}

/// The clients with which something is tried at an org: the next one is for when Salesforce has refused all that is asked with the first,
/// or another session.
pub struct Attempts<'a> {
    organizations: &'a Organizations,
    org: &'a OrgAlias,
    deadline: Instant,
    readings: IntoIter<Reading, 2>,
}

impl Attempts<'_> {
    /// First the client as [`Organizations::connect`] gives it, then that of the secret read anew, for the key may have been changed
    /// meanwhile; where the secret is the same, so is the client. `None` when both were tried.
    pub async fn next(&mut self) -> Option<Result<Client, OrganizationError>> {
        let reading = self.readings.next()?;
        self.organizations.0.open(self.org, self.deadline, reading).await.transpose()
    }

    /// As [`Attempts::next`], and `None` also where the secret is the same: where the org refuses whatever is asked, nothing else would
    /// come of it.
    pub async fn next_if_changed(&mut self) -> Option<Result<Client, OrganizationError>> {
        self.readings.next()?;
        self.organizations.0.open(self.org, self.deadline, Reading::IfChanged).await.transpose()
    }
}

impl fmt::Debug for Organizations {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Organizations")
    }
}

impl Inner {
    fn slot(&self, org: &OrgAlias) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(org.clone()).or_default())
    }

    async fn open(
        &self,
        org: &OrgAlias,
        deadline: Instant,
        reading: Reading,
    ) -> Result<Option<Client>, OrganizationError> {
        let opened = async {
            let slot = self.slot(org);
            let mut slot = slot.lock().await;
            self.fill(org, &mut slot, deadline, reading).await
        };
        let elapsed = |elapsed: Elapsed| unavailable(org, elapsed);
        timeout_at(deadline, opened).await.map_err(elapsed)?
    }

    async fn fill(
        &self,
        org: &OrgAlias,
        slot: &mut Option<Client>,
        deadline: Instant,
        reading: Reading,
    ) -> Result<Option<Client>, OrganizationError> {
        let client = match (slot.take(), reading) {
            (Some(client), Reading::IfUnknown) => client,
            (known, _) => {
                let client = self.client(org, known.as_ref()).await?;
                let is_known = known.is_some_and(|it| it.credentials() == client.credentials());
                if is_known && matches!(reading, Reading::IfChanged) {
                    return Ok(None);
                }
                client
            }
        };
        let refusal = match sign_in(org, &client, deadline).await {
            Err(
                refusal @ (OrganizationError::SignInRefused { .. }
                | OrganizationError::NotReady { .. }),
            ) => refusal,
            signed_in => {
                // Where nobody answers, the address in the secret may be the mistake: next time it is read again.
                *slot = signed_in.is_ok().then_some(client);
                return signed_in.map(Some);
            }
        };
        // What is known of the first secret is not forgotten because there is no second look.
        let Ok(renewed) = self.client(org, Some(&client)).await else { return Err(refusal) };
        if renewed.credentials() == client.credentials() {
            return Err(refusal);
        }
        let handle = sign_in(org, &renewed, deadline).await?;
        *slot = Some(renewed);
        Ok(Some(handle))
    }

    /// The client that the secret describes now: `known` if it is that one.
    async fn client(
        &self,
        org: &OrgAlias,
        known: Option<&Client>,
    ) -> Result<Client, OrganizationError> {
        let name = format!("{}{org}", self.prefix);
        let secret = secret::read(&self.secrets, &name).await.map_err(|error| match error {
            Unread::Absent => OrganizationError::Unknown { org: org.clone() },
            Unread::Lasting(source) => OrganizationError::NotReady { org: org.clone(), source },
            Unread::Unavailable(source) => unavailable(org, source),
        })?;
        let credentials = Credentials::from_secret(&secret)
            .map_err(|source| OrganizationError::NotFilled { org: org.clone(), source })?;
        Ok(match known {
            Some(known) if *known.credentials() == credentials => known.clone(),
            Some(_) | None => Client::new(self.http.clone(), credentials, self.options.clone()),
        })
    }
}

async fn sign_in(
    org: &OrgAlias,
    client: &Client,
    deadline: Instant,
) -> Result<Client, OrganizationError> {
    let handle = client.until(deadline);
    match handle.sign_in().await {
        Ok(()) => Ok(handle),
        Err(error) => Err(match (error.not_ready(), error) {
            (Some(source), _) => OrganizationError::NotReady { org: org.clone(), source },
            (None, ClientError::SignIn(source)) => {
                OrganizationError::SignInRefused { org: org.clone(), source }
            }
            (None, error) => unavailable(org, error),
        }),
    }
}

fn unavailable(
    org: &OrgAlias,
    source: impl Into<Box<dyn Error + Send + Sync>>,
) -> OrganizationError {
    OrganizationError::Unavailable { org: org.clone(), source: source.into() }
}
