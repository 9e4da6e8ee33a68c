//! Salesforce orgs, and what was found in them that no grant answers for.

use std::collections::{BTreeMap, BTreeSet};

use access::{Announcement, Org, OrgAlias};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::commit;
use crate::item;
use crate::key::Key;
use crate::reader::decode;
use crate::transaction::Unit;
use crate::writer::put_announcements;
use crate::{CommitError, ItemKind, ReadError, Reader, WriteError, Writer};

/// What was told of somebody for whose access no grant answers. It holds ids and no address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Found {
    /// The record id of the user, or of the invitation.
    pub who: String,
    /// The groups that were told, by id.
    #[serde(default)]
    pub groups: BTreeSet<String>,
    /// When.
    pub at: Timestamp,
    /// How often it was written; 0 = never.
    #[serde(default)]
    pub version: u64,
}

impl Reader {
    /// One org, if it is known.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn org(&self, alias: &OrgAlias) -> Result<Option<Org>, ReadError> {
        self.record(&Key::org(alias), ItemKind::Org).await
    }

    /// Every org that the ledger knows.
    ///
    /// # Errors
    /// [`ReadError`], also when one is not understood: an incomplete list would look like a complete one.
    pub async fn orgs(&self) -> Result<Vec<Org>, ReadError> {
        let items = self.partition(Key::ORGS, "", ItemKind::Org).await?;
        items.into_iter().map(|item| decode(item, ItemKind::Org)).collect()
    }

    /// What was told of an org of access for which no grant answers, by the id of who it is.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn found(&self, org: &OrgAlias) -> Result<BTreeMap<String, Found>, ReadError> {
        let items = self.partition(&Key::found_in(org), "", ItemKind::Found).await?;
        let found: Result<Vec<Found>, _> =
            items.into_iter().map(|item| decode(item, ItemKind::Found)).collect();
        Ok(found?.into_iter().map(|it| (it.who.clone(), it)).collect())
    }
}

impl Writer {
    /// Commits an org whose version is the one with which it was read, and what to tell the world about it.
    ///
    /// # Errors
    /// [`CommitError`].
    pub async fn commit_org(
        &self,
        org: Org,
        announcements: Vec<Announcement>,
    ) -> Result<Org, CommitError> {
        let next = Org { version: org.version + 1, ..org };
        let key = Key::org(&next.alias);
        self.commit_record(key, &next, next.version - 1, &announcements).await?;
        Ok(next)
    }

    /// Commits what is told of access for which no grant answers, with the event that tells it.
    ///
    /// # Errors
    /// [`CommitError`].
    pub async fn commit_found(
        &self,
        org: &OrgAlias,
        found: Found,
        announcements: Vec<Announcement>,
    ) -> Result<(), CommitError> {
        let next = Found { version: found.version + 1, ..found };
        let key = Key::found(org, &next.who);
        self.commit_record(key, &next, next.version - 1, &announcements).await
    }

    /// Forgets what was told of those for whom somebody answers by now, or who are gone: should it come back, it is told again.
    ///
    /// # Errors
    /// [`WriteError`].
    pub async fn forget_found(
        &self,
        org: &OrgAlias,
        who: impl IntoIterator<Item = &String> + Send,
    ) -> Result<(), WriteError> {
        let keys: BTreeSet<Key> = who.into_iter().map(|who| Key::found(org, who)).collect();
        if keys.is_empty() { Ok(()) } else { self.delete(keys, ItemKind::Found).await }
    }

    /// Writes a record of its own on condition of the version that was read, with what to tell the world about it.
    pub(crate) async fn commit_record<T: Serialize + Sync>(
        &self,
        key: Key,
        record: &T,
        version: u64,
        announcements: &[Announcement],
    ) -> Result<(), CommitError> {
        let write = commit::random_name().map_err(CommitError::Unavailable)?;
        let mut item = item::encode(&key, record).map_err(CommitError::unwritable)?;
        item.insert(item::WRITE.to_owned(), item::text(&write));
        let mut unit = Unit::new(key, item, version, write)?;
        put_announcements(&mut unit, announcements)?;
        if !unit.fits() {
            return Err(CommitError::TooLarge);
        }
        let outcomes = commit::run(self.reader(), &[Some(unit)]).await;
        outcomes.into_values().collect::<Result<Vec<()>, _>>().map(drop)
    }
}
