//! A network on an ordinary bad day: nothing is instant, and of a hundred calls to AWS one is throttled.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use futures_util::future::BoxFuture;
use machinery::network::{Answer, Call, Conduct, Onward, Outcome, Service};

/// Delays calls by what they are for, throttles some, and counts them.
#[derive(Debug)]
pub(crate) struct Weather {
    random: Mutex<fastrand::Rng>,
    counts: Mutex<BTreeMap<String, usize>>,
}

/// The share of calls to the ledger and the bus that are throttled.
const THROTTLED: f64 = 0.01;

impl Weather {
    pub(crate) fn seeded(seed: u64) -> Self {
        let random = Mutex::new(fastrand::Rng::with_seed(seed));
        Self { random, counts: Mutex::default() }
    }

    /// How often each service was asked, throttled calls included.
    pub(crate) fn counts(&self) -> BTreeMap<String, usize> {
        self.counts.lock().expect("nobody panics here").clone()
    }

    /// How long a call takes, in milliseconds: a collection of 200 records is slower than a query.
    fn slowness(call: &Call) -> std::ops::Range<u64> {
        match call.service {
            Service::Salesforce if call.writes() => 10_000..25_000,
            Service::Salesforce => 500..2_000,
            Service::DynamoDb => 4..30,
            Service::EventBridge | Service::SecretsManager | Service::Kms => 10..60,
        }
    }

    fn draw(&self, call: &Call) -> (Duration, bool) {
        let mut random = self.random.lock().expect("nobody panics here");
        let wait = Duration::from_millis(random.u64(Self::slowness(call)));
        let is_throttled = match call.service {
            Service::DynamoDb | Service::EventBridge => random.f64() < THROTTLED,
            Service::SecretsManager | Service::Kms | Service::Salesforce => false,
        };
        (wait, is_throttled)
    }
}

impl Conduct for Weather {
    fn conduct<'a>(&'a self, call: &'a Call, onward: Onward<'a>) -> BoxFuture<'a, Outcome> {
        let (wait, is_throttled) = self.draw(call);
        let what = if is_throttled { " throttled" } else { "" };
        let name = format!("{:?}{what}", call.service);
        *self.counts.lock().expect("nobody panics here").entry(name).or_default() += 1;
        Box::pin(async move {
            tokio::time::sleep(wait).await;
            if is_throttled {
                Outcome::Answer(Answer::aws_error(400, "ThrottlingException"))
            } else {
                onward.go().await
            }
        })
    }
}
