//! What random draws begin with, so that every one can be made again.

use std::env;
use std::fmt;

/// Where draws begin when nobody says otherwise: the gate draws the same each time, since one that is red by chance says nothing
/// about the change before it.
const DEFAULT: u64 = 2027;

/// A seed, and how many times as much as usual is to be drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seed {
    seed: u64,
    times: usize,
}

impl Seed {
    /// The seed in `LANYARD_SEED`, and the factor in `LANYARD_TIMES`.
    pub(crate) fn from_environment() -> Self {
        let number = |name| {
            let text = env::var(name).ok()?;
            Some(text.parse().unwrap_or_else(|_| panic!("{name} is not a number: {text}")))
        };
        let times = number("LANYARD_TIMES").unwrap_or(1);
        Self {
            seed: number("LANYARD_SEED").unwrap_or(DEFAULT),
            times: usize::try_from(times).expect("a count"),
        }
    }

    /// A source of draws for one purpose.
    pub(crate) fn random(self, purpose: &str) -> fastrand::Rng {
        let mixed = purpose
            .bytes()
            .fold(self.seed, |mixed, byte| mixed.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte));
        fastrand::Rng::with_seed(mixed)
    }

    /// How many draws to make where so many are usual.
    pub(crate) fn count(self, usual: usize) -> usize {
        usual * self.times
    }
}

/// As it is to be given to draw the same again.
impl fmt::Display for Seed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "LANYARD_SEED={} LANYARD_TIMES={}", self.seed, self.times)
    }
}
