//! How a function fails.

use lambda_runtime::Diagnostic;

/// A function error: the platform answers with it, alarms on it and, where the caller is asynchronous, tries again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error_type}")]
pub struct FunctionError {
    /// The code, such as `RunFailed` or `LEDGER_UNAVAILABLE`; `errorType` in the answer.
    pub error_type: String,
    /// What the caller reads; `errorMessage` in the answer. Never logged from here.
    pub message: String,
}

impl FunctionError {
    /// A function error with this code and message.
    #[must_use]
    pub fn new(error_type: impl Into<String>, message: impl Into<String>) -> Self {
        Self { error_type: error_type.into(), message: message.into() }
    }
}

impl From<FunctionError> for Diagnostic {
    fn from(FunctionError { error_type, message }: FunctionError) -> Self {
        Self { error_type, error_message: message }
    }
}
