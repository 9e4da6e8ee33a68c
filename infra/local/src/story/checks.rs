//! What the story claims, held against the simulated org and the ledger.

use std::fmt::Debug;

/// The claims so far.
#[derive(Debug, Default)]
pub(crate) struct Checks {
    count: usize,
    failed: Vec<String>,
}

impl Checks {
    /// A claim that holds or does not.
    pub(crate) fn that(&mut self, claim: &str, holds: bool) {
        self.same(claim, holds, true);
    }

    /// A claim about something found.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a claim reads as a sentence without references"
    )]
    pub(crate) fn same<T: Debug + PartialEq<E>, E: Debug>(
        &mut self,
        claim: &str,
        found: T,
        expected: E,
    ) {
        self.count += 1;
        if found != expected {
            self.failed.push(format!("{claim}: found {found:?}, expected {expected:?}"));
        }
    }

    /// How many claims were made.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Those that do not hold.
    pub(crate) fn failed(&self) -> &[String] {
        &self.failed
    }
}

#[cfg(test)]
mod tests {
    use super::Checks;

    #[test]
    fn a_claim_that_does_not_hold_is_kept_with_what_was_found() {
        let mut checks = Checks::default();
        checks.that("water is wet", true);
        checks.same("the number of moons", 1, 2);
        assert_eq!(checks.count(), 2);
        assert_eq!(checks.failed(), ["the number of moons: found 1, expected 2"]);
    }
}
