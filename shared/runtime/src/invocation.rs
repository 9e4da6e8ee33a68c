//! One invocation: who asked, when it is, and until when.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use tracing::Span;

use crate::clock::{Clock, Random};
use crate::door::Door;

/// What a handler knows besides its payload.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The platform's id of this invocation.
    pub request_id: String,
    /// The ARN by which the function was invoked, which ends in the alias, if it was one. A rehearsal may leave it empty.
    pub function_arn: String,
    /// The present instant, read once: every decision of this invocation uses it.
    pub now: Timestamp,
    /// When it began, by the clock that only goes forward.
    pub begun: Instant,
    /// When the platform ends the process.
    pub deadline: Instant,
    /// For new ids.
    pub random: Random,
}

impl Invocation {
    /// An invocation by hand, for rehearsals and tests.
    #[must_use]
    pub fn new(request_id: &str, now: Timestamp, remaining: Duration, random: Random) -> Self {
        Self {
            request_id: request_id.to_owned(),
            function_arn: String::new(),
            now,
            begun: Instant::now(),
            deadline: Instant::now() + remaining,
            random,
        }
    }

    /// The invocation with the first of so many equal shares of the time that is left, so that what is slow takes its own share only.
    #[must_use]
    pub fn share(&self, shares: u32) -> Self {
        let share = self.remaining() / shares.max(1);
        Self { deadline: (Instant::now() + share).min(self.deadline), ..self.clone() }
    }

    /// The invocation that the platform describes. Its deadline is wall-clock time, in milliseconds since 1970.
    #[must_use]
    pub(crate) fn from_context(
        context: &lambda_runtime::Context,
        clock: &Clock,
        random: Random,
    ) -> Self {
        let now = clock.now();
        let passed = u64::try_from(now.as_millisecond()).unwrap_or(0);
        let remaining = Duration::from_millis(context.deadline.saturating_sub(passed));
        Self {
            function_arn: context.invoked_function_arn.clone(),
            ..Self::new(&context.request_id, now, remaining, random)
        }
    }

    /// By which door it came.
    #[must_use]
    pub fn door(&self) -> Door {
        Door::of(&self.function_arn)
    }

    /// The AWS account of the function; empty in a rehearsal that names no function.
    #[must_use]
    pub fn account(&self) -> &str {
        self.function_arn.split(':').nth(4).unwrap_or_default()
    }

    /// How long the platform still lets this invocation run.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// The instant that it has become meanwhile. Only for what is agreed with other processes: decisions use [`Self::now`].
    #[must_use]
    pub fn present(&self) -> Timestamp {
        self.now.saturating_add(self.begun.elapsed()).unwrap_or(Timestamp::MAX)
    }

    /// The span that puts `requestId` into every line of the invocation. It has the level of an error so that no log
    /// level takes it away.
    #[must_use]
    pub fn span(&self) -> Span {
        tracing::error_span!("invocation", requestId = self.request_id)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Invocation;
    use crate::clock::{Clock, Random};
    use crate::door::Door;

    #[test]
    fn the_deadline_is_what_the_platform_leaves() {
        // 2026-11-23T09:00:00Z is 1 795 424 400 s after 1970.
        for (deadline, seconds) in [(1_795_424_430_000, 30), (1_795_424_399_000, 0), (0, 0)] {
            let mut context = lambda_runtime::Context::default();
            context.deadline = deadline;
            context.request_id = "r-1".to_owned();
            context.invoked_function_arn =
                "arn:aws:lambda:eu-central-1:1:function:sweep:queue".to_owned();
            let clock = Clock::from_fn(|| "2026-11-23T09:00:00Z".parse().unwrap());
            let invocation = Invocation::from_context(&context, &clock, Random::from_fn(|| 7));

            assert_eq!(invocation.now.to_string(), "2026-11-23T09:00:00Z");
            assert_eq!(invocation.request_id, "r-1");
            assert_eq!((invocation.door(), invocation.account()), (Door::Queue, "1"));
            let remaining = invocation.remaining();
            assert!(remaining <= Duration::from_secs(seconds), "{remaining:?}");
            assert!(Duration::from_secs(seconds) < remaining + Duration::from_secs(5));
            let begun = invocation.begun.checked_sub(Duration::from_mins(1)).unwrap();
            let gone = Invocation { begun, ..invocation.clone() }.present();
            let gone = gone.duration_since(invocation.now).as_secs();
            assert!((60..65).contains(&gone), "{gone}");
        }
    }
}
