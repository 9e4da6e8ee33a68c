//! The versions of the API and the limits of the org.

use serde_json::{Value as Json, json};

use super::visit::Visit;
use crate::org::Org;
use crate::refusal::Refusal;
use crate::web::{self, Answer};

/// The versions that are supported without a date of retirement, Winter '18 to Winter '27.
const VERSIONS: std::ops::RangeInclusive<u32> = 41..=68;

/// `/services/data`: needs no session and does not count.
pub(super) fn list() -> Answer {
    let version = |number: u32| {
        // Three releases a year: 66 is Spring '26, 67 Summer '26, 68 Winter '27.
        let (year, season) = match number % 3 {
            0 => (number / 3 + 4, "Spring"),
            1 => (number / 3 + 4, "Summer"),
            _ => (number / 3 + 5, "Winter"),
        };
        json!({
            "label": format!("{season} '{year}"),
            "url": format!("/services/data/v{number}.0"),
            "version": format!("{number}.0"),
        })
    };
    Answer::json(200, VERSIONS.map(version).collect::<Json>())
}

/// Reads a version segment such as `v66.0`.
pub(super) fn check(segment: &str) -> Result<&str, Refusal> {
    let version = segment.strip_prefix('v').ok_or_else(Refusal::not_found)?;
    let number = version.strip_suffix(".0").and_then(|number| number.parse::<u32>().ok());
    match number {
        Some(number) if VERSIONS.contains(&number) => Ok(version),
        Some(_) => Err(Refusal::new("GONE", "The requested API version is not available.")),
        None => Err(Refusal::not_found()),
    }
}

/// `/limits`.
pub(super) fn limits(org: &Org, visit: &Visit<'_>) -> Result<Answer, Refusal> {
    if visit.method != "GET" {
        return Err(web::method_not_allowed(visit.method, "GET"));
    }
    let (limit, used) = (org.access.limit, org.access.used());
    let remaining = limit.saturating_sub(used);
    let body = json!({ "DailyApiRequests": { "Max": limit, "Remaining": remaining } });
    Ok(Answer::json(200, body))
}
