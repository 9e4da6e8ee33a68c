//! The event bus to emit to.

use access::Announcement;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::error::ProvideErrorMetadata;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;

use crate::log::chain;

/// How many entries one `PutEvents` takes.
const MAXIMUM_ENTRIES: usize = 10;

/// How many bytes the entries of one `PutEvents` may have together: "less than 256 KB" (EventBridge user guide, "Calculating
/// Amazon EventBridge `PutEvents` event entry size").
const MAXIMUM_BYTES: usize = 256 * 1024 - 1;

/// The code of an entry that no request can carry.
const TOO_LARGE: &str = "TooLarge";

/// An EventBridge bus.
#[derive(Clone, Debug)]
pub struct Bus {
    client: Client,
    name: String,
}

/// What became of a list of announcements. Each is in one of the two lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// The ids of those that the bus took.
    pub ids: Vec<String>,
    /// The others; to be published again later.
    pub failures: Vec<Unpublished>,
}

/// An announcement that the bus did not take, or of which that is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpublished {
    /// The announcement's id.
    pub id: String,
    /// EventBridge's code, `TooLarge`, or `Unknown` where there was no answer.
    pub code: String,
}

impl Bus {
    /// The bus of that name.
    #[must_use]
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into() }
    }

    /// Publishes in as few requests as the limits allow. One that fails stops none of the others.
    ///
    /// What failed is not tried again here beyond the SDK's own attempts: the outbox keeps it, and consumers drop
    /// repeats by id.
    pub async fn publish(&self, announcements: &[Announcement]) -> Published {
        let mut published = Published::default();
        for chunk in chunks(announcements, &mut published) {
            self.put(chunk, &mut published).await;
        }
        for Unpublished { id, code } in &published.failures {
            tracing::warn!(announcement = id, code, "announcement not published");
        }
        published
    }

    async fn put(&self, chunk: Vec<(String, PutEventsRequestEntry)>, published: &mut Published) {
        let (ids, entries): (Vec<_>, Vec<_>) = chunk.into_iter().unzip();
        let entries = entries.into_iter().map(|mut entry| {
            entry.event_bus_name = Some(self.name.clone());
            entry
        });
        let answer = self.client.put_events().set_entries(Some(entries.collect())).send().await;
        let results = match &answer {
            Ok(answer) => answer.entries(),
            Err(error) => {
                tracing::warn!(error = chain(error), "PutEvents failed");
                &[]
            }
        };
        let request_code = answer.as_ref().err().and_then(ProvideErrorMetadata::code);
        // Results stand in the order of the entries; an entry without a result is not known to be taken.
        for (index, id) in ids.into_iter().enumerate() {
            let result = results.get(index);
            if result.is_some_and(|result| result.event_id().is_some()) {
                published.ids.push(id);
            } else {
                let code = result.and_then(|result| result.error_code()).or(request_code);
                published.fail(id, code.unwrap_or("Unknown"));
            }
        }
    }
}

impl Published {
    fn fail(&mut self, id: String, code: &str) {
        self.failures.push(Unpublished { id, code: code.to_owned() });
    }
}

/// Groups what fits into one request each; what fits into none fails at once.
fn chunks(
    announcements: &[Announcement],
    published: &mut Published,
) -> Vec<Vec<(String, PutEventsRequestEntry)>> {
    let mut chunks: Vec<Vec<_>> = Vec::new();
    let mut bytes = 0;
    for announcement in announcements {
        let detail_type = announcement.kind.detail_type();
        let detail = announcement.detail.to_string();
        let size = Announcement::SOURCE.len() + detail_type.len() + detail.len();
        if size > MAXIMUM_BYTES {
            published.fail(announcement.id.clone(), TOO_LARGE);
            continue;
        }
        let entry = PutEventsRequestEntry::builder()
            .source(Announcement::SOURCE)
            .detail_type(detail_type)
            .detail(detail)
            .build();
        let entry = (announcement.id.clone(), entry);
        match chunks.last_mut() {
            Some(chunk) if chunk.len() < MAXIMUM_ENTRIES && bytes + size <= MAXIMUM_BYTES => {
                chunk.push(entry);
                bytes += size;
            }
            _ => {
                chunks.push(vec![entry]);
                bytes = size;
            }
        }
    }
    chunks
}
