//! Orders drawn by a seed.

use crate::interleaving::{Chooser, Step};

/// Draws who goes on.
#[derive(Debug)]
pub struct Draw {
    random: fastrand::Rng,
    told: Vec<String>,
}

impl Draw {
    /// The draws of one seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self { random: fastrand::Rng::with_seed(seed), told: Vec::new() }
    }

    /// The order that was drawn, in words.
    #[must_use]
    pub fn told(&self) -> &[String] {
        &self.told
    }
}

impl Chooser for Draw {
    fn choose(&mut self, steps: &[Step]) -> Option<usize> {
        // First who and then which, so that one who makes many calls at once is not always the one.
        let mut workers: Vec<usize> = steps.iter().map(|step| step.worker).collect();
        workers.dedup();
        if workers.is_empty() {
            return None;
        }
        let worker = workers[self.random.usize(..workers.len())];
        let theirs: Vec<usize> =
            (0..steps.len()).filter(|place| steps[*place].worker == worker).collect();
        let place = theirs[self.random.usize(..theirs.len())];
        self.told.push(steps[place].to_string());
        Some(place)
    }
}
