//! From the ledger to the bus: at least once, in the background of everything else.

use std::time::Duration;

use access::Announcement;
use ledger::{Reader, Writer};
use runtime::{Bus, Invocation, chain};

use crate::code::LEDGER_UNREADABLE;
use crate::fault::{Fault, Stage};
use crate::run::Run;

/// How many announcements one run publishes at most; the rest waits for the next.
const MAXIMUM: usize = 10_000;

/// How many are read from the outbox at once.
const PAGE: usize = 500;

/// What publishing leaves of the invocation's time to record the run.
const TIME_TO_RECORD: Duration = Duration::from_secs(5);

/// Publishes announcements that were just committed. What fails here stays in the outbox, and the next sweep publishes it.
pub async fn deliver(bus: &Bus, writer: &Writer, announcements: &[Announcement]) {
    if announcements.is_empty() {
        return;
    }
    let published = bus.publish(announcements).await;
    if published.ids.is_empty() {
        return;
    }
    if let Err(error) = writer.published(&published.ids).await {
        // They will be published once more, which consumers tell by the id.
        tracing::warn!(error = chain(&error), "published announcements stay in the outbox");
    }
}

/// Publishes what earlier runs could not, as long as there is time, and notes in the run what failed and whether something is left.
pub async fn publish_due(
    bus: &Bus,
    reader: &Reader,
    writer: &Writer,
    invocation: &Invocation,
    run: &mut Run,
) {
    let mut after = None;
    let mut count = 0;
    loop {
        let page = match reader.unpublished(invocation.now, None, after.as_ref(), PAGE).await {
            Ok(page) => page,
            Err(error) => {
                return run.fail([Fault::of_ledger(Stage::Publish, &error)]);
            }
        };
        let fault = |code: &str, message: &str| Fault::new(Stage::Publish, code, message);
        let unread = "an announcement is not understood";
        run.fail(page.unreadable.iter().map(|_| fault(LEDGER_UNREADABLE, unread)));
        let published = bus.publish(&page.due).await;
        count += page.due.len();
        let untaken = "the bus did not take an announcement";
        run.fail(published.failures.iter().map(|it| fault(&it.code, untaken)));
        if let Err(error) = writer.published(&published.ids).await {
            run.fail([Fault::of_ledger(Stage::Publish, &error)]);
        }
        after = page.next;
        // A bus that takes nothing of a whole page takes nothing of the next one either.
        let is_down = published.ids.is_empty() && !published.failures.is_empty();
        if after.is_none() || is_down {
            return;
        }
        if count >= MAXIMUM || invocation.remaining() < TIME_TO_RECORD {
            return run.leave();
        }
    }
}
