//! How much is tried, and with which draws: as the gate does, unless the environment says otherwise.

use std::env;
use std::fmt;
use std::str::FromStr;

/// Where draws begin when nobody says otherwise: the gate draws the same each time, since one that is red by chance says nothing
/// about the change before it.
const SEED: u64 = 2027;

/// Where draws begin, so that every one can be made again, and how many times as much as usual is to be drawn.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Where draws begin.
    pub seed: u64,
    times: usize,
}

impl Effort {
    /// The seed in `LANYARD_SEED`, and the factor in `LANYARD_TIMES`.
    #[must_use]
    pub fn from_environment() -> Self {
        let seed = number("LANYARD_SEED").unwrap_or(SEED);
        Self { seed, times: number("LANYARD_TIMES").unwrap_or(1) }
    }

    /// A source of draws for one purpose.
    #[must_use]
    pub fn random(self, purpose: &str) -> fastrand::Rng {
        let mixed = purpose
            .bytes()
            .fold(self.seed, |mixed, byte| mixed.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte));
        fastrand::Rng::with_seed(mixed)
    }

    /// How many draws to make where so many are usual.
    #[must_use]
    pub fn count(self, usual: usize) -> usize {
        usual * self.times
    }
}

/// As it is to be given to draw the same again.
impl fmt::Display for Effort {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "LANYARD_SEED={} LANYARD_TIMES={}", self.seed, self.times)
    }
}

/// A number that the environment gives. One that is none is a mistake that must not pass for nothing.
#[must_use]
pub fn number<T: FromStr>(name: &str) -> Option<T> {
    let text = env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is not a number: {text}")))
}
