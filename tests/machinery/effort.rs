//! How much is tried, and with which draws: a part that somebody can wait for, unless the environment says that it is to be all.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fmt;
use std::io::Write as _;
use std::str::FromStr;
use std::sync::Mutex;

/// Where draws begin when nobody says otherwise: they are the same each time, since a test that is red by chance says nothing
/// about the change before it.
const SEED: u64 = 2027;

/// How often something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// While somebody waits for the answer.
    pub quick: usize,
    /// By the gate.
    pub full: usize,
}

/// How much is tried, and where draws begin, so that every one can be made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Where draws begin.
    pub seed: u64,
    times: usize,
    is_full: bool,
}

impl Effort {
    /// As the environment says: whether all is to be tried in `LANYARD_EFFORT`, the seed in `LANYARD_SEED`, and in
    /// `LANYARD_TIMES` how many times as much as usual is to be drawn.
    #[must_use]
    pub fn from_environment() -> Self {
        Self::told(variable).unwrap_or_else(|mistake| panic!("{mistake}"))
    }

    /// As the variables say of which this gives the values.
    ///
    /// # Errors
    /// Which variable says something that it may not.
    pub fn told(variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let is_full = match variable("LANYARD_EFFORT").as_deref() {
            None | Some("quick") => false,
            Some("full") => true,
            Some(other) => {
                return Err(format!("LANYARD_EFFORT is neither quick nor full: {other}"));
            }
        };
        let seed = parsed("LANYARD_SEED", &variable)?.unwrap_or(SEED);
        let times = parsed("LANYARD_TIMES", &variable)?.unwrap_or(1);
        Ok(Self { seed, times, is_full })
    }

    /// A source of draws for one purpose.
    #[must_use]
    pub fn random(self, purpose: &str) -> fastrand::Rng {
        let mixed = purpose
            .bytes()
            .fold(self.seed, |mixed, byte| mixed.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte));
        fastrand::Rng::with_seed(mixed)
    }

    /// How much of something there is to be.
    #[must_use]
    pub fn of(self, count: Count) -> usize {
        if self.is_full { count.full } else { count.quick }
    }

    /// How many draws to make.
    #[must_use]
    pub fn draws(self, count: Count) -> usize {
        self.of(count) * self.times
    }

    /// The points that are to be tried: all, or of each kind one in so many, and at least one. These are spread evenly, and
    /// begin elsewhere for each kind, so that the kinds together do not meet at the same few places.
    pub fn sample<T, K: Ord>(
        self,
        purpose: &str,
        points: impl IntoIterator<Item = T>,
        kind: impl Fn(&T) -> K,
        one_in: usize,
    ) -> Vec<T> {
        if self.is_full {
            return points.into_iter().collect();
        }
        let mut kinds: BTreeMap<K, Vec<T>> = BTreeMap::new();
        for point in points {
            kinds.entry(kind(&point)).or_default().push(point);
        }
        let mut random = self.random(purpose);
        let mut tried = Vec::new();
        for points in kinds.into_values() {
            let (all, begins) = (points.len(), random.usize(..points.len()));
            let some = (all * self.times).div_ceil(one_in).min(all);
            let places: BTreeSet<usize> =
                (0..some).map(|it| (begins + it * all / some) % all).collect();
            let is_tried = |place: &usize| places.contains(place);
            tried
                .extend(points.into_iter().enumerate().filter(|it| is_tried(&it.0)).map(|it| it.1));
        }
        tried
    }

    /// Tells that a quick effort tries a part only, once for each module.
    ///
    /// What a test prints is shown only when it fails, so that this is written past its harness: who runs the tests is to know
    /// what they have not tried.
    pub fn tell_of_part(self, module: &'static str, tried: &str) {
        static TOLD: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());
        if self.is_full || !TOLD.lock().expect("nobody panics here").insert(module) {
            return;
        }
        let line = format!(
            "{module} tries {tried}, and leaves out the others; LANYARD_EFFORT=full tries all\n"
        );
        // Where nobody can be told, nobody waits for it.
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
}

/// As it is to be given to draw the same again.
impl fmt::Display for Effort {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let effort = if self.is_full { "full" } else { "quick" };
        let Self { seed, times, .. } = self;
        write!(formatter, "LANYARD_EFFORT={effort} LANYARD_SEED={seed} LANYARD_TIMES={times}")
    }
}

/// A number that the environment gives. One that is none is a mistake that must not pass for nothing.
#[must_use]
pub fn number<T: FromStr>(name: &str) -> Option<T> {
    parsed(name, variable).unwrap_or_else(|mistake| panic!("{mistake}"))
}

fn parsed<T: FromStr>(
    name: &str,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<T>, String> {
    let Some(text) = variable(name) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| format!("{name} is not a number: {text}"))
}

fn variable(name: &str) -> Option<String> {
    env::var_os(name).map(|it| it.to_string_lossy().into_owned())
}
