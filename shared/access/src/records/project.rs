//! The upstream unit of work: open or closed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::authority::Ownership;
use crate::words::{OrgAlias, ProjectId, Source};

/// What is recorded of a project. A project that is not recorded is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Project {
    /// The org.
    pub org: OrgAlias,
    /// The upstream's id.
    pub id: ProjectId,
    /// Who named it first, in a request or an event, as the platform said; absent where it was recorded before owners were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Source>,
    /// Whether it is open.
    #[serde(flatten)]
    pub state: ProjectState,
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
    /// How often it was written; 0 = never.
    #[serde(default)]
    pub version: u64,
}

/// Whether a project is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Flags", into = "Flags")]
pub enum ProjectState {
    /// It admits people.
    Open,
    /// It is closed, and some grant of it may still give access.
    Closing,
    /// It is closed, and nothing of it gives access.
    Closed,
}

/// A project's state as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Flags {
    is_closed: bool,
    #[serde(default)]
    is_closing: bool,
}

impl From<Flags> for ProjectState {
    fn from(flags: Flags) -> Self {
        match flags {
            Flags { is_closed: false, .. } => Self::Open,
            Flags { is_closing: true, .. } => Self::Closing,
            Flags { is_closing: false, .. } => Self::Closed,
        }
    }
}

impl From<ProjectState> for Flags {
    fn from(state: ProjectState) -> Self {
        Self { is_closed: state != ProjectState::Open, is_closing: state == ProjectState::Closing }
    }
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
            owner: None,
            state: ProjectState::Open,
            closed_at: None,
            changed_at: None,
            changed_by: None,
            reason: None,
            version: 0,
        }
    }

    /// Whose it is. `is_known` says whether anybody has or had access for it: then it was named before, whatever is recorded.
    #[must_use]
    pub fn ownership(&self, is_known: bool) -> Ownership<'_> {
        match &self.owner {
            // What was adopted nobody asked for.
            _ if self.id == ProjectId::ungoverned() => Ownership::Unrecorded,
            Some(owner) => Ownership::Of(owner),
            None if self.version == 0 && !is_known => Ownership::New,
            None => Ownership::Unrecorded,
        }
    }

    /// The project as the source's that names it, if it was never named before.
    #[must_use]
    pub fn named_by(mut self, source: &Source, is_known: bool) -> Self {
        if self.ownership(is_known) == Ownership::New {
            self.owner = Some(source.clone());
        }
        self
    }

    /// Whether it admits nobody any more.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.state != ProjectState::Open
    }

    /// Whether a close is not finished: some grant of the project may still give access.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        self.state == ProjectState::Closing
    }

    /// The project after the event, or `None` when the event changes nothing.
    ///
    /// An event older than the one recorded is late and changes nothing; on a tie closed wins.
    #[must_use]
    pub fn after(&self, change: &ProjectChange) -> Option<Self> {
        let is_late = self.changed_at.is_some_and(|recorded| {
            change.at < recorded || (change.at == recorded && (!change.closes || self.is_closed()))
        });
        if is_late {
            return None;
        }
        Some(Self {
            org: self.org.clone(),
            id: self.id.clone(),
            owner: self.owner.clone(),
            state: if change.closes { ProjectState::Closing } else { ProjectState::Open },
            closed_at: change.closes.then(|| self.closed_since().unwrap_or(change.at)),
            changed_at: Some(change.at),
            changed_by: change.by.clone(),
            reason: change.reason.clone(),
            version: self.version,
        })
    }

    /// Since when it is closed; `None` while it is open.
    #[must_use]
    pub fn closed_since(&self) -> Option<Timestamp> {
        self.closed_at.or(self.changed_at).filter(|_| self.is_closed())
    }

    /// The newest event that was taken; `None` where none is recorded.
    #[must_use]
    pub fn last_change(&self) -> Option<ProjectChange> {
        Some(ProjectChange {
            closes: self.is_closed(),
            at: if self.is_closed() { self.closed_since()? } else { self.changed_at? },
            by: self.changed_by.clone(),
            reason: self.reason.clone(),
        })
    }

    /// Whether the event changes nothing although it says something else than the newest one that was taken, or the same of an
    /// earlier instant. A repetition of the newest is no news.
    #[must_use]
    pub fn ignores(&self, change: &ProjectChange) -> bool {
        let is_repeat = self.changed_at == Some(change.at) && self.is_closed() == change.closes;
        !is_repeat && self.after(change).is_none()
    }

    /// The project once nothing of it gives access any more.
    #[must_use]
    pub fn finished(&self) -> Self {
        let state = if self.is_closed() { ProjectState::Closed } else { ProjectState::Open };
        Self { state, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::{Project, ProjectChange, ProjectState};
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
                project = project.after(&change(event)).unwrap_or(project);
            }
            let state = if is_closed { ProjectState::Closing } else { ProjectState::Open };
            assert_eq!(project.state, state, "{events}");
        }
    }

    #[test]
    fn what_changes_nothing_is_ignored_unless_it_repeats_the_newest() {
        // The events that were taken, the one that comes then, and whether it is ignored.
        for (taken, event, is_ignored) in [
            ("", "c1", false),
            ("", "r1", false),
            ("c1", "c1", false),
            ("c1", "r1", true),
            ("r1", "r1", false),
            ("r1", "c1", false),
            ("c2", "c1", true),
            ("c2", "r1", true),
            ("r2", "c1", true),
            ("r2", "r1", true),
            ("c1", "c2", false),
            ("c1", "r2", false),
        ] {
            let mut project = Project::new(OrgAlias::default(), ProjectId::parse("P-1").unwrap());
            for event in taken.split_whitespace() {
                project = project.after(&change(event)).unwrap();
            }
            assert_eq!(project.ignores(&change(event)), is_ignored, "{taken} {event}");
        }
    }

    #[test]
    fn a_project_is_closed_since_its_first_close() {
        let project = Project::new(OrgAlias::default(), ProjectId::parse("P-1").unwrap());
        assert_eq!((project.closed_since(), project.last_change()), (None, None));
        let closed = project.after(&change("c1")).unwrap();
        let again = closed.after(&change("c3")).unwrap();
        for it in [&closed, &closed.finished(), &again] {
            assert_eq!(it.closed_since(), Some(change("c1").at));
            assert_eq!(
                it.last_change(),
                Some(change("c1")),
                "what ended access is the first close"
            );
        }
        let reopened = again.after(&change("r4")).unwrap();
        assert_eq!(reopened.closed_since(), None);
        assert_eq!(reopened.last_change(), Some(change("r4")));
    }

    /// An event: c = closed, r = reopened, with the day it is dated.
    fn change(event: &str) -> ProjectChange {
        let (kind, day) = event.split_at(1);
        let at = format!("2027-01-0{day}T00:00:00Z").parse().unwrap();
        ProjectChange { closes: kind == "c", at, by: None, reason: None }
    }

    #[test]
    fn a_state_is_stored_as_two_flags_of_which_the_second_may_be_missing() {
        let project = Project::new(OrgAlias::default(), ProjectId::parse("P-1").unwrap());
        for (state, flags) in [
            (ProjectState::Open, (false, false)),
            (ProjectState::Closing, (true, true)),
            (ProjectState::Closed, (true, false)),
        ] {
            let project = Project { state, ..project.clone() };
            let mut stored = serde_json::to_value(&project).unwrap();
            let flag = |name: &str| stored[name].as_bool().unwrap();
            assert_eq!((flag("isClosed"), flag("isClosing")), flags);
            assert_eq!((project.is_closed(), project.is_closing()), flags);
            assert_eq!(serde_json::from_value::<Project>(stored.clone()).unwrap(), project);
            if !flags.1 {
                stored.as_object_mut().unwrap().remove("isClosing");
                assert_eq!(serde_json::from_value::<Project>(stored).unwrap(), project);
            }
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
            state: ProjectState::Closing,
            closed_at: closed.changed_at,
            changed_at: Some(at),
            changed_by: by,
            reason,
            ..written
        };
        assert_eq!(closed, expected);
        assert_eq!(closed.finished(), Project { state: ProjectState::Closed, ..expected });
        assert_eq!(closed.finished().after(&change), None, "a repeat does not begin it anew");
        let reopening =
            ProjectChange { closes: false, at: at + SignedDuration::from_secs(1), ..change };
        let reopened = closed.after(&reopening).unwrap();
        assert_eq!(reopened.after(&reopening), None, "a repeat is not news");
    }
}
