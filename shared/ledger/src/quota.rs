//! How many customers each source let in on the present day.

use access::Source;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::key::Key;
use crate::{CommitError, ItemKind, Writer};

/// How often a count is read anew because another request of the source was counted meanwhile.
const ATTEMPTS: usize = 10;

/// What is counted of a source: one item for each, which forgets the day before.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Quota {
    source: Source,
    /// By UTC.
    day: Date,
    let_in: u32,
    /// How often it was written; 0 = never.
    version: u64,
}

impl Writer {
    /// Counts customers whom a source is about to let in. `false`, and nothing is counted, where they would be more than `maximum` on the
    /// day of `now`, by UTC.
    ///
    /// What is counted stays so, whatever becomes of the request: a source that is refused by Salesforce has asked all the same.
    ///
    /// # Errors
    /// [`CommitError`]: [`CommitError::Contended`] where other requests of the source are counted all the time.
    pub async fn count_let_in(
        &self,
        source: &Source,
        number: u32,
        maximum: u32,
        now: Timestamp,
    ) -> Result<bool, CommitError> {
        let (key, day) = (Key::quota(source), now.to_zoned(TimeZone::UTC).date());
        for _ in 0..ATTEMPTS {
            let known = self.reader.record::<Quota>(&key, ItemKind::Quota).await;
            let known = known.map_err(CommitError::unread)?;
            let version = known.as_ref().map_or(0, |it| it.version);
            // A clock that is behind counts on the day that others count on.
            let before = known.filter(|it| it.day >= day);
            let day = before.as_ref().map_or(day, |it| it.day);
            let let_in = before.map_or(0, |it| it.let_in).saturating_add(number);
            if let_in > maximum {
                return Ok(false);
            }
            let quota = Quota { source: source.clone(), day, let_in, version: version + 1 };
            match self.commit_record(key.clone(), &quota, version, &[]).await {
                Ok(()) => return Ok(true),
                Err(CommitError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Err(CommitError::Contended)
    }
}
