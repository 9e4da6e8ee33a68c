//! What the rules for sources have against access that was asked for before.

use super::{Shown, View};
use crate::records::Grant;

impl View<'_> {
    /// Whether access was asked for, has not been given yet, and may not be asked for any more: then nobody gives it.
    pub(super) fn is_forbidden(&self, grant: &Grant) -> bool {
        let is_open = grant.is_requested() && grant.joined.is_none() && !self.is_asking;
        if !is_open || !matches!(self.shown(grant), Shown::Absent { .. }) {
            return false;
        }
        let email = &self.customer.email;
        if !self.policy.domains.admits(email) {
            return true;
        }
        let Some(source) = &grant.source else { return false };
        let Ok(authority) = self.policy.authority(source) else { return true };
        let (org, project) = (&self.customer.org, &grant.project);
        authority.admits(email).is_err()
            || authority.may_ask(org, project, [grant.role]).is_err()
            || authority.may_enter(&grant.group).is_err()
    }

    /// Whether somebody else came by the link of a grant by which one was seen to join, under an address that may not be let in, where
    /// that ends it. Who is the first to join is told before anything follows from it.
    pub(super) fn is_elsewhere(&self, grant: &Grant) -> bool {
        if grant.joined.is_none() {
            return false;
        }
        let places = self.places(&grant.group.id);
        let further = places.filter(|place| !self.customer.users.contains(&place.user));
        let mut addresses =
            further.filter_map(|place| self.observed.users.get(&place.user)?.email.as_ref());
        addresses.any(|it| {
            *it != self.customer.email && self.policy.ends_elsewhere(grant.source.as_ref(), it)
        })
    }
}
