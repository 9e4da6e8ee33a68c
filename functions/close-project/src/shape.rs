//! The shape of the project events, for their schemas. [`crate::Event`] reads them; like it, these take `null` for
//! absent and leave further fields alone.

use access::schema::{WRITTEN_ADDRESS, WRITTEN_GROUP_NAME, WRITTEN_ORG, WRITTEN_PROJECT};
use jiff::Timestamp;
use schemars::JsonSchema;

/// The project of adopted access, as a sender may write it.
const UNGOVERNED: &str = r"^[\s\u0085\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*ungoverned[\s\u0085\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*$";

/// A project closed: nobody is let in for it any more, and all access for it ends.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ProjectClosed {
    /// The upstream's own id of the project. Not `ungoverned`, the project of adopted access, which is never closed.
    #[schemars(regex(pattern = WRITTEN_PROJECT), extend("not" = { "pattern": UNGOVERNED }))]
    pub project_id: String,
    /// The alias of the Salesforce org; `main` if absent.
    #[schemars(regex(pattern = WRITTEN_ORG))]
    pub org: Option<String>,
    /// When the project closed, which orders its events; the event's `time` if absent. At most five minutes ahead.
    pub closed_at: Option<Timestamp>,
    /// Who closed it, for the audit.
    #[schemars(length(max = 1_000))]
    pub closed_by: Option<String>,
    /// Why, for the audit.
    #[schemars(length(max = 1_000))]
    pub reason: Option<String>,
}

/// A closed project is open again: new requests are let in. What has ended stays ended.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ProjectReopened {
    /// The upstream's own id of the project. Not `ungoverned`, the project of adopted access, which is never closed.
    #[schemars(regex(pattern = WRITTEN_PROJECT), extend("not" = { "pattern": UNGOVERNED }))]
    pub project_id: String,
    /// The alias of the Salesforce org; `main` if absent.
    #[schemars(regex(pattern = WRITTEN_ORG))]
    pub org: Option<String>,
    /// When the project was reopened, which orders its events; the event's `time` if absent. At most five minutes ahead.
    pub reopened_at: Option<Timestamp>,
    /// Who reopened it, for the audit.
    #[schemars(length(max = 1_000))]
    pub reopened_by: Option<String>,
    /// Why, for the audit.
    #[schemars(length(max = 1_000))]
    pub reason: Option<String>,
}

/// Access of some customers is withdrawn by name: it ends at once, with proof.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct CustomerAccessWithdrawn {
    /// The alias of the Salesforce org; `main` if absent.
    #[schemars(regex(pattern = WRITTEN_ORG))]
    pub org: Option<String>,
    /// Whose access.
    pub customers: WithdrawnCustomers,
    /// The project; if absent, all that these customers have in the org.
    #[schemars(regex(pattern = WRITTEN_PROJECT))]
    pub project_id: Option<String>,
    /// The Chatter group; if absent, every group.
    pub group: Option<WithdrawnGroup>,
    /// When it was withdrawn; the event's `time` if absent. What was asked for later stays. At most five minutes ahead.
    pub withdrawn_at: Option<Timestamp>,
    /// Who withdrew it, for the audit.
    #[schemars(length(max = 1_000))]
    pub withdrawn_by: Option<String>,
    /// Why, for the audit.
    #[schemars(length(max = 1_000))]
    pub reason: Option<String>,
}

/// A list of customers, or one text of addresses separated by comma, semicolon or white space.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged)]
pub enum WithdrawnCustomers {
    /// One by one.
    List(#[schemars(length(min = 1, max = 1_000))] Vec<WithdrawnCustomer>),
    /// In one text.
    Text(#[schemars(regex(pattern = r"[^\s,;]"))] String),
}

/// One customer.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged)]
pub enum WithdrawnCustomer {
    /// By address.
    Address(#[schemars(regex(pattern = WRITTEN_ADDRESS))] String),
    /// As a request names them.
    Named {
        /// The address.
        #[schemars(regex(pattern = WRITTEN_ADDRESS))]
        email: String,
    },
}

/// A group by exactly one of id and name.
#[derive(Clone, Debug, JsonSchema)]
pub struct WithdrawnGroup {
    /// A Salesforce id of 15 or 18 characters.
    #[schemars(regex(
        pattern = r"^[\s\u0085\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*0F9[0-9A-Za-z]{12}([0-9A-Za-z]{3})?[\s\u0085\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*$"
    ))]
    pub id: Option<String>,
    /// The name that it had when access was given, in any spelling.
    #[schemars(regex(pattern = WRITTEN_GROUP_NAME))]
    pub name: Option<String>,
}
