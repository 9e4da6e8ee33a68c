//! Taking announcements out of the outbox once they are published.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::{Delete, TransactWriteItem};
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::item;
use crate::key::Key;
use crate::transaction::MAXIMUM_ACTIONS;
use crate::writer::{BATCH, CONCURRENCY};
use crate::{ItemKind, WriteError, Writer};

impl Writer {
    /// Takes announcements that were published out of the outbox, by id.
    ///
    /// # Errors
    /// [`WriteError`]; what stays in the outbox is published again, which consumers know by the id.
    pub async fn published<T: AsRef<str> + Sync>(&self, ids: &[T]) -> Result<(), WriteError> {
        let keys: BTreeSet<Key> = ids.iter().map(|id| Key::announcement(id.as_ref())).collect();
        let keys: Vec<Key> = keys.into_iter().collect();
        let parts: Vec<BTreeSet<Key>> =
            keys.chunks(MAXIMUM_ACTIONS).map(|part| part.iter().cloned().collect()).collect();
        let parts = parts.into_iter().map(|part| self.take_out(part));
        stream::iter(parts).buffer_unordered(CONCURRENCY).try_collect().await
    }

    /// A transaction holds four times as many as a batch. What it does not take, for whatever cause, the batches do.
    async fn take_out(&self, keys: BTreeSet<Key>) -> Result<(), WriteError> {
        if keys.len() <= BATCH || !self.delete_at_once(&keys).await {
            self.delete(keys, ItemKind::Announcement).await?;
        }
        Ok(())
    }

    async fn delete_at_once(&self, keys: &BTreeSet<Key>) -> bool {
        let delete = |key| {
            let delete = Delete::builder().table_name(self.reader().table());
            let delete = delete.set_key(Some(item::of_key(key))).build()?;
            Ok::<_, aws_sdk_dynamodb::error::BuildError>(
                TransactWriteItem::builder().delete(delete).build(),
            )
        };
        let Ok(items) = keys.iter().map(delete).collect::<Result<Vec<_>, _>>() else {
            return false;
        };
        let request = self.reader().client().transact_write_items();
        let answer = request.set_transact_items(Some(items)).send().await;
        if answer.is_err() {
            tracing::debug!(count = keys.len(), "not taken out of the outbox at once");
        }
        answer.is_ok()
    }
}
