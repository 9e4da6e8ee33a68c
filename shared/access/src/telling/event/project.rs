//! Events about a project.

use jiff::Timestamp;
use serde::Serialize;

use crate::records::{Project, ProjectChange};
use crate::words::ProjectId;

/// A project event was ignored, because a newer one is recorded. Whoever sent it may think otherwise of the project than Lanyard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProjectEventIgnored {
    /// The upstream's own id of the project.
    pub project: ProjectId,
    /// What was ignored.
    pub ignored: DatedProjectEvent,
    /// What is recorded, and stays.
    pub recorded: DatedProjectEvent,
}

/// What a project event said, and of when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DatedProjectEvent {
    /// `Project Closed` or `Project Reopened`.
    pub detail_type: String,
    /// The instant that orders it among the project's events.
    pub at: Timestamp,
    /// Who sent it, as it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

impl ProjectEventIgnored {
    /// What is told of a change that a project ignores; `None` where it is no news at all or no later one is recorded.
    #[must_use]
    pub fn of(project: &Project, change: &ProjectChange) -> Option<Self> {
        let recorded_at = project.changed_at.filter(|_| project.ignores(change))?;
        Some(Self {
            project: project.id.clone(),
            ignored: DatedProjectEvent::new(change.closes, change.at, change.by.clone()),
            recorded: DatedProjectEvent::new(
                project.is_closed(),
                recorded_at,
                project.changed_by.clone(),
            ),
        })
    }
}

impl DatedProjectEvent {
    fn new(closes: bool, at: Timestamp, by: Option<String>) -> Self {
        let detail_type = if closes { "Project Closed" } else { "Project Reopened" };
        Self { detail_type: detail_type.to_owned(), at, by }
    }
}
