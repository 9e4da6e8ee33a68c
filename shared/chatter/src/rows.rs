//! The records that concern some customers, as they came.

use std::collections::{BTreeMap, BTreeSet};

use access::{Customer, Grant};
use salesforce::collaboration_group_member::{self, Member};
use salesforce::collaboration_invitation::{self, Concerning, Invitation, Status};
use salesforce::user::{self, User};
use salesforce::user_license::{self, CHATTER_EXTERNAL, UserLicense};
use salesforce::{Answers, Client, ClientError, Count, Disposition, Id, Reading, Ticket};

use crate::record;

/// The natural keys of some customers.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) addresses: Vec<String>,
    pub(crate) users: Vec<Id>,
    /// Invitations that were sent for their grants.
    pub(crate) invitations: Vec<Id>,
    /// The groups of their grants.
    pub(crate) groups: Vec<Id>,
}

impl Asked {
    pub(crate) fn of(customers: &[&Customer]) -> Self {
        let addresses: BTreeSet<String> =
            customers.iter().map(|it| it.email.as_str().to_owned()).collect();
        let users = customers.iter().flat_map(|it| &it.users).map(access::UserId::as_str);
        let grants = || customers.iter().flat_map(|it| it.grants.values());
        let invitations =
            grants().flat_map(access::Grant::known_invitations).map(access::InvitationId::as_str);
        let groups = grants().map(|it| it.group.id.as_str());
        Self {
            addresses: addresses.into_iter().collect(),
            users: ids(users),
            invitations: ids(invitations),
            groups: ids(groups),
        }
    }

    fn concerning(&self) -> Concerning<'_> {
        let Self { addresses, invitations, groups, .. } = self;
        Concerning { addresses, ids: invitations, parents: invitations, open_in: groups }
    }
}

fn ids<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<Id> {
    let distinct: BTreeSet<&str> = texts.collect();
    distinct.into_iter().filter_map(record::id_of).collect()
}

/// How many customers there are to be seen, and how many seats Salesforce says are taken. `None` where it cannot be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seats {
    pub(crate) seen: Option<u64>,
    pub(crate) used: Option<u64>,
}

/// Records by what they are looked up by. A record that several queries found is there once.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) users: BTreeMap<Id, User>,
    pub(crate) members: BTreeMap<Id, Member>,
    pub(crate) invitations: BTreeMap<Id, Invitation>,
    /// Invitations that somebody accepted under one of the addresses asked for.
    pub(crate) parents: BTreeMap<Id, Invitation>,
    /// Every customer in groups of which somebody accepted an invitation who cannot be told.
    pub(crate) crowds: BTreeMap<Id, Member>,
    /// Every customer who came since then and is in no group.
    pub(crate) loners: Vec<User>,
    pub(crate) seats: Seats,
    /// Groups of which nothing is shown, and which are not known to be deleted.
    pub(crate) hidden_groups: BTreeSet<Id>,
    /// Invitations that were sent, are not shown, and are not known to be deleted.
    pub(crate) hidden_invitations: BTreeSet<Id>,
}

impl Rows {
    /// Whether an invitation that was sent for a grant is shown and open.
    pub(crate) fn is_waiting(&self, grant: &Grant) -> bool {
        let ids = grant.known_invitations().filter_map(|it| record::id_of(it.as_str()));
        let mut rows = ids.filter_map(|id| self.invitations.get(&id));
        rows.any(|row| row.status == Status::Sent)
    }

    pub(crate) fn take_members(&mut self, rows: Vec<Member>) {
        self.members.extend(rows.into_iter().map(|row| (row.id.clone(), row)));
    }

    pub(crate) fn take_users(&mut self, rows: Vec<User>) {
        self.users.extend(rows.into_iter().map(|row| (row.id.clone(), row)));
    }

    pub(crate) fn take_invitations(&mut self, rows: Vec<Invitation>) {
        self.invitations.extend(rows.into_iter().map(|row| (row.id.clone(), row)));
    }

    /// The users whom a row names.
    pub(crate) fn user_ids(&self) -> Vec<Id> {
        self.users.keys().cloned().collect()
    }
}

/// The queries for all that concerns some customers.
pub(crate) struct Tickets {
    users: Ticket<User>,
    members: Ticket<Member>,
    invitations: Ticket<Invitation>,
    seats: Ticket<UserLicense>,
    seen: Ticket<Count>,
}

impl Tickets {
    pub(crate) fn add(reading: &mut Reading, asked: &Asked) -> Self {
        let Asked { addresses, users, .. } = asked;
        Self {
            users: reading.add(user::by_addresses_or_ids(addresses, users)),
            members: reading
                .add(collaboration_group_member::by_addresses_or_members(addresses, users)),
            invitations: reading.add(collaboration_invitation::concerning(asked.concerning())),
            seats: reading.add(user_license::chatter_external()),
            seen: reading.add(user::count_active_with_license(CHATTER_EXTERNAL)),
        }
    }

    pub(crate) async fn take(
        self,
        client: &Client,
        answers: &mut Answers,
    ) -> Result<Rows, ClientError> {
        let mut rows = Rows::default();
        rows.take_users(answers.take(self.users)?);
        rows.take_invitations(answers.take(self.invitations)?);
        match answers.take(self.members) {
            Ok(members) => rows.take_members(members),
            // That memberships can be asked for by what their user has is believed and nowhere stated.
            Err(error) if is_refused(&error) => {
                let query = collaboration_group_member::by_members(&rows.user_ids());
                rows.take_members(client.query(query).await?);
            }
            Err(error) => return Err(error),
        }
        let used = answers.take(self.seats).ok();
        let used = used.and_then(|licences| licences.first().map(|it| it.used_licenses));
        let seen = answers.take(self.seen).ok();
        let seen = seen.and_then(|counts| counts.first().map(|Count(seen)| *seen));
        rows.seats = Seats { seen, used };
        Ok(rows)
    }
}

/// The queries for what a request needs to know of its customers. Of an address that nobody in the org has, nobody is a member:
/// so memberships are asked for only when somebody was found.
pub(crate) struct Arriving {
    users: Ticket<User>,
    invitations: Ticket<Invitation>,
    seats: Ticket<UserLicense>,
    open: Ticket<Count>,
}

impl Arriving {
    pub(crate) fn add(reading: &mut Reading, asked: &Asked) -> Self {
        Self {
            users: reading.add(user::by_addresses_or_ids(&asked.addresses, &asked.users)),
            invitations: reading.add(collaboration_invitation::concerning(asked.concerning())),
            seats: reading.add(user_license::chatter_external()),
            open: reading.add(collaboration_invitation::count_open()),
        }
    }

    /// The records, the free seats, and how many invitations of the org are open. Seats need a permission of their own: unknown
    /// is not none, and Salesforce itself says when they are used up.
    pub(crate) async fn take(
        self,
        client: &Client,
        answers: &mut Answers,
    ) -> Result<(Rows, Option<u64>, Option<u64>), ClientError> {
        let mut rows = Rows::default();
        rows.take_users(answers.take(self.users)?);
        rows.take_invitations(answers.take(self.invitations)?);
        let seats = answers.take(self.seats).unwrap_or_default();
        let open = answers.take(self.open).ok();
        let query = collaboration_group_member::by_members(&rows.user_ids());
        rows.take_members(client.query(query).await?);
        let free = seats.first().map(UserLicense::free);
        Ok((rows, free, open.and_then(|counts| counts.first().map(|Count(open)| *open))))
    }
}

/// Whether Salesforce refuses the question itself, whoever asks and whenever.
pub(crate) fn is_refused(error: &ClientError) -> bool {
    matches!(error, ClientError::Refused { .. })
        && matches!(error.disposition(), Disposition::Never | Disposition::Human)
}
