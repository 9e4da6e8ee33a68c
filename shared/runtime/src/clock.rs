//! The only place that reads the clock and asks for random bits.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use ring::rand::{SecureRandom, SystemRandom};

/// The present instant.
///
/// Everything else takes the time as an argument or from a [`Clock`].
#[expect(
    clippy::disallowed_methods,
    reason = "the one place in the workspace that reads the clock"
)]
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// 128 bits from the operating system.
///
/// Where it refuses them the process ends: ids that may repeat would make two grants one.
#[must_use]
fn random_bits() -> u128 {
    let mut bytes = [0; 16];
    if SystemRandom::new().fill(&mut bytes).is_err() {
        tracing::error!("the operating system refuses random bits");
        std::process::abort();
    }
    u128::from_be_bytes(bytes)
}

/// Where the present instant comes from.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The machine's clock.
    pub(crate) fn system() -> Self {
        Self::from_fn(now)
    }

    /// A clock of one's own, for rehearsals and tests.
    #[must_use]
    pub fn from_fn(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The present instant by this clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Clock")
    }
}

/// Where random bits come from.
#[derive(Clone)]
pub struct Random(Arc<dyn Fn() -> u128 + Send + Sync>);

impl Random {
    /// The operating system.
    pub(crate) fn system() -> Self {
        Self::from_fn(random_bits)
    }

    /// A source of one's own, for rehearsals and tests.
    #[must_use]
    pub fn from_fn(bits: impl Fn() -> u128 + Send + Sync + 'static) -> Self {
        Self(Arc::new(bits))
    }

    /// The next 128 bits.
    #[must_use]
    pub fn bits(&self) -> u128 {
        (self.0)()
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Random")
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, Random};

    #[test]
    fn an_injected_clock_is_the_time() {
        let at = "2027-01-31T00:00:00Z".parse().unwrap();
        assert_eq!(Clock::from_fn(move || at).now(), at);
    }

    #[test]
    fn the_operating_system_does_not_repeat_itself() {
        let random = Random::system();
        assert_ne!(random.bits(), random.bits());
    }
}
