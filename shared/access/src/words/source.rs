//! Who asks, as the platform says it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Who sent a request or an event, as far as the platform says so. What a payload says of its sender is never part of it.
///
/// Two sources are the same where they are equal: what a rule allows and whom a project belongs to is found by it. It is recorded with
/// its kind, `event:corp.projects`, so that nobody becomes another by choosing a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Source {
    /// Whoever put an event of this `source` on the bus: the bus lets only those do so who may.
    Event(String),
    /// The AWS principal who signed a request, by ARN. A session of an assumed role is told by the role alone, since whoever assumes it
    /// names the session as they like.
    Principal(String),
    /// Whoever invokes a function by hand. Lambda tells the function nothing of who that is.
    Operator,
    /// Nobody whom the platform names.
    Unknown,
}

impl Source {
    /// The source of an event.
    #[must_use]
    pub fn of_event(source: &str) -> Self {
        Self::Event(source.to_owned())
    }

    /// The source of a request that was signed by a principal with this ARN.
    ///
    /// `arn:aws:sts::123456789012:assumed-role/portal/session` is the role `arn:aws:iam::123456789012:role/portal`: names of roles are
    /// unique in an account, whatever their path, and the ARN of a session has no path
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>).
    #[must_use]
    pub fn of_principal(arn: &str) -> Self {
        let role = || {
            let mut parts = arn.splitn(6, ':');
            let (scheme, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
            let (_region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
            let role = resource.strip_prefix("assumed-role/").filter(|_| service == "sts")?;
            let (name, _session) = role.split_once('/')?;
            Some(format!("{scheme}:{partition}:iam::{account}:role/{name}"))
        };
        // Anything else is no word of the platform.
        let is_arn =
            arn.starts_with("arn:") && !arn.contains(|it: char| it.is_control() || it == ' ');
        if is_arn {
            Self::Principal(role().unwrap_or_else(|| arn.to_owned()))
        } else {
            Self::Unknown
        }
    }
}

const EVENT: &str = "event:";
const PRINCIPAL: &str = "principal:";
const OPERATOR: &str = "operator";

impl From<String> for Source {
    fn from(text: String) -> Self {
        let of = |kind| text.strip_prefix(kind).map(str::to_owned);
        match (of(EVENT), of(PRINCIPAL)) {
            (Some(source), _) => Self::Event(source),
            (None, Some(arn)) => Self::Principal(arn),
            (None, None) if text == OPERATOR => Self::Operator,
            (None, None) => Self::Unknown,
        }
    }
}

impl From<Source> for String {
    fn from(source: Source) -> Self {
        match &source {
            Source::Event(_) => format!("{EVENT}{source}"),
            Source::Principal(_) => format!("{PRINCIPAL}{source}"),
            Source::Operator | Source::Unknown => source.to_string(),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Event(source) => source,
            Self::Principal(arn) => arn,
            Self::Operator => OPERATOR,
            Self::Unknown => "unknown",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Source;

    #[test]
    fn a_session_is_told_by_its_role_and_every_other_principal_by_its_own_arn() {
        for (arn, expected) in [
            (
                "arn:aws:sts::123456789012:assumed-role/portal/whoever",
                "arn:aws:iam::123456789012:role/portal",
            ),
            (
                "arn:aws-cn:sts::123456789012:assumed-role/portal/a:b/c",
                "arn:aws-cn:iam::123456789012:role/portal",
            ),
            ("arn:aws:iam::123456789012:user/kim", "arn:aws:iam::123456789012:user/kim"),
            ("arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:root"),
            (
                "arn:aws:sts::123456789012:assumed-role/portal",
                "arn:aws:sts::123456789012:assumed-role/portal",
            ),
        ] {
            assert_eq!(Source::of_principal(arn), Source::Principal(expected.to_owned()));
        }
        for text in ["", "kim", "operator", "event corp.projects", "arn:aws:iam::1:role/x\nevent"] {
            assert_eq!(Source::of_principal(text), Source::Unknown, "{text}");
        }
    }

    #[test]
    fn a_source_is_recorded_with_its_kind() {
        for (source, text) in [
            (Source::of_event("operator"), "event:operator"),
            (Source::of_event("principal:x"), "event:principal:x"),
            (Source::of_principal("arn:x"), "principal:arn:x"),
            (Source::Operator, "operator"),
            (Source::Unknown, "unknown"),
        ] {
            assert_eq!(serde_json::to_value(&source).unwrap(), text);
            assert_eq!(serde_json::from_value::<Source>(text.into()).unwrap(), source);
        }
        assert_eq!(Source::from("what a later version writes".to_owned()), Source::Unknown);
    }

    #[test]
    fn an_event_is_no_operator_whatever_its_source_is_called() {
        assert_ne!(Source::of_event("operator"), Source::Operator);
        assert_ne!(Source::of_event("unknown"), Source::Unknown);
        assert_eq!(Source::of_event("corp.projects").to_string(), "corp.projects");
    }
}
