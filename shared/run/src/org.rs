//! One run over the customers of one org.

use std::collections::{BTreeMap, BTreeSet};

use access::{
    Brake, Customer, Email, GrantId, Looked, Plan, ProjectChange, ProjectId, Reason, Standing,
    Verdict, decide,
};
use chatter::{Places, Unavailable};
use jiff::Timestamp;
use runtime::chain;

use crate::accounts::Accounts;
use crate::company::{acquaint, blur};
use crate::engine::Engine;
use crate::fault::{Fault, NotLooked, Stage};
use crate::finishing::Finishing;
use crate::known::Known;
use crate::leasing::{Leases, People};
use crate::party::parties;
use crate::pass::{Again, Pass};
use crate::work::{Mode, NotBegun, OrgRun, TIME_TO_WORK, Work, Writers};

/// How many customers are carried through together: five collections of 200, which is what one composite call holds.
const CHUNK: usize = 1_000;

/// How many decisions one log line holds: about 100 bytes each, where a quarter of a megabyte is the limit of a log event.
const DECISIONS_PER_LINE: usize = 1_000;

/// How often customers are looked at because somebody else wrote meanwhile. Those whose access is to end are as long as there is time:
/// once they are leased, only what was under way before can be in the way.
const PASSES: usize = 3;

/// How often more customers are looked at because they turn out to be the same person as others.
const ROUNDS: usize = 3;

/// Why there is nothing to decide on.
enum Blind {
    /// The ledger does not answer.
    Ledger(Fault),
    /// Salesforce does not answer, or refuses the sign-in, which a newer secret may mend.
    Salesforce(Known, Unavailable),
}

/// Customers as looked at, with what was decided for them.
struct Table {
    looked: Vec<Looked>,
    closed: BTreeSet<ProjectId>,
    closed_at: BTreeMap<ProjectId, Option<Timestamp>>,
    closings: BTreeMap<ProjectId, ProjectChange>,
    places: Places,
    unreadable: Vec<Fault>,
    /// Who is the same person as others at whom this run does not look: the next one does.
    apart: BTreeSet<Email>,
}

impl OrgRun<'_> {
    /// Looks, decides and, unless it is a dry run, acts. What fails is in the accounts and stays due.
    ///
    /// # Errors
    /// [`NotBegun`] before anything is done.
    pub(crate) async fn run(&self, work: &Work, accounts: &mut Accounts) -> Result<(), NotBegun> {
        // Who is the same person under an address that nobody has met is learnt from the ledger, which takes no user from it unknown to
        // whoever does; a dry run writes nothing.
        let links = self.is_dry();
        let table = match self.look(&work.customers, links, work).await {
            Ok(table) => table,
            Err(Blind::Ledger(fault)) => {
                accounts.faults.push(fault);
                return Ok(());
            }
            Err(Blind::Salesforce(mut known, error)) => {
                if let Some(fault) = NotLooked::refused(Stage::Observe, &error) {
                    return Err(NotBegun::Refused(fault));
                }
                accounts.measures.is_unanswered |= matches!(error, Unavailable::NoAnswer(_));
                accounts.faults.append(&mut known.unreadable);
                let unseen = NotLooked::of(Stage::Observe, &error);
                accounts.open_unlooked(self.policy, &known, &unseen);
                return Ok(());
            }
        };
        let before = accounts.begun(self.is_dry());
        let brake = work.release.as_ref().map_or(Brake::ArmedAfter(&before), Brake::Released);
        let plan = decide(self.policy, &table.looked, &table.closed, brake, self.invocation.now);
        if let Some(release) = &work.release {
            accounts.released = Some(self.release(release, &plan)?);
        }
        self.note_braked(&plan, accounts);
        self.log(&plan);
        accounts.open(self.policy, &table.looked, &table.closed_at, &plan);
        accounts.look(&table.looked, &table.unreadable, &plan);
        accounts.set_apart(&table.apart);
        let Mode::Apply(writers) = &self.mode else { return Ok(()) };
        accounts.faults.extend(self.hold(writers, &table.looked, &plan).await);
        self.apply(writers, table, plan, work, accounts).await;
        let finishing = Finishing { org: self.org, reader: self.reader, writer: writers.ledger };
        accounts.faults.extend(finishing.finish(&work.closing, &accounts.customers).await);
        Ok(())
    }

    async fn look(
        &self,
        emails: &BTreeSet<Email>,
        links: bool,
        work: &Work,
    ) -> Result<Table, Blind> {
        let mut emails = emails.clone();
        let (mut rounds, mut left) = (1..=ROUNDS, BTreeSet::new());
        let (known, mut sightings, at) = loop {
            let at = self.invocation.present();
            let known = Known::read(self.org, self.reader, &emails, &work.closing).await;
            let mut known = known.map_err(Blind::Ledger)?;
            let asked: Vec<&Customer> = known.customers.values().collect();
            let mut sightings = match self.observe(&asked).await {
                Ok(sightings) => sightings,
                Err(error) => {
                    tracing::error!(org = %self.org, error = chain(&error), "Salesforce not read");
                    return Err(Blind::Salesforce(known, error));
                }
            };
            // Whoever is the same person under another address counts together, so all are looked at together.
            if links {
                self.link(&mut known, &mut sightings).await;
            }
            let others = self.further(&mut known, &mut sightings).await;
            if others.is_empty() {
                break (known, sightings, at);
            }
            if rounds.next().is_none() {
                left = others;
                blur(&mut sightings, &left);
                break (known, sightings, at);
            }
            emails.extend(others);
        };
        let Known { customers, closed: closed_at, closings, unreadable } = known;
        let closed = closed_at.keys().cloned().collect();
        let mut looked: Vec<Looked> = customers
            .into_values()
            .map(|customer| {
                let observed = sightings.observed.remove(&customer.email).unwrap_or_default();
                Looked::new(customer.seen_by(&self.lease), observed, at)
            })
            .collect();
        let apart =
            looked.iter().filter(|it| it.observed.aliases.iter().any(|it| left.contains(it)));
        let apart = apart.map(|it| it.customer.email.clone()).collect();
        acquaint(&mut looked);
        let places = sightings.places;
        Ok(Table { looked, closed, closed_at, closings, places, unreadable, apart })
    }

    /// What changes customers of the org in this run.
    pub(crate) fn engine<'b>(&'b self, writers: &'b Writers<'_>) -> Engine<'b> {
        Engine {
            org: self.org,
            policy: self.policy,
            reader: self.reader,
            writer: writers.ledger,
            act: writers.act,
            bus: writers.bus,
            invocation: self.invocation,
            lease: &self.lease,
        }
    }

    /// Logs what is about to be carried out, in lines that log services take.
    fn log(&self, plan: &Plan) {
        tracing::info!(org = %self.org, digest = plan.digest, held = plan.held(), "decided");
        let decisions: Vec<_> = plan.decisions.iter().collect();
        for part in decisions.chunks(DECISIONS_PER_LINE) {
            let lines: Vec<String> =
                part.iter().map(|(grant, decision)| format!("{grant} {decision}")).collect();
            tracing::info!(org = %self.org, decisions = lines.join("\n"), "plan");
        }
    }

    async fn apply(
        &self,
        writers: &Writers<'_>,
        table: Table,
        plan: Plan,
        work: &Work,
        accounts: &mut Accounts,
    ) {
        let engine = self.engine(writers);
        let mut leases = Leases::new(&engine);
        self.apply_in_passes(&engine, (table, plan), work, &mut leases, accounts).await;
        leases.give_back().await;
    }

    async fn apply_in_passes(
        &self,
        engine: &Engine<'_>,
        (mut table, mut plan): (Table, Plan),
        work: &Work,
        leases: &mut Leases<'_>,
        accounts: &mut Accounts,
    ) {
        let new_ends = plan.decisions.iter().filter(|(_, decision)| decision.is_new_end);
        let begun: BTreeMap<GrantId, Reason> =
            new_ends.map(|(id, decision)| (id.clone(), decision.reason)).collect();
        let (mut met, mut waiting) = (BTreeSet::new(), People::default());
        for pass in 1.. {
            let ending = ending(&table.looked, &plan);
            let Again { mut contended, mut unfinished, busy } =
                self.apply_in_chunks(engine, table, &plan, accounts).await;
            // One more look finishes most; what is left then is due at the next sweep.
            unfinished.retain(|email| met.insert(email.clone()));
            let (ends, others): (BTreeSet<Email>, BTreeSet<Email>) =
                contended.iter().cloned().partition(|email| ending.contains(email));
            if pass >= PASSES && !others.is_empty() {
                tracing::warn!(org = %self.org, customers = others.len(), "still contended");
                accounts.defer(&others);
                contended.clear();
            }
            waiting.meet_all(busy);
            waiting.add(&ends);
            if !waiting.is_empty() {
                contended.extend(waiting.all());
                waiting = leases.take(waiting).await;
                let left = waiting.all();
                contended.retain(|email| !left.contains(email));
            }
            let mut again: BTreeSet<Email> = contended.into_iter().chain(unfinished).collect();
            if again.is_empty() {
                if !waiting.is_empty() {
                    accounts.defer(&waiting.all());
                    accounts.measures.has_waited = true;
                }
                return;
            }
            table = match self.look(&again, true, work).await {
                Ok(table) => table,
                Err(blind) => {
                    again.extend(waiting.all());
                    return not_looked_again(&again, blind, accounts);
                }
            };
            // What a person released was released for its reason.
            let is_released = work.release.is_some();
            let brake = if is_released { Brake::Released(&begun) } else { Brake::Begun(&begun) };
            plan = decide(self.policy, &table.looked, &table.closed, brake, self.invocation.now);
            accounts.put_off(&plan);
            accounts.look(&table.looked, &table.unreadable, &plan);
            accounts.set_apart(&table.apart);
        }
    }

    /// Returns the customers that are to be looked at again.
    async fn apply_in_chunks(
        &self,
        engine: &Engine<'_>,
        table: Table,
        plan: &Plan,
        accounts: &mut Accounts,
    ) -> Again {
        let Table { mut looked, closed, closings, places, .. } = table;
        // Whose access is to end goes first: should the time run out, the least is left behind.
        let is_ending = |it: &Looked| decides(it, plan, &[Verdict::End]);
        looked.sort_by_key(|it| it.customer.email.clone());
        let mut parties = parties(looked, |it| (&it.customer, &it.observed));
        parties.sort_by_key(|party| !party.iter().any(is_ending));
        let mut again = Again::default();
        let is_busy = |it: &Looked| matches!(it.customer.standing(it.at), Standing::Busy { .. });
        let (busy, parties): (Vec<_>, Vec<_>) =
            parties.into_iter().partition(|party| party.iter().any(is_busy));
        // Whoever is busy is waited for once nothing else is left to do, if anything of the same person is due or has come to its end.
        let is_due = |it: &Looked| {
            let due_at = it.customer.due_at(self.policy);
            due_at.is_some_and(|at| at <= self.invocation.now) || is_ending(it)
        };
        let busy = busy.into_iter().filter(|party| party.iter().any(is_due));
        let emails = |party: Vec<Looked>| party.into_iter().map(|it| it.customer.email).collect();
        again.busy.extend(busy.map(emails));
        let mut parties = parties.into_iter().peekable();
        while parties.peek().is_some() {
            let mut chunk: Vec<Looked> = Vec::new();
            while let Some(party) =
                parties.next_if(|party| chunk.is_empty() || chunk.len() + party.len() <= CHUNK)
            {
                chunk.extend(party);
            }
            if self.invocation.remaining() < TIME_TO_WORK {
                accounts.defer(&chunk.into_iter().map(|it| it.customer.email).collect());
                continue;
            }
            let (closed, closings, places) = (&closed, &closings, &places);
            let pass = Pass { run: self, engine, plan, closed, closings, places };
            pass.carry_through(chunk, &mut again, accounts).await;
        }
        again
    }
}

fn decides(it: &Looked, plan: &Plan, verdicts: &[Verdict]) -> bool {
    let mut decisions = it.customer.grants.keys().filter_map(|id| plan.decisions.get(id));
    decisions.any(|decision| verdicts.contains(&decision.verdict))
}

/// The customers who are to lose access or are to be proven gone, and whoever counts together with them.
fn ending(looked: &[Looked], plan: &Plan) -> BTreeSet<Email> {
    const ENDING: [Verdict; 3] = [Verdict::End, Verdict::Demote, Verdict::Prove];
    let ending = looked.iter().filter(|it| decides(it, plan, &ENDING));
    ending.flat_map(|it| it.observed.aliases.iter().chain([&it.customer.email])).cloned().collect()
}

/// Accounts for customers at whom nobody could look again after a conflict.
fn not_looked_again(emails: &BTreeSet<Email>, blind: Blind, accounts: &mut Accounts) {
    match blind {
        Blind::Ledger(fault) => {
            accounts.faults.push(fault.clone());
            accounts.unseen(emails, &NotLooked::Failed(fault));
        }
        Blind::Salesforce(_, error) => {
            accounts.unseen(emails, &NotLooked::of(Stage::Observe, &error));
        }
    }
}
