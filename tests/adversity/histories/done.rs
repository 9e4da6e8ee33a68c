//! What Lanyard has surely done of late: it counts as done for a while, whatever a reading shows.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::histories::person::{Person, Seat, Seen, is_settling};
use crate::histories::universe::{Address, Group, Role};

/// The last thing that was surely done to each user, and to each of their places.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Done {
    seats: BTreeMap<Address, (Seat, Timestamp)>,
    places: BTreeMap<(Address, Group), Place>,
}

/// What was done to a place.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    added: Option<Timestamp>,
    removed: Option<Timestamp>,
    role: Option<(Role, Timestamp)>,
}

impl Person {
    /// The person as Lanyard takes them to be at an instant: what it did a moment ago is laid over what is seen.
    pub(crate) fn as_taken(&self, now: Timestamp) -> Self {
        let mut taken = self.clone();
        for (address, (seat, at)) in &self.done.seats {
            if is_settling(*at, now) {
                taken.seen.seats.insert(*address, *seat);
            }
        }
        for ((address, group), place) in &self.done.places {
            self.lay(&mut taken.seen, (*address, *group), place, now);
        }
        taken
    }

    fn lay(&self, seen: &mut Seen, key: (Address, Group), place: &Place, now: Timestamp) {
        if place.removed.is_some_and(|at| is_settling(at, now)) {
            seen.places.remove(&key);
        }
        if place.added.is_some_and(|at| is_settling(at, now)) {
            let promises = self.promises.iter().filter(|((_, group), _)| *group == key.1);
            let role = promises.map(|(_, promise)| promise.role).max().unwrap_or(Role::Member);
            seen.places.entry(key).or_insert(role);
        }
        if let Some((role, _)) = place.role.filter(|(_, at)| is_settling(*at, now)) {
            seen.places.entry(key).and_modify(|it| *it = role);
        }
    }

    /// Whether something still shows in this group, or of a seat, that was surely taken away.
    pub(crate) fn is_stale(&self, group: Group, now: Timestamp) -> bool {
        let taken = self.as_taken(now).seen;
        let mut places = self.seen.places.keys().filter(|(_, it)| *it == group);
        let is_asleep = |address: &Address| taken.seats[address] == Seat::Inactive;
        let mut seats = self.seen.seats.iter().filter(|(_, seat)| **seat != Seat::Inactive);
        places.any(|it| !taken.places.contains_key(it)) || seats.any(|(it, _)| is_asleep(it))
    }

    /// Whether a place in this group was given of late and does not show: nobody can tell whether it is there.
    pub(crate) fn is_laid(&self, group: Group, now: Timestamp) -> bool {
        let taken = self.as_taken(now).seen.places;
        let mut places = taken.keys().filter(|(_, it)| *it == group);
        places.any(|it| !self.seen.places.contains_key(it))
    }

    /// Gives or takes a seat.
    pub(crate) fn seat(&mut self, address: Address, seat: Seat, now: Timestamp) {
        self.seen.seats.insert(address, seat);
        if seat != Seat::Frozen {
            self.done.seats.insert(address, (seat, now));
        }
    }

    /// Gives a place in this role.
    pub(crate) fn place(&mut self, key: (Address, Group), role: Role, now: Timestamp) {
        let is_known = self.as_taken(now).seen.places.get(&key).copied();
        match is_known {
            None => {
                self.seen.places.insert(key, role);
                self.done.places.insert(key, Place { added: Some(now), ..Place::default() });
            }
            Some(known) if known != role => {
                self.seen.places.entry(key).and_modify(|it| *it = role);
                self.done.places.entry(key).or_default().role = Some((role, now));
            }
            Some(_) => {}
        }
    }

    /// Takes what is taken to give access to the group, and shows.
    pub(crate) fn clear(&mut self, group: Group, now: Timestamp) {
        self.seen.invited.remove(&group);
        let taken = self.as_taken(now).seen;
        for key in taken.places.into_keys().filter(|(_, it)| *it == group) {
            if self.seen.places.remove(&key).is_none() {
                continue;
            }
            self.done.places.insert(key, Place { removed: Some(now), ..Place::default() });
        }
    }
}
