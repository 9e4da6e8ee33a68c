//! What was promised to one customer, and what Salesforce shows of them: one possible state of affairs.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use machinery::world::days;

use crate::histories::done::Done;
use crate::histories::universe::{Address, Group, Project, Role};

/// How long after Lanyard's own write a read need not show it, so that absence says nothing.
pub(crate) const SETTLING: SignedDuration = SignedDuration::from_mins(15);
/// Between a proof and the readings after it, in days.
pub(crate) const REREADINGS: [i64; 4] = [1, 7, 30, 60];
/// Before an expiry, in days: when it is announced.
const NOTICES: [i64; 4] = [1, 7, 14, 30];
/// For how long an invitation is waited for, in days.
const INVITATION_DAYS: i64 = 60;

/// One customer: what Salesforce shows, and what Lanyard has promised and ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Person {
    pub(crate) seen: Seen,
    /// What is promised and was not ended yet.
    pub(crate) promises: BTreeMap<(Project, Group), Promise>,
    /// Endings that Salesforce refuses to finish.
    pub(crate) stuck: BTreeSet<Stuck>,
    /// Endings that were done, as long as they are read again.
    pub(crate) pasts: BTreeSet<Past>,
    /// What was surely done of late.
    pub(crate) done: Done,
    /// Until when something may still be under way that was sent by a run that died.
    pub(crate) unclear_until: Option<Timestamp>,
    /// Whether somebody's hand has changed something since Lanyard last looked.
    pub(crate) is_touched: bool,
}

/// What Salesforce shows of a customer.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Seen {
    pub(crate) seats: BTreeMap<Address, Seat>,
    pub(crate) places: BTreeMap<(Address, Group), Role>,
    /// How many invitations are open.
    pub(crate) invited: BTreeMap<Group, usize>,
    /// How many mails have invited.
    pub(crate) mails: BTreeMap<Group, usize>,
    /// How many events have told what of which grant.
    pub(crate) told: BTreeMap<(Told, Project, Group), usize>,
}

/// What an event tells of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Told {
    Expiring,
    Ended,
    Drifted,
}

/// A user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Seat {
    Active,
    Frozen,
    Inactive,
}

/// An access that is promised.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Promise {
    pub(crate) role: Role,
    pub(crate) until: Timestamp,
    pub(crate) stage: Stage,
    /// Since when it is at this stage.
    pub(crate) since: Timestamp,
    pub(crate) asked: Timestamp,
    /// Whether the customer was ever seen in the group for it.
    pub(crate) has_joined: bool,
    /// The last notice of its end, in days.
    pub(crate) noticed: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// Recorded, and not carried out.
    Owed,
    Invited,
    Joined,
}

/// An ending that Salesforce refuses to finish.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stuck {
    pub(crate) project: Project,
    pub(crate) group: Group,
    pub(crate) has_joined: bool,
    pub(crate) is_by_hand: bool,
    /// When what ends was first asked for: another promise of the same is another ending.
    pub(crate) asked: Timestamp,
}

/// An ending that was done.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Past {
    pub(crate) project: Project,
    pub(crate) group: Group,
    pub(crate) has_joined: bool,
    pub(crate) is_by_hand: bool,
    /// When what ends was first asked for: another promise of the same is another ending.
    pub(crate) asked: Timestamp,
    pub(crate) proven: Option<Timestamp>,
    pub(crate) rereadings: usize,
}

/// How a promise shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// In the group, as one of these users.
    In(Vec<Address>),
    Waiting,
    /// Neither, while these are the customer's users.
    Absent(Vec<Address>),
}

impl Person {
    pub(crate) fn sight(&self, group: Group) -> Sight {
        let seats = &self.seen.seats;
        let is_in = |it: &Address| {
            seats[it] == Seat::Active && self.seen.places.contains_key(&(*it, group))
        };
        let inside: Vec<Address> = seats.keys().copied().filter(is_in).collect();
        if !inside.is_empty() {
            Sight::In(inside)
        } else if self.seen.invited.contains_key(&group) {
            Sight::Waiting
        } else {
            Sight::Absent(seats.keys().copied().collect())
        }
    }

    /// Whether anything that is promised is not there, or not in the role that counts.
    pub(crate) fn lacks(&self) -> bool {
        self.promises.keys().any(|(_, group)| match self.sight(*group) {
            Sight::Absent(_) => true,
            Sight::Waiting => false,
            Sight::In(addresses) => {
                let meant = self.promises.iter().filter(|((_, it), _)| it == group);
                let role = meant.map(|(_, promise)| promise.role).max();
                !addresses.iter().any(|it| self.seen.places.get(&(*it, *group)).copied() == role)
            }
        })
    }

    /// Why a promise is over as far as the calendar tells: closed, expired, or never taken up.
    pub(crate) fn is_over(&self, key: (Project, Group), closed: bool, now: Timestamp) -> bool {
        let promise = &self.promises[&key];
        let waited_since = match promise.stage {
            Stage::Owed if !promise.has_joined => Some(promise.asked),
            Stage::Invited => Some(promise.since),
            Stage::Owed | Stage::Joined => None,
        };
        let is_stale =
            waited_since.is_some_and(|it| now.duration_since(it) >= days(INVITATION_DAYS));
        let is_in = matches!(self.sight(key.1), Sight::In(_));
        closed || promise.until <= now || (is_stale && !is_in)
    }

    /// Whether something may still be under way.
    pub(crate) fn is_unclear(&self, now: Timestamp) -> bool {
        self.unclear_until.is_some_and(|until| now < until)
    }

    /// Whether the customer was ever seen in a group, as far as it is still remembered.
    pub(crate) fn has_joined(&self, group: Group) -> bool {
        self.promises.iter().any(|((_, it), promise)| *it == group && promise.has_joined)
            || self.stuck.iter().any(|it| it.group == group && it.has_joined)
            || self.pasts.iter().any(|it| it.group == group && it.has_joined)
    }

    pub(crate) fn has_joined_any(&self) -> bool {
        Group::ALL.into_iter().any(|group| self.has_joined(group))
    }

    /// Whether it is for Lanyard to take the customer out of a group. What was given back by hand after a proven end is not.
    pub(crate) fn is_ours(&self, group: Group, now: Timestamp) -> bool {
        let is_ours = |past: &Past| {
            let is_settled = past.proven.is_some_and(|at| !is_settling(at, now));
            past.group == group && (!is_settled || !self.has_joined(group))
        };
        self.promises.keys().any(|(_, it)| *it == group)
            || self.stuck.iter().any(|it| it.group == group)
            || self.pasts.iter().any(is_ours)
    }

    /// Whether a seat is needed for a group or an invitation that is none of Lanyard's.
    pub(crate) fn is_held_outside(&self, address: Address, now: Timestamp) -> bool {
        let mut places = self.seen.places.keys().filter(|(it, _)| *it == address);
        places.any(|(_, group)| !self.is_ours(*group, now))
            || self.seen.invited.keys().any(|group| !self.is_ours(*group, now))
    }

    /// Whether the contract says that a sweep looks at this customer now.
    pub(crate) fn is_due(&self, closing: &BTreeSet<Project>, now: Timestamp) -> bool {
        let is_due = |((project, _), promise): (&(Project, Group), &Promise)| match promise.stage {
            _ if closing.contains(project) => true,
            Stage::Invited => true,
            Stage::Owed => !self.is_unclear(now),
            Stage::Joined => {
                promise.until <= now || notice(promise.until, now) < promise.noticed_or_never()
            }
        };
        let is_reread = |past: &Past| match past.proven {
            None => true,
            Some(at) => now.duration_since(at) >= days(REREADINGS[past.rereadings]),
        };
        let was_unclear = self.unclear_until.is_some_and(|until| until <= now);
        let is_known = !self.promises.is_empty() || !self.pasts.is_empty();
        !self.stuck.is_empty()
            || (was_unclear && is_known)
            || self.promises.iter().any(is_due)
            || self.pasts.iter().any(is_reread)
    }

    /// Whether a census shows that something is not as it was promised or ended, so that a sweep looks at the customer though nothing
    /// is due.
    pub(crate) fn is_news(&self) -> bool {
        let holds = |group: &Group| self.promises.keys().any(|(_, it)| it == group);
        let is_vanished = |((_, group), promise): (&(Project, Group), &Promise)| {
            promise.stage == Stage::Joined && !matches!(self.sight(*group), Sight::In(_))
        };
        let is_in = |group: &Group| self.seen.places.keys().any(|(_, it)| it == group);
        let is_lone = self.promises.is_empty()
            && self.seen.seats.values().any(|seat| *seat != Seat::Inactive);
        let is_back = |past: &Past| (is_in(&past.group) && !holds(&past.group)) || is_lone;
        self.lacks() || self.promises.iter().any(is_vanished) || self.pasts.iter().any(is_back)
    }

    /// Who holds what by an open promise.
    pub(crate) fn open(&self) -> BTreeMap<(Project, Group), (Role, Timestamp)> {
        self.promises.iter().map(|(key, it)| (*key, (it.role, it.until))).collect()
    }
}

impl Promise {
    pub(crate) fn noticed_or_never(&self) -> i64 {
        self.noticed.unwrap_or(i64::MAX)
    }

    /// Gives the notice that is due; whether there was one.
    pub(crate) fn announce(&mut self, now: Timestamp) -> bool {
        let notice = notice(self.until, now);
        let is_due = self.until > now && notice < self.noticed_or_never();
        if is_due {
            self.noticed = Some(notice);
        }
        is_due
    }
}

impl Seen {
    /// Notes that an event was sent.
    pub(crate) fn tell(&mut self, told: Told, (project, group): (Project, Group)) {
        *self.told.entry((told, project, group)).or_default() += 1;
    }

    pub(crate) fn invite(&mut self, group: Group) {
        *self.invited.entry(group).or_default() += 1;
        *self.mails.entry(group).or_default() += 1;
    }
}

/// The smallest notice within which an end lies; `i64::MAX` if none.
pub(crate) fn notice(until: Timestamp, now: Timestamp) -> i64 {
    let left = until.duration_since(now);
    NOTICES.into_iter().find(|it| left <= days(*it)).unwrap_or(i64::MAX)
}

/// Whether what happened at one instant may not yet be visible at another.
pub(crate) fn is_settling(at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(at) < SETTLING
}
