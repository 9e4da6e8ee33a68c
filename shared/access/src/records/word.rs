//! What senders said of a grant, that it is wanted or that it is over, and which of two words is the newer one, whatever order they
//! arrive in.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::words::{Group, GroupId, ProjectId, is_one_name};

/// How many requests of one instant a grant keeps apart.
const MAXIMUM_AT_ONCE: usize = 8;

/// The newest request that a grant has taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The instant of the request, as its sender dates it.
    pub at: Timestamp,
    /// The ids of the requests of that instant, in the order in which they were taken: event buses date by the second.
    #[serde(default)]
    pub by: Vec<String>,
}

/// A withdrawal as its sender dates and explains it. The grant keeps the instant, and its history who and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    /// When access was withdrawn, as its sender dates it.
    pub at: Timestamp,
    /// Who, as the sender says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why, as the sender says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// That access was withdrawn, and of what: kept by the customer for as long as an older request may still arrive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithdrawnOf {
    /// When, as its sender dates it.
    pub at: Timestamp,
    /// The project; absent = every project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// The group; absent = every group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<NamedGroup>,
}

impl WithdrawnOf {
    /// Whether access to the group for the project was withdrawn after it was asked for, or in the same instant: then the word that
    /// ends counts.
    pub(super) fn outdates(&self, project: &ProjectId, group: &Group, asked: &Asked) -> bool {
        self.is_of(project, group) && !is_surely_before(self.at, asked.at)
    }

    fn is_of(&self, project: &ProjectId, group: &Group) -> bool {
        self.project.as_ref().is_none_or(|it| it == project)
            && self.group.as_ref().is_none_or(|it| it.is(group))
    }
}

/// A group by its record id or, in any spelling, by the name that it had when access was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NamedGroup {
    /// By id.
    Id(GroupId),
    /// By name.
    Name(String),
}

impl NamedGroup {
    /// Whether a grant's group is meant.
    #[must_use]
    pub fn is(&self, group: &Group) -> bool {
        match self {
            Self::Id(id) => group.id == *id,
            Self::Name(name) => is_one_name(&group.name, name),
        }
    }
}

impl Asked {
    /// A request of an instant, by an id that is the same when it is delivered again.
    #[must_use]
    pub fn new(at: Timestamp, by: &str) -> Self {
        Self { at, by: vec![by.chars().take(64).collect()] }
    }

    /// Whether it is older than what was taken, or was taken before another one of the same instant.
    pub(super) fn is_before(&self, taken: &Self) -> bool {
        let is_repeat = || {
            let last = taken.by.last();
            self.by.iter().all(|id| Some(id) != last && taken.by.contains(id))
        };
        if is_one_instant(self.at, taken.at) { is_repeat() } else { self.at < taken.at }
    }

    /// What a grant keeps once it has taken this request too.
    pub(crate) fn after(&self, taken: Option<&Self>) -> Self {
        let mut next = self.clone();
        if let Some(taken) = taken.filter(|it| is_one_instant(it.at, self.at)) {
            next.at = next.at.max(taken.at);
            let others = taken.by.iter().filter(|id| !self.by.contains(id));
            next.by = others.chain(&self.by).cloned().collect();
            let surplus = next.by.len().saturating_sub(MAXIMUM_AT_ONCE);
            next.by.drain(..surplus);
        }
        next
    }
}

/// Whether two instants cannot be told apart: an event bus dates by the second, so a whole second stands for all of it.
fn is_one_instant(one: Timestamp, other: Timestamp) -> bool {
    let is_whole = |at: Timestamp| at.subsec_nanosecond() == 0;
    let is_one_second = one.as_second() == other.as_second();
    one == other || (is_one_second && (is_whole(one) || is_whole(other)))
}

/// Whether what was said at `one` surely came before `other`.
pub(crate) fn is_surely_before(one: Timestamp, other: Timestamp) -> bool {
    one < other && !is_one_instant(one, other)
}

#[cfg(test)]
mod tests {
    use super::{Asked, MAXIMUM_AT_ONCE};

    #[test]
    fn the_newest_request_counts_and_of_one_instant_the_one_that_came_last() {
        // Requests as they arrive, each an id and a second, and those that are taken.
        for (arrivals, expected) in [
            ("a1 b2 a1", "a1 b2"),
            ("a1 a1", "a1 a1"),
            ("b2 a1", "b2"),
            ("a1 b1 a1", "a1 b1"),
            ("a1 b1 b1", "a1 b1 b1"),
            ("a1 b1 c2 b1 a1", "a1 b1 c2"),
            ("a1 b1 c1 b1 a1 c1", "a1 b1 c1 c1"),
            // A bus dates by the second, and others date more finely.
            ("a1.7 b1 a1.7", "a1.7 b1"),
            ("a1 b1.7 a1", "a1 b1.7"),
            ("a1.7 b1.6", "a1.7"),
            ("a1.7 b1 c1.6", "a1.7 b1"),
            ("a1.7 b2 c1.9", "a1.7 b2"),
        ] {
            let mut taken: Option<Asked> = None;
            let mut kept = Vec::new();
            for arrival in arrivals.split(' ') {
                let (id, second) = arrival.split_at(1);
                let at = format!("2027-01-01T00:00:0{second}Z").parse().unwrap();
                let asked = Asked::new(at, id);
                if taken.as_ref().is_some_and(|taken| asked.is_before(taken)) {
                    continue;
                }
                taken = Some(asked.after(taken.as_ref()));
                kept.push(arrival);
            }
            assert_eq!(kept.join(" "), expected, "{arrivals}");
        }
    }

    #[test]
    fn what_is_kept_of_one_instant_is_bounded() {
        let at = "2027-01-01T00:00:00Z".parse().unwrap();
        let mut taken = Asked::new(at, "0");
        for id in 1..100 {
            taken = Asked::new(at, &"9".repeat(id)).after(Some(&taken));
        }
        assert!(taken.by.len() <= MAXIMUM_AT_ONCE && taken.by.iter().all(|it| it.len() <= 64));
    }
}
