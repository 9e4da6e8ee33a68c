//! Requests and answers, freed from the HTTP library.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value as Json, json};

use crate::refusal::Refusal;

/// The longest request target, and the most bytes of target and headers together.
pub(crate) const LONGEST_TARGET: usize = 16_384;

/// One request.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The length of the request target in bytes.
    pub(crate) fn target_length(&self) -> usize {
        self.path.len() + self.query.as_ref().map_or(0, |query| query.len() + 1)
    }

    /// The request target: path and query.
    pub(crate) fn target(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.clone(),
        }
    }

    /// The JSON object in the body. Salesforce wants its type declared.
    pub(crate) fn json(&self) -> Result<Map<String, Json>, Refusal> {
        let content_type = self.header("content-type").unwrap_or_default();
        if !content_type.to_ascii_lowercase().starts_with("application/json") {
            let message = format!("Content type '{content_type}' is not supported");
            return Err(Refusal::new("UNSUPPORTED_MEDIA_TYPE", message));
        }
        serde_json::from_slice(&self.body)
            .map_err(|error| Refusal::new("JSON_PARSER_ERROR", error.to_string()))
    }
}

/// What an answer carries.
#[derive(Debug)]
pub(crate) enum Content {
    Empty,
    Json(Json),
    Html(&'static str),
    /// Bytes that claim to be JSON.
    Raw(Vec<u8>),
}

/// One answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content: Content,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Answer {
    pub(crate) fn json(status: u16, body: Json) -> Self {
        Self { status, content: Content::Json(body), headers: Vec::new() }
    }

    pub(crate) fn html(status: u16, body: &'static str) -> Self {
        Self { status, content: Content::Html(body), headers: Vec::new() }
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self { status, content: Content::Empty, headers: Vec::new() }
    }

    pub(crate) fn with(mut self, header: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((header, value.into()));
        self
    }

    /// The answer whose body ends in the middle.
    pub(crate) fn torn(self) -> Self {
        let whole = match self.content {
            Content::Json(body) => body.to_string(),
            Content::Empty | Content::Html(_) | Content::Raw(_) => "{\"success\":true".to_owned(),
        };
        let half = whole.len().div_ceil(2);
        let bytes = whole.into_bytes().into_iter().take(half).collect();
        Self { status: 200, content: Content::Raw(bytes), headers: self.headers }
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self::json(refusal.status, refusal.as_body())
    }
}

impl From<Result<Answer, Refusal>> for Answer {
    fn from(result: Result<Answer, Refusal>) -> Self {
        result.unwrap_or_else(Self::from)
    }
}

impl From<Answer> for Response<Body> {
    fn from(answer: Answer) -> Self {
        let (content_type, body) = match answer.content {
            Content::Empty => (None, Body::empty()),
            Content::Json(body) => {
                (Some("application/json;charset=UTF-8"), Body::from(body.to_string()))
            }
            Content::Html(body) => (Some("text/html;charset=UTF-8"), Body::from(body)),
            Content::Raw(body) => (Some("application/json;charset=UTF-8"), Body::from(body)),
        };
        let mut response = Response::new(body);
        // 420 is not registered, yet a status code may be any three digits.
        *response.status_mut() =
            StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        if let Some(content_type) = content_type {
            headers.insert("content-type", HeaderValue::from_static(content_type));
        }
        for (name, value) in answer.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

/// Splits a request target into path and query.
pub(crate) fn split(target: &str) -> (&str, Option<&str>) {
    match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    }
}

/// The parts of a path. One slash at the end is overlooked, as many clients send it.
pub(crate) fn segments(path: &str) -> Vec<&str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    path.strip_suffix('/').unwrap_or(path).split('/').collect()
}

/// A parameter of a query string or form. A plus sign stands for a space.
pub(crate) fn parameter(encoded: Option<&str>, name: &str) -> Option<String> {
    let decode = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_decode_str(&spaced).decode_utf8().ok().map(std::borrow::Cow::into_owned)
    };
    encoded?.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(key).as_deref() == Some(name)).then(|| decode(value)).flatten()
    })
}

/// The answer to a method that a resource does not offer.
pub(crate) fn method_not_allowed(method: &str, allowed: &str) -> Refusal {
    let message = format!("HTTP Method '{method}' not allowed. Allowed are {allowed}");
    Refusal::new("METHOD_NOT_ALLOWED", message)
}

/// Salesforce's record of a success.
pub(crate) fn saved(id: &str) -> Json {
    json!({ "id": id, "success": true, "errors": [] })
}
