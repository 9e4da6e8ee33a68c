//! The nightly census of one org: who must be looked at, what nobody answers for, and what is wrong with the org.

use std::collections::{BTreeMap, BTreeSet};

use access::event::{OrgNeedsAttention, Ungoverned as Told};
use access::{
    Actor, Adopted, Announcement, AnnouncementKind, Census, Condition, Customer, Email, Finding,
    GrantId, Org, OrgFacts, ProjectId, Role, Sight, Standing, Survey, Ungoverned, Unseen, Whoever,
    adopt, is_answered,
};
use chatter::Unavailable;
use ledger::{CommitError, CustomerChange, Found};

use crate::accounts::Accounts;
use crate::fault::{Fault, Stage};
use crate::known::unreadable;
use crate::org_report::{OrgReport, UngovernedLine};
use crate::outbox::deliver;
use crate::work::{Mode, OrgRun, TIME_TO_RECORD, Writers};

/// How many customers of the ledger are compared at once.
const CHUNK: usize = 1_000;

/// What a census came to.
pub(crate) struct Counted {
    census: Census,
    /// Of what was seen of the ledger: whether that was all.
    is_compared: bool,
    ungoverned: Vec<Ungoverned>,
    /// Customers of whom something shows that is not as the ledger has it.
    pub(crate) look: BTreeSet<Email>,
}

impl OrgRun<'_> {
    /// Reads all customers of the org and compares them with those of whom the ledger has anything that may still need something.
    pub(crate) async fn count(
        &self,
        open: &BTreeSet<Email>,
        accounts: &mut Accounts,
    ) -> Result<Counted, Unavailable> {
        let census = self.observe.census().await?;
        let emails: Vec<Email> = open.iter().cloned().collect();
        let (mut look, mut is_compared) = (BTreeSet::new(), true);
        let mut survey = Survey::new(&census);
        let is_full = census.sight.is_full();
        for chunk in emails.chunks(CHUNK) {
            match self.reader.customers(self.org, chunk).await {
                Ok(records) => {
                    is_compared &= records.unreadable.is_empty();
                    let unread = records.unreadable.iter();
                    accounts.faults.extend(unread.map(|_| unreadable("a customer's record")));
                    for customer in records.read.values() {
                        let news = survey.see(customer, self.invocation.now);
                        if news.shows || (news.lacks && is_full) {
                            look.insert(customer.email.clone());
                        }
                    }
                }
                Err(error) => {
                    accounts.faults.push(Fault::of_ledger(Stage::ReadLedger, &error));
                    is_compared = false;
                }
            }
        }
        let is_read = !census.sight.causes().any(|it| it == Unseen::NotRead);
        let is_compared = is_compared && is_read;
        let ungoverned = if is_compared {
            survey.ungoverned(self.policy, self.invocation.now)
        } else {
            Vec::new()
        };
        Ok(Counted { census, is_compared, ungoverned, look })
    }

    /// Reports what a census came to and, unless it is a dry run, adopts or tells what nobody answers for, and records the org.
    pub(crate) async fn conclude(&self, org: &Org, counted: Counted, accounts: &mut Accounts) {
        let Counted { census, is_compared, mut ungoverned, .. } = counted;
        let now = self.invocation.now;
        let facts = OrgFacts {
            free_seats: census.seats.map(|(used, total)| total.saturating_sub(used)),
            open_invitations: census.invitations.len() as u64,
            ..self
                .observe
                .org()
                .await
                .unwrap_or(OrgFacts { is_unread: true, ..OrgFacts::default() })
        };
        let mut sight = census.sight.clone();
        if !is_compared {
            sight.blur(&Sight::default());
        }
        let ownerless = census.ownerless();
        let condition = Condition { facts, sight, may_invite: census.may_invite, ownerless };
        let findings = org.examine(&condition);
        let mut line = OrgReport::new(org.alias.clone(), &census, &condition.sight, &findings, now);
        line.ungoverned = ungoverned.len();
        let Mode::Apply(writers) = &self.mode else {
            line.ungoverned_access = Some(ungoverned.iter().map(UngovernedLine::of).collect());
            line.idle_customers = Some(census.idle(now).into_iter().cloned().collect());
            accounts.line = Some(line);
            return;
        };
        accounts.line = Some(line);
        let is_full = is_compared && census.sight.is_full();
        let shown: BTreeSet<String> =
            census.places.iter().map(|it| it.group.id.to_string()).collect();
        let shown = is_full.then_some(shown);
        let told = self.tell_all(writers, shown.as_ref(), &mut ungoverned, accounts).await;
        let (mut next, new) = org.after(&condition, &findings, now);
        if !told {
            // What is left is for the next sweep of the night.
            next.census_at = org.census_at;
        }
        accounts.measures.new_findings += new.len();
        accounts.faults.extend(self.record(writers, org, next, &new).await);
    }

    async fn record(
        &self,
        writers: &Writers<'_>,
        before: &Org,
        next: Org,
        new: &[&Finding],
    ) -> Option<Fault> {
        let tell = |finding: &&Finding| {
            let id = format!("{}-{}-{}", next.alias, finding.code.as_str(), before.version);
            let adds = OrgNeedsAttention::from(*finding);
            let (kind, now) = (AnnouncementKind::OrgNeedsAttention, self.invocation.now);
            Announcement::new(id, kind, self.org, now, adds)
        };
        let announcements: Vec<Announcement> = new.iter().map(tell).collect();
        match writers.ledger.commit_org(next, announcements.clone()).await {
            Ok(_) => deliver(writers.bus, writers.ledger, &announcements).await,
            // Another sweep has counted the same org at this moment.
            Err(CommitError::Conflict) => {}
            Err(error) => return Some(Fault::of_ledger(Stage::Census, &error)),
        }
        None
    }

    /// Adopts or tells everybody for whom nobody answers and of whom that was not told before. Whether there was time for all.
    ///
    /// `shown` are the groups of which the census shows a customer; `None` where not all could be seen, so that nobody is gone who is
    /// missing.
    async fn tell_all(
        &self,
        writers: &Writers<'_>,
        shown: Option<&BTreeSet<String>>,
        ungoverned: &mut [Ungoverned],
        accounts: &mut Accounts,
    ) -> bool {
        let told = match self.reader.found(self.org).await {
            Ok(told) => told,
            Err(error) => {
                accounts.faults.push(Fault::of_ledger(Stage::Census, &error));
                return false;
            }
        };
        if shown.is_some() {
            let present: BTreeSet<&str> = ungoverned.iter().map(|it| it.who.id()).collect();
            let gone = told.keys().filter(|who| !present.contains(who.as_str()));
            if let Err(error) = writers.ledger.forget_found(self.org, gone).await {
                accounts.faults.push(Fault::of_ledger(Stage::Census, &error));
            }
        }
        // What was told before the policy said that it is to be adopted is adopted, too.
        let is_wanted = |it: &Ungoverned| {
            let adopts = self.policy.ungoverned.adopt.is_some();
            adopts && it.email.is_some() && !it.groups.is_empty()
        };
        let less = ungoverned.iter().filter_map(|it| less_of(it, &told, shown?));
        let less: Vec<Found> = less.collect();
        let mut news: Vec<&mut Ungoverned> =
            ungoverned.iter_mut().filter(|it| is_news(it, &told) || is_wanted(it)).collect();
        self.name_inviters(&mut news).await;
        for found in less {
            accounts.faults.extend(self.note_less(writers, found).await.err());
        }
        for found in news {
            if self.invocation.remaining() < TIME_TO_RECORD * 2 {
                accounts.is_left = true;
                return false;
            }
            let done = match self.adopted(writers, found, accounts).await {
                Ok(false) if is_news(found, &told) => self.tell(writers, found, &told).await,
                Ok(_) => Ok(()),
                Err(error) => Err(error),
            };
            accounts.faults.extend(done.err());
        }
        true
    }

    async fn name_inviters(&self, news: &mut [&mut Ungoverned]) {
        let nameless = news.iter().filter(|it| it.invited_by.is_none());
        let addresses: Vec<String> = nameless.map(|it| it.address.clone()).collect();
        let inviters = self.observe.inviters(&addresses).await;
        for found in news.iter_mut().filter(|it| it.invited_by.is_none()) {
            found.invited_by = inviters.get(&found.address.trim().to_lowercase()).cloned();
        }
    }

    /// Makes a grant of ungoverned access where the policy says so. Whether it did.
    async fn adopted(
        &self,
        writers: &Writers<'_>,
        found: &Ungoverned,
        accounts: &mut Accounts,
    ) -> Result<bool, Fault> {
        let (Some(adoption), Some(email)) = (&self.policy.ungoverned.adopt, &found.email) else {
            return Ok(false);
        };
        let read = self.reader.customers(self.org, std::slice::from_ref(email)).await;
        let mut read = read.map_err(|error| Fault::of_ledger(Stage::Census, &error))?.read;
        let Some(customer) = read.remove(email) else { return Ok(false) };
        // Another sweep has adopted it since it was found.
        if is_answered(&customer, found) && is_theirs(&customer, found) {
            return Ok(true);
        }
        // Somebody is changing something for this customer: the next night finds what is left.
        if customer.standing(self.invocation.present()) != Standing::Free {
            return Ok(true);
        }
        let customer = self.with_other_address(customer, &found.who).await?;
        let now = self.invocation.now;
        let ids = || GrantId::from_random(self.invocation.random.bits());
        let actor = Actor { name: self.id, plan_digest: None };
        let Some(adopted) = adopt(self.policy, adoption, &customer, found, ids, actor, now) else {
            return Ok(false);
        };
        let told = self.event(found, Some(&adopted));
        let change = self.change(adopted, vec![told.clone()]);
        let Some(recorded) = writers.ledger.commit_with_heads(vec![change]).await.pop() else {
            return Ok(true);
        };
        accounts.heads.extend(recorded.heads);
        match recorded.result {
            Ok(_) => deliver(writers.bus, writers.ledger, &[told]).await,
            // Somebody else has just written of this customer: the next night finds what is left.
            Err(CommitError::Conflict) => {}
            Err(error) => return Err(Fault::of_ledger(Stage::Census, &error)),
        }
        Ok(true)
    }

    fn change(&self, adopted: Adopted, announcements: Vec<Announcement>) -> CustomerChange {
        let Adopted { customer, audit, .. } = adopted;
        let due_at = customer.due_at(self.policy);
        let opens = BTreeSet::from([ProjectId::ungoverned()]);
        CustomerChange { customer, due_at, opens, audit, announcements }
    }

    async fn tell(
        &self,
        writers: &Writers<'_>,
        found: &Ungoverned,
        told: &BTreeMap<String, Found>,
    ) -> Result<(), Fault> {
        let before = told.get(found.who.id());
        let announcement = self.event(found, None);
        let record = Found {
            who: found.who.id().to_owned(),
            groups: groups_of(found).collect(),
            at: self.invocation.now,
            version: before.map_or(0, |it| it.version),
        };
        match writers.ledger.commit_found(self.org, record, vec![announcement.clone()]).await {
            Ok(()) => deliver(writers.bus, writers.ledger, &[announcement]).await,
            // Another sweep tells it.
            Err(CommitError::Conflict) => {}
            Err(error) => return Err(Fault::of_ledger(Stage::Census, &error)),
        }
        Ok(())
    }

    /// Records that somebody is in fewer groups than was told: who comes back is told again.
    async fn note_less(&self, writers: &Writers<'_>, less: Found) -> Result<(), Fault> {
        match writers.ledger.commit_found(self.org, less, Vec::new()).await {
            // Another sweep notes it.
            Ok(()) | Err(CommitError::Conflict) => Ok(()),
            Err(error) => Err(Fault::of_ledger(Stage::Census, &error)),
        }
    }

    /// The id names what is told, so that it is the same should it be told by two sweeps.
    fn event(&self, found: &Ungoverned, adopted: Option<&Adopted>) -> Announcement {
        let (kind, now) = (AnnouncementKind::Ungoverned, self.invocation.now);
        let day = now.as_second().div_euclid(24 * 60 * 60);
        let id = format!("{}-{}-{day}-Ungoverned", self.org, found.who.id());
        Announcement::new(id, kind, self.org, now, Told::of(found, adopted))
    }
}

/// What is told of the groups: a manager is more than a member.
fn groups_of(found: &Ungoverned) -> impl Iterator<Item = String> {
    found.groups.iter().map(|it| match it.role {
        Role::Member => it.group.id.to_string(),
        Role::Manager => format!("{} as manager", it.group.id),
    })
}

/// Whether the ledger knows who was found as this customer.
fn is_theirs(customer: &Customer, found: &Ungoverned) -> bool {
    match &found.who {
        Whoever::User(user) => customer.users.contains(user),
        Whoever::Invited(_) => true,
    }
}

/// What is left of what was told, where that is less: somebody has left a group of which others are shown.
fn less_of(
    found: &Ungoverned,
    told: &BTreeMap<String, Found>,
    shown: &BTreeSet<String>,
) -> Option<Found> {
    let before = told.get(found.who.id()).filter(|_| !is_news(found, told))?;
    let now: BTreeSet<String> = groups_of(found).collect();
    let is_shown = |told: &str| shown.contains(told.split(' ').next().unwrap_or(told));
    let is_left = |it: &&String| now.contains(*it) || !is_shown(it);
    let groups: BTreeSet<String> = before.groups.iter().filter(is_left).cloned().collect();
    (groups.len() < before.groups.len()).then(|| Found { groups, ..before.clone() })
}

/// Whether there is more of it than was told before.
fn is_news(found: &Ungoverned, told: &BTreeMap<String, Found>) -> bool {
    told.get(found.who.id())
        .is_none_or(|before| !groups_of(found).all(|group| before.groups.contains(&group)))
}
