//! What is believed of an org's settings, which change by an admin's hand and are not read for every request.

use std::collections::BTreeMap;
use std::time::Duration;

use access::{Finding, OrgAlias, OrgFacts, Outcomes, Step, explain, preflight};
use chatter::{AmbiguousGroup, Chatter, GroupError, Unavailable};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::RETRY_AFTER;
use crate::admission::Desk;
use crate::failure::not_ready;
use crate::refusal::RequestRefusal;

/// How long an org's settings are taken as read.
const LIFE: Duration = Duration::from_mins(10);

/// The same where the most important of them could not be read, perhaps for this once.
const LIFE_OF_UNKNOWN: Duration = Duration::from_mins(1);

/// The settings of each org, with the instant at which they were read.
#[derive(Debug, Default)]
pub(crate) struct Settings(Mutex<BTreeMap<OrgAlias, (Instant, OrgFacts)>>);

/// The settings of one org that a request goes by.
#[derive(Debug)]
pub(crate) struct Believed<'a> {
    settings: &'a Settings,
    pub(crate) facts: OrgFacts,
    /// Whether they were read for this very request.
    is_read_now: bool,
}

impl Settings {
    /// What is believed of an org, read now if it was read too long ago.
    ///
    /// # Errors
    /// [`Unavailable`] where the org is not ready, or does not answer.
    pub(crate) async fn of(
        &self,
        org: &OrgAlias,
        chatter: &Chatter,
    ) -> Result<Believed<'_>, Unavailable> {
        let mut known = self.0.lock().await;
        if let Some((read_at, facts)) = known.get(org)
            && read_at.elapsed() < life(facts)
        {
            return Ok(Believed { settings: self, facts: *facts, is_read_now: false });
        }
        let facts = chatter.reader.org().await?;
        keep(&mut known, org, facts);
        Ok(Believed { settings: self, facts, is_read_now: true })
    }
}

impl Believed<'_> {
    /// The settings as they are after Salesforce refused what they allow; `None` where they cannot be read, or were read for this very
    /// request, and so explain nothing.
    async fn anew(&self, org: &OrgAlias, chatter: &Chatter) -> Option<OrgFacts> {
        if self.is_read_now {
            return None;
        }
        let facts = chatter.reader.org().await.ok()?;
        keep(&mut *self.settings.0.lock().await, org, facts);
        Some(facts)
    }
}

impl Desk<'_> {
    /// Gives the refusal of an invitation its cause, if that is a setting that was changed since it was read.
    pub(crate) async fn explain_refusals(&self, org: &OrgAlias, outcomes: &mut Outcomes) {
        let failures = outcomes.failures.values().flatten();
        let mut invitations = failures.filter(|it| it.is_refusal && it.step == Step::Invite);
        if invitations.next().is_none() {
            return;
        }
        let Some(facts) = self.settings.anew(org, self.chatter).await else { return };
        outcomes.failures.values_mut().flatten().for_each(|failure| explain(failure, &facts));
    }

    /// Why a group cannot be made or opened: Salesforce's own words, unless a setting that was changed since it was read explains them.
    pub(crate) async fn refusal_of_group(
        &self,
        org: &OrgAlias,
        error: GroupError,
    ) -> RequestRefusal {
        match error {
            GroupError::Refused { code, message } => match self.cause(org).await {
                Some(finding) => RequestRefusal::Preflight(finding),
                None => RequestRefusal::GroupRefused { code, message },
            },
            GroupError::NotReady(lasting) => not_ready(lasting),
            GroupError::Unavailable => {
                RequestRefusal::SalesforceUnavailable { retry_after: RETRY_AFTER }
            }
            GroupError::Ambiguous(AmbiguousGroup) => RequestRefusal::GroupAmbiguous,
        }
    }

    /// What of the org's settings refuses every request by now.
    async fn cause(&self, org: &OrgAlias) -> Option<Finding> {
        let facts = self.settings.anew(org, self.chatter).await?;
        preflight(&facts, None, false).err()
    }
}

/// An org that refuses is about to be mended, and whoever mended it asks again at once: what refuses is not kept.
fn keep(known: &mut BTreeMap<OrgAlias, (Instant, OrgFacts)>, org: &OrgAlias, facts: OrgFacts) {
    if facts.customer_invitations == Some(false) {
        known.remove(org);
    } else {
        known.insert(org.clone(), (Instant::now(), facts));
    }
}

fn life(facts: &OrgFacts) -> Duration {
    match facts.customer_invitations {
        Some(_) => LIFE,
        None => LIFE_OF_UNKNOWN,
    }
}
