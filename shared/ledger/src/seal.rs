//! Sealing: from what was decided to entries with hashes, and to the pointers that lead to them.

use std::collections::{BTreeMap, BTreeSet};

use access::{Customer, Email, Entry, GrantId, Subject, UserId};

use crate::change::CustomerChange;
use crate::error::RequestFailure;
use crate::item::{self, Unknown};
use crate::key::Key;
use crate::transaction::{Guard, Unit};
use crate::{CommitError, commit};

/// The entries of a change, by grant and version.
pub(crate) type Entries = BTreeMap<(GrantId, u64), Entry>;

/// A change whose entries have their hashes, and whose customer has a subject and the new heads.
pub(crate) struct Sealed {
    pub(crate) change: CustomerChange,
    pub(crate) entries: Entries,
    /// The users of the customer of whom the ledger has no pointer yet.
    pub(crate) users: BTreeSet<UserId>,
    /// The hash of the newest entry of each grant that has a new one, also of grants that the customer does not keep.
    pub(crate) heads: Heads,
}

/// The hashes of newest entries, by grant.
pub(crate) type Heads = BTreeMap<GrantId, String>;

impl Sealed {
    /// The heads that a part of the change moves.
    pub(crate) fn heads_of(&self, part: &CustomerChange) -> Heads {
        let moved = part.audit.iter().filter_map(|it| self.heads.get_key_value(&it.grant));
        moved.map(|(grant, head)| (grant.clone(), head.clone())).collect()
    }
}

/// Seals a change. Of several entries of one grant each has the hash of the one before.
pub(crate) fn seal(change: &CustomerChange) -> Result<Sealed, CommitError> {
    let mut change = change.clone();
    let customer = &mut change.customer;
    let (mut entries, mut heads) = (Entries::new(), Heads::new());
    if customer.grants.is_empty() && change.audit.is_empty() {
        return Ok(Sealed { change, entries, users: BTreeSet::new(), heads });
    }
    let users = customer.users.difference(&customer.pointed).cloned().collect();
    customer.pointed.clone_from(&customer.users);
    let subject = subject_of(customer)?;
    let mut transitions: Vec<_> = change.audit.iter().collect();
    transitions.sort_by_key(|it| it.version);
    for transition in transitions {
        let before = heads.get(&transition.grant).or(transition.state.head.as_ref()).cloned();
        let salt = commit::random_name().map_err(CommitError::Unavailable)?;
        let entry = Entry::seal(transition, &customer.org, &subject, before, salt);
        heads.extend(entry.hash.clone().map(|head| (entry.grant.clone(), head)));
        entries.insert((entry.grant.clone(), entry.version), entry);
    }
    for (id, head) in &heads {
        if let Some(grant) = customer.grants.get_mut(id) {
            grant.head = Some(head.clone());
        }
    }
    Ok(Sealed { change, entries, users, heads })
}

/// Adds a change's entries to its unit. With the first of a grant go the pointers that lead to it for as long as evidence is kept.
pub(crate) fn put_entries(
    unit: &mut Unit,
    change: &CustomerChange,
    entries: &Entries,
) -> Result<(), CommitError> {
    let Customer { org, email, .. } = &change.customer;
    for transition in &change.audit {
        let found = entries.get(&(transition.grant.clone(), transition.version));
        let entry = found.ok_or(Unknown).map_err(CommitError::unwritable)?;
        let (key, item) = item::of_entry(entry).map_err(CommitError::unwritable)?;
        unit.put(key, item, Guard::Append(entry.grant.clone()))?;
        let (None, Some(subject)) = (&entry.previous, &entry.subject) else { continue };
        for pointer in [
            Key::subject_grant(subject, &entry.grant),
            Key::project_grant(org, &transition.state.project, &entry.grant),
        ] {
            let item = item::of_key(&pointer);
            unit.put(pointer, item, Guard::Always)?;
        }
        let (key, item) = item::of_person(&Key::person(org, email), subject);
        unit.put(key, item, Guard::Always)?;
    }
    Ok(())
}

/// Adds the pointers from a customer's users to the unit. Whoever takes a user from another address must know of that address, or
/// nothing would lead to it any more.
pub(crate) fn put_users(unit: &mut Unit, sealed: &Sealed) -> Result<(), CommitError> {
    let Customer { org, email, aliases, .. } = &sealed.change.customer;
    let known: BTreeSet<Email> = std::iter::once(email).chain(aliases).cloned().collect();
    for user in &sealed.users {
        let (key, item) = item::of_user(&Key::user(org, user), email);
        unit.put(key, item, Guard::Leads(known.clone()))?;
    }
    Ok(())
}

fn subject_of(customer: &mut Customer) -> Result<Subject, CommitError> {
    if let Some(subject) = &customer.subject {
        return Ok(subject.clone());
    }
    let name = commit::random_name().map_err(CommitError::Unavailable)?;
    let subject = Subject::parse(&name)
        .map_err(|error| CommitError::Unavailable(RequestFailure::before_sending(error)))?;
    customer.subject = Some(subject.clone());
    Ok(subject)
}
