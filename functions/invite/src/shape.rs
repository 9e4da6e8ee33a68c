//! The shape of an invitation request, for its schema. [`crate::Request`] reads it; like it, this takes `null` for
//! absent and leaves further fields alone.

use access::Role;
use access::schema::{
    CLEAN_TEXT, WRITTEN_ADDRESS, WRITTEN_ASKED_PROJECT, WRITTEN_GROUP_NAME, WRITTEN_ORG,
    WRITTEN_PROJECT_NAME,
};
use jiff::Timestamp;
use runtime::MAXIMUM_ADDRESSES;
use schemars::JsonSchema;
use serde_json::{Value, json};

use crate::request::longest;

/// What may be taken for HTML.
const HTML: &str = r"<[A-Za-z/!?]|&#[0-9xX]|&[0-9A-Za-z]+;";

/// Somebody asks for customers to be let into a group for a project.
///
/// Asking again for the same org, project, group and customer changes the grant. One bad address makes the whole request
/// invalid.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename_all = "camelCase", extend("not" = both("expiresAt", "days")))]
pub struct InvitationRequest {
    /// The alias of the Salesforce org; `main` if absent.
    #[schemars(regex(pattern = WRITTEN_ORG))]
    pub org: Option<String>,
    /// The project that access is for.
    pub project: RequestedProject,
    /// The Chatter group: found by id, or found by name or created.
    pub group: RequestedGroup,
    /// The customers, at most 1,000.
    pub customers: RequestedCustomers,
    /// The message of the invitation, in one line, without HTML, and without addresses of web pages unless the policy allows them.
    #[schemars(
        length(max = longest::MESSAGE),
        regex(pattern = CLEAN_TEXT),
        extend("not" = { "type": "string", "pattern": HTML })
    )]
    pub message: Option<String>,
    /// The address of who answers for the customers.
    #[schemars(regex(pattern = WRITTEN_ADDRESS))]
    pub sponsor: String,
    /// Why access is needed.
    #[schemars(length(max = longest::REASON), regex(pattern = CLEAN_TEXT))]
    pub reason: Option<String>,
    /// When access was asked for, which orders requests for the same; the event's `time` if absent. At most five minutes ahead.
    pub requested_at: Option<Timestamp>,
    /// When access is over: at least an hour ahead, within the policy's maximum. Not together with `days`.
    pub expires_at: Option<Timestamp>,
    /// For how many days of 24 hours access is needed, within the policy's maximum. Not together with `expiresAt`.
    #[schemars(range(min = 1))]
    pub days: Option<u64>,
}

/// The project that access is for.
#[derive(Clone, Debug, JsonSchema)]
pub struct RequestedProject {
    /// The upstream's own id, in Unicode's normal form NFC.
    #[schemars(regex(pattern = WRITTEN_ASKED_PROJECT))]
    pub id: String,
    /// Its name, for people.
    #[schemars(regex(pattern = WRITTEN_PROJECT_NAME))]
    pub name: Option<String>,
}

/// A group by exactly one of id and name.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename_all = "camelCase", extend("oneOf" = [only("id", "name"), only("name", "id")]))]
pub struct RequestedGroup {
    /// A Salesforce id of 15 or 18 characters. A group by id must exist.
    #[schemars(regex(
        pattern = r"^[\s\u0085\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*0F9[0-9A-Za-z]{12}([0-9A-Za-z]{3})?[\s\u0085\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*$"
    ))]
    pub id: Option<String>,
    /// A name of at most 40 characters, found in any spelling, else created private with customers allowed.
    #[schemars(regex(pattern = WRITTEN_GROUP_NAME))]
    pub name: Option<String>,
    /// The description, used when the group is created.
    #[schemars(length(max = longest::GROUP_DESCRIPTION), regex(pattern = CLEAN_TEXT))]
    pub description: Option<String>,
    /// True consents to turn *Allow Customers* on in an existing private group; Salesforce cannot turn it off again.
    pub allow_customers: Option<bool>,
}

/// A list of customers, or one text of addresses separated by comma, semicolon or white space.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged)]
pub enum RequestedCustomers {
    /// Each with a role.
    List(#[schemars(length(min = 1, max = MAXIMUM_ADDRESSES))] Vec<RequestedCustomer>),
    /// All of them members.
    Text(#[schemars(regex(pattern = r"[^\s,;]"))] String),
}

/// One customer.
#[derive(Clone, Debug, JsonSchema)]
pub struct RequestedCustomer {
    /// The address.
    #[schemars(regex(pattern = WRITTEN_ADDRESS))]
    pub email: String,
    /// What the customer may do in the group; that of the grant if absent, and of somebody new a member.
    pub role: Option<Role>,
}

/// Matches an object that has both fields.
fn both(one: &str, other: &str) -> Value {
    let present = json!({ "not": { "type": "null" } });
    json!({ "required": [one, other], "properties": { one: present, other: present } })
}

/// Matches an object that has `field` and not `absent`.
fn only(field: &str, absent: &str) -> Value {
    json!({
        "required": [field],
        "properties": { field: { "not": { "type": "null" } }, absent: { "type": "null" } },
    })
}
