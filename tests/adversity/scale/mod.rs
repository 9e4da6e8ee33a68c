//! Ten thousand grants that are over at once, on a bad day, come to their end within the limits of a platform.

#![expect(clippy::print_stdout, reason = "the numbers are for people to read")]

mod crowd;
mod weather;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use access::{Email, OrgAlias, Proof, State};
use lanyard_local::{Pace, batch};
use machinery::effort::{Count, Effort, number};
use machinery::network::Network;
use machinery::platform::BETWEEN_SWEEPS;
use machinery::world::{World, days, event, text, told, with, world_with};
use salesforce_simulator::{Fault, FaultKind};
use serde_json::{Value, json};

use crate::scale::crowd::gather;
use crate::scale::weather::Weather;

/// How many grants are over, unless `LANYARD_GRANTS` says otherwise.
const GRANTS: Count = Count { quick: 1_000, full: 10_000 };

/// Of a hundred requests to Salesforce, of each kind of fault, and of a hundred records of a write.
const FAULTY: f64 = 0.01;

/// How many minutes an invocation gets, unless `LANYARD_MINUTES` says otherwise: what a Lambda function does, or so few that
/// fewer grants take more than one as well.
const MINUTES: Count = Count { quick: 2, full: 15 };

/// By how much the process may grow while everybody is swept, simulators and database included, in kilobytes.
const GROWTH: u64 = 600_000;

#[tokio::test(start_paused = true)]
async fn ten_thousand_grants_end_by_continuations_on_a_bad_day() {
    let effort = Effort::from_environment();
    let count = number("LANYARD_GRANTS").unwrap_or(effort.of(GRANTS));
    let minutes = number("LANYARD_MINUTES").unwrap_or(effort.of(MINUTES) as u64);
    effort.tell_of_part("scale", &format!("{count} of {} grants", GRANTS.full));
    let begun = Instant::now();
    let world = world_with(|setup| {
        setup.pace = Pace::Runtime;
        setup.jitter_seed = Some(1);
        setup.first_wait = None;
        setup.remaining = Duration::from_mins(minutes);
        setup.policy.maximum_ends_per_run = 2 * GRANTS.full;
        setup.org = Box::new(|options| options.seats = 20_000);
    })
    .await;
    let emails = gather(&world, count).await;
    world.pass(days(1));
    println!("{count} grants made in {:?}", begun.elapsed());
    darken(&world);
    let (memory, evening, wall) = (memory(), world.now(), Instant::now());

    let runs = Night::default().pass(&world).await;

    println!(
        "{} invocations, {} simulated minutes, {:?}, at most {} kB more than the {} kB before",
        runs.reports.len(),
        world.now().duration_since(evening).as_mins(),
        wall.elapsed(),
        self::memory().saturating_sub(memory),
        memory,
    );
    runs.reports.iter().for_each(|report| println!("  {report}"));
    println!("  calls: {:?}", runs.weather.counts());
    for status in world.org().faults() {
        println!("  {} of {}: {:?}", status.hit, status.seen, status.fault.fault);
    }
    assert!(runs.reports.len() > 1, "one invocation is not enough");
    assert!(self::memory().saturating_sub(memory) < GROWTH);
    all_is_over(&world, &emails).await;
}

/// Faults of all kinds, each by a chance of its own.
fn darken(world: &World) {
    let faults = [
        FaultKind::TimeoutBeforeCommit,
        FaultKind::TimeoutAfterCommit,
        FaultKind::BadGateway { committed: false },
        FaultKind::BadGateway { committed: true },
        FaultKind::ConcurrentLimit,
    ];
    for (seed, fault) in (1..).zip(faults) {
        world.org().add_fault(Fault::always(fault).by_chance(seed, FAULTY));
    }
    let locks = FaultKind::LockError { values: Vec::new(), fraction: FAULTY, seed: 7 };
    world.org().add_fault(Fault::always(locks));
}

/// The invocations of a night.
struct Night {
    reports: Vec<String>,
    weather: Arc<Weather>,
    /// The continuations that the queue has handed over.
    continued: BTreeSet<String>,
}

impl Default for Night {
    fn default() -> Self {
        let weather = Arc::new(Weather::seeded(1));
        Self { reports: Vec::new(), weather, continued: BTreeSet::new() }
    }
}

impl Night {
    /// The schedule's sweep, its continuations as long as any is asked for, and the next sweep of the schedule for what failed.
    async fn pass(mut self, world: &World) -> Self {
        for _ in 0..3 {
            self.invoke(world, json!({})).await;
            while let Some(next) = self.next(world) {
                self.invoke(world, batch([next.to_string().as_str()])).await;
            }
            if is_quiet(world).await {
                break;
            }
            world.pass(BETWEEN_SWEEPS);
        }
        self
    }

    fn next(&mut self, world: &World) -> Option<Value> {
        let asked = told(world, "Continuation");
        let next = asked.iter().find(|it| self.continued.insert(text(&it.detail["id"])))?;
        Some(with(event(world, "Continuation", &next.detail), &json!({ "source": "lanyard" })))
    }

    async fn invoke(&mut self, world: &World, payload: Value) {
        let network = Network::open(world, Arc::<Weather>::clone(&self.weather)).await;
        let container = network.container(world);
        let begun = world.now();
        let answer =
            tokio::time::timeout(world.remaining, container.sweep(payload, world.remaining))
                .await
                .expect("it ends before the platform ends it");
        let minutes = world.now().duration_since(begun).as_secs_f64() / 60.0;
        let answer = match answer {
            Ok(answer) => answer.to_string(),
            Err(error) => format!("{}: {}", error.error_type, error.message),
        };
        let answer: String = answer.chars().take(480).collect();
        self.reports.push(format!("{minutes:.1} minutes: {answer}"));
    }
}

async fn is_quiet(world: &World) -> bool {
    let (reader, now) = (&world.ledger.reader, world.now());
    let customers = reader.due_customers(now, None, None, 1).await.expect("the ledger answers");
    let unpublished = reader.unpublished(now, None, None, 1).await.expect("the ledger answers");
    customers.due.is_empty() && unpublished.due.is_empty()
}

async fn all_is_over(world: &World, emails: &[Email]) {
    assert!(is_quiet(world).await, "nothing is left due");
    let mut ids = BTreeSet::new();
    for part in emails.chunks(1_000) {
        let customers = world.ledger.reader.customers(&OrgAlias::default(), part).await;
        for customer in customers.expect("the ledger answers").read.into_values() {
            assert_eq!(customer.grants.len(), 1);
            for grant in customer.grants.into_values() {
                let proven = Proof::Proven { at: world.now(), rereads: 0 };
                let State::Ended { proof, .. } = grant.state else { panic!("{:?}", grant.state) };
                assert_eq!(std::mem::discriminant(&proof), std::mem::discriminant(&proven));
                ids.insert(grant.id.to_string());
            }
        }
    }
    assert_eq!(ids.len(), emails.len());
    let users = world.org().users();
    let customers = users.iter().filter(|user| user.licence == "Chatter External");
    assert_eq!(customers.filter(|user| user.is_active).count(), 0);
    let members = world.org().members();
    assert_eq!(members.iter().filter(|it| it.email.ends_with("@acme.example")).count(), 0);
    let ended = told(world, "Customer Access Ended");
    let of = |field: &str| -> BTreeSet<String> {
        ended.iter().map(|it| text(&it.detail[field])).collect()
    };
    assert_eq!(of("grantId"), ids);
    assert_eq!(of("id").len(), ids.len(), "one ending each");
}

/// The most memory that the process has had so far, in kilobytes; 0 where the system does not say.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.trim().split(' ').next()?.parse().ok());
    number.unwrap_or(0)
}
