//! Evidence is found again: from a grant, a person, a subject or a project.

use std::collections::BTreeMap;

use access::{Email, Entry, GrantId, OrgAlias, ProjectId, Subject};

use crate::item::{self, SORT};
use crate::key::{self, Key};
use crate::{ItemKind, ReadError, Reader};

/// Histories by grant, each oldest entry first.
pub type Histories = BTreeMap<GrantId, Vec<Entry>>;

impl Reader {
    /// The history of a grant, oldest entry first.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn history(&self, grant: &GrantId) -> Result<Vec<Entry>, ReadError> {
        let items = self.partition(&Key::history(grant), "", ItemKind::AuditEntry).await?;
        let entries = items.into_iter().map(|item| {
            item::entry(item).map_err(|item::Unknown| ReadError::Unreadable(ItemKind::AuditEntry))
        });
        let mut entries = entries.collect::<Result<Vec<_>, _>>()?;
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
