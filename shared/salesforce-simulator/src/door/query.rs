//! `/query`: SOQL over HTTP, page by page.

use serde_json::{Value as Json, json};

use super::visit::Visit;
use crate::id::RecordId;
use crate::org::{Cursor, Org};
use crate::refusal::Refusal;
use crate::soql;
use crate::web::{self, Answer};

/// The key prefix of query locators, as seen in the field.
const LOCATOR: &str = "0r8";

/// The smallest page that a client may ask for.
const SMALLEST_PAGE: usize = 200;

/// Answers a query, or the next page of one.
pub(super) fn query(org: &mut Org, visit: &Visit<'_>) -> Result<Answer, Refusal> {
    if visit.method != "GET" {
        return Err(web::method_not_allowed(visit.method, "GET,HEAD"));
    }
    if let [_, locator] = visit.path {
        return next_page(org, visit, locator);
    }
    let text = web::parameter(visit.query, "q")
        .ok_or_else(|| Refusal::new("MALFORMED_QUERY", "A query string has to be specified"))?;
    let query = soql::parse(&text)?;
    if query.from.eq_ignore_ascii_case("UserLicense") && !org.settings.view_setup {
        return Err(soql::unknown_object("UserLicense"));
    }
    let found = soql::run(&query, org.view(), visit.version)?;
    let page_size = page_size(org.page_size, visit.header("sforce-query-options"));
    if !query.group.is_empty() && found.records.len() > page_size {
        let message = "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch";
        return Err(Refusal::new("EXCEEDED_ID_LIMIT", message));
    }
    if found.records.len() <= page_size {
        let body = json!({ "totalSize": found.size, "done": true, "records": found.records });
        return Ok(Answer::json(200, body));
    }
    // The locator's form: an id, a hyphen, and how many records came before.
    let number = u64::try_from(org.cursors.len() + 1).unwrap_or(u64::MAX);
    let name = RecordId::new(LOCATOR, org.organization.instance(), number).to_string();
    let session = visit.session.to_owned();
    org.cursors.insert(name.clone(), Cursor { session, records: found.records, page_size });
    next_page(org, visit, &format!("{name}-0"))
}

/// A page behind a locator, which only the session that made it knows.
fn next_page(org: &Org, visit: &Visit<'_>, locator: &str) -> Result<Answer, Refusal> {
    let invalid = || Refusal::new("INVALID_QUERY_LOCATOR", "invalid query locator");
    let (name, offset) = locator.split_once('-').ok_or_else(invalid)?;
    let offset: usize = offset.parse().map_err(|_| invalid())?;
    let cursor = org.cursors.get(name).filter(|cursor| cursor.session == visit.session);
    let Cursor { records, page_size, .. } = cursor.ok_or_else(invalid)?;
    let end = records.len().min(offset.saturating_add(*page_size));
    let page: &[Json] = records.get(offset..end).ok_or_else(invalid)?;
    let is_last = end == records.len();
    let mut body = json!({ "totalSize": records.len(), "done": is_last, "records": page });
    if !is_last {
        let url = format!("/services/data/v{}/query/{name}-{end}", visit.version);
        body["nextRecordsUrl"] = json!(url);
    }
    Ok(Answer::json(200, body))
}

/// The client's `batchSize` is a hint that can only make pages smaller.
fn page_size(largest: usize, options: Option<&str>) -> usize {
    let hint = options
        .into_iter()
        .flat_map(|options| options.split(','))
        .filter_map(|option| option.trim().strip_prefix("batchSize="))
        .find_map(|size| size.trim().parse::<usize>().ok());
    hint.map_or(largest, |hint| hint.max(SMALLEST_PAGE).min(largest))
}
