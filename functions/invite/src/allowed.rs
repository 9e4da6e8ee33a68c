//! What whoever asks may ask for, and what is recorded of them: whose the project is, and how many they let in today.

use std::collections::{BTreeMap, BTreeSet};

use access::{Authority, Email, NotAllowed, Policy, Project, Role};
use chatter::{GroupName, ObservedGroup};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ledger::CommitError;
use runtime::chain;

use crate::admission::Desk;
use crate::case::Fate;
use crate::failure::unread;
use crate::refusal::RequestRefusal;
use crate::request::Request;

/// Judges a request by itself, before anything is read.
///
/// # Errors
/// [`RequestRefusal::NotAllowed`] names the rule.
pub(crate) fn judge(
    policy: &Policy,
    authority: &Authority<'_>,
    request: &Request,
) -> Result<(), NotAllowed> {
    let roles = request.customers.iter().filter_map(|(_, role)| *role);
    authority.may_ask(&request.org, &request.project, roles)?;
    let name = match &request.group {
        GroupName::Id(_) => None,
        GroupName::Name(name) => Some(name.as_str()),
    };
    authority.may_ask_for_group(name)?;
    policy.may_sponsor(&request.sponsor, request.customers.iter().map(|(email, _)| email))
}

impl Desk<'_> {
    /// Judges the group that was found, or is to be made.
    pub(crate) fn judge_group(
        &self,
        request: &Request,
        found: Option<&ObservedGroup>,
    ) -> Result<(), NotAllowed> {
        match (found, &request.new_group) {
            (Some(found), _) => {
                self.authority.may_enter(&found.group)?;
                let opens = request.allow_customers && !found.facts.allows_customers;
                if opens { self.authority.may_consent() } else { Ok(()) }
            }
            (None, Some(new)) => {
                self.authority.may_make_group(&new.name)?;
                // In a group that is yet to be made nobody has a role to keep.
                let has_new = request.customers.iter().any(|(_, role)| role.is_none());
                if has_new { self.authority.may_give(Role::Member) } else { Ok(()) }
            }
            (None, None) => Ok(()),
        }
    }

    /// Names the project, and counts whom this request lets in that was not counted before.
    pub(crate) async fn account(
        &self,
        project: &Project,
        cases: &BTreeMap<Email, Fate>,
        counted: &mut BTreeSet<Email>,
    ) -> Result<(), RequestRefusal> {
        let mut opens = false;
        let mut new = Vec::new();
        for (email, fate) in cases {
            let Fate::Admitted { admitted, held } = fate else { continue };
            opens |= admitted.opens;
            let is_new = !held.before.grants.contains_key(&admitted.grant);
            if is_new && !counted.contains(email) {
                new.push(email.clone());
            }
        }
        // Whoever may let in nobody names nothing.
        self.count(new.len()).await?;
        if opens {
            self.name(project).await?;
        }
        counted.extend(new);
        Ok(())
    }

    /// Makes a project that was never named before that of whoever asks, before anybody is let in for it.
    async fn name(&self, project: &Project) -> Result<(), RequestRefusal> {
        if project.version > 0 {
            return Ok(());
        }
        // Where no rule depends on whose a project is, nothing is asked for it.
        let is_known = self.policy.sources.is_some() && {
            let has = self.ledger.reader.has_customers(&project.org, &project.id).await;
            has.map_err(|error| unread(&error))?
        };
        let named = project.clone().named_by(self.authority.source(), is_known);
        match self.ledger.writer.commit_project(named, Vec::new()).await {
            // What somebody else wrote counts, and whether that closes it the transaction of each grant finds out.
            Ok(_) | Err(CommitError::Conflict) => Ok(()),
            Err(error) => {
                tracing::error!(error = chain(&error), "the project is not recorded");
                Err(RequestRefusal::LedgerUnavailable)
            }
        }
    }

    /// Counts whom the source is about to let in.
    async fn count(&self, number: usize) -> Result<(), RequestRefusal> {
        let Some(maximum) = self.authority.invitations_per_day().filter(|_| number > 0) else {
            return Ok(());
        };
        let (number, now) = (u32::try_from(number).unwrap_or(u32::MAX), self.invocation.now);
        let source = self.authority.source();
        match self.ledger.writer.count_let_in(source, number, maximum, now).await {
            Ok(true) => Ok(()),
            Ok(false) => {
                let retry_after = until_tomorrow(now);
                Err(RequestRefusal::QuotaExceeded { maximum, retry_after })
            }
            Err(error) => {
                tracing::error!(error = chain(&error), "the source is not counted");
                Err(RequestRefusal::LedgerUnavailable)
            }
        }
    }
}

/// Seconds until the next day by UTC, at least one.
fn until_tomorrow(now: Timestamp) -> u64 {
    let today = now.to_zoned(TimeZone::UTC);
    let tomorrow = today.tomorrow().and_then(|it| it.start_of_day());
    let seconds = tomorrow.map_or(86_400, |it| it.timestamp().as_second() - now.as_second());
    u64::try_from(seconds).unwrap_or(1).max(1)
}

#[cfg(test)]
mod tests {
    use super::until_tomorrow;

    #[test]
    fn a_day_ends_at_midnight_by_utc() {
        for (now, seconds) in [
            ("2027-01-01T00:00:00Z", 86_400),
            ("2027-01-01T23:59:59Z", 1),
            ("2027-01-01T23:59:59.9Z", 1),
            ("2027-12-31T12:00:00+02:00", 50_400),
        ] {
            assert_eq!(until_tomorrow(now.parse().unwrap()), seconds, "{now}");
        }
    }
}
