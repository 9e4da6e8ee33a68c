//! How a run asks to be continued: by an event, a bounded number of times.

use access::{Announcement, AnnouncementKind, OrgAlias};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How often a run may be continued. Fifteen minutes each, so a night is more than covered; what is then still due
/// waits for the next night's sweep.
const MAXIMUM_CONTINUATIONS: u32 = 24;

/// What stands between the origin of a chain of runs and the number of the continuation in the ids of its events.
const MARK: &str = "-Continuation-";

/// A run asks for its own continuation. It is for Lanyard itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Continuation {
    /// The function that is to go on.
    pub function: String,
    /// The org, where the run is about one. Every event names an org, so that an event of a run over all of them says
    /// [`Self::every_org`] too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub org: Option<OrgAlias>,
    /// The project, where the run is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_id: Option<String>,
    /// Present and true if the run goes over all orgs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub every_org: bool,
    /// How many continuations came before, this one included.
    pub attempt: u32,
}

impl Continuation {
    /// What a run asks for that has nothing but these to say: `org` is `None` for a run over all orgs.
    #[must_use]
    pub fn new(
        function: &str,
        org: Option<OrgAlias>,
        project_id: Option<String>,
        attempt: u32,
    ) -> Self {
        let every_org = org.is_none();
        Self { function: function.to_owned(), org, project_id, every_org, attempt }
    }

    /// The one org that the run is about; `None` = all of them.
    #[must_use]
    pub fn only_org(&self) -> Option<&OrgAlias> {
        self.org.as_ref().filter(|_| !self.every_org)
    }

    /// What the chain of runs began with that a continuation goes on with, from the event's detail; empty if it does not say.
    #[must_use]
    pub fn origin_of(detail: &Value) -> String {
        let id = detail.get("id").and_then(Value::as_str).unwrap_or_default();
        id.rsplit_once(MARK).map_or(id, |(origin, _)| origin).to_owned()
    }

    /// The event that asks for the next continuation, or `None` when there were enough.
    ///
    /// `origin` is what set off the first run of the chain: its id is the same whenever that is delivered again. So is that of
    /// this event then: a run that is repeated asks for the same continuation and not for another one.
    #[must_use]
    pub fn announcement(&self, origin: &str, now: Timestamp) -> Option<Announcement> {
        if self.attempt > MAXIMUM_CONTINUATIONS {
            return None;
        }
        let id = format!("{origin}{MARK}{}", self.attempt);
        let org = self.org.clone().unwrap_or_default();
        Some(Announcement::new(id, AnnouncementKind::Continuation, &org, now, self))
    }
}

#[cfg(test)]
mod tests {
    use access::OrgAlias;

    use super::{Continuation, MAXIMUM_CONTINUATIONS};

    #[test]
    fn a_run_over_all_orgs_is_continued_over_all_and_one_over_one_over_that() {
        let now = "2027-01-01T00:00:00Z".parse().unwrap();
        for org in [None, Some(OrgAlias::parse("acme").unwrap()), Some(OrgAlias::default())] {
            let asked = Continuation::new("sweep", org.clone(), None, 1);
            let event = asked.announcement("r-1", now).expect("it is the first");
            assert_eq!(event.id, "r-1-Continuation-1");
            let name = org.clone().unwrap_or_default();
            assert_eq!(event.detail["org"], serde_json::json!(name), "every event names an org");
            let read: Continuation = serde_json::from_value(event.detail).unwrap();
            assert_eq!(read.only_org(), org.as_ref());
            assert_eq!((read.function.as_str(), read.attempt), ("sweep", 1));
        }
    }

    #[test]
    fn a_chain_of_continuations_keeps_its_origin() {
        let now = "2027-01-01T00:00:00Z".parse().unwrap();
        let asked = |origin: &str, attempt| {
            Continuation::new("sweep", None, None, attempt).announcement(origin, now).unwrap()
        };
        let first = asked("a-Continuation-9-b", 1);
        assert_eq!(first.id, "a-Continuation-9-b-Continuation-1");
        let second = asked(&Continuation::origin_of(&first.detail), 2);
        assert_eq!(second.id, "a-Continuation-9-b-Continuation-2");
    }

    #[test]
    fn there_is_an_end_to_continuations() {
        let now = "2027-01-01T00:00:00Z".parse().unwrap();
        let asked = |attempt| Continuation::new("sweep", None, None, attempt);
        assert!(asked(MAXIMUM_CONTINUATIONS).announcement("r-1", now).is_some());
        assert!(asked(MAXIMUM_CONTINUATIONS + 1).announcement("r-1", now).is_none());
    }
}
