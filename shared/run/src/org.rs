//! One run over the customers of one org.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use access::event::SweepHeld;
use access::{
    Announcement, AnnouncementKind, Brake, Completeness, Customer, Email, GrantId, GroupId, Looked,
    Observed, OrgAlias, Plan, Policy, Project, ProjectId, Reason, UserId, Verdict, decide,
};
use chatter::{Act, Mode, Observe, Places, Sightings, Unavailable};
use jiff::Timestamp;
use ledger::{HeldEnding, Hold, Reader, Writer};
use runtime::{Bus, Invocation, chain};

use crate::books::Books;
use crate::code::{LEDGER_UNAVAILABLE, SALESFORCE_SIGN_IN_REFUSED, SALESFORCE_UNAVAILABLE};
use crate::finishing::Finishing;
use crate::known::{Known, Unseen};
use crate::outbox::deliver;
use crate::pass::{Again, Pass};
use crate::report::RunReport;

/// How many customers are carried through together: five collections of 200, which is what one composite call holds.
const CHUNK: usize = 1_000;

/// What a chunk must be left to record its outcome.
const RESERVE: Duration = Duration::from_secs(20);

/// How many decisions one log line holds: about 100 bytes each, where a quarter of a megabyte is the limit of a log event.
const DECISIONS_PER_LINE: usize = 1_000;

/// How often customers are looked at again because somebody else wrote meanwhile.
const PASSES: usize = 3;

/// The writers of a run that applies its plan.
#[derive(Debug)]
pub struct Writers<'a, A> {
    /// Salesforce.
    pub act: &'a A,
    /// The ledger.
    pub ledger: &'a Writer,
    /// The bus.
    pub bus: &'a Bus,
}

/// A run over one org.
#[derive(Debug)]
pub struct OrgRun<'a, O, A> {
    /// The org.
    pub org: &'a OrgAlias,
    /// The company's limits.
    pub policy: &'a Policy,
    /// The ledger, to read.
    pub reader: &'a Reader,
    /// Salesforce, to read.
    pub observe: &'a O,
    /// The writers, unless it is a dry run.
    pub mode: Mode<Writers<'a, A>>,
    /// The invocation; its `now` is the run's.
    pub invocation: &'a Invocation,
}

/// What a run is to look at.
#[derive(Clone, Debug, Default)]
pub struct Work {
    /// The customers.
    pub customers: BTreeSet<Email>,
    /// The closed projects of which something may be left.
    pub closing: Vec<Project>,
    /// The endings that a person released.
    pub release: Option<BTreeMap<GrantId, Reason>>,
}

/// Why a run did nothing at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotBegun {
    /// Other endings would be carried out than those that a person released.
    #[error("the set of endings has changed since it was held")]
    ReleaseRefused,
    /// Salesforce refuses the sign-in with the secret as it was read.
    #[error("Salesforce refuses the sign-in")]
    SignInRefused,
}

/// Why there is nothing to decide on.
enum Blind {
    /// The ledger does not answer. It is in the report.
    Ledger,
    /// The sign-in is refused, which a newer secret may mend.
    SignInRefused,
    /// Salesforce does not answer.
    Salesforce(Known, Unavailable),
}

/// Customers as looked at, with what was decided for them.
struct Table {
    looked: Vec<Looked>,
    closed: BTreeSet<ProjectId>,
    closed_at: BTreeMap<ProjectId, Option<Timestamp>>,
    places: Places,
}

impl<O: Observe, A: Act> OrgRun<'_, O, A> {
    /// Looks, decides and, unless it is a dry run, acts. What fails is in the report and stays due.
    ///
    /// # Errors
    /// [`NotBegun`] before anything is done.
    pub async fn run(&self, work: &Work, report: &mut RunReport) -> Result<(), NotBegun> {
        let table = match self.look(&work.customers, work, report).await {
            Ok(table) => table,
            Err(Blind::Ledger) => return Ok(()),
            Err(Blind::SignInRefused) => return Err(NotBegun::SignInRefused),
            Err(Blind::Salesforce(known, error)) => {
                let message = error.to_string();
                known.account(self.policy, self.invocation.now, unseen(&error, &message), report);
                return Ok(());
            }
        };
        let brake = work.release.as_ref().map_or(Brake::Armed, Brake::Released);
        let plan = decide(self.policy, &table.looked, &table.closed, brake, self.invocation.now);
        if let Some(release) = &work.release {
            let held = Plan::digest_of(release.iter().map(|(grant, reason)| (grant, *reason)));
            if plan.digest != held {
                return Err(NotBegun::ReleaseRefused);
            }
        }
        self.log(&plan);
        let mut books =
            Books::open(self.policy, &table.looked, &table.closed_at, &plan, self.invocation.now);
        books.partial(&table.looked, report);
        let Mode::Apply(writers) = &self.mode else {
            books.foresee(&plan, report);
            return Ok(());
        };
        // What a release leaves out is for the next sweep to hold: this digest is another set's.
        if plan.held > 0 && work.release.is_none() {
            self.hold(writers, &table.looked, &plan, report).await;
        }
        self.apply(writers, table, plan, work, &mut books, report).await;
        let finishing = Finishing { org: self.org, reader: self.reader, writer: writers.ledger };
        finishing.finish(&work.closing, books.customers(), report).await;
        books.close(report);
        Ok(())
    }

    async fn look(
        &self,
        emails: &BTreeSet<Email>,
        work: &Work,
        report: &mut RunReport,
    ) -> Result<Table, Blind> {
        let known = Known::read(self.org, self.reader, emails, &work.closing, report).await;
        let known = known.ok_or(Blind::Ledger)?;
        let asked: Vec<&Customer> = known.customers.values().collect();
        let mut sightings = match self.observe(&asked).await {
            Ok(sightings) => sightings,
            Err(error) => {
                tracing::error!(org = %self.org, error = chain(&error), "Salesforce not read");
                if matches!(error, Unavailable::SignInRefused(_)) {
                    return Err(Blind::SignInRefused);
                }
                return Err(Blind::Salesforce(known, error));
            }
        };
        let Known { customers, closed: closed_at } = known;
        let closed = closed_at.keys().cloned().collect();
        let looked = customers
            .into_values()
            .map(|customer| {
                let observed = sightings.observed.remove(&customer.email).unwrap_or_default();
                Looked { customer, observed }
            })
            .collect();
        Ok(Table { looked, closed, closed_at, places: sightings.places })
    }

    /// Logs what is about to be carried out, in lines that log services take.
    fn log(&self, plan: &Plan) {
        tracing::info!(org = %self.org, digest = plan.digest, held = plan.held, "decided");
        let decisions: Vec<_> = plan.decisions.iter().collect();
        for part in decisions.chunks(DECISIONS_PER_LINE) {
            let lines: Vec<String> =
                part.iter().map(|(grant, decision)| format!("{grant} {decision}")).collect();
            tracing::info!(org = %self.org, decisions = lines.join("\n"), "plan");
        }
    }

    /// Reads customers in Salesforce, and in the ledger those who are the same people under another address.
    pub(crate) async fn observe(&self, customers: &[&Customer]) -> Result<Sightings, Unavailable> {
        let mut sightings = self.observe.customers(customers).await?;
        let observed = sightings.observed.values();
        let aliases: BTreeSet<Email> = observed.flat_map(|it| it.aliases.iter().cloned()).collect();
        if aliases.is_empty() {
            return Ok(sightings);
        }
        let aliases: Vec<Email> = aliases.into_iter().collect();
        let others = match self.reader.customers(self.org, &aliases).await {
            Ok(records) => records.read,
            Err(error) => {
                tracing::warn!(org = %self.org, error = chain(&error), "aliases not read");
                BTreeMap::new()
            }
        };
        for observed in sightings.observed.values_mut() {
            if let Some(shared) = shared_places(observed, &others) {
                observed.shared = shared;
            } else {
                observed.completeness = Completeness::Partial;
            }
        }
        Ok(sightings)
    }

    async fn apply(
        &self,
        writers: &Writers<'_, A>,
        table: Table,
        plan: Plan,
        work: &Work,
        books: &mut Books,
        report: &mut RunReport,
    ) {
        let new_ends = plan.decisions.iter().filter(|(_, decision)| decision.is_new_end);
        let begun: BTreeMap<GrantId, Reason> =
            new_ends.map(|(id, decision)| (id.clone(), decision.reason)).collect();
        let (mut table, mut plan) = (table, plan);
        for pass in 1..=PASSES {
            let Again { contended, doubtful } =
                self.apply_in_chunks(writers, table, &plan, books, report).await;
            // One more look settles most doubts; what stays doubtful is due at the next sweep.
            let doubtful = if pass == 1 { doubtful } else { BTreeSet::new() };
            if pass == PASSES && !contended.is_empty() {
                tracing::warn!(org = %self.org, customers = contended.len(), "still contended");
                books.defer(&contended, report);
                return;
            }
            let again: BTreeSet<Email> = contended.into_iter().chain(doubtful).collect();
            if again.is_empty() {
                return;
            }
            table = match self.look(&again, work, report).await {
                Ok(table) => table,
                Err(Blind::Ledger) => {
                    let (code, message) = (LEDGER_UNAVAILABLE, "not read again after a conflict");
                    let unseen = Unseen::Failed { step: "readLedger", code, message };
                    books.unseen(&again, unseen, report);
                    return;
                }
                Err(Blind::SignInRefused) => {
                    let (code, message) = (SALESFORCE_SIGN_IN_REFUSED, "the sign-in is refused");
                    let unseen = Unseen::Failed { step: "observe", code, message };
                    books.unseen(&again, unseen, report);
                    return;
                }
                Err(Blind::Salesforce(_, error)) => {
                    books.unseen(&again, unseen(&error, &error.to_string()), report);
                    return;
                }
            };
            books.partial(&table.looked, report);
            let brake = Brake::Released(&begun);
            plan = decide(self.policy, &table.looked, &table.closed, brake, self.invocation.now);
        }
    }

    /// Returns the customers that are to be looked at again.
    async fn apply_in_chunks(
        &self,
        writers: &Writers<'_, A>,
        table: Table,
        plan: &Plan,
        books: &mut Books,
        report: &mut RunReport,
    ) -> Again {
        let Table { mut looked, closed, places, .. } = table;
        // Whose access is to end goes first: should the time run out, the least is left behind.
        let is_ending = |it: &Looked| {
            let mut decisions = it.customer.grants.keys().filter_map(|id| plan.decisions.get(id));
            decisions.any(|decision| decision.verdict == Verdict::End)
        };
        looked.sort_by_key(|it| (!is_ending(it), it.customer.email.clone()));
        let mut again = Again::default();
        let mut looked = looked.into_iter().peekable();
        while looked.peek().is_some() {
            let chunk: Vec<Looked> = looked.by_ref().take(CHUNK).collect();
            if self.invocation.remaining() < RESERVE {
                books.defer(&chunk.into_iter().map(|it| it.customer.email).collect(), report);
                continue;
            }
            let pass = Pass { run: self, writers, plan, closed: &closed, places: &places };
            pass.carry_through(chunk, &mut again, books, report).await;
        }
        again
    }

    async fn hold(
        &self,
        writers: &Writers<'_, A>,
        looked: &[Looked],
        plan: &Plan,
        report: &mut RunReport,
    ) {
        let at = self.invocation.now;
        let mut endings = Vec::new();
        for customer in looked.iter().map(|it| &it.customer) {
            let held =
                customer.grants.keys().filter_map(|id| Some((id, plan.held_endings.get(id)?)));
            endings.extend(held.map(|(grant, reason)| HeldEnding {
                grant: grant.clone(),
                email: customer.email.clone(),
                reason: reason.to_string(),
            }));
        }
        let (org, digest) = (self.org.clone(), plan.digest.clone());
        if let Err(error) = writers.ledger.place_hold(Hold { org, digest, at, endings }).await {
            report.fail(None, "hold", LEDGER_UNAVAILABLE, &chain(&error));
        }
        let id = format!("{}-{}-SweepHeld", self.invocation.request_id, plan.digest);
        let adds = SweepHeld { plan_digest: plan.digest.clone(), count: plan.held };
        let held = Announcement::new(id, AnnouncementKind::SweepHeld, self.org, at, adds);
        if let Err(error) = writers.ledger.announce(vec![held.clone()]).await {
            report.fail(None, "announce", LEDGER_UNAVAILABLE, &chain(&error));
        }
        deliver(writers.bus, writers.ledger, &[held]).await;
    }
}

fn unseen<'a>(error: &Unavailable, message: &'a str) -> Unseen<'a> {
    let code = match error {
        Unavailable::OutOfTime => return Unseen::OutOfTime,
        Unavailable::SignInRefused(_) => SALESFORCE_SIGN_IN_REFUSED,
        Unavailable::AllowanceUsed => "REQUEST_LIMIT_EXCEEDED",
        Unavailable::NoAnswer(_) => SALESFORCE_UNAVAILABLE,
    };
    Unseen::Failed { step: "observe", code, message }
}

/// The places that further customers' open grants hold; `None` where one of them could not be read.
fn shared_places(
    observed: &Observed,
    others: &BTreeMap<Email, Customer>,
) -> Option<BTreeSet<(UserId, GroupId)>> {
    let mut shared = BTreeSet::new();
    for alias in &observed.aliases {
        let other = others.get(alias)?;
        for (id, user) in &observed.users {
            if !other.users.contains(id) && user.email.as_ref() != Some(alias) {
                continue;
            }
            let open = other.grants.values().filter(|grant| grant.is_open());
            shared.extend(open.map(|grant| (id.clone(), grant.group.id.clone())));
        }
    }
    Some(shared)
}
