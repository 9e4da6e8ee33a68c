//! For how long a customer has been in an org without a break, over all that they were let in for.

use jiff::{SignedDuration, Timestamp};

use super::customer::Customer;
use super::grant::Grant;
use super::state::{EndReason, Phase, Proof, State};

/// How long somebody has to be gone before a new stay begins. A shorter gap would let a stay go on for ever, one request after the other.
const BREAK: SignedDuration = SignedDuration::from_hours(24);

impl Customer {
    /// When the stay began that goes on at `now`, or ended less than a day ago; `None` where the next one would begin now.
    ///
    /// A stay lasts from the first request for anything in the org to the proven end of the last grant. An invitation that nobody
    /// accepted was none.
    #[must_use]
    pub fn stays_since(&self, now: Timestamp) -> Option<Timestamp> {
        let mut earlier: Vec<&Grant> = self.grants.values().filter(|it| is_stay(it)).collect();
        let mut began = None;
        loop {
            let since = began.unwrap_or(now);
            let reaches = |it: &mut &Grant| left_at(it).is_none_or(|at| since < at + BREAK);
            let first = earlier.extract_if(.., reaches).map(|it| it.requested_at).min();
            let Some(first) = first else { break };
            began = Some(first.min(since));
        }
        // What was recorded with the newest request is of the same stay, of which older grants are forgotten by now.
        began.map(|began| self.stay_began.map_or(began, |it| it.min(began)))
    }
}

fn is_stay(grant: &Grant) -> bool {
    match grant.state.phase() {
        Phase::Open => true,
        Phase::Over(end) => end.reason != EndReason::NeverJoined || grant.joined.is_some(),
        Phase::Refused => false,
    }
}

/// When the customer was gone as far as it is proven; `None` while they may be here.
fn left_at(grant: &Grant) -> Option<Timestamp> {
    match &grant.state {
        State::Ended { at, proof: Proof::Proven { .. } | Proof::Drifted { .. }, .. } => Some(*at),
        State::Ended { .. }
        | State::Requested { .. }
        | State::Invited { .. }
        | State::Active { .. }
        | State::Ending { .. }
        | State::Refused { .. } => None,
    }
}
