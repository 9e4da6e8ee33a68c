//! The lease: who may change one customer in Salesforce, and what of it may still be under way.
//!
//! Salesforce has no fence. A version in the ledger keeps two runs from both *recording*, and not from both *acting*; and a request
//! whose answer was lost may take effect minutes later. So whoever is about to change something in Salesforce first records that the
//! customer is theirs until their time is over, and everybody asks one question of a customer, which has three answers:
//!
//! | standing | since | what may be done |
//! |---|---|---|
//! | *busy* | somebody has a lease that is not over | look and report |
//! | *unclear* | the lease is over or given back, and something that was sent under it may still take effect | take away; give, admit and prove nothing, and conclude nothing from absence |
//! | *free* | nothing is under way | anything |
//!
//! 1. **Look.** The instant is taken first, then the customer is read, then Salesforce. Of customers who are the same person the worst
//!    standing counts for all.
//! 2. **Judge** what was read, with [`crate::Customer::done`] laid over it: what was surely done within [`SETTLING`] is so, whatever a
//!    query still shows.
//! 3. **Intend.** With the versions that were read, the ledger takes what is about to be done, who may become frozen by it
//!    ([`crate::Customer::may_be_frozen`]), the lease until the platform ends the invocation, and that until [`SETTLING`] after that the
//!    customer is unclear. If that is not known to be committed, nothing is sent.
//! 4. **Act**, and give up before the lease is over.
//! 5. **Record.** What came of it and what was surely done; the lease is given back. If each attempt of each request was certain,
//!    the customer is as clear as before; else unclear for [`SETTLING`] from then on.
//! 6. **Wait** for another's lease only while holding none. Whoever ends access takes the lease first and looks then, so that requests
//!    wait for them.
//!
//! | case | then |
//! |---|---|
//! | the holder dies before the effect | busy until its deadline; then endings go on; [`SETTLING`] later giving resumes |
//! | it dies after the effect | the same, and the next look finds what was done; a mail is not repeated meanwhile |
//! | an answer is lost | not busy, and unclear: endings are repeated at once, and proof waits |
//! | it records after its lease is over | its version is lost if somebody else has gone on; what lands late is covered as above |
//! | two want one customer, or two addresses of one person | one of them is recorded; the other waits and looks anew |

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::step::Step;
use crate::words::{GroupId, InvitationId, SETTLING};

/// The right of one run to change a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Tells the run from all others, whatever set them off: a message that is delivered twice begins two.
    pub token: String,
    /// When it is over by itself, should the run have died.
    pub until: Timestamp,
}

/// A step that surely took effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Done {
    /// The step.
    pub step: Step,
    /// The group of the grant for which it was done.
    pub group: GroupId,
    /// The invitation that it made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<InvitationId>,
    /// When it was recorded.
    pub at: Timestamp,
}

/// How a customer stands at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Anything may be decided.
    Free,
    /// Something that was sent may still take effect.
    Unclear {
        /// When that is over.
        until: Timestamp,
    },
    /// Somebody is changing something.
    Busy {
        /// When that is over at the latest.
        until: Timestamp,
    },
}

impl Lease {
    /// A lease of a run that is known by these random bits.
    #[must_use]
    pub fn from_random(bits: u128, until: Timestamp) -> Self {
        Self { token: format!("{bits:032x}"), until }
    }

    /// Until when something may still take effect that is sent before the lease is over.
    pub(crate) fn settled_at(&self) -> Timestamp {
        settled_at(self.until)
    }
}

/// When everything has taken effect that was sent before this instant.
pub(crate) fn settled_at(sent: Timestamp) -> Timestamp {
    sent.saturating_add(SETTLING).unwrap_or(Timestamp::MAX)
}
