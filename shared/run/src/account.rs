//! The account of one grant in a run: how it stood, what was decided, what failed, and how it stands now.

use access::{Decision, Failure, Grant, Proof, Reason, State, Verdict};
use jiff::Timestamp;

use crate::fault::Fault;
use crate::report::{FailureLine, RunReport};

/// One grant in a run.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Account {
    /// Whether it was due, or is changed although it was not.
    pub(crate) is_counted: bool,
    /// As it was first looked at.
    pub(crate) before: Option<Grant>,
    /// As it was recorded last.
    pub(crate) after: Option<Grant>,
    pub(crate) decision: Option<Decision>,
    /// Since when its project is closed.
    pub(crate) closed_since: Option<Timestamp>,
    /// Whether something is left for want of time.
    pub(crate) is_deferred: bool,
    pub(crate) is_promoted: bool,
    /// The first failure.
    pub(crate) failure: Option<FailureLine>,
    /// Whether anything failed that is no refusal of Salesforce's.
    pub(crate) is_undone: bool,
}

impl Account {
    /// Notes a failure in words of ours, which a repetition may mend.
    pub(crate) fn fail(&mut self, fault: &Fault) {
        self.is_undone = true;
        self.tell(fault);
    }

    /// Notes what only a person can mend.
    pub(crate) fn tell(&mut self, fault: &Fault) {
        self.failure.get_or_insert_with(|| FailureLine::of(fault));
    }

    /// Notes steps that failed.
    pub(crate) fn fail_steps(&mut self, failures: &[Failure]) {
        self.is_undone |= failures.iter().any(|failure| !failure.is_refusal);
        if let Some(failure) = failures.first() {
            self.failure.get_or_insert_with(|| FailureLine::of_step(failure));
        }
    }

    /// Notes what was decided on it, unless that changes nothing while something was decided before that does.
    pub(crate) fn decide(&mut self, decision: &Decision) {
        let changes = decision.verdict != Verdict::Keep;
        self.is_counted |= changes;
        if self.decision.is_none() || changes {
            self.decision = Some(decision.clone());
        }
    }

    /// Whether something was decided that changes it.
    pub(crate) fn is_to_change(&self) -> bool {
        self.decision.as_ref().is_some_and(|it| it.verdict != Verdict::Keep)
    }

    /// Whether a new ending that counts for the brake was decided: those that people have named one by one do not.
    pub(crate) fn is_new_end(&self) -> bool {
        let decision = self.decision.as_ref();
        decision.is_some_and(|it| it.is_new_end && it.reason != Reason::Withdrawn)
    }

    /// As the run knows it now.
    pub(crate) fn grant(&self) -> Option<&Grant> {
        self.after.as_ref().or(self.before.as_ref())
    }

    pub(crate) fn is_braked(&self) -> bool {
        self.decision.as_ref().is_some_and(|it| it.reason == Reason::Brake)
    }

    /// Counts what a dry run decided.
    pub(crate) fn foresee(&self, report: &mut RunReport) {
        report.undecided += usize::from(self.is_undecided());
        if !self.is_counted {
            return;
        }
        report.looked += 1;
        let Some(decision) = &self.decision else { return };
        match decision.verdict {
            Verdict::Keep if self.is_braked() => report.held += 1,
            Verdict::Keep => report.kept += 1,
            Verdict::Join => report.joined += 1,
            Verdict::Promote => report.promoted += 1,
            Verdict::End => report.ended += 1,
            Verdict::Prove => report.proven += 1,
            Verdict::Invite | Verdict::Demote | Verdict::Reactivate => {}
        }
    }

    /// Counts what a run did.
    pub(crate) fn count(&self, report: &mut RunReport) {
        report.looked += usize::from(self.is_counted);
        report.held += usize::from(self.is_braked());
        report.deferred += usize::from(self.is_deferred);
        report.promoted += usize::from(self.is_promoted);
        report.kept += usize::from(self.stays());
        report.undecided += usize::from(self.is_undecided());
        report.stuck += usize::from(self.is_counted && self.is_stuck());
        report.measures.undone += usize::from(self.is_undone);
        let before = self.before.as_ref().map(|grant| &grant.state);
        let Some(after) = self.after.as_ref().map(|grant| &grant.state) else { return };
        report.joined += usize::from(is_active(Some(after)) && !is_active(before));
        let (was, is) = (ending(before), ending(Some(after)));
        report.ended += usize::from(is.is_some() && was != is);
        let (was, is) = (rereads(before).filter(|_| was == is), rereads(Some(after)));
        report.proven += usize::from(was.is_none() && is.is_some());
        report.reproven += usize::from(was.is_some() && was < is);
        report.drifted += usize::from(is_drifted(Some(after)) && !is_drifted(before));
    }

    /// Whether a grant that was due and was to stay as it is did so; that its end was announced changes nothing about that.
    fn stays(&self) -> bool {
        let decision = self.decision.as_ref();
        let is_to_stay = decision.is_some_and(|it| it.verdict == Verdict::Keep);
        let is_same = match (&self.before, &self.after) {
            (Some(before), Some(after)) => before.state == after.state,
            (_, None) => true,
            (None, Some(_)) => false,
        };
        let is_left = self.is_deferred || self.failure.is_some();
        self.is_counted && is_to_stay && !self.is_braked() && is_same && !is_left
    }

    fn is_stuck(&self) -> bool {
        let state = self.grant().map(|grant| &grant.state);
        matches!(state, Some(State::Ending { stuck: Some(_), .. }))
    }

    /// Whether nobody can tell who accepted the invitation: as it was decided, or now that its access is over.
    fn is_undecided(&self) -> bool {
        let is_left = match self.after.as_ref().map(|grant| &grant.state) {
            Some(State::Ending { stuck: Some(stuck), .. }) => !stuck.candidates.is_empty(),
            Some(_) | None => false,
        };
        is_left || self.decision.as_ref().is_some_and(|it| it.reason == Reason::Undecided)
    }

    /// Since when a grant that was due and still gives access should not.
    pub(crate) fn overdue_since(&self, now: Timestamp) -> Option<Timestamp> {
        let grant = self.grant().filter(|_| self.is_counted)?;
        let closed_since = self.closed_since.unwrap_or(Timestamp::MAX);
        let over_since = grant.expires_at.min(closed_since);
        match &grant.state {
            State::Ending { since, .. } => Some(over_since.min(*since)),
            State::Requested { .. } | State::Invited { .. } | State::Active { .. } => {
                (over_since <= now).then_some(over_since)
            }
            State::Ended { .. } | State::Refused { .. } => None,
        }
    }
}

fn is_active(state: Option<&State>) -> bool {
    matches!(state, Some(State::Active { .. }))
}

fn is_drifted(state: Option<&State>) -> bool {
    matches!(state, Some(State::Ended { proof: Proof::Drifted { .. }, .. }))
}

/// Which ending it was, told by the version with which it was recorded; `None` for what has not ended.
fn ending(state: Option<&State>) -> Option<u64> {
    match state {
        Some(State::Ended { version, .. }) => Some(*version),
        Some(_) | None => None,
    }
}

/// How many re-reads of a proven ending are done; `None` for what is not proven.
fn rereads(state: Option<&State>) -> Option<usize> {
    match state {
        Some(State::Ended { proof: Proof::Proven { rereads, .. }, .. }) => Some(*rereads),
        Some(_) | None => None,
    }
}
