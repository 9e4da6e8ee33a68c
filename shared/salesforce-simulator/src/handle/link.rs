//! Invitations by hand, and what customers do with their mails.

use super::{OrgHandle, group, user};
use crate::id::RecordId;
use crate::org::{Guest, normalised};
use crate::refusal::Refusal;
use crate::schema::Object;
use crate::store::Row;

impl OrgHandle {
    /// The customer accepts an invitation, named by its id. Gives the id of the user.
    ///
    /// If he is in the group already he stays in it as he is, and the acceptance is recorded.
    ///
    /// # Errors
    ///
    /// When no seat is free, a validation rule blocks it, or the link no longer works; the
    /// invitation then stays as it is.
    pub fn accept(&self, invitation: &str) -> Result<String, Refusal> {
        self.accept_with(invitation, Guest::Invited)
    }

    /// The customer accepts an invitation and enters another text than the invited address.
    ///
    /// The text becomes `User.Email` as it is: nothing asks whether it is an address.
    ///
    /// # Errors
    ///
    /// As [`OrgHandle::accept`].
    pub fn accept_as(&self, invitation: &str, entered: &str) -> Result<String, Refusal> {
        self.accept_with(invitation, Guest::Entered(entered))
    }

    /// A customer whom the org knows follows the link, whoever was invited, and signs in with the
    /// user that he has. Under another address, a second invitation with `ParentId` says which one.
    ///
    /// # Errors
    ///
    /// As [`OrgHandle::accept`]; `NOT_FOUND` when there is no such user, and
    /// `FIELD_INTEGRITY_EXCEPTION` when he is inactive or no customer.
    pub fn accept_by(&self, invitation: &str, named: &str) -> Result<String, Refusal> {
        let user = self.read(|org| user(org, named))?;
        self.accept_with(invitation, Guest::User(user))
    }

    /// The customer accepts the latest open invitation of his address to a group.
    ///
    /// # Errors
    ///
    /// As [`OrgHandle::accept`], and `NOT_FOUND` when there is no open invitation.
    pub fn accept_from(&self, group: &str, email: &str) -> Result<String, Refusal> {
        let invitation = self.open_invitation(group, email)?;
        self.accept_with(&invitation, Guest::Invited)
    }

    /// The latest open invitation of an address to a group, by id.
    pub(crate) fn open_invitation(&self, named: &str, email: &str) -> Result<String, Refusal> {
        self.read(|org| {
            let group = group(org, named)?;
            let open = org.open_invitations(&normalised(email));
            let open = open.filter(|(_, row)| row.id("SharedEntityId") == Some(group));
            open.last().map(|(id, _)| id.to_string()).ok_or_else(Refusal::not_found)
        })
    }

    fn accept_with(&self, invitation: &str, guest: Guest<'_>) -> Result<String, Refusal> {
        self.by_hand(|org, caller| {
            let user = org.accept(caller, invitation_id(invitation)?, guest)?;
            Ok(user.to_string())
        })
    }

    /// Cancels an invitation by hand.
    ///
    /// # Errors
    ///
    /// As over the API.
    pub fn cancel_invitation(&self, invitation: &str) -> Result<(), Refusal> {
        self.by_hand(|org, caller| {
            org.delete(caller, Object::CollaborationInvitation, invitation_id(invitation)?)
        })
    }

    /// Gives an invitation any status, also one that is not documented, such as `Expired` or a
    /// word of another language. Its link works on unless the status says `Accepted` or `Canceled`.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` or `ENTITY_IS_DELETED` when there is no such invitation.
    pub fn set_invitation_status(&self, invitation: &str, status: &str) -> Result<(), Refusal> {
        self.by_hand(|org, caller| {
            let id = invitation_id(invitation)?;
            org.existing(Object::CollaborationInvitation, id)?;
            let change = Row::default().with("Status", status);
            org.change(caller, Object::CollaborationInvitation, id, change);
            Ok(())
        })
    }
}

fn invitation_id(text: &str) -> Result<RecordId, Refusal> {
    RecordId::parse(text).ok_or_else(Refusal::not_found)
}
