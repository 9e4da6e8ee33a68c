//! SOQL, by a builder only: texts are escaped, ids are ids, and long lists are split.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::marker::PhantomData;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;

use crate::{Id, Query};

/// Longest address of a query, path included. Salesforce refuses an address of more than 16,384 bytes (414)
/// and one that exceeds this together with the headers (431), so that room is left for those. The text is
/// never longer than its encoding and thus stays below the 100,000 characters that SOQL may have.
pub(crate) const ADDRESS_BYTES: usize = 15_000;
/// What comes before the text: `/services/data/v66.0/tooling/query?q=` and some more.
const PATH_BYTES: usize = 64;
/// Characters of SOQL that need no escaping in the query of an address.
const PLAIN: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b',').remove(b'(').remove(b')');

/// A row of an object, with the fields to ask for.
pub(crate) trait Row: DeserializeOwned {
    const OBJECT: &'static str;
    const FIELDS: &'static str;
}

/// A query under construction.
pub(crate) struct Select<T> {
    conditions: Vec<String>,
    row: PhantomData<fn() -> T>,
}

impl<T: Row> Select<T> {
    pub(crate) fn new() -> Self {
        Self { conditions: Vec::new(), row: PhantomData }
    }

    pub(crate) fn equals(mut self, field: &'static str, value: &str) -> Self {
        self.conditions.push(format!("{field} = {}", text(value)));
        self
    }

    pub(crate) fn equals_id(self, field: &'static str, id: &Id) -> Self {
        self.equals(field, id.as_str())
    }

    pub(crate) fn and_true(mut self, field: &'static str) -> Self {
        self.conditions.push(format!("{field} = true"));
        self
    }

    /// The rows that meet all conditions.
    pub(crate) fn query(self) -> Query<T> {
        Query::of(vec![self.text_with(None)])
    }

    /// As [`Select::query`], where the field also is one of the ids. In as many pieces as it takes, none of
    /// them for an empty list.
    pub(crate) fn one_of_ids(self, field: &'static str, ids: &[Id]) -> Query<T> {
        let distinct: BTreeSet<&str> = ids.iter().map(Id::as_str).collect();
        self.in_pieces(field, distinct.into_iter())
    }

    /// As [`Select::one_of_ids`], for texts. Salesforce compares without regard to case, so texts that differ
    /// in case alone are one: in two pieces they would find a row twice.
    pub(crate) fn one_of<'a>(
        self,
        field: &'static str,
        values: impl Iterator<Item = &'a str>,
    ) -> Query<T> {
        let distinct: BTreeMap<String, &str> =
            values.map(|value| (value.to_lowercase(), value)).collect();
        self.in_pieces(field, distinct.into_values())
    }

    fn in_pieces<'a>(self, field: &'static str, values: impl Iterator<Item = &'a str>) -> Query<T> {
        let room = ADDRESS_BYTES
            .saturating_sub(PATH_BYTES + encode(&self.text_with(Some((field, "")))).len());
        let mut pieces = Vec::new();
        let mut list = String::new();
        let mut used = 0;
        for value in values {
            let literal = text(value);
            let size = encode(&literal).len() + 1;
            if !list.is_empty() {
                if used + size > room {
                    pieces.push(self.text_with(Some((field, &list))));
                    list.clear();
                    used = 0;
                } else {
                    list.push(',');
                }
            }
            list.push_str(&literal);
            used += size;
        }
        if !list.is_empty() {
            pieces.push(self.text_with(Some((field, &list))));
        }
        Query::of(pieces)
    }

    fn text_with(&self, list: Option<(&'static str, &str)>) -> String {
        let list = list.map(|(field, list)| format!("{field} IN ({list})"));
        let conditions: Vec<String> = self.conditions.iter().cloned().chain(list).collect();
        format!("SELECT {} FROM {} WHERE {}", T::FIELDS, T::OBJECT, conditions.join(" AND "))
    }
}

/// The text as it goes into an address.
pub(crate) fn encode(soql: &str) -> String {
    utf8_percent_encode(soql, PLAIN).to_string()
}

/// A string literal. Backslash and quote are escaped, and control characters in the escapes that SOQL has:
/// it takes no others.
fn text(value: &str) -> String {
    let mut literal = String::with_capacity(value.len() + 2);
    literal.push('\'');
    for character in value.chars() {
        match character {
            '\\' => literal.push_str("\\\\"),
            '\'' => literal.push_str("\\'"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            '\u{8}' => literal.push_str("\\b"),
            '\u{c}' => literal.push_str("\\f"),
            other if other.is_control() => {
                // Writing to a string does not fail.
                let _ = write!(literal, "\\u{:04X}", u32::from(other));
            }
            other => literal.push(other),
        }
    }
    literal.push('\'');
    literal
}

#[cfg(test)]
#[path = "soql_tests.rs"]
mod tests;
