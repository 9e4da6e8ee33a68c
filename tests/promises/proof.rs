//! An ending is proven by reading back, and read again after 1, 7 and 30 days, and when no invitation can be alive any more.

use std::time::Duration;

use machinery::world::{
    close, counts, days, grants, invite, join, minutes, request, seat, sweep, told_of, world,
    world_with_org,
};
use salesforce_simulator::{Fault, FaultKind, Matching};

#[tokio::test]
async fn it_is_read_again_after_1_7_30_and_60_days_and_then_never() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    close(&world, "P-1").await;
    let mut nights = Vec::new();
    for night in 1..=70 {
        world.pass(days(1));
        let report = sweep(&world).await;
        if !counts(&report).is_empty() {
            nights.push(format!("{night}: {}", counts(&report)));
        }
    }
    assert_eq!(
        nights,
        [
            "1: looked 1, reproven 1",
            "7: looked 1, reproven 1",
            "30: looked 1, reproven 1",
            "60: looked 1, reproven 1"
        ]
    );
    assert_eq!(
        told_of(&world, "Customer Access Ended"),
        ["ana@acme.example"],
        "proven again is no news"
    );

    world.org().clear_log();
    world.pass(days(400));
    assert_eq!(sweep(&world).await["salesforceCalls"], 3, "sign-in, census and settings");
    assert_eq!(world.org().writes(), []);
}

#[tokio::test]
async fn two_months_without_a_sweep_are_made_up_for_at_once() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    close(&world, "P-1").await;
    world.pass(days(61));
    assert_eq!(counts(&sweep(&world).await), "looked 1, reproven 1");
    assert_eq!(
        grants(&world, "ana@acme.example").await,
        Vec::<String>::new(),
        "nothing is left to do"
    );
}

#[tokio::test]
async fn what_could_not_be_read_back_is_ended_and_not_proven_until_it_is_read() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    let reads = Matching {
        write: Some(false),
        path: Some("/services/data".to_owned()),
        ..Matching::default()
    };
    // The first reading decides; the second one would prove.
    world.org().add_fault(Fault::always(FaultKind::DropBefore).matching(reads).from_nth(2));

    let report = close(&world, "P-1").await;

    assert_eq!(counts(&report), "looked 1, ended 1");
    assert_eq!(seat(&world, "ana@acme.example"), "inactive");
    assert_eq!(
        grants(&world, "ana@acme.example").await,
        ["P-1 member ended projectClosed unproven"]
    );
    assert_eq!(told_of(&world, "Customer Access Ended").len(), 0);

    world.org().clear_faults();
    assert_eq!(counts(&sweep(&world).await), "looked 1, proven 1");
    assert_eq!(told_of(&world, "Customer Access Ended"), ["ana@acme.example"]);
}

#[tokio::test]
async fn a_stale_reading_that_still_shows_access_proves_nothing_and_harms_nobody() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    let reads = Matching {
        write: Some(false),
        path: Some("/services/data".to_owned()),
        ..Matching::default()
    };
    let stale = FaultKind::StaleRead { objects: vec!["User".to_owned()] };
    world.org().add_fault(Fault::always(stale).matching(reads).from_nth(2));

    close(&world, "P-1").await;
    assert_eq!(seat(&world, "ana@acme.example"), "inactive");
    assert_eq!(
        grants(&world, "ana@acme.example").await,
        ["P-1 member ended projectClosed unproven"]
    );

    world.org().clear_faults();
    world.pass(minutes(1));
    assert_eq!(counts(&sweep(&world).await), "looked 1, proven 1");
}

#[tokio::test]
async fn an_ending_whose_request_was_still_under_way_is_proven_only_after_it_must_have_arrived() {
    let world = world_with_org(|options| options.hold = Duration::from_millis(100)).await;
    let fault = Fault::once(FaultKind::TimeoutBeforeCommit)
        .matching(Matching::writes_of("CollaborationInvitation"));
    world.org().add_fault(fault);
    assert_eq!(
        invite(&world, request("P-1", "Acme", "ana@acme.example")).await,
        "SALESFORCE_UNAVAILABLE, to be tried again"
    );
    assert_eq!(counts(&close(&world, "P-1").await), "looked 1, ended 1");
    // The invitation arrives after all.
    world.org().add_invitation("Acme", "ana@acme.example").unwrap();

    world.pass(minutes(16));
    sweep(&world).await;

    assert_eq!(world.org().open_invitations("ana@acme.example").len(), 0);
    assert_eq!(
        grants(&world, "ana@acme.example").await,
        ["P-1 member ended projectClosed proven 0"]
    );
}
