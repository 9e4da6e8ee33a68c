//! What became of tasks, some of which ask for the same.

use std::collections::BTreeMap;

use salesforce::{ClientError, WriteError};

use crate::record;
use crate::words::{Done, NotDone, Task};

/// What became of the tasks so far, by their position.
pub(crate) type Results = BTreeMap<usize, Result<Done, NotDone>>;

/// Tasks of one kind that ask for the same, by what they ask for.
pub(crate) type Wanted<K> = BTreeMap<K, Vec<usize>>;

/// Notes the answer for every task that asked for the same.
pub(crate) fn note(
    tasks: &[Task],
    results: &mut Results,
    indices: &[usize],
    answer: Result<&Done, &WriteError>,
) {
    for index in indices {
        let Some(task) = tasks.get(*index) else { continue };
        let result = match answer {
            Ok(done) => Ok(done.clone()),
            Err(WriteError::NotSent(error)) if matches!(**error, ClientError::OutOfTime(None)) => {
                Err(NotDone::Deferred)
            }
            Err(error) => {
                let failure = record::failure(&task.step, error);
                Err(NotDone::Failed { failure, frozen: None, not_frozen: None })
            }
        };
        results.insert(*index, result);
    }
}
