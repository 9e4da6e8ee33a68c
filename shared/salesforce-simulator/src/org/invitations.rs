//! `CollaborationInvitation`: sending and cancelling.

use super::{Caller, Mail, MailKind, Org};
use crate::id::RecordId;
use crate::options::Normalisation;
use crate::refusal::Refusal;
use crate::schema::Object;
use crate::store::{Row, Value};

/// The longest address `InvitedUserEmailNormalized` holds.
const LONGEST_ADDRESS: usize = 80;

/// The longest part before the `@`.
const LONGEST_LOCAL_PART: usize = 64;

/// An invitation's text, if it has one.
pub(crate) type Message<'a> = Option<&'a str>;

impl Org {
    pub(super) fn create_invitation(
        &mut self,
        caller: Caller,
        row: Row,
    ) -> Result<RecordId, Refusal> {
        let group_id = match row.id("SharedEntityId") {
            Some(id) if Object::of(id) == Some(Object::User) => {
                let message = "Allow Invitations is not enabled.";
                return Err(Refusal::new("FUNCTIONALITY_NOT_ENABLED", message));
            }
            _ => self.referred(Object::CollaborationGroup, &row, "SharedEntityId")?.0,
        };
        let address = normalised(row.text("InvitedUserEmail"));
        self.check_invites(caller, group_id)?;
        self.check_address(&address)?;
        let message = row.text("OptionalMessage").to_owned();
        let message = (!message.is_empty()).then_some(message);
        self.mail_invitation(caller, group_id, &address, message.as_deref());
        let row = row
            .with("InvitedUserEmailNormalized", self.shown_normalised(&address))
            .with("InviterId", caller.user)
            .with("Status", "Sent");
        Ok(self.insert(caller, Object::CollaborationInvitation, row))
    }

    /// Whether the caller may invite customers to the group at all.
    pub(crate) fn check_invites(&self, caller: Caller, group: RecordId) -> Result<(), Refusal> {
        if !self.settings.customer_invitations {
            let message = "Customer invitations are not enabled for this organization.";
            return Err(Refusal::new("FUNCTIONALITY_NOT_ENABLED", message));
        }
        if !caller.may_invite {
            let message = "insufficient access rights: Invite Customers To Chatter";
            return Err(Refusal::new("INSUFFICIENT_ACCESS_OR_READONLY", message));
        }
        self.check_manages(caller, group)?;
        let row = self.existing(Object::CollaborationGroup, group)?;
        if row.text("CollaborationType") != "Private" || !row.is("CanHaveGuests") {
            let message = "Customers can only be invited to private groups that allow customers.";
            let refusal = Refusal::new("FIELD_INTEGRITY_EXCEPTION", message);
            return Err(refusal.on(&["SharedEntityId"]));
        }
        if row.is("IsArchived") {
            return Err(Refusal::new("ENTITY_IS_ARCHIVED", "The group is archived."));
        }
        Ok(())
    }

    /// Whether an invitation can go to this address.
    pub(crate) fn check_address(&self, address: &str) -> Result<(), Refusal> {
        if !is_address(address) {
            let message = format!("Invited User Email: invalid email address: {address}");
            return Err(Refusal::new("INVALID_EMAIL_ADDRESS", message).on(&["InvitedUserEmail"]));
        }
        if self.named(Object::User, "Email", address).is_some() {
            let message =
                "You can't send invitations to users of the organization the invite was sent from.";
            return Err(
                Refusal::new(&self.rules.existing_user_code, message).on(&["InvitedUserEmail"])
            );
        }
        Ok(())
    }

    /// Sends an invitation's mail. There is no look at earlier ones: whoever invites twice mails
    /// twice.
    pub(crate) fn mail_invitation(
        &mut self,
        caller: Caller,
        group: RecordId,
        address: &str,
        message: Message<'_>,
    ) {
        let group = self.store.row(Object::CollaborationGroup, group);
        self.mails.push(Mail {
            at: caller.now,
            to: address.to_owned(),
            kind: MailKind::Invitation,
            group: group.map(|row| row.text("Name").to_owned()).unwrap_or_default(),
            message: message.map(str::to_owned),
        });
    }

    /// Cancelling is deleting. The row stays as `Canceled` or goes, as the rules have it.
    pub(super) fn cancel_invitation(
        &mut self,
        caller: Caller,
        id: RecordId,
    ) -> Result<(), Refusal> {
        let row = self.existing(Object::CollaborationInvitation, id)?;
        match row.text("Status") {
            "Sent" => {}
            "Canceled" => return Err(Refusal::new("ENTITY_IS_DELETED", "entity is deleted")),
            "Accepted" => {
                let message = "An invitation that was accepted cannot be cancelled.";
                return Err(Refusal::new("FIELD_INTEGRITY_EXCEPTION", message));
            }
            _ if self.rules.undocumented_status_refuses_cancel => {
                let message = "An invitation in this status cannot be cancelled.";
                return Err(Refusal::new("FIELD_INTEGRITY_EXCEPTION", message));
            }
            _ => {}
        }
        if let Some(group) = row.id("SharedEntityId") {
            self.check_manages(caller, group)?;
        }
        let canceled = Row::default().with("Status", "Canceled");
        self.change(caller, Object::CollaborationInvitation, id, canceled);
        if self.rules.cancelled_row_disappears {
            self.store.delete(Object::CollaborationInvitation, id);
        }
        Ok(())
    }

    /// The open invitations to an address, in the order in which they were sent.
    pub(crate) fn open_invitations(
        &self,
        address: &str,
    ) -> impl Iterator<Item = (RecordId, &Row)> + use<'_> {
        let address = Value::from(normalised(address).as_str());
        self.store
            .find(Object::CollaborationInvitation, "InvitedUserEmail", &address)
            .filter(|(_, row)| row.text("Status") == "Sent")
    }

    /// `InvitedUserEmailNormalized` of an address, as the rules have it.
    pub(super) fn shown_normalised(&self, address: &str) -> Value {
        let lower = normalised(address);
        let shown = match self.rules.normalisation {
            Normalisation::LowerCase => lower,
            Normalisation::WithoutSubAddress => without_sub_address(&lower),
            Normalisation::Null => return Value::Null,
        };
        // The field holds no more, and no source says what becomes of the rest.
        if shown.chars().count() > LONGEST_ADDRESS { Value::Null } else { Value::Text(shown) }
    }
}

/// The form in which addresses are compared.
pub(crate) fn normalised(address: &str) -> String {
    address.trim().to_lowercase()
}

/// The address without `+` and what follows it before the `@`.
fn without_sub_address(address: &str) -> String {
    match address.split_once('@') {
        Some((local, domain)) => {
            let base = local.split_once('+').map_or(local, |(base, _)| base);
            format!("{base}@{domain}")
        }
        None => address.to_owned(),
    }
}

fn is_address(address: &str) -> bool {
    let is_allowed = |character: char| {
        !character.is_whitespace()
            && !character.is_control()
            && !"@,;:<>()[]\\\"".contains(character)
    };
    let Some((local, domain)) = address.split_once('@') else { return false };
    let labels = || domain.split('.');
    address.chars().count() <= LONGEST_ADDRESS
        && (1..=LONGEST_LOCAL_PART).contains(&local.chars().count())
        && local.chars().all(is_allowed)
        && domain.chars().all(is_allowed)
        && labels().count() >= 2
        && labels()
            .all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
}
