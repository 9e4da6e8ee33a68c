//! The rules of all sources, and which of them is meant for one.

use std::fmt;

use serde_json::Value;

use super::judge::Authority;
use super::pattern::Pattern;
use super::reading::{Wrong, fields};
use super::refused::{NotAllowed, Rule};
use super::rule::SourceRule;
use crate::words::Source;

/// The rules of all sources that may do anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sources(Vec<(SourcePattern, SourceRule)>);

/// For whom a rule is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum SourcePattern {
    /// Events whose `source` matches.
    Event(Pattern),
    /// Principals whose ARN matches.
    Principal(Pattern),
    /// Direct invocations.
    Operator,
    /// Whomever the platform names and no other rule is for.
    Rest,
}

impl Sources {
    /// What a source may do. Where several rules match, the one that says most exactly who is meant counts, and no other.
    pub(crate) fn authority<'a>(&'a self, source: &'a Source) -> Result<Authority<'a>, NotAllowed> {
        let matching = self.0.iter().filter(|(pattern, _)| pattern.matches(source));
        let exactest = matching.max_by_key(|(pattern, _)| (pattern.weight(), pattern.to_string()));
        let Some((pattern, rule)) = exactest else { return Err(NotAllowed::no_rule(source)) };
        Ok(Authority { source, name: Rule::of(Some(pattern.to_string())), rule })
    }

    /// How many rules there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn read(value: &Value) -> Result<Self, Wrong> {
        let entries = fields(value, "must be an object with a rule for each source")?;
        if entries.is_empty() {
            return Err("must have a rule for at least one source".into());
        }
        let read = |(key, value): (&String, &Value)| {
            let of_entry = |wrong: Wrong| wrong.within_entry(key);
            let pattern = SourcePattern::parse(key).map_err(of_entry)?;
            Ok((pattern, SourceRule::read(value).map_err(of_entry)?))
        };
        Ok(Self(entries.iter().map(read).collect::<Result<_, Wrong>>()?))
    }
}

impl SourcePattern {
    fn parse(key: &str) -> Result<Self, Wrong> {
        let expected = "must be the source of events, the ARN of a principal, operator, or *; * stands for any characters";
        let pattern = Pattern::parse(key).filter(|it| it.as_str() == key);
        match (key, pattern) {
            ("operator", _) => Ok(Self::Operator),
            ("*", _) => Ok(Self::Rest),
            ("lanyard", _) => Err("must not be lanyard, which nobody else may be".into()),
            // The account comes before the name: a star in its place would let anybody in from theirs.
            (key, Some(_)) if key.starts_with("arn:") => Self::of_principal(key),
            (_, Some(pattern)) => Ok(Self::Event(pattern)),
            (_, None) => Err(expected.into()),
        }
    }

    /// Principals as they are told: roles without their path, and sessions by their role.
    fn of_principal(key: &str) -> Result<Self, Wrong> {
        let expected = "must name the account of the principal in full";
        let parts: Vec<&str> = key.splitn(6, ':').collect();
        let [scheme, partition, service, _, account, resource] = *parts else {
            return Err(expected.into());
        };
        let is_full = |it: &str| !it.is_empty() && !it.contains('*');
        if !is_full(account) || !is_full(partition) {
            return Err(expected.into());
        }
        let role = match (service, resource.split_once('/')) {
            ("sts", Some(("assumed-role", role))) => match role.split_once('/') {
                None | Some((_, "*")) => role.split('/').next(),
                Some(_) => {
                    return Err("must name the role, since its sessions are not told apart".into());
                }
            },
            ("iam", Some(("role", role))) => match role.rsplit_once('/') {
                Some(_) if role.contains('*') => {
                    return Err(
                        "must name a role in full where it has a path, which is not told".into()
                    );
                }
                Some((_, name)) => Some(name),
                None => Some(role),
            },
            _ => None,
        };
        let told = role.map(|role| format!("{scheme}:{partition}:iam::{account}:role/{role}"));
        let pattern = Pattern::parse(told.as_deref().unwrap_or(key));
        pattern.map(Self::Principal).ok_or_else(|| expected.into())
    }

    fn matches(&self, source: &Source) -> bool {
        match (self, source) {
            (Self::Event(pattern), Source::Event(name))
            | (Self::Principal(pattern), Source::Principal(name)) => pattern.matches(name),
            (Self::Operator, Source::Operator)
            | (Self::Rest, Source::Event(_) | Source::Principal(_) | Source::Operator) => true,
            _ => false,
        }
    }

    fn weight(&self) -> (bool, usize) {
        match self {
            Self::Event(pattern) | Self::Principal(pattern) => pattern.weight(),
            Self::Operator => (true, 0),
            Self::Rest => (false, 0),
        }
    }
}

impl fmt::Display for SourcePattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Event(pattern) | Self::Principal(pattern) => pattern.as_str(),
            Self::Operator => "operator",
            Self::Rest => "*",
        })
    }
}
