//! A request to the REST API, and whether it may be repeated.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

/// With less time than this, a request is not begun. One that must not be repeated gets more, for if it is
/// cut short somebody has to find out what became of it.
pub(crate) const LEAST_REPEATABLE: Duration = Duration::from_millis(200);
pub(crate) const LEAST_NOT_REPEATABLE: Duration = Duration::from_secs(1);

/// Whether sending a request twice does the same as sending it once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeatable {
    Yes,
    No,
}

/// A request to the REST API.
pub(crate) struct Request {
    pub(crate) method: Method,
    /// Path and query from `/services/data/` on.
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
    pub(crate) repeatable: Repeatable,
}

impl Request {
    pub(crate) fn get(path: String) -> Self {
        Self { method: Method::GET, path, body: None, repeatable: Repeatable::Yes }
    }

    pub(crate) fn post(path: String, body: Value, repeatable: Repeatable) -> Self {
        Self { method: Method::POST, path, body: Some(body), repeatable }
    }

    /// An update sets fields to values, so it may be repeated.
    pub(crate) fn patch(path: String, body: Value) -> Self {
        Self { method: Method::PATCH, path, body: Some(body), repeatable: Repeatable::Yes }
    }

    /// Whether it asks something that every org has in every version of the API, and not for a record or for the next page.
    pub(crate) fn is_for_a_resource(&self) -> bool {
        let path = self.path.split('?').next().unwrap_or_default();
        ["query", "composite", "composite/sobjects"]
            .iter()
            .any(|it| path.ends_with(&format!("/{it}")))
    }

    /// A record that was deleted before is as good as deleted, so it may be repeated.
    pub(crate) fn delete(path: String) -> Self {
        Self { method: Method::DELETE, path, body: None, repeatable: Repeatable::Yes }
    }
}
