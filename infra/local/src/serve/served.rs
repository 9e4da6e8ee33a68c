//! What the door's handlers share.

use std::sync::atomic::{AtomicU64, Ordering};

use lanyard_local::World;
use tokio::sync::Mutex;

/// A world that is served.
pub(crate) struct Served {
    pub(crate) world: World,
    pub(crate) guide: String,
    /// The sources whose events count, as in `TRUSTED_SOURCES`.
    pub(crate) sources: String,
    /// How many of the events that Lanyard emitted were looked through for continuations.
    pub(crate) looked_through: Mutex<usize>,
    numbers: AtomicU64,
}

impl Served {
    pub(crate) fn new(world: World, guide: String, sources: String) -> Self {
        let (looked_through, numbers) = (Mutex::default(), AtomicU64::new(0));
        Self { world, guide, sources, looked_through, numbers }
    }

    /// A number that nobody had before, to make ids of.
    pub(crate) fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::SeqCst) + 1
    }
}
