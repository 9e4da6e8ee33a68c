//! Spans of time that decisions count by.

use jiff::{SignedDuration, Timestamp};

/// How long after our own write the absence of something in a read proves nothing.
///
/// Salesforce gives no promise when a query sees a write; a quarter of an hour is far beyond any lag seen, and is
/// also the longest that a Lambda invocation can live, so nothing of ours is still under way after it.
pub const SETTLING: SignedDuration = SignedDuration::from_mins(15);

/// Whether what happened at `since` is so young that a read may not show it yet.
pub(crate) fn is_settling(since: Timestamp, now: Timestamp) -> bool {
    now.duration_since(since) < SETTLING
}

/// The end of the time for which a claim that is made at `now` keeps others from sending a mail.
pub(crate) fn claim(now: Timestamp) -> Timestamp {
    now.saturating_add(SETTLING).unwrap_or(Timestamp::MAX)
}

/// A number of days of 24 hours: access is counted in instants, not in calendar days of some zone.
pub(crate) fn days_of(days: i64) -> SignedDuration {
    SignedDuration::from_hours(days.saturating_mul(24))
}
