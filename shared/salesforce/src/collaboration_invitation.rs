//! `CollaborationInvitation`: an invitation to join Chatter through a group.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::record::{Record, Verb};
use crate::soql::{Count, In, Row, Select};
use crate::{Client, ClientError, Deleted, Id, Query, Written, instant};

const OBJECT: &str = "CollaborationInvitation";

/// An invitation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Invitation {
    /// `Id`. Its prefix is not documented.
    pub id: Id,
    /// `SharedEntityId`: the group, or a user who invited to Chatter alone.
    pub shared_entity_id: Id,
    /// `InvitedUserEmail`, as it was given.
    pub invited_user_email: String,
    /// `InvitedUserEmailNormalized`, as Salesforce compares it.
    #[serde(default)]
    pub invited_user_email_normalized: Option<String>,
    /// `ParentId`: the invitation that was accepted under another address, by this one.
    #[serde(default)]
    pub parent_id: Option<Id>,
    /// `InviterId`.
    #[serde(default)]
    pub inviter_id: Option<Id>,
    /// `Status`.
    pub status: Status,
    /// `CreatedDate`, RFC 3339 with an offset such as `+0000`.
    #[serde(deserialize_with = "instant::required")]
    pub created_date: jiff::Timestamp,
    /// `LastModifiedDate`.
    #[serde(default, deserialize_with = "instant::optional")]
    pub last_modified_date: Option<jiff::Timestamp>,
}

/// Where an invitation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Status {
    /// Open.
    Sent,
    /// The customer has joined.
    Accepted,
    /// Cancelled.
    Canceled,
    /// A value that the object reference does not list; some tools show `Expired`.
    #[serde(other)]
    Other,
}

/// An invitation to create.
#[derive(Clone, Copy, Debug)]
pub struct NewInvitation<'a> {
    /// The address, at most 80 characters. Not of a user of the org.
    pub address: &'a str,
    /// Text of the mail, at most 255 characters.
    pub message: Option<&'a str>,
}

/// The statuses in which nobody can accept an invitation any more.
const OVER: [&str; 2] = ["Accepted", "Canceled"];

/// All invitations to these addresses, of whatever group and status.
#[must_use]
pub fn by_addresses<A: AsRef<str>>(addresses: &[A]) -> Query<Invitation> {
    let addresses = addresses.iter().map(AsRef::as_ref);
    Select::new().any_of([In::texts("InvitedUserEmailNormalized", addresses)])
}

/// What invitations are asked for by.
#[derive(Clone, Copy, Debug, Default)]
pub struct Concerning<'a> {
    /// Addresses, whatever group and status.
    pub addresses: &'a [String],
    /// Ids.
    pub ids: &'a [Id],
    /// Invitations that were accepted under another address: what came of them.
    pub parents: &'a [Id],
    /// Groups: those of their invitations that nobody has accepted or cancelled, whatever else their status says.
    pub open_in: &'a [Id],
}

/// The invitations that one of these finds. One may come several times.
#[must_use]
pub fn concerning(asked: Concerning<'_>) -> Query<Invitation> {
    let Concerning { addresses, ids, parents, open_in } = asked;
    Select::new().any_of([
        In::texts("InvitedUserEmailNormalized", addresses.iter().map(String::as_str)),
        In::ids("Id", ids),
        In::ids("ParentId", parents),
        In::ids("SharedEntityId", open_in).without("Status", &OVER),
    ])
}

/// All invitations of the org that nobody has accepted or cancelled.
#[must_use]
pub fn open() -> Query<Invitation> {
    Select::new().none_of("Status", &OVER).query()
}

/// How many invitations of the org nobody has accepted or cancelled.
#[must_use]
pub fn count_open() -> Query<Count> {
    Select::<Invitation>::new().none_of("Status", &OVER).count()
}

impl Client {
    /// Those of these invitations that were deleted for sure, among invitations that no query shows.
    ///
    /// # Errors
    /// [`ClientError`] if Salesforce could not be asked.
    pub async fn deleted_invitations(&self, ids: &[Id]) -> Result<BTreeSet<Id>, ClientError> {
        self.deleted(OBJECT, ids).await
    }

    /// Invites to a group. Each invitation sends a mail, so none is repeated that may have been created: those
    /// are [`crate::WriteError::Ambiguous`].
    pub async fn create_invitations(
        &self,
        group: &Id,
        invitations: &[NewInvitation<'_>],
    ) -> Vec<Written<Id>> {
        let record = |invitation: &NewInvitation<'_>| {
            let NewInvitation { address, message } = *invitation;
            let mut fields = Map::new();
            fields.insert("SharedEntityId".to_owned(), json!(group));
            fields.insert("InvitedUserEmail".to_owned(), json!(address));
            if let Some(message) = message {
                fields.insert("OptionalMessage".to_owned(), json!(message));
            }
            Record::new(None, Value::Object(fields))
        };
        self.write(Verb::Create, OBJECT, invitations.iter().map(record).collect()).await
    }

    /// Cancels invitations, by deleting them.
    pub async fn cancel_invitations(&self, invitations: &[Id]) -> Vec<Written<Deleted>> {
        self.delete(OBJECT, invitations).await
    }
}

impl Row for Invitation {
    const OBJECT: &'static str = OBJECT;
    const FIELDS: &'static str = "Id, SharedEntityId, InvitedUserEmail, InvitedUserEmailNormalized, ParentId, \
                                  InviterId, Status, CreatedDate, LastModifiedDate";
}
