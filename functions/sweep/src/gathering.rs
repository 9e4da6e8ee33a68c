//! What a sweep is to do: what is due, and which orgs are to be counted.

use std::collections::{BTreeMap, BTreeSet};

use access::{Email, LINGERING_WINDOW, Org, OrgAlias};
use jiff::Timestamp;
use ledger::{DueCustomer, DueProject, ReadError, Reader};
use run::code::{LEDGER_UNAVAILABLE, LEDGER_UNREADABLE};
use run::{Fault, Services, Stage, Work};
use runtime::{FunctionError, chain};

use crate::options::Options;
use crate::unavailable;

/// How many due entries one run reads at once, and how many pages of them.
pub(crate) const PAGE: usize = 1_000;
const MAXIMUM_PAGES: usize = 50;

/// Which orgs are visited, and where a census is taken.
pub(crate) struct Rounds {
    /// Orgs in which one was taken tonight.
    counted: BTreeSet<OrgAlias>,
    /// Orgs that are visited whether or not anything is due.
    visited: BTreeSet<OrgAlias>,
    /// Whether one at least is to be counted.
    counts: bool,
}

impl Rounds {
    /// A dry run looks everywhere, at the usual org also before anything was asked for.
    pub(crate) fn of(known: &[Org], options: &Options, now: Timestamp) -> Self {
        let is_asked = |org: &OrgAlias| options.org.as_ref().is_none_or(|it| it == org);
        let is_counted = |org: &Org| !options.dry_run && !org.is_census_due(now);
        let counted = known.iter().filter(|it| is_counted(it)).map(|it| it.alias.clone()).collect();
        let mut visited: BTreeSet<OrgAlias> =
            known.iter().map(|it| it.alias.clone()).filter(is_asked).collect();
        visited.extend(options.org.clone());
        if options.dry_run && visited.is_empty() {
            visited.insert(OrgAlias::default());
        }
        let mut rounds = Self { counted, visited, counts: false };
        rounds.counts = rounds.visited.iter().any(|it| rounds.counts_in(it)) || known.is_empty();
        rounds
    }

    fn counts_in(&self, org: &OrgAlias) -> bool {
        !self.counted.contains(org)
    }
}

/// What is to be done.
pub(crate) struct Gathered {
    pub(crate) work: BTreeMap<OrgAlias, Work>,
    /// Who is due so soon that their access may have lingered ([`Services::measure_lingering`]), unless these are too many.
    pub(crate) lingering: Option<BTreeMap<OrgAlias, BTreeSet<Email>>>,
    /// What could not be read.
    pub(crate) faults: Vec<Fault>,
    /// Whether it is all that is due.
    pub(crate) is_complete: bool,
}

/// Reads what is due from the index and, where a census is to be taken, everybody of whom anything will ever be due.
pub(crate) async fn gather(
    services: &Services,
    options: &Options,
    rounds: &Rounds,
    now: Timestamp,
) -> Result<Gathered, FunctionError> {
    let (mut work, mut faults): (BTreeMap<OrgAlias, Work>, _) = (BTreeMap::new(), Vec::new());
    let mut is_complete = true;
    let reader = &services.ledger.reader;
    let org = options.org.as_ref();
    let mut after = None;
    let soon = now.saturating_add(LINGERING_WINDOW).unwrap_or(Timestamp::MAX);
    let until = if rounds.counts { Timestamp::MAX } else { soon };
    let mut open: BTreeMap<OrgAlias, BTreeSet<Email>> = BTreeMap::new();
    let mut lingering: BTreeMap<OrgAlias, BTreeSet<Email>> = BTreeMap::new();
    let (mut is_all, mut reached) = (true, Timestamp::MIN);
    for page in 1.. {
        let due = reader.due_customers(until, org, after.as_ref(), PAGE).await;
        let due = due.map_err(|error| unavailable(&error))?;
        faults.extend(due.unreadable.iter().map(|_| unreadable()));
        for DueCustomer { org, email, since } in due.due {
            reached = since;
            open.entry(org.clone()).or_default().insert(email.clone());
            if since <= soon {
                lingering.entry(org.clone()).or_default().insert(email.clone());
            }
            if since <= now {
                work.entry(org).or_default().customers.insert(email);
            }
        }
        after = due.next;
        if after.is_none() {
            break;
        }
        if page == MAXIMUM_PAGES {
            is_complete &= reached > now && !rounds.counts;
            is_all = false;
            break;
        }
    }
    // Whom the index does not name would look as if nobody answered for them.
    if is_all && rounds.counts {
        let met = open.keys().cloned().collect();
        for org in rounds.visited.union(&met).filter(|it| rounds.counts_in(it)) {
            let open = open.get(org).cloned().unwrap_or_default();
            work.entry(org.clone()).or_default().census = Some(open);
        }
    }
    let mut after = None;
    for page in 1.. {
        let due = reader.due_projects(now, org, after.as_ref(), PAGE).await;
        let due = due.map_err(|error| unavailable(&error))?;
        faults.extend(due.unreadable.iter().map(|_| unreadable()));
        for project in due.due {
            faults.extend(closing(reader, project, &mut work).await);
        }
        after = due.next;
        if after.is_none() {
            break;
        }
        if page == MAXIMUM_PAGES {
            is_complete = false;
            break;
        }
    }
    let lingering = (is_all || reached > soon).then_some(lingering);
    Ok(Gathered { work, lingering, faults, is_complete })
}

/// Adds the customers of a closing project. One that cannot be read keeps nothing else from being done.
async fn closing(
    reader: &Reader,
    due: DueProject,
    work: &mut BTreeMap<OrgAlias, Work>,
) -> Option<Fault> {
    let DueProject { org, id, .. } = due;
    let read = async {
        let project = reader.project(&org, &id).await?;
        let emails = reader.customers_of_project(&org, &id).await?;
        Ok::<_, ReadError>((project, emails))
    };
    match read.await {
        Ok((project, emails)) => {
            let work = work.entry(org).or_default();
            work.customers.extend(emails);
            work.closing.push(project);
            None
        }
        Err(error) => {
            tracing::error!(%org, project = %id, error = chain(&error), "project not read");
            let is_transient = error.is_transient();
            let code = if is_transient { LEDGER_UNAVAILABLE } else { LEDGER_UNREADABLE };
            Some(Fault::new(Stage::ReadLedger, code, chain(&error)))
        }
    }
}

fn unreadable() -> Fault {
    Fault::new(Stage::ReadLedger, LEDGER_UNREADABLE, "a due entry is not understood")
}
