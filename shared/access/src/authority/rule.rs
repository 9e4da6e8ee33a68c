//! What one source may do.

use serde_json::Value;

use super::domains::Domains;
use super::pattern::Pattern;
use super::reading::{Wrong, fields, patterns, switch};
use crate::words::{Group, Role, folded_name};

/// What a source may do. Of what a list is absent, everything is allowed; an empty list allows nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRule {
    /// Orgs, by alias.
    pub orgs: Option<Vec<Pattern>>,
    /// Projects, by id.
    pub projects: Option<Vec<Pattern>>,
    /// Groups into which it lets people.
    pub groups: Option<Vec<GroupPattern>>,
    /// Roles that it gives.
    pub roles: Option<Vec<Role>>,
    /// Whom it lets in, beside what the policy says for everybody.
    pub domains: Domains,
    /// Which projects it closes and reopens, and whose access it withdraws.
    pub end: End,
    /// Whether it turns *Allow Customers* on in a group, which Salesforce cannot turn off again.
    pub consent: bool,
    /// Whether it takes over access that was given by hand.
    pub adopt: bool,
    /// Whether its messages contain addresses of web pages.
    pub links: bool,
    /// How many customers it lets in on one day, by UTC; `None` = as many as it likes.
    pub invitations_per_day: Option<u32>,
}

/// Whose projects a source ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Those that it was the first to name.
    Own,
    /// All that it may name.
    Any,
}

/// A group by its record id or by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupPattern {
    /// An id of 15 or 18 characters. No name that looks like it is meant.
    Id(String),
    /// A name, in lower case.
    Name(Pattern),
}

/// What every trusted source may do where the policy names none: all but what cannot be undone, or goes out in mails as a link.
pub(super) static UNNAMED: SourceRule = SourceRule::with(End::Any);

impl SourceRule {
    const fn with(end: End) -> Self {
        Self {
            orgs: None,
            projects: None,
            groups: None,
            roles: None,
            domains: Domains { allow: None, deny: Vec::new() },
            end,
            consent: false,
            adopt: true,
            links: false,
            invitations_per_day: None,
        }
    }

    pub(super) fn read(value: &Value) -> Result<Self, Wrong> {
        let mut rule = Self::with(End::Own);
        let expected = "must be an object with what the source may do";
        for (field, value) in fields(value, expected)? {
            rule.set(field, value).map_err(|wrong| wrong.within(field))?;
        }
        Ok(rule)
    }

    fn set(&mut self, field: &str, value: &Value) -> Result<(), Wrong> {
        match field {
            "orgs" => {
                let expected = "must be a list of aliases of orgs; * stands for any characters";
                self.orgs = Some(patterns(value, expected, Pattern::parse)?);
            }
            "projects" => {
                let expected = "must be a list of ids of projects; * stands for any characters";
                self.projects = Some(patterns(value, expected, Pattern::parse)?);
            }
            "groups" => {
                let expected = "must be a list of names or ids of groups; * stands for any characters of a name";
                self.groups = Some(patterns(value, expected, GroupPattern::parse)?);
            }
            "roles" => {
                self.roles = Some(patterns(value, "must be a list of member and manager", role)?);
            }
            "domains" => self.domains = Domains::read(value)?,
            "end" => {
                self.end = match value.as_str() {
                    Some("own") => End::Own,
                    Some("any") => End::Any,
                    Some(_) | None => return Err("must be own or any".into()),
                }
            }
            "consent" => self.consent = switch(value)?,
            "adopt" => self.adopt = switch(value)?,
            "links" => self.links = switch(value)?,
            "invitationsPerDay" => {
                let number = value.as_u64().and_then(|it| u32::try_from(it).ok());
                let expected = "must be a whole number from 0";
                self.invitations_per_day = Some(number.ok_or_else(|| Wrong::from(expected))?);
            }
            _ => return Err("is not known; check its spelling".into()),
        }
        Ok(())
    }
}

impl GroupPattern {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_id = text.starts_with("0F9")
            && matches!(text.len(), 15 | 18)
            && text.bytes().all(|it| it.is_ascii_alphanumeric());
        if is_id {
            return Some(Self::Id(text.to_owned()));
        }
        Some(Self::Name(Pattern::parse(&folded_name(text))?))
    }

    /// Whether a group is meant. Setup shows the first 15 characters of an id, which already differ from those of every other group.
    #[must_use]
    pub fn matches(&self, group: &Group) -> bool {
        match self {
            Self::Id(id) => group.id.as_str().starts_with(id.as_str()),
            Self::Name(_) => self.matches_name(&group.name),
        }
    }

    /// Whether a group of this name is meant, whatever its id.
    pub(super) fn matches_name(&self, name: &str) -> bool {
        matches!(self, Self::Name(pattern) if pattern.matches(&folded_name(name)))
    }

    /// As the policy has it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Id(id) => id,
            Self::Name(pattern) => pattern.as_str(),
        }
    }
}

fn role(text: &str) -> Option<Role> {
    [Role::Member, Role::Manager].into_iter().find(|role| role.as_str() == text)
}
