//! A record that Salesforce does not know may be gone, or not shown to us: only a look with full sight tells which.

use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use machinery::network::{Answer, Call, Conduct, Network, Onward, Outcome, Service};
use machinery::world::{
    World, closed, counts, days, failed, grants, invite, join, request, seat, sweep, told, told_of,
    world,
};
use salesforce_simulator::OrgHandle;
use serde_json::json;

const ANA: &str = "ana@acme.example";

#[tokio::test]
async fn what_somebody_else_has_just_taken_away_is_proven_gone_by_the_look() {
    for invited_only in [false, true] {
        let world = with_ana(invited_only).await;
        let report =
            close_through(&world, Unknown::after_a_hand(&world)).await.expect("it is gone");
        assert_eq!(counts(&report), "looked 1, ended 1, proven 1", "{invited_only}");
        assert_eq!(grants(&world, ANA).await, ["P-1 member ended projectClosed proven 0"]);
        assert!(told(&world, "Customer Access Stuck").is_empty());
    }
}

#[tokio::test]
async fn what_a_look_shows_after_salesforce_did_not_know_it_is_told_as_stuck() {
    for invited_only in [false, true] {
        let world = with_ana(invited_only).await;
        let report = failed(close_through(&world, Unknown::of_nothing()).await);
        assert_eq!(counts(&report), "looked 1, stuck 1, failed 1", "{invited_only}");
        assert_eq!(grants(&world, ANA).await, ["P-1 member ending projectClosed stuck"]);
        let stuck = &told(&world, "Customer Access Stuck")[0].detail["stuck"];
        assert_eq!(stuck["code"], "INVALID_CROSS_REFERENCE_KEY");
        world.pass(days(1));
        assert_eq!(counts(&sweep(&world).await), "looked 1, ended 1, proven 1");
    }
}

#[tokio::test]
async fn an_invitation_to_a_group_that_is_not_shown_is_not_taken_for_cancelled() {
    let world = with_ana(true).await;
    world.org().hide_group("Acme", true).expect("it is there");
    let report = failed(world.close_project(closed(&world, "P-1")).await);
    assert_eq!(counts(&report), "looked 1, stuck 1, failed 1");
    assert_eq!(told_of(&world, "Customer Access Ended"), [""; 0]);
    world.org().hide_group("Acme", false).expect("it is there");
    world.pass(days(1));
    assert_eq!(counts(&sweep(&world).await), "looked 1, ended 1, proven 1");
    assert!(world.org().open_invitations(ANA).is_empty());
}

/// A world in which Ana is in Acme for P-1, or is only invited, a day ago.
async fn with_ana(invited_only: bool) -> World {
    let world = world().await;
    if invited_only {
        assert_eq!(invite(&world, request("P-1", "Acme", ANA)).await, format!("{ANA} invited"));
    } else {
        join(&world, "P-1", "Acme", ANA).await;
    }
    world.pass(days(1));
    world
}

async fn close_through(
    world: &World,
    unknown: Unknown,
) -> Result<serde_json::Value, runtime::FunctionError> {
    let network = Network::open(world, Arc::new(unknown)).await;
    let container = network.container(world);
    let result = container.close_project(closed(world, "P-1"), world.remaining).await;
    assert_ne!(seat(world, ANA), "active", "a seat goes or there is none");
    result
}

/// Salesforce does not know the first record that is to be deleted.
#[derive(Debug)]
struct Unknown {
    /// In which somebody deletes it just before.
    by_hand: Option<OrgHandle>,
    has_come: Mutex<bool>,
}

impl Unknown {
    fn of_nothing() -> Self {
        Self { by_hand: None, has_come: Mutex::new(false) }
    }

    fn after_a_hand(world: &World) -> Self {
        Self { by_hand: Some(world.org()), ..Self::of_nothing() }
    }
}

impl Conduct for Unknown {
    fn conduct<'a>(&'a self, call: &'a Call, onward: Onward<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let is_deletion =
                call.service == Service::Salesforce && call.operation.starts_with("DELETE");
            let is_first = is_deletion
                && !std::mem::replace(&mut *self.has_come.lock().expect("it is free"), true);
            if !is_first {
                return onward.go().await;
            }
            if let Some(org) = &self.by_hand {
                match org.open_invitations(ANA).pop() {
                    Some(open) => org.cancel_invitation(&open.id).expect("it is open"),
                    None => org.remove_member("Acme", ANA).expect("she is in it"),
                }
            }
            let error = json!({ "statusCode": "INVALID_CROSS_REFERENCE_KEY", "message": "none" });
            Outcome::Answer(Answer::aws(200, &json!([{ "success": false, "errors": [error] }])))
        })
    }
}
