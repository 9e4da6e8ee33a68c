//! Events about an org: access in it for which no grant answers, and what is to be mended.

use jiff::Timestamp;
use serde::Serialize;

use crate::orgs::{Finding, UngovernedPlace, Whoever};
use crate::words::{GrantId, Group, Role, UserId};

/// A customer has access for which no grant answers. It is told once, and again when there is more of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Ungoverned {
    /// The user; absent if somebody is invited and has not accepted yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// The record id of the invitation, if somebody is invited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invitation: Option<String>,
    /// The address, as it is in Salesforce.
    pub address: String,
    /// The groups; empty if a customer has a seat and is in no group.
    pub groups: Vec<UngovernedGroup>,
    /// When the user signed in last; absent if that never was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_login: Option<Timestamp>,
    /// The user who sent the invitation, as far as it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invited_by: Option<UserId>,
    /// If the policy adopts such access: when it ends unless somebody extends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adopted_until: Option<Timestamp>,
}

/// A group in which nobody answers for a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UngovernedGroup {
    /// The Chatter group.
    #[serde(flatten)]
    pub group: Group,
    /// The role there.
    pub role: Role,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// When the customer opened the group's feed last; absent if that never was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Timestamp>,
    /// The grant that was made of it, if the policy adopts such access.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<GrantId>,
}

impl Ungoverned {
    /// What was found, with what was made of it.
    #[must_use]
    pub fn of(found: &crate::Ungoverned, adopted: Option<&crate::Adopted>) -> Self {
        let (user, invitation) = match &found.who {
            Whoever::User(user) => (Some(user.clone()), None),
            Whoever::Invited(invitation) => (None, Some(invitation.to_string())),
        };
        let group = |place: &UngovernedPlace| UngovernedGroup {
            group: place.group.clone(),
            role: place.role,
            since: place.since,
            last_seen: place.last_seen,
            grant_id: adopted.and_then(|it| it.grants.get(&place.group.id)).cloned(),
        };
        Self {
            user,
            invitation,
            address: found.address.clone(),
            groups: found.groups.iter().map(group).collect(),
            last_login: found.last_login,
            invited_by: found.invited_by.clone(),
            adopted_until: adopted.map(|it| it.expires_at),
        }
    }
}

/// Something of an org is to be mended by a person. It is told when it is found first, and again when it comes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrgNeedsAttention {
    /// The code.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub fix: String,
}

impl From<&Finding> for OrgNeedsAttention {
    fn from(Finding { code, message, fix }: &Finding) -> Self {
        let code = code.as_str().to_owned();
        Self { code, message: message.clone(), fix: fix.clone() }
    }
}
