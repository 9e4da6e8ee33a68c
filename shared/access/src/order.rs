//! Which of two words about the same access is the newer one, whatever order they arrive in.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Customer, Grant, Group, ProjectId, State};

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

impl Asked {
    /// A request of an instant, by an id that is the same when it is delivered again.
    #[must_use]
    pub fn new(at: Timestamp, by: &str) -> Self {
        Self { at, by: vec![by.chars().take(64).collect()] }
    }

    /// Whether it is older than what was taken, or was taken before another one of the same instant.
    fn is_before(&self, taken: &Self) -> bool {
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

impl Customer {
    /// The grant for which a request comes too late: it records a newer one, was withdrawn since, or has ended since. A request that
    /// is repeated is no older than itself.
    pub fn superseding(
        &self,
        project: &ProjectId,
        is_group: impl Fn(&Group) -> bool,
        asked: &Asked,
    ) -> Option<&Grant> {
        let of = |it: &&Grant| it.project == *project && is_group(&it.group);
        let is_newer = |grant: &&Grant| {
            let is_over_since = match &grant.state {
                State::Requested { .. } | State::Invited { .. } | State::Active { .. } => {
                    // Of one instant the word that ends counts.
                    grant.withdrawn.as_ref().is_some_and(|it| !is_surely_before(it.at, asked.at))
                }
                State::Ending { since, .. } => is_surely_before(asked.at, *since),
                State::Ended { at, .. } => is_surely_before(asked.at, *at),
                State::Refused { .. } => return false,
            };
            let taken = match &grant.asked {
                Some(taken) => asked.is_before(taken),
                None => is_surely_before(asked.at, grant.requested_at),
            };
            is_over_since || taken
        };
        let mut newer: Vec<&Grant> = self.grants.values().filter(of).filter(is_newer).collect();
        newer.sort_by_key(|grant| (!grant.is_open(), grant.requested_at));
        newer.into_iter().next()
    }
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
