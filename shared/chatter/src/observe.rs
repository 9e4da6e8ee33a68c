//! Reading customers and groups.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use access::{Customer, Grant, InvitationId, Observed, OrgFacts, State, UserId, spellings};
use jiff::Timestamp;
use salesforce::collaboration_group_member::Member as Row;
use salesforce::collaboration_invitation::Concerning;
use salesforce::user_license::CHATTER_EXTERNAL;
use salesforce::{
    Client, ClientError, Disposition, ErrorCode, Id, collaboration_group,
    collaboration_group_member, collaboration_invitation, user,
};

use crate::record;
use crate::rows::{Arriving, Asked, Rows, Tickets, is_refused};
use crate::sightings::{is_named, sightings, unexplained};
use crate::words::{Arrivals, GroupName, Sightings, Unavailable};

/// How many customers are read together: what five composite calls hold, with room for a second page.
const CUSTOMERS: usize = 1_000;

/// How often one reading goes on in halves: enough to find a few records among a thousand that are not understood, and
/// few enough calls where none is.
const SPLITS: u32 = 40;

/// How often a reading is refused in parts before it is taken that each part would be: the whole, its halves, and three quarters.
const REFUSED: usize = 6;

/// Reads Chatter in one Salesforce org. Nothing that it does changes anything.
#[derive(Clone, Debug)]
pub struct Reader {
    pub(crate) client: Client,
}

impl Reader {
    /// Reads through a client; its deadline and its count of calls are the client's.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    async fn read(&self, customers: &[&Customer]) -> Result<Sightings, ClientError> {
        let asked = Asked::of(customers);
        let mut reading = self.client.reading();
        let tickets = Tickets::add(&mut reading, &asked);
        let mut answers = reading.send().await?;
        let mut rows = tickets.take(&self.client, &mut answers).await?;
        self.follow_parents(&asked, &mut rows).await?;
        self.look_around(customers, rows).await
    }

    /// Reads those who accepted under another address, whom no query by the invited address finds, and the addresses under
    /// which those were invited who accepted under one of these.
    async fn follow_parents(&self, asked: &Asked, rows: &mut Rows) -> Result<(), ClientError> {
        let known: BTreeSet<&str> = asked.addresses.iter().map(String::as_str).collect();
        let children = || rows.invitations.values().filter(|row| row.parent_id.is_some());
        let others: BTreeSet<String> = children()
            .flat_map(record::addresses)
            .filter(|address| !known.contains(address.as_str()))
            .collect();
        let parents: BTreeSet<Id> = children().filter_map(|row| row.parent_id.clone()).collect();
        let parents: Vec<Id> =
            parents.into_iter().filter(|id| !rows.invitations.contains_key(id)).collect();
        if others.is_empty() && parents.is_empty() {
            return Ok(());
        }
        let others: Vec<String> = others.into_iter().collect();
        let mut reading = self.client.reading();
        let users = reading.add(user::by_addresses_or_ids(&others, &[]));
        let invited = reading.add(collaboration_invitation::concerning(Concerning {
            addresses: &[],
            ids: &parents,
            parents: &[],
            open_in: &[],
        }));
        let mut answers = reading.send().await?;
        let found: Vec<user::User> = answers.take(users)?;
        let ids: Vec<Id> = found.iter().map(|user| user.id.clone()).collect();
        rows.take_users(found);
        let invited = answers.take(invited)?;
        rows.parents.extend(invited.into_iter().map(|row| (row.id.clone(), row)));
        rows.take_members(self.client.query(collaboration_group_member::by_members(&ids)).await?);
        Ok(())
    }

    /// Where an invitation was accepted by nobody who can be told, looks at everybody in its group.
    async fn look_around(
        &self,
        customers: &[&Customer],
        mut rows: Rows,
    ) -> Result<Sightings, ClientError> {
        self.look_for_hidden(customers, &mut rows).await?;
        let seen = sightings(customers, &rows);
        let of_each: Vec<(bool, BTreeMap<&str, Timestamp>)> = customers
            .iter()
            .filter_map(|customer| Some((*customer, seen.observed.get(&customer.email)?)))
            .map(|(customer, it)| {
                let groups = unexplained(customer, &it.users, &it.invitations);
                (is_named(customer, &it.users), groups)
            })
            .collect();
        let crowded: BTreeSet<&str> =
            of_each.iter().flat_map(|(_, groups)| groups.keys().copied()).collect();
        // Where somebody has the address, a further one who may have accepted matters only in the group.
        let unnamed = of_each.iter().filter(|(is_named, _)| !is_named);
        let since = unnamed.flat_map(|(_, groups)| groups.values().copied()).min();
        let groups: Vec<Id> = crowded.into_iter().filter_map(record::id_of).collect();
        if groups.is_empty() {
            return Ok(seen);
        }
        rows.crowds = self.customers_in(&groups).await?;
        if let Some(since) = since {
            rows.loners = self.loners_since(since).await?;
        }
        Ok(sightings(customers, &rows))
    }

    /// Tells what is not shown from what is not there. Where one member of a group is shown, all are: a private group is visible, as a
    /// whole, to its members and to who has View All Data or Modify All Data. Of a group without a member that is shown, and of an
    /// invitation without a row, only Salesforce's word that it was deleted makes it gone.
    async fn look_for_hidden(
        &self,
        customers: &[&Customer],
        rows: &mut Rows,
    ) -> Result<(), ClientError> {
        let grants = || customers.iter().flat_map(|it| it.grants.values());
        let remembered = || {
            grants().filter(|it| !matches!(it.state, State::Refused { .. }) && !it.is_finished())
        };
        let ids = |texts: BTreeSet<&str>| -> BTreeSet<Id> {
            texts.into_iter().filter_map(record::id_of).collect()
        };
        // While an invitation is open nothing is concluded from absence.
        let absent = remembered().filter(|it| !rows.is_waiting(it));
        let groups = ids(absent.map(|it| it.group.id.as_str()).collect());
        let shown: BTreeSet<&Id> = rows.members.values().map(|it| &it.group).collect();
        let groups: Vec<Id> = groups.into_iter().filter(|it| !shown.contains(it)).collect();
        let loose = remembered().flat_map(Grant::loose_invitations).map(InvitationId::as_str);
        let mut invitations = ids(loose.collect());
        invitations.retain(|id| !rows.invitations.contains_key(id));

        let peopled = match self.client.query(collaboration_group_member::peopled(&groups)).await {
            // An org that does not group rows shows nothing of these groups, and all else of the reading holds.
            Err(error) if is_refused(&error) => Vec::new(),
            answer => answer?,
        };
        let peopled: BTreeSet<Id> =
            peopled.into_iter().map(|it| it.collaboration_group_id).collect();
        let mut groups: BTreeSet<Id> =
            groups.into_iter().filter(|it| !peopled.contains(it)).collect();
        if !groups.is_empty() {
            let asked: Vec<Id> = groups.iter().cloned().collect();
            let deleted = self.client.deleted_groups(&asked).await?;
            groups.retain(|id| !deleted.contains(id));
        }
        if !invitations.is_empty() {
            let asked: Vec<Id> = invitations.iter().cloned().collect();
            let deleted = self.client.deleted_invitations(&asked).await?;
            invitations.retain(|id| !deleted.contains(id));
        }
        rows.hidden_groups = groups;
        rows.hidden_invitations = invitations;
        Ok(())
    }

    /// The customers whom the org has since an instant and who are in no group.
    async fn loners_since(&self, at: Timestamp) -> Result<Vec<user::User>, ClientError> {
        let query = user::active_with_license_since(CHATTER_EXTERNAL, at);
        let users = self.client.query(query).await?;
        let ids: Vec<Id> = users.iter().map(|it| it.id.clone()).collect();
        let members = self.client.query(collaboration_group_member::by_members(&ids)).await?;
        let placed: BTreeSet<Id> = members.into_iter().map(|it| it.user).collect();
        Ok(users.into_iter().filter(|it| !placed.contains(&it.id)).collect())
    }

    /// The memberships of all customers in these groups.
    async fn customers_in(&self, groups: &[Id]) -> Result<BTreeMap<Id, Row>, ClientError> {
        let query = collaboration_group_member::in_groups(groups, CHATTER_EXTERNAL);
        let rows = match self.client.query(query).await {
            // That memberships can be asked for by what their user has is believed and nowhere stated.
            Err(error) if is_refused(&error) => {
                let users = self.client.query(user::active_with_license(CHATTER_EXTERNAL)).await?;
                let users: Vec<Id> = users.into_iter().map(|user| user.id).collect();
                let rows =
                    self.client.query(collaboration_group_member::by_members(&users)).await?;
                rows.into_iter().filter(|row| groups.contains(&row.group)).collect()
            }
            answer => answer?,
        };
        Ok(rows.into_iter().map(|row| (row.id.clone(), row)).collect())
    }
}

impl Reader {
    /// Reads all that is needed to decide about these customers of one org.
    ///
    /// What could not be read comes back as a partial observation of the customers concerned.
    ///
    /// # Errors
    /// [`Unavailable`] when nothing can be read at all.
    pub async fn customers(&self, customers: &[&Customer]) -> Result<Sightings, Unavailable> {
        let mut all = Sightings::default();
        let mut chunks: VecDeque<&[&Customer]> = customers.chunks(CUSTOMERS).collect();
        let (mut splits, mut refused) = (SPLITS, 0);
        while let Some(chunk) = chunks.pop_front() {
            match self.read(chunk).await {
                Ok(Sightings { observed, places }) => {
                    all.observed.extend(observed);
                    all.places.0.extend(places.0);
                }
                // What is refused of the whole, of its halves and of their halves is refused of everybody.
                Err(error)
                    if is_refused(&error) && all.observed.is_empty() && refused >= REFUSED =>
                {
                    return Err(Unavailable::of(error));
                }
                // One record that is not understood must not hide all the others that were read with it.
                Err(error) if chunk.len() > 1 && splits > 0 && may_be_of_one(&error) => {
                    refused += usize::from(is_refused(&error));
                    tracing::warn!(error = %error, customers = chunk.len(), "read in two halves");
                    splits -= 1;
                    let (first, second) = chunk.split_at(chunk.len() / 2);
                    chunks.extend([first, second]);
                }
                Err(error) => {
                    let may_be_of_one = may_be_of_one(&error);
                    match Unavailable::of(error) {
                        // One part that could not be read proves nothing about its customers, and stops no others.
                        Unavailable::NoAnswer(error) => {
                            tracing::warn!(error = %error, customers = chunk.len(), "not read");
                            let unread =
                                chunk.iter().map(|it| (it.email.clone(), Observed::default()));
                            all.observed.extend(unread);
                        }
                        // A query that is refused for one customer is not refused for others.
                        Unavailable::NotReady(error) if customers.len() > 1 && may_be_of_one => {
                            tracing::warn!(error = %error, customers = chunk.len(), "not read");
                            let unread =
                                chunk.iter().map(|it| (it.email.clone(), Observed::default()));
                            all.observed.extend(unread);
                        }
                        fatal @ (Unavailable::SignInRefused(_)
                        | Unavailable::NotReady(_)
                        | Unavailable::AllowanceUsed
                        | Unavailable::OutOfTime) => return Err(fatal),
                    }
                }
            }
        }
        Ok(all)
    }

    /// Reads all that is needed to decide about an invitation request: the group, the seats and the customers.
    ///
    /// # Errors
    /// [`Unavailable`] when any of it cannot be read: a request is decided on complete observations only.
    pub async fn arrivals(
        &self,
        group: &GroupName,
        customers: &[&Customer],
    ) -> Result<Arrivals, Unavailable> {
        let asked = Asked::of(customers);
        let mut reading = self.client.reading();
        let groups = reading.add(match group {
            GroupName::Name(name) => collaboration_group::by_names(&spellings(name)),
            GroupName::Id(id) => {
                let ids: Vec<Id> = record::id_of(id.as_str()).into_iter().collect();
                collaboration_group::by_ids(&ids)
            }
        });
        let arrivals = Arriving::add(&mut reading, &asked);
        let mut answers = reading.send().await.map_err(Unavailable::of)?;
        let groups = answers.take(groups).map_err(Unavailable::of)?;
        let (mut rows, free_seats, open_invitations) =
            arrivals.take(&self.client, &mut answers).await.map_err(Unavailable::of)?;
        self.follow_parents(&asked, &mut rows).await.map_err(Unavailable::of)?;
        let sightings = self.look_around(customers, rows).await.map_err(Unavailable::of)?;
        let group = match group {
            GroupName::Name(name) => record::meant(&groups, name),
            GroupName::Id(_) => Ok(groups.iter().find_map(record::observed_group)),
        };
        Ok(Arrivals { group, free_seats, open_invitations, sightings })
    }

    /// Who sent the latest invitation to each of these addresses, by address in lower case, as far as it can be read.
    pub async fn inviters(&self, addresses: &[String]) -> BTreeMap<String, UserId> {
        if addresses.is_empty() { BTreeMap::new() } else { self.who_invited(addresses).await }
    }

    /// Reads the org's settings and allowance. What cannot be read is `None`.
    ///
    /// # Errors
    /// [`Unavailable`] where the org refuses whatever it is asked.
    pub async fn org(&self) -> Result<OrgFacts, Unavailable> {
        let settings = self.client.settings().await.map_err(Unavailable::of)?;
        Ok(OrgFacts {
            customer_invitations: settings.customer_invitations,
            my_domain_login_only: settings.my_domain_login_only,
            single_sign_on: settings.single_sign_on,
            ip_ranges: settings.ip_ranges,
            is_unread: settings.is_unread,
            free_seats: None,
            open_invitations: 0,
            allowance: self.client.usage().api_usage,
        })
    }
}

/// Whether one record of those that were asked for may be the cause: it is not understood, or its own words make a query that is refused.
fn may_be_of_one(error: &ClientError) -> bool {
    // Objects and fields are the same in every query.
    let is_of_all = error.refusal().is_some_and(|it| {
        matches!(
            it.code,
            ErrorCode::InvalidType | ErrorCode::InvalidField | ErrorCode::InsufficientAccess
        )
    });
    let is_of_one = is_refused(error) && !is_of_all && !error.is_of_the_org();
    is_of_one || matches!(error, ClientError::Unexpected { .. })
}

impl Unavailable {
    pub(crate) fn of(error: ClientError) -> Self {
        if let Some(lasting) = error.not_ready() {
            return Self::NotReady(lasting);
        }
        let is_later = error.disposition() == Disposition::Later;
        match error {
            ClientError::SignIn(refused) => Self::SignInRefused(refused),
            ClientError::OutOfTime(_) => Self::OutOfTime,
            ClientError::Refused { .. } | ClientError::Status { .. } if is_later => {
                Self::AllowanceUsed
            }
            ClientError::Refused { .. }
            | ClientError::Status { .. }
            | ClientError::NotSigned(_)
            | ClientError::PutOff { .. }
            | ClientError::Moved { .. }
            | ClientError::Page { .. }
            | ClientError::NoSuchVersion { .. }
            | ClientError::Unreachable(_)
            | ClientError::Interrupted(_)
            | ClientError::Ambiguous(_)
            | ClientError::Unexpected { .. } => Self::NoAnswer(error),
        }
    }
}
