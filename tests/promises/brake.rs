//! More endings at once than the policy allows to a project or to the org are held as a whole, until a person says that they are
//! meant. The rest of the run goes on.

use machinery::world::{
    World, close, closed, counts, days, failed, grants, invite, join, minutes, project, reopened,
    request, seat, sweep, text, told, with, world_with,
};
use serde_json::{Value, json};

const THREE: [&str; 3] = ["ana@acme.example", "bo@acme.example", "cy@acme.example"];

#[tokio::test]
async fn all_are_held_and_people_are_told_how_many_under_which_digest() {
    let world = braked().await;
    let report = close(&world, "P-1").await;

    assert_eq!(counts(&report), "looked 3, held 3");
    let held = told(&world, "Sweep Held");
    assert_eq!(held.len(), 1);
    let detail = &held[0].detail;
    let digest = &report["planDigest"];
    assert_eq!((&detail["count"], &detail["planDigest"]), (&json!(3), digest));
    assert_eq!(detail["projectId"], "P-1");
    assert_eq!(
        report["braked"],
        json!([{ "org": "main", "projectId": "P-1", "planDigest": digest, "count": 3 }])
    );
    for email in THREE {
        assert_eq!(seat(&world, email), "active in Acme");
        assert_eq!(grants(&world, email).await, ["P-1 member active"]);
    }
    assert_eq!(project(&world, "P-1").await, "closing");
    assert_eq!(world.org().writes(), []);
}

#[tokio::test]
async fn the_rest_of_the_run_goes_on_and_the_same_set_has_the_same_digest_the_next_night() {
    let world = braked().await;
    let digest = close(&world, "P-1").await["planDigest"].clone();
    invite(&world, request("P-2", "Globex", "dee@acme.example")).await;
    world.org().accept_from("Globex", "dee@acme.example").unwrap();
    world.pass(days(1));

    let report = sweep(&world).await;

    assert_eq!(counts(&report), "looked 4, joined 1, held 3");
    assert_eq!(report["planDigest"], digest);
}

#[tokio::test]
async fn the_digest_releases_exactly_that_set() {
    let world = braked().await;
    let digest = close(&world, "P-1").await["planDigest"].clone();
    let release = json!({ "release": digest });

    let report = world.sweep(release.clone()).await.expect("it is released");

    assert_eq!(counts(&report), "looked 3, ended 3, proven 3");
    assert_eq!(report["planDigest"], digest);
    assert_eq!((&report["released"], &report["leftOut"]), (&json!(3), &json!(0)));
    for email in THREE {
        assert_eq!(seat(&world, email), "inactive");
    }
    sweep(&world).await;
    assert_eq!(project(&world, "P-1").await, "closed");
    let error = world.sweep(release).await.expect_err("it is spent");
    assert_eq!(error.error_type, "RELEASE_REFUSED");
}

#[tokio::test]
async fn what_became_due_since_is_not_released_with_it() {
    let world = braked().await;
    let digest = close(&world, "P-1").await["planDigest"].clone();
    let asked = with(
        request("P-2", "Globex", "ana@acme.example dee@acme.example"),
        &json!({
            "expiresAt": "2027-01-04T10:00:00Z",
        }),
    );
    invite(&world, asked).await;
    world.pass(minutes(60));

    let report = world.sweep(json!({ "release": digest })).await.expect("it is released");

    assert_eq!(report["ended"], 3);
    assert_eq!(seat(&world, "ana@acme.example"), "active in Globex");
    assert_eq!(world.org().open_invitations("dee@acme.example").len(), 1);
    assert_eq!(seat(&world, "bo@acme.example"), "inactive");
}

#[tokio::test]
async fn a_set_of_which_all_has_changed_is_not_released() {
    let world = braked().await;
    let digest = close(&world, "P-1").await["planDigest"].clone();
    world.pass(minutes(1));
    world.close_project(reopened(&world, "P-1")).await.unwrap();

    refused(&world, &digest).await;

    for email in THREE {
        assert_eq!(seat(&world, email), "active in Acme");
    }
}

#[tokio::test]
async fn what_has_changed_is_left_out_and_the_rest_is_released() {
    let world = world_with(|setup| setup.policy.maximum_ends_per_run = 2).await;
    for email in THREE {
        invite(&world, with(request("P-1", "Acme", email), &json!({ "days": 1 }))).await;
    }
    world.pass(days(1));
    let digest = sweep(&world).await["planDigest"].clone();
    let longer = with(request("P-1", "Acme", "bo@acme.example"), &json!({ "days": 5 }));
    assert_eq!(invite(&world, longer).await, "bo@acme.example updated");

    let report = world.sweep(json!({ "release": digest })).await.expect("it is released");

    assert_eq!(counts(&report), "looked 3, kept 1, ended 2, proven 2");
    assert_eq!((&report["released"], &report["leftOut"]), (&json!(2), &json!(1)));
    assert_eq!(world.org().open_invitations("ana@acme.example").len(), 0);
    assert_eq!(world.org().open_invitations("bo@acme.example").len(), 1);
    refused(&world, &digest).await;
    assert_eq!(counts(&sweep(&world).await), "looked 1, kept 1", "what was left out goes on");
}

#[tokio::test]
async fn what_ends_for_another_reason_than_it_was_held_for_is_left_out() {
    let world = world_with(|setup| setup.policy.maximum_ends_per_run = 2).await;
    for email in THREE {
        invite(&world, with(request("P-1", "Acme", email), &json!({ "days": 1 }))).await;
    }
    world.pass(days(1));
    let digest = sweep(&world).await["planDigest"].clone();
    assert_eq!(counts(&close(&world, "P-1").await), "looked 3, held 3");

    refused(&world, &digest).await;

    let report = sweep(&world).await;
    assert_eq!(counts(&report), "looked 3, held 3");
    assert_ne!(report["planDigest"], digest);
}

#[tokio::test]
async fn a_release_that_was_cut_off_is_taken_up_by_releasing_again() {
    let mut world = braked().await;
    let release = json!({ "release": close(&world, "P-1").await["planDigest"] });
    let enough = std::mem::replace(&mut world.remaining, std::time::Duration::from_secs(15));
    let report = world.sweep(release.clone()).await.expect("there is no time");
    assert_eq!(counts(&report), "looked 3, deferred 3");
    world.remaining = enough;

    let report = world.sweep(release).await.expect("what is left is released");

    assert_eq!((&report["released"], &report["leftOut"]), (&json!(3), &json!(0)));
    assert_eq!(counts(&report), "looked 3, ended 3, proven 3");
}

#[tokio::test]
async fn a_flood_of_one_project_holds_nobody_else_and_is_released_but_for_what_was_extended() {
    let mut world = world_with(|_| {}).await;
    world.remaining = std::time::Duration::from_mins(15);
    let flood: Vec<String> = (0..501).map(|it| format!("flood{it}@acme.example")).collect();
    for part in flood.chunks(50) {
        let asked = with(request("P-1", "Acme", part.join(" ")), &json!({ "days": 1 }));
        invite(&world, asked).await;
    }
    for number in 0..20 {
        let (project, email) = (format!("Q-{number}"), format!("other{number}@acme.example"));
        invite(&world, with(request(&project, "Globex", email), &json!({ "days": 1 }))).await;
    }
    world.pass(days(1));

    let report = sweep(&world).await;

    assert_eq!(counts(&report), "looked 521, ended 20, proven 20, held 501");
    let held = told(&world, "Sweep Held");
    let digest = report["planDigest"].clone();
    assert_eq!(held.len(), 1);
    let detail = &held[0].detail;
    assert_eq!((&detail["projectId"], &detail["count"]), (&json!("P-1"), &json!(501)));
    assert_eq!(detail["planDigest"], digest);

    invite(&world, with(request("P-1", "Acme", flood[7].as_str()), &json!({ "days": 30 }))).await;
    let report = world.sweep(json!({ "release": digest })).await.expect("it is released");

    assert_eq!(counts(&report), "looked 501, kept 1, ended 500, proven 500");
    assert_eq!((&report["released"], &report["leftOut"]), (&json!(500), &json!(1)));
    assert_eq!(report["leftOutGrants"].as_array().map(Vec::len), Some(1));
    assert_eq!(world.org().open_invitations(&flood[7]).len(), 1);
    assert_eq!(world.org().open_invitations(&flood[8]).len(), 0);
}

#[tokio::test]
async fn each_project_beyond_is_released_by_itself() {
    let world = world_with(|setup| {
        setup.policy.maximum_ends_per_run = 5;
        setup.policy.maximum_ends_per_project = Some(1);
    })
    .await;
    for (project, email) in [("P-1", "a"), ("P-1", "b"), ("P-2", "c"), ("P-2", "d"), ("P-3", "e")] {
        let email = format!("{email}@acme.example");
        invite(&world, with(request(project, "Acme", email), &json!({ "days": 1 }))).await;
    }
    world.pass(days(1));
    let report = sweep(&world).await;
    assert_eq!(counts(&report), "looked 5, ended 1, proven 1, held 4");
    let digest = |index: usize| report["braked"][index]["planDigest"].clone();
    assert_eq!(told(&world, "Sweep Held").len(), 2);

    for index in [1, 0] {
        let released = world.sweep(json!({ "release": digest(index) })).await.expect("it is held");
        assert_eq!(counts(&released), "looked 2, ended 2, proven 2", "{index}");
    }
    assert_eq!(counts(&sweep(&world).await), "");
}

#[tokio::test]
async fn after_24_hours_the_word_is_out_of_date() {
    let world = braked().await;
    let digest = close(&world, "P-1").await["planDigest"].clone();
    world.pass(days(1) - minutes(1));
    assert!(world.sweep(json!({ "release": digest })).await.is_ok());

    let world = braked().await;
    let digest = close(&world, "P-1").await["planDigest"].clone();
    world.pass(days(1));
    refused(&world, &digest).await;
    assert_eq!(seat(&world, "ana@acme.example"), "active in Acme");

    assert_eq!(sweep(&world).await["planDigest"], digest, "held anew, it can be released anew");
    assert!(world.sweep(json!({ "release": digest })).await.is_ok());
}

#[tokio::test]
async fn retries_and_rereads_do_not_count() {
    let world = world_with(|setup| setup.policy.maximum_ends_per_run = 2).await;
    for (project, email) in
        [("P-1", "a"), ("P-1", "b"), ("P-2", "c"), ("P-2", "d"), ("P-3", "e"), ("P-3", "f")]
    {
        join(&world, project, "Acme", &format!("{email}@acme.example")).await;
    }
    close(&world, "P-1").await;
    world.org().block_deactivation(None, "not now").unwrap();
    failed(world.close_project(closed(&world, "P-2")).await);
    world.org().unblock_deactivation();
    world.org().add_fault(salesforce_simulator::Fault::always(
        salesforce_simulator::FaultKind::DropBefore,
    ));
    failed(world.close_project(closed(&world, "P-3")).await);
    world.org().clear_faults();
    world.pass(days(1));

    let report = sweep(&world).await;

    assert_eq!(counts(&report), "looked 6, ended 4, proven 4, reproven 2");
}

#[tokio::test]
async fn the_brake_is_for_each_org_and_exactly_the_maximum_is_not_too_many() {
    let world = world_with(|setup| setup.policy.maximum_ends_per_run = 3).await;
    for email in THREE {
        join(&world, "P-1", "Acme", email).await;
    }
    assert_eq!(counts(&close(&world, "P-1").await), "looked 3, ended 3, proven 3");
}

/// A world with three customers in a project and a brake that lets two go at once.
async fn braked() -> World {
    let world = world_with(|setup| setup.policy.maximum_ends_per_run = 2).await;
    for email in THREE {
        join(&world, "P-1", "Acme", email).await;
    }
    world.org().clear_log();
    world
}

async fn refused(world: &World, digest: &Value) {
    let error = world.sweep(json!({ "release": digest })).await.expect_err("it is refused");
    assert_eq!(error.error_type, "RELEASE_REFUSED", "{} {}", error.message, text(digest));
}
