//! Seats: active, inactive, frozen. In calls of their own, since a user is a setup object (mixed DML).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use access::Step;
use salesforce::{Id, WriteError, Written, user, user_login};

use crate::act::Writer;
use crate::record;
use crate::results::{Results, Wanted, note, note_sent};
use crate::words::{NotDone, Task};

impl Writer {
    /// Activates, and lets those sign in again who were frozen.
    pub(crate) async fn reactivate(&self, tasks: &[Task], results: &mut Results) {
        let mut wanted = Wanted::new();
        for (index, task) in tasks.iter().enumerate() {
            if let Step::Reactivate { user } = &task.step
                && let Some(id) = record::id_of(user.as_str())
            {
                wanted.entry(id).or_default().push(index);
            }
        }
        if wanted.is_empty() {
            return;
        }
        let ids: Vec<Id> = wanted.keys().cloned().collect();
        let changes: Vec<(Id, bool)> = ids.iter().map(|id| (id.clone(), true)).collect();
        let activated = self.client.set_active(&changes).await;
        // A user whom a refused deactivation has left frozen could not sign in although active. Who is not known to
        // be active stays frozen, since that alone may keep them out. What refuses deactivation may refuse every change.
        let is_refused =
            |answer: &Written<()>| answer.result.as_ref().is_err_and(WriteError::is_refusal);
        let refused = ids.iter().zip(&activated).filter(|(_, answer)| is_refused(answer));
        let refused: Vec<Id> = refused.map(|(id, _)| id.clone()).collect();
        let active_already = self.active_of(&refused).await;
        let is_active =
            |id: &Id, answer: &Written<()>| answer.result.is_ok() || active_already.contains(id);
        let active = ids.iter().zip(&activated).filter(|(id, answer)| is_active(id, answer));
        let active: Vec<Id> = active.map(|(id, _)| id.clone()).collect();
        let mut unfrozen = self.freeze(&active, false).await;
        for ((id, indices), answer) in wanted.into_iter().zip(activated) {
            if is_active(&id, &answer) {
                let unfrozen = unfrozen.remove(&id).unwrap_or(clear(Ok(())));
                let was_unclear = answer.was_unclear || unfrozen.was_unclear;
                let both = Written { result: unfrozen.result.map(|()| None), was_unclear };
                note_sent(tasks, results, &indices, &both);
                note_woken(results, &indices, answer.result.is_ok());
            } else {
                note(tasks, results, &indices, &answer.map(|()| None));
            }
        }
    }

    /// Those of these users who are seen to be active.
    async fn active_of(&self, users: &[Id]) -> BTreeSet<Id> {
        if users.is_empty() {
            return BTreeSet::new();
        }
        let mut reading = self.client.reading();
        let ticket = reading.add(user::by_ids(users));
        let rows = reading.send().await.and_then(|mut answers| answers.take(ticket));
        let active = rows.unwrap_or_default().into_iter().filter(|row| row.is_active);
        active.map(|row| row.id).collect()
    }

    /// Deactivates, in calls of their own (mixed DML), and freezes those whom Salesforce refuses to deactivate.
    pub(crate) async fn deactivate(&self, tasks: &[Task], results: &mut Results) {
        let mut wanted: Wanted<Id> = Wanted::new();
        for (index, task) in tasks.iter().enumerate() {
            if let Step::Deactivate { user } = &task.step
                && let Some(id) = record::id_of(user.as_str())
            {
                wanted.entry(id).or_default().push(index);
            }
        }
        let changes: Vec<(Id, bool)> = wanted.keys().map(|id| (id.clone(), false)).collect();
        let answers = self.client.set_active(&changes).await;
        let mut refused = Vec::new();
        for ((id, indices), answer) in wanted.into_iter().zip(answers) {
            let is_refused = answer.result.as_ref().is_err_and(WriteError::is_refusal);
            note(tasks, results, &indices, &answer.map(|()| None));
            if is_refused {
                refused.push((id, indices));
            }
        }
        if refused.is_empty() {
            return;
        }
        let ids: Vec<Id> = refused.iter().map(|(id, _)| id.clone()).collect();
        let answers = self.freeze(&ids, true).await;
        for (id, indices) in refused {
            let (Some(user), Some(answer)) = (record::user_id(&id), answers.get(&id)) else {
                continue;
            };
            for index in indices {
                if let Some(Err(NotDone::Failed { frozen, not_frozen, was_unclear, .. })) =
                    results.get_mut(&index)
                {
                    let step = Step::Deactivate { user: user.clone() };
                    let failure = |error| Box::new(record::failure(&step, error));
                    *not_frozen = answer.result.as_ref().err().map(failure);
                    *frozen = answer.result.is_ok().then(|| user.clone());
                    *was_unclear |= answer.was_unclear;
                }
            }
        }
    }

    /// Freezes or unfreezes users. Those without a `UserLogin` row are not in the answer.
    async fn freeze(&self, users: &[Id], is_frozen: bool) -> BTreeMap<Id, Written<()>> {
        if users.is_empty() {
            return BTreeMap::new();
        }
        let mut reading = self.client.reading();
        let ticket = reading.add(user_login::by_users(users));
        let rows = match reading.send().await.and_then(|mut answers| answers.take(ticket)) {
            Ok(rows) => rows,
            Err(error) => {
                // Whatever became of the reading, nothing was sent that changes anything.
                let error = WriteError::NotSent(Arc::new(error));
                let unread = |user: &Id| (user.clone(), clear(Err(error.clone())));
                return users.iter().map(unread).collect();
            }
        };
        let (done, open): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|row| row.is_frozen == is_frozen);
        let changes: Vec<(Id, bool)> = open.iter().map(|row| (row.id.clone(), is_frozen)).collect();
        let answers = self.client.set_frozen(&changes).await;
        let just_now = open.into_iter().map(|row| row.user_id).zip(answers);
        done.into_iter().map(|row| (row.user_id, clear(Ok(())))).chain(just_now).collect()
    }
}

/// Notes whether a user was made active, where the step failed after that.
fn note_woken(results: &mut Results, indices: &[usize], so: bool) {
    for index in indices {
        if let Some(Err(NotDone::Failed { is_woken, .. })) = results.get_mut(index) {
            *is_woken = so;
        }
    }
}

fn clear(result: Result<(), WriteError>) -> Written<()> {
    Written { result, was_unclear: false }
}
