//! What Salesforce and the network do to a request, and that nobody gets two mails or keeps what has ended.

use std::time::Duration;

use machinery::doors::post;
use machinery::world::{
    World, close, closed, counts, failed, grants, invitation_mails, invite, join, minutes, request,
    seat, sweep, world, world_with_org,
};
use salesforce_simulator::{Fault, FaultKind, Matching};

const UNAVAILABLE: &str = "SALESFORCE_UNAVAILABLE, to be tried again";

#[tokio::test]
async fn an_invitation_that_left_without_an_answer_is_found_and_not_sent_again() {
    for fault in [
        FaultKind::TimeoutAfterCommit,
        FaultKind::DropAfter,
        FaultKind::BadGateway { committed: true },
        FaultKind::Unavailable { committed: true, retry_after: None },
        FaultKind::GarbageBody,
    ] {
        // By the one who asks again, or by the sweep.
        for asks_again in [true, false] {
            let world = impatient().await;
            world.org().add_fault(Fault::once(fault.clone()).matching(invitations()));
            assert_eq!(
                invite(&world, request("P-1", "Acme", "ana@acme.example")).await,
                UNAVAILABLE,
                "{fault:?}"
            );

            if asks_again {
                let answer = invite(&world, request("P-1", "Acme", "ana@acme.example")).await;
                assert_eq!(answer, "ana@acme.example pending", "{fault:?}");
            } else {
                world.pass(minutes(16));
                assert_eq!(counts(&sweep(&world).await), "looked 1", "{fault:?}");
            }
            assert_eq!(
                grants(&world, "ana@acme.example").await,
                ["P-1 member invited"],
                "{fault:?}"
            );
            assert_eq!(invitation_mails(&world, "ana@acme.example"), 1, "{fault:?}");
        }
    }
}

#[tokio::test]
async fn an_invitation_that_may_have_left_is_claimed_for_a_quarter_of_an_hour() {
    for fault in [
        FaultKind::TimeoutBeforeCommit,
        FaultKind::DropBefore,
        FaultKind::BadGateway { committed: false },
        FaultKind::Unavailable { committed: false, retry_after: Some(1) },
    ] {
        for asks_again in [true, false] {
            let world = impatient().await;
            world.org().add_fault(Fault::once(fault.clone()).matching(invitations()));
            let asked = request("P-1", "Acme", "ana@acme.example");
            assert_eq!(invite(&world, asked.clone()).await, UNAVAILABLE, "{fault:?}");
            world.pass(minutes(5));
            let (status, _, retry_after) = post(&world, &asked).await;
            assert_eq!((status, retry_after.as_deref()), (503, Some("600")), "{fault:?}");
            sweep(&world).await;
            assert_eq!(world.org().mails().len(), 0, "{fault:?}");

            world.pass(minutes(11));
            if asks_again {
                assert_eq!(invite(&world, asked).await, "ana@acme.example invited", "{fault:?}");
            } else {
                sweep(&world).await;
            }
            assert_eq!(
                grants(&world, "ana@acme.example").await,
                ["P-1 member invited"],
                "{fault:?}"
            );
            assert_eq!(invitation_mails(&world, "ana@acme.example"), 1, "{fault:?}");
        }
    }
}

#[tokio::test]
async fn a_request_of_which_nothing_left_may_be_repeated_at_once() {
    for fault in [FaultKind::DailyLimit, FaultKind::Maintenance] {
        let world = world().await;
        world.org().add_fault(Fault::once(fault.clone()).matching(invitations()));
        let asked = request("P-1", "Acme", "ana@acme.example");
        assert_eq!(invite(&world, asked.clone()).await, UNAVAILABLE, "{fault:?}");
        assert_eq!(invite(&world, asked).await, "ana@acme.example invited", "{fault:?}");
        assert_eq!(invitation_mails(&world, "ana@acme.example"), 1);
    }
}

#[tokio::test]
async fn what_passes_by_itself_is_repeated_without_anybody_noticing() {
    for fault in [
        FaultKind::ConcurrentLimit,
        FaultKind::ExpireSession,
        FaultKind::LockError { values: Vec::new(), fraction: 1.0, seed: 1 },
    ] {
        let world = world().await;
        world.org().add_fault(Fault::once(fault.clone()).matching(invitations()));
        let answer = invite(&world, request("P-1", "Acme", "ana@acme.example")).await;
        assert_eq!(answer, "ana@acme.example invited", "{fault:?}");
        assert_eq!(invitation_mails(&world, "ana@acme.example"), 1);
    }
    for fault in [
        FaultKind::DropBefore,
        FaultKind::BadGateway { committed: false },
        FaultKind::NoRouting,
        FaultKind::Unavailable { committed: false, retry_after: Some(0) },
        FaultKind::GarbageBody,
    ] {
        let world = world().await;
        world.org().add_fault(Fault::once(fault.clone()).matching(Matching::path("/oauth2/")));
        world.org().add_fault(Fault::once(fault.clone()).matching(Matching::reads_of("User")));
        let answer = invite(&world, request("P-1", "Acme", "ana@acme.example")).await;
        assert_eq!(answer, "ana@acme.example invited", "{fault:?}");
    }
}

#[tokio::test]
async fn of_a_collection_that_was_half_done_the_rest_follows_and_nobody_twice() {
    let world = world().await;
    world
        .org()
        .add_fault(Fault::once(FaultKind::PartialResult { keep: 1 }).matching(invitations()));
    let asked = request("P-1", "Acme", "ana@acme.example bo@acme.example cy@acme.example");
    let first = invite(&world, asked.clone()).await;
    world.pass(minutes(16));

    let second = invite(&world, asked).await;

    for email in ["ana@acme.example", "bo@acme.example", "cy@acme.example"] {
        assert_eq!(invitation_mails(&world, email), 1, "{first}; {second}");
        assert_eq!(grants(&world, email).await, ["P-1 member invited"]);
    }
}

#[tokio::test]
async fn locked_records_are_tried_again_and_what_stays_locked_is_left_to_the_next_night() {
    let world = world().await;
    for number in 0..6 {
        join(&world, "P-1", "Acme", &format!("c{number}@acme.example")).await;
    }
    let locked = FaultKind::LockError { values: Vec::new(), fraction: 0.5, seed: 7 };
    world.org().add_fault(Fault::always(locked).times(2));
    let ids: Vec<String> =
        world.org().user_by_email("c3@acme.example").map(|user| user.id).into_iter().collect();
    let stays = FaultKind::LockError { values: ids, fraction: 0.0, seed: 1 };
    world.org().add_fault(Fault::always(stays).matching(Matching::writes_of("User")));

    let report = failed(world.close_project(closed(&world, "P-1")).await);

    assert_eq!(counts(&report), "looked 6, ended 5, proven 5, failed 1");
    assert_eq!(report["failures"][0]["code"], "UNABLE_TO_LOCK_ROW");
    world.org().clear_faults();
    assert_eq!(counts(&sweep(&world).await), "looked 1, ended 1, proven 1");
}

#[tokio::test]
async fn a_used_up_allowance_ends_nothing_by_halves_and_is_made_up_for() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    world.org().add_fault(Fault::always(FaultKind::DailyLimit));
    let report = failed(world.close_project(closed(&world, "P-1")).await);
    assert_eq!(report["failures"][0]["code"], "REQUEST_LIMIT_EXCEEDED");
    assert_eq!(seat(&world, "ana@acme.example"), "active in Acme");

    world.org().clear_faults();
    assert_eq!(counts(&sweep(&world).await), "looked 1, ended 1, proven 1");
}

#[tokio::test]
async fn an_ending_without_an_answer_is_read_back_or_repeated() {
    for fault in
        [FaultKind::DropAfter, FaultKind::DropBefore, FaultKind::BadGateway { committed: true }]
    {
        for object in ["CollaborationGroupMember", "User", "CollaborationInvitation"] {
            let world = impatient().await;
            join(&world, "P-1", "Acme", "ana@acme.example").await;
            invite(&world, request("P-1", "Acme", "bo@acme.example")).await;
            world.org().add_fault(
                Fault::always(fault.clone()).times(2).matching(Matching::writes_of(object)),
            );

            close(&world, "P-1").await;
            world.pass(minutes(16));
            sweep(&world).await;

            assert_eq!(seat(&world, "ana@acme.example"), "inactive", "{fault:?} {object}");
            assert_eq!(
                world.org().open_invitations("bo@acme.example").len(),
                0,
                "{fault:?} {object}"
            );
            for email in ["ana@acme.example", "bo@acme.example"] {
                assert_eq!(
                    grants(&world, email).await,
                    ["P-1 member ended projectClosed proven 0"]
                );
            }
        }
    }
}

#[tokio::test]
async fn an_org_without_composite_resources_or_collections_is_served_one_by_one() {
    for change in [
        |rules: &mut salesforce_simulator::Rules| rules.refuse_composite = true,
        |rules: &mut salesforce_simulator::Rules| rules.refuse_tooling_composite = true,
        |rules: &mut salesforce_simulator::Rules| rules.refuse_collections = true,
        |rules: &mut salesforce_simulator::Rules| {
            rules.refuse_collections_of =
                ["CollaborationInvitation", "CollaborationGroupMember", "User"]
                    .map(Into::into)
                    .into();
        },
    ] {
        let world = world_with_org(move |options| change(&mut options.rules)).await;
        let answer =
            invite(&world, request("P-1", "Acme", "ana@acme.example bo@acme.example")).await;
        assert_eq!(answer, "ana@acme.example invited, bo@acme.example invited");
        world.org().accept_from("Acme", "ana@acme.example").unwrap();
        sweep(&world).await;
        assert_eq!(counts(&close(&world, "P-1").await), "looked 2, ended 2, proven 2");
        assert_eq!(seat(&world, "ana@acme.example"), "inactive");
    }
}

#[tokio::test]
async fn a_group_created_without_an_answer_is_found_and_not_made_twice() {
    for fault in
        [FaultKind::DropAfter, FaultKind::BadGateway { committed: true }, FaultKind::GarbageBody]
    {
        let world = world().await;
        let groups = Matching::writes_of("CollaborationGroup");
        world.org().add_fault(Fault::once(fault.clone()).matching(groups));
        let first = invite(&world, request("P-1", "Acme", "ana@acme.example")).await;
        let second = invite(&world, request("P-1", "Acme", "ana@acme.example")).await;
        assert!(second.starts_with("ana@acme.example "), "{fault:?}: {first}; {second}");
        assert_eq!(world.org().groups().len(), 1, "{fault:?}");
        assert_eq!(invitation_mails(&world, "ana@acme.example"), 1, "{fault:?}");
    }
}

fn invitations() -> Matching {
    Matching::writes_of("CollaborationInvitation")
}

/// A world in which a time-out does not take long.
async fn impatient() -> World {
    world_with_org(|options| options.hold = Duration::from_millis(100)).await
}
