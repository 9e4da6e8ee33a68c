//! A Chatter group, and what a customer may do in it.

use serde::{Deserialize, Serialize};

use super::email::Email;
use super::name::GroupId;

/// What a customer may do in the group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// `CollaborationRole` `Standard`.
    #[default]
    Member,
    /// `CollaborationRole` `Admin`: may approve membership requests.
    Manager,
}

impl Role {
    /// The role as contracts spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Manager => "manager",
        }
    }
}

/// A Chatter group, with the name it had when the grant was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Group {
    /// Its record id.
    pub id: GroupId,
    /// Its name, for people.
    pub name: String,
}

/// A customer's place in one group; may be held by several grants.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Membership {
    /// The group.
    pub group: GroupId,
    /// The customer, by normalised address.
    pub customer: Email,
}
