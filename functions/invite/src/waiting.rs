//! A request waits while somebody else is changing something for its customers: whoever ends access goes first.

use std::collections::BTreeMap;
use std::time::Duration;

use access::{Customer, Email, OrgAlias, Standing};
use chatter::Sightings;
use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use crate::RETRY_AFTER;
use crate::admission::Desk;
use crate::failure::{unavailable, unread};
use crate::refusal::RequestRefusal;

/// How long a request waits at most. API Gateway gives it half a minute in all.
const LONGEST: Duration = Duration::from_secs(10);

/// How long it waits before it looks again.
const PAUSE: Duration = Duration::from_millis(500);

/// What must be left of the invocation's time to carry the request out.
const WORK: Duration = Duration::from_secs(15);

/// Who was waited for.
pub(crate) struct Waited {
    /// Whose turn came, with the instant before they were read.
    pub(crate) met: BTreeMap<Email, Timestamp>,
    /// Who is still busy, with the seconds after which to ask again.
    pub(crate) busy: BTreeMap<Email, u64>,
}

impl Desk<'_> {
    /// Until when this request may wait, whatever it waits for.
    pub(crate) fn patience(&self) -> Instant {
        let latest = self.invocation.deadline.checked_sub(WORK).unwrap_or_else(Instant::now);
        latest.min(Instant::now() + LONGEST)
    }

    /// Waits for whoever is changing something for these customers. Whoever was waited for is read and seen anew; who is still busy then is
    /// taken out.
    pub(crate) async fn wait(
        &self,
        org: &OrgAlias,
        customers: &mut BTreeMap<Email, Customer>,
        sightings: &mut Sightings,
        patience: Instant,
    ) -> Result<Waited, RequestRefusal> {
        let mut at = self.invocation.present();
        let mut busy = self.busy(customers);
        let waited: Vec<Email> = busy.keys().cloned().collect();
        while !busy.is_empty() && Instant::now() < patience {
            sleep(PAUSE).await;
            let emails: Vec<Email> = busy.into_keys().collect();
            at = self.invocation.present();
            let read = self.ledger.reader.customers(org, &emails).await;
            customers.extend(read.map_err(|error| unread(&error))?.read);
            busy = self.busy(customers);
        }
        customers.retain(|email, _| !busy.contains_key(email));
        let asked: Vec<&Customer> =
            waited.iter().filter_map(|email| customers.get(email)).collect();
        if !asked.is_empty() {
            sightings.take_over(self.chatter.reader.customers(&asked).await.map_err(unavailable)?);
        }
        if !waited.is_empty() {
            tracing::info!(waited = waited.len(), busy = busy.len(), "waited for another");
        }
        let met = waited.into_iter().filter(|email| !busy.contains_key(email));
        Ok(Waited { met: met.map(|email| (email, at)).collect(), busy })
    }

    fn busy(&self, customers: &BTreeMap<Email, Customer>) -> BTreeMap<Email, u64> {
        let present = self.invocation.present();
        let busy = customers.iter().filter_map(|(email, customer)| {
            let Standing::Busy { until } = customer.standing(present) else { return None };
            let seconds = u64::try_from(until.duration_since(present).as_secs()).unwrap_or(0);
            Some((email.clone(), seconds.clamp(1, RETRY_AFTER)))
        });
        busy.collect()
    }
}
