//! Calls to AWS that go wrong.

use std::fmt;

use crate::network::{Answer, Call, Conduct, Onward, Outcome, Service};
use crate::stories::Moment;
use crate::stories::batch::Batch;
use futures_util::future::BoxFuture;

/// What goes wrong with a call to AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AwsFault {
    /// Too many requests, says the service.
    Throttled,
    /// The service fails, before or after it has done what was asked.
    InternalError(Moment),
    /// The connection is closed.
    Severed(Moment),
    /// No answer comes.
    Silence(Moment),
    /// A transaction meets another one.
    TransactionConflict,
    /// All of a batch is put off: unprocessed items or keys, entries that the bus does not take.
    PutOff,
    /// The first of a batch is put off, and the rest is done.
    FirstPutOff,
}

/// Where a fault begins, and whether it stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What goes wrong.
    pub kind: AwsFault,
    /// The call that it hits first.
    pub call: usize,
    /// Whether it hits what comes later as well.
    pub stays: bool,
}

/// Lets calls pass but for those that a fault hits.
#[derive(Debug)]
pub(crate) struct FaultyAws(pub(crate) Fault);

impl AwsFault {
    /// All that can go wrong.
    pub const ALL: [Self; 10] = [
        Self::Throttled,
        Self::InternalError(Moment::Before),
        Self::InternalError(Moment::After),
        Self::Severed(Moment::Before),
        Self::Severed(Moment::After),
        Self::Silence(Moment::Before),
        Self::Silence(Moment::After),
        Self::TransactionConflict,
        Self::PutOff,
        Self::FirstPutOff,
    ];

    /// Whether the fault can happen to such a call at all. `call` is service and operation, as a [`Call`] shows itself.
    #[must_use]
    pub fn suits(self, call: &str) -> bool {
        match self {
            Self::TransactionConflict => call.ends_with("TransactWriteItems"),
            Self::PutOff | Self::FirstPutOff => Batch::is_in(call),
            Self::Throttled | Self::InternalError(_) | Self::Severed(_) | Self::Silence(_) => {
                !call.starts_with("Salesforce")
            }
        }
    }

    fn is_after(self) -> bool {
        matches!(
            self,
            Self::InternalError(Moment::After)
                | Self::Severed(Moment::After)
                | Self::Silence(Moment::After)
        )
    }

    fn outcome(self, call: &Call) -> Outcome {
        match self {
            Self::Throttled => Outcome::Answer(Answer::aws_error(400, "ThrottlingException")),
            Self::InternalError(_) => {
                let code = match call.service {
                    Service::DynamoDb => "InternalServerError",
                    Service::SecretsManager => "InternalServiceError",
                    Service::Kms => "KMSInternalException",
                    Service::EventBridge | Service::Salesforce => "InternalException",
                };
                Outcome::Answer(Answer::aws_error(500, code))
            }
            Self::Severed(_) => Outcome::Severed,
            Self::Silence(_) => Outcome::Silence,
            Self::TransactionConflict => {
                let actions = call.body["TransactItems"].as_array().map_or(0, Vec::len);
                let mut reasons = vec!["None"; actions];
                reasons[actions.saturating_sub(1)] = "TransactionConflict";
                Outcome::Answer(Answer::transaction_cancelled(&reasons))
            }
            Self::PutOff | Self::FirstPutOff => Batch::of(call).put_off(),
        }
    }
}

impl Conduct for FaultyAws {
    fn conduct<'a>(&'a self, call: &'a Call, onward: Onward<'a>) -> BoxFuture<'a, Outcome> {
        let Fault { kind, call: first, stays } = self.0;
        let is_turn = if stays { call.number >= first } else { call.number == first };
        Box::pin(async move {
            if !is_turn || !kind.suits(&call.to_string()) {
                return onward.go().await;
            }
            if kind == AwsFault::FirstPutOff {
                return Batch::of(call).put_off_first(onward).await;
            }
            if kind.is_after() {
                onward.go().await;
            }
            kind.outcome(call)
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, call, stays } = self;
        let until = if *stays { " and all later ones" } else { "" };
        write!(formatter, "{kind:?} at call {call}{until}")
    }
}
