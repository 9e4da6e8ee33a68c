//! The shape of the project events, for their schemas. [`crate::Event`] reads them; like it, these take `null` for
//! absent and leave further fields alone.

use access::schema::{WRITTEN_ORG, WRITTEN_PROJECT};
use jiff::Timestamp;
use schemars::JsonSchema;

/// The project of adopted access, as a sender may write it.
const UNGOVERNED: &str = r"^[\s\u0085]*ungoverned[\s\u0085]*$";

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
    pub closed_by: Option<String>,
    /// Why, for the audit.
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
    pub reopened_by: Option<String>,
    /// Why, for the audit.
    pub reason: Option<String>,
}
