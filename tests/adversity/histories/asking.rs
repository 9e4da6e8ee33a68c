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

/// Not now: a mail may be on its way.
pub(crate) const UNDER_WAY: &str = "under way";

impl Person {
    /// All that may be answered, with all that may then be so.
    pub(crate) fn asked(&self, wish: &Wish, now: Timestamp) -> BTreeSet<Answered> {
        [true, false].into_iter().flat_map(|it| self.asked_if(wish, it, now)).collect()
    }

    /// The same when grants whose access is gone, perhaps by Lanyard's own doing, count as live or do not.
    fn asked_if(&self, wish: &Wish, is_doubt_live: bool, now: Timestamp) -> Vec<Answered> {
        let key = (wish.project, wish.group);
        let before = self.promises.get(&key);
        let (person, has_changes) = self.promised(wish, now);
        let others = self.others(key, is_doubt_live, now);
        let role = others.iter().copied().chain([wish.role]).max().unwrap_or(wish.role);
        match self.sight(wish.group) {
            Sight::In(addresses) => {
                let in_one = |address: Address| {
                    let has_role = self.seen.places[&(address, wish.group)] == role;
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
                if self.is_mail_under_way(wish.group, now) {
                    return vec![(UNDER_WAY, self.clone())];
                }
                let mut person = person;
                person.seen.invite(wish.group);
                if let Some(promise) = person.promises.get_mut(&key) {
                    (promise.stage, promise.since) = (Stage::Invited, now);
                }
                vec![("invited", person)]
            }
            Sight::Absent(users) => {
                let is_claimed =
                    |it: &Promise| it.stage == Stage::Owed && is_settling(it.since, now);
                if before.is_some_and(is_claimed) {
                    return vec![(UNDER_WAY, self.clone())];
                }
                let as_one = |address: Address| {
                    let is_active = self.seen.seats[&address] == Seat::Active;
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

    /// The person with the intent recorded, and nothing done about it.
    pub(crate) fn only_recorded(&self, wish: &Wish, now: Timestamp) -> Self {
        let (mut person, _) = self.promised(wish, now);
        if let (Sight::Absent(_), Some(promise)) =
            (self.sight(wish.group), person.promises.get_mut(&(wish.project, wish.group)))
        {
            (promise.stage, promise.since) = (Stage::Owed, now);
        }
        person
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
    fn others(&self, key: (Project, Group), is_doubt_live: bool, now: Timestamp) -> Vec<Role> {
        let is_absent = matches!(self.sight(key.1), Sight::Absent(_));
        let is_live = |(other, promise): (&(Project, Group), &Promise)| {
            let is_gone = is_absent
                && promise.stage != Stage::Owed
                && !is_settling(promise.since, now)
                && !(is_doubt_live && self.is_doubted(promise));
            let is_meant = *other != key && other.1 == key.1;
            (is_meant && !self.is_over(*other, false, now) && !is_gone).then_some(promise.role)
        };
        self.promises.iter().filter_map(is_live).collect()
    }

    /// Whether a mail to the group may be on its way without being visible.
    fn is_mail_under_way(&self, group: Group, now: Timestamp) -> bool {
        let promises = self.promises.iter().filter(|((_, it), _)| *it == group);
        let mut promises = promises.map(|(_, promise)| promise);
        let mut pasts = self.pasts.iter().filter(|it| it.group == group);
        promises.any(|it| it.stage != Stage::Joined && is_settling(it.since, now))
            || pasts.any(|it| it.was_empty && is_settling(it.at, now))
    }
}
