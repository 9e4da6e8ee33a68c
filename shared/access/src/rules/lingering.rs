//! For how long access was still there that should have been over: what Lanyard is to be judged by.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::policy::Policy;
use crate::records::{Customer, End, EndReason, Grant, Phase, Proof};
use crate::words::{GroupId, ProjectId};

/// The length of the time before a run over which lingering is counted. What has ended within it is due again at the latest when as
/// much time has passed ([`Policy::reread_days`]), so a run that looks at what is due by then misses nothing.
pub const LINGERING_WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// The time of one grant: access was promised until `over` and was there until `gone`.
struct Stay {
    begin: Timestamp,
    over: Timestamp,
    gone: Timestamp,
}

/// For how many whole minutes of the [`LINGERING_WINDOW`] before `now` access of the customer was still there that should have been over.
///
/// A membership counts once, together with its invitation and the seat behind it, whatever the number of grants that hold it, and not
/// while one of them lives. It should be over at the earliest of its expiry, the instant at which it was withdrawn, the instant at which
/// its project closed (`closed`) and the last day of an invitation that nobody has accepted, and at the latest when a run began to end it:
/// of what people removed by hand only the rest that a run found lingers. It is gone when the steps of its ending were done, and counts as
/// there until it was read back as gone. Access that came back is counted from its first end, since nobody knows when it came.
///
/// Whatever keeps it there counts alike: the brake, a refusal of Salesforce's, a protected address, an org out of reach. Access for which no
/// grant answers has no promised end, and does not count.
#[must_use]
pub fn lingering_minutes(
    policy: &Policy,
    customer: &Customer,
    closed: &BTreeMap<ProjectId, Timestamp>,
    now: Timestamp,
) -> u64 {
    let mut memberships: BTreeMap<&GroupId, Vec<Stay>> = BTreeMap::new();
    for grant in customer.grants.values() {
        if let Some(stay) = stay(policy, grant, closed.get(&grant.project), now) {
            memberships.entry(&grant.group.id).or_default().push(stay);
        }
    }
    memberships.values().map(|stays| minutes(stays, now)).sum()
}

/// The projects of which [`lingering_minutes`] needs to know when they closed, beside those whose close is not finished: their close has ended
/// something that was there within the window.
pub fn ending_projects(customer: &Customer, now: Timestamp) -> impl Iterator<Item = &ProjectId> {
    let is_of_the_window = move |grant: &&Grant| {
        grant.state.end().is_some_and(|end| {
            let is_left = end.proof.is_none() || gone_at(end, now) > window(now);
            end.reason == EndReason::ProjectClosed && is_left
        })
    };
    customer.grants.values().filter(is_of_the_window).map(|grant| &grant.project)
}

fn stay(
    policy: &Policy,
    grant: &Grant,
    closed_at: Option<&Timestamp>,
    now: Timestamp,
) -> Option<Stay> {
    let (ending_at, gone) = match grant.state.phase() {
        Phase::Open => (None, now),
        Phase::Over(end) => (Some(end.since), gone_at(end, now)),
        Phase::Refused => return None,
    };
    let word = grant.withdrawn.as_ref().map(|word| word.at);
    // Nobody knows since when somebody was back who should have been gone long before.
    let is_late =
        matches!(grant.state.phase(), Phase::Over(end) if end.reason == EndReason::JoinedLate);
    let late = is_late.then_some(grant.requested_at);
    let closed_at = closed_at.copied();
    let ends = [word, grant.closed_at, closed_at, grant.stale_at(policy), ending_at, late];
    let over = ends.into_iter().flatten().fold(grant.expires_at, Timestamp::min);
    // An event may date a close or a withdrawal before the grant.
    Some(Stay { begin: grant.requested_at, over: over.max(grant.requested_at), gone })
}

/// When the access of a grant that is over was gone; `now` while nobody has read that it is.
fn gone_at(end: End<'_>, now: Timestamp) -> Timestamp {
    match end.proof {
        None | Some(Proof::Unproven) => now,
        Some(Proof::Proven { .. } | Proof::Drifted { .. }) => end.since,
    }
}

/// Where the window begins.
fn window(now: Timestamp) -> Timestamp {
    now.saturating_sub(LINGERING_WINDOW).unwrap_or(Timestamp::MIN)
}

/// The whole minutes of the window in which one of these stays of one membership lingers and none lives.
fn minutes(stays: &[Stay], now: Timestamp) -> u64 {
    let instants = stays.iter().flat_map(|stay| [stay.begin, stay.over, stay.gone]);
    let instants = instants.chain([now]).map(|at| at.clamp(window(now), now));
    let instants: BTreeSet<Timestamp> = instants.collect();
    // Between two of the instants nothing changes.
    let spans = instants.iter().zip(instants.iter().skip(1));
    let lingers = |(from, _): &(&Timestamp, &Timestamp)| {
        // A grant that has ended was over by then, so a grant that lives at this instant still gives access.
        let is_live = |stay: &Stay| stay.begin <= **from && **from < stay.over;
        let is_left = |stay: &Stay| stay.over <= **from && **from < stay.gone;
        stays.iter().any(is_left) && !stays.iter().any(is_live)
    };
    let time: SignedDuration =
        spans.filter(lingers).map(|(from, until)| until.duration_since(*from)).sum();
    u64::try_from(time.as_mins()).unwrap_or(0)
}
