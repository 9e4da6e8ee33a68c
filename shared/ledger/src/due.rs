//! What is due: one sparse index, spread over shards, read in the order of instants.

use access::{Announcement, Email, OrgAlias, ProjectId};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;

use crate::error::RequestFailure;
use crate::item::{self, DUE_AT, DUE_SHARD, ORG};
use crate::key::{self, DueKind, Key, SHARDS};
use crate::position::{self, DueCursor, Range};
use crate::schema::TABLE;
use crate::{ItemKind, ReadError, Reader};

/// How many shards are read at the same time. Each needs a connection of its own, and on most nights nothing is due: a handshake
/// costs more than the few milliseconds that it would save.
const SHARDS_AT_ONCE: usize = 5;

/// A customer of whom something may need to be done.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DueCustomer {
    /// The org.
    pub org: OrgAlias,
    /// The normalised address.
    pub email: Email,
    /// Since when, to the millisecond.
    pub since: Timestamp,
}

/// A project whose close is not finished.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DueProject {
    /// The org.
    pub org: OrgAlias,
    /// The upstream's id.
    pub id: ProjectId,
    /// Since when, to the millisecond.
    pub since: Timestamp,
}

/// Something that is due and cannot be understood; it is in nobody's plan until a person has looked at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// What it is.
    pub kind: ItemKind,
    /// Its sort value in the index, by which it can be found there: an instant and a hash, no address.
    pub position: String,
}

/// A part of what is due, oldest first over all shards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuePage<T> {
    /// What is due; at most as many as were asked for, and possibly fewer although more is due.
    pub due: Vec<T>,
    /// What is due and cannot be understood.
    pub unreadable: Vec<Unreadable>,
    /// Where to go on; `None` at the end.
    pub next: Option<DueCursor>,
}

impl Reader {
    /// The customers who are due at `now`, from `after` on, oldest first.
    ///
    /// The index lags behind the table by a moment: read each customer by key before anything is decided.
    ///
    /// # Errors
    /// [`ReadError`] when the index cannot be read; what is wrong with one entry is in the page.
    pub async fn due_customers(
        &self,
        now: Timestamp,
        org: Option<&OrgAlias>,
        after: Option<&DueCursor>,
        limit: usize,
    ) -> Result<DuePage<DueCustomer>, ReadError> {
        let range = Range::new(now, after);
        let found = self.due(&DueKind::Customer, &range, org, limit).await?;
        Ok(found.map(ItemKind::Customer, |partition, since| {
            let (org, email) = key::parse_customer(partition)?;
            Some(DueCustomer { org, email, since })
        }))
    }

    /// The projects whose close is not finished at `now`, from `after` on, oldest first.
    ///
    /// # Errors
    /// [`ReadError`] when the index cannot be read; what is wrong with one entry is in the page.
    pub async fn due_projects(
        &self,
        now: Timestamp,
        org: Option<&OrgAlias>,
        after: Option<&DueCursor>,
        limit: usize,
    ) -> Result<DuePage<DueProject>, ReadError> {
        let range = Range::new(now, after);
        let found = self.due(&DueKind::Project, &range, org, limit).await?;
        Ok(found.map(ItemKind::Project, |partition, since| {
            let (org, id) = key::parse_project(partition)?;
            Some(DueProject { org, id, since })
        }))
    }

    /// The outbox: the announcements that were not marked as published, oldest first.
    ///
    /// # Errors
    /// [`ReadError`] when the outbox cannot be read; what is wrong with one announcement is in the page.
    pub async fn unpublished(
        &self,
        now: Timestamp,
        org: Option<&OrgAlias>,
        after: Option<&DueCursor>,
        limit: usize,
    ) -> Result<DuePage<Announcement>, ReadError> {
        let range = Range::new(now, after);
        let Found { entries, next } = self.due(&DueKind::Announcement, &range, org, limit).await?;
        let ids = entries.iter().filter_map(|entry| key::parse_announcement(&entry.key.partition));
        let keys = ids.map(Key::announcement).collect();
        let mut items = self.items(keys, ItemKind::Announcement).await?;
        let mut page = DuePage { due: Vec::new(), unreadable: Vec::new(), next };
        for Entry { position, key } in entries {
            // What is gone by now was published meanwhile.
            let Some(item) = items.remove(&key.partition) else { continue };
            match item::decode(item) {
                Ok(announcement) => page.due.push(announcement),
                Err(item::Unknown) => {
                    page.unreadable.push(Unreadable { kind: ItemKind::Announcement, position });
                }
            }
        }
        Ok(page)
    }

    /// Reads one page of every shard and merges them.
    pub(crate) async fn due(
        &self,
        kind: &DueKind,
        range: &Range,
        org: Option<&OrgAlias>,
        limit: usize,
    ) -> Result<Found, ReadError> {
        if range.is_empty() {
            return Ok(Found { entries: Vec::new(), next: None });
        }
        let limit = limit.max(1);
        let shards = (0..SHARDS).map(|shard| self.due_in_shard(kind, shard, range, org, limit));
        let shards = stream::iter(shards).buffer_unordered(SHARDS_AT_ONCE).try_collect().await?;
        Ok(merge(shards, limit))
    }

    async fn due_in_shard(
        &self,
        kind: &DueKind,
        shard: u8,
        range: &Range,
        org: Option<&OrgAlias>,
        limit: usize,
    ) -> Result<ShardPage, ReadError> {
        let mut request = self
            .client()
            .query()
            .table_name(self.table())
            .index_name(TABLE.due.name)
            .key_condition_expression("#shard = :shard AND #at BETWEEN :from AND :until")
            .expression_attribute_names("#shard", DUE_SHARD)
            .expression_attribute_names("#at", DUE_AT)
            .expression_attribute_values(":shard", item::text(&kind.partition(shard)))
            .expression_attribute_values(":from", item::text(&range.from))
            .expression_attribute_values(":until", item::text(&range.until))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX));
        if let Some(org) = org {
            request = request
                .filter_expression("#org = :org")
                .expression_attribute_names("#org", ORG)
                .expression_attribute_values(":org", item::org(org));
        }
        let answer = request.send().await.map_err(|error| ReadError::Unavailable {
            kind: kind.item_kind(),
            source: RequestFailure::of(error),
        })?;
        let entry = |item: &item::Item| Entry {
            position: item::text_of(item, DUE_AT).unwrap_or_default().to_owned(),
            key: item::key_of(item).unwrap_or_default(),
        };
        let last = answer.last_evaluated_key().and_then(|last| item::text_of(last, DUE_AT));
        Ok(ShardPage {
            more_after: last.map(str::to_owned),
            entries: answer.items().iter().map(entry).collect(),
        })
    }
}

impl DueKind {
    fn item_kind(&self) -> ItemKind {
        match self {
            Self::Customer => ItemKind::Customer,
            Self::Project => ItemKind::Project,
            Self::Announcement => ItemKind::Announcement,
            Self::Entry(_) => ItemKind::AuditEntry,
        }
    }
}

/// What the index says of one thing that is due.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    pub(crate) position: String,
    pub(crate) key: Key,
}

struct ShardPage {
    entries: Vec<Entry>,
    /// Set when the shard may hold more behind that sort value.
    more_after: Option<String>,
}

pub(crate) struct Found {
    pub(crate) entries: Vec<Entry>,
    pub(crate) next: Option<DueCursor>,
}

impl Found {
    fn map<T>(self, kind: ItemKind, read: impl Fn(&str, Timestamp) -> Option<T>) -> DuePage<T> {
        let mut page = DuePage { due: Vec::new(), unreadable: Vec::new(), next: self.next };
        for Entry { position, key } in self.entries {
            match position::instant(&position).and_then(|since| read(&key.partition, since)) {
                Some(due) => page.due.push(due),
                None => page.unreadable.push(Unreadable { kind, position }),
            }
        }
        page
    }
}

/// The first `limit` entries of all shards, as far as every shard was read.
///
/// What lies behind the point up to which a shard was read may be preceded by something that was not; it is left for
/// the next page.
fn merge(shards: Vec<ShardPage>, limit: usize) -> Found {
    let horizon = shards.iter().filter_map(|shard| shard.more_after.clone()).min();
    let mut entries: Vec<Entry> = shards.into_iter().flat_map(|shard| shard.entries).collect();
    entries.sort_unstable();
    if let Some(horizon) = &horizon {
        entries.retain(|entry| entry.position <= *horizon);
    }
    let next = if entries.len() > limit {
        entries.truncate(limit);
        entries.last().map(|entry| entry.position.clone())
    } else {
        horizon
    };
    Found { entries, next: next.as_deref().map(DueCursor::at) }
}

#[cfg(test)]
mod tests {
    use super::{Entry, ShardPage, merge};
    use crate::key::Key;
    use crate::position::DueCursor;

    #[test]
    fn a_page_ends_where_the_least_read_shard_ends() {
        for (shards, limit, expected, next) in [
            ("", 3, "", None),
            ("a d | b c", 9, "abcd", None),
            ("a d | b c", 3, "abc", Some("c")),
            ("a d | b c", 4, "abcd", None),
            ("a d+ | b c+", 9, "abc", Some("c")),
            ("a d+ | b c+", 2, "ab", Some("b")),
            // The filter took everything that was read of the second shard, up to `e`.
            ("f | e+", 9, "", Some("e")),
            ("a | e+", 9, "a", Some("e")),
        ] {
            let found = merge(shards.split('|').map(shard).collect(), limit);
            let text: String = found.entries.into_iter().map(|entry| entry.position).collect();
            assert_eq!(text, expected, "{shards}");
            assert_eq!(found.next, next.map(DueCursor::at), "{shards}");
        }
    }

    /// Letters are entries; `+` says that there is more behind the last one. A lone `e+` was filtered out.
    fn shard(text: &str) -> ShardPage {
        let words: Vec<&str> = text.split_whitespace().collect();
        let last = words.last().copied().unwrap_or_default();
        let more_after = last.strip_suffix('+').map(str::to_owned);
        let is_filtered = words.len() == 1 && more_after.is_some();
        let kept = if is_filtered { &[][..] } else { &words[..] };
        let entry = |word: &&str| Entry {
            position: word.trim_end_matches('+').to_owned(),
            key: Key::default(),
        };
        ShardPage { entries: kept.iter().map(entry).collect(), more_after }
    }
}
