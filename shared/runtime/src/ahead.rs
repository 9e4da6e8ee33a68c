//! What is fetched before the first invocation, in the phase that the platform runs at full speed whatever a function's size.

use std::error::Error;
use std::time::Duration;

use tokio::time::timeout;

use crate::log::chain;

/// How long fetching ahead may take. The platform allows ten seconds for the whole first phase.
pub(crate) const PREFETCH: Duration = Duration::from_secs(5);

/// Waits for what is fetched ahead, and gives up on it after five seconds. A failure is logged and is not fatal: the
/// invocation tries again and has somebody to tell.
pub async fn ahead<T, E: Error + 'static>(what: &str, fetched: impl Future<Output = Result<T, E>>) {
    match timeout(PREFETCH, fetched).await {
        Ok(Ok(_)) => tracing::debug!(what, "prefetched"),
        Ok(Err(error)) => tracing::warn!(what, error = chain(&error), "not prefetched"),
        Err(elapsed) => tracing::warn!(what, error = chain(&elapsed), "not prefetched"),
    }
}
