//! Who asks, as the platform says it.

use std::fmt;

/// Who sent a request or an event, as far as the platform says so. What a payload says of its sender is never part of it.
///
/// Two sources are the same where they are equal: what a rule allows and whom a project belongs to is found by it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
        if arn.is_empty() {
            Self::Unknown
        } else {
            Self::Principal(role().unwrap_or_else(|| arn.to_owned()))
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Event(source) => source,
            Self::Principal(arn) => arn,
            Self::Operator => "operator",
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
            ("kim", "kim"),
        ] {
            assert_eq!(Source::of_principal(arn), Source::Principal(expected.to_owned()));
        }
        assert_eq!(Source::of_principal(""), Source::Unknown);
    }

    #[test]
    fn an_event_is_no_operator_whatever_its_source_is_called() {
        assert_ne!(Source::of_event("operator"), Source::Operator);
        assert_ne!(Source::of_event("unknown"), Source::Unknown);
        assert_eq!(Source::of_event("corp.projects").to_string(), "corp.projects");
    }
}
