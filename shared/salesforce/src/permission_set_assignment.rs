//! `PermissionSetAssignment`: what a user is permitted.

use serde::Deserialize;

use crate::soql::{Row, Select};
use crate::{Client, Id, Query};

/// One permission set of a user. The profile counts as one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PermissionSetAssignment {
    /// `Id`.
    pub id: Id,
}

/// What permits the user to invite customers. Nothing: it is not permitted.
#[must_use]
pub fn inviting(user: &Id) -> Query<PermissionSetAssignment> {
    Select::new()
        .equals_id("AssigneeId", user)
        .and_true("PermissionSet.PermissionsChatterInviteExternalUsers")
        .query()
}

impl Client {
    /// Whether the integration user has *Invite Customers To Chatter*. `None`: cannot tell.
    pub async fn may_invite_customers(&self) -> Option<bool> {
        let user = self.identity().await.ok()?.user;
        Some(!self.query(inviting(&user)).await.ok()?.is_empty())
    }
}

impl Row for PermissionSetAssignment {
    const OBJECT: &'static str = "PermissionSetAssignment";
    const FIELDS: &'static str = "Id";
}
