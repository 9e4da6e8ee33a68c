//! Reading every customer of an org.

use std::collections::BTreeMap;

use access::{Census, OpenInvitation, Person, Place, Sight, Unseen, UserId};
use salesforce::collaboration_group_member::{self, Place as PlaceRow};
use salesforce::collaboration_invitation::{self, Invitation};
use salesforce::user::{self, User};
use salesforce::user_license::{self, CHATTER_EXTERNAL};
use salesforce::{Answers, ClientError, Id, Ticket, permission_set_assignment};

use crate::observe::Reader;
use crate::record;
use crate::rows::is_refused;
use crate::words::Unavailable;

impl Reader {
    /// Reads every customer of the org. What could not be read is not in its sight.
    ///
    /// # Errors
    /// [`Unavailable`] when nothing can be read at all.
    pub async fn census(&self) -> Result<Census, Unavailable> {
        match self.read_all().await {
            Ok(census) => Ok(census),
            Err(error) => match Unavailable::of(error) {
                Unavailable::NoAnswer(error) => {
                    tracing::warn!(error = %error, "no census");
                    Ok(Census::default())
                }
                fatal @ (Unavailable::SignInRefused(_)
                | Unavailable::NotReady(_)
                | Unavailable::AllowanceUsed
                | Unavailable::OutOfTime) => Err(fatal),
            },
        }
    }

    async fn read_all(&self) -> Result<Census, ClientError> {
        let me = self.client.identity().await?.user;
        let mut reading = self.client.reading();
        let users = reading.add(user::active_with_license(CHATTER_EXTERNAL));
        let places = reading.add(collaboration_group_member::places_of(CHATTER_EXTERNAL));
        let invitations = reading.add(collaboration_invitation::open());
        let seats = reading.add(user_license::chatter_external());
        let inviting = reading.add(permission_set_assignment::inviting(&me));
        let mut answers = reading.send().await?;
        let users: Vec<User> = answers.take(users)?;
        let places = self.places(&users, places, &mut answers).await?;
        let invitations: Vec<Invitation> = answers.take(invitations)?;
        let seats = answers.take(seats).ok();
        let seats =
            seats.and_then(|it| Some((it.first()?.used_licenses, it.first()?.total_licenses)));
        let may_invite = answers.take(inviting).ok().map(|it| !it.is_empty());
        let persons: BTreeMap<UserId, Person> = users.iter().filter_map(person).collect();
        let places: Vec<Place> = places.iter().filter_map(place).collect();
        Ok(Census {
            sight: sight(&persons, &places, seats),
            persons,
            places,
            invitations: invitations.iter().filter_map(open_invitation).collect(),
            seats,
            may_invite,
        })
    }

    /// That memberships can be asked for by what their user or their group has is believed and nowhere stated. Where an org
    /// refuses it, they are asked for by their users, and the groups have no names.
    async fn places(
        &self,
        users: &[User],
        places: Ticket<PlaceRow>,
        answers: &mut Answers,
    ) -> Result<Vec<PlaceRow>, ClientError> {
        match answers.take(places) {
            Err(error) if is_refused(&error) => {
                let users: Vec<Id> = users.iter().map(|it| it.id.clone()).collect();
                let query = collaboration_group_member::by_members(&users);
                let rows = self.client.query(query).await?.into_iter();
                let nameless =
                    |membership| PlaceRow { membership, group_name: None, owner_is_active: None };
                Ok(rows.map(nameless).collect())
            }
            answer => answer,
        }
    }

    /// Who invited these addresses, as far as it can be read: it is told to people, and nothing depends on it.
    pub(crate) async fn who_invited(&self, addresses: &[String]) -> BTreeMap<String, UserId> {
        let rows = self.client.query(collaboration_invitation::by_addresses(addresses)).await;
        let mut rows = rows.unwrap_or_default();
        rows.sort_by_key(|row| row.created_date);
        let inviter = |row: &Invitation| row.inviter_id.as_ref().and_then(record::user_id);
        let by_address =
            rows.iter().filter_map(|row| Some((record::addresses(row), inviter(row)?)));
        let pairs = by_address
            .flat_map(|(addresses, who)| addresses.into_iter().map(move |it| (it, who.clone())));
        pairs.collect()
    }
}

fn person(row: &User) -> Option<(UserId, Person)> {
    let user = record::user(row);
    let person = Person {
        address: row.email.clone(),
        email: user.email,
        is_stock: user.is_stock,
        created: row.created,
        last_login: row.last_login,
    };
    Some((record::user_id(&row.id)?, person))
}

fn place(row: &PlaceRow) -> Option<Place> {
    let PlaceRow { membership, group_name, owner_is_active } = row;
    let id = record::group_id(&membership.group)?;
    Some(Place {
        user: record::user_id(&membership.user)?,
        group: access::Group { id, name: group_name.clone().unwrap_or_default() },
        has_active_owner: *owner_is_active,
        role: record::role(membership.role),
        since: membership.created,
        last_seen: membership.last_feed_access,
    })
}

fn open_invitation(row: &Invitation) -> Option<OpenInvitation> {
    let invitation = record::invitation(row, None)?;
    Some(OpenInvitation {
        id: invitation.id,
        group: invitation.group,
        address: row.invited_user_email.clone(),
        email: invitation.email,
        created: invitation.created,
        inviter: row.inviter_id.as_ref().and_then(record::user_id),
    })
}

/// Full, if as many customers were seen as Salesforce says have a seat, and everybody who is in a group is one of them.
fn sight(persons: &BTreeMap<UserId, Person>, places: &[Place], seats: Option<(u64, u64)>) -> Sight {
    let is_hidden = places.iter().any(|it| !persons.contains_key(&it.user));
    let far = match seats {
        None => Some(Unseen::SeatsUnreadable),
        Some((used, _)) if used != persons.len() as u64 => Some(Unseen::SeatsDiffer),
        Some(_) => None,
    };
    Sight::but(is_hidden.then_some(Unseen::UserHidden).into_iter().chain(far))
}
