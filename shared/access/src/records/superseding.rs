//! Which grant already records something newer than a request that arrives.

use jiff::{SignedDuration, Timestamp};

use super::customer::Customer;
use super::grant::Grant;
use super::state::Phase;
use super::word::{Asked, WithdrawnOf, is_surely_before};
use crate::words::{Group, ProjectId};

/// How long a word is kept: a request that is older than this is not carried out at all.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 61);

/// How many words are kept; the oldest give way.
const MAXIMUM_WORDS: usize = 16;

impl Customer {
    /// Keeps a word for as long as an older request may arrive.
    pub(crate) fn remember(&mut self, word: WithdrawnOf, now: Timestamp) {
        let WithdrawnOf { at, project, group } = &word;
        let is_said = |it: &WithdrawnOf| it.project == *project && it.group == *group;
        let is_older = self.withdrawn.iter().any(|it| is_said(it) && it.at >= *at);
        if is_older {
            return;
        }
        self.withdrawn.retain(|it| !is_said(it) && now.duration_since(it.at) <= KEPT);
        self.withdrawn.push(word);
        self.withdrawn.sort_by_key(|it| it.at);
        let surplus = self.withdrawn.len().saturating_sub(MAXIMUM_WORDS);
        self.withdrawn.drain(..surplus);
    }

    /// Whether access was withdrawn since a request asked for it.
    #[must_use]
    pub fn is_withdrawn_since(&self, project: &ProjectId, group: &Group, asked: &Asked) -> bool {
        self.withdrawn.iter().any(|it| it.outdates(project, group, asked))
    }

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
            let is_over_since = match grant.state.phase() {
                Phase::Open => {
                    // Where a request and a withdrawal have the same instant, the withdrawal counts.
                    grant.withdrawn.as_ref().is_some_and(|it| !is_surely_before(it.at, asked.at))
                }
                Phase::Over(end) => is_surely_before(asked.at, end.since),
                Phase::Refused => return false,
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
