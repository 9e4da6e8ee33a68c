//! A ledger that stops answering in the middle of a run: what was to be looked at again is accounted for, grant by grant.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::BoxFuture;
use lanyard_local::Pace;
use machinery::network::{Answer, Call, Conduct, Network, Onward, Outcome};
use machinery::world::{counts, customer, days, failed, join, sweep, world_with};
use serde_json::{Value, json};

/// Somebody else writes what the run would write first, and then nobody reads any more.
#[derive(Debug, Default)]
struct Crossed {
    has_come: AtomicBool,
}

impl Conduct for Crossed {
    fn conduct<'a>(&'a self, call: &'a Call, onward: Onward<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let actions = call.body["TransactItems"].as_array().map_or(0, Vec::len);
            if actions > 0 && !self.has_come.swap(true, Ordering::SeqCst) {
                let mut reasons = vec!["None"; actions];
                reasons[0] = "ConditionalCheckFailed";
                return Outcome::Answer(Answer::transaction_cancelled(&reasons));
            }
            if call.operation == "BatchGetItem" && self.has_come.load(Ordering::SeqCst) {
                return Outcome::Answer(Answer::aws_error(400, "AccessDeniedException"));
            }
            onward.go().await
        })
    }
}

#[tokio::test(start_paused = true)]
async fn who_cannot_be_looked_at_again_for_want_of_the_ledger_has_failed() {
    let world = world_with(|setup| setup.pace = Pace::Runtime).await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    world.pass(days(90));
    let network = Network::open(&world, Arc::new(Crossed::default())).await;
    let container = network.container(&world);

    let report = failed(container.sweep(json!({}), world.remaining).await);

    let grant = customer(&world, "ana@acme.example").await.grants.into_keys().next();
    let failures = report["failures"].as_array().expect("a list");
    let of_grant =
        |it: &&Value| it["grantId"].as_str() == grant.as_ref().map(access::GrantId::as_str);
    assert_eq!(failures.iter().filter(of_grant).count(), 1, "{report}");
    assert_eq!(counts(&sweep(&world).await), "looked 1, ended 1, proven 1");
}
