//! What an org is started with, and what may be changed while it runs.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Tells the org what time it is.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What an org is started with.
#[derive(Clone)]
pub struct Options {
    /// The org's clock: sessions, invitations, the daily allocation and all audit fields follow it.
    pub clock: Clock,
    /// Port on the loopback address; 0 takes a free one.
    pub port: u16,
    /// Total of `Chatter External` licences.
    pub seats: i64,
    /// Calls that the org answers within 24 hours.
    pub api_limit: usize,
    /// Username of the integration user, the `sub` of the assertion.
    pub username: String,
    /// Consumer key, the `iss` of the assertion.
    pub client_id: String,
    /// Values of `aud` that are accepted besides the org's own address.
    pub audiences: Vec<String>,
    /// `apiVersion` of the ready-made secret.
    pub api_version: String,
    /// Most records on one page of a query. Salesforce: 2,000.
    pub page_size: usize,
    /// How long an access token is good for.
    pub session_life: SignedDuration,
    /// How long a scheduled time-out holds the answer back before the connection is closed.
    pub hold: Duration,
    /// `Organization.Id`, 15 or 18 characters that begin with `00D`. Another one makes another org:
    /// all its record ids are others too.
    pub organization_id: Option<String>,
    /// `Organization.Name`.
    pub name: String,
    /// `Organization.IsSandbox`.
    pub is_sandbox: bool,
    /// Licence of the stock user `Chatter Expert`.
    pub stock_user_licence: Licence,
    /// Org settings at the start.
    pub settings: Settings,
    /// Behaviour at the start, where the sources leave it open.
    pub rules: Rules,
}

impl Options {
    /// An org where everything that the product needs is switched on.
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            port: 0,
            seats: 500,
            api_limit: 15_000,
            username: "integration@corp.example".to_owned(),
            client_id: "3MVG9lanyard.demo.consumer.key".to_owned(),
            audiences: vec!["https://login.salesforce.com".to_owned()],
            api_version: "66.0".to_owned(),
            page_size: 2000,
            session_life: SignedDuration::from_hours(2),
            hold: Duration::from_secs(30),
            organization_id: None,
            name: "Corp".to_owned(),
            is_sandbox: false,
            stock_user_licence: Licence::ChatterFree,
            settings: Settings::default(),
            rules: Rules::default(),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("port", &self.port).finish_non_exhaustive()
    }
}

/// A user licence of the org.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Licence {
    /// Full licence of the company's own people.
    #[serde(rename = "Salesforce")]
    Salesforce,
    /// The company's own people who only use Chatter.
    #[serde(rename = "Chatter Free")]
    ChatterFree,
    /// Customers.
    #[serde(rename = "Chatter External")]
    ChatterExternal,
}

impl Licence {
    /// All licences of the org.
    pub const ALL: [Self; 3] = [Self::Salesforce, Self::ChatterFree, Self::ChatterExternal];

    /// `UserLicense.Name`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Salesforce => "Salesforce",
            Self::ChatterFree => "Chatter Free",
            Self::ChatterExternal => "Chatter External",
        }
    }

    /// Name of the profile that users with this licence get.
    pub(crate) fn profile(self) -> &'static str {
        match self {
            Self::Salesforce => "Standard User",
            Self::ChatterFree => "Chatter Free User",
            Self::ChatterExternal => "Chatter External User",
        }
    }
}

/// Whether the Tooling API shows the org's settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Tooling {
    /// Shows them.
    Readable,
    /// Refuses with 403.
    Forbidden,
    /// Answers with a `Metadata` that is null.
    MetadataNull,
    /// Answers without the key `enableInviteCsnUsers`.
    KeyMissing,
}

/// Settings that an admin makes in Setup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent switches")]
pub struct Settings {
    /// *Allow customer invitations*, `ChatterSettings.enableInviteCsnUsers`.
    pub customer_invitations: bool,
    /// Whether the settings can be read.
    pub tooling: Tooling,
    /// `MyDomainSettings.canOnlyLoginWithMyDomainUrl`.
    pub my_domain_login_only: bool,
    /// `SecuritySettings.singleSignOnSettings.enableSamlLogin`.
    pub single_sign_on: bool,
    /// Trusted ranges that are enforced on every request.
    pub ip_ranges: bool,
    /// The integration user's permission *Invite Customers To Chatter*.
    pub invite_permission: bool,
    /// Whether the integration user is a system administrator. If not, he may only invite to and
    /// add to groups that he owns or manages.
    pub administrator: bool,
    /// Whether the integration user has *View Setup and Configuration*, without which `UserLicense`
    /// is not there for him.
    pub view_setup: bool,
    /// Whether the integration user has *View All Users* (or *Manage Users*). If not, no row of a
    /// customer is there for him: external users are private by default. Memberships stay, with
    /// `Member` null. For the null no source is certain.
    pub view_all_users: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            customer_invitations: true,
            tooling: Tooling::Readable,
            my_domain_login_only: false,
            single_sign_on: false,
            ip_ranges: false,
            invite_permission: true,
            administrator: true,
            view_setup: true,
            view_all_users: true,
        }
    }
}

/// Behaviour that the sources leave open, and limits whose size they do not give.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent open questions")]
pub struct Rules {
    /// Code of the refusal to invite an address that belongs to a user of the org.
    pub existing_user_code: String,
    /// A cancelled invitation's row disappears instead of staying as `Canceled`.
    pub cancelled_row_disappears: bool,
    /// The link that was mailed still works after the invitation is cancelled.
    pub cancelled_link_works: bool,
    /// On acceptance under another address the first invitation stays `Sent`.
    pub original_stays_sent: bool,
    /// The Connect call `invite` leaves no `CollaborationInvitation` row.
    pub connect_leaves_no_row: bool,
    /// A customer gets no `UserLogin` row on acceptance.
    pub no_login_row_on_acceptance: bool,
    /// A validation rule against deactivation refuses every update of the user, as one does that does not ask what has changed.
    pub blocks_meet_every_update: bool,
    /// Days for which the mailed link works. Salesforce Help says 60.
    pub invitation_days: i64,
    /// Most members of one group; no source gives the number.
    pub maximum_members: Option<usize>,
    /// `/composite` does not exist.
    pub refuse_composite: bool,
    /// `/tooling/composite` does not exist.
    pub refuse_tooling_composite: bool,
    /// `/composite/sobjects` does not exist.
    pub refuse_collections: bool,
    /// Objects that `/composite/sobjects` refuses as a whole, with `INVALID_TYPE`.
    pub refuse_collections_of: Vec<String>,
    /// How `InvitedUserEmailNormalized` is made. The rule is stated nowhere.
    pub normalisation: Normalisation,
    /// An invitation with a status that is not documented cannot be cancelled.
    pub undocumented_status_refuses_cancel: bool,
    /// The relation `UserLicense` of every profile reads null.
    pub profile_licence_null: bool,
    /// Conditions on `CollaborationGroupMember` over the relation `Member` are refused with
    /// `INVALID_FIELD`. That they are possible is only believed.
    pub refuse_member_paths: bool,
    /// `GROUP BY` is refused with `INVALID_FIELD`, whatever the field.
    pub refuse_grouping: bool,
    /// By how much `UserLicense.UsedLicenses` differs from the number of active users.
    pub used_licences_offset: i64,
    /// `UserLicense.UsedLicenses` keeps the values it had when this was set, until
    /// [`crate::OrgHandle::settle`]. How fast it follows is unknown.
    pub used_licences_stale: bool,
    /// `CollaborationGroup.MemberCount` is null, as its reference page allows.
    pub member_count_null: bool,
    /// `Sforce-Limit-Info` also says what this app has used of an allocation of its own.
    pub per_app_usage: bool,
}

/// How an address becomes `InvitedUserEmailNormalized`. Nothing longer than the field's 80
/// characters gets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Normalisation {
    /// Without space around it, in lower case.
    LowerCase,
    /// In lower case, and without the part of the local part that begins with a plus sign.
    WithoutSubAddress,
    /// Not at all: the field stays null.
    Null,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            existing_user_code: "FIELD_INTEGRITY_EXCEPTION".to_owned(),
            cancelled_row_disappears: false,
            cancelled_link_works: false,
            original_stays_sent: false,
            connect_leaves_no_row: false,
            no_login_row_on_acceptance: false,
            blocks_meet_every_update: false,
            invitation_days: 60,
            maximum_members: None,
            refuse_composite: false,
            refuse_tooling_composite: false,
            refuse_collections: false,
            refuse_collections_of: Vec::new(),
            normalisation: Normalisation::LowerCase,
            undocumented_status_refuses_cancel: false,
            profile_licence_null: false,
            refuse_member_paths: false,
            refuse_grouping: false,
            used_licences_offset: 0,
            used_licences_stale: false,
            member_count_null: false,
            per_app_usage: false,
        }
    }
}
