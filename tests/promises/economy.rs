//! How many calls of the org's daily allowance the large things take.

use machinery::platform::Function;
use machinery::world::{closed, counts, invite, request, sweep, world, world_with, world_with_org};
use salesforce_simulator::Call;
use serde_json::{Value, json};

use crate::ledger_economy::counted;

#[tokio::test]
async fn closing_a_project_of_a_thousand_customers_takes_at_most_12_calls_and_120_requests_to_the_ledger()
 {
    let world = world_with(|setup| {
        setup.policy.maximum_ends_per_run = 1_000;
        setup.org = Box::new(|options| options.seats = 2_000);
    })
    .await;
    let answer = world.invite(request("P-1", "Acme", addresses(1_000))).await.expect("an answer");
    let customers = answer["customers"].as_array().expect("a list");
    assert!(customers.len() == 1_000 && customers.iter().all(|it| it["outcome"] == "invited"));
    for invitation in world.org().invitations() {
        world.org().accept(&invitation.id).expect("it is open");
    }
    world.org().expire_sessions();
    world.org().clear_log();

    let what = "close a project of 1,000 customers";
    let report = counted(&world, what, Function::CloseProject, closed(&world, "P-1")).await;

    assert_eq!(counts(&report), "looked 1000, ended 1000, proven 1000");
    assert!(
        world
            .org()
            .users()
            .iter()
            .all(|user| user.licence != "Chatter External" || !user.is_active)
    );
    let calls = world.org().calls();
    show("close a project of 1,000 customers, sign-in and reading back included", &calls);
    assert_eq!(report["salesforceCalls"], calls.len());
    assert!(calls.len() <= 12, "{}", calls.len());
}

#[tokio::test]
async fn inviting_two_hundred_takes_at_most_four_calls_cold_and_two_warm() {
    let world = world().await;
    world.org().add_group(&salesforce_simulator::NewGroup::for_customers("Acme")).unwrap();
    let answer = invite(&world, request("P-1", "Acme", addresses(200))).await;
    assert_eq!(answer.matches("invited").count(), 200);
    let cold = world.org().calls();
    show("invite 200 customers, cold, settings included", &cold);
    assert!(cold.len() <= 4, "{}", cold.len());

    world.org().clear_log();
    let others: Vec<Value> = addresses(400).split_off(200);
    let answer = invite(&world, request("P-2", "Acme", others)).await;
    assert_eq!(answer.matches("invited").count(), 200);
    let warm = world.org().calls();
    show("invite 200 customers, warm", &warm);
    assert!(warm.len() <= 2, "{}", warm.len());
}

#[tokio::test]
async fn a_night_with_a_thousand_open_invitations_takes_few_calls() {
    let world = world_with_org(|options| options.seats = 2_000).await;
    invite(&world, request("P-1", "Acme", addresses(1_000))).await;
    world.org().clear_log();

    let report = sweep(&world).await;

    assert_eq!(counts(&report), "looked 1000, kept 1000");
    let calls = world.org().calls();
    show("look for acceptance of 1,000 invitations", &calls);
    assert!(calls.len() <= 12, "{}", calls.len());
}

#[tokio::test]
async fn a_sweep_costs_what_is_due_and_not_what_is_stored() {
    let world = world().await;
    let many = world.invite(request("P-1", "Acme", addresses(300))).await.expect("an answer");
    assert_eq!(many["customers"].as_array().map(Vec::len), Some(300));
    for invitation in world.org().invitations() {
        world.org().accept(&invitation.id).expect("it is open");
    }
    sweep(&world).await;
    invite(&world, request("P-2", "Globex", "ana@globex.example")).await;
    world.org().clear_log();

    let report = sweep(&world).await;

    assert_eq!(counts(&report), "looked 1, kept 1");
    assert!(world.org().calls().len() <= 2, "{}", world.org().calls().len());
}

fn addresses(count: usize) -> Vec<Value> {
    (0..count)
        .map(|number| json!({ "email": format!("customer{number:04}@acme.example") }))
        .collect()
}

/// Prints how many calls something took, for whoever runs this with `--nocapture`.
#[expect(clippy::print_stdout, reason = "the numbers are for people to read")]
fn show(what: &str, calls: &[Call]) {
    println!("{what}: {} calls", calls.len());
    for call in calls {
        println!("  {} {} {}", call.method, call.path, call.objects.join(" "));
    }
}
