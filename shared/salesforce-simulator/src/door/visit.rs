//! What the resources are asked: the call behind sign-in, version and path.

use serde_json::{Map, Value as Json};

use crate::org::Caller;
use crate::refusal::Refusal;
use crate::web::Request;

/// One call of the REST API, or one part of a composite call.
#[derive(Debug)]
pub(crate) struct Visit<'a> {
    pub(crate) caller: Caller,
    /// The token of the session that it belongs to.
    pub(crate) session: &'a str,
    /// For example `66.0`.
    pub(crate) version: &'a str,
    pub(crate) method: &'a str,
    /// The path behind the version.
    pub(crate) path: &'a [&'a str],
    pub(crate) query: Option<&'a str>,
    pub(crate) payload: Payload<'a>,
}

/// Where the body of a call stands.
#[derive(Debug)]
pub(crate) enum Payload<'a> {
    Request(&'a Request),
    Part { request: &'a Request, body: Option<&'a Json> },
}

impl Visit<'_> {
    /// The JSON object in the body.
    pub(crate) fn body(&self) -> Result<Map<String, Json>, Refusal> {
        match self.payload {
            Payload::Request(request) => request.json(),
            Payload::Part { body: Some(Json::Object(body)), .. } => Ok(body.clone()),
            Payload::Part { .. } => {
                Err(Refusal::new("JSON_PARSER_ERROR", "The request has no JSON object as body."))
            }
        }
    }

    /// A header of the HTTP request.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        match self.payload {
            Payload::Request(request) | Payload::Part { request, .. } => request.header(name),
        }
    }
}
