//! The admin's side of the org, as a typed interface.

mod control;
mod hand;
mod link;
mod look;
mod seed;
mod veil;

use std::sync::Arc;

use serde_json::json;

pub use look::{GroupView, InvitationView, MemberView, UserView};
pub use seed::{NewGroup, NewUser};

use crate::id::RecordId;
use crate::org::{Caller, Org};
use crate::refusal::Refusal;
use crate::schema::Object;
use crate::shared::Shared;

/// The admin's side of an org: seeding, doing things by hand, looking, scheduling faults.
///
/// What it does neither counts as a call nor appears in the call log. Groups are named by id or
/// name, users by id, address or username.
#[derive(Clone, Debug)]
pub struct OrgHandle {
    shared: Arc<Shared>,
}

impl OrgHandle {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// The address of the org.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.shared.url
    }

    /// `Organization.Id`, which the answer to a sign-in carries too.
    #[must_use]
    pub fn organization_id(&self) -> String {
        self.read(|org| org.organization.to_string())
    }

    /// A secret with which a client can sign in as things stand: `loginUrl`, `clientId`,
    /// `username`, `privateKey`, `apiVersion`. The key is null where the org knows its certificate only.
    #[must_use]
    pub fn secret_json(&self) -> String {
        let org = self.shared.lock();
        let secret = json!({
            "loginUrl": self.shared.url,
            "clientId": org.access.client_id,
            "username": org.access.username,
            "privateKey": org.access.private_key(),
            "apiVersion": self.shared.options.api_version,
        });
        secret.to_string()
    }

    /// Reads the org.
    fn read<T>(&self, look: impl FnOnce(&Org) -> T) -> T {
        look(&self.shared.lock())
    }

    /// Changes the org as somebody who may do everything; what fails leaves no trace.
    fn by_hand<T>(
        &self,
        act: impl FnOnce(&mut Org, Caller) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let now = self.shared.now();
        let mut org = self.shared.lock();
        let caller = org.hand(now);
        let savepoint = org.savepoint();
        let done = act(&mut org, caller);
        if done.is_err() {
            org.roll_back(savepoint);
        }
        org.store.commit();
        done
    }
}

/// A group by id or name.
fn group(org: &Org, named: &str) -> Result<RecordId, Refusal> {
    record(org, Object::CollaborationGroup, named, &["Name"])
}

/// A user by id, address or username.
fn user(org: &Org, named: &str) -> Result<RecordId, Refusal> {
    record(org, Object::User, named, &["Email", "Username"])
}

fn record(
    org: &Org,
    object: Object,
    named: &str,
    fields: &[&'static str],
) -> Result<RecordId, Refusal> {
    let by_id = RecordId::parse(named).filter(|id| org.store.row(object, *id).is_some());
    let by_name = || fields.iter().find_map(|field| org.named(object, field, named));
    by_id.or_else(by_name).ok_or_else(Refusal::not_found)
}
