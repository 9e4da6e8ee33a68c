//! What the brake counts, over a run as a whole.

use machinery::world::{
    World, counts, days, grants, invite, join, minutes, request, seat, sweep, with, world_with,
};
use serde_json::json;

const FOUR: [&str; 4] =
    ["ana@acme.example", "bo@acme.example", "cy@acme.example", "dee@acme.example"];

/// Two expire, and two are found to have been removed by hand in the census of the same run: together more than the policy allows.
#[tokio::test]
async fn what_is_due_and_what_the_census_finds_of_one_project_count_together() {
    together(["P-1", "P-1"]).await;
}

#[tokio::test]
async fn what_is_due_and_what_the_census_finds_in_one_org_count_together() {
    together(["P-1", "P-2"]).await;
}

async fn together(projects: [&str; 2]) {
    {
        let world = world_with(|setup| setup.policy.maximum_ends_per_run = 2).await;
        for (number, email) in FOUR.into_iter().enumerate() {
            join(&world, projects[number / 2], "Acme", email).await;
        }
        for email in &FOUR[..2] {
            invite(&world, with(request(projects[0], "Acme", *email), &json!({ "days": 1 }))).await;
        }
        world.pass(days(1) + minutes(1));
        for email in &FOUR[2..] {
            world.org().remove_member("Acme", email).expect("it goes well");
        }
        let report = sweep(&world).await;
        let ended = report["ended"].as_u64().expect("it goes well");
        assert!(ended <= 2, "{projects:?}: {} {:?}", counts(&report), seats(&world));
    }
}

fn seats(world: &World) -> Vec<String> {
    FOUR.iter().map(|email| seat(world, email)).collect()
}

/// A held set, of which one grant was withdrawn, one renewed and one ended by hand, is released for the rest alone.
#[tokio::test]
async fn a_release_after_withdrawal_renewal_and_a_hand_does_the_rest() {
    let world = world_with(|setup| setup.policy.maximum_ends_per_run = 2).await;
    for email in FOUR {
        join(&world, "P-1", "Acme", email).await;
        invite(&world, with(request("P-1", "Acme", email), &json!({ "days": 1 }))).await;
    }
    world.pass(days(1) + minutes(1));
    let held = sweep(&world).await;
    assert_eq!(counts(&held), "looked 4, held 4");
    world.close_project(json!({ "customers": FOUR[0] })).await.expect("it goes well");
    invite(&world, with(request("P-1", "Acme", FOUR[1]), &json!({ "days": 9 }))).await;
    world.org().remove_member("Acme", FOUR[2]).expect("it goes well");
    world.pass(minutes(5));
    let report = world.sweep(json!({ "release": held["planDigest"] })).await.expect("it goes well");
    assert_eq!(
        seats(&world),
        ["inactive", "active in Acme", "inactive", "inactive"],
        "{}",
        counts(&report)
    );
    assert_eq!(grants(&world, FOUR[3]).await, ["P-1 member ended expired proven 0"]);
}
