//! One transition of a grant, before it is recorded.

use jiff::Timestamp;

use crate::records::{Grant, ProjectChange};
use crate::words::GrantId;

/// One transition of a grant, as it was decided; recorded as an [`crate::Entry`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// The grant.
    pub grant: GrantId,
    /// The grant's version after the transition: the entry's place in its history.
    pub version: u64,
    /// When.
    pub at: Timestamp,
    /// Who asked for it: an ARN, an event's source and id, a request id, or the run.
    pub actor: String,
    /// What happened, in a few words.
    pub cause: String,
    /// The digest of the plan that decided it.
    pub plan_digest: Option<String>,
    /// Salesforce's answer where it refused.
    pub answer: Option<String>,
    /// Of an ending that a close began: the close.
    pub closed: Option<ProjectChange>,
    /// The grant after the transition, with the head from before it.
    pub state: Grant,
}

/// Who decides, for the audit.
#[derive(Clone, Copy, Debug)]
pub struct Actor<'a> {
    /// An ARN, an event's source and id, a request id, or the run.
    pub name: &'a str,
    /// The digest of the plan that is carried out.
    pub plan_digest: Option<&'a str>,
}

pub(crate) fn entry(
    grant: &Grant,
    actor: Actor<'_>,
    cause: String,
    answer: Option<String>,
    now: Timestamp,
) -> AuditEntry {
    AuditEntry {
        grant: grant.id.clone(),
        version: grant.version,
        at: now,
        actor: actor.name.to_owned(),
        cause,
        plan_digest: actor.plan_digest.map(str::to_owned),
        answer,
        closed: None,
        state: grant.clone(),
    }
}
