//! Which grant already records something newer than a request that arrives.

use super::customer::Customer;
use super::grant::Grant;
use super::state::Phase;
use super::word::{Asked, is_surely_before};
use crate::words::{Group, ProjectId};

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
            let is_over_since = match grant.state.phase() {
                Phase::Open => {
                    // Of one instant the word that ends counts.
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
