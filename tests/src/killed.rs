//! A function that dies at any call, before or after it took effect, is resumed to the same end.

use std::time::Duration;

use salesforce_simulator::{Fault, FaultKind};
use serde_json::Value;

use crate::world::{
    World, closed, grants, invitation_mails, invite, join, manager, minutes, project, request,
    seat, sweep, world_with_org,
};

/// More calls than any of these functions makes here.
const MOST_CALLS: u64 = 40;

#[tokio::test]
async fn an_invitation_request_killed_at_any_call_and_sent_again_mails_everybody_once() {
    for is_after in [false, true] {
        let mut killed = 0;
        for nth in 1..MOST_CALLS {
            let world = patient().await;
            world
                .org()
                .add_user(salesforce_simulator::NewUser::customer("known@acme.example").inactive())
                .unwrap();
            let asked =
                || request("P-1", "Acme", "ana@acme.example bo@acme.example known@acme.example");
            if !is_killed(&world, nth, is_after, Box::pin(world.invite(asked()))).await {
                break;
            }
            killed += 1;
            world.pass(minutes(16));

            let answer = invite(&world, asked()).await;

            assert!(
                !answer.contains("refused") && !answer.contains("again"),
                "{nth} {is_after}: {answer}"
            );
            for email in ["ana@acme.example", "bo@acme.example"] {
                assert_eq!(invitation_mails(&world, email), 1, "{nth} {is_after}: {answer}");
                assert_eq!(grants(&world, email).await, ["P-1 member invited"], "{nth} {is_after}");
            }
            assert_eq!(seat(&world, "known@acme.example"), "active in Acme", "{nth} {is_after}");
            assert_eq!(world.org().groups().len(), 1, "{nth} {is_after}");
        }
        assert!(killed >= 5, "{killed} calls");
    }
}

#[tokio::test]
async fn an_invitation_request_killed_at_any_call_is_finished_by_the_sweep_or_never_was() {
    for is_after in [false, true] {
        for nth in 1..MOST_CALLS {
            let world = patient().await;
            let asked = request("P-1", "Acme", "ana@acme.example");
            if !is_killed(&world, nth, is_after, Box::pin(world.invite(asked))).await {
                break;
            }
            world.pass(minutes(16));

            sweep(&world).await;

            let mails = invitation_mails(&world, "ana@acme.example");
            let expected: &[&str] = if mails == 0 { &[] } else { &["P-1 member invited"] };
            assert!(mails <= 1, "{nth} {is_after}");
            assert_eq!(grants(&world, "ana@acme.example").await, expected, "{nth} {is_after}");
        }
    }
}

#[tokio::test]
async fn a_close_killed_at_any_call_is_finished_by_the_sweep() {
    for is_after in [false, true] {
        let mut killed = 0;
        for nth in 1..MOST_CALLS {
            let world = patient().await;
            join(&world, "P-1", "Acme", "ana@acme.example").await;
            invite(&world, request("P-1", "Acme", "bo@acme.example")).await;
            world.org().expire_sessions();
            if !is_killed(
                &world,
                nth,
                is_after,
                Box::pin(world.close_project(closed(&world, "P-1"))),
            )
            .await
            {
                break;
            }
            killed += 1;
            assert_eq!(
                invite(&world, request("P-1", "Acme", "cy@acme.example")).await,
                "PROJECT_CLOSED"
            );

            sweep(&world).await;

            assert_ended(&world, &format!("{nth} {is_after}")).await;
            assert_eq!(project(&world, "P-1").await, "closed", "{nth} {is_after}");
        }
        assert!(killed >= 5, "{killed} calls");
    }
}

#[tokio::test]
async fn a_sweep_killed_at_any_call_is_finished_by_the_next_one() {
    for is_after in [false, true] {
        let mut killed = 0;
        for nth in 1..MOST_CALLS {
            let world = patient().await;
            join(&world, "P-1", "Acme", "ana@acme.example").await;
            invite(&world, request("P-1", "Acme", "bo@acme.example")).await;
            invite(&world, request("P-2", "Globex", manager("cy@acme.example"))).await;
            world.org().accept_from("Globex", "cy@acme.example").unwrap();
            world.org().add_fault(Fault::always(FaultKind::DropBefore));
            world
                .close_project(closed(&world, "P-1"))
                .await
                .expect_err("Salesforce does not answer");
            world.org().clear_faults();
            if !is_killed(&world, nth, is_after, Box::pin(world.sweep(serde_json::json!({})))).await
            {
                break;
            }
            killed += 1;

            sweep(&world).await;

            assert_ended(&world, &format!("{nth} {is_after}")).await;
            assert_eq!(
                seat(&world, "cy@acme.example"),
                "active in Globex as manager",
                "{nth} {is_after}"
            );
        }
        assert!(killed >= 5, "{killed} calls");
    }
}

async fn assert_ended(world: &World, when: &str) {
    assert_eq!(seat(world, "ana@acme.example"), "inactive", "{when}");
    assert_eq!(world.org().open_invitations("bo@acme.example").len(), 0, "{when}");
    for email in ["ana@acme.example", "bo@acme.example"] {
        assert_eq!(
            grants(world, email).await,
            ["P-1 member ended projectClosed proven 0"],
            "{when}"
        );
        let ended = crate::world::told(world, "Customer Access Ended");
        let mut ids: Vec<Value> = ended
            .into_iter()
            .filter(|it| it.detail["email"] == email)
            .map(|it| it.detail["id"].clone())
            .collect();
        ids.dedup();
        assert_eq!(ids.len(), 1, "{when}");
    }
}

/// Runs a function and kills it at its `nth` call to Salesforce, before or after that took effect. False if the
/// function ended without making so many.
async fn is_killed<T>(
    world: &World,
    nth: u64,
    is_after: bool,
    running: impl Future<Output = T>,
) -> bool {
    let fault = if is_after {
        FaultKind::TimeoutAfterCommit
    } else {
        FaultKind::Slow { milliseconds: 60_000 }
    };
    world.org().add_fault(Fault::once(fault).from_nth(nth));
    let hit = async {
        while world.org().faults()[0].hit == 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        // Long enough for the org to do what was asked.
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let is_killed = tokio::select! {
        _ = running => false,
        () = hit => true,
    };
    world.org().clear_faults();
    is_killed
}

/// A world in which nothing times out by itself while it is being killed.
async fn patient() -> World {
    world_with_org(|options| options.hold = Duration::from_mins(1)).await
}
