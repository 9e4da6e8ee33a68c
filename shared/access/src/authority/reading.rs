//! Reads what rules are made of, and says of what is wrong where it is.

use std::fmt;

use serde_json::{Map, Value};

/// What is wrong with a value of the policy, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// The way to it from the value that was read; empty where it is that value.
    path: String,
    /// What it must be.
    pub(crate) expected: &'static str,
}

impl Wrong {
    /// A field that nobody knows. It is wrong, because a misspelt rule must not be no rule.
    pub(crate) fn unknown(field: &str) -> Self {
        Self::from("is not known; check its spelling").within(field)
    }

    /// The same, seen from around the field in which it is.
    pub(crate) fn within(self, field: &str) -> Self {
        let joint = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        Self { path: format!("{field}{joint}{}", self.path), ..self }
    }

    /// The same, seen from around the entry in which it is.
    pub(crate) fn within_entry(self, key: &str) -> Self {
        self.within(&format!("[\"{key}\"]"))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }
}

impl From<&'static str> for Wrong {
    fn from(expected: &'static str) -> Self {
        Self { path: String::new(), expected }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gap = if self.path.is_empty() { "" } else { " " };
        write!(formatter, "{}{gap}{}", self.path, self.expected)
    }
}

/// The fields of an object.
pub(super) fn fields<'a>(
    value: &'a Value,
    expected: &'static str,
) -> Result<&'a Map<String, Value>, Wrong> {
    value.as_object().ok_or_else(|| Wrong::from(expected))
}

/// A list of texts, each of which `read` takes.
pub(super) fn patterns<T>(
    value: &Value,
    expected: &'static str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>, Wrong> {
    let list = value.as_array().ok_or_else(|| Wrong::from(expected))?;
    let read = |it: &Value| it.as_str().and_then(&read).ok_or_else(|| Wrong::from(expected));
    list.iter().map(read).collect()
}

/// `true` or `false`.
pub(super) fn switch(value: &Value) -> Result<bool, Wrong> {
    value.as_bool().ok_or_else(|| Wrong::from("must be true or false"))
}
