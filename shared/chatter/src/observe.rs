//! Reading customers and groups.

use std::collections::{BTreeMap, BTreeSet};

use access::{
    Completeness, Customer, Email, Invitation, Member, Observed, OrgFacts, State, UserId,
};
use salesforce::collaboration_group_member;
use salesforce::{
    Client, ClientError, Disposition, Id, collaboration_group, collaboration_invitation, user,
    user_license,
};

use crate::port::{Arrivals, GroupName, Observe, Places, Sightings, Unavailable};
use crate::record;

/// How many customers are read together: what five composite calls hold, with room for a second page.
const CUSTOMERS: usize = 1_000;

/// How often one reading goes on in halves: enough to find a few records among a thousand that are not understood, and
/// few enough calls where none is.
const SPLITS: u32 = 40;

/// Chatter in one Salesforce org.
#[derive(Clone, Debug)]
pub struct Chatter {
    pub(crate) client: Client,
}

impl Chatter {
    /// Chatter behind a client; its deadline and its count of calls are the client's.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// API requests used and allowed in 24 hours, as the last answer said.
    #[must_use]
    pub fn allowance(&self) -> Option<(u64, u64)> {
        self.client.usage().api_usage
    }

    async fn read(&self, customers: &[&Customer]) -> Result<Sightings, ClientError> {
        let asked = Asked::of(customers);
        let mut reading = self.client.reading();
        let tickets = Tickets::add(&mut reading, &asked);
        let mut answers = reading.send().await?;
        let mut rows = tickets.take(&mut answers)?;
        self.follow_parents(&asked, &mut rows).await?;
        Ok(sightings(customers, &rows))
    }

    /// Reads those who accepted under another address, whom no query by the invited address finds, and the addresses under
    /// which those were invited who accepted under one of these.
    async fn follow_parents(&self, asked: &Asked, rows: &mut Rows) -> Result<(), ClientError> {
        let known: BTreeSet<&str> = asked.addresses.iter().map(String::as_str).collect();
        let children = || rows.invitations.iter().filter(|row| row.parent_id.is_some());
        let is_known = |row: &&Row| known.contains(address_of(row).as_str());
        let others: BTreeSet<String> =
            children().filter(|row| !is_known(row)).map(address_of).collect();
        let parents: BTreeSet<Id> =
            children().filter(is_known).filter_map(|row| row.parent_id.clone()).collect();
        if others.is_empty() && parents.is_empty() {
            return Ok(());
        }
        let others: Vec<String> = others.into_iter().collect();
        let parents: Vec<Id> = parents.into_iter().collect();
        let mut reading = self.client.reading();
        let users = reading.add(user::by_addresses(&others));
        let members = reading.add(collaboration_group_member::by_addresses(&others));
        let invited = reading.add(collaboration_invitation::by_ids(&parents));
        let mut answers = reading.send().await?;
        rows.users.extend(answers.take(users)?);
        rows.members.extend(answers.take(members)?);
        rows.parents.extend(answers.take(invited)?);
        Ok(())
    }
}

impl Observe for Chatter {
    async fn customers(&self, customers: &[&Customer]) -> Result<Sightings, Unavailable> {
        let mut all = Sightings::default();
        let mut chunks: Vec<&[&Customer]> = customers.chunks(CUSTOMERS).collect();
        let mut splits = SPLITS;
        while let Some(chunk) = chunks.pop() {
            match self.read(chunk).await {
                Ok(Sightings { observed, places }) => {
                    all.observed.extend(observed);
                    all.places.0.extend(places.0);
                }
                // One record that is not understood must not hide all the others that were read with it.
                Err(ClientError::Unexpected { what }) if chunk.len() > 1 && splits > 0 => {
                    tracing::warn!(what, customers = chunk.len(), "read in two halves");
                    splits -= 1;
                    let (first, second) = chunk.split_at(chunk.len() / 2);
                    chunks.extend([first, second]);
                }
                Err(error) => match Unavailable::of(error) {
                    // One part that could not be read proves nothing about its customers, and stops no others.
                    Unavailable::NoAnswer(error) => {
                        tracing::warn!(error = %error, customers = chunk.len(), "not read");
                        let unread = chunk.iter().map(|it| (it.email.clone(), Observed::default()));
                        all.observed.extend(unread);
                    }
                    fatal @ (Unavailable::SignInRefused(_)
                    | Unavailable::AllowanceUsed
                    | Unavailable::OutOfTime) => return Err(fatal),
                },
            }
        }
        Ok(all)
    }

    async fn arrivals(
        &self,
        group: &GroupName,
        customers: &[&Customer],
    ) -> Result<Arrivals, Unavailable> {
        let asked = Asked::of(customers);
        let mut reading = self.client.reading();
        let groups = reading.add(match group {
            GroupName::Name(name) => collaboration_group::by_name(name),
            GroupName::Id(id) => {
                let ids: Vec<Id> = record::id_of(id.as_str()).into_iter().collect();
                collaboration_group::by_ids(&ids)
            }
        });
        let seats = reading.add(user_license::chatter_external());
        let tickets = Tickets::add(&mut reading, &asked);
        let mut answers = reading.send().await.map_err(Unavailable::of)?;
        let groups = answers.take(groups).map_err(Unavailable::of)?;
        // Seats need a permission of their own. Unknown is not none: Salesforce itself says when they are used up.
        let seats = answers.take(seats).unwrap_or_default();
        let mut rows = tickets.take(&mut answers).map_err(Unavailable::of)?;
        self.follow_parents(&asked, &mut rows).await.map_err(Unavailable::of)?;
        let is_meant = |row: &&collaboration_group::Group| match group {
            GroupName::Name(name) => row.is_named(name),
            GroupName::Id(_) => true,
        };
        let group =
            record::meant(groups.iter().filter(is_meant).filter_map(record::observed_group));
        let free_seats = seats.first().map(user_license::UserLicense::free);
        Ok(Arrivals { group, free_seats, sightings: sightings(customers, &rows) })
    }

    async fn org(&self) -> Result<OrgFacts, Unavailable> {
        let settings = self.client.settings().await;
        Ok(OrgFacts {
            customer_invitations: settings.customer_invitations,
            my_domain_login_only: settings.my_domain_login_only,
            single_sign_on: settings.single_sign_on,
            ip_ranges: settings.ip_ranges,
            free_seats: None,
            open_invitations: 0,
            allowance: self.allowance(),
        })
    }
}

impl Unavailable {
    pub(crate) fn of(error: ClientError) -> Self {
        let is_later = error.disposition() == Disposition::Later;
        match error {
            ClientError::SignIn(refused) => Self::SignInRefused(refused),
            ClientError::OutOfTime(_) => Self::OutOfTime,
            ClientError::Refused { .. } | ClientError::Status { .. } if is_later => {
                Self::AllowanceUsed
            }
            ClientError::Refused { .. }
            | ClientError::Status { .. }
            | ClientError::Unreachable(_)
            | ClientError::Interrupted(_)
            | ClientError::Ambiguous(_)
            | ClientError::Unexpected { .. } => Self::NoAnswer(error),
        }
    }
}

/// The natural keys of some customers.
struct Asked {
    addresses: Vec<String>,
    users: Vec<Id>,
    parents: Vec<Id>,
}

impl Asked {
    fn of(customers: &[&Customer]) -> Self {
        let addresses: BTreeSet<String> =
            customers.iter().map(|it| it.email.as_str().to_owned()).collect();
        let users: BTreeSet<Id> = customers
            .iter()
            .flat_map(|it| it.users.iter())
            .filter_map(|user| record::id_of(user.as_str()))
            .collect();
        let grants = customers.iter().flat_map(|it| it.grants.values());
        let parents: BTreeSet<Id> = grants
            .filter_map(|grant| match &grant.state {
                State::Invited { invitation, .. } => invitation.as_ref(),
                State::Requested { .. }
                | State::Active { .. }
                | State::Ending { .. }
                | State::Ended { .. }
                | State::Refused { .. } => None,
            })
            .filter_map(|invitation| record::id_of(invitation.as_str()))
            .collect();
        Self {
            addresses: addresses.into_iter().collect(),
            users: users.into_iter().collect(),
            parents: parents.into_iter().collect(),
        }
    }
}

/// Customers' records as they came.
#[derive(Default)]
struct Rows {
    users: Vec<user::User>,
    members: Vec<collaboration_group_member::Member>,
    invitations: Vec<Row>,
    /// Invitations that somebody accepted under one of the addresses asked for.
    parents: Vec<Row>,
}

type Row = collaboration_invitation::Invitation;

struct Tickets {
    users: Vec<salesforce::Ticket<user::User>>,
    members: Vec<salesforce::Ticket<collaboration_group_member::Member>>,
    invitations: Vec<salesforce::Ticket<collaboration_invitation::Invitation>>,
}

impl Tickets {
    fn add(reading: &mut salesforce::Reading, asked: &Asked) -> Self {
        Self {
            users: vec![
                reading.add(user::by_addresses(&asked.addresses)),
                reading.add(user::by_ids(&asked.users)),
            ],
            members: vec![
                reading.add(collaboration_group_member::by_addresses(&asked.addresses)),
                reading.add(collaboration_group_member::by_members(&asked.users)),
            ],
            invitations: vec![
                reading.add(collaboration_invitation::by_addresses(&asked.addresses)),
                reading.add(collaboration_invitation::by_parents(&asked.parents)),
            ],
        }
    }

    fn take(self, answers: &mut salesforce::Answers) -> Result<Rows, ClientError> {
        let mut rows = Rows::default();
        for ticket in self.users {
            rows.users.extend(answers.take(ticket)?);
        }
        for ticket in self.members {
            rows.members.extend(answers.take(ticket)?);
        }
        for ticket in self.invitations {
            rows.invitations.extend(answers.take(ticket)?);
        }
        Ok(rows)
    }
}

/// Sorts records by the customers to whom they belong.
fn sightings(customers: &[&Customer], rows: &Rows) -> Sightings {
    let index = Index::of(rows);
    let mut places = Places::default();
    for member in &rows.members {
        let group = record::group_id(&member.group);
        let user = record::user_id(&member.user);
        if let (Some(group), Some(user)) = (group, user) {
            places.0.insert((group, user), member.id.clone());
        }
    }
    let observed = customers.iter().map(|it| (it.email.clone(), index.observed(it))).collect();
    Sightings { observed, places }
}

/// Records by what they are looked up by.
struct Index {
    users: BTreeMap<UserId, access::User>,
    users_by_email: BTreeMap<Email, Vec<UserId>>,
    members: BTreeMap<UserId, Vec<Member>>,
    invitations: BTreeMap<Email, Vec<Invitation>>,
    children: BTreeMap<access::InvitationId, Vec<Invitation>>,
    /// Under which address somebody was invited who accepted under another.
    invited_as: BTreeMap<access::InvitationId, Email>,
}

impl Index {
    fn of(rows: &Rows) -> Self {
        let mut index = Self {
            users: BTreeMap::new(),
            users_by_email: BTreeMap::new(),
            members: BTreeMap::new(),
            invitations: BTreeMap::new(),
            children: BTreeMap::new(),
            invited_as: BTreeMap::new(),
        };
        for row in &rows.users {
            let Some(id) = record::user_id(&row.id) else { continue };
            let user = record::user(row);
            if let Some(email) = &user.email {
                index.users_by_email.entry(email.clone()).or_default().push(id.clone());
            }
            index.users.insert(id, user);
        }
        for row in &rows.members {
            let group = record::group_id(&row.group);
            let user = record::user_id(&row.user);
            let (Some(group), Some(user)) = (group, user) else { continue };
            let role = record::role(row.role);
            index.members.entry(user.clone()).or_default().push(Member { group, user, role });
        }
        for row in &rows.invitations {
            let Some(invitation) = record::invitation(row) else { continue };
            if let Some(parent) = &invitation.parent {
                index.children.entry(parent.clone()).or_default().push(invitation.clone());
            }
            if let Some(email) = &invitation.email {
                index.invitations.entry(email.clone()).or_default().push(invitation);
            }
        }
        let parents = rows.parents.iter().filter_map(record::invitation);
        index.invited_as = parents.filter_map(|it| Some((it.id, it.email?))).collect();
        index
    }

    fn observed(&self, customer: &Customer) -> Observed {
        let mut invitations = self.invitations.get(&customer.email).cloned().unwrap_or_default();
        let stored = customer.grants.values().filter_map(|grant| match &grant.state {
            State::Invited { invitation, .. } => invitation.clone(),
            State::Requested { .. }
            | State::Active { .. }
            | State::Ending { .. }
            | State::Ended { .. }
            | State::Refused { .. } => None,
        });
        let parents: BTreeSet<access::InvitationId> =
            invitations.iter().map(|it| it.id.clone()).chain(stored).collect();
        let children: Vec<Invitation> = parents
            .iter()
            .filter_map(|parent| self.children.get(parent))
            .flatten()
            .filter(|child| child.email.as_ref() != Some(&customer.email))
            .cloned()
            .collect();
        let by_email = |email: &Email| self.users_by_email.get(email).into_iter().flatten();
        let mut ids: BTreeSet<UserId> = by_email(&customer.email).cloned().collect();
        ids.extend(customer.users.iter().cloned());
        ids.extend(children.iter().filter_map(|it| it.email.as_ref()).flat_map(by_email).cloned());
        invitations.extend(children);
        invitations.sort_by(|a, b| a.id.cmp(&b.id));
        invitations.dedup_by(|a, b| a.id == b.id);
        let users = ids.iter().filter_map(|id| Some((id.clone(), self.users.get(id)?.clone())));
        let members = ids.iter().filter_map(|id| self.members.get(id)).flatten().cloned();
        let users: BTreeMap<UserId, access::User> = users.collect();
        let own = invitations.iter().filter(|it| it.email.as_ref() == Some(&customer.email));
        let invited_as = own.filter_map(|it| self.invited_as.get(it.parent.as_ref()?).cloned());
        let other_addresses = users.values().filter_map(|user| user.email.clone());
        let aliases = invited_as.chain(other_addresses).filter(|email| *email != customer.email);
        Observed {
            completeness: Completeness::Complete,
            aliases: aliases.collect(),
            shared: BTreeSet::new(),
            users,
            members: members.collect(),
            invitations,
        }
    }
}

/// The address as Salesforce compares it.
fn address_of(row: &Row) -> String {
    let normalized = row.invited_user_email_normalized.as_deref();
    normalized.unwrap_or(&row.invited_user_email).to_lowercase()
}
