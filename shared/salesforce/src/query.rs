//! The pages of the answer to a query.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::request::Request;
use crate::{Client, ClientError, Disposition, soql};

/// Pages that are followed at most: two million rows at the usual 2,000 a page.
const PAGES: usize = 1000;

/// How often a query is asked anew from its beginning, because a page could not be had in the session of now.
const RESTARTS: usize = 2;

/// One page of rows.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Page {
    records: Vec<Value>,
    done: bool,
    next_records_url: Option<String>,
    total_size: Option<usize>,
}

impl Page {
    pub(crate) fn read(body: Value) -> Result<Self, ClientError> {
        serde_json::from_value(body)
            .map_err(|_| ClientError::Unexpected { what: "the body is not a page of rows" })
    }
}

impl Client {
    /// The path of a query of one piece.
    pub(crate) fn query_path(&self, soql: &str) -> String {
        self.path(&format!("query?q={}", soql::encode(soql)))
    }

    /// All rows of one piece, by a call of its own.
    pub(crate) async fn rows(&self, soql: &str) -> Result<Vec<Value>, ClientError> {
        let page = self.fetch(&Request::get(self.query_path(soql))).await?;
        self.all_rows(soql, page).await
    }

    /// What a query finds whose first page this is. Of one that asks for a number, the number is the only row.
    pub(crate) async fn all_rows(&self, soql: &str, page: Page) -> Result<Vec<Value>, ClientError> {
        if !soql::is_count(soql) {
            return self.follow(soql, page).await;
        }
        match page.total_size {
            Some(total) if page.done => Ok(vec![Value::from(total)]),
            Some(_) | None => Err(ClientError::Unexpected { what: "a number of rows is missing" }),
        }
    }

    /// The rows of a page and of all that come after it. The way to the next page belongs to a session: where that has ended, another
    /// one does not know it, and the query is asked anew.
    async fn follow(&self, soql: &str, mut page: Page) -> Result<Vec<Value>, ClientError> {
        let unexpected = |what| Err(ClientError::Unexpected { what });
        let mut total = page.total_size;
        let mut rows = Vec::new();
        let mut seen = BTreeSet::new();
        let mut restarts = 0..RESTARTS;
        loop {
            rows.append(&mut page.records);
            if page.done {
                break;
            }
            let Some(next) = page.next_records_url.filter(|next| is_ours(next)) else {
                return unexpected("the next page has no address, or not one of the rest api");
            };
            if seen.len() >= PAGES || !seen.insert(next.clone()) {
                return unexpected("the pages do not end");
            }
            page = match self.fetch(&Request::get(next)).await {
                Err(error) if is_lost(&error) && restarts.next().is_some() => {
                    (rows, seen) = (Vec::new(), BTreeSet::new());
                    let first: Page = self.fetch(&Request::get(self.query_path(soql))).await?;
                    total = first.total_size;
                    first
                }
                answer => answer?,
            };
        }
        // What was not read proves nothing, so fewer rows than announced are no answer.
        if total.is_some_and(|total| rows.len() < total) {
            return unexpected("there are fewer rows than announced");
        }
        Ok(rows)
    }
}

/// Whether Salesforce refuses a page for good, and not whoever asks for it.
fn is_lost(error: &ClientError) -> bool {
    matches!(error, ClientError::Refused { .. } | ClientError::Status { .. })
        && error.disposition() == Disposition::Never
        && !error.is_of_the_org()
}

/// Reads rows. One that cannot be read is an error: skipped, it would look as if it were not there.
pub(crate) fn parse<T: DeserializeOwned>(rows: Vec<Value>) -> Result<Vec<T>, ClientError> {
    rows.into_iter()
        .map(serde_json::from_value)
        .collect::<Result<_, _>>()
        .map_err(|_| ClientError::Unexpected { what: "a row lacks a field or holds another type" })
}

/// The token goes only to the REST API of the host that gave it. A dot may also be written as its code, and still leads up.
fn is_ours(path: &str) -> bool {
    path.starts_with("/services/data/")
        && !path.to_ascii_lowercase().replace("%2e", ".").contains("..")
        && !path.contains("//")
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}
