//! What is fetched before the first invocation, in the phase that the platform runs at full speed whatever a function's size.

use std::error::Error;
use std::time::Duration;

use tokio::time::timeout;

use crate::log::chain;

/// How long fetching ahead may take. The platform allows ten seconds for the whole first phase.
pub const PREFETCH: Duration = Duration::from_secs(5);

/// Waits for what is fetched ahead, and gives up on it after five seconds. A failure is logged and is not fatal: the
/// invocation tries again and has somebody to tell.
pub async fn ahead<T, E: Error + 'static>(what: &str, fetched: impl Future<Output = Result<T, E>>) {
    match timeout(PREFETCH, fetched).await {
        Ok(Ok(_)) => tracing::debug!(what, "prefetched"),
        Ok(Err(error)) => tracing::warn!(what, error = chain(&error), "not prefetched"),
        Err(elapsed) => tracing::warn!(what, error = chain(&elapsed), "not prefetched"),
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::io::Error;
    use std::time::Duration;

    use tokio::time::Instant;

    use super::ahead;

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_longer_than_five_seconds_and_nobody_for_what_has_failed() {
        let began = Instant::now();
        ahead("nothing", pending::<Result<(), Error>>()).await;
        assert_eq!(began.elapsed(), Duration::from_secs(5));

        ahead("a refusal", ready(Err::<(), _>(Error::other("refused")))).await;
        ahead("an answer", ready(Ok::<_, Error>(7))).await;
        assert_eq!(began.elapsed(), Duration::from_secs(5));
    }
}
