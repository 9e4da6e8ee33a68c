//! Several requests in one call.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::request::{Repeatable, Request};
use crate::transport::Sent;
use crate::{Client, ClientError, answer};

/// Queries or collections in one composite call, at most.
pub(crate) const COMPOSITE_PARTS: usize = 5;

/// A request within a composite one.
pub(crate) struct Part {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
}

/// What became of a part: its body, or why it failed.
pub(crate) type PartAnswer = Result<Value, ClientError>;

impl Client {
    /// Sends parts that may be repeated and do not depend on each other. The answers are in their order.
    pub(crate) async fn composite(
        &self,
        resource: &str,
        parts: Vec<Part>,
    ) -> Result<Vec<PartAnswer>, ClientError> {
        self.composite_noting(resource, parts).await.answer
    }

    /// As [`Client::composite`], for whoever must know whether the whole may take effect later.
    pub(crate) async fn composite_noting(
        &self,
        resource: &str,
        parts: Vec<Part>,
    ) -> Sent<Vec<PartAnswer>> {
        let count = parts.len();
        let requests: Vec<Value> = parts.into_iter().enumerate().map(sub_request).collect();
        let body = json!({
            "allOrNone": false,
            "collateSubrequests": false,
            "compositeRequest": requests,
        });
        let request = Request::post(self.path(resource), body, Repeatable::Yes);
        self.fetch_noting(&request).await.and_then(|answer| Ok(in_order(answer, count)))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Composite {
    composite_response: Vec<SubResponse>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SubResponse {
    #[serde(default)]
    body: Value,
    http_status_code: u16,
    reference_id: String,
}

fn sub_request((place, part): (usize, Part)) -> Value {
    let mut request =
        json!({ "method": part.method, "url": part.path, "referenceId": format!("part{place}") });
    if let (Some(request), Some(body)) = (request.as_object_mut(), part.body) {
        request.insert("body".to_owned(), body);
    }
    request
}

/// Salesforce may answer in another order than asked.
fn in_order(answer: Composite, count: usize) -> Vec<PartAnswer> {
    let mut answers: BTreeMap<String, SubResponse> = answer
        .composite_response
        .into_iter()
        .map(|response| (response.reference_id.clone(), response))
        .collect();
    (0..count)
        .map(|place| match answers.remove(&format!("part{place}")) {
            None => Err(ClientError::Unexpected { what: "a part of a composite was not answered" }),
            Some(part) if (200..300).contains(&part.http_status_code) => Ok(part.body),
            Some(part) => Err(match answer::first_error(&part.body) {
                Some(error) => ClientError::Refused { status: part.http_status_code, error },
                None => ClientError::Status { status: part.http_status_code },
            }),
        })
        .collect()
}
