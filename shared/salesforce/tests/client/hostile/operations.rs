//! Everything that a client can do, and what its failures say.

use proptest::prelude::*;
use salesforce::collaboration_group::NewGroup;
use salesforce::collaboration_group_member::{self as member, NewMember, Role};
use salesforce::collaboration_invitation::{self as invitation, NewInvitation};
use salesforce::{
    Client, WriteError, Written, collaboration_group, user, user_license, user_login,
};

use crate::server::{chain, id};

/// An address and a name, to be found in no text.
pub(super) const ADDRESS: &str = "ana@acme.example";
pub(super) const GROUP: &str = "Acme rollout";

/// What a client is made to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    SignIn,
    Query,
    Read,
    Limits,
    Settings,
    MayInvite,
    CreateGroup,
    AllowCustomers,
    Invite(usize),
    Add(usize),
    SetActive(usize),
    Remove(usize),
}

/// What came of it: what its failures say, and how many results there were for how many records.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) said: Vec<String>,
    pub(super) counts: Option<(usize, usize)>,
}

pub(super) fn any_operation() -> impl Strategy<Value = Operation> {
    use Operation::{
        Add, AllowCustomers, CreateGroup, Invite, Limits, MayInvite, Query, Read, Remove,
        SetActive, Settings, SignIn,
    };
    let count = || prop_oneof![8 => 0..4_usize, 1 => Just(201_usize), 1 => Just(401_usize)];
    prop_oneof![
        1 => Just(SignIn),
        2 => Just(Query),
        3 => Just(Read),
        1 => Just(Limits),
        1 => Just(Settings),
        1 => Just(MayInvite),
        2 => Just(CreateGroup),
        1 => Just(AllowCustomers),
        1 => count().prop_map(Invite),
        1 => count().prop_map(Add),
        2 => count().prop_map(SetActive),
        2 => count().prop_map(Remove),
    ]
}

impl Operation {
    pub(super) async fn run(self, client: &Client) -> Outcome {
        let group = id("0F9", 1);
        match self {
            Self::SignIn => failed([client.sign_in().await.err(), client.identity().await.err()]),
            Self::Query => {
                failed([client.query(user::by_addresses_or_ids(&[ADDRESS], &[])).await.err()])
            }
            Self::Read => read(client).await,
            Self::Limits => failed([client.limits().await.err()]),
            Self::Settings => failed([client.settings().await.err()]),
            Self::MayInvite => {
                client.may_invite_customers().await;
                Outcome::default()
            }
            Self::CreateGroup => {
                let new = NewGroup { name: GROUP, description: Some(GROUP), ..NewGroup::default() };
                failed([client.create_private_group(&new).await.err()])
            }
            Self::AllowCustomers => failed([client.allow_customers(&group).await.err()]),
            Self::Invite(count) => {
                let one = NewInvitation { address: ADDRESS, message: Some(GROUP) };
                written(count, client.create_invitations(&group, &vec![one; count]).await)
            }
            Self::Add(count) => {
                let add = |number| NewMember {
                    group: group.clone(),
                    user: id("005", number),
                    role: Role::Standard,
                };
                written(count, client.add_members(&(0..count).map(add).collect::<Vec<_>>()).await)
            }
            Self::SetActive(count) => {
                let users: Vec<_> = (0..count).map(|number| (id("005", number), false)).collect();
                written(count, client.set_active(&users).await)
            }
            Self::Remove(count) => {
                let members: Vec<_> = (0..count).map(|number| id("0FB", number)).collect();
                written(count, client.delete_members(&members).await)
            }
        }
    }
}

/// Seven queries, in two calls.
async fn read(client: &Client) -> Outcome {
    let ids = [id("005", 1), id("005", 2)];
    let mut reading = client.reading();
    let groups = reading.add(collaboration_group::by_names(&[GROUP]));
    let users =
        [reading.add(user::by_addresses_or_ids(&[ADDRESS], &[])), reading.add(user::by_ids(&ids))];
    let members = reading.add(member::by_addresses_or_members(&[ADDRESS], &[]));
    let invitations = reading.add(invitation::by_addresses(&[ADDRESS]));
    let seats = reading.add(user_license::chatter_external());
    let logins = reading.add(user_login::by_users(&ids));
    let mut answers = match reading.send().await {
        Ok(answers) => answers,
        Err(error) => return failed([Some(error)]),
    };
    let seats =
        answers.take(seats).map(|rows| rows.iter().map(user_license::UserLicense::free).max());
    let mut outcome = failed([
        answers.take(groups).err(),
        answers.take(members).err(),
        answers.take(invitations).err(),
        seats.err(),
        answers.take(logins).err(),
    ]);
    outcome.said.extend(failed(users.map(|ticket| answers.take(ticket).err())).said);
    outcome
}

fn failed<E: std::error::Error>(errors: impl IntoIterator<Item = Option<E>>) -> Outcome {
    let said = errors.into_iter().flatten().map(|error| format!("{} {error:?}", chain(&error)));
    Outcome { said: said.collect(), counts: None }
}

fn written<T>(records: usize, written: Vec<Written<T>>) -> Outcome {
    let is_open = |it: &Written<T>| it.result.as_ref().is_err_and(WriteError::is_ambiguous);
    assert!(written.iter().all(|it| it.was_unclear || !is_open(it)), "open, and yet clear");
    let counts = Some((records, written.len()));
    Outcome { counts, ..failed(written.into_iter().map(|it| it.result.err())) }
}
