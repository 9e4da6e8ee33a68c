//! What a run does about a customer it looks at.

use std::collections::BTreeSet;

use jiff::Timestamp;
use machinery::world::days;

use crate::histories::person::{
    Past, Person, Promise, REREADINGS, Seat, Sight, Stage, Stuck, Told, is_settling,
};
use crate::histories::universe::{Address, Group, Project};

/// What a run finds around the customer.
#[derive(Clone, Debug)]
pub(crate) struct Circumstances {
    pub(crate) now: Timestamp,
    pub(crate) closed: BTreeSet<Project>,
    /// The users whom Salesforce refuses to deactivate.
    pub(crate) blocked: BTreeSet<Address>,
}

type Key = (Project, Group);

/// What becomes of a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Live,
    /// Given once more.
    Give,
    Over,
    /// Over, because somebody took it away.
    OverByHand,
}

/// What is taken away for one ending.
#[derive(Clone, Debug, Default)]
struct Taken {
    group: Option<Group>,
    has_place: bool,
    seats: BTreeSet<Address>,
}

impl Taken {
    fn is_empty(&self) -> bool {
        self.group.is_none() && self.seats.is_empty()
    }
}

impl Person {
    /// All that may be right after a run has looked at the customer.
    pub(crate) fn looked_at(&self, around: &Circumstances) -> BTreeSet<Self> {
        let taken = self.as_taken(around.now);
        let promises = taken.promises.iter();
        let fates: Vec<(Key, Fate)> =
            promises.map(|(key, it)| (*key, taken.fate(*key, it, around))).collect();
        Look { person: self, before: &taken, fates: &fates, around }.after()
    }

    fn fate(&self, key: Key, promise: &Promise, around: &Circumstances) -> Fate {
        let now = around.now;
        if self.is_over(key, around.closed.contains(&key.0), now) {
            return Fate::Over;
        }
        if !matches!(self.sight(key.1), Sight::Absent(_)) {
            return Fate::Live;
        }
        let may_be_gone = !is_settling(promise.since, now);
        match promise.stage {
            _ if self.is_unclear(now) => Fate::Live,
            Stage::Owed => Fate::Give,
            Stage::Invited | Stage::Joined if self.is_frozen() => Fate::Give,
            Stage::Invited | Stage::Joined if may_be_gone => Fate::OverByHand,
            Stage::Invited | Stage::Joined => Fate::Live,
        }
    }

    fn is_frozen(&self) -> bool {
        self.seen.seats.values().any(|seat| *seat == Seat::Frozen)
    }
}

struct Look<'a> {
    /// As seen.
    person: &'a Person,
    /// As Lanyard takes them to be.
    before: &'a Person,
    fates: &'a [(Key, Fate)],
    around: &'a Circumstances,
}

impl Look<'_> {
    fn after(&self) -> BTreeSet<Person> {
        let mut after = self.person.clone();
        let mut taken = self.end_promises(&mut after);
        taken.extend(self.retry_stuck(&mut after));
        taken.extend(self.read_again(&mut after));
        for it in &taken {
            it.group.into_iter().for_each(|group| after.clear(group, self.around.now));
            for address in &it.seats {
                let is_blocked = self.around.blocked.contains(address);
                let seat = if is_blocked { Seat::Frozen } else { Seat::Inactive };
                after.seat(*address, seat, self.around.now);
            }
        }
        after.unclear_until.take_if(|until| *until <= self.around.now);
        let mut possible = BTreeSet::from([after]);
        for (key, fate) in self.live() {
            possible = possible.into_iter().flat_map(|it| self.give(it, key, fate)).collect();
        }
        // What is not there yet may have been taken away by that hand.
        let settled = |it: Person| Person { is_touched: it.is_touched && it.lacks(), ..it };
        possible.into_iter().map(settled).collect()
    }

    fn live(&self) -> impl Iterator<Item = (Key, Fate)> {
        self.fates.iter().copied().filter(|(_, fate)| matches!(fate, Fate::Live | Fate::Give))
    }

    fn is_held(&self, group: Group) -> bool {
        self.live().any(|((_, it), _)| it == group)
    }

    /// What still gives access because of a grant for this group.
    fn taken(&self, group: Group) -> Taken {
        let Person { seen, .. } = self.before;
        let is_shown = |key: &&(Address, Group)| self.person.seen.places.contains_key(*key);
        let mut places = seen.places.keys().filter(is_shown);
        let has_place = places.any(|(_, it)| *it == group) && !self.is_held(group);
        let is_invited = seen.invited.contains_key(&group) && !self.is_held(group);
        let is_ending = |address: &Address| {
            seen.seats[address] != Seat::Inactive
                && !self.before.is_held_outside(*address, self.around.now)
        };
        let is_last = self.live().next().is_none();
        let seats = seen.seats.keys().copied().filter(|it| is_last && is_ending(it)).collect();
        Taken { group: (has_place || is_invited).then_some(group), has_place, seats }
    }

    fn is_stuck(&self, taken: &Taken) -> bool {
        taken.seats.iter().any(|it| self.around.blocked.contains(it))
    }

    /// Records an ending: done, or stuck.
    fn record(&self, after: &mut Person, past: Past, taken: &Taken) {
        if self.is_stuck(taken) {
            let Past { project, group, has_joined, is_by_hand, asked, .. } = past;
            after.stuck.insert(Stuck { project, group, has_joined, is_by_hand, asked });
        } else {
            if past.proven.is_some() {
                after.seen.tell(Told::Ended, (past.project, past.group));
            }
            after.pasts.insert(past);
        }
    }

    fn end_promises(&self, after: &mut Person) -> Vec<Taken> {
        let now = self.around.now;
        let mut all = Vec::new();
        for ((project, group), fate) in self.fates {
            let is_by_hand = *fate == Fate::OverByHand;
            if !is_by_hand && *fate != Fate::Over {
                continue;
            }
            let Some(promise) = after.promises.remove(&(*project, *group)) else { continue };
            let taken = self.taken(*group);
            let has_joined = promise.has_joined || taken.has_place;
            let proven = self.proves(*group).then_some(now);
            let (project, group) = (*project, *group);
            let past = Past {
                project,
                group,
                has_joined,
                is_by_hand,
                asked: promise.asked,
                proven,
                rereadings: 0,
            };
            self.record(after, past, &taken);
            all.push(taken);
        }
        all
    }

    fn retry_stuck(&self, after: &mut Person) -> Vec<Taken> {
        let now = self.around.now;
        let mut all = Vec::new();
        for stuck in std::mem::take(&mut after.stuck) {
            let taken = self.taken(stuck.group);
            let Stuck { project, group, has_joined, is_by_hand, asked } = stuck;
            let proven = self.proves(group).then_some(now);
            let past = Past {
                project,
                group,
                has_joined: has_joined || taken.has_place,
                is_by_hand,
                asked,
                proven,
                rereadings: 0,
            };
            self.record(after, past, &taken);
            all.push(taken);
        }
        all
    }

    /// Whether finding nothing more is proof: nothing may be under way, and nothing still shows that was taken away.
    fn proves(&self, group: Group) -> bool {
        let now = self.around.now;
        let is_unsure = self.person.is_stale(group, now) || self.person.is_laid(group, now);
        !self.person.is_unclear(now) && !is_unsure
    }

    fn read_again(&self, after: &mut Person) -> Vec<Taken> {
        let now = self.around.now;
        let mut all = Vec::new();
        for past in &self.before.pasts {
            after.pasts.remove(past);
            let mut taken = self.taken(past.group);
            match past.proven {
                None => {}
                Some(_) => self.leave_to_others(past, &mut taken),
            }
            if taken.is_empty() {
                let again = self.proven_again(past);
                if past.proven.is_none() && again.as_ref().is_some_and(|it| it.proven.is_some()) {
                    after.seen.tell(Told::Ended, (past.project, past.group));
                }
                after.pasts.extend(again);
                continue;
            }
            let is_fresh = past.proven.is_none_or(|at| is_settling(at, now));
            let has_joined = self.before.has_joined(past.group)
                || (!taken.has_place && !taken.seats.is_empty() && self.before.has_joined_any());
            if !is_fresh && has_joined {
                // Somebody gave it back: it is announced, and left to people.
                after.seen.tell(Told::Drifted, (past.project, past.group));
                continue;
            }
            let past = Past {
                has_joined: past.has_joined || taken.has_place,
                proven: self.proves(past.group).then_some(now),
                rereadings: 0,
                ..past.clone()
            };
            self.record(after, past, &taken);
            all.push(taken);
        }
        all
    }

    /// What another grant answers for that is not settled says nothing about one that was proven to be over.
    fn leave_to_others(&self, past: &Past, taken: &mut Taken) {
        let before = self.before;
        let mut unsettled: Vec<Group> = before.promises.keys().map(|(_, group)| *group).collect();
        unsettled.extend(before.stuck.iter().map(|it| it.group));
        unsettled.extend(before.pasts.iter().filter(|it| it.proven.is_none()).map(|it| it.group));
        if !unsettled.is_empty() {
            taken.seats.clear();
        }
        if unsettled.contains(&past.group) {
            taken.group = None;
            taken.has_place = false;
        }
    }

    /// A past after nothing was found; nothing once it was read for the last time.
    fn proven_again(&self, past: &Past) -> Option<Past> {
        let now = self.around.now;
        let mut past = past.clone();
        match past.proven {
            None => {
                past.proven = self.proves(past.group).then_some(now);
            }
            Some(at) if self.proves(past.group) => {
                let age = now.duration_since(at);
                past.rereadings = REREADINGS.iter().filter(|it| days(**it) <= age).count();
            }
            Some(_) => {}
        }
        (past.rereadings < REREADINGS.len()).then_some(past)
    }

    /// What a live promise gets.
    fn give(&self, person: Person, key: Key, fate: Fate) -> Vec<Person> {
        let now = self.around.now;
        let mut person = person;
        let sight = person.as_taken(now).sight(key.1);
        let wanted = self.live().filter(|((_, group), _)| *group == key.1);
        let wanted = wanted.map(|(key, _)| self.before.promises[&key].role).max();
        let role = wanted.unwrap_or(self.before.promises[&key].role);
        if person.promises.get_mut(&key).is_some_and(|it| it.announce(now)) {
            person.seen.tell(Told::Expiring, key);
        }
        match (sight, fate) {
            (Sight::In(_), _) if person.is_laid(key.1, now) => {
                person.promises.get_mut(&key).into_iter().for_each(|it| it.join(now));
                vec![person]
            }
            (Sight::Absent(_), _) if person.is_laid(key.1, now) => vec![person],
            (Sight::In(addresses), _) => {
                let in_one = |address: Address| person.joined(key, address, role, now);
                addresses.into_iter().map(in_one).collect()
            }
            (Sight::Waiting, _) => {
                person.promises.get_mut(&key).into_iter().for_each(|it| it.wait(now));
                vec![person]
            }
            (Sight::Absent(users), Fate::Give) if users.is_empty() => {
                person.seen.invite(key.1);
                if let Some(promise) = person.promises.get_mut(&key) {
                    (promise.stage, promise.since) = (Stage::Invited, now);
                }
                vec![person]
            }
            (Sight::Absent(users), Fate::Give) => {
                let as_one = |address: Address| person.joined(key, address, role, now);
                users.into_iter().map(as_one).collect()
            }
            (Sight::Absent(_), Fate::Live | Fate::Over | Fate::OverByHand) => vec![person],
        }
    }
}

impl Person {
    /// The person once in a group as one of the users, in this role.
    pub(crate) fn joined(
        &self,
        key: Key,
        address: Address,
        role: crate::histories::universe::Role,
        now: Timestamp,
    ) -> Self {
        let mut person = self.clone();
        if self.as_taken(now).seen.seats.get(&address) != Some(&Seat::Active) {
            person.seat(address, Seat::Active, now);
        }
        person.place((address, key.1), role, now);
        person.promises.get_mut(&key).into_iter().for_each(|it| it.join(now));
        person
    }
}

impl Promise {
    /// Notes that the customer is in the group.
    fn join(&mut self, now: Timestamp) {
        if self.stage != Stage::Joined {
            (self.stage, self.since) = (Stage::Joined, now);
        }
        self.has_joined = true;
    }

    /// Notes that the invitation is open.
    pub(crate) fn wait(&mut self, now: Timestamp) {
        if self.stage == Stage::Owed {
            (self.stage, self.since) = (Stage::Invited, now);
        }
    }
}
