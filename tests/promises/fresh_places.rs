//! A place that was given a moment ago and is not shown: a query may lag, or a person has taken it away.

use machinery::world::{
    World, closed, counts, failed, grants, invite, minutes, request, seat, sweep, told, world,
};
use salesforce_simulator::NewUser;
use serde_json::json;

const ANA: &str = "ana@acme.example";

#[tokio::test]
async fn what_a_hand_took_at_once_is_neither_taken_again_nor_called_out_of_time() {
    for by_name in [false, true] {
        let world = taken_by_hand().await;
        let report = if by_name {
            world.close_project(json!({ "customers": ANA })).await
        } else {
            world.close_project(closed(&world, "P-1")).await
        };
        let report = report.unwrap_or_else(|error| panic!("{:?}", failed(Err(error))));
        assert_eq!(
            (counts(&report).as_str(), &report["complete"]),
            ("looked 1, ended 1", &json!(true))
        );
        assert_eq!(told(&world, "Customer Access Ended").len(), 0, "it is not proven yet");
        world.pass(minutes(16));
        assert_eq!(counts(&sweep(&world).await), "looked 1, proven 1");
        assert_eq!(seat(&world, ANA), "inactive");
        assert_eq!(told(&world, "Customer Access Ended").len(), 1);
    }
}

#[tokio::test]
async fn whoever_asks_again_after_a_hand_took_it_is_not_told_that_it_is_there() {
    let world = taken_by_hand().await;
    for project in ["P-1", "P-2"] {
        let asked = request(project, "Acme", ANA);
        let answer = invite(&world, asked).await;
        assert_eq!(answer, "SALESFORCE_UNAVAILABLE, to be tried again", "{project}");
    }
    assert_eq!(grants(&world, ANA).await, ["P-1 member active"]);
    world.pass(minutes(16));
    assert_eq!(invite(&world, request("P-2", "Acme", ANA)).await, format!("{ANA} added"));
    assert_eq!(seat(&world, ANA), "active in Acme");
}

/// A world in which Ana, who is a customer of the org, was put into Acme for P-1 and taken out by hand a minute later.
async fn taken_by_hand() -> World {
    let world = world().await;
    world.org().add_user(NewUser::customer(ANA)).expect("a user");
    assert_eq!(invite(&world, request("P-1", "Acme", ANA)).await, format!("{ANA} added"));
    world.pass(minutes(1));
    world.org().remove_member("Acme", ANA).expect("she is in it");
    world.pass(minutes(1));
    world
}
