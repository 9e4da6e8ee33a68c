//! Evidence is found again: from a grant, a person, a subject, a project or a period.

use std::collections::BTreeMap;

use access::{Customer, Email, Entry, GrantId, OrgAlias, ProjectId, Subject};
use jiff::Timestamp;

use crate::item::{self, Item, SORT};
use crate::key::{self, DueKind, Key, Month};
use crate::position::{DueCursor, Range};
use crate::reader::decode;
use crate::{ItemKind, ReadError, Reader, commit};

/// Histories by grant, each oldest entry first.
pub type Histories = BTreeMap<GrantId, Vec<Entry>>;

/// A part of the entries of a period, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidencePage {
    /// The entries; at most as many as were asked for.
    pub entries: Vec<Entry>,
    /// Where to go on; `None` at the end.
    pub next: Option<DueCursor>,
}

impl Reader {
    /// The chained entries that were made from an instant on and before another one, to the millisecond, behind `after`. Of one instant
    /// those of a grant are in order.
    ///
    /// Entries of older tables are not found so. The index lags behind the table by a moment: of a period that is over for a minute all
    /// are there.
    ///
    /// # Errors
    /// [`ReadError`], also when one entry is not understood: an incomplete list would look like a complete one.
    pub async fn evidence_of_period(
        &self,
        from: Timestamp,
        until: Timestamp,
        org: Option<&OrgAlias>,
        after: Option<&DueCursor>,
        limit: usize,
    ) -> Result<EvidencePage, ReadError> {
        let limit = limit.max(1);
        let mut place = after.cloned();
        let mut month = place.as_ref().and_then(DueCursor::instant).unwrap_or(from);
        let mut keys = Vec::new();
        // Each month has partitions of its own.
        while keys.len() < limit {
            let kind = DueKind::Entry(Month::of(month));
            let range = Range::between(from, until).behind(place.as_ref());
            let found = self.due(&kind, &range, org, limit - keys.len()).await?;
            let is_month_over = found.next.is_none();
            let last = found.entries.last().map(|it| DueCursor::at(&it.position));
            place = found.next.or(last).or(place);
            keys.extend(found.entries.into_iter().map(|it| it.key));
            if is_month_over {
                let Some(following) = Month::next(month).filter(|it| *it < until) else {
                    return Ok(EvidencePage { entries: self.entries(keys).await?, next: None });
                };
                month = following;
            }
        }
        Ok(EvidencePage { entries: self.entries(keys).await?, next: place })
    }

    /// The entries of keys, oldest first.
    async fn entries(&self, keys: Vec<Key>) -> Result<Vec<Entry>, ReadError> {
        let items = self.items_of(keys.into_iter().collect(), ItemKind::AuditEntry).await?;
        let mut entries = items.into_iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        entries.sort_by(|one, other| {
            (one.at, &one.grant, one.version).cmp(&(other.at, &other.grant, other.version))
        });
        Ok(entries)
    }

    /// The history of a grant, oldest entry first.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn history(&self, grant: &GrantId) -> Result<Vec<Entry>, ReadError> {
        let items = self.partition(&Key::history(grant), "", ItemKind::AuditEntry).await?;
        let mut entries = items.into_iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        entries.sort_by_key(|entry| entry.version);
        Ok(entries)
    }

    /// What stands for a person in evidence; `None` where no chained evidence is recorded, or the person was forgotten.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn subject(
        &self,
        org: &OrgAlias,
        email: &Email,
    ) -> Result<Option<Subject>, ReadError> {
        let found: Option<item::Person> =
            self.record(&Key::person(org, email), ItemKind::Person).await?;
        Ok(found.map(|person| person.subject))
    }

    /// The histories of all grants of a subject, also of grants that are long over.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn evidence_of_subject(&self, subject: &Subject) -> Result<Histories, ReadError> {
        self.histories(&Key::subject(subject)).await
    }

    /// The histories of all grants of a person; none where [`Reader::subject`] finds nobody.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn evidence_of_person(
        &self,
        org: &OrgAlias,
        email: &Email,
    ) -> Result<Histories, ReadError> {
        match self.subject(org, email).await? {
            Some(subject) => self.evidence_of_subject(&subject).await,
            None => Ok(Histories::new()),
        }
    }

    /// The histories of all grants of a project, also of grants that are long over.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn evidence_of_project(
        &self,
        org: &OrgAlias,
        project: &ProjectId,
    ) -> Result<Histories, ReadError> {
        self.histories(&Key::project(org, project).partition).await
    }

    /// Gives customers whose item has no subject the one that is recorded of the address, else a new one, so that all that follows from
    /// one reading names the same. It is recorded with the next change; of two readers only one commits.
    ///
    /// An item has none in a table of the version before, and once that version was deployed again: it leaves out what it does not know.
    pub(crate) async fn give_subjects<'a>(
        &self,
        customers: impl IntoIterator<Item = &'a mut Customer>,
    ) -> Result<(), ReadError> {
        let nameless = customers.into_iter().filter(|it| it.subject.is_none() && it.version > 0);
        let nameless: Vec<&mut Customer> = nameless.collect();
        if nameless.is_empty() {
            return Ok(());
        }
        let person = |it: &Customer| Key::person(&it.org, &it.email);
        let keys = nameless.iter().map(|it| person(it)).collect();
        let mut known = self.items(keys, ItemKind::Person).await?;
        for customer in nameless {
            customer.subject = match known.remove(&person(customer).partition) {
                Some(item) => Some(decode::<item::Person>(item, ItemKind::Person)?.subject),
                None if customer.grants.is_empty() => None,
                // Without random numbers nothing can be written, and the writer says so.
                None => commit::random_name().ok().and_then(|it| Subject::parse(&it).ok()),
            };
        }
        Ok(())
    }

    async fn histories(&self, partition: &str) -> Result<Histories, ReadError> {
        let kind = ItemKind::GrantPointer;
        let items = self.partition(partition, key::GRANT_POINTER, kind).await?;
        let mut histories = Histories::new();
        for item in &items {
            let grant = item::text_of(item, SORT).and_then(key::parse_grant_pointer);
            let grant = grant.ok_or(ReadError::Unreadable(kind))?;
            let history = self.history(&grant).await?;
            histories.insert(grant, history);
        }
        Ok(histories)
    }
}

fn entry(item: Item) -> Result<Entry, ReadError> {
    item::entry(item).map_err(|item::Unknown| ReadError::Unreadable(ItemKind::AuditEntry))
}
