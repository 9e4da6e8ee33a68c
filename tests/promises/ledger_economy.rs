//! How many requests to the ledger the large endings take: reads, writes and repetitions, all of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use machinery::effort::{Count, Effort};
use machinery::network::{Call, Conduct, Network, Onward, Outcome, Service};
use machinery::platform::Function;
use machinery::world::{World, counts, days, request, sweep, world_with};
use serde_json::{Value, json};

/// How many customers end in one run.
const CUSTOMERS: usize = 1_000;

/// How many requests to the ledger all of them may take: 0.12 for each.
const MOST: usize = 120;

/// How often each of these is tried: a quick effort has the close of `economy` alone, since letting a thousand in takes long.
const TRIED: Count = Count { quick: 0, full: 1 };

#[tokio::test]
async fn a_withdrawal_of_a_thousand_customers_takes_few_requests_to_the_ledger() {
    for _ in 0..tried() {
        let world = crowd().await;
        let named = json!({ "customers": addresses() });
        let report =
            counted(&world, "withdraw 1,000 customers", Function::CloseProject, named).await;
        assert_eq!(counts(&report), "looked 1000, ended 1000, proven 1000");
    }
}

#[tokio::test]
async fn so_does_a_night_in_which_a_thousand_expire() {
    for _ in 0..tried() {
        let world = crowd().await;
        sweep(&world).await;
        world.pass(days(90));
        let what = "a night in which 1,000 expire, its census included";
        let report = counted(&world, what, Function::Sweep, json!({})).await;
        assert_eq!(counts(&report), "looked 1000, ended 1000, proven 1000");
    }
}

fn tried() -> usize {
    let effort = Effort::from_environment();
    effort.tell_of_part("ledger economy", "a close");
    effort.of(TRIED)
}

/// A thousand customers with a grant each, all of whom have accepted.
async fn crowd() -> World {
    let world = world_with(|setup| {
        setup.policy.maximum_ends_per_run = CUSTOMERS;
        setup.policy.notice_days.clear();
        setup.org = Box::new(|options| options.seats = 2_000);
    })
    .await;
    let customers: Vec<Value> = addresses().iter().map(|it| json!({ "email": it })).collect();
    world.invite(request("P-1", "Acme", customers)).await.expect("an answer");
    for invitation in world.org().invitations() {
        world.org().accept(&invitation.id).expect("it is open");
    }
    world
}

fn addresses() -> Vec<String> {
    (0..CUSTOMERS).map(|number| format!("customer{number:04}@acme.example")).collect()
}

/// Invokes a function that ends a thousand customers in a container of its own, prints how many requests to the ledger that took, which
/// are few, and gives the report.
#[expect(clippy::print_stdout, reason = "the numbers are for people to read")]
pub(crate) async fn counted(
    world: &World,
    what: &str,
    function: Function,
    payload: Value,
) -> Value {
    let counter = Arc::new(Counter::default());
    let network = Network::open(world, Arc::<Counter>::clone(&counter)).await;
    let answer = function.invoke(&network.container(world), payload).await;
    let requests = counter.0.lock().expect("nobody panics here");
    let all: usize = requests.values().sum();
    println!("{what}: {all} requests to the ledger, {requests:?}");
    assert!(all <= MOST, "{all}: {requests:?}");
    answer.expect("it succeeds")
}

/// Counts the requests to the ledger by operation.
#[derive(Debug, Default)]
struct Counter(Mutex<BTreeMap<String, usize>>);

impl Conduct for Counter {
    fn conduct<'a>(&'a self, call: &'a Call, onward: Onward<'a>) -> BoxFuture<'a, Outcome> {
        if call.service == Service::DynamoDb {
            let mut counts = self.0.lock().expect("nobody panics here");
            *counts.entry(call.operation.clone()).or_default() += 1;
        }
        Box::pin(onward.go())
    }
}
