//! What became of tasks, some of which ask for the same.

use std::collections::BTreeMap;

use access::InvitationId;
use salesforce::{ClientError, WriteError, Written};

use crate::record;
use crate::words::{Done, NotDone, Task};

/// What became of the tasks so far, by their position.
pub(crate) type Results = BTreeMap<usize, Result<Done, NotDone>>;

/// Tasks of one kind that ask for the same, by what they ask for.
pub(crate) type Wanted<K> = BTreeMap<K, Vec<usize>>;

/// Notes what was written, with the invitation if one was created, for every task that asked for the same.
pub(crate) fn note(
    tasks: &[Task],
    results: &mut Results,
    indices: &[usize],
    written: &Written<Option<InvitationId>>,
) {
    if !written.was_unclear && written.result.as_ref().is_err_and(is_late) {
        results.extend(indices.iter().map(|index| (*index, Err(NotDone::Deferred))));
    } else {
        note_sent(tasks, results, indices, written);
    }
}

/// As [`note`], where something was sent for the tasks before: what there was no time left for is a failure then.
pub(crate) fn note_sent(
    tasks: &[Task],
    results: &mut Results,
    indices: &[usize],
    written: &Written<Option<InvitationId>>,
) {
    let was_unclear = written.was_unclear;
    for index in indices {
        let Some(task) = tasks.get(*index) else { continue };
        let result = match &written.result {
            Ok(invitation) => Ok(Done { invitation: invitation.clone(), was_unclear }),
            Err(error) => {
                let failure = record::failure(&task.step, error);
                let (frozen, not_frozen, is_woken) = (None, None, false);
                Err(NotDone::Failed { failure, frozen, not_frozen, is_woken, was_unclear })
            }
        };
        results.insert(*index, result);
    }
}

/// Whether no time was left even to begin.
fn is_late(error: &WriteError) -> bool {
    match error {
        WriteError::NotSent(error) => matches!(**error, ClientError::OutOfTime(None)),
        WriteError::Refused(_) | WriteError::Ambiguous(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use access::{Email, GrantId, GroupId, Role, Step, UserId};

    use super::*;

    #[test]
    fn only_what_was_surely_not_sent_is_deferred() {
        let user = UserId::parse("005000000000001AAA").unwrap();
        let tasks = [Task {
            grant: GrantId::from_random(1),
            step: Step::Reactivate { user },
            group: GroupId::parse("0F9000000000001AAA").unwrap(),
            email: Email::parse("ana@acme.example").unwrap(),
            role: Role::Member,
            message: None,
        }];
        let late = |was_unclear| {
            let error = WriteError::NotSent(Arc::new(ClientError::OutOfTime(None)));
            Written { result: Err(error), was_unclear }
        };
        let mut results = Results::new();
        let mut noted = |note: fn(&[Task], &mut Results, &[usize], &Written<_>), written| {
            note(&tasks, &mut results, &[0], &written);
            match results.remove(&0) {
                Some(Err(NotDone::Failed { failure, was_unclear, .. })) => {
                    Some((failure.code, was_unclear))
                }
                Some(Err(NotDone::Deferred)) => None,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(noted(note, late(false)), None);
        let failed = |was_unclear| Some(("OUT_OF_TIME".to_owned(), was_unclear));
        assert_eq!(noted(note, late(true)), failed(true), "an earlier attempt is open");
        assert_eq!(noted(note_sent, late(false)), failed(false), "another request was answered");
    }
}
