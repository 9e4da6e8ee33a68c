//! Transactions as data: what belongs together, how it is packed, and what a cancellation means. Pure.

use std::collections::{BTreeMap, BTreeSet};

use access::{Email, GrantId, ProjectId};

use crate::CommitError;
use crate::item::{self, ITEM_BYTES, Item};
use crate::key::Key;

/// DynamoDB takes no more actions in one transaction.
pub(crate) const MAXIMUM_ACTIONS: usize = 100;

/// DynamoDB takes 4 MB in one transaction; the rest is left for what it counts and we do not.
const MAXIMUM_BYTES: usize = 3_500_000;

/// On what condition an item is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    /// None: writing it again changes nothing.
    Always,
    /// The item has the version; 0 = it does not exist.
    Version(u64),
    /// The history of the grant does not hold the entry.
    Append(GrantId),
    /// The item leads to nobody yet, or to one of these.
    Leads(BTreeSet<Email>),
}

/// An item to write.
#[derive(Clone, Debug)]
pub(crate) struct Put {
    pub(crate) key: Key,
    pub(crate) item: Item,
    pub(crate) guard: Guard,
}

/// What is written as a whole or not at all.
#[derive(Clone, Debug)]
pub(crate) struct Unit {
    /// What tells afterwards whether the unit was written: its item carries [`Unit::write`].
    main: Key,
    /// Marks this very write.
    write: String,
    puts: BTreeMap<Key, Put>,
    /// The projects that must not be closed.
    opens: BTreeMap<Key, ProjectId>,
    bytes: usize,
}

impl Unit {
    /// A unit that writes `item` on condition of the version that was read.
    pub(crate) fn new(
        key: Key,
        item: Item,
        version: u64,
        write: String,
    ) -> Result<Self, CommitError> {
        let mut unit = Self {
            main: key.clone(),
            write,
            puts: BTreeMap::new(),
            opens: BTreeMap::new(),
            bytes: 0,
        };
        unit.put(key, item, Guard::Version(version))?;
        Ok(unit)
    }

    /// Adds an item. The same item twice is written once, but no history takes the same entry twice.
    pub(crate) fn put(&mut self, key: Key, item: Item, guard: Guard) -> Result<(), CommitError> {
        let bytes = item::bytes(&item);
        if bytes > ITEM_BYTES {
            return Err(CommitError::TooLarge);
        }
        if let (Guard::Append(grant), true) = (&guard, self.puts.contains_key(&key)) {
            return Err(CommitError::Recorded(grant.clone()));
        }
        self.bytes += bytes;
        self.puts.insert(key.clone(), Put { key, item, guard });
        Ok(())
    }

    /// Makes the unit depend on a project that is not closed.
    pub(crate) fn check_open(&mut self, key: Key, project: ProjectId) {
        self.opens.insert(key, project);
    }

    /// Whether the unit fits into any transaction at all.
    pub(crate) fn fits(&self) -> bool {
        self.puts.len() + self.opens.len() <= MAXIMUM_ACTIONS && self.bytes <= MAXIMUM_BYTES
    }

    pub(crate) fn main(&self) -> &Key {
        &self.main
    }

    pub(crate) fn write(&self) -> &str {
        &self.write
    }

    /// Whether it continues what the other begins: it expects the version to which that leads, or a later one.
    pub(crate) fn follows(&self, other: &Self) -> bool {
        self.main == other.main && self.version() > other.version()
    }

    fn version(&self) -> Option<u64> {
        match self.puts.get(&self.main)?.guard {
            Guard::Version(version) => Some(version),
            Guard::Always | Guard::Append(_) | Guard::Leads(_) => None,
        }
    }

    fn keys(&self) -> impl Iterator<Item = &Key> {
        self.puts.keys().chain(self.opens.keys())
    }

    /// The item whose version decides first, so that a lost race is told from its consequences.
    fn puts_in_order(&self) -> impl Iterator<Item = &Put> {
        let main = self.puts.get(&self.main);
        main.into_iter().chain(self.puts.values().filter(|put| put.key != self.main))
    }
}

/// One action of a transaction, and the units that need it.
#[derive(Clone, Debug)]
pub(crate) enum Action<'a> {
    /// The project must not be closed; one check serves all units that open a grant of it.
    CheckOpen { key: &'a Key, project: &'a ProjectId, units: Vec<usize> },
    /// An item of one unit.
    Put { put: &'a Put, unit: usize },
}

impl Action<'_> {
    fn units(&self) -> &[usize] {
        match self {
            Self::CheckOpen { units, .. } => units,
            Self::Put { unit, .. } => std::slice::from_ref(unit),
        }
    }

    /// What it means that the action's condition does not hold.
    fn failure(&self) -> CommitError {
        match self {
            Self::CheckOpen { project, .. } => CommitError::ProjectClosed((*project).clone()),
            Self::Put { put, .. } => match &put.guard {
                Guard::Version(_) | Guard::Leads(_) => CommitError::Conflict,
                Guard::Append(grant) => CommitError::Recorded(grant.clone()),
                // Nothing that depends on no condition can fail by one.
                Guard::Always => CommitError::Refused(None),
            },
        }
    }
}

/// Packs units, in order, into as few transactions as that order allows, never splitting one.
///
/// A transaction may touch an item once. Units that check the same project share the check; units that write the same
/// item go apart.
pub(crate) fn pack(units: &[Option<Unit>]) -> Vec<Vec<usize>> {
    let mut transactions = Vec::new();
    let mut open = Pack::default();
    for (position, unit) in units.iter().enumerate() {
        let Some(unit) = unit else { continue };
        if !open.takes(unit) {
            transactions.push(std::mem::take(&mut open).members);
        }
        open.add(position, unit);
    }
    transactions.push(open.members);
    transactions.retain(|members| !members.is_empty());
    transactions
}

/// Groups transactions that touch an item in common: those must go one after the other, since DynamoDB cancels what
/// meets, even where both only check.
pub(crate) fn lanes(units: &[Option<Unit>], transactions: Vec<Vec<usize>>) -> Vec<Vec<Vec<usize>>> {
    let mut lanes: Vec<(BTreeSet<&Key>, Vec<Vec<usize>>)> = Vec::new();
    for transaction in transactions {
        let members = transaction.iter().filter_map(|unit| units.get(*unit)?.as_ref());
        let mut keys: BTreeSet<&Key> = members.flat_map(Unit::keys).collect();
        let (met, apart): (Vec<_>, Vec<_>) =
            lanes.into_iter().partition(|(others, _)| !others.is_disjoint(&keys));
        lanes = apart;
        let mut lane = Vec::new();
        for (others, transactions) in met {
            keys.extend(others);
            lane.extend(transactions);
        }
        lane.push(transaction);
        lanes.push((keys, lane));
    }
    lanes.into_iter().map(|(_, lane)| lane).collect()
}

/// The actions of a transaction of these units; checks come first.
pub(crate) fn actions<'a>(units: &'a [Option<Unit>], members: &[usize]) -> Vec<Action<'a>> {
    let mut checks: BTreeMap<&Key, (&ProjectId, Vec<usize>)> = BTreeMap::new();
    let mut puts = Vec::new();
    for &position in members {
        let Some(Some(unit)) = units.get(position) else { continue };
        for (key, project) in &unit.opens {
            checks.entry(key).or_insert_with(|| (project, Vec::new())).1.push(position);
        }
        puts.extend(unit.puts_in_order().map(|put| Action::Put { put, unit: position }));
    }
    let checks =
        checks.into_iter().map(|(key, (project, units))| Action::CheckOpen { key, project, units });
    checks.chain(puts).collect()
}

/// What DynamoDB says about one action of a transaction that it cancelled.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reason<'a> {
    /// Its code; `None` or `"None"` when the action was not the reason.
    pub(crate) code: Option<&'a str>,
    /// The mark of the write that the item in the way is the result of.
    pub(crate) write: Option<&'a str>,
}

/// What a cancellation says about the units of a transaction.
#[derive(Debug, Default)]
pub(crate) struct Cancellation {
    /// Those that were written already: an earlier request, taken for lost, arrived after all.
    pub(crate) done: BTreeSet<usize>,
    /// Those that can never be written as they are.
    pub(crate) failed: BTreeMap<usize, CommitError>,
    /// The others that something transient kept from being written.
    pub(crate) hindered: BTreeSet<usize>,
}

/// Reads the reasons of a cancellation, one for each action in order; `None` when they say nothing.
///
/// Of several failures of one unit the first action's counts: a closed project before a lost race, a lost race before
/// a history that the winner has written.
pub(crate) fn interpret(
    units: &[Option<Unit>],
    actions: &[Action<'_>],
    reasons: &[Reason<'_>],
) -> Option<Cancellation> {
    let mut cancellation = Cancellation::default();
    if actions.len() != reasons.len() {
        return None;
    }
    for (action, reason) in actions.iter().zip(reasons) {
        let failure = match reason.code.unwrap_or("None") {
            "None" => continue,
            "ConditionalCheckFailed" => action.failure(),
            "ValidationError" | "ItemCollectionSizeLimitExceeded" => CommitError::Refused(None),
            // TransactionConflict, ThrottlingError, ProvisionedThroughputExceeded and what may be added to them.
            _ => {
                cancellation.hindered.extend(action.units());
                continue;
            }
        };
        for &position in action.units() {
            let unit = units.get(position).and_then(Option::as_ref);
            if unit.is_some_and(|unit| reason.write == Some(unit.write())) {
                cancellation.done.insert(position);
            }
            cancellation.failed.entry(position).or_insert_with(|| failure.clone());
        }
    }
    let Cancellation { done, failed, hindered } = &mut cancellation;
    failed.retain(|unit, _| !done.contains(unit));
    hindered.retain(|unit| !done.contains(unit) && !failed.contains_key(unit));
    let is_silent = done.is_empty() && failed.is_empty() && hindered.is_empty();
    (!is_silent).then_some(cancellation)
}

#[derive(Default)]
struct Pack<'a> {
    members: Vec<usize>,
    puts: BTreeSet<&'a Key>,
    checks: BTreeSet<&'a Key>,
    bytes: usize,
}

impl<'a> Pack<'a> {
    fn takes(&self, unit: &Unit) -> bool {
        let new_checks = unit.opens.keys().filter(|key| !self.checks.contains(key)).count();
        let actions = self.puts.len() + self.checks.len() + unit.puts.len() + new_checks;
        let written = |key: &Key| self.puts.contains(key) || self.checks.contains(key);
        let is_apart =
            !unit.puts.keys().any(written) && !unit.opens.keys().any(|key| self.puts.contains(key));
        actions <= MAXIMUM_ACTIONS && self.bytes + unit.bytes <= MAXIMUM_BYTES && is_apart
    }

    fn add(&mut self, position: usize, unit: &'a Unit) {
        self.members.push(position);
        self.puts.extend(unit.puts.keys());
        self.checks.extend(unit.opens.keys());
        self.bytes += unit.bytes;
    }
}

#[cfg(test)]
mod tests;
