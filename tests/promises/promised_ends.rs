//! For how long seats linger where what was promised was said twice, taken back, or came back.

use machinery::world::{
    close, closed, days, event, failed, grants, invite, join, minutes, reopened, request, sweep,
    with, world, world_with,
};
use salesforce_simulator::{Fault, FaultKind};
use serde_json::{Value, json};

const ANA: &str = "ana@acme.example";

fn lingering(report: &Value) -> u64 {
    report["lingeringSeatMinutes"].as_u64().expect("it is measured")
}

/// Accepted a cancelled link after the close; "counts for the whole day before it was found and ended".
#[tokio::test]
async fn what_came_back_after_an_expiry_or_a_withdrawal_counts_for_the_whole_day() {
    came_back("expired").await;
    came_back("withdrawn").await;
}

#[tokio::test]
async fn what_came_back_after_a_close_counts_for_the_whole_day() {
    came_back("closed").await;
}

#[tokio::test]
async fn what_came_back_after_nobody_had_joined_counts_for_the_whole_day() {
    came_back("never joined").await;
}

async fn came_back(how: &str) {
    {
        let world = world_with(|setup| {
            setup.org = Box::new(|options| options.rules.cancelled_link_works = true);
            setup.policy.invitation_days = 20;
        })
        .await;
        let fields = if how == "expired" { json!({ "days": 1 }) } else { json!({ "days": 300 }) };
        invite(&world, with(request("P-1", "Acme", ANA), &fields)).await;
        let invitation = world.org().open_invitations(ANA).pop().expect("it goes well");
        match how {
            "expired" => {
                world.pass(days(1));
                sweep(&world).await;
            }
            "withdrawn" => {
                world.close_project(json!({ "customers": ANA })).await.expect("it goes well");
            }
            "closed" => {
                close(&world, "P-1").await;
            }
            _ => {
                world.pass(days(20));
                sweep(&world).await;
            }
        }
        assert!(
            grants(&world, ANA).await[0].ends_with("proven 0"),
            "{:?}",
            grants(&world, ANA).await
        );
        world.pass(minutes(5));
        world.org().accept(&invitation.id).expect("the link still works");
        world.pass(days(1));
        let report = sweep(&world).await;
        assert_eq!(grants(&world, ANA).await, ["P-1 member ended joinedLate proven 0"], "{how}");
        assert_eq!(lingering(&report), 1_440, "{how}");
    }
}

#[tokio::test]
async fn a_late_close_counts_from_its_instant() {
    late_close("nothing").await;
}

#[tokio::test]
async fn a_reopening_does_not_hide_for_how_long_the_close_was_late() {
    late_close("reopened").await;
}

#[tokio::test]
async fn another_close_does_not_hide_for_how_long_the_first_was_late() {
    late_close("closed again").await;
}

async fn late_close(after: &str) {
    {
        let world = world().await;
        join(&world, "P-1", "Acme", ANA).await;
        let late = json!({ "projectId": "P-1", "closedAt": world.now() });
        world.pass(minutes(300));
        world.close_project(event(&world, "Project Closed", &late)).await.expect("it goes well");
        world.pass(minutes(60));
        match after {
            "reopened" => {
                world.close_project(reopened(&world, "P-1")).await.expect("it goes well");
            }
            "closed again" => {
                world.close_project(closed(&world, "P-1")).await.expect("it goes well");
            }
            _ => {}
        }
        world.pass(minutes(60));
        assert_eq!(lingering(&sweep(&world).await), 300, "{after}");
    }
}

#[tokio::test]
async fn a_withdrawal_that_is_repeated_does_not_move_the_promised_end() {
    repeated("withdrawal").await;
}

#[tokio::test]
async fn a_close_that_is_repeated_does_not_move_the_promised_end() {
    repeated("close").await;
}

async fn repeated(what: &str) {
    {
        let world = world().await;
        join(&world, "P-1", "Acme", ANA).await;
        world.org().add_fault(Fault::always(FaultKind::DropBefore));
        let say = async || {
            let payload =
                if what == "close" { closed(&world, "P-1") } else { json!({ "customers": ANA }) };
            world.close_project(payload).await.expect_err("salesforce is away");
        };
        say().await;
        world.pass(minutes(300));
        assert_eq!(lingering(&failed(world.sweep(json!({})).await)), 300, "{what}");
        // Somebody tries again.
        say().await;
        world.pass(minutes(60));
        assert_eq!(lingering(&failed(world.sweep(json!({})).await)), 360, "{what}");
    }
}

/// Braked, then the project reopened and so on: nothing may be lost that the night before had said.
#[tokio::test]
async fn two_groups_and_two_projects_in_one_group() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    invite(&world, request("P-2", "Acme", ANA)).await;
    invite(&world, request("P-1", "Beta", ANA)).await;
    world.org().add_fault(Fault::always(FaultKind::DropBefore));
    failed(world.close_project(closed(&world, "P-1")).await);
    world.pass(minutes(120));
    // Acme lives by P-2; Beta lingers.
    assert_eq!(lingering(&failed(world.sweep(json!({})).await)), 120);
    failed(world.close_project(json!({ "customers": ANA, "projectId": "P-2" })).await);
    world.pass(minutes(60));
    assert_eq!(lingering(&failed(world.sweep(json!({})).await)), 180 + 60);
    world.org().clear_faults();
    world.pass(minutes(60));
    assert_eq!(lingering(&sweep(&world).await), 240 + 120);
    world.pass(days(1) - minutes(60));
    assert_eq!(lingering(&sweep(&world).await), 60 + 60);
}
