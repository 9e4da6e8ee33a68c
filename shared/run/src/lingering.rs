//! For how long access outlasted its end, from the ledger alone: also for an org that does not answer.

use std::collections::{BTreeMap, BTreeSet};

use access::{Customer, Email, OrgAlias, ProjectId, ending_projects, lingering_minutes};
use jiff::Timestamp;
use ledger::ReadError;
use runtime::Invocation;

use crate::fault::{Fault, Stage};
use crate::run::Run;
use crate::services::Services;
use crate::work::{TIME_TO_RECORD, Work};

/// How many customers of the ledger are read at once.
const CHUNK: usize = 1_000;

impl Services {
    /// Notes in the run, for each org, what [`lingering_minutes`] come to.
    ///
    /// `due` are the customers who are due within [`access::LINGERING_WINDOW`] after the run: what has ended within as much time before
    /// it is read again by then, so nobody else can have lingered but who belongs to a project whose close is not finished. Those
    /// are in `work`. Customers at whom the run looked are taken as it left them, and others are read. To be called after the work, which
    /// is not to wait for it.
    pub async fn measure_lingering(
        &self,
        work: &BTreeMap<OrgAlias, Work>,
        due: &BTreeMap<OrgAlias, BTreeSet<Email>>,
        invocation: &Invocation,
        run: &mut Run,
    ) {
        if invocation.remaining() <= TIME_TO_RECORD {
            return;
        }
        let nothing = (Work::default(), BTreeSet::new(), BTreeMap::new());
        let mut minutes = BTreeMap::new();
        for org in work.keys().chain(due.keys()).collect::<BTreeSet<_>>() {
            let work = work.get(org).unwrap_or(&nothing.0);
            let due = due.get(org).unwrap_or(&nothing.1);
            let visit = run.visits.iter().find(|visit| visit.org == *org);
            let seen = visit.map_or(&nothing.2, |visit| &visit.customers);
            match self.lingering_in(org, work, due, seen, invocation.now).await {
                Ok(measured) => minutes.insert(org.clone(), measured),
                Err(error) => return run.fail([Fault::of_ledger(Stage::Measure, &error)]),
            };
        }
        run.lingering = Some(minutes);
    }

    async fn lingering_in(
        &self,
        org: &OrgAlias,
        work: &Work,
        due: &BTreeSet<Email>,
        seen: &BTreeMap<Email, Customer>,
        now: Timestamp,
    ) -> Result<u64, ReadError> {
        let closing: BTreeMap<ProjectId, Timestamp> = work
            .closing
            .iter()
            .filter_map(|it| Some((it.id.clone(), it.closed_since()?)))
            .collect();
        let (known, unknown): (Vec<Email>, Vec<Email>) =
            due.union(&work.customers).cloned().partition(|email| seen.contains_key(email));
        let known: Vec<&Customer> = known.iter().filter_map(|email| seen.get(email)).collect();
        let mut minutes = self.minutes_of(org, &known, &closing, now).await?;
        for chunk in unknown.chunks(CHUNK) {
            // A record that is not understood cannot be measured, and is reported once it is due.
            let read = self.ledger.reader.customers(org, chunk).await?.read;
            let read: Vec<&Customer> = read.values().collect();
            minutes += self.minutes_of(org, &read, &closing, now).await?;
        }
        Ok(minutes)
    }

    /// What lingers of these customers. `closing` are closed projects that are known already, with the instant of the close.
    async fn minutes_of(
        &self,
        org: &OrgAlias,
        customers: &[&Customer],
        closing: &BTreeMap<ProjectId, Timestamp>,
        now: Timestamp,
    ) -> Result<u64, ReadError> {
        let ending = customers.iter().flat_map(|customer| ending_projects(customer, now));
        let asked: BTreeSet<ProjectId> =
            ending.filter(|id| !closing.contains_key(*id)).cloned().collect();
        let mut closed = closing.clone();
        let projects = self.ledger.reader.projects(org, &asked).await?.read.into_values();
        closed.extend(projects.filter_map(|it| Some((it.id.clone(), it.closed_since()?))));
        let measured = customers
            .iter()
            .map(|customer| lingering_minutes(&self.policy, customer, &closed, now));
        Ok(measured.sum())
    }
}
