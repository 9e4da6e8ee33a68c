//! How long to wait before DynamoDB is asked again, and when to give up.
//!
//! The SDK repeats requests that failed. What is repeated here are answers that are no failures to it: transactions
//! that were crossed by others, and batches of which a part was put off.

use std::time::Duration;

/// How often in a row the same thing may come to nothing.
pub(crate) const ATTEMPTS: u32 = 6;

/// The first pause, at most; each later one may be twice as long as the one before.
const FIRST: Duration = Duration::from_millis(50);

/// Counts what comes to nothing.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    fruitless: u32,
}

impl Patience {
    /// Takes note of an attempt that left `left` of `asked` undone, and says how long to wait; `None` = give up.
    ///
    /// `chance` is a random number from 0 to 1: the whole pause is random, so that those who met do not meet again.
    /// An attempt that got anything done starts the count again; as it leaves less to do, there is an end to that.
    pub(crate) fn pause(&mut self, asked: usize, left: usize, chance: f64) -> Option<Duration> {
        self.fruitless = if left < asked { 0 } else { self.fruitless + 1 };
        if self.fruitless >= ATTEMPTS {
            return None;
        }
        let longest = FIRST * 2_u32.pow(self.fruitless.saturating_sub(1));
        Some(longest.mul_f64(chance.clamp(0.0, 1.0)))
    }

    /// Waits as [`Patience::pause`] says; `false` = give up.
    pub(crate) async fn wait(&mut self, asked: usize, left: usize) -> bool {
        let Some(pause) = self.pause(asked, left, fastrand::f64()) else {
            return false;
        };
        tokio::time::sleep(pause).await;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Patience;

    #[test]
    fn pauses_double_and_end_after_six_attempts_without_progress() {
        let mut patience = Patience::default();
        let pauses: Vec<_> = (0..6).map(|_| patience.pause(10, 10, 1.0)).collect();
        let milliseconds = |count| Some(Duration::from_millis(count));
        let expected = [50, 100, 200, 400, 800].map(milliseconds);
        assert_eq!(pauses[..5], expected);
        assert_eq!(pauses[5], None);
    }

    #[test]
    fn progress_starts_the_count_again() {
        let mut patience = Patience::default();
        for left in (1..100).rev() {
            assert!(patience.pause(left + 1, left, 0.5).is_some(), "{left}");
        }
        for _ in 0..5 {
            assert!(patience.pause(1, 1, 0.5).is_some());
        }
        assert_eq!(patience.pause(1, 1, 0.5), None);
    }

    #[test]
    fn a_pause_is_never_longer_than_its_bound_whatever_chance_says() {
        for chance in [-1.0, 0.0, 0.3, 1.0, 7.0] {
            let pause = Patience::default().pause(1, 1, chance).unwrap();
            assert!(pause <= Duration::from_millis(50), "{chance}");
        }
    }
}
