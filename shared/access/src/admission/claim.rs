//! Giving up the claim on a request of which nothing has left.

use jiff::Timestamp;

use super::conclude::Concluded;
use crate::evidence::{Actor, entry};
use crate::records::{Customer, State};
use crate::words::GrantId;

/// Takes back the claim of an attempt that surely sent nothing, so that the next attempt may begin at once.
///
/// `None` when there is no such request.
#[must_use]
pub fn release(
    customer: &Customer,
    grant: &GrantId,
    actor: Actor<'_>,
    now: Timestamp,
) -> Option<Concluded> {
    let mut customer = customer.clone();
    let grant = customer.grants.get_mut(grant)?;
    grant.state.claimed_until().filter(|until| now < *until)?;
    grant.state = State::Requested { claimed_until: now };
    grant.version += 1;
    let audit = vec![entry(grant, actor, "not carried out yet".to_owned(), None, now)];
    Some(Concluded { customer, audit, announcements: Vec::new() })
}
