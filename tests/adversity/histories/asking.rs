//! What a request does for one customer.

use std::collections::BTreeSet;

use jiff::Timestamp;
use machinery::world::days;

use crate::histories::person::{Person, Promise, Seat, Sight, Stage, is_settling, notice};
use crate::histories::universe::{Address, Group, Project, Role};

/// How long access lasts when nothing is said.
const DEFAULT_DAYS: i64 = 90;

/// What is asked for a customer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    pub(crate) project: Project,
    pub(crate) group: Group,
    pub(crate) role: Role,
    pub(crate) until: Option<Timestamp>,
}

/// What the answer calls it, as the contract spells it, and what is then so.
pub(crate) type Answered = (&'static str, Person);

/// Not now: something may be under way.
pub(crate) const UNDER_WAY: &str = "under way";

impl Person {
    /// All that may be answered, with all that may then be so.
    pub(crate) fn asked(&self, wish: &Wish, now: Timestamp) -> BTreeSet<Answered> {
        if self.is_laid(wish.group, now) {
            return BTreeSet::from([(UNDER_WAY, self.clone())]);
        }
        let answered: BTreeSet<Answered> = self.answered(wish, now).into_iter().collect();
        let is_ending = !self.stuck.is_empty() || self.pasts.iter().any(|it| it.proven.is_none());
        let must_wait = |(_, after): &Answered| is_ending || after.seen != self.seen;
        if self.is_unclear(now) && answered.iter().any(must_wait) {
            return BTreeSet::from([(UNDER_WAY, self.clone())]);
        }
        answered
    }

    fn answered(&self, wish: &Wish, now: Timestamp) -> Vec<Answered> {
        let key = (wish.project, wish.group);
        let before = self.promises.get(&key);
        let (person, has_changes) = self.promised(wish, now);
        let taken = self.as_taken(now);
        let others = taken.others(key, now);
        let role = others.iter().copied().chain([wish.role]).max().unwrap_or(wish.role);
        match taken.sight(wish.group) {
            Sight::In(addresses) => {
                let in_one = |address: Address| {
                    let has_role = taken.seen.places[&(address, wish.group)] == role;
                    let outcome = match before {
                        Some(it) if it.stage == Stage::Joined && has_role && !has_changes => {
                            "unchanged"
                        }
                        Some(_) => "updated",
                        None if !others.is_empty() => "added",
                        None => "adopted",
                    };
                    (outcome, person.joined(key, address, role, now))
                };
                addresses.into_iter().map(in_one).collect()
            }
            Sight::Waiting => {
                let outcome = match before {
                    Some(it) if it.stage != Stage::Owed && has_changes => "updated",
                    Some(it) if it.stage != Stage::Owed => "unchanged",
                    Some(_) | None => "pending",
                };
                let mut person = person;
                person.promises.get_mut(&key).into_iter().for_each(|it| it.wait(now));
                vec![(outcome, person)]
            }
            Sight::Absent(users) if users.is_empty() => {
                let mut person = person;
                person.seen.invite(wish.group);
                if let Some(promise) = person.promises.get_mut(&key) {
                    (promise.stage, promise.since) = (Stage::Invited, now);
                }
                vec![("invited", person)]
            }
            Sight::Absent(users) => {
                let as_one = |address: Address| {
                    let is_active = taken.seen.seats[&address] == Seat::Active;
                    let outcome = if is_active { "added" } else { "reactivated" };
                    let mut person = person.clone();
                    if let Some(promise) = person.promises.get_mut(&key) {
                        // It is given anew, so that its time starts anew.
                        promise.stage = Stage::Owed;
                    }
                    (outcome, person.joined(key, address, role, now))
                };
                users.into_iter().map(as_one).collect()
            }
        }
    }

    /// All that may be so if the run dies that was asked, and that may have sent something until then: what was done, recorded or
    /// not, or the intent alone.
    pub(crate) fn died_asked(
        &self,
        wish: &Wish,
        now: Timestamp,
        clear_at: Timestamp,
    ) -> BTreeSet<Self> {
        let key = (wish.project, wish.group);
        let mut possible = BTreeSet::new();
        for (outcome, after) in self.asked(wish, now) {
            if outcome != UNDER_WAY && after.seen != self.seen {
                let (mut intent, _) = self.promised(wish, now);
                intent.unclear_until = Some(clear_at);
                if let (Sight::Absent(_), Some(promise)) =
                    (self.as_taken(now).sight(wish.group), intent.promises.get_mut(&key))
                {
                    (promise.stage, promise.since) = (Stage::Owed, now);
                }
                let (seen, done) = (after.seen.clone(), after.done.clone());
                possible.insert(Self { seen, done, ..intent.clone() });
                possible.insert(intent);
            }
            possible.insert(after);
        }
        possible
    }

    /// The latest request wins; says whether it changed anything of a promise that was there.
    fn promised(&self, wish: &Wish, now: Timestamp) -> (Self, bool) {
        let mut person = self.clone();
        let key = (wish.project, wish.group);
        let Some(promise) = person.promises.get_mut(&key) else {
            let until = wish.until.unwrap_or(now + days(DEFAULT_DAYS));
            let notice = Some(notice(until, now)).filter(|it| *it < i64::MAX);
            let promise = Promise {
                role: wish.role,
                until,
                stage: Stage::Owed,
                since: now,
                asked: now,
                has_joined: false,
                noticed: notice,
            };
            person.promises.insert(key, promise);
            return (person, false);
        };
        let kept = if promise.until <= now { now + days(DEFAULT_DAYS) } else { promise.until };
        let until = wish.until.unwrap_or(kept);
        let has_changes = (promise.until, promise.role) != (until, wish.role);
        if promise.until != until {
            promise.until = until;
            promise.noticed = Some(notice(until, now)).filter(|it| *it < i64::MAX);
        }
        promise.role = wish.role;
        (person, has_changes)
    }

    /// The roles of the other live grants for the group.
    fn others(&self, key: (Project, Group), now: Timestamp) -> Vec<Role> {
        let is_absent = matches!(self.sight(key.1), Sight::Absent(_));
        let is_live = |(other, promise): (&(Project, Group), &Promise)| {
            let is_gone = is_absent
                && promise.stage != Stage::Owed
                && !is_settling(promise.since, now)
                && !self.is_unclear(now);
            let is_meant = *other != key && other.1 == key.1;
            (is_meant && !self.is_over(*other, false, now) && !is_gone).then_some(promise.role)
        };
        self.promises.iter().filter_map(is_live).collect()
    }
}
