//! Spans of time that decisions count by.

use jiff::{SignedDuration, Timestamp};

/// How long after something was sent to Salesforce it may still take effect, and how long after it took effect a query may not show it.
///
/// Salesforce gives no promise for either. A quarter of an hour is longer than its longest request, with the skew of two clocks, and
/// far beyond any lag seen.
pub const SETTLING: SignedDuration = SignedDuration::from_mins(15);

/// Whether what happened at `since` is so young that a read may not show it yet.
pub(crate) fn is_settling(since: Timestamp, now: Timestamp) -> bool {
    now.duration_since(since) < SETTLING
}

/// A number of days of 24 hours: access is counted in instants, not in calendar days of some zone.
pub(crate) fn days_of(days: i64) -> SignedDuration {
    SignedDuration::from_hours(days.saturating_mul(24))
}
