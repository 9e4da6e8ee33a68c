//! SOQL, by a builder only: texts are escaped, ids are ids, and long lists are split.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};
use std::marker::PhantomData;

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::Id;

/// Longest address of a query, path included. Salesforce refuses an address of more than 16,384 bytes (414)
/// and one that exceeds this together with the headers (431), so that room is left for those. The text is
/// never longer than its encoding and thus stays below the 100,000 characters that SOQL may have.
pub(crate) const ADDRESS_BYTES: usize = 15_000;
/// An address is not made shorter than this: what is refused then is refused for something else.
const LEAST_ADDRESS_BYTES: usize = 1_000;
/// What an address and the headers may have together.
const HEAD_BYTES: usize = 16_384;
/// What the headers take beside token and host, and some more: `accept`, `authorization`, tracing of proxies.
const HEADER_BYTES: usize = 1_000;

/// How many bytes an address may have beside this token and host, where so many are known to be refused never.
pub(crate) fn address_bytes(token: &str, instance: &str, known: usize) -> usize {
    let left = HEAD_BYTES.saturating_sub(HEADER_BYTES + token.len() + instance.len());
    left.min(known).max(LEAST_ADDRESS_BYTES)
}

/// What an address may have after one of so many bytes was refused for its length. `None` where that is not the cause.
pub(crate) fn fewer_bytes(refused: usize) -> Option<usize> {
    (refused > LEAST_ADDRESS_BYTES).then(|| (refused / 2).max(LEAST_ADDRESS_BYTES))
}
/// What comes before the text: `/services/data/v66.0/tooling/query?q=` and some more.
const PATH_BYTES: usize = 64;
/// Characters of SOQL that need no escaping in the query of an address.
const PLAIN: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b',').remove(b'(').remove(b')');

/// A question to an org, with rows of type `T` for an answer. It is sent in several pieces if it is long, in none if
/// there is nothing to ask.
pub struct Query<T> {
    question: Question,
    row: PhantomData<fn() -> T>,
}

impl<T> Query<T> {
    /// Whether there is nothing to ask, so that it takes no call.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.question.is_empty()
    }

    pub(crate) fn into_question(self) -> Question {
        self.question
    }
}

impl<T> fmt::Debug for Query<T> {
    /// Leaves out the text, which holds addresses and names.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query").field("object", &self.question.object).finish_non_exhaustive()
    }
}

/// What a query asks for, to be put into as many pieces as addresses have room for.
pub(crate) struct Question {
    fields: &'static str,
    object: &'static str,
    conditions: Vec<String>,
    group: Option<&'static str>,
    /// Lists of which one at least has to fit, where there are any.
    lists: Option<Vec<In>>,
}

/// A row of an object, with the fields to ask for.
pub(crate) trait Row: DeserializeOwned {
    const OBJECT: &'static str;
    const FIELDS: &'static str;
}

/// A query under construction.
pub(crate) struct Select<T> {
    conditions: Vec<String>,
    group: Option<&'static str>,
    row: PhantomData<fn() -> T>,
}

impl<T: Row> Select<T> {
    pub(crate) fn new() -> Self {
        Self { conditions: Vec::new(), group: None, row: PhantomData }
    }

    pub(crate) fn equals(mut self, field: &'static str, value: &str) -> Self {
        self.conditions.push(format!("{field} = {}", text(value)));
        self
    }

    pub(crate) fn equals_id(self, field: &'static str, id: &Id) -> Self {
        self.equals(field, id.as_str())
    }

    /// The field has these parts in this order, with anything before, between and after them.
    pub(crate) fn like<'a>(
        mut self,
        field: &'static str,
        parts: impl Iterator<Item = &'a str>,
    ) -> Self {
        let mut pattern = "'%".to_owned();
        for part in parts {
            // A wild card that is escaped stands for itself, in a pattern only.
            pattern.push_str(&escaped(part).replace('%', "\\%").replace('_', "\\_"));
            pattern.push('%');
        }
        self.conditions.push(format!("{field} LIKE {pattern}'"));
        self
    }

    pub(crate) fn since(mut self, field: &'static str, at: Timestamp) -> Self {
        // Whole seconds are what the audit fields keep.
        let at = Timestamp::from_second(at.as_second()).unwrap_or(at);
        self.conditions.push(format!("{field} >= {at}"));
        self
    }

    pub(crate) fn and_true(mut self, field: &'static str) -> Self {
        self.conditions.push(format!("{field} = true"));
        self
    }

    /// The field has none of these values. A row in which it is null meets that.
    pub(crate) fn none_of(mut self, field: &'static str, values: &[&str]) -> Self {
        self.conditions.push(not_in(field, values));
        self
    }

    /// One row for each value of a field, instead of the rows themselves. Of a query in several pieces a value may come with each,
    /// and Salesforce gives 2,000 at most for a piece.
    pub(crate) fn once_for_each(mut self, field: &'static str) -> Self {
        self.group = Some(field);
        self
    }

    /// The rows that meet all conditions.
    pub(crate) fn query(self) -> Query<T> {
        self.asking(T::FIELDS, None)
    }

    /// How many rows meet all conditions. Salesforce answers with their number as `totalSize` and with no row.
    pub(crate) fn count(self) -> Query<Count> {
        self.asking(COUNT, None)
    }

    /// As [`Select::query`], where the field also is one of the ids. In as many pieces as it takes, none of
    /// them for an empty list.
    pub(crate) fn one_of_ids(self, field: &'static str, ids: &[Id]) -> Query<T> {
        self.any_of([In::ids(field, ids)])
    }

    /// As [`Select::query`], where one at least of the fields also has one of its values. Lists share pieces, so a row that
    /// several of them find may come several times.
    pub(crate) fn any_of<const N: usize>(self, lists: [In; N]) -> Query<T> {
        self.asking(T::FIELDS, Some(lists.into()))
    }

    fn asking<R>(self, fields: &'static str, lists: Option<Vec<In>>) -> Query<R> {
        let Self { conditions, group, row: _ } = self;
        let question = Question { fields, object: T::OBJECT, conditions, group, lists };
        Query { question, row: PhantomData }
    }
}

impl Question {
    pub(crate) fn is_empty(&self) -> bool {
        self.lists.as_ref().is_some_and(|it| it.iter().all(|list| list.literals.is_empty()))
    }

    /// The texts of the pieces, for addresses of so many bytes at most. A value has a piece to itself rather than be left out.
    pub(crate) fn pieces(&self, address_bytes: usize) -> Vec<String> {
        let Some(lists) = &self.lists else { return vec![self.text_with(&[])] };
        let taken = PATH_BYTES + encode(&self.text_with(&[])).len();
        let room = address_bytes.saturating_sub(taken);
        let mut pieces = Vec::new();
        let (mut piece, mut used) = (Vec::new(), 0);
        for list in lists {
            let opening = encode(&format!(" AND ({} OR )", list.condition(""))).len();
            let mut values = String::new();
            for literal in &list.literals {
                let size = encode(literal).len() + 1;
                let is_first = values.is_empty();
                let needed = if is_first { opening + size } else { size };
                if used > 0 && used + needed > room {
                    if !is_first {
                        piece.push(list.condition(&std::mem::take(&mut values)));
                    }
                    pieces.push(self.text_with(&std::mem::take(&mut piece)));
                    used = 0;
                }
                if values.is_empty() {
                    used += opening;
                } else {
                    values.push(',');
                }
                values.push_str(literal);
                used += size;
            }
            if !values.is_empty() {
                piece.push(list.condition(&values));
            }
        }
        if !piece.is_empty() {
            pieces.push(self.text_with(&piece));
        }
        pieces
    }

    fn text_with(&self, any: &[String]) -> String {
        let Self { fields, object, .. } = self;
        let any = match any {
            [] => None,
            [one] => Some(one.clone()),
            several => Some(format!("({})", several.join(" OR "))),
        };
        let conditions: Vec<String> = self.conditions.iter().cloned().chain(any).collect();
        let group = self.group.map(|field| format!(" GROUP BY {field}")).unwrap_or_default();
        format!("SELECT {fields} FROM {object} WHERE {}{group}", conditions.join(" AND "))
    }
}

/// A field, and the values of which it has one.
pub(crate) struct In {
    field: &'static str,
    literals: Vec<String>,
    also: Option<String>,
}

impl In {
    pub(crate) fn ids(field: &'static str, ids: &[Id]) -> Self {
        let distinct: BTreeSet<&str> = ids.iter().map(Id::as_str).collect();
        Self { field, literals: distinct.into_iter().map(text).collect(), also: None }
    }

    /// Salesforce compares without regard to case, so texts that differ in case alone are one: in two pieces they would find a
    /// row twice.
    pub(crate) fn texts<'a>(field: &'static str, values: impl Iterator<Item = &'a str>) -> Self {
        let distinct: BTreeMap<String, &str> =
            values.map(|value| (value.to_lowercase(), value)).collect();
        Self { field, literals: distinct.into_values().map(text).collect(), also: None }
    }

    /// Each text as it is, for whom case may tell apart.
    pub(crate) fn exactly<'a>(field: &'static str, values: impl Iterator<Item = &'a str>) -> Self {
        let distinct: BTreeSet<&str> = values.collect();
        Self { field, literals: distinct.into_iter().map(text).collect(), also: None }
    }

    /// Of those, the ones that have none of these values in another field. A row in which that is null has none of them.
    pub(crate) fn without(self, field: &'static str, values: &[&str]) -> Self {
        Self { also: Some(not_in(field, values)), ..self }
    }

    fn condition(&self, values: &str) -> String {
        let Self { field, also, .. } = self;
        match also {
            None => format!("{field} IN ({values})"),
            Some(also) => format!("({field} IN ({values}) AND {also})"),
        }
    }
}

fn not_in(field: &'static str, values: &[&str]) -> String {
    let list: Vec<String> = values.iter().map(|value| text(value)).collect();
    format!("{field} NOT IN ({})", list.join(","))
}

/// What a query asks for that wants no rows but their number.
const COUNT: &str = "COUNT()";

/// How many rows a query finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Count(pub u64);

/// Whether it is the number of rows that is asked for.
pub(crate) fn is_count(soql: &str) -> bool {
    soql.strip_prefix("SELECT ").is_some_and(|rest| rest.starts_with(COUNT))
}

/// The text as it goes into an address.
pub(crate) fn encode(soql: &str) -> String {
    utf8_percent_encode(soql, PLAIN).to_string()
}

fn text(value: &str) -> String {
    format!("'{}'", escaped(value))
}

/// What is within a string literal. Backslash and quote are escaped, and control characters in the escapes that SOQL has:
/// it takes no others.
fn escaped(value: &str) -> String {
    let mut literal = String::with_capacity(value.len());
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
    literal
}

#[cfg(test)]
#[path = "soql_tests.rs"]
mod tests;
