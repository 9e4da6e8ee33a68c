//! Carrying steps out: each kind in as few calls as possible, memberships first, seats second.

use std::collections::BTreeMap;

use access::{GroupId, Role, Step, UserId, has_many_spellings, spellings, sure_parts};
use salesforce::collaboration_group::{
    CreateGroupError, Group as GroupRecord, NewGroup as NewRecord,
};
use salesforce::collaboration_group_member::NewMember;
use salesforce::collaboration_invitation::NewInvitation;
use salesforce::{
    Client, ClientError, Disposition, Error, Id, Query, Written, collaboration_group,
};

use crate::group::{CREATED_GROUP_INFORMATION, CREATED_GROUP_TITLE};
use crate::record;
use crate::results::{Results, Wanted, note};
use crate::words::{Done, GroupError, NewGroup, NotDone, ObservedGroup, Places, Task};

/// Writes to Chatter in one Salesforce org. Every step may be repeated.
#[derive(Clone, Debug)]
pub struct Writer {
    pub(crate) client: Client,
}

impl Writer {
    /// Writes through a client; its deadline and its count of calls are the client's.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Creates a private group that allows customers, with a text that tells its members so. Says whether it did.
    ///
    /// Finds the group instead where there is one in another spelling, or where somebody else has created it meanwhile.
    ///
    /// # Errors
    /// [`GroupError`].
    pub async fn create_group(
        &self,
        group: &NewGroup,
    ) -> Result<(ObservedGroup, bool), GroupError> {
        if let Some(found) = self.group_in_another_spelling(&group.name).await? {
            return Ok((found, false));
        }
        let record = NewRecord {
            name: &group.name,
            description: group.description.as_deref(),
            information_title: Some(CREATED_GROUP_TITLE),
            information_body: Some(CREATED_GROUP_INFORMATION),
        };
        let created = match self.client.create_private_group(&record).await {
            Ok(_) => true,
            // Somebody else was faster, or an earlier attempt of ours arrived after all: names are unique.
            Err(Error::Service(CreateGroupError::DuplicateName)) => false,
            Err(Error::Client(error)) if error.is_ambiguous() => false,
            Err(Error::Client(error)) => return Err(group_error(&error)),
        };
        let found = self.groups(collaboration_group::by_names(&spellings(&group.name))).await?;
        record::meant(&found, &group.name)?
            .map(|group| (group, created))
            .ok_or(GroupError::Unavailable)
    }

    /// A group whose name is no likely spelling of this one, and yet the same. Whether Salesforce finds letters outside ASCII in another
    /// case or normal form is stated nowhere, so it is asked for the groups that have the rest of the name, which takes a call for 2,000
    /// of them: only where a group would be made otherwise.
    async fn group_in_another_spelling(
        &self,
        name: &str,
    ) -> Result<Option<ObservedGroup>, GroupError> {
        if !has_many_spellings(name) {
            return Ok(None);
        }
        let alike = self.groups(collaboration_group::by_parts_of_name(&sure_parts(name))).await?;
        Ok(record::meant(&alike, name)?)
    }

    async fn groups(&self, query: Query<GroupRecord>) -> Result<Vec<GroupRecord>, GroupError> {
        let mut reading = self.client.reading();
        let ticket = reading.add(query);
        let mut answers = reading.send().await.map_err(|error| group_error(&error))?;
        answers.take(ticket).map_err(|error| group_error(&error))
    }

    /// Turns *Allow Customers* on, which cannot be undone.
    ///
    /// # Errors
    /// [`GroupError`].
    pub async fn allow_customers(&self, group: &GroupId) -> Result<(), GroupError> {
        let Some(id) = record::id_of(group.as_str()) else { return Ok(()) };
        self.client.allow_customers(&id).await.map_err(|error| group_error(&error))
    }

    /// Carries out steps and says what became of each, in the order of `tasks`.
    ///
    /// The same step for several grants is done once. Memberships and invitations go first, seats second.
    pub async fn carry_out(&self, tasks: &[Task], places: &Places) -> Vec<Result<Done, NotDone>> {
        let mut results = Results::new();
        self.cancel_invitations(tasks, &mut results).await;
        self.remove_members(tasks, places, &mut results).await;
        self.reactivate(tasks, &mut results).await;
        hinder_dependents(tasks, &mut results);
        self.invite(tasks, &mut results).await;
        self.add_members(tasks, &mut results).await;
        self.change_roles(tasks, places, &mut results).await;
        self.deactivate(tasks, &mut results).await;
        let untried = || Err(NotDone::Deferred);
        (0..tasks.len()).map(|index| results.remove(&index).unwrap_or_else(untried)).collect()
    }
}

impl Writer {
    async fn cancel_invitations(&self, tasks: &[Task], results: &mut Results) {
        let mut wanted = Wanted::new();
        for (index, task) in tasks.iter().enumerate() {
            if let Step::CancelInvitation { invitation } = &task.step
                && let Some(id) = record::id_of(invitation.as_str())
            {
                wanted.entry(id).or_default().push(index);
            }
        }
        let ids: Vec<Id> = wanted.keys().cloned().collect();
        let answers = self.client.cancel_invitations(&ids).await;
        for (indices, answer) in wanted.into_values().zip(answers) {
            note(tasks, results, &indices, &answer.map(|_| None));
        }
    }

    async fn remove_members(&self, tasks: &[Task], places: &Places, results: &mut Results) {
        let mut wanted = Wanted::new();
        for (index, task) in tasks.iter().enumerate() {
            if let Step::RemoveMember { user } = &task.step
                && let Some(id) = places.0.get(&(task.group.clone(), user.clone()))
            {
                wanted.entry(id.clone()).or_default().push(index);
            }
        }
        let ids: Vec<Id> = wanted.keys().cloned().collect();
        let answers = self.client.delete_members(&ids).await;
        for (indices, answer) in wanted.into_values().zip(answers) {
            note(tasks, results, &indices, &answer.map(|_| None));
        }
    }

    /// Sends the invitations; the same address and group is never sent twice, whoever asks for it.
    async fn invite(&self, tasks: &[Task], results: &mut Results) {
        let mut wanted: BTreeMap<&GroupId, Wanted<&str>> = BTreeMap::new();
        for (index, task) in tasks.iter().enumerate() {
            if task.step == Step::Invite {
                let addresses = wanted.entry(&task.group).or_default();
                addresses.entry(task.email.as_str()).or_default().push(index);
            }
        }
        for (group, addresses) in wanted {
            let Some(group) = record::id_of(group.as_str()) else { continue };
            let message = |indices: &[usize]| {
                let first = indices.first().and_then(|index| tasks.get(*index));
                first.and_then(|task| task.message.as_deref())
            };
            let invitations: Vec<NewInvitation<'_>> = addresses
                .iter()
                .map(|(address, indices)| NewInvitation { address, message: message(indices) })
                .collect();
            let answers = self.client.create_invitations(&group, &invitations).await;
            for (indices, answer) in addresses.into_values().zip(answers) {
                let answer = answer.map(|id| record::invitation_id(&id));
                note(tasks, results, &indices, &answer);
            }
        }
    }

    async fn add_members(&self, tasks: &[Task], results: &mut Results) {
        let mut wanted: Wanted<(&GroupId, &UserId)> = Wanted::new();
        for (index, task) in tasks.iter().enumerate() {
            if let Step::AddMember { user } = &task.step
                && !results.contains_key(&index)
            {
                wanted.entry((&task.group, user)).or_default().push(index);
            }
        }
        let members: Vec<NewMember> = wanted
            .iter()
            .filter_map(|((group, user), indices)| {
                let roles = indices.iter().filter_map(|index| tasks.get(*index)).map(|it| it.role);
                Some(NewMember {
                    group: record::id_of(group.as_str())?,
                    user: record::id_of(user.as_str())?,
                    role: record::collaboration_role(roles.max()?),
                })
            })
            .collect();
        let answers = self.client.add_members(&members).await;
        for (indices, answer) in wanted.into_values().zip(answers) {
            let Written { result, was_unclear } = answer.map(|_| None);
            let result = match result {
                // Somebody put the customer in meanwhile, or an earlier attempt arrived after all.
                Err(error) if error.code() == "DUPLICATE_VALUE" => Ok(None),
                result => result,
            };
            note(tasks, results, &indices, &Written { result, was_unclear });
        }
    }

    async fn change_roles(&self, tasks: &[Task], places: &Places, results: &mut Results) {
        let mut wanted: Wanted<Id> = Wanted::new();
        let mut roles = BTreeMap::new();
        for (index, task) in tasks.iter().enumerate() {
            let (user, role) = match &task.step {
                _ if results.contains_key(&index) => continue,
                Step::Promote { user } => (user, Role::Manager),
                Step::Demote { user } => (user, Role::Member),
                Step::Invite
                | Step::Reactivate { .. }
                | Step::AddMember { .. }
                | Step::CancelInvitation { .. }
                | Step::RemoveMember { .. }
                | Step::Deactivate { .. } => continue,
            };
            if let Some(id) = places.0.get(&(task.group.clone(), user.clone())) {
                wanted.entry(id.clone()).or_default().push(index);
                roles.insert(id.clone(), record::collaboration_role(role));
            }
        }
        let changes: Vec<_> = roles.into_iter().collect();
        let answers = self.client.change_roles(&changes).await;
        for (indices, answer) in wanted.into_values().zip(answers) {
            note(tasks, results, &indices, &answer.map(|()| None));
        }
    }
}

/// Who could not be made active gets no place and no role either: it would come back to life with the user, without
/// anybody's grant.
fn hinder_dependents(tasks: &[Task], results: &mut Results) {
    let mut hindered: BTreeMap<&UserId, NotDone> = BTreeMap::new();
    for (index, task) in tasks.iter().enumerate() {
        if let (Step::Reactivate { user }, Some(Err(not_done))) = (&task.step, results.get(&index))
        {
            let mut not_done = not_done.clone();
            // Nothing is sent for those who are hindered.
            if let NotDone::Failed { was_unclear, .. } = &mut not_done {
                *was_unclear = false;
            }
            hindered.insert(user, not_done);
        }
    }
    for (index, task) in tasks.iter().enumerate() {
        let is_dependent = matches!(
            task.step,
            Step::AddMember { .. } | Step::Promote { .. } | Step::Demote { .. }
        );
        let not_done = task.step.user().filter(|_| is_dependent).and_then(|it| hindered.get(it));
        if let Some(not_done) = not_done {
            results.insert(index, Err(not_done.clone()));
        }
    }
}

fn group_error(error: &ClientError) -> GroupError {
    if let Some(lasting) = error.not_ready().filter(|_| error.is_of_the_org()) {
        return GroupError::NotReady(lasting);
    }
    let is_final = matches!(error.disposition(), Disposition::Human | Disposition::Never);
    let is_sign_in = matches!(error, ClientError::SignIn(_));
    if !is_final || is_sign_in || error.is_ambiguous() {
        return GroupError::Unavailable;
    }
    let message = error.refusal().map_or_else(|| error.to_string(), |it| it.message.clone());
    GroupError::Refused { code: error.code().into_owned(), message }
}

#[cfg(test)]
mod tests {
    use access::{Email, Failure, GrantId, GroupId, Role, Step, UserId};

    use super::hinder_dependents;
    use crate::results::Results;
    use crate::words::{Done, NotDone, Task};

    #[test]
    fn who_could_not_be_made_active_gets_no_place_and_others_do() {
        let [ana, bo, cy] = ["005000000000001AAA", "005000000000002AAA", "005000000000003AAA"]
            .map(|id| UserId::parse(id).unwrap());
        let steps = [
            Step::Reactivate { user: ana.clone() },
            Step::AddMember { user: ana.clone() },
            Step::Promote { user: ana.clone() },
            Step::Deactivate { user: ana.clone() },
            Step::Reactivate { user: bo.clone() },
            Step::AddMember { user: bo },
            Step::Reactivate { user: cy.clone() },
            Step::Demote { user: cy },
        ];
        let failed = |index: usize| {
            let (step, code) = (steps[index].clone(), "LICENSE_LIMIT_EXCEEDED".to_owned());
            let failure = Failure { step, code, message: String::new(), is_refusal: true };
            let (frozen, not_frozen, is_woken) = (None, None, false);
            NotDone::Failed { failure, frozen, not_frozen, is_woken, was_unclear: false }
        };
        let mut results: Results =
            [(0, Err(failed(0))), (4, Ok(Done::default())), (6, Err(NotDone::Deferred))].into();
        hinder_dependents(&steps.clone().map(task), &mut results);
        assert_eq!(results.keys().copied().collect::<Vec<_>>(), [0, 1, 2, 4, 6, 7]);
        for dependent in [1, 2] {
            assert_eq!(results[&dependent], Err(failed(0)), "it is the user who is refused");
        }
        assert_eq!(results[&7], Err(NotDone::Deferred));
    }

    fn task(step: Step) -> Task {
        Task {
            grant: GrantId::from_random(1),
            step,
            group: GroupId::parse("0F9000000000001AAA").unwrap(),
            email: Email::parse("ana@acme.example").unwrap(),
            role: Role::Member,
            message: None,
        }
    }
}
