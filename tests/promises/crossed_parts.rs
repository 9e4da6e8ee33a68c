//! What is more than a transaction holds is recorded in parts, and somebody else may write between any two of them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use access::{
    Customer, Email, Grant, GrantId, Group, GroupId, OrgAlias, digest_of_heads, heads_of_run,
};
use futures_util::future::BoxFuture;
use jiff::SignedDuration;
use ledger::{CustomerChange, Ledger};
use machinery::network::{Call, Conduct, Network, Onward, Outcome};
use machinery::world::{World, closed, counts, customer, days, grants, join, told, world_with};
use salesforce_simulator::NewGroup;

const ANA: &str = "ana@acme.example";

/// More than one transaction holds of outcomes, each of which has an entry and an event.
const GRANTS: usize = 52;

#[tokio::test]
async fn whoever_writes_before_or_between_the_parts_of_an_outcome_all_of_it_is_counted_and_signed()
{
    for before in [1, 2] {
        let world = member_of_many_groups().await;
        let meanwhile = Meanwhile::before(before, &world);
        let network = Network::open(&world, Arc::new(meanwhile)).await;
        let container = network.container(&world);

        let report = container.close_project(closed(&world, "P-0"), world.remaining).await;

        let report = report.unwrap_or_else(|error| panic!("before {before}: {error:?}"));
        let expected = format!("looked {GRANTS}, ended {GRANTS}, proven {GRANTS}");
        assert_eq!(counts(&report), expected, "before {before}");
        assert_eq!(told(&world, "Customer Access Ended").len(), GRANTS, "before {before}");
        assert!(grants(&world, ANA).await.iter().all(|it| it.ends_with("proven 0")));
        let run = report["runId"].as_str().expect("an id");
        let record = world.ledger.reader.run(run).await.expect("read").expect("it is recorded");
        let until = record.at + SignedDuration::from_secs(1);
        let entries = world.ledger.reader.evidence_of_period(record.at, until, None, None, 1_000);
        let heads = heads_of_run(&entries.await.expect("read").entries, run, record.at);
        assert_eq!(heads.len(), GRANTS, "before {before}");
        assert_eq!(report["headsDigest"], digest_of_heads(&heads), "before {before}");
    }
}

/// A world in which Ana has a grant for each of many groups.
async fn member_of_many_groups() -> World {
    let world = world_with(|setup| setup.policy.maximum_grants_per_customer = 100).await;
    join(&world, "P-0", "Group 0", ANA).await;
    let mut customer = customer(&world, ANA).await;
    let first = customer.grants.values().next().expect("a grant").clone();
    for number in 1..GRANTS {
        let name = format!("Group {number}");
        let id = world.org().add_group(&NewGroup::for_customers(&name)).expect("a group");
        world.org().add_member(&name, ANA, "Standard").expect("a place");
        let group = Group { id: GroupId::parse(&id).expect("an id"), name };
        let id = GrantId::from_random(1_000 + number as u128);
        let grant = Grant { id: id.clone(), group, head: None, version: 1, ..first.clone() };
        customer.grants.insert(id, grant);
    }
    write(&world.ledger, customer).await;
    world.pass(days(1));
    world
}

async fn write(ledger: &Ledger, customer: Customer) {
    let due_at = customer.grants.values().map(|grant| grant.requested_at).min();
    let (opens, audit, announcements) = (BTreeSet::new(), Vec::new(), Vec::new());
    let change = CustomerChange { customer, due_at, opens, audit, announcements };
    ledger.writer.commit(vec![change]).await.remove(0).expect("it is written");
}

/// Somebody else writes Ana before one of the transactions that record an outcome of many grants.
#[derive(Debug)]
struct Meanwhile {
    ledger: Ledger,
    before: usize,
    met: AtomicUsize,
}

impl Meanwhile {
    fn before(before: usize, world: &World) -> Self {
        let ledger = Ledger::new(world.dynamodb.clone(), World::TABLE.to_owned());
        Self { ledger, before, met: AtomicUsize::new(0) }
    }

    async fn write(&self) {
        let email = Email::parse(ANA).expect("an address");
        let customer = self.ledger.reader.customer(&OrgAlias::default(), &email).await;
        write(&self.ledger, customer.expect("the ledger answers")).await;
    }
}

impl Conduct for Meanwhile {
    fn conduct<'a>(&'a self, call: &'a Call, onward: Onward<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let actions = call.body["TransactItems"].as_array().map_or(0, Vec::len);
            let is_outcome =
                actions > 1 && call.body.to_string().contains("\"Customer Access Ended\"");
            if is_outcome && self.met.fetch_add(1, Ordering::SeqCst) + 1 == self.before {
                self.write().await;
            }
            onward.go().await
        })
    }
}
