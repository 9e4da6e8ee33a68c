//! Reads the values of a policy that several fields share the form of.

use serde_json::Value;

use crate::words::Email;

/// About a century: the largest number of days that a policy may name.
const MAXIMUM_DAYS: u64 = 36_500;

pub(super) fn days(value: &Value) -> Result<u32, &'static str> {
    let days = value.as_u64().filter(|days| (1..=MAXIMUM_DAYS).contains(days));
    days.and_then(|days| u32::try_from(days).ok()).ok_or("must be a whole number from 1 to 36500")
}

pub(super) fn ends(value: &Value) -> Result<usize, &'static str> {
    let maximum = value.as_u64().filter(|maximum| *maximum > 0);
    let maximum = maximum.and_then(|maximum| usize::try_from(maximum).ok());
    maximum.ok_or("must be a whole number from 1")
}

pub(super) fn protected(value: &Value) -> Option<String> {
    let text = value.as_str()?.trim().to_lowercase();
    match text.strip_prefix('@') {
        Some(domain) => Email::parse(&format!("x@{domain}")).ok().map(|_| text),
        None => Email::parse(&text).ok().map(String::from),
    }
}
