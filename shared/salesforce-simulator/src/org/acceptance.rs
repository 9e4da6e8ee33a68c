//! What a customer does with the mailed link.

use jiff::SignedDuration;

use super::users::NewRow;
use super::{Caller, Org, invitations, whole_seconds};
use crate::id::RecordId;
use crate::options::Licence;
use crate::refusal::Refusal;
use crate::schema::Object;
use crate::store::Row;

/// The only thing a customer is told when acceptance fails; the invitation stays `Sent`.
const SERVER_PROBLEM: &str = "There was a problem with our server";

impl Org {
    /// The customer follows the link and enters an address, by default the one invited. Gives the
    /// ids of user and membership.
    pub(crate) fn accept(
        &mut self,
        caller: Caller,
        invitation: RecordId,
        entered: Option<&str>,
    ) -> Result<(RecordId, RecordId), Refusal> {
        let row = self.open_link(caller, invitation)?.clone();
        let group = self.referred(Object::CollaborationGroup, &row, "SharedEntityId")?.0;
        let invited = row.text("InvitedUserEmailNormalized").to_owned();
        let entered = entered.map_or_else(|| invited.clone(), invitations::normalised);
        if self.blocks.acceptance {
            return Err(Refusal::new("FIELD_CUSTOM_VALIDATION_EXCEPTION", SERVER_PROBLEM));
        }
        let savepoint = self.savepoint();
        let joined = self
            .customer(caller, &entered)
            .and_then(|user| self.check_joins(group, user).map(|()| user));
        let user = match joined {
            Ok(user) => user,
            Err(refusal) => {
                self.roll_back(savepoint);
                return Err(refusal);
            }
        };
        let member = self.insert_member(caller, group, user, "Standard");
        self.record_acceptance(caller, invitation, &row, (&invited, &entered));
        Ok((user, member))
    }

    /// The invitation behind a link that works.
    fn open_link(&self, caller: Caller, id: RecordId) -> Result<&Row, Refusal> {
        let object = Object::CollaborationInvitation;
        let row = match self.existing(object, id) {
            Ok(row) => row,
            Err(refusal) => self.store.deleted(object, id).ok_or(refusal)?,
        };
        let is_open = match row.text("Status") {
            "Sent" => true,
            "Canceled" => self.rules.cancelled_link_works,
            _ => false,
        };
        let life = SignedDuration::from_hours(24 * self.rules.invitation_days);
        let is_young =
            row.instant("CreatedDate").is_some_and(|at| caller.now.duration_since(at) <= life);
        if is_open && is_young {
            return Ok(row);
        }
        Err(Refusal::new("ENTITY_IS_DELETED", "The invitation is no longer valid."))
    }

    /// The user that the customer already has, or a new one.
    fn customer(&mut self, caller: Caller, address: &str) -> Result<RecordId, Refusal> {
        let users = self.store.find(Object::User, "Email", &address.into());
        let users: Vec<(RecordId, bool)> =
            users.map(|(id, user)| (id, user.is("IsActive") && self.is_customer(user))).collect();
        match users.as_slice() {
            [] => {}
            several => {
                let usable = several.iter().find(|(_, is_usable)| *is_usable);
                return usable
                    .map(|(id, _)| *id)
                    .ok_or_else(|| Refusal::new("FIELD_INTEGRITY_EXCEPTION", SERVER_PROBLEM));
            }
        }
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
    fn record_acceptance(
        &mut self,
        caller: Caller,
        id: RecordId,
        original: &Row,
        (invited, entered): (&str, &str),
    ) {
        let object = Object::CollaborationInvitation;
        if entered != invited {
            let row = original
                .clone()
                .with("InvitedUserEmail", entered)
                .with("InvitedUserEmailNormalized", entered)
                .with("ParentId", id)
                .with("Status", "Accepted");
            self.insert(caller, object, row);
        }
        if entered == invited || !self.rules.original_stays_sent {
            self.change(caller, object, id, Row::default().with("Status", "Accepted"));
        }
    }
}
