//! How a run asks to be continued: by an event, a bounded number of times.

use access::{Announcement, AnnouncementKind, OrgAlias};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How often a run may be continued. Fifteen minutes each, so a night is more than covered; what is then still due
/// waits for the next night's sweep.
pub const MAXIMUM_CONTINUATIONS: u32 = 24;

/// The detail of a `Continuation` event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Continuation {
    /// The function that is to go on.
    pub function: String,
    /// The org, where the run is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org: Option<OrgAlias>,
    /// The project, where the run is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_id: Option<String>,
    /// How many continuations came before, this one included.
    pub attempt: u32,
}

impl Continuation {
    /// The event that asks for the next continuation, or `None` when there were enough.
    ///
    /// Its id is that of the run, so that a repeated run asks once.
    #[must_use]
    pub fn announcement(&self, run_id: &str, now: Timestamp) -> Option<Announcement> {
        if self.attempt > MAXIMUM_CONTINUATIONS {
            return None;
        }
        let id = format!("{run_id}-Continuation-{}", self.attempt);
        let org = self.org.clone().unwrap_or_default();
        let extra = serde_json::to_value(self).ok()?;
        Some(Announcement::new(id, AnnouncementKind::Continuation, &org, now, extra))
    }
}
