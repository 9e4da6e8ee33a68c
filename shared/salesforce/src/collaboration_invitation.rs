//! `CollaborationInvitation`: an invitation to join Chatter through a group.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::collection::{Record, Verb};
use crate::soql::{Row, Select};
use crate::{Client, Deleted, Id, Query, WriteError};

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
    /// `Status`.
    pub status: Status,
    /// `CreatedDate`, RFC 3339 with an offset such as `+0000`.
    #[serde(deserialize_with = "instant")]
    pub created_date: jiff::Timestamp,
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

/// All invitations to these addresses, of whatever group and status.
#[must_use]
pub fn by_addresses<A: AsRef<str>>(addresses: &[A]) -> Query<Invitation> {
    Select::new().one_of("InvitedUserEmailNormalized", addresses.iter().map(AsRef::as_ref))
}

/// The invitations of these ids.
#[must_use]
pub fn by_ids(ids: &[Id]) -> Query<Invitation> {
    Select::new().one_of_ids("Id", ids)
}

/// The invitations that came of these when they were accepted under another address.
#[must_use]
pub fn by_parents(parents: &[Id]) -> Query<Invitation> {
    Select::new().one_of_ids("ParentId", parents)
}

impl Client {
    /// Invites to a group. Each invitation sends a mail, so none is repeated that may have been created: those
    /// are [`WriteError::Ambiguous`].
    pub async fn create_invitations(
        &self,
        group: &Id,
        invitations: &[NewInvitation<'_>],
    ) -> Vec<Result<Id, WriteError>> {
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
    pub async fn cancel_invitations(&self, invitations: &[Id]) -> Vec<Result<Deleted, WriteError>> {
        self.delete(OBJECT, invitations).await
    }
}

impl Row for Invitation {
    const OBJECT: &'static str = OBJECT;
    const FIELDS: &'static str = "Id, SharedEntityId, InvitedUserEmail, InvitedUserEmailNormalized, ParentId, \
                                  Status, CreatedDate";
}

/// Salesforce prints offsets without a colon, which RFC 3339 does not have.
fn instant<'de, D: serde::Deserializer<'de>>(field: D) -> Result<jiff::Timestamp, D::Error> {
    let text = String::deserialize(field)?;
    text.parse().map_err(serde::de::Error::custom)
}
