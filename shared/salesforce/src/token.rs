//! One access token, shared by all handles of a client.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Mutex;

use crate::sign_in::{Granted, Identity};
use crate::{ClientError, SignInError};

/// A token is not used in the last minute of its life, or in the last tenth of a short one.
const MARGIN: Duration = Duration::from_mins(1);

/// A token that is refused within this time, and was never taken, is not refused for its age.
const FRESH: Duration = Duration::from_mins(1);

/// A token with the address it is good for.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) token: Arc<str>,
    pub(crate) instance: Arc<str>,
    pub(crate) identity: Arc<Identity>,
    fetched: Timestamp,
    expires: Timestamp,
    /// Whether the host has ever taken it.
    is_taken: Arc<AtomicBool>,
}

impl Session {
    /// Notes that the host has taken the token.
    pub(crate) fn note_taken(&self) {
        self.is_taken.store(true, Ordering::Relaxed);
    }

    /// Whether the token is so new that another one would fare no better.
    pub(crate) fn is_fresh(&self, now: Timestamp) -> bool {
        let is_young = self.fetched.checked_add(FRESH).is_ok_and(|end| now < end);
        is_young && !self.is_taken.load(Ordering::Relaxed)
    }
}

/// Keeps a token until it is old, or refused.
pub(crate) struct TokenCache {
    life: Duration,
    slot: Mutex<Slot>,
    /// Counts refusals, so that those who waited for a sign-in that was refused do not each try it again:
    /// repeated refusals lock the user out.
    refusals: AtomicU64,
}

#[derive(Default)]
struct Slot {
    session: Option<Session>,
    refusal: Option<SignInError>,
}

impl TokenCache {
    pub(crate) fn new(life: Duration) -> Self {
        Self { life, slot: Mutex::default(), refusals: AtomicU64::new(0) }
    }

    /// The token that is there, or the one that `sign_in` fetches. Concurrent callers sign in once.
    pub(crate) async fn get(
        &self,
        clock: &(dyn Fn() -> Timestamp + Send + Sync),
        sign_in: impl Future<Output = Result<Granted, ClientError>>,
    ) -> Result<Session, ClientError> {
        let refusals = self.refusals.load(Ordering::Acquire);
        let mut slot = self.slot.lock().await;
        if let Some(session) = slot.session.as_ref().filter(|session| self.lives(session, clock()))
        {
            return Ok(session.clone());
        }
        if let Some(refusal) = slot.refusal.as_ref()
            && self.refusals.load(Ordering::Acquire) != refusals
        {
            return Err(ClientError::SignIn(refusal.clone()));
        }
        *slot = Slot::default();
        match sign_in.await {
            Ok(granted) => Ok(slot.session.insert(self.session(granted, clock())).clone()),
            Err(error) => {
                if let ClientError::SignIn(refusal) = &error {
                    slot.refusal = Some(refusal.clone());
                    self.refusals.fetch_add(1, Ordering::Release);
                }
                Err(error)
            }
        }
    }

    /// Drops this very token, and not one that somebody fetched since.
    pub(crate) async fn forget(&self, refused: &Session) {
        let mut slot = self.slot.lock().await;
        if slot.session.as_ref().is_some_and(|session| session.token == refused.token) {
            slot.session = None;
        }
    }

    fn session(&self, granted: Granted, now: Timestamp) -> Session {
        Session {
            token: granted.access_token.into(),
            instance: granted.instance.into(),
            identity: Arc::new(granted.identity),
            fetched: now,
            is_taken: Arc::default(),
            expires: now.checked_add(self.life).unwrap_or(Timestamp::MAX),
        }
    }

    fn lives(&self, session: &Session, now: Timestamp) -> bool {
        let margin = MARGIN.min(self.life / 10);
        now.checked_add(margin).is_ok_and(|soon| soon < session.expires)
    }
}
