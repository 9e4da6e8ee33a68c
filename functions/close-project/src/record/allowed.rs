//! What whoever sends a word may end.

use std::collections::BTreeMap;

use access::{Authority, NotAllowed, OrgAlias, Ownership, Project, ProjectId};
use run::Services;
use runtime::{Caller, FunctionError, Invocation, Metric};

use crate::{FUNCTION, unavailable};

/// What a caller may do.
///
/// # Errors
/// [`FunctionError`] `SOURCE_NOT_ALLOWED` where no rule is for them.
pub(super) fn authority<'a>(
    services: &'a Services,
    invocation: &Invocation,
    caller: &'a Caller,
) -> Result<Authority<'a>, FunctionError> {
    let authority = services.policy.authority(&caller.source);
    authority.map_err(|refused| not_allowed(services, invocation, &refused))
}

/// The project as that of whoever names it, if they may end it and nobody named it before.
///
/// # Errors
/// [`FunctionError`] `SOURCE_NOT_ALLOWED`, or `LEDGER_UNAVAILABLE`.
pub(super) async fn named(
    services: &Services,
    invocation: &Invocation,
    authority: &Authority<'_>,
    project: Project,
) -> Result<Project, FunctionError> {
    // Only where it matters whose the project is, it is asked whether anybody belongs to it of which nothing else is recorded.
    let is_known = authority.ends_own_only() && project.version == 0 && {
        let has = services.ledger.reader.has_customers(&project.org, &project.id).await;
        has.map_err(|error| unavailable(&error))?
    };
    let may = authority.may_end(&project.org, &project.id, project.ownership(is_known));
    may.map_err(|refused| not_allowed(services, invocation, &refused))?;
    Ok(project.named_by(authority.source(), is_known))
}

/// Judges a withdrawal in an org, of what is for a project or of all.
///
/// # Errors
/// As [`named`].
pub(super) async fn judge_withdrawal(
    services: &Services,
    invocation: &Invocation,
    authority: &Authority<'_>,
    org: &OrgAlias,
    project: Option<&ProjectId>,
) -> Result<(), FunctionError> {
    let may = match project {
        None => authority.may_end_all(org),
        Some(id) if authority.ends_own_only() => {
            let project = services.ledger.reader.project(org, id).await;
            let project = project.map_err(|error| unavailable(&error))?;
            return named(services, invocation, authority, project).await.map(drop);
        }
        Some(id) => authority.may_end(org, id, Ownership::Unrecorded),
    };
    may.map_err(|refused| not_allowed(services, invocation, &refused))
}

/// Tells people of a word that nobody takes: whoever sent it may believe that access is over.
fn not_allowed(
    services: &Services,
    invocation: &Invocation,
    refused: &NotAllowed,
) -> FunctionError {
    tracing::warn!(rule = refused.loggable_rule(), "not allowed");
    let counted = BTreeMap::from([(Metric::NotAllowed, 1)]);
    services.metrics.record(FUNCTION, invocation, &counted);
    let text = format!("{}: {}", refused.message, refused.fix);
    FunctionError::new(refused.code.as_str(), text)
}
