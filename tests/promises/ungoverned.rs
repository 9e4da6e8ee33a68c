//! What nobody answers for is told, and made a grant, exactly once.

use access::Policy;
use machinery::world::{days, grants, invite, join, request, sweep, told, world, world_with};
use salesforce_simulator::{NewGroup, NewUser};
use serde_json::json;

const ANA: &str = "ana@acme.example";
const UNGOVERNED: &str = "Customer Access Ungoverned";

#[tokio::test]
async fn what_nobody_answers_for_is_told_again_when_it_becomes_more_or_comes_back() {
    for what in ["moves", "is promoted", "leaves and comes back"] {
        let world = world().await;
        invite(&world, request("P-0", "Acme", ANA)).await;
        let org = world.org();
        // Of a group of which nobody else is shown, nobody has left for sure.
        join(&world, "P-0", "Lounge", "bo@acme.example").await;
        org.add_user(NewUser::customer("eve@else.example")).unwrap();
        org.add_member("Lounge", "eve@else.example", "Standard").unwrap();
        let night = async || {
            world.pass(days(1));
            sweep(&world).await;
        };
        night().await;
        night().await;
        assert_eq!(told(&world, UNGOVERNED).len(), 1, "{what}");
        if what == "is promoted" {
            org.set_role("Lounge", "eve@else.example", "Admin").unwrap();
        } else {
            org.remove_member("Lounge", "eve@else.example").unwrap();
            let group = if what == "moves" { "Acme" } else { "Lounge" };
            if what != "moves" {
                night().await;
            }
            org.add_member(group, "eve@else.example", "Standard").unwrap();
        }
        night().await;
        night().await;
        assert_eq!(told(&world, UNGOVERNED).len(), 2, "{what}");
    }
}

#[tokio::test]
async fn three_sweeps_at_once_adopt_and_tell_once() {
    let policy =
        json!({ "ungoverned": { "adopt": { "days": 30, "sponsor": "kim@corp.example" } } });
    let policy = Policy::from_json(&policy.to_string()).unwrap();
    let world = world_with(|setup| setup.policy = policy).await;
    invite(&world, request("P-0", "Acme", ANA)).await;
    world.org().add_group(&NewGroup::for_customers("Lounge")).unwrap();
    let emails: Vec<String> = (0..5).map(|it| format!("h{it}@else.example")).collect();
    for email in &emails {
        world.org().add_user(NewUser::customer(email)).unwrap();
        world.org().add_member("Lounge", email, "Standard").unwrap();
    }
    world.pass(days(1));
    let run = || world.sweep(json!({}));
    let results = tokio::join!(run(), run(), run());
    for result in [results.0, results.1, results.2] {
        result.expect("it succeeds");
    }
    world.pass(days(1));
    sweep(&world).await;
    for email in &emails {
        assert_eq!(grants(&world, email).await, ["ungoverned member active"]);
    }
    assert_eq!(told(&world, UNGOVERNED).len(), emails.len());
}
