//! Words that are recorded anew because somebody else wrote first.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use access::{Email, Grant, GrantId, OrgAlias, ProjectChange, ProjectId};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use ledger::{CustomerChange, Ledger};
use machinery::network::{Call, Conduct, Network, Onward, Outcome};
use machinery::world::{World, counts, days, grants, invite, join, minutes, request, sweep, world};
use serde_json::json;

const ANA: &str = "ana@acme.example";

#[tokio::test]
async fn who_gets_what_is_withdrawn_at_that_moment_is_matched() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    world.pass(minutes(10));
    let network = Network::open(&world, Arc::new(Crossed::with(&world, Word::Grant))).await;
    let container = network.container(&world);
    let named = json!({ "customers": ANA, "projectId": "P-2" });

    let report = container.close_project(named, world.remaining).await.expect("it is withdrawn");

    assert_eq!(report.get("unmatched"), None, "{report}");
    assert_eq!(report["ended"], 1, "{report}");
    let mut grants = grants(&world, ANA).await;
    grants.sort();
    assert_eq!(grants, ["P-1 member active", "P-2 member ended withdrawn proven 0"]);
}

#[tokio::test]
async fn what_is_over_for_another_reason_when_it_is_looked_at_again_is_ended() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    world.pass(days(91));
    let closed = Crossed::with(&world, Word::Closed(world.now() - days(1)));
    let network = Network::open(&world, Arc::new(closed)).await;
    let container = network.container(&world);
    let report = container.sweep(json!({}), world.remaining).await.expect("it succeeds");
    assert_eq!(counts(&report), "looked 1, ended 1, proven 1");
    assert_eq!(grants(&world, ANA).await, ["P-1 member ended projectClosed proven 0"]);
}

#[tokio::test]
async fn what_is_over_only_when_it_is_looked_at_again_is_left_to_the_next_run_and_counted() {
    let world = world().await;
    invite(&world, request("P-1", "Acme", ANA)).await;
    world.org().accept_from("Acme", ANA).expect("the invitation is open");
    world.pass(days(1));
    let closed = Crossed::with(&world, Word::Closed(world.now()));
    let network = Network::open(&world, Arc::new(closed)).await;
    let container = network.container(&world);
    let report = container.sweep(json!({}), world.remaining).await.expect("it succeeds");
    assert_eq!(counts(&report), "looked 1, joined 1, deferred 1", "{report}");
    assert_eq!(report["complete"], false);
    assert_eq!(counts(&sweep(&world).await), "looked 1, ended 1, proven 1");
}

/// What somebody else writes first.
#[derive(Clone, Copy, Debug)]
enum Word {
    /// A grant of P-2 for Ana.
    Grant,
    /// That P-1 has been closed since, and Ana as she was.
    Closed(Timestamp),
}

/// Somebody else writes before what is recorded of Ana first.
#[derive(Debug)]
struct Crossed {
    ledger: Ledger,
    word: Word,
    has_come: AtomicBool,
}

impl Crossed {
    fn with(world: &World, said: Word) -> Self {
        let ledger = Ledger::new(world.dynamodb.clone(), World::TABLE.to_owned());
        Self { ledger, word: said, has_come: AtomicBool::new(false) }
    }

    async fn write(&self) {
        let email = Email::parse(ANA).expect("an address");
        let customer = self.ledger.reader.customer(&OrgAlias::default(), &email).await;
        let mut customer = customer.expect("the ledger answers");
        let id_of = |project| ProjectId::parse(project).expect("an id");
        match self.word {
            Word::Grant => {
                let (id, project) = (GrantId::from_random(u128::MAX), id_of("P-2"));
                let first = customer.grants.values().next().expect("that of P-1").clone();
                customer.grants.insert(id.clone(), Grant { id, project, head: None, ..first });
            }
            Word::Closed(at) => {
                let project = self.ledger.reader.project(&OrgAlias::default(), &id_of("P-1")).await;
                let change = ProjectChange { closes: true, at, by: None, reason: None };
                let project = project.expect("read").after(&change).expect("it is news");
                self.ledger.writer.commit_project(project, Vec::new()).await.expect("it is closed");
            }
        }
        let (opens, audit, announcements) = (BTreeSet::new(), Vec::new(), Vec::new());
        let change = CustomerChange { customer, due_at: None, opens, audit, announcements };
        self.ledger.writer.commit(vec![change]).await.remove(0).expect("it is written");
    }
}

impl Conduct for Crossed {
    fn conduct<'a>(&'a self, call: &'a Call, onward: Onward<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let is_word =
                call.operation == "TransactWriteItems" && call.body.to_string().contains(ANA);
            if is_word && !self.has_come.swap(true, Ordering::SeqCst) {
                self.write().await;
            }
            onward.go().await
        })
    }
}
