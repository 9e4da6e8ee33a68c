//! What a customer does with the mailed link.

use jiff::SignedDuration;

use super::users::NewRow;
use super::{Caller, Org, normalised, whole_seconds};
use crate::id::RecordId;
use crate::options::Licence;
use crate::refusal::Refusal;
use crate::schema::Object;
use crate::store::Row;

/// The only thing a customer is told when acceptance fails; the invitation stays `Sent`.
const SERVER_PROBLEM: &str = "There was a problem with our server";

/// As whom a customer accepts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Guest<'a> {
    /// Under the address invited.
    Invited,
    /// Under another text, as he types it.
    Entered(&'a str),
    /// Signed in as the user that he is already.
    User(RecordId),
}

impl Org {
    /// The customer follows the link. Gives the id of the user.
    ///
    /// Who is in the group already stays as he is, and the acceptance is recorded.
    pub(crate) fn accept(
        &mut self,
        caller: Caller,
        invitation: RecordId,
        guest: Guest<'_>,
    ) -> Result<RecordId, Refusal> {
        let row = self.open_link(caller, invitation)?.clone();
        let group = self.referred(Object::CollaborationGroup, &row, "SharedEntityId")?.0;
        if self.blocks.acceptance {
            return Err(Refusal::new("FIELD_CUSTOM_VALIDATION_EXCEPTION", SERVER_PROBLEM));
        }
        let invited = normalised(row.text("InvitedUserEmail"));
        let savepoint = self.savepoint();
        let joined = match guest {
            Guest::Invited => self.customer(caller, &invited),
            Guest::Entered(entered) => self.customer(caller, entered),
            Guest::User(user) => self.returning(user),
        };
        let joined = joined.and_then(|(user, address)| {
            if self.membership(group, user).is_none() {
                self.check_joins(group, user)?;
                self.insert_member(caller, group, user, "Standard");
            }
            Ok((user, address))
        });
        if joined.is_err() {
            self.roll_back(savepoint);
        }
        let (user, address) = joined?;
        self.record_acceptance(caller, invitation, &row, &address);
        Ok(user)
    }

    /// The invitation behind a link that works.
    fn open_link(&self, caller: Caller, id: RecordId) -> Result<&Row, Refusal> {
        let object = Object::CollaborationInvitation;
        let row = match self.existing(object, id) {
            Ok(row) => row,
            Err(refusal) => self.store.deleted(object, id).ok_or(refusal)?,
        };
        let is_open = match row.text("Status") {
            "Canceled" => self.rules.cancelled_link_works,
            "Accepted" => false,
            // What an undocumented status means is as unknown as the status: the link still works.
            _ => true,
        };
        let life = SignedDuration::from_hours(24 * self.rules.invitation_days);
        let is_young =
            row.instant("CreatedDate").is_some_and(|at| caller.now.duration_since(at) <= life);
        if is_open && is_young {
            return Ok(row);
        }
        Err(Refusal::new("ENTITY_IS_DELETED", "The invitation is no longer valid."))
    }

    /// The user with an address that the customer already has, or a new one; and the address.
    fn customer(&mut self, caller: Caller, address: &str) -> Result<(RecordId, String), Refusal> {
        let users = self.store.find(Object::User, "Email", &address.into());
        let users: Vec<(RecordId, bool)> =
            users.map(|(id, user)| (id, user.is("IsActive") && self.is_customer(user))).collect();
        let user = match users.as_slice() {
            [] => self.sign_up(caller, address)?,
            several => {
                let usable = several.iter().find(|(_, is_usable)| *is_usable);
                usable.map(|(id, _)| *id).ok_or_else(server_problem)?
            }
        };
        Ok((user, address.to_owned()))
    }

    /// A customer who signs in with the user that he has, and his address.
    fn returning(&self, user: RecordId) -> Result<(RecordId, String), Refusal> {
        let row = self.existing(Object::User, user)?;
        if !row.is("IsActive") || !self.is_customer(row) {
            return Err(server_problem());
        }
        Ok((user, row.text("Email").to_owned()))
    }

    /// A new customer's user. Nothing looks at his address: it is kept as he typed it.
    fn sign_up(&mut self, caller: Caller, address: &str) -> Result<RecordId, Refusal> {
        self.check_licence(Licence::ChatterExternal.profile())?;
        let (local, domain) = address.split_once('@').unwrap_or((address, "example.com"));
        let mut username = format!("{local}.guest@{domain}");
        let mut number = 1;
        while self.named(Object::User, "Username", &username).is_some() {
            number += 1;
            username = format!("{local}.guest{number}@{domain}");
        }
        let row = NewRow {
            username,
            email: address.to_owned(),
            first_name: String::new(),
            last_name: local.to_owned(),
            is_active: true,
        };
        let has_login = !self.rules.no_login_row_on_acceptance;
        let profile = Licence::ChatterExternal.profile();
        let id = self.insert_user(row, profile, has_login, caller.now);
        let login = Row::default().with("LastLoginDate", whole_seconds(caller.now));
        self.change(caller, Object::User, id, login);
        Ok(id)
    }

    /// Under another address, a second row says which one, with the first as its parent.
    fn record_acceptance(&mut self, caller: Caller, id: RecordId, original: &Row, address: &str) {
        let object = Object::CollaborationInvitation;
        let is_other = normalised(address) != normalised(original.text("InvitedUserEmail"));
        if is_other {
            let row = original
                .clone()
                .with("InvitedUserEmail", address)
                .with("InvitedUserEmailNormalized", self.shown_normalised(address))
                .with("ParentId", id)
                .with("Status", "Accepted");
            self.insert(caller, object, row);
        }
        if !is_other || !self.rules.original_stays_sent {
            self.change(caller, object, id, Row::default().with("Status", "Accepted"));
        }
    }
}

fn server_problem() -> Refusal {
    Refusal::new("FIELD_INTEGRITY_EXCEPTION", SERVER_PROBLEM)
}
