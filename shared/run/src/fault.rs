//! What can fail of a run beside the steps in Salesforce, and why nobody could look.

use chatter::Unavailable;
use runtime::chain;

use crate::code::{
    LEDGER_UNAVAILABLE, ORG_NOT_READY, SALESFORCE_SIGN_IN_REFUSED, SALESFORCE_UNAVAILABLE,
};

/// What a run was at, as reports name it beside the steps in Salesforce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Finding out what is to be done.
    Begin,
    /// Reading the ledger.
    ReadLedger,
    /// Signing in to an org and recognizing it.
    Connect,
    /// Reading customers in Salesforce.
    Observe,
    /// Recording customers.
    WriteLedger,
    /// Recording what the brake holds.
    Hold,
    /// Recording an event to be published.
    Announce,
    /// Taking a closed project out of what is due.
    FinishProject,
    /// Counting an org.
    Census,
    /// Taking back what the brake held and a person released.
    LiftHold,
    /// Publishing what earlier runs could not.
    Publish,
    /// Measuring for how long access outlasted its end.
    Measure,
    /// Asking for a continuation.
    Continue,
    /// Recording the run itself.
    RecordRun,
}

impl Stage {
    /// Its name in a report.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Begin => "begin",
            Self::ReadLedger => "readLedger",
            Self::Connect => "connect",
            Self::Observe => "observe",
            Self::WriteLedger => "writeLedger",
            Self::Hold => "hold",
            Self::Announce => "announce",
            Self::FinishProject => "finishProject",
            Self::Census => "census",
            Self::LiftHold => "liftHold",
            Self::Publish => "publish",
            Self::Measure => "measure",
            Self::Continue => "continue",
            Self::RecordRun => "recordRun",
        }
    }

    /// Whether it is one of looking: where it fails, something was not seen.
    pub(crate) fn is_looking(self) -> bool {
        matches!(self, Self::ReadLedger | Self::Connect | Self::Observe)
    }
}

/// A failure in words of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What the run was at.
    pub stage: Stage,
    /// What is wrong, as contracts spell it ([`crate::code`]).
    pub code: String,
    /// What is wrong, for people.
    pub message: String,
}

impl Fault {
    /// A failure with this code and text.
    #[must_use]
    pub fn new(stage: Stage, code: &str, message: impl Into<String>) -> Self {
        Self { stage, code: code.to_owned(), message: message.into() }
    }

    /// The ledger did not do what was asked of it.
    #[must_use]
    pub fn of_ledger(stage: Stage, error: &(dyn std::error::Error + 'static)) -> Self {
        Self::new(stage, LEDGER_UNAVAILABLE, chain(error))
    }
}

/// Why nothing is known of what Salesforce shows.
#[derive(Clone, Debug)]
pub(crate) enum NotLooked {
    /// The invocation's time is over.
    OutOfTime,
    /// Anything else.
    Failed(Fault),
    /// What a person must mend, so that repeating alone will not help.
    Lasting(Fault),
}

impl NotLooked {
    /// What Salesforce has against everything that is asked with the secret as it was read, if that is why nobody could look: a newer
    /// secret may mend it.
    pub(crate) fn refused(stage: Stage, error: &Unavailable) -> Option<Fault> {
        match (error, Self::of(stage, error)) {
            (Unavailable::SignInRefused(_) | Unavailable::NotReady(_), Self::Failed(fault)) => {
                Some(fault)
            }
            _ => None,
        }
    }

    /// For want of Salesforce, while the run was at `stage`.
    pub(crate) fn of(stage: Stage, error: &Unavailable) -> Self {
        let code = match error {
            Unavailable::OutOfTime => return Self::OutOfTime,
            Unavailable::SignInRefused(_) => SALESFORCE_SIGN_IN_REFUSED,
            Unavailable::NotReady(_) => ORG_NOT_READY,
            Unavailable::AllowanceUsed => "REQUEST_LIMIT_EXCEEDED",
            Unavailable::NoAnswer(_) => SALESFORCE_UNAVAILABLE,
        };
        Self::Failed(Fault::new(stage, code, chain(error)))
    }
}
