//! A user who is made active for a request that fails then has a seat, and it is taken away again.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use machinery::network::{Answer, Call, Conduct, Network, Onward, Outcome};
use machinery::world::{grants, invite, minutes, outcomes, request, seat, sweep, told, world};
use salesforce_simulator::NewUser;
use serde_json::json;

const ANA: &str = "ana@acme.example";

#[tokio::test]
async fn who_was_made_active_and_may_not_be_unfrozen_loses_the_seat_again() {
    let world = world().await;
    world.org().add_user(NewUser::customer(ANA)).expect("a user");
    world.org().set_frozen(ANA, true).expect("she is there");
    world.org().deactivate(ANA).expect("she is there");
    let network = Network::open(&world, Arc::new(StaysFrozen)).await;
    let container = network.container(&world);

    let asked = request("P-1", "Acme", ANA);
    let answer = container.invite(asked.clone(), world.remaining).await.expect("an answer");

    assert_eq!(outcomes(&answer), format!("{ANA} refused SALESFORCE_REFUSED"));
    assert_eq!(seat(&world, ANA), "frozen", "nobody was let in, and the seat is taken");
    assert_eq!(grants(&world, ANA).await, ["P-1 member ending neverJoined"]);
    assert_eq!(told(&world, "Customer Invitation Refused").len(), 1);
    world.pass(minutes(16));
    sweep(&world).await;
    assert_eq!(seat(&world, ANA), "inactive");
    assert_eq!(grants(&world, ANA).await, ["P-1 member ended neverJoined proven 0"]);
    assert_eq!(invite(&world, asked).await, format!("{ANA} reactivated"));
    assert_eq!(seat(&world, ANA), "active in Acme");
}

/// Salesforce refuses to unfreeze anybody.
#[derive(Debug)]
struct StaysFrozen;

impl Conduct for StaysFrozen {
    fn conduct<'a>(&'a self, call: &'a Call, onward: Onward<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let is_unfreezing = call.operation.starts_with("PATCH")
                && call.body.to_string().contains("\"IsFrozen\":false");
            if !is_unfreezing {
                return onward.go().await;
            }
            let error = json!({ "statusCode": "INSUFFICIENT_ACCESS_OR_READONLY", "message": "no" });
            Outcome::Answer(Answer::aws(200, &json!([{ "success": false, "errors": [error] }])))
        })
    }
}
