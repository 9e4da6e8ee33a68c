//! What one request came to, in metrics.

use std::collections::BTreeMap;

use access::{Failure, OrgAlias, Outcome, RefusalCode};
use run::code::{ORG_NOT_READY, SALESFORCE_SIGN_IN_REFUSED};
use runtime::Metric;
use salesforce::Usage;

use crate::answer::{Answer, AnsweredCustomer};
use crate::case::{Case, Fate};
use crate::refusal::RequestRefusal;

/// What is noted of one request on its way, whatever its answer.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// How many customers it names, once it is understood.
    pub(crate) customers: Option<usize>,
    /// Mails that left. One that left with a request that fails afterwards is not sent again.
    invited: usize,
    calls: u64,
    allowance_used: Option<u64>,
    is_sign_in_refused: bool,
    /// What lasts in the org, by a step that failed for it: cause and fix.
    lasting: Option<(String, String)>,
    /// The org, if it does not answer: it will not answer the next request of this moment either.
    pub(crate) unanswered: Option<OrgAlias>,
}

impl Tally {
    /// Notes what the org was asked.
    pub(crate) fn use_up(&mut self, usage: Usage) {
        self.calls += usage.calls;
        self.allowance_used = self.allowance_used.max(usage.percent_used());
    }

    /// Notes whose invitations were sent.
    pub(crate) fn sent(&mut self, cases: &[Case]) {
        let is_invited = |case: &&Case| match &case.fate {
            Fate::Admitted { admitted, .. } => admitted.outcome == Outcome::Invited,
            Fate::Refused { .. }
            | Fate::Superseded { .. }
            | Fate::Withdrawn
            | Fate::Later { .. }
            | Fate::Unrecorded => false,
        };
        self.invited += cases.iter().filter(is_invited).count();
    }

    /// Notes the code of a step that failed: a session that ends in the middle may find its sign-in refused.
    pub(crate) fn failed(&mut self, Failure { code, message, .. }: &Failure) {
        self.is_sign_in_refused |= code == SALESFORCE_SIGN_IN_REFUSED;
        if code == ORG_NOT_READY {
            let parts = message.split_once("; ");
            self.lasting = parts.map(|(cause, fix)| (cause.to_owned(), fix.to_owned()));
        }
    }

    /// Why a request is to come again that could not be carried out in full: something that lasts goes before what passes.
    pub(crate) fn later(&mut self, retry_after: u64) -> RequestRefusal {
        match self.lasting.take() {
            Some((cause, fix)) => RequestRefusal::OrgNotReady { cause, fix },
            None => RequestRefusal::SalesforceUnavailable { retry_after },
        }
    }

    /// Notes that the org lets nobody in, so that it is not asked again in this invocation.
    pub(crate) fn shut(&mut self, org: &OrgAlias, refusal: RequestRefusal) -> RequestRefusal {
        let is_shut = matches!(
            refusal,
            RequestRefusal::SignInRefused { .. } | RequestRefusal::OrgNotReady { .. }
        );
        if is_shut {
            self.unanswered = Some(org.clone());
        }
        refusal
    }

    /// Notes why the org could not be looked at.
    pub(crate) fn blind(&mut self, org: &OrgAlias, refusal: RequestRefusal) -> RequestRefusal {
        if matches!(refusal, RequestRefusal::SalesforceUnavailable { .. }) {
            self.unanswered = Some(org.clone());
        }
        self.shut(org, refusal)
    }

    pub(crate) fn measured(
        &self,
        answer: &Result<Answer, RequestRefusal>,
    ) -> BTreeMap<Metric, u64> {
        let is_refused = |it: &&AnsweredCustomer| matches!(it, AnsweredCustomer::Refused { .. });
        let (refused, is_unavailable) = match answer {
            Ok(answer) => (answer.customers.iter().filter(is_refused).count(), false),
            Err(refusal) if refusal.is_transient() => (0, true),
            Err(_) => (self.customers.unwrap_or(1), false),
        };
        let is_sign_in_refused = matches!(answer, Err(RequestRefusal::SignInRefused { .. }));
        let is_not_ready = matches!(answer, Err(RequestRefusal::OrgNotReady { .. }));
        let mut values = BTreeMap::from([
            (Metric::Invited, self.invited as u64),
            (Metric::Refused, refused as u64),
            (Metric::NotAllowed, u64::from(is_not_allowed(answer))),
            (Metric::Unavailable, u64::from(is_unavailable)),
            (Metric::SalesforceCalls, self.calls),
            (Metric::SignInRefused, u64::from(is_sign_in_refused || self.is_sign_in_refused)),
            (Metric::OrgNotReady, u64::from(is_not_ready)),
        ]);
        values.extend(self.allowance_used.map(|used| (Metric::SalesforceAllowanceUsed, used)));
        values
    }
}

/// Whether a rule of the policy has something against the request, or against one of its customers. Says in the log which.
fn is_not_allowed(answer: &Result<Answer, RequestRefusal>) -> bool {
    let by_rule = |it: &AnsweredCustomer| match it {
        AnsweredCustomer::Refused { error, .. } => {
            matches!(
                error.code,
                RefusalCode::DomainNotAllowed
                    | RefusalCode::SourceNotAllowed
                    | RefusalCode::ExpiryBeyondPolicy
            )
        }
        AnsweredCustomer::Granted { .. } | AnsweredCustomer::Withdrawn { .. } => false,
    };
    match answer {
        Ok(answer) => {
            let customers = answer.customers.iter().filter(|it| by_rule(it)).count();
            if customers > 0 {
                let (org, project) = (&answer.org, &answer.project);
                tracing::warn!(%org, %project, customers, "not allowed");
            }
            customers > 0
        }
        Err(RequestRefusal::NotAllowed(refused)) => {
            tracing::warn!(rule = refused.loggable_rule(), "not allowed");
            true
        }
        Err(RequestRefusal::QuotaExceeded { .. }) => {
            tracing::warn!(rule = "invitationsPerDay", "not allowed");
            true
        }
        Err(_) => false,
    }
}
