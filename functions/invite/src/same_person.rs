//! Customers of the ledger who are the same person as somebody asked for, under another address. They are leased first and looked at
//! then, so that nobody else changes anything for the person meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use access::{Customer, Email, Looked, Observed, OrgAlias, Outcomes, Plan, Standing, UserId};
use chatter::Sightings;
use ledger::Records;
use run::{Held, follow};
use runtime::chain;

use crate::RETRY_AFTER;
use crate::admission::Desk;
use crate::case::{Case, Fate};
use crate::failure::{unavailable, unread};
use crate::refusal::RequestRefusal;

/// Those of them of whom the ledger has anything.
#[derive(Debug, Default)]
pub(crate) struct Others {
    /// The other addresses of each customer who is asked for.
    of: BTreeMap<Email, BTreeSet<Email>>,
    /// Those that are leased.
    leased: BTreeMap<Email, Held>,
    /// Those who are asked for in the same request, as they were read; with their intents where these are recorded already.
    asked: BTreeMap<Email, Customer>,
    /// Those that others are changing, with the seconds after which to ask again.
    busy: BTreeMap<Email, u64>,
}

impl Others {
    /// The seconds after which to ask again for a customer because others are changing something for the same person.
    pub(crate) fn busy(&self, email: &Email) -> Option<u64> {
        let aliases = self.of.get(email).into_iter().flatten();
        aliases.filter_map(|alias| self.busy.get(alias)).max().copied()
    }

    /// Notes who is the same person as one of these customers, and gives those who were not met before.
    fn meet(
        &mut self,
        customers: &BTreeMap<Email, Customer>,
        sightings: &Sightings,
    ) -> BTreeSet<Email> {
        let mut new = BTreeSet::new();
        for email in customers.keys() {
            let observed = sightings.observed.get(email);
            let met = self.of.entry(email.clone()).or_default();
            for alias in observed.into_iter().flat_map(|it| &it.aliases) {
                let is_new = met.insert(alias.clone());
                if let Some(asked) = customers.get(alias) {
                    self.asked.insert(alias.clone(), asked.clone());
                } else if is_new {
                    new.insert(alias.clone());
                }
            }
        }
        new.retain(|it| !self.leased.contains_key(it) && !self.asked.contains_key(it));
        new
    }

    /// What is laid over a reading of a customer besides their own.
    pub(crate) fn beside(&self, looked: Looked) -> Looked {
        let aliases = self.of.get(&looked.customer.email).into_iter().flatten();
        let leased = |alias| self.leased.get(alias).map(|held| &held.before);
        let same = aliases.filter_map(|alias| leased(alias).or_else(|| self.asked.get(alias)));
        same.fold(looked, Looked::beside)
    }
}

impl Desk<'_> {
    /// Leases whoever is the same person as one of these customers and was not met before, and looks again at those who are more
    /// than one.
    pub(crate) async fn lease_others(
        &self,
        org: &OrgAlias,
        customers: &BTreeMap<Email, Customer>,
        sightings: &mut Sightings,
        others: &mut Others,
    ) -> Result<(), RequestRefusal> {
        let new = others.meet(customers, sightings);
        if new.is_empty() {
            return Ok(());
        }
        let at = self.invocation.present();
        let known = self.read_others(org, customers, new, others).await?;
        if known.is_empty() {
            return Ok(());
        }
        let engine = self.engine(org);
        let mut free = BTreeMap::new();
        for customer in known {
            // The request's own lease keeps it from nothing.
            if customer.is_leased_by(self.lease) {
                others.asked.insert(customer.email.clone(), customer);
                continue;
            }
            match customer.standing(at) {
                Standing::Free => {
                    free.insert(customer.email.clone(), customer);
                }
                Standing::Unclear { .. } | Standing::Busy { .. } => {
                    others.busy.insert(customer.email, RETRY_AFTER);
                }
            }
        }
        // They know of those who are asked for before these take a user from them.
        let leased = free.values().map(|it| {
            let mut leased = it.clone().set_out(self.lease);
            let same = others.of.iter().filter(|(_, aliases)| aliases.contains(&it.email));
            leased.aliases.extend(same.map(|(asked, _)| asked.clone()));
            engine.change(leased, Vec::new(), Vec::new())
        });
        let changes = leased.collect();
        for (change, recorded) in engine.commit(changes).await {
            let email = change.customer.email;
            match (recorded.result, free.remove(&email)) {
                (Ok(customer), Some(before)) => {
                    let held = Held { before, customer, read: Observed::default(), at };
                    others.leased.insert(email, held);
                }
                (Ok(_) | Err(_), _) => {
                    others.busy.insert(email, RETRY_AFTER);
                }
            }
        }
        let is_several = |it: &&Customer| {
            let mut aliases = others.of.get(&it.email).into_iter().flatten();
            aliases.any(|alias| others.leased.contains_key(alias))
        };
        let asked: Vec<&Customer> = customers.values().filter(is_several).collect();
        if !asked.is_empty() {
            sightings.take_over(self.chatter.reader.customers(&asked).await.map_err(unavailable)?);
            for (email, aliases) in &others.of {
                if let Some(observed) = sightings.observed.get_mut(email) {
                    observed.aliases.extend(aliases.iter().cloned());
                }
            }
        }
        Ok(())
    }

    /// Those of them of whom the ledger has anything, and those to whom their records lead. What somebody holds whose record is not
    /// understood nobody knows, so nothing may be decided for the same person.
    async fn read_others(
        &self,
        org: &OrgAlias,
        customers: &BTreeMap<Email, Customer>,
        open: BTreeSet<Email>,
        others: &mut Others,
    ) -> Result<Vec<Customer>, RequestRefusal> {
        let met = customers.keys().chain(others.leased.keys()).cloned().collect();
        let people = others.of.iter_mut().collect();
        let found = follow(&self.ledger.reader, org, open, met, people).await;
        let Records { read, unreadable } = found.map_err(|error| unread(&error))?;
        if !unreadable.is_empty() {
            let count = unreadable.len();
            tracing::error!(%org, count, "other addresses' records are not understood");
            others.busy.extend(unreadable.into_iter().map(|email| (email, RETRY_AFTER)));
        }
        for alias in others.of.values().flatten() {
            if let Some(asked) = customers.get(alias) {
                others.asked.insert(alias.clone(), asked.clone());
            }
        }
        Ok(read.into_values().collect())
    }

    /// Notes of each customer the other addresses under which the ledger knows the users that are seen of them, as far as these users are
    /// new to the record: only for those can the ledger have refused it.
    pub(crate) async fn link(
        &self,
        org: &OrgAlias,
        customers: &BTreeMap<Email, Customer>,
        sightings: &mut Sightings,
        others: &mut Others,
    ) -> Result<(), RequestRefusal> {
        let mut new: Vec<(&mut Observed, &Email, BTreeSet<UserId>)> = Vec::new();
        for (email, observed) in &mut sightings.observed {
            let Some(customer) = customers.get(email) else { continue };
            let users = observed.users.keys().filter(|user| !customer.pointed.contains(*user));
            let users = users.cloned().collect();
            new.push((observed, email, users));
        }
        let users: BTreeSet<UserId> = new.iter().flat_map(|(.., users)| users.clone()).collect();
        if users.is_empty() {
            return Ok(());
        }
        let found = self.ledger.reader.addresses_of_users(org, &users).await;
        let Records { read, unreadable } = found.map_err(|error| unread(&error))?;
        for (observed, email, users) in new {
            let known = users.iter().filter_map(|user| read.get(user));
            observed.aliases.extend(known.filter(|it| *it != email).cloned());
            // Who else may hold what such a user has nobody knows.
            if !users.is_disjoint(&unreadable) {
                tracing::error!(%org, "the record of a user is not understood");
                others.of.entry(email.clone()).or_default().insert(email.clone());
                others.busy.insert(email.clone(), RETRY_AFTER);
            }
        }
        Ok(())
    }

    /// Gives their leases back. What is unclear of one is unclear of all who are the same person.
    pub(crate) async fn release_others(
        &self,
        org: &OrgAlias,
        cases: &[Case],
        others: Others,
        outcomes: &Outcomes,
    ) {
        let Others { of, leased, .. } = others;
        if leased.is_empty() {
            return;
        }
        let unfrozen = outcomes.unfrozen.clone();
        let mut unclear = Outcomes { unfrozen, ..Outcomes::default() };
        for case in cases {
            let Fate::Admitted { admitted, .. } = &case.fate else { continue };
            if outcomes.unclear.contains(&admitted.grant) {
                let same = of.get(&case.email).into_iter().flatten();
                let same = same.filter_map(|alias| leased.get(alias));
                unclear.unclear.extend(same.flat_map(|it| it.customer.grants.keys().cloned()));
            }
        }
        let (nothing, judge) = (Plan::default(), |_: &[Looked]| Plan::default());
        let held = leased.into_values().collect();
        let (recorded, _) =
            self.engine(org).record(held, &nothing, &unclear, judge, self.actor()).await;
        for outcome in recorded.into_values() {
            if let Err(error) = outcome.result {
                tracing::warn!(%org, error = chain(&error), "a lease is left to run out");
            }
        }
    }
}
