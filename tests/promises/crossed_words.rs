//! Words that are recorded anew because somebody else wrote first.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use access::{Email, Grant, GrantId, OrgAlias, ProjectId};
use futures_util::future::BoxFuture;
use ledger::{CustomerChange, Ledger};
use machinery::network::{Call, Conduct, Network, Onward, Outcome};
use machinery::world::{World, grants, join, minutes, world};
use serde_json::json;

const ANA: &str = "ana@acme.example";

#[tokio::test]
async fn who_gets_what_is_withdrawn_at_that_moment_is_matched() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    world.pass(minutes(10));
    let ledger = Ledger::new(world.dynamodb.clone(), World::TABLE.to_owned());
    let crossed = Arc::new(Crossed { ledger, has_come: AtomicBool::new(false) });
    let network = Network::open(&world, crossed).await;
    let container = network.container(&world);
    let named = json!({ "customers": ANA, "projectId": "P-2" });

    let report = container.close_project(named, world.remaining).await.expect("it is withdrawn");

    assert_eq!(report.get("unmatched"), None, "{report}");
    assert_eq!(report["ended"], 1, "{report}");
    let mut grants = grants(&world, ANA).await;
    grants.sort();
    assert_eq!(grants, ["P-1 member active", "P-2 member ended withdrawn proven 0"]);
}

/// Somebody else gives Ana a grant of P-2 before the word is recorded.
#[derive(Debug)]
struct Crossed {
    ledger: Ledger,
    has_come: AtomicBool,
}

impl Crossed {
    async fn write(&self) {
        let email = Email::parse(ANA).expect("an address");
        let customer = self.ledger.reader.customer(&OrgAlias::default(), &email).await;
        let mut customer = customer.expect("the ledger answers");
        let (id, project) = (GrantId::from_random(u128::MAX), ProjectId::parse("P-2"));
        let first = customer.grants.values().next().expect("that of P-1").clone();
        let project = project.expect("an id");
        customer.grants.insert(id.clone(), Grant { id, project, head: None, ..first });
        let (opens, audit, announcements) = (BTreeSet::new(), Vec::new(), Vec::new());
        let change = CustomerChange { customer, due_at: None, opens, audit, announcements };
        self.ledger.writer.commit(vec![change]).await.remove(0).expect("it is written");
    }
}

impl Conduct for Crossed {
    fn conduct<'a>(&'a self, call: &'a Call, onward: Onward<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let is_word = call.operation == "TransactWriteItems";
            if is_word && !self.has_come.swap(true, Ordering::SeqCst) {
                self.write().await;
            }
            onward.go().await
        })
    }
}
