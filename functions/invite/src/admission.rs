//! One request carried out: observe, decide, record, act, record.

use std::collections::{BTreeMap, BTreeSet};

use access::{
    Actor, Admission, Ask, Authority, Customer, Email, GrantId, Group, Lease, Looked, Observed,
    OrgAlias, OrgFacts, Role, admit, preflight,
};
use chatter::{AmbiguousGroup, Arrivals, Chatter, ObservedGroup, Sightings};
use jiff::Timestamp;
use ledger::{CommitError, CustomerChange, Ledger};
use run::{Engine, Held};
use runtime::{Bus, Caller, Invocation, chain};
use salesforce::Client;

use crate::RETRY_AFTER;
use crate::answer::{Answer, AnsweredGroup, Warning};
use crate::case::{Case, Fate};
use crate::failure::{unavailable, unread};
use crate::reading::{Known, Read};
use crate::refusal::RequestRefusal;
use crate::request::Request;
use crate::same_person::Others;
use crate::settings::Believed;
use crate::tally::Tally;
use crate::waiting::Waited;

/// How often a customer is decided anew because somebody else wrote meanwhile.
const ATTEMPTS: usize = 3;

/// What carrying out a request needs.
#[derive(Debug)]
pub(crate) struct Desk<'a> {
    pub(crate) policy: &'a access::Policy,
    /// What whoever asks may ask for.
    pub(crate) authority: &'a Authority<'a>,
    pub(crate) ledger: &'a Ledger,
    pub(crate) bus: &'a Bus,
    pub(crate) chatter: &'a Chatter,
    /// The client below, for what it has used.
    pub(crate) client: &'a Client,
    /// What is believed of the org's settings.
    pub(crate) settings: Believed<'a>,
    pub(crate) invocation: &'a Invocation,
    /// The right under which the request changes anything.
    pub(crate) lease: &'a Lease,
    /// Who asks, for the audit.
    pub(crate) caller: &'a Caller,
    /// The id of what came, which is the same when it comes again.
    pub(crate) origin: &'a str,
}

impl Desk<'_> {
    pub(crate) async fn invite(
        &self,
        request: &Request,
        tally: &mut Tally,
    ) -> Result<Answer, RequestRefusal> {
        let at = self.invocation.present();
        let Read { is_met, project, customers } = self.read(request).await?;
        if let Some(answer) = self.superseded(request, &customers)? {
            return Ok(answer);
        }
        let asked: Vec<&Customer> = customers.values().collect();
        let arrivals = self.chatter.reader.arrivals(&request.group, &asked).await;
        let arrivals = arrivals.map_err(|error| tally.blind(&request.org, unavailable(error)))?;
        let Arrivals { group, free_seats, open_invitations, mut sightings } = arrivals;
        let group = group.map_err(|AmbiguousGroup| RequestRefusal::GroupAmbiguous)?;
        let org = OrgFacts {
            free_seats,
            open_invitations: will_be_open(
                &customers,
                &sightings,
                group.as_ref(),
                open_invitations,
            ),
            allowance: self.client.usage().api_usage,
            ..self.settings.facts
        };
        self.judge_group(request, group.as_ref())?;
        let facts = group.as_ref().map(|group| &group.facts);
        let warnings =
            preflight(&org, facts, request.allow_customers).map_err(RequestRefusal::Preflight)?;
        let (group, created) = self.group(request, group).await?;
        let (mut fates, mut others) = (BTreeMap::new(), Others::default());
        let noted = (&mut sightings, &mut others, &mut fates);
        let known = Known { is_met, project: &project };
        let decided =
            self.decide_and_record(request, &group, (at, customers), noted, free_seats, known);
        if let Err(refusal) = decided.await {
            self.give_back(&request.org, fates, others).await;
            return Err(refusal);
        }
        let in_order = request.customers.iter().filter_map(|(email, role)| {
            Some(Case { email: email.clone(), role: *role, fate: fates.remove(email)? })
        });
        let mut cases: Vec<Case> = in_order.collect();
        self.carry_out(&request.org, &mut cases, &sightings, others, tally).await?;
        self.announce_refusals(request, &group, &cases).await?;
        let later = cases.iter().filter_map(|case| match &case.fate {
            Fate::Later { seconds } => Some(*seconds),
            Fate::Refused { .. }
            | Fate::Superseded { .. }
            | Fate::Withdrawn
            | Fate::Unrecorded
            | Fate::Admitted { .. } => None,
        });
        if cases.iter().any(|case| matches!(case.fate, Fate::Unrecorded)) {
            return Err(RequestRefusal::LedgerUnavailable);
        }
        if let Some(retry_after) = later.max() {
            return Err(tally.later(retry_after));
        }
        Ok(Answer {
            org: request.org.clone(),
            project: request.project.clone(),
            group: AnsweredGroup { group, created },
            customers: cases.into_iter().filter_map(Case::answer).collect(),
            warnings: warnings.into_iter().map(Warning::Finding).collect(),
        })
    }

    /// The group that was found and opened to customers, or created.
    async fn group(
        &self,
        request: &Request,
        found: Option<ObservedGroup>,
    ) -> Result<(Group, bool), RequestRefusal> {
        let org = &request.org;
        let (group, created) = match (found, &request.new_group) {
            (Some(found), _) => (found, false),
            (None, None) => return Err(RequestRefusal::GroupNotFound),
            (None, Some(new)) => {
                let (group, is_new) = match self.chatter.writer.create_group(new).await {
                    Ok(made) => made,
                    Err(error) => return Err(self.refusal_of_group(org, error).await),
                };
                // It may be another one, in another spelling or made at this moment, and of another kind.
                preflight(&self.settings.facts, Some(&group.facts), request.allow_customers)
                    .map_err(RequestRefusal::Preflight)?;
                (group, is_new)
            }
        };
        if !group.facts.allows_customers {
            let opened = self.chatter.writer.allow_customers(&group.group.id).await;
            if let Err(error) = opened {
                return Err(self.refusal_of_group(org, error).await);
            }
        }
        Ok((group.group, created))
    }

    /// Says in `cases` what becomes of each customer, also of those whose intents were recorded before it failed.
    async fn decide_and_record(
        &self,
        request: &Request,
        group: &Group,
        (mut at, mut customers): (Timestamp, BTreeMap<Email, Customer>),
        (sightings, others, cases): (&mut Sightings, &mut Others, &mut BTreeMap<Email, Fate>),
        free_seats: Option<u64>,
        known: Known<'_>,
    ) -> Result<(), RequestRefusal> {
        let mut open = request.customers.clone();
        let mut counted = BTreeSet::new();
        let mut free = free_seats;
        let patience = self.patience();
        for attempt in 1..=ATTEMPTS {
            let Waited { met, busy } =
                self.wait(&request.org, &mut customers, sightings, patience).await?;
            // The ledger takes no user from an address that is not known here, so only a conflict tells of one that nobody has met.
            if attempt > 1 {
                self.link(&request.org, &customers, sightings, others).await?;
            }
            self.lease_others(&request.org, &customers, sightings, others).await?;
            let mut changes = Vec::new();
            for (email, role) in &open {
                // What was decided on a customer who has changed since counts no more.
                if let Some(Fate::Admitted { admitted, .. }) = cases.remove(email)
                    && admitted.takes_seat()
                {
                    free = free.map(|free| free.saturating_add(1));
                }
                if let Some(seconds) = busy.get(email).copied().or_else(|| others.busy(email)) {
                    cases.insert(email.clone(), Fate::Later { seconds });
                    continue;
                }
                let Some(customer) = customers.remove(email) else { continue };
                let observed = sightings.observed.get(email).cloned().unwrap_or_default();
                let at = met.get(email).copied().unwrap_or(at);
                let looked = others.beside(Looked::new(customer, observed, at));
                let fate = self.decide(request, group, *role, &looked, &mut free, &mut changes);
                cases.insert(email.clone(), fate);
            }
            let lets_in = !changes.is_empty();
            self.account(known.project, cases, &mut counted).await?;
            let conflicts = self.record(changes, cases).await?;
            if !known.is_met && lets_in {
                self.meet(request).await;
            }
            open.retain(|(email, _)| conflicts.contains(email));
            if open.is_empty() {
                break;
            }
            let emails: Vec<Email> = conflicts.into_iter().collect();
            at = self.invocation.present();
            let read = self.ledger.reader.customers(&request.org, &emails).await;
            customers = read.map_err(|error| unread(&error))?.read;
            // What somebody else wrote they also did, or are about to do: what was seen before says nothing any more.
            let asked: Vec<&Customer> = customers.values().collect();
            sightings.take_over(self.chatter.reader.customers(&asked).await.map_err(unavailable)?);
        }
        for (email, _) in &open {
            cases.insert(email.clone(), Fate::Later { seconds: RETRY_AFTER });
        }
        if cases.len() < request.customers.len() {
            // The record of one was read before, and is not understood any more.
            return Err(RequestRefusal::LedgerUnavailable);
        }
        Ok(())
    }

    fn decide(
        &self,
        request: &Request,
        group: &Group,
        role: Option<Role>,
        looked: &Looked,
        free: &mut Option<u64>,
        changes: &mut Vec<CustomerChange>,
    ) -> Fate {
        let ask = Ask {
            project: request.project.clone(),
            project_name: request.project_name.clone(),
            group: group.clone(),
            role,
            sponsor: request.sponsor.clone(),
            reason: request.reason.clone(),
            message: request.message.clone(),
            expires_at: request.expires_at,
            asked: self.asked(request),
            source: self.authority.source().clone(),
            new_grant: GrantId::from_random(self.invocation.random.bits()),
        };
        let now = self.invocation.now;
        match admit(self.policy, looked, &ask, *free, self.lease, self.actor(), now) {
            Admission::Refused(error) => Fate::Refused { error, is_announced: false },
            Admission::Superseded { grant, role, expires_at } => {
                Fate::Superseded { grant, role, expires_at }
            }
            Admission::Withdrawn => Fate::Withdrawn,
            Admission::Unread => Fate::Later { seconds: RETRY_AFTER },
            Admission::UnderWay { until } => {
                Fate::Later { seconds: seconds_until(until, self.invocation.present()) }
            }
            Admission::Admitted(admitted) => {
                if admitted.takes_seat() {
                    *free = free.map(|free| free.saturating_sub(1));
                }
                if admitted.is_change {
                    let opens = admitted.opens.then(|| request.project.clone());
                    let customer = admitted.customer.clone();
                    let due_at = customer.due_at(self.policy);
                    let (audit, announcements) =
                        (admitted.audit.clone(), admitted.announcements.clone());
                    let opens = opens.into_iter().collect();
                    changes.push(CustomerChange { customer, due_at, opens, audit, announcements });
                }
                let customer = admitted.customer.clone();
                let Looked { customer: before, observed: read, at } = looked.clone();
                Fate::Admitted { admitted, held: Box::new(Held { before, customer, read, at }) }
            }
        }
    }

    /// Whoever lets the first customer in makes the org known, so that every night looks there. Should that fail, the first sweep of
    /// what is due makes it known.
    async fn meet(&self, request: &Request) {
        let met = run::recognize(self.ledger, None, &request.org, self.client, false).await;
        if let Err(error) = met {
            tracing::warn!(org = %request.org, error = chain(&error), "the org is not known yet");
        }
    }

    /// Records the intents and returns those of whom somebody else wrote meanwhile.
    async fn record(
        &self,
        changes: Vec<CustomerChange>,
        cases: &mut BTreeMap<Email, Fate>,
    ) -> Result<BTreeSet<Email>, RequestRefusal> {
        let mut conflicts = BTreeSet::new();
        let mut announcements = Vec::new();
        let mut refusal = None;
        if changes.is_empty() {
            return Ok(conflicts);
        }
        let results = self.ledger.writer.commit(changes.clone()).await;
        for (change, result) in changes.into_iter().zip(results) {
            let email = change.customer.email;
            match result {
                Ok(committed) => {
                    announcements.extend(change.announcements);
                    if let Some(Fate::Admitted { held, .. }) = cases.get_mut(&email) {
                        held.customer = committed;
                    }
                }
                Err(CommitError::Conflict) => {
                    conflicts.insert(email);
                }
                Err(CommitError::ProjectClosed(_)) => refusal = Some(RequestRefusal::ProjectClosed),
                // Asked for again it would fail again, so the answer is final for this one.
                Err(error @ (CommitError::TooLarge | CommitError::Refused(_))) => {
                    tracing::error!(error = chain(&error), "intent cannot be recorded");
                    let error = access::refusal_of_record();
                    cases.insert(email, Fate::Refused { error, is_announced: false });
                }
                Err(error) => {
                    tracing::error!(error = chain(&error), "intent not recorded");
                    // The others are recorded, so they are carried out and not left to a later look.
                    cases.insert(email, Fate::Unrecorded);
                }
            }
        }
        run::deliver(self.bus, &self.ledger.writer, &announcements).await;
        refusal.map_or(Ok(conflicts), Err)
    }

    /// What changes customers of the org for this request.
    pub(crate) fn engine<'b>(&'b self, org: &'b OrgAlias) -> Engine<'b> {
        Engine {
            org,
            policy: self.policy,
            reader: &self.ledger.reader,
            writer: &self.ledger.writer,
            act: &self.chatter.writer,
            bus: self.bus,
            invocation: self.invocation,
            lease: self.lease,
        }
    }

    pub(crate) fn actor(&self) -> Actor<'_> {
        Actor { name: &self.caller.actor, plan_digest: None }
    }
}

/// How many invitations of the org will be open, each of which takes a seat when it is accepted: those that are, and those of
/// this request's customers who have neither a user nor an open invitation to the group. Without the org's number only this
/// request's are counted.
fn will_be_open(
    customers: &BTreeMap<Email, Customer>,
    sightings: &Sightings,
    group: Option<&ObservedGroup>,
    open: Option<u64>,
) -> u64 {
    let is_new = |email: &&Email| {
        sightings.observed.get(*email).is_some_and(|it: &Observed| {
            let is_asked = group.is_some_and(|group| {
                open.is_some() && it.open_invitations(&group.group.id).next().is_some()
            });
            it.users.is_empty() && !is_asked
        })
    };
    let new = customers.keys().filter(is_new).count() as u64;
    open.unwrap_or(0).saturating_add(new)
}

fn seconds_until(until: Timestamp, now: Timestamp) -> u64 {
    u64::try_from(until.duration_since(now).as_secs()).unwrap_or(0).max(1)
}
