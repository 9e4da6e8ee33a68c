//! The limits that a company sets for its own org.

mod reading;
mod ungoverned;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use crate::words::{Email, days_of};
use reading::{days, ends, protected};
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
}

/// A policy that cannot be used; names the field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPolicy {
    /// Not a JSON object.
    #[error("POLICY must be a JSON object")]
    NotAnObject,
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
        let fields = value.as_object().ok_or(InvalidPolicy::NotAnObject)?;
        let mut policy = Self::default();
        for (field, value) in fields {
            policy
                .set(field, value)
                .map_err(|expected| InvalidPolicy::Field { field: field.clone(), expected })?;
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

    fn set(&mut self, field: &str, value: &Value) -> Result<(), &'static str> {
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
            _ => return Err("is not known; check its spelling"),
        }
        Ok(())
    }
}

fn add_days(now: Timestamp, days: u32) -> Timestamp {
    now.saturating_add(days_of(i64::from(days))).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Policy;
    use crate::{Email, UngovernedPolicy};

    #[test]
    fn an_empty_policy_is_the_default() {
        assert_eq!(Policy::from_json("{}"), Ok(Policy::default()));
    }

    #[test]
    fn a_policy_is_read_field_by_field() {
        let text = r#"{
            "defaultDays": 30,
            "maximumDays": 30,
            "invitationDays": 36500,
            "maximumEndsPerRun": 2,
            "maximumEndsPerProject": 2,
            "maximumGrantsPerCustomer": 50,
            "noticeDays": [3, 1],
            "protectedEmails": [" Boss@ACME.example", "@corp.example"],
            "ungoverned": { "exceptDomains": ["@partner.example"] }
        }"#;
        let expected = Policy {
            default_days: 30,
            maximum_days: 30,
            invitation_days: 36_500,
            maximum_ends_per_run: 2,
            maximum_ends_per_project: Some(2),
            maximum_grants_per_customer: 50,
            notice_days: BTreeSet::from([1, 3]),
            protected: BTreeSet::from(["boss@acme.example", "@corp.example"].map(str::to_owned)),
            ungoverned: UngovernedPolicy {
                except_domains: BTreeSet::from(["partner.example".to_owned()]),
                ..UngovernedPolicy::default()
            },
        };
        assert_eq!(Policy::from_json(text), Ok(expected));
    }

    #[test]
    fn a_term_is_counted_in_days_of_24_hours() {
        let policy = Policy { default_days: 90, maximum_days: 365, ..Policy::default() };
        let now = "2027-01-31T12:00:00Z".parse().unwrap();
        assert_eq!(policy.default_expiry(now).to_string(), "2027-05-01T12:00:00Z");
        assert_eq!(policy.latest_expiry(now).to_string(), "2028-01-31T12:00:00Z");
    }

    #[test]
    fn a_wrong_policy_names_the_field() {
        for (text, expected) in [
            ("[]", "POLICY must be a JSON object"),
            (
                r#"{"defaultDays": 0}"#,
                "POLICY field defaultDays must be a whole number from 1 to 36500",
            ),
            (
                r#"{"maximumDays": "1"}"#,
                "POLICY field maximumDays must be a whole number from 1 to 36500",
            ),
            (
                r#"{"maximumDays": 30}"#,
                "POLICY field defaultDays must not be more than maximumDays",
            ),
            (
                r#"{"invitationDays": 36501}"#,
                "POLICY field invitationDays must be a whole number from 1 to 36500",
            ),
            (
                r#"{"maximumEndsPerRun": -1}"#,
                "POLICY field maximumEndsPerRun must be a whole number from 1",
            ),
            (
                r#"{"maximumEndsPerRun": 0}"#,
                "POLICY field maximumEndsPerRun must be a whole number from 1",
            ),
            (
                r#"{"maximumEndsPerProject": 0}"#,
                "POLICY field maximumEndsPerProject must be a whole number from 1",
            ),
            (
                r#"{"maximumEndsPerProject": 501}"#,
                "POLICY field maximumEndsPerProject must not be more than maximumEndsPerRun",
            ),
            (
                r#"{"maximumGrantsPerCustomer": 51}"#,
                "POLICY field maximumGrantsPerCustomer must be a whole number from 1 to 50",
            ),
            (
                r#"{"maximumGrantsPerCustomer": 0}"#,
                "POLICY field maximumGrantsPerCustomer must be a whole number from 1 to 50",
            ),
            (
                r#"{"noticeDays": [0]}"#,
                "POLICY field noticeDays must be a list of whole numbers from 1 to 36500",
            ),
            (
                r#"{"protectedEmails": ["x"]}"#,
                "POLICY field protectedEmails must be a list of addresses, or of domains with a leading @",
            ),
            (r#"{"maxDays": 3}"#, "POLICY field maxDays is not known; check its spelling"),
        ] {
            let error = Policy::from_json(text).expect_err(text);
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn addresses_domains_and_stock_users_are_protected() {
        let policy =
            Policy::from_json(r#"{"protectedEmails": ["Boss@acme.example", "@corp.example"]}"#)
                .unwrap();
        for (address, is_protected) in [
            ("boss@acme.example", true),
            ("ana@acme.example", false),
            ("kim@corp.example", true),
            ("kim@sub.corp.example", false),
            ("noreply@chatter.salesforce.com", true),
        ] {
            assert_eq!(policy.protects(&Email::parse(address).unwrap()), is_protected, "{address}");
        }
    }

    #[test]
    fn notices_fall_due_one_threshold_after_the_other() {
        let policy = Policy::default();
        let expires = "2027-03-31T12:00:00Z".parse().unwrap();
        let next = |noticed| policy.next_notice(expires, noticed).map(|at| at.to_string());
        assert_eq!(next(None).as_deref(), Some("2027-03-01T12:00:00Z"));
        assert_eq!(next(Some(30)).as_deref(), Some("2027-03-17T12:00:00Z"));
        assert_eq!(next(Some(1)), None);
        let threshold = |now: &str| policy.notice_threshold(expires, now.parse().unwrap());
        assert_eq!(threshold("2027-03-01T11:59:59Z"), None);
        assert_eq!(threshold("2027-03-01T12:00:00Z"), Some(30));
        assert_eq!(threshold("2027-03-31T11:00:00Z"), Some(1));
    }
}
