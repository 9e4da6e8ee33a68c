//! Nobody who is promised a place is taken out of it.

use std::collections::BTreeSet;

use access::{Grant, State};

use super::{Life, Place};
use crate::truth::deed::CUSTOMERS;

impl Life {
    /// The places of users whom the ledger knows as customers with an active grant for the group, by customer.
    pub(super) async fn promised(&self) -> BTreeSet<(Place, String)> {
        let members = self.org().members();
        let is_in = |user: &str, group: &str| {
            members.iter().any(|it| it.user_id == user && it.group_id == group)
        };
        let mut promised = BTreeSet::new();
        for email in CUSTOMERS {
            let customer = self.customer(email).await;
            let active = customer.grants.values().filter(|it| is_active(it));
            for group in active.map(|it| it.group.id.as_str()) {
                let users = customer.users.iter().filter(|user| is_in(user.as_str(), group));
                let places = users.map(|it| ((email.to_owned(), group.to_owned()), it.to_string()));
                promised.extend(places);
            }
        }
        promised
    }

    /// Whoever an active grant holds in a group is not taken out by what Lanyard does, whatever else ends.
    pub(super) async fn nothing_is_taken(
        &self,
        promised: &BTreeSet<(Place, String)>,
    ) -> Result<(), String> {
        let members = self.org().members();
        for ((email, group), user) in promised {
            let is_in = members.iter().any(|it| it.user_id == *user && it.group_id == *group);
            let customer = self.customer(email).await;
            let mut grants = customer.grants.values();
            let is_promised =
                grants.any(|it| it.group.id.as_str() == group.as_str() && is_active(it));
            if !is_in && is_promised && customer.users.iter().any(|it| it.as_str() == user) {
                return Err(format!("{email} is taken out although an active grant holds them"));
            }
        }
        Ok(())
    }
}

fn is_active(grant: &Grant) -> bool {
    matches!(grant.state, State::Active { .. })
}
