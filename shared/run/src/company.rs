//! Who else is concerned when customers are looked at: the same people under other addresses, and strangers in their groups.

use std::collections::{BTreeMap, BTreeSet};

use access::{Customer, Email, Grant, Observed, Sight, State, Stranger, Unseen, UserId};
use chatter::{Sightings, Unavailable};
use runtime::chain;

use crate::known::Known;
use crate::work::OrgRun;

impl OrgRun<'_> {
    /// Reads customers in Salesforce, and takes those for strangers in a group for whom no grant answers.
    pub(crate) async fn observe(&self, customers: &[&Customer]) -> Result<Sightings, Unavailable> {
        let mut sightings = self.observe.customers(customers).await?;
        clear(&mut sightings, &Answering::of(customers.iter().copied()));
        // Whoever is answered for by what is read already need not be read again.
        let strangers = sightings.observed.values().flat_map(|it| &it.strangers);
        let emails: BTreeSet<Email> = strangers.filter_map(|it| it.email.clone()).collect();
        if emails.is_empty() {
            return Ok(sightings);
        }
        let emails: Vec<Email> = emails.into_iter().collect();
        match self.reader.customers(self.org, &emails).await {
            Ok(others) => clear(&mut sightings, &Answering::of(others.read.values())),
            // Whoever may be answered for stays a stranger: then nothing is proven.
            Err(error) => {
                tracing::warn!(org = %self.org, error = chain(&error), "strangers not looked up");
            }
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

/// Customers by the users and the address that are theirs: a night looks up every stranger of every group among all of them.
struct Answering<'a> {
    by_user: BTreeMap<&'a UserId, Vec<&'a Customer>>,
    by_address: BTreeMap<&'a Email, Vec<&'a Customer>>,
}

impl<'a> Answering<'a> {
    fn of(customers: impl Iterator<Item = &'a Customer>) -> Self {
        let mut answering = Self { by_user: BTreeMap::new(), by_address: BTreeMap::new() };
        for customer in customers {
            for user in &customer.users {
                answering.by_user.entry(user).or_default().push(customer);
            }
            answering.by_address.entry(&customer.email).or_default().push(customer);
        }
        answering
    }

    /// Whether an open grant of whoever the stranger is, or one that is being ended, answers for them where they are.
    fn is_for(&self, stranger: &Stranger) -> bool {
        let by_user = self.by_user.get(&stranger.user).into_iter().flatten();
        let by_address = stranger.email.as_ref().and_then(|it| self.by_address.get(it));
        let mut theirs = by_user.chain(by_address.into_iter().flatten());
        let is_answering = |grant: &Grant| {
            stranger.group.as_ref().is_none_or(|group| grant.group.id == *group)
                && (grant.is_open() || matches!(grant.state, State::Ending { .. }))
        };
        theirs.any(|customer| customer.grants.values().any(is_answering))
    }
}

/// Takes those for strangers no more for whom a grant answers.
fn clear(sightings: &mut Sightings, answering: &Answering<'_>) {
    for observed in sightings.observed.values_mut() {
        observed.strangers.retain(|stranger| !answering.is_for(stranger));
    }
}

/// Notes that those who share a user with one of these customers are not looked at: then nothing is taken from that user and absence
/// proves nothing.
pub(crate) fn blur(sightings: &mut Sightings, unread: &BTreeSet<Email>) {
    let is_concerned = |it: &&mut Observed| it.aliases.iter().any(|alias| unread.contains(alias));
    for observed in sightings.observed.values_mut().filter(is_concerned) {
        observed.is_apart = true;
        observed.sight.blur(&Sight::but([Unseen::NotRead]));
    }
}
