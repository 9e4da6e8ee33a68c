//! What the org was asked, for assertions: the call log and the shape of a request.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value as Json;

use crate::id::RecordId;
use crate::schema::Object;
use crate::soql;
use crate::web::{self, Request};

/// One request as the org saw it. Tokens and assertions are not in it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// When it came, by the org's clock.
    pub at: Timestamp,
    /// HTTP method.
    pub method: String,
    /// Path without the query string.
    pub path: String,
    /// The SOQL of a query.
    pub soql: Option<String>,
    /// Objects that it reads or writes, sub-requests included.
    pub objects: Vec<String>,
    /// Whether it asks for a change.
    pub write: bool,
    /// Whether something changed.
    pub changed: bool,
    /// Records of a collection.
    pub records: usize,
    /// Whether it counted against the daily allocation.
    pub counted: bool,
    /// HTTP status as sent; none when the connection was closed without an answer.
    pub status: Option<u16>,
    /// The scheduled fault that hit it.
    pub fault: Option<String>,
    /// Sub-requests of a composite request.
    pub subrequests: Vec<Subrequest>,
}

/// One part of a composite request.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Subrequest {
    /// HTTP method.
    pub method: String,
    /// Path without the query string.
    pub path: String,
    /// The SOQL of a query.
    pub soql: Option<String>,
    /// Objects that it reads or writes.
    pub objects: Vec<String>,
    /// Whether it asks for a change.
    pub write: bool,
    /// HTTP status of its part of the answer, if it was carried out.
    pub status: Option<u16>,
}

/// What can be told of a request before anything is done.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shape {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) soql: Option<String>,
    pub(crate) objects: Vec<String>,
    pub(crate) write: bool,
    pub(crate) records: usize,
    pub(crate) sign_in: bool,
    pub(crate) subrequests: Vec<Subrequest>,
}

impl Shape {
    /// Looks at a request. What cannot be read leaves its part empty.
    pub(crate) fn of(request: &Request) -> Self {
        let body = serde_json::from_slice(&request.body).unwrap_or(Json::Null);
        let mut shape =
            Self::of_parts(&request.method, &request.path, request.query.as_deref(), &body);
        let parts = body.get("compositeRequest").and_then(Json::as_array);
        for part in parts.into_iter().flatten() {
            let text = |key| part.get(key).and_then(Json::as_str).unwrap_or_default();
            let (path, query) = web::split(text("url"));
            let body = part.get("body").unwrap_or(&Json::Null);
            let part = Self::of_parts(text("method"), path, query, body);
            shape.write |= part.write;
            shape.records += part.records;
            shape.objects.extend(part.objects.iter().cloned());
            shape.subrequests.push(Subrequest {
                method: part.method,
                path: part.path,
                soql: part.soql,
                objects: part.objects,
                write: part.write,
                status: None,
            });
        }
        shape.objects.sort();
        shape.objects.dedup();
        shape
    }

    fn of_parts(method: &str, path: &str, query: Option<&str>, body: &Json) -> Self {
        let mut shape =
            Self { method: method.to_owned(), path: path.to_owned(), ..Self::default() };
        let segments: Vec<&str> = web::segments(path);
        let is_change = method != "GET";
        match segments.get(3..).unwrap_or_default() {
            ["query"] | ["tooling", "query"] => {
                shape.soql = web::parameter(query, "q");
                let parsed = shape.soql.as_deref().and_then(|soql| soql::parse(soql).ok());
                shape.objects.extend(parsed.map(|parsed| parsed.from));
            }
            ["sobjects", object, ..] => {
                shape.objects.push((*object).to_owned());
                shape.write = is_change;
            }
            ["composite", "sobjects"] => {
                shape.write = is_change;
                let types = collection_types(query, body);
                shape.records = types.len();
                shape.objects = types;
                shape.objects.sort();
                shape.objects.dedup();
            }
            ["chatter", ..] => {
                shape.objects =
                    ["CollaborationGroupMember", "CollaborationInvitation"].map(Into::into).into();
                shape.write = is_change;
            }
            _ => shape.sign_in = segments == ["services", "oauth2", "token"],
        }
        shape
    }

    pub(crate) fn into_call(self, at: Timestamp) -> Call {
        Call {
            at,
            method: self.method,
            path: self.path,
            soql: self.soql,
            objects: self.objects,
            write: self.write,
            changed: false,
            records: self.records,
            counted: false,
            status: None,
            fault: None,
            subrequests: self.subrequests,
        }
    }
}

/// The object of each record of a collection.
fn collection_types(query: Option<&str>, body: &Json) -> Vec<String> {
    if let Some(ids) = web::parameter(query, "ids") {
        let object = |id: &str| RecordId::parse(id.trim()).and_then(Object::of);
        return ids
            .split(',')
            .map(|id| object(id).map(Object::name).unwrap_or_default().to_owned())
            .collect();
    }
    let records = body.get("records").and_then(Json::as_array);
    records
        .into_iter()
        .flatten()
        .map(|record| {
            let object = record.pointer("/attributes/type").and_then(Json::as_str);
            object.unwrap_or_default().to_owned()
        })
        .collect()
}
