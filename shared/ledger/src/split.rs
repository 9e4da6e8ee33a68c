//! A change of more grants than a transaction holds, as several that follow each other. Pure.

use std::collections::BTreeSet;

use access::{Customer, Grant, GrantId};
use jiff::Timestamp;

use crate::change::CustomerChange;

/// The grants about which a change says anything: those that it changes, adds or forgets, and those whose history it continues.
pub(crate) fn concerned(before: &Customer, change: &CustomerChange) -> Vec<GrantId> {
    let after = &change.customer.grants;
    let all: BTreeSet<&GrantId> = before.grants.keys().chain(after.keys()).collect();
    let changed = all.into_iter().filter(|id| before.grants.get(*id) != after.get(*id));
    let entered = change.audit.iter().map(|entry| &entry.grant);
    changed.chain(entered).cloned().collect::<BTreeSet<GrantId>>().into_iter().collect()
}

/// The part of a change that concerns some grants, on a customer as the parts before it have left them. Each part leaves a customer of
/// whom all is true that is recorded: grants of later parts are as they were, and due at once.
///
/// What belongs to no grant goes with the last part, and so do users who are not the customer's any more.
pub(crate) fn part(
    before: &Customer,
    change: &CustomerChange,
    grants: &BTreeSet<&GrantId>,
    is_last: bool,
) -> CustomerChange {
    let mut customer = before.clone();
    for id in grants {
        match change.customer.grants.get(*id) {
            Some(grant) => customer.grants.insert((*id).clone(), grant.clone()),
            None => customer.grants.remove(*id),
        };
    }
    customer.subject.clone_from(&change.customer.subject);
    customer.users.extend(change.customer.users.iter().cloned());
    // With the first part the ledger leads to this address from users who lead to these no more.
    customer.aliases.extend(change.customer.aliases.iter().cloned());
    customer.frozen.extend(change.customer.frozen.iter().cloned());
    customer.may_be_frozen.extend(change.customer.may_be_frozen.iter().cloned());
    // A lease is taken with the first part and given back with the last.
    if change.customer.busy.is_some() {
        customer.busy.clone_from(&change.customer.busy);
        customer.unclear_until = change.customer.unclear_until;
    }
    if is_last {
        customer = Customer { version: customer.version, ..change.customer.clone() };
    }
    let is_of = |id: Option<&str>| match id {
        Some(id) => grants.iter().any(|it| it.as_str() == id),
        None => is_last,
    };
    let about = |detail: &serde_json::Value| detail["grantId"].as_str().map(str::to_owned);
    let announcements = change.announcements.iter();
    CustomerChange {
        due_at: if is_last { change.due_at } else { soonest(&customer) },
        customer,
        opens: change.opens.clone(),
        audit: change.audit.iter().filter(|it| is_of(Some(it.grant.as_str()))).cloned().collect(),
        announcements: announcements
            .filter(|it| is_of(about(&it.detail).as_deref()))
            .cloned()
            .collect(),
    }
}

/// An instant at which all that is left is due.
fn soonest(customer: &Customer) -> Option<Timestamp> {
    customer.grants.values().map(|grant: &Grant| grant.requested_at).min()
}
