//! The invitation request: its form, checked whole before anything is done.

use access::event::Problem;
use access::{Email, OrgAlias, Policy, ProjectId, Role, UnknownField};
use chatter::{GroupName, NewGroup};
use jiff::Timestamp;
use serde_json::Value;

use crate::form::Form;
use crate::message::Links;

/// A request that is well-formed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The org.
    pub org: OrgAlias,
    /// The project.
    pub project: ProjectId,
    /// Its name, for people.
    pub project_name: Option<String>,
    /// The group to find.
    pub group: GroupName,
    /// The group to create where none is found; only for a group by name.
    pub new_group: Option<NewGroup>,
    /// The consent to turn *Allow Customers* on for good.
    pub allow_customers: bool,
    /// Each address once, in the order of the request, with the role if one is named.
    pub customers: Vec<(Email, Option<Role>)>,
    /// The invitation's message.
    pub message: Option<String>,
    /// Who answers for the customers.
    pub sponsor: Email,
    /// Why.
    pub reason: Option<String>,
    /// The expiry, if one is named.
    pub expires_at: Option<Timestamp>,
    /// The instant that orders it among requests for the same access.
    pub requested_at: Timestamp,
    /// Why it comes too late to be carried out, if so. Something newer may be recorded, and then that counts.
    pub late: Option<Problem>,
}

/// How many characters a text may have.
pub(crate) mod longest {
    /// The project's name.
    pub(crate) const PROJECT_NAME: usize = 200;
    /// The group's name, as Salesforce limits it.
    pub(crate) const GROUP_NAME: usize = 40;
    /// The description of a new group.
    pub(crate) const GROUP_DESCRIPTION: usize = 1_000;
    /// The invitation's message, as Salesforce limits it.
    pub(crate) const MESSAGE: usize = 255;
    /// Why access is needed.
    pub(crate) const REASON: usize = 1_000;
}

/// Every field that a request may have, by its path.
const FIELDS: [&str; 15] = [
    "org",
    "project.id",
    "project.name",
    "group.id",
    "group.name",
    "group.description",
    "group.allowCustomers",
    "customers[].email",
    "customers[].role",
    "message",
    "sponsor",
    "reason",
    "requestedAt",
    "expiresAt",
    "days",
];

/// How many problems one answer lists.
const MAXIMUM_PROBLEMS: usize = 100;

impl Request {
    /// Reads a request, whose message may or may not have addresses of web pages.
    ///
    /// # Errors
    /// Every problem found, in the order of the contract's table, at most 100 of them.
    pub fn parse(value: &Value, now: Timestamp, links: Links) -> Result<Self, Vec<Problem>> {
        Self::parse_sent(value, now, now, links)
    }

    /// Reads a request that was sent at an instant, which counts as its own unless it names another.
    ///
    /// # Errors
    /// As [`Self::parse`]; a wrong `sent_at` is the problem of the field `time`, the envelope's.
    pub fn parse_sent(
        value: &Value,
        now: Timestamp,
        sent_at: Timestamp,
        links: Links,
    ) -> Result<Self, Vec<Problem>> {
        let mut form = Form::new(links);
        let request = form.request(value, now, sent_at);
        form.problems.truncate(MAXIMUM_PROBLEMS);
        match request {
            Some(request) if form.problems.is_empty() => Ok(request),
            Some(_) | None => Err(form.problems),
        }
    }

    /// What of a request that is well-formed is not read, because no field is called so.
    #[must_use]
    pub fn unknown_fields(value: &Value) -> Vec<UnknownField> {
        UnknownField::all(value, &FIELDS, "request", "")
    }

    /// Whether the expiry lies further ahead than the policy allows.
    #[must_use]
    pub fn is_beyond(&self, policy: &Policy, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|expires_at| policy.latest_expiry(now) < expires_at)
    }
}

#[cfg(test)]
mod examples;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod strategies;
#[cfg(test)]
mod tests;
