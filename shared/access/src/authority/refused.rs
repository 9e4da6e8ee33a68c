//! What somebody is told who asks for more than they may.

use std::fmt;

use super::domains::Sponsors;
use super::pattern::Pattern;
use crate::words::Source;

/// A request, or the end of a project, that a rule does not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct NotAllowed {
    /// Whose rule it is.
    pub code: NotAllowedCode,
    /// The way to the rule in the policy, such as `sources["corp.projects"].groups`. It has nothing of the request in it.
    pub rule: String,
    /// What is not allowed.
    pub message: String,
    /// What would be, or what to change.
    pub fix: String,
}

/// What is not allowed to do what was asked for, as contracts spell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAllowedCode {
    /// The source.
    Source,
    /// The sponsor.
    Sponsor,
}

impl NotAllowedCode {
    /// The code as contracts spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Source => "SOURCE_NOT_ALLOWED",
            Self::Sponsor => "SPONSOR_NOT_ALLOWED",
        }
    }
}

/// The rule that a source has, by the key that it has in the policy; none where the policy names no sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule(Option<String>);

impl Rule {
    pub(super) fn of(key: Option<String>) -> Self {
        Self(key)
    }

    /// The refusal of what a field of the rule does not allow.
    pub(super) fn refuses(&self, field: &str, message: String, fix: String) -> NotAllowed {
        let code = NotAllowedCode::Source;
        NotAllowed { code, rule: self.field(field), message, fix }
    }

    /// The way to a field of the rule.
    pub(super) fn field(&self, field: &str) -> String {
        match &self.0 {
            Some(key) => format!("sources[\"{key}\"].{field}"),
            None => format!("sources[…].{field}"),
        }
    }
}

impl NotAllowed {
    /// The way to the rule as a log may have it: without a key that may be the address of a person.
    #[must_use]
    pub fn loggable_rule(&self) -> String {
        match (self.rule.split_once("[\""), self.rule.rsplit_once("\"]")) {
            (Some((before, _)), Some((key, after))) if key.contains('@') => {
                format!("{before}[…]{after}")
            }
            _ => self.rule.clone(),
        }
    }

    /// The refusal of a source that has no rule.
    pub(super) fn no_rule(source: &Source) -> Self {
        let key = match source {
            Source::Event(_) => "the source of the event",
            Source::Principal(_) => "the ARN of the principal",
            Source::Operator => "operator",
            Source::Unknown => {
                return Self {
                    code: NotAllowedCode::Source,
                    rule: "sources".to_owned(),
                    message: "the platform does not say who asks".to_owned(),
                    fix: "sign the request with credentials of AWS".to_owned(),
                };
            }
        };
        Self {
            code: NotAllowedCode::Source,
            rule: "sources".to_owned(),
            message: format!("no rule in the policy's sources is for {source}"),
            fix: format!("have a rule for {key} put into sources in the policy"),
        }
    }

    /// The refusal of a sponsor whom the policy does not name.
    pub(crate) fn sponsor(sponsors: &Sponsors) -> Self {
        Self {
            code: NotAllowedCode::Sponsor,
            rule: "sponsors".to_owned(),
            message: "the sponsor is not one of those who may answer for customers".to_owned(),
            fix: format!("name one of these: {}", listed(sponsors.iter().map(Pattern::as_str))),
        }
    }

    /// The refusal of a customer as sponsor.
    #[must_use]
    pub fn customer_as_sponsor() -> Self {
        Self {
            code: NotAllowedCode::Sponsor,
            rule: "sponsors".to_owned(),
            message: "the sponsor is a customer, who cannot answer for customers".to_owned(),
            fix: "name somebody who answers for the customers and is none".to_owned(),
        }
    }
}

/// What a rule allows, for people: the first few entries of a list.
pub(super) fn listed<T: fmt::Display>(entries: impl IntoIterator<Item = T>) -> String {
    const MAXIMUM: usize = 10;
    let mut entries = entries.into_iter();
    let mut first: Vec<String> = entries.by_ref().take(MAXIMUM).map(|it| it.to_string()).collect();
    let more = entries.count();
    if more > 0 {
        first.push(format!("{more} more"));
    }
    if first.is_empty() { "none".to_owned() } else { first.join(", ") }
}
