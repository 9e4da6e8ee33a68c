//! Whether a history is what was recorded: from the newest entry back to the first.

use std::collections::BTreeSet;

use super::entry::Entry;

/// What is wrong with a history. Versions are those of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flaw {
    /// The entry does not say what it said when it was recorded, or its personal part does not.
    Changed {
        /// Which.
        version: u64,
    },
    /// The entry before this one is gone.
    Removed {
        /// The one that names it.
        before: u64,
    },
    /// The newest entry is gone, or was recorded anew: the head is the hash of none.
    Cut,
    /// The entry is not where the chain has it.
    Reordered {
        /// Which.
        version: u64,
    },
    /// The entry is no part of the chain.
    Added {
        /// Which.
        version: u64,
    },
    /// The entry has no hash although the chain had begun before it. An older version that makes no chains records so where it is
    /// deployed again, and so may somebody who forges an entry. The chain begins anew after it.
    Unchained {
        /// Which.
        version: u64,
    },
}

/// What is wrong with the history of a grant, sorted; nothing where it is whole. `head` is the hash of its newest entry as the grant
/// keeps it: without one an end that was cut off is not noticed.
///
/// Entries of older tables, which have no hash, may come before the chain; they prove nothing.
#[must_use]
pub fn verify(entries: &[Entry], head: Option<&str>) -> Vec<Flaw> {
    let first = entries.iter().position(|it| it.hash.is_some()).unwrap_or(entries.len());
    let (older, chained) = entries.split_at(first);
    let mut flaws = BTreeSet::new();
    look_at_older(older, chained.first(), &mut flaws);
    for entry in chained {
        match &entry.hash {
            None => flaws.insert(Flaw::Unchained { version: entry.version }),
            Some(_) if !entry.is_whole() => flaws.insert(Flaw::Changed { version: entry.version }),
            Some(_) => false,
        };
    }
    if let Some((subject, grant)) = chained.first().map(|it| (&it.subject, &it.grant)) {
        let hashed = chained.iter().filter(|it| it.hash.is_some());
        let strange = hashed.filter(|it| it.subject != *subject || it.grant != *grant);
        flaws.extend(strange.map(|it| Flaw::Added { version: it.version }));
    }
    let chains = chained.split(|it| it.hash.is_none()).filter(|chain| !chain.is_empty());
    let mut chains = chains.peekable();
    if chains.peek().is_none() && head.is_some() {
        flaws.insert(Flaw::Cut);
    }
    while let Some(chain) = chains.next() {
        // The grant keeps the head of the newest chain alone.
        let head = head.filter(|_| chains.peek().is_none());
        Links::follow(chain, head, &mut flaws).compare(&mut flaws);
    }
    // Where an entry has no hash to name the one before, a gap in the versions shows that one is missing.
    let is_loose = |one: &Entry, next: &Entry| one.hash.is_none() || next.hash.is_none();
    let next = chained.iter().zip(chained.iter().skip(1));
    let gaps = next.filter(|(one, next)| is_loose(one, next) && next.version > one.version + 1);
    flaws.extend(gaps.map(|(_, next)| Flaw::Removed { before: next.version }));
    flaws.into_iter().collect()
}

/// What an older table recorded comes before the chain and has nothing of one.
fn look_at_older(older: &[Entry], first: Option<&Entry>, flaws: &mut BTreeSet<Flaw>) {
    let was_chained =
        |it: &&Entry| it.previous.is_some() || it.personal_digest.is_some() || it.subject.is_some();
    flaws.extend(older.iter().filter(was_chained).map(|it| Flaw::Changed { version: it.version }));
    let next = older.iter().skip(1).chain(first);
    let is_before = |(one, next): &(&Entry, &Entry)| one.version < next.version;
    let strange = older.iter().zip(next).filter(|pair| !is_before(pair));
    flaws.extend(strange.map(|(one, _)| Flaw::Added { version: one.version }));
    if let (Some(one), true) = (older.first(), first.is_some_and(|it| it.version == 1)) {
        flaws.insert(Flaw::Added { version: one.version });
    }
}

/// The entries in the order of the chain, newest first, as places in what was read.
struct Links<'a> {
    entries: &'a [Entry],
    places: Vec<usize>,
}

impl<'a> Links<'a> {
    fn follow(entries: &'a [Entry], head: Option<&str>, flaws: &mut BTreeSet<Flaw>) -> Self {
        let mut links = Self { entries, places: Vec::new() };
        let newest = match head {
            None => links.unseen_before(entries.len()),
            Some(head) => links.unseen_with(head).or_else(|| {
                flaws.insert(Flaw::Cut);
                links.unseen_before(entries.len())
            }),
        };
        let mut next = newest;
        while let Some(place) = next {
            links.places.push(place);
            let Some(entry) = entries.get(place) else { break };
            let Some(previous) = &entry.previous else { break };
            next = links.unseen_with(previous).or_else(|| {
                // The nearest entry is the one before although its hash is another: it was changed together with its hash.
                let nearest = links.unseen_before(place);
                let version = nearest.and_then(|place| entries.get(place)).map(|it| it.version);
                flaws.insert(match version {
                    Some(version) if version + 1 == entry.version => Flaw::Changed { version },
                    Some(_) | None => Flaw::Removed { before: entry.version },
                });
                nearest
            });
        }
        links
    }

    fn unseen_with(&self, hash: &str) -> Option<usize> {
        let mut places = 0..self.entries.len();
        places.find(|place| {
            let found = self.entries.get(*place).and_then(|it| it.hash.as_deref());
            found == Some(hash) && !self.places.contains(place)
        })
    }

    /// The nearest place before, of an entry with a hash.
    fn unseen_before(&self, place: usize) -> Option<usize> {
        (0..place).rev().find(|place| {
            let is_chained = self.entries.get(*place).is_some_and(|it| it.hash.is_some());
            is_chained && !self.places.contains(place)
        })
    }

    /// Compares the order of the chain with that of what was read.
    fn compare(&self, flaws: &mut BTreeSet<Flaw>) {
        for (place, entry) in self.entries.iter().enumerate() {
            if !self.places.contains(&place) {
                flaws.insert(Flaw::Added { version: entry.version });
            }
        }
        let after = self.places.iter().zip(self.places.iter().skip(1));
        for (newer, _) in after.filter(|(newer, older)| newer < older) {
            let version = self.entries.get(*newer).map(|it| it.version);
            flaws.extend(version.map(|version| Flaw::Reordered { version }));
        }
    }
}
