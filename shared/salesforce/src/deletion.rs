//! Whether a record that no query shows was deleted.

use std::collections::BTreeSet;

use crate::composite::Part;
use crate::request::Request;
use crate::{Client, ClientError, Disposition, ErrorCode, Id};

/// Records in one composite call. Salesforce takes 25 parts, and counts only queries and collections to less.
const RECORDS: usize = 25;

impl Client {
    /// Those of these records of which Salesforce says in so many words that they were deleted (`ENTITY_IS_DELETED`). Any other answer
    /// says nothing: a record that the caller may not see is *not found* as well.
    pub(crate) async fn deleted(
        &self,
        object: &'static str,
        ids: &[Id],
    ) -> Result<BTreeSet<Id>, ClientError> {
        let path = |id: &Id| self.path(&format!("sobjects/{object}/{id}?fields=Id"));
        if let [only] = ids {
            let answer = self.send(&Request::get(path(only))).await;
            return match answer {
                Ok(_) => Ok(BTreeSet::new()),
                Err(error) if is_deleted(&error) => Ok(BTreeSet::from([only.clone()])),
                Err(error) if is_no_answer(&error) => Ok(BTreeSet::new()),
                Err(error) => Err(error),
            };
        }
        let mut deleted = BTreeSet::new();
        for chunk in ids.chunks(RECORDS) {
            let part = |id| Part { method: "GET", path: path(id), body: None };
            let answers = self.composite("composite", chunk.iter().map(part).collect()).await?;
            let gone = chunk.iter().zip(answers);
            let gone = gone.filter(|(_, answer)| answer.as_ref().is_err_and(is_deleted));
            deleted.extend(gone.map(|(id, _)| id.clone()));
        }
        Ok(deleted)
    }
}

/// Whether Salesforce says, for good, that it does not give the record.
fn is_no_answer(error: &ClientError) -> bool {
    matches!(error, ClientError::Refused { .. } | ClientError::Status { .. })
        && matches!(error.disposition(), Disposition::Never | Disposition::Human)
        && !error.is_of_the_org()
}

fn is_deleted(error: &ClientError) -> bool {
    error.refusal().is_some_and(|error| error.code == ErrorCode::EntityIsDeleted)
}
