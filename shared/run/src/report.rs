//! What a run did, in the words of the contract.

use access::{Decision, Failure, GrantId};
use jiff::Timestamp;
use runtime::FunctionError;
use serde::Serialize;

use crate::code::{ORG_NOT_READY, RUN_FAILED, SALESFORCE_SIGN_IN_REFUSED};
use crate::fault::Fault;
use crate::measures::Measures;
use crate::org_report::{BrakedLine, OrgReport};

/// What set a run off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Trigger {
    /// The nightly schedule.
    Schedule,
    /// A person.
    #[default]
    Manual,
    /// A *Project Closed* or *Project Reopened* event.
    Event,
    /// An earlier run that had no time left.
    Continuation,
}

/// The report of a run. All counts are grants.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunReport {
    /// The run's id: the invocation's request id.
    pub run_id: String,
    /// What set it off.
    pub trigger: Trigger,
    /// The instant that counted as now.
    pub at: Timestamp,
    /// Whether nothing was changed.
    pub dry_run: bool,
    /// Whether all that was due was looked at.
    pub complete: bool,
    /// The digest of the endings that were decided; of the largest set that the brake holds, if it holds any.
    pub plan_digest: String,
    /// Grants that were due.
    pub looked: usize,
    /// Of those, left as they are.
    pub kept: usize,
    /// Found to have joined.
    pub joined: usize,
    /// Made manager.
    pub promoted: usize,
    /// Ended now.
    pub ended: usize,
    /// Read back as gone.
    pub proven: usize,
    /// Read back as gone once more.
    pub reproven: usize,
    /// Found to have been given back by hand.
    pub drifted: usize,
    /// Endings that Salesforce refuses.
    pub stuck: usize,
    /// Grants of which nobody can tell who accepted the invitation, while somebody in the group may be the customer.
    pub undecided: usize,
    /// Endings that the brake holds.
    pub held: usize,
    /// The sets that the brake holds, at most [`RunReport::MAXIMUM_BRAKED`] of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub braked: Vec<BrakedLine>,
    /// Of a released set: the endings that were carried out, because they were still due as they were held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub released: Option<usize>,
    /// Of a released set: the grants that were left alone, because they have changed since it was held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<usize>,
    /// Which those are, at most [`RunReport::MAXIMUM_LEFT_OUT`] of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out_grants: Vec<GrantId>,
    /// Left for the continuation.
    pub deferred: usize,
    /// Grants with a failure.
    pub failed: usize,
    /// Of those whose access was withdrawn by name: of how many no grant is recorded that was meant, or one stays that was asked for
    /// later.
    #[serde(skip_serializing_if = "is_zero")]
    pub unmatched: usize,
    /// The age of the oldest access that should have ended and has not, in minutes.
    pub oldest_overdue_minutes: i64,
    /// For how many minutes of the day before the run seats and memberships were still there that should have been over, in sum;
    /// absent where the run is no sweep of what is due, or could not measure it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lingering_seat_minutes: Option<u64>,
    /// HTTP requests sent to Salesforce.
    pub salesforce_calls: u64,
    /// The digest of the heads that it moved ([`access::digest_of_heads`]); absent where it recorded no entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heads_digest: Option<String>,
    /// What failed, at most [`RunReport::MAXIMUM_FAILURES`] of them.
    pub failures: Vec<FailureLine>,
    /// The orgs of which a census was taken.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub orgs: Vec<OrgReport>,
    /// What the metrics say besides.
    #[serde(skip)]
    pub measures: Measures,
    /// In a dry run: the decision for each grant looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decisions: Option<Vec<DecisionLine>>,
}

/// One failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FailureLine {
    /// The grant; absent where a failure concerns the run as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<GrantId>,
    /// What was tried: a step in Salesforce, or what the run was at.
    pub step: &'static str,
    /// Salesforce's code, or ours.
    pub code: String,
    /// Salesforce's text, or ours, without addresses.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Whether the text is Salesforce's, in which an admin may have named anybody.
    #[serde(skip)]
    pub(crate) is_quoted: bool,
    /// Whether looking failed, so that something was not seen.
    #[serde(skip)]
    pub(crate) is_blind: bool,
}

/// One line of a dry run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DecisionLine {
    /// The grant.
    pub grant_id: GrantId,
    /// What would happen, why and how.
    #[serde(flatten)]
    pub decision: Decision,
}

/// A run with failures: it did all else, and fails its invocation so that somebody looks. Its text is the report as JSON.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.to_json())]
pub struct RunFailed(
    /// The report.
    pub Box<RunReport>,
);

impl RunFailed {
    /// Whether all that failed is what Salesforce refuses: then a repetition fails as well until a person has changed
    /// something.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.0.measures.undone == 0
    }

    /// Whether the run could not even ask for its continuation.
    #[must_use]
    pub fn is_cut_off(&self) -> bool {
        self.0.measures.is_cut_off
    }
}

/// Why a run is no success.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// It could not begin, so that nothing was carried out.
    #[error("{}: {}", .0.error_type, .0.message)]
    NotBegun(FunctionError),
    /// It did all else.
    #[error(transparent)]
    Failed(#[from] RunFailed),
}

impl From<RunError> for FunctionError {
    fn from(error: RunError) -> Self {
        match error {
            RunError::NotBegun(error) => error,
            RunError::Failed(failed) => Self::new(RUN_FAILED, failed.to_string()),
        }
    }
}

impl FailureLine {
    pub(crate) fn of(fault: &Fault) -> Self {
        Self {
            grant_id: None,
            step: fault.stage.name(),
            code: fault.code.clone(),
            message: without_addresses(&fault.message),
            is_quoted: false,
            is_blind: fault.stage.is_looking(),
        }
    }

    /// Of a step, in Salesforce's words.
    pub(crate) fn of_step(failure: &Failure) -> Self {
        Self {
            grant_id: None,
            step: failure.step.name(),
            code: failure.code.clone(),
            message: without_addresses(&failure.message),
            is_quoted: true,
            is_blind: false,
        }
    }
}

impl RunReport {
    /// Failures listed one by one; the rest is only counted, because an answer may not exceed 6 MB.
    pub const MAXIMUM_FAILURES: usize = 100;

    /// Sets that the brake holds, one by one; each is told by an event besides.
    pub const MAXIMUM_BRAKED: usize = 100;

    /// Grants left out of a release, one by one; all of them are in the log.
    pub const MAXIMUM_LEFT_OUT: usize = 1_000;

    /// Notes a failure of one grant, or of the run.
    pub(crate) fn note(&mut self, grant: Option<&GrantId>, failure: FailureLine) {
        self.failed += 1;
        self.measures.is_sign_in_refused |= failure.code == SALESFORCE_SIGN_IN_REFUSED;
        self.measures.is_not_ready |= failure.code == ORG_NOT_READY;
        // What lasts is no better a moment later, and repeated refusals lock the user out.
        let lasts = matches!(failure.code.as_str(), SALESFORCE_SIGN_IN_REFUSED | ORG_NOT_READY);
        self.measures.is_unanswered |= lasts;
        self.measures.is_blind |= failure.is_blind;
        // Of grants those are counted by their accounts.
        self.measures.undone += usize::from(grant.is_none());
        if self.failures.len() < Self::MAXIMUM_FAILURES {
            self.failures.push(FailureLine { grant_id: grant.cloned(), ..failure });
        }
    }

    /// Notes a failure of the run as a whole.
    pub(crate) fn fail(&mut self, fault: &Fault) {
        self.note(None, FailureLine::of(fault));
    }

    /// Whether nothing at all was done for lack of time.
    pub(crate) fn is_fruitless(&self) -> bool {
        let is_left = self.deferred > 0 && self.deferred == self.looked;
        !self.complete && is_left && !self.measures.has_acted && !self.measures.has_waited
    }

    /// The report as a JSON text.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The report as it may be logged: what Salesforce says stays out, and its codes stay in.
    pub(crate) fn to_log(&self) -> String {
        self.unquoted().to_json()
    }

    /// The report as it is kept: what Salesforce says of people is in the evidence, from where it can be erased.
    pub(crate) fn unquoted(&self) -> Self {
        let mut report = self.clone();
        for failure in report.failures.iter_mut().filter(|failure| failure.is_quoted) {
            failure.message.clear();
        }
        report
    }

    /// The report of a run without failures.
    ///
    /// # Errors
    /// [`RunFailed`] when anything failed.
    pub(crate) fn verdict(self) -> Result<Self, RunFailed> {
        if self.failed == 0 { Ok(self) } else { Err(RunFailed(Box::new(self))) }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// A text of Salesforce's with every word that looks like an address left out: reports are logged.
fn without_addresses(text: &str) -> String {
    let words = text.split_whitespace().map(|word| if word.contains('@') { "…" } else { word });
    words.collect::<Vec<_>>().join(" ")
}
