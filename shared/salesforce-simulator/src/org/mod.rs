//! The org: its records, its settings, and what is remembered about it for assertions.

mod acceptance;
mod certificate;
mod convert;
mod groups;
mod invitations;
mod members;
mod save;
mod sessions;
mod sign_in_refusal;
mod start_error;
mod users;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value as Json;

pub(crate) use acceptance::Guest;
pub(crate) use invitations::{Message, normalised};
pub(crate) use sessions::Access;
pub use sessions::KeyError;
pub use sign_in_refusal::SignInRefusal;
pub use start_error::StartError;
pub(crate) use users::NewRow;

use crate::calls::Call;
use crate::faults::Schedule;
use crate::id::RecordId;
use crate::options::{Licence, Options, Rules, Settings};
use crate::redirect::{Entrance, Redirect};
use crate::refusal::Refusal;
use crate::schema::Object;
use crate::store::{Row, Store, Value};
use crate::view::{Hidden, Veil, View};

/// The permission set with *Invite Customers To Chatter*.
const INVITE_CUSTOMERS: &str = "Invite_Customers";

/// A mail that the org has sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Mail {
    /// When, by the org's clock.
    pub at: Timestamp,
    /// To which address.
    pub to: String,
    /// Why.
    pub kind: MailKind,
    /// Name of the group that it is about.
    pub group: String,
    /// The inviter's message.
    pub message: Option<String>,
}

/// Why a mail was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum MailKind {
    /// An invitation to sign up and join.
    Invitation,
    /// A user of the org was added to a group.
    Added,
}

/// On whose behalf something is done, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    pub(crate) user: RecordId,
    /// Whether he may do everything, as a system administrator does.
    pub(crate) administrator: bool,
    /// Whether he may invite customers.
    pub(crate) may_invite: bool,
    /// Whether nothing is hidden from him.
    pub(crate) sees_all: bool,
    pub(crate) now: Timestamp,
}

/// Validation rules that an admin has put on `User`.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    /// Whose deactivation fails (`None`: everybody's), and with which message.
    pub(crate) deactivation: BTreeMap<Option<RecordId>, String>,
    /// Whether accepting an invitation fails.
    pub(crate) acceptance: bool,
}

/// What the fault of the request at hand does to reads and writes.
#[derive(Debug, Default)]
pub(crate) struct Disturbance {
    /// Values of records that cannot be locked, share of the others, and the draw.
    pub(crate) locks: Option<(BTreeSet<String>, f64, fastrand::Rng)>,
    /// How many records of a collection are carried out.
    pub(crate) keep: Option<usize>,
    /// Objects that are read as they were.
    pub(crate) stale: Vec<Object>,
}

/// The rest of a query's answer.
#[derive(Debug)]
pub(crate) struct Cursor {
    /// The token of the session that asked.
    pub(crate) session: String,
    pub(crate) records: Vec<Json>,
    pub(crate) page_size: usize,
}

/// A Salesforce org.
#[derive(Debug)]
pub(crate) struct Org {
    pub(crate) store: Store,
    pub(crate) settings: Settings,
    pub(crate) rules: Rules,
    pub(crate) access: Access,
    pub(crate) blocks: Blocks,
    pub(crate) hidden: Hidden,
    /// What `UsedLicenses` shows while it does not follow, by licence.
    old_licences: BTreeMap<RecordId, i64>,
    pub(crate) faults: Schedule,
    pub(crate) disturbance: Disturbance,
    pub(crate) cursors: BTreeMap<String, Cursor>,
    pub(crate) page_size: usize,
    pub(crate) mails: Vec<Mail>,
    pub(crate) calls: Vec<Call>,
    /// The address that the org really has.
    pub(crate) url: String,
    /// The address that a sign-in names.
    pub(crate) instance_url: String,
    /// Entrances that answer everything in one way.
    pub(crate) redirects: BTreeMap<Entrance, Redirect>,
    /// The integration user.
    pub(crate) me: RecordId,
    pub(crate) organization: RecordId,
}

impl Org {
    /// An org with its stock records: licences, profiles, the integration user, `Chatter Expert`.
    pub(crate) fn new(options: &Options, url: String) -> Result<Self, StartError> {
        let now = (options.clock)();
        let (organization, mut store) = identity(options.organization_id.as_deref())?;
        let row = Row::default()
            .with("Name", options.name.as_str())
            .with("IsSandbox", options.is_sandbox);
        store.insert_as(Object::Organization, organization, row);
        let mut org = Self {
            store,
            settings: options.settings.clone(),
            rules: options.rules.clone(),
            access: Access::new(options, organization, url.clone()).map_err(StartError::Key)?,
            blocks: Blocks::default(),
            hidden: Hidden::default(),
            old_licences: BTreeMap::new(),
            faults: Schedule::default(),
            disturbance: Disturbance::default(),
            cursors: BTreeMap::new(),
            page_size: options.page_size.max(1),
            mails: Vec::new(),
            calls: Vec::new(),
            instance_url: url.clone(),
            redirects: BTreeMap::new(),
            url,
            me: organization,
            organization,
        };
        for licence in Licence::ALL {
            let total = match licence {
                Licence::ChatterExternal => options.seats,
                Licence::Salesforce => 100,
                Licence::ChatterFree => 5000,
            };
            org.add_licence(licence, total);
        }
        org.add_administrator(options, now);
        let username = format!("chatty.{organization}.1n5g7k@chatter.salesforce.com");
        let expert = NewRow {
            username,
            email: "noreply@chatter.salesforce.com".to_owned(),
            first_name: "Chatter".to_owned(),
            last_name: "Expert".to_owned(),
            is_active: true,
        };
        org.insert_user(expert, options.stock_user_licence.profile(), true, now);
        org.store.commit();
        org.settle();
        Ok(org)
    }

    fn add_licence(&mut self, licence: Licence, total: i64) {
        let row = Row::default()
            .with("Name", licence.name())
            .with("MasterLabel", licence.name())
            .with("Status", "Active")
            .with("TotalLicenses", total);
        let id = self.store.insert(Object::UserLicense, row);
        self.add_profile(licence.profile(), id);
        if licence == Licence::Salesforce {
            self.add_profile("System Administrator", id);
        }
    }

    fn add_profile(&mut self, name: &str, licence: RecordId) {
        let row = Row::default().with("Name", name).with("UserLicenseId", licence);
        self.store.insert(Object::Profile, row);
    }

    fn add_administrator(&mut self, options: &Options, now: Timestamp) {
        let integration = NewRow {
            username: options.username.clone(),
            email: options.username.clone(),
            first_name: "Integration".to_owned(),
            last_name: "User".to_owned(),
            is_active: true,
        };
        self.me = self.insert_user(integration, "System Administrator", true, now);
        let invites = Row::default()
            .with("Name", INVITE_CUSTOMERS)
            .with("PermissionsChatterInviteExternalUsers", true);
        self.store.insert(Object::PermissionSet, invites);
        self.follow_settings();
    }

    /// Assigns the permission to invite customers, or takes it away, as the settings have it.
    pub(crate) fn follow_settings(&mut self) {
        let object = Object::PermissionSetAssignment;
        let assigned = self.store.rows(object).next().map(|(id, _)| id);
        match (assigned, self.settings.invite_permission) {
            (None, true) => {
                let mut row = Row::default().with("AssigneeId", self.me);
                if let Some(set) = self.named(Object::PermissionSet, "Name", INVITE_CUSTOMERS) {
                    row.set("PermissionSetId", set);
                }
                self.store.insert(object, row);
            }
            (Some(id), false) => self.store.delete(object, id),
            (None, false) | (Some(_), true) => {}
        }
        self.store.commit();
    }

    /// The integration user as the settings have him.
    pub(crate) fn integration_user(&self, now: Timestamp) -> Caller {
        let Settings { administrator, invite_permission, .. } = self.settings;
        Caller { user: self.me, administrator, may_invite: invite_permission, sees_all: false, now }
    }

    /// Somebody at a screen who may do everything that the org allows at all.
    pub(crate) fn hand(&self, now: Timestamp) -> Caller {
        Caller { user: self.me, administrator: true, may_invite: true, sees_all: true, now }
    }

    /// The records as the request at hand sees them.
    pub(crate) fn view(&self) -> View<'_> {
        let veil = Veil {
            me: self.me,
            hidden: &self.hidden,
            view_all_users: self.settings.view_all_users,
            rules: &self.rules,
            old_licences: &self.old_licences,
        };
        View::through(veil, &self.store, &self.disturbance.stale)
    }

    /// Makes all writes so far known everywhere, also to what follows late.
    pub(crate) fn settle(&mut self) {
        self.store.settle();
        self.remember_licences();
    }

    /// Keeps the present numbers for `UsedLicenses` to go on showing.
    pub(crate) fn remember_licences(&mut self) {
        let truth = View::whole(&self.store);
        let licences = self.store.rows(Object::UserLicense);
        self.old_licences = licences.map(|(id, _)| (id, truth.used_licences(id))).collect();
    }

    /// The one record whose indexed field has this value.
    pub(crate) fn named(
        &self,
        object: Object,
        field: &'static str,
        value: &str,
    ) -> Option<RecordId> {
        self.store.find(object, field, &Value::from(value)).next().map(|(id, _)| id)
    }

    /// The name of the licence of a user.
    pub(crate) fn licence_of(&self, user: &Row) -> &str {
        user.id("ProfileId")
            .and_then(|id| self.store.row(Object::Profile, id))
            .and_then(|profile| profile.id("UserLicenseId"))
            .and_then(|id| self.store.row(Object::UserLicense, id))
            .map_or("", |licence| licence.text("Name"))
    }

    /// Whether a user is a customer.
    pub(crate) fn is_customer(&self, user: &Row) -> bool {
        self.licence_of(user) == Licence::ChatterExternal.name()
    }

    /// A membership, if there is one.
    pub(crate) fn membership(&self, group: RecordId, user: RecordId) -> Option<(RecordId, &Row)> {
        self.store
            .find(Object::CollaborationGroupMember, "MemberId", &Value::Id(user))
            .find(|(_, row)| row.id("CollaborationGroupId") == Some(group))
    }

    /// Refuses what only the owner, a manager or an administrator of a group may do.
    pub(crate) fn check_manages(&self, caller: Caller, group: RecordId) -> Result<(), Refusal> {
        let is_owner = self
            .store
            .row(Object::CollaborationGroup, group)
            .is_some_and(|row| row.id("OwnerId") == Some(caller.user));
        let is_manager = || {
            self.membership(group, caller.user)
                .is_some_and(|(_, row)| row.text("CollaborationRole") == "Admin")
        };
        if caller.administrator || is_owner || is_manager() {
            return Ok(());
        }
        let message = "insufficient access rights on object id";
        Err(Refusal::new("INSUFFICIENT_ACCESS_OR_READONLY", message))
    }

    /// A savepoint of records and mails.
    pub(crate) fn savepoint(&self) -> (usize, usize) {
        (self.store.savepoint(), self.mails.len())
    }

    /// Undoes records and mails since the savepoint.
    pub(crate) fn roll_back(&mut self, (records, mails): (usize, usize)) {
        self.store.roll_back(records);
        self.mails.truncate(mails);
    }
}

/// The id of an org, and a store whose ids begin where no other org's do.
fn identity(given: Option<&str>) -> Result<(RecordId, Store), StartError> {
    let Some(given) = given else {
        let organization = RecordId::new(Object::Organization.prefix(), *b"5g", 37);
        return Ok((organization, Store::new(*b"5g", 37)));
    };
    let organization = RecordId::parse(given)
        .filter(|id| Object::of(*id) == Some(Object::Organization))
        .ok_or_else(|| StartError::OrganizationId(given.to_owned()))?;
    let mut random = fastrand::Rng::with_seed(seed_of(organization));
    Ok((organization, Store::new(organization.instance(), random.u64(1 << 32..1 << 48))))
}

/// A number that differs from org to org.
fn seed_of(organization: RecordId) -> u64 {
    let step = |sum: u64, byte: u8| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    organization.as_str().bytes().fold(0xcbf2_9ce4_8422_2325, step)
}

/// Whole seconds, as the audit fields keep them.
pub(crate) fn whole_seconds(instant: Timestamp) -> Timestamp {
    Timestamp::from_second(instant.as_second()).unwrap_or(instant)
}
