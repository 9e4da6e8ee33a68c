//! Every fault of Salesforce and of AWS, at every call that it can hit: in the end nobody can tell.

#![expect(clippy::print_stdout, reason = "the numbers are for people to read")]

use machinery::stories::{AwsFault, Fault, Mishap, Story, live};
use salesforce_simulator::{Fault as OrgFault, FaultKind};

use crate::crashes::Failures;

#[tokio::test(start_paused = true)]
async fn invitations_to_a_new_group_survive_every_fault_of_salesforce() {
    every_fault_of_salesforce(Story::InvitedToANewGroup).await;
}

#[tokio::test(start_paused = true)]
async fn invitations_to_a_group_that_exists_survive_every_fault_of_salesforce() {
    every_fault_of_salesforce(Story::InvitedToAGroupThatExists).await;
}

#[tokio::test(start_paused = true)]
async fn a_close_survives_every_fault_of_salesforce() {
    every_fault_of_salesforce(Story::ProjectCloses).await;
}

#[tokio::test(start_paused = true)]
async fn a_night_survives_every_fault_of_salesforce() {
    every_fault_of_salesforce(Story::Night).await;
}

#[tokio::test(start_paused = true)]
async fn invitations_to_a_new_group_survive_every_fault_of_aws() {
    every_fault_of_aws(Story::InvitedToANewGroup).await;
}

#[tokio::test(start_paused = true)]
async fn invitations_to_a_group_that_exists_survive_every_fault_of_aws() {
    every_fault_of_aws(Story::InvitedToAGroupThatExists).await;
}

#[tokio::test(start_paused = true)]
async fn a_close_survives_every_fault_of_aws() {
    every_fault_of_aws(Story::ProjectCloses).await;
}

#[tokio::test(start_paused = true)]
async fn a_night_survives_every_fault_of_aws() {
    every_fault_of_aws(Story::Night).await;
}

/// A mishap that begins with the n-th call that it can hit.
type FromNth = fn(u64) -> Mishap;

/// What goes wrong, in words and as a mishap.
fn mishaps_of_salesforce() -> Vec<(&'static str, FromNth)> {
    fn once(kind: FaultKind, nth: u64) -> Mishap {
        Mishap::Salesforce(OrgFault::once(kind).from_nth(nth))
    }
    fn always(kind: FaultKind, nth: u64) -> Mishap {
        Mishap::Salesforce(OrgFault::always(kind).from_nth(nth))
    }
    fn for_a_day(kind: FaultKind, nth: u64) -> Mishap {
        Mishap::SalesforceForADay(OrgFault::always(kind).from_nth(nth))
    }
    vec![
        ("a time-out before", |nth| once(FaultKind::TimeoutBeforeCommit, nth)),
        ("a time-out after", |nth| once(FaultKind::TimeoutAfterCommit, nth)),
        ("time-outs before, from there on", |nth| always(FaultKind::TimeoutBeforeCommit, nth)),
        ("time-outs after, from there on", |nth| always(FaultKind::TimeoutAfterCommit, nth)),
        ("a dropped connection before", |nth| once(FaultKind::DropBefore, nth)),
        ("a dropped connection after", |nth| once(FaultKind::DropAfter, nth)),
        ("a 502 before", |nth| once(FaultKind::BadGateway { committed: false }, nth)),
        ("a 502 after", |nth| once(FaultKind::BadGateway { committed: true }, nth)),
        ("a 503 before", |nth| {
            once(FaultKind::Unavailable { committed: false, retry_after: Some(2) }, nth)
        }),
        ("a 503 after", |nth| {
            once(FaultKind::Unavailable { committed: true, retry_after: None }, nth)
        }),
        ("503s that ask to wait for an hour, from there on", |nth| {
            always(FaultKind::Unavailable { committed: false, retry_after: Some(3_600) }, nth)
        }),
        ("a 420", |nth| once(FaultKind::NoRouting, nth)),
        ("420s, from there on", |nth| always(FaultKind::NoRouting, nth)),
        ("the concurrent limit", |nth| once(FaultKind::ConcurrentLimit, nth)),
        ("the concurrent limit, from there on", |nth| always(FaultKind::ConcurrentLimit, nth)),
        ("the daily limit, until the next day", |nth| for_a_day(FaultKind::DailyLimit, nth)),
        ("maintenance, from there on", |nth| always(FaultKind::Maintenance, nth)),
        ("an expired session", |nth| once(FaultKind::ExpireSession, nth)),
        ("sessions that all expire, from there on", |nth| always(FaultKind::ExpireSession, nth)),
        ("a body that ends in the middle", |nth| once(FaultKind::GarbageBody, nth)),
        ("a slow answer", |nth| once(FaultKind::Slow { milliseconds: 25_000 }, nth)),
        ("slow answers, from there on", |nth| {
            always(FaultKind::Slow { milliseconds: 25_000 }, nth)
        }),
        ("an answer that is too slow", |nth| once(FaultKind::Slow { milliseconds: 60_000 }, nth)),
        ("all records locked", |nth| once(locked(1.0), nth)),
        ("half of the records locked", |nth| once(locked(0.5), nth)),
        ("half of the records locked, from there on", |nth| always(locked(0.5), nth)),
        ("nothing of a collection done", |nth| once(FaultKind::PartialResult { keep: 0 }, nth)),
        ("one of a collection done", |nth| once(FaultKind::PartialResult { keep: 1 }, nth)),
        ("a stale read", |nth| once(FaultKind::StaleRead { objects: Vec::new() }, nth)),
        ("stale reads, from there on", |nth| {
            always(FaultKind::StaleRead { objects: Vec::new() }, nth)
        }),
    ]
}

fn locked(fraction: f64) -> FaultKind {
    FaultKind::LockError { values: Vec::new(), fraction, seed: 7 }
}

async fn every_fault_of_salesforce(story: Story) {
    let expected = live(story, &[]).await;
    let mut failures = Failures::default();
    let mishaps = mishaps_of_salesforce();
    for (name, mishap) in &mishaps {
        for nth in 1.. {
            let life = live(story, &[mishap(nth)]).await;
            if life.hits == 0 {
                assert!(nth > 1, "{name} hits something");
                break;
            }
            failures.compare(&life, &expected, &format!("{name}, {nth}"));
        }
    }
    println!("{story:?}: {} kinds of faults, {} points", mishaps.len(), failures.compared);
    failures.must_be_none();
}

async fn every_fault_of_aws(story: Story) {
    let expected = live(story, &[]).await;
    let mut failures = Failures::default();
    for (index, name) in expected.calls.iter().enumerate() {
        for kind in AwsFault::ALL.into_iter().filter(|kind| kind.suits(name)) {
            for stays in [false, true] {
                let fault = Fault { kind, call: index + 1, stays };
                let life = live(story, &[Mishap::Aws(fault)]).await;
                failures.compare(&life, &expected, &format!("{fault} ({name})"));
            }
        }
    }
    println!("{story:?}: {} points of faults of AWS", failures.compared);
    failures.must_be_none();
}
