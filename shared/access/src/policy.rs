//! The limits that a company sets for its own org.

mod reading;
mod repeated;
mod ungoverned;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use crate::authority::{Authority, Domains, NotAllowed, Sources, Sponsors, Wrong};
use crate::words::{Email, Source, days_of};
use reading::{days, ends, protected};
use repeated::repeated;
pub use ungoverned::{Adoption, UngovernedPolicy};

/// What may be asked for, for how long, and how much one run may end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Days that a new grant gets when the request names no expiry.
    pub default_days: u32,
    /// Days that a grant may lie ahead at most.
    pub maximum_days: u32,
    /// Days that an invitation may stay unaccepted. Salesforce's own limit is said to be 60.
    pub invitation_days: u32,
    /// Endings of one org that one run may decide; more are held as a whole, because so many at once are more often
    /// a mistake upstream than a wish.
    pub maximum_ends_per_run: usize,
    /// Endings of one project that one run may decide; more are held as a whole, and the rest of the run goes on. `None`
    /// is as many as one run may: then a project is held only where the whole run would be.
    pub maximum_ends_per_project: Option<usize>,
    /// Open grants that a customer may have in one org: all of them have to fit into one record, and to end in one night.
    pub maximum_grants_per_customer: usize,
    /// Days before the expiry at which it is announced.
    pub notice_days: BTreeSet<u32>,
    /// Addresses, and domains with a leading `@`, that are never touched.
    pub protected: BTreeSet<String>,
    /// What is done about access for which no grant answers.
    pub ungoverned: UngovernedPolicy,
    /// What each source may do; `None` = every trusted source may do all but what needs a rule.
    pub sources: Option<Sources>,
    /// Whose addresses may be let in, whoever asks.
    pub domains: Domains,
    /// Who may answer for customers; `None` = whoever is no customer.
    pub sponsors: Option<Sponsors>,
    /// Days that a customer's unbroken stay in an org may last at most, renewals included; `None` = as often as it is renewed.
    pub maximum_total_days: Option<u32>,
    /// What is done about somebody who joins under an address that may not be let in.
    pub joined_elsewhere: JoinedElsewhere,
}

/// What is done about somebody who accepts an invitation under another address, one that the rules of domains do not let in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JoinedElsewhere {
    /// It is told, as it always is.
    #[default]
    Tell,
    /// It is told, and access ends.
    End,
}

/// A policy that cannot be used; names the field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPolicy {
    /// Not a JSON object.
    #[error("POLICY must be a JSON object")]
    NotAnObject,
    /// A field that stands twice in one object: of two rules nobody knows which is meant.
    #[error("POLICY has the field {0} twice in one object")]
    Repeated(String),
    /// A field with a wrong value.
    #[error("POLICY field {field} {expected}")]
    Field {
        /// Its name.
        field: String,
        /// What it must be.
        expected: &'static str,
    },
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            default_days: 90,
            maximum_days: 365,
            invitation_days: 60,
            maximum_ends_per_run: 500,
            maximum_ends_per_project: None,
            maximum_grants_per_customer: 40,
            notice_days: BTreeSet::from([1, 7, 14, 30]),
            protected: BTreeSet::new(),
            ungoverned: UngovernedPolicy::default(),
            sources: None,
            domains: Domains::default(),
            sponsors: None,
            maximum_total_days: None,
            joined_elsewhere: JoinedElsewhere::Tell,
        }
    }
}

/// How often an ending that was proven is read again.
pub(crate) const REREADS: usize = 4;

/// Days for which Salesforce says that an invitation can be accepted.
const INVITATION_LIFE: u32 = 60;

/// Open grants of one customer whose longest texts fit into one record, with room for what is remembered of others.
const MAXIMUM_GRANTS: u64 = 50;

impl Policy {
    /// Reads the `POLICY` variable; absent fields have their defaults.
    ///
    /// # Errors
    /// [`InvalidPolicy`] names the field. An unknown field is one too: a misspelt limit must not be a missing limit.
    pub fn from_json(text: &str) -> Result<Self, InvalidPolicy> {
        let value: Value = serde_json::from_str(text).map_err(|_| InvalidPolicy::NotAnObject)?;
        if let Some(field) = repeated(text) {
            return Err(InvalidPolicy::Repeated(field));
        }
        let fields = value.as_object().ok_or(InvalidPolicy::NotAnObject)?;
        let mut policy = Self::default();
        for (field, value) in fields {
            policy.set(field, value).map_err(|wrong| {
                let wrong = wrong.within(field);
                InvalidPolicy::Field { field: wrong.path().to_owned(), expected: wrong.expected }
            })?;
        }
        if policy.maximum_days < policy.default_days {
            return Err(InvalidPolicy::Field {
                field: "defaultDays".to_owned(),
                expected: "must not be more than maximumDays",
            });
        }
        if policy.maximum_ends_per_project.is_some_and(|it| it > policy.maximum_ends_per_run) {
            return Err(InvalidPolicy::Field {
                field: "maximumEndsPerProject".to_owned(),
                expected: "must not be more than maximumEndsPerRun",
            });
        }
        Ok(policy)
    }

    /// What a source may do.
    ///
    /// # Errors
    /// [`NotAllowed`] where the policy names sources, and this is none of them.
    pub fn authority<'a>(&'a self, source: &'a Source) -> Result<Authority<'a>, NotAllowed> {
        match &self.sources {
            None => Ok(Authority::unnamed(source)),
            Some(sources) => sources.authority(source),
        }
    }

    /// Whether access ends for having been accepted under this address: the rules of domains, that for everybody and that of whoever
    /// asked, do not let it in. Whoever has no rule any more had one when they asked.
    pub(crate) fn ends_elsewhere(&self, source: Option<&Source>, email: &Email) -> bool {
        let authority = || source.and_then(|source| self.authority(source).ok());
        let lets_in =
            || self.domains.admits(email) && authority().is_none_or(|it| it.admits(email).is_ok());
        self.joined_elsewhere == JoinedElsewhere::End && !lets_in()
    }

    /// Whether somebody may answer for customers: no customer does for themselves, nor for others who are asked for with them.
    ///
    /// # Errors
    /// [`NotAllowed`] with what would be allowed.
    pub fn may_sponsor<'a>(
        &self,
        sponsor: &Email,
        mut customers: impl Iterator<Item = &'a Email>,
    ) -> Result<(), NotAllowed> {
        if customers.any(|it| it.mailbox() == sponsor.mailbox()) {
            return Err(NotAllowed::customer_as_sponsor());
        }
        match &self.sponsors {
            Some(sponsors) if !sponsors.admits(sponsor) => Err(NotAllowed::sponsor(sponsors)),
            Some(_) | None => Ok(()),
        }
    }

    /// The latest expiry that may be asked for at `now`.
    #[must_use]
    pub fn latest_expiry(&self, now: Timestamp) -> Timestamp {
        add_days(now, self.maximum_days)
    }

    /// The expiry of a new grant that names none.
    #[must_use]
    pub(crate) fn default_expiry(&self, now: Timestamp) -> Timestamp {
        add_days(now, self.default_days)
    }

    /// Days after an ending was proven at which it is read again: the last time when no invitation can be alive any more.
    /// Salesforce says that one is good for 60 days, and a link that was mailed may outlive its cancelling.
    #[must_use]
    pub fn reread_days(&self) -> [i64; REREADS] {
        [1, 7, 30, i64::from(self.invitation_days.max(INVITATION_LIFE))]
    }

    /// Whether an address must never be touched.
    #[must_use]
    pub fn protects(&self, email: &Email) -> bool {
        email.domain() == "chatter.salesforce.com"
            || self.protected.contains(email.as_str())
            || self.protected.contains(&format!("@{}", email.domain()))
    }

    /// The smallest notice threshold, in days, within which `expires_at` lies.
    #[must_use]
    pub(crate) fn notice_threshold(&self, expires_at: Timestamp, now: Timestamp) -> Option<u32> {
        self.notice_days.iter().copied().find(|days| expires_at <= add_days(now, *days))
    }

    /// When the next notice is due for a grant whose notices down to `noticed` days are given.
    #[must_use]
    pub(crate) fn next_notice(
        &self,
        expires_at: Timestamp,
        noticed: Option<u32>,
    ) -> Option<Timestamp> {
        let days = self
            .notice_days
            .iter()
            .rev()
            .find(|days| noticed.is_none_or(|noticed| **days < noticed))?;
        expires_at.checked_sub(days_of(i64::from(*days))).ok()
    }

    fn set(&mut self, field: &str, value: &Value) -> Result<(), Wrong> {
        match field {
            "defaultDays" => self.default_days = days(value)?,
            "maximumDays" => self.maximum_days = days(value)?,
            "invitationDays" => self.invitation_days = days(value)?,
            "maximumEndsPerRun" => self.maximum_ends_per_run = ends(value)?,
            "maximumEndsPerProject" => self.maximum_ends_per_project = Some(ends(value)?),
            "maximumGrantsPerCustomer" => {
                let maximum =
                    value.as_u64().filter(|maximum| (1..=MAXIMUM_GRANTS).contains(maximum));
                let maximum = maximum.and_then(|maximum| usize::try_from(maximum).ok());
                self.maximum_grants_per_customer =
                    maximum.ok_or("must be a whole number from 1 to 50")?;
            }
            "noticeDays" => {
                let expected = "must be a list of whole numbers from 1 to 36500";
                let list = value.as_array().ok_or(expected)?;
                self.notice_days = list
                    .iter()
                    .map(|it| days(it).map_err(|_| expected))
                    .collect::<Result<_, _>>()?;
            }
            "protectedEmails" => {
                let expected = "must be a list of addresses, or of domains with a leading @";
                let list = value.as_array().ok_or(expected)?;
                self.protected = list
                    .iter()
                    .map(|it| protected(it).ok_or(expected))
                    .collect::<Result<_, _>>()?;
            }
            "ungoverned" => self.ungoverned = UngovernedPolicy::read(value)?,
            "sources" => self.sources = Some(Sources::read(value)?),
            "domains" => self.domains = Domains::read(value)?,
            "sponsors" => self.sponsors = Some(Sponsors::read(value)?),
            "maximumTotalDays" => self.maximum_total_days = Some(days(value)?),
            "joinedElsewhere" => {
                self.joined_elsewhere = match value.as_str() {
                    Some("tell") => JoinedElsewhere::Tell,
                    Some("end") => JoinedElsewhere::End,
                    Some(_) | None => return Err("must be tell or end".into()),
                }
            }
            _ => return Err("is not known; check its spelling".into()),
        }
        Ok(())
    }
}

fn add_days(now: Timestamp, days: u32) -> Timestamp {
    now.saturating_add(days_of(i64::from(days))).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
