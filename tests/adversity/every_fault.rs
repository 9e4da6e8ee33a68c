//! Every fault of Salesforce and of AWS, at every call that it can hit: in the end nobody can tell.

#![expect(clippy::print_stdout, reason = "the numbers are for people to read")]

use machinery::effort::Effort;
use machinery::stories::{AwsFault, Fault, Mishap, Story, live, reach};
use salesforce_simulator::{Fault as OrgFault, FaultKind};

use crate::failures::Failures;

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

/// Every kind of fault of Salesforce, in words.
fn faults_of_salesforce() -> Vec<(&'static str, OrgFault)> {
    let (once, always) = (OrgFault::once, OrgFault::always);
    let unavailable = |committed, retry_after| FaultKind::Unavailable { committed, retry_after };
    let stale = || FaultKind::StaleRead { objects: Vec::new() };
    vec![
        ("a time-out before", once(FaultKind::TimeoutBeforeCommit)),
        ("a time-out after", once(FaultKind::TimeoutAfterCommit)),
        ("time-outs before, from there on", always(FaultKind::TimeoutBeforeCommit)),
        ("time-outs after, from there on", always(FaultKind::TimeoutAfterCommit)),
        ("a dropped connection before", once(FaultKind::DropBefore)),
        ("a dropped connection after", once(FaultKind::DropAfter)),
        ("a 502 before", once(FaultKind::BadGateway { committed: false })),
        ("a 502 after", once(FaultKind::BadGateway { committed: true })),
        ("a 503 before", once(unavailable(false, Some(2)))),
        ("a 503 after", once(unavailable(true, None))),
        (
            "503s that ask to wait for an hour, from there on",
            always(unavailable(false, Some(3_600))),
        ),
        ("a 420", once(FaultKind::NoRouting)),
        ("420s, from there on", always(FaultKind::NoRouting)),
        ("the concurrent limit", once(FaultKind::ConcurrentLimit)),
        ("the concurrent limit, from there on", always(FaultKind::ConcurrentLimit)),
        ("the daily limit, until the next day", always(FaultKind::DailyLimit)),
        ("maintenance, from there on", always(FaultKind::Maintenance)),
        ("an expired session", once(FaultKind::ExpireSession)),
        ("sessions that all expire, from there on", always(FaultKind::ExpireSession)),
        ("a body that ends in the middle", once(FaultKind::GarbageBody)),
        ("a slow answer", once(FaultKind::Slow { milliseconds: 25_000 })),
        ("slow answers, from there on", always(FaultKind::Slow { milliseconds: 25_000 })),
        ("an answer that is too slow", once(FaultKind::Slow { milliseconds: 60_000 })),
        ("all records locked", once(locked(1.0))),
        ("half of the records locked", once(locked(0.5))),
        ("half of the records locked, from there on", always(locked(0.5))),
        ("nothing of a collection done", once(FaultKind::PartialResult { keep: 0 })),
        ("one of a collection done", once(FaultKind::PartialResult { keep: 1 })),
        ("a stale read", once(stale())),
        ("stale reads, from there on", always(stale())),
    ]
}

fn locked(fraction: f64) -> FaultKind {
    FaultKind::LockError { values: Vec::new(), fraction, seed: 7 }
}

/// The fault from the n-th call on that it can hit.
fn mishap(fault: &OrgFault, nth: u64) -> Mishap {
    let fault = fault.clone().from_nth(nth);
    if fault.fault == FaultKind::DailyLimit {
        Mishap::SalesforceForADay(fault)
    } else {
        Mishap::Salesforce(fault)
    }
}

/// Of the calls that a kind of fault can hit it is let hit one in so many with a quick effort.
const ONE_IN: usize = 80;

fn effort() -> Effort {
    let effort = Effort::from_environment();
    let tried = format!("each kind of fault at 1 in {ONE_IN} of the calls that it can hit");
    effort.tell_of_part("every_fault", &tried);
    effort
}

async fn every_fault_of_salesforce(story: Story) {
    let effort = effort();
    let expected = live(story, &[]).await;
    let (names, faults): (Vec<_>, Vec<_>) = faults_of_salesforce().into_iter().unzip();
    let mut points = Vec::new();
    for (kind, count) in reach(story, &faults).await.into_iter().enumerate() {
        assert!(count > 0, "{} hits something", names[kind]);
        points.extend((1..=count).map(|nth| (kind, nth)));
    }
    let all = points.len();
    let mut failures = Failures::default();
    for (kind, nth) in effort.sample(&format!("{story:?}"), points, |(kind, _)| *kind, ONE_IN) {
        let (name, mishap) = (names[kind], mishap(&faults[kind], nth));
        let life = live(story, &[mishap]).await;
        assert!(life.hits > 0, "{name} hits call {nth} of those that it can");
        failures.compare(&life, &expected, &format!("{name}, {nth}"));
    }
    println!("{story:?}: {} kinds of faults, {} of {all} points", names.len(), failures.compared);
    failures.must_be_none();
}

async fn every_fault_of_aws(story: Story) {
    let effort = effort();
    let expected = live(story, &[]).await;
    let mut points = Vec::new();
    for (index, name) in expected.calls.iter().enumerate() {
        for kind in AwsFault::ALL.into_iter().filter(|kind| kind.suits(name)) {
            points.extend([false, true].map(|stays| Fault { kind, call: index + 1, stays }));
        }
    }
    let all = points.len();
    let mut failures = Failures::default();
    let kind = |fault: &Fault| (format!("{:?}", fault.kind), fault.stays);
    for fault in effort.sample(&format!("{story:?}"), points, kind, ONE_IN) {
        let name = &expected.calls[fault.call - 1];
        let life = live(story, &[Mishap::Aws(fault)]).await;
        failures.compare(&life, &expected, &format!("{fault} ({name})"));
    }
    println!("{story:?}: {} of {all} points of faults of AWS", failures.compared);
    failures.must_be_none();
}
