//! Why a story or a world cannot go on.

use std::io;

use lanyard_local::StartError;
use ledger::ReadError;
use run::OrganizationError;
use runtime::FunctionError;
use salesforce_simulator::Refusal;

use crate::serve::PortError;

/// Why it cannot go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stop {
    /// No world.
    #[error("the world does not start")]
    Start(#[from] StartError),
    /// A sample event is broken.
    #[error("a sample event is not JSON")]
    Sample(#[source] serde_json::Error),
    /// The story's policy is broken.
    #[error("the policy cannot be read")]
    Policy(#[from] access::InvalidPolicy),
    /// An instant of the story is broken.
    #[error("an instant cannot be read")]
    Instant(#[from] jiff::Error),
    /// A function failed where the story goes well.
    #[error("{function} fails with {code}, {message}")]
    Function {
        /// Its name.
        function: &'static str,
        /// Its `errorType`.
        code: String,
        /// Its `errorMessage`; everything in it is invented.
        message: String,
    },
    /// The simulated org refused something done by hand.
    #[error("the simulated org refuses: {} {}", .0.code, .0.message)]
    Org(Refusal),
    /// The ledger does not answer.
    #[error("the ledger cannot be read")]
    Ledger(#[from] ReadError),
    /// The doctor gets no client.
    #[error("the org cannot be signed in to")]
    Connect(#[from] OrganizationError),
    /// The doctor gets no answer.
    #[error("the org cannot be read")]
    Unread(#[from] salesforce::ClientError),
    /// The doctor cannot count.
    #[error("the org's customers cannot be counted")]
    Uncounted(#[from] chatter::Unavailable),
    /// The org is another than the ledger knows, or does not say which it is.
    #[error("the org is not recognized")]
    Unrecognized(#[from] run::Unrecognized),
    /// The story misses something that it needs to go on.
    #[error("there is no {0}")]
    Missing(String),
    /// No port for a world that is served.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The door broke down.
    #[error("the door cannot go on")]
    Door(#[source] io::Error),
    /// Standard output.
    #[error("nothing can be printed")]
    Print(#[from] io::Error),
}

impl Stop {
    /// The failure of a function.
    pub(crate) fn of_function(function: &'static str) -> impl Fn(FunctionError) -> Self {
        move |FunctionError { error_type, message }| Self::Function {
            function,
            code: error_type,
            message,
        }
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Org(refusal)
    }
}
