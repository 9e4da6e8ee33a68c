//! Who else is concerned when customers are looked at: the same people under other addresses, and strangers in their groups.

use std::collections::{BTreeMap, BTreeSet};

use access::{
    Customer, Email, Grant, Looked, Observed, Sight, State, Stranger, Unseen, UserId, Whoever,
};
use chatter::{Sightings, Unavailable};
use ledger::Records;
use runtime::chain;

use crate::fault::{Fault, Stage};
use crate::known::{Known, follow, unreadable};
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

    /// Notes of each customer the other addresses under which the ledger knows the users that are seen of them or recorded.
    pub(crate) async fn link(&self, known: &mut Known, sightings: &mut Sightings) {
        let seen = known.customers.values().filter_map(|customer| {
            Some(users_of(customer, sightings.observed.get(&customer.email)?))
        });
        let users: BTreeSet<UserId> = seen.flatten().collect();
        if users.is_empty() {
            return;
        }
        let found = match self.reader.addresses_of_users(self.org, &users).await {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(org = %self.org, error = chain(&error), "users not looked up");
                Records { read: BTreeMap::new(), unreadable: users }
            }
        };
        for customer in known.customers.values_mut() {
            let Some(observed) = sightings.observed.get_mut(&customer.email) else { continue };
            for user in users_of(customer, observed) {
                if found.unreadable.contains(&user) {
                    set_apart(observed);
                }
                if let Some(other) = found.read.get(&user) {
                    note_alias(customer, observed, &user, other);
                }
            }
        }
    }

    /// A customer who is about to be known as somebody, with the address under which the ledger knows that user already.
    pub(crate) async fn with_other_address(
        &self,
        mut customer: Customer,
        who: &Whoever,
    ) -> Result<Customer, Fault> {
        let Whoever::User(user) = who else { return Ok(customer) };
        let found = self.reader.addresses_of_users(self.org, &[user.clone()].into()).await;
        let found = found.map_err(|error| Fault::of_ledger(Stage::Census, &error))?;
        if !found.unreadable.is_empty() {
            return Err(unreadable("a user's record"));
        }
        let other = found.read.into_values().filter(|it| *it != customer.email);
        customer.aliases.extend(other);
        Ok(customer)
    }

    /// The customers beside the known ones who are the same person as one of them under another address, as far as the ledger has
    /// anything of them: also those to whom only a record without grants leads.
    pub(crate) async fn further(
        &self,
        known: &mut Known,
        sightings: &mut Sightings,
    ) -> BTreeSet<Email> {
        let aliases = sightings.observed.values().flat_map(|it| it.aliases.iter());
        let met: BTreeSet<Email> = known.customers.keys().cloned().collect();
        let open: BTreeSet<Email> = aliases.filter(|it| !met.contains(*it)).cloned().collect();
        let people = sightings.observed.iter_mut().map(|(email, it)| (email, &mut it.aliases));
        let found = follow(self.reader, self.org, open.clone(), met, people.collect()).await;
        let found = found.unwrap_or_else(|error| {
            tracing::warn!(org = %self.org, error = chain(&error), "aliases not read");
            Records { read: BTreeMap::new(), unreadable: open }
        });
        let what = "the record of the same person under another address";
        known.unreadable.extend(found.unreadable.iter().map(|_| unreadable(what)));
        blur(sightings, &found.unreadable);
        found.read.into_keys().collect()
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
        set_apart(observed);
    }
}

fn set_apart(observed: &mut Observed) {
    observed.is_apart = true;
    observed.sight.blur(&Sight::but([Unseen::NotRead]));
}

/// Notes of all who share a user that they know of each other, so that each is found from each from now on.
pub(crate) fn acquaint(looked: &mut [Looked]) {
    let mut sharers: BTreeMap<UserId, BTreeSet<Email>> = BTreeMap::new();
    for it in looked.iter() {
        for user in users_of(&it.customer, &it.observed) {
            sharers.entry(user).or_default().insert(it.customer.email.clone());
        }
    }
    sharers.retain(|_, emails| emails.len() > 1);
    if sharers.is_empty() {
        return;
    }
    for Looked { customer, observed, .. } in looked {
        for user in users_of(customer, observed) {
            for other in sharers.get(&user).into_iter().flatten() {
                note_alias(customer, observed, &user, other);
            }
        }
    }
}

/// Notes another address under which the ledger knows a user. Whoever takes the user from it has to record it with the user.
fn note_alias(customer: &mut Customer, observed: &mut Observed, user: &UserId, other: &Email) {
    if *other == customer.email {
        return;
    }
    observed.aliases.insert(other.clone());
    if !customer.pointed.contains(user) {
        customer.aliases.insert(other.clone());
    }
}

/// The users who are seen of a customer or recorded.
fn users_of(customer: &Customer, observed: &Observed) -> BTreeSet<UserId> {
    observed.users.keys().chain(&customer.users).cloned().collect()
}
