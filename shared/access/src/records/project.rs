//! The upstream unit of work: open or closed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::words::{OrgAlias, ProjectId};

/// What is recorded of a project. A project that is not recorded is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Project {
    /// The org.
    pub org: OrgAlias,
    /// The upstream's id.
    pub id: ProjectId,
    /// Whether it is closed.
    pub is_closed: bool,
    /// Since when it is closed, as the sender of the first close dates it; absent where the version before recorded it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
    /// The instant of the newest event that was taken, as its sender dates it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<Timestamp>,
    /// Who, as the event says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_by: Option<String>,
    /// Why, as the event says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Set while a close is not finished: some grant of the project may still give access.
    #[serde(default)]
    pub is_closing: bool,
    /// How often it was written; 0 = never.
    #[serde(default)]
    pub version: u64,
}

/// What an upstream event says about a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectChange {
    /// `true` for *Project Closed*, `false` for *Project Reopened*.
    pub closes: bool,
    /// The instant that orders events.
    pub at: Timestamp,
    /// Who, as the event says.
    pub by: Option<String>,
    /// Why, as the event says.
    pub reason: Option<String>,
}

impl Project {
    /// A project of which nothing is recorded.
    #[must_use]
    pub fn new(org: OrgAlias, id: ProjectId) -> Self {
        Self {
            org,
            id,
            is_closed: false,
            closed_at: None,
            changed_at: None,
            changed_by: None,
            reason: None,
            is_closing: false,
            version: 0,
        }
    }

    /// The project after the event, or `None` when the event changes nothing.
    ///
    /// An event older than the one recorded is late and changes nothing; on a tie closed wins.
    #[must_use]
    pub fn after(&self, change: &ProjectChange) -> Option<Self> {
        let is_late = self.changed_at.is_some_and(|recorded| {
            change.at < recorded || (change.at == recorded && (!change.closes || self.is_closed))
        });
        if is_late {
            return None;
        }
        Some(Self {
            org: self.org.clone(),
            id: self.id.clone(),
            is_closed: change.closes,
            closed_at: change.closes.then(|| self.closed_since().unwrap_or(change.at)),
            changed_at: Some(change.at),
            changed_by: change.by.clone(),
            reason: change.reason.clone(),
            is_closing: change.closes,
            version: self.version,
        })
    }

    /// Since when it is closed; `None` while it is open.
    #[must_use]
    pub fn closed_since(&self) -> Option<Timestamp> {
        self.closed_at.or(self.changed_at).filter(|_| self.is_closed)
    }

    /// The newest event that was taken; `None` where none is recorded.
    #[must_use]
    pub fn last_change(&self) -> Option<ProjectChange> {
        Some(ProjectChange {
            closes: self.is_closed,
            at: if self.is_closed { self.closed_since()? } else { self.changed_at? },
            by: self.changed_by.clone(),
            reason: self.reason.clone(),
        })
    }

    /// Whether the event changes nothing although it says something else than the newest one that was taken, or the same of an
    /// earlier instant. A repetition of the newest is no news.
    #[must_use]
    pub fn ignores(&self, change: &ProjectChange) -> bool {
        let is_repeat = self.changed_at == Some(change.at) && self.is_closed == change.closes;
        !is_repeat && self.after(change).is_none()
    }

    /// The project once nothing of it gives access any more.
    #[must_use]
    pub fn finished(&self) -> Self {
        Self { is_closing: false, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::{Project, ProjectChange};
    use crate::{OrgAlias, ProjectId};

    #[test]
    fn events_are_ordered_by_their_own_instant_and_on_a_tie_closed_wins() {
        // Events as they arrive (c = closed, r = reopened, with the day they are dated), and whether it is closed then.
        for (events, is_closed) in [
            ("", false),
            ("c1", true),
            ("c1 r2", false),
            ("r2 c1", false),
            ("c1 c1", true),
            ("c1 r1", true),
            ("r1 c1", true),
            ("c3 r2", true),
            ("c1 r2 c3", true),
            ("c3 r2 c1", true),
            ("c1 c3 r2", true),
        ] {
            let mut project = Project::new(OrgAlias::default(), ProjectId::parse("P-1").unwrap());
            for event in events.split_whitespace() {
                let (kind, day) = event.split_at(1);
                let at = format!("2027-01-0{day}T00:00:00Z").parse().unwrap();
                let change = ProjectChange { closes: kind == "c", at, by: None, reason: None };
                project = project.after(&change).unwrap_or(project);
            }
            assert_eq!(project.is_closed, is_closed, "{events}");
            assert_eq!(project.is_closing, is_closed, "{events}");
        }
    }

    #[test]
    fn a_close_says_who_and_why_and_is_finished_once() {
        let open = Project::new(OrgAlias::default(), ProjectId::parse("P-1").unwrap());
        let at = "2027-01-01T00:00:00Z".parse().unwrap();
        let (by, reason) = (Some("kim".to_owned()), Some("delivered".to_owned()));
        let change = ProjectChange { closes: true, at, by: by.clone(), reason: reason.clone() };
        let written = Project { version: 4, ..open };
        let closed = written.after(&change).unwrap();
        let expected = Project {
            is_closed: true,
            closed_at: closed.changed_at,
            changed_at: Some(at),
            changed_by: by,
            reason,
            is_closing: true,
            ..written
        };
        assert_eq!(closed, expected);
        assert_eq!(closed.finished(), Project { is_closing: false, ..expected });
        assert_eq!(closed.finished().after(&change), None, "a repeat does not begin it anew");
        let reopening =
            ProjectChange { closes: false, at: at + SignedDuration::from_secs(1), ..change };
        let reopened = closed.after(&reopening).unwrap();
        assert_eq!(reopened.after(&reopening), None, "a repeat is not news");
    }
}
