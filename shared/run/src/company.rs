//! Who else is concerned when customers are looked at: the same people under other addresses, and strangers in their groups.

use std::collections::{BTreeMap, BTreeSet};

use access::{Customer, Email, Grant, Observed, Sight, State, Stranger, Unseen};
use chatter::{Act, Observe, Sightings, Unavailable};
use runtime::chain;

use crate::known::Known;
use crate::org::OrgRun;

impl<O: Observe, A: Act> OrgRun<'_, O, A> {
    /// Reads customers in Salesforce, and takes those for strangers in a group for whom no grant answers.
    pub(crate) async fn observe(&self, customers: &[&Customer]) -> Result<Sightings, Unavailable> {
        let mut sightings = self.observe.customers(customers).await?;
        let strangers = || sightings.observed.values().flat_map(|it| &it.strangers);
        if strangers().next().is_none() {
            return Ok(sightings);
        }
        let emails: BTreeSet<Email> = strangers().filter_map(|it| it.email.clone()).collect();
        let emails: Vec<Email> = emails.into_iter().collect();
        let others = match self.reader.customers(self.org, &emails).await {
            Ok(records) => records.read,
            Err(error) => {
                // Whoever may be answered for stays a stranger: then nothing is proven.
                tracing::warn!(org = %self.org, error = chain(&error), "strangers not looked up");
                BTreeMap::new()
            }
        };
        let answers = |stranger: &Stranger| {
            let mut all = others.values().chain(customers.iter().copied());
            all.any(|customer| answers_for(customer, stranger))
        };
        for observed in sightings.observed.values_mut() {
            observed.strangers.retain(|stranger| !answers(stranger));
        }
        Ok(sightings)
    }

    /// The customers beside the known ones who are the same person as one of them under another address, as far as the ledger has
    /// anything of them.
    pub(crate) async fn further(
        &self,
        known: &Known,
        sightings: &mut Sightings,
    ) -> BTreeSet<Email> {
        let aliases = sightings.observed.values().flat_map(|it| it.aliases.iter());
        let aliases: BTreeSet<&Email> =
            aliases.filter(|it| !known.customers.contains_key(*it)).collect();
        let aliases: Vec<Email> = aliases.into_iter().cloned().collect();
        if aliases.is_empty() {
            return BTreeSet::new();
        }
        match self.reader.customers(self.org, &aliases).await {
            Ok(records) => {
                blur(sightings, &records.unreadable);
                let has_any = records.read.into_iter().filter(|(_, it)| !it.grants.is_empty());
                has_any.map(|(email, _)| email).collect()
            }
            Err(error) => {
                tracing::warn!(org = %self.org, error = chain(&error), "aliases not read");
                blur(sightings, &aliases.into_iter().collect());
                BTreeSet::new()
            }
        }
    }
}

/// Whether an open grant of the customer, or one that is being ended, answers for a user in a group.
fn answers_for(customer: &Customer, stranger: &Stranger) -> bool {
    let is_theirs =
        customer.users.contains(&stranger.user) || stranger.email.as_ref() == Some(&customer.email);
    let is_answering = |grant: &Grant| {
        stranger.group.as_ref().is_none_or(|group| grant.group.id == *group)
            && (grant.is_open() || matches!(grant.state, State::Ending { .. }))
    };
    is_theirs && customer.grants.values().any(is_answering)
}

/// Notes that those who share a user with one of these customers are not looked at: then absence proves nothing.
pub(crate) fn blur(sightings: &mut Sightings, unread: &BTreeSet<Email>) {
    let is_concerned = |it: &&mut Observed| it.aliases.iter().any(|alias| unread.contains(alias));
    for observed in sightings.observed.values_mut().filter(is_concerned) {
        observed.sight.blur(&Sight::but([Unseen::NotRead]));
    }
}
