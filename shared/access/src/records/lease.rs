//! The right to change one customer until an instant: a run that ends something takes it, and nobody gives anything meanwhile.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The right of one run to change a customer, so that what it decided is still so when it is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Tells the run from all others, whatever set them off: a message that is delivered twice begins two.
    pub token: String,
    /// When it is over by itself, should the run have died.
    pub until: Timestamp,
}

impl Lease {
    /// A lease of a run that is known by these random bits.
    #[must_use]
    pub fn from_random(bits: u128, until: Timestamp) -> Self {
        Self { token: format!("{bits:032x}"), until }
    }
}
