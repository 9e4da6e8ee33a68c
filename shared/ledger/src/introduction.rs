//! Whoever takes a user from another address is known there before: whoever ends what the one has finds what the other has, wherever a
//! function dies in between.

use std::collections::{BTreeMap, BTreeSet};

use access::{Customer, Email};

use crate::seal::Sealed;
use crate::transaction::Unit;
use crate::{CommitError, ItemKind, Reader, commit, item, key::Key};

/// Makes the customers of these changes who take a user known to their other addresses, as far as anything is recorded of those.
///
/// That is written first and by itself: to know of an address too many takes nothing from anybody. A change of another address that is
/// among these goes on from there. Where it cannot be written, the change that takes the user fails.
pub(crate) async fn introduce(reader: &Reader, changes: &mut [Result<Sealed, CommitError>]) {
    let mut new: BTreeMap<Key, BTreeSet<Email>> = BTreeMap::new();
    for taker in changes.iter().flatten().filter(|it| !it.users.is_empty()) {
        let Customer { org, email, aliases, .. } = &taker.change.customer;
        for other in aliases {
            new.entry(Key::customer(org, other)).or_default().insert(email.clone());
        }
    }
    if new.is_empty() {
        return;
    }
    let written = match write(reader, &new).await {
        Ok(written) => written,
        Err(error) => new.keys().map(|key| (key.clone(), Err(error.clone()))).collect(),
    };
    for change in changes {
        let Ok(sealed) = change else { continue };
        let customer = &mut sealed.change.customer;
        let key = Key::customer(&customer.org, &customer.email);
        if let Some(Ok(version)) = written.get(&key)
            && customer.version + 1 == *version
        {
            customer.version = *version;
            customer.aliases.extend(new.get(&key).into_iter().flatten().cloned());
        }
        let takes = !sealed.users.is_empty();
        let others = customer.aliases.iter().filter(|_| takes);
        let mut others = others.filter_map(|it| written.get(&Key::customer(&customer.org, it)));
        if let Some(Err(error)) = others.find(|it| it.is_err()) {
            *change = Err(error.clone());
        }
    }
}

/// Adds addresses to those of customers who do not know them. Gives the version of each that was written, or why it was not.
async fn write(
    reader: &Reader,
    new: &BTreeMap<Key, BTreeSet<Email>>,
) -> Result<BTreeMap<Key, Result<u64, CommitError>>, CommitError> {
    let read = reader.items(new.keys().cloned().collect(), ItemKind::Customer).await;
    let items = read.map_err(CommitError::unread)?;
    let (mut written, mut units, mut named) = (BTreeMap::new(), Vec::new(), Vec::new());
    for (key, emails) in new {
        let Some(item) = items.get(&key.partition) else { continue };
        let write = commit::random_name().map_err(CommitError::Unavailable)?;
        match item::with_aliases(item, emails, &write) {
            Ok(None) => {}
            Ok(Some((version, item))) => match Unit::new(key.clone(), item, version, write) {
                Ok(unit) => {
                    units.push(Some(unit));
                    named.push((key.clone(), version + 1));
                }
                Err(error) => drop(written.insert(key.clone(), Err(error))),
            },
            Err(unknown) => {
                written.insert(key.clone(), Err(CommitError::unwritable(unknown)));
            }
        }
    }
    let outcomes = commit::run(reader, &units).await.into_values();
    written.extend(
        named
            .into_iter()
            .zip(outcomes)
            .map(|((key, version), outcome)| (key, outcome.map(|()| version))),
    );
    Ok(written)
}
