//! SOQL: text to tokens, tokens to a query, a query to records.

mod evaluate;
mod lexer;
mod literal;
mod parser;
mod prepare;
mod view;

pub(crate) use evaluate::{run, show};
pub(crate) use parser::parse;
pub(crate) use prepare::{path, unknown_object};
pub use view::QueryView;

use crate::refusal::Refusal;

/// The longest query Salesforce reads, in characters.
pub(crate) const LONGEST_QUERY: usize = 100_000;

/// A query as it was written.
#[derive(Debug, PartialEq)]
pub(crate) struct Query {
    /// Field paths, for example `Owner.IsActive`; none for `COUNT()`.
    pub(crate) select: Vec<String>,
    pub(crate) from: String,
    pub(crate) condition: Option<Condition>,
    /// Fields by which rows are brought together; none for rows as they are.
    pub(crate) group: Vec<String>,
    pub(crate) order: Vec<Order>,
    pub(crate) limit: Option<usize>,
    pub(crate) offset: usize,
}

impl Query {
    /// Whether only the number of records is asked for.
    pub(crate) fn counts_only(&self) -> bool {
        self.select.is_empty()
    }
}

/// A condition as it was written.
#[derive(Debug, PartialEq)]
pub(crate) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Compare { path: String, operator: Operator, literal: Literal },
    Like { path: String, pattern: Vec<PatternPart> },
    In { path: String, negated: bool, literals: Vec<Literal> },
}

/// A comparison of a field with one literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A constant in a query.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal {
    Text(String),
    Number(f64),
    Boolean(bool),
    Instant(jiff::Timestamp),
    Null,
}

/// A piece of a `LIKE` pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PatternPart {
    Character(char),
    /// `_`
    One,
    /// `%`
    Many,
}

/// One item of `ORDER BY`.
#[derive(Debug, PartialEq)]
pub(crate) struct Order {
    pub(crate) path: String,
    pub(crate) descending: bool,
    pub(crate) nulls_last: bool,
}

/// The refusal of text that is not SOQL.
fn malformed(message: impl Into<String>) -> Refusal {
    Refusal::new("MALFORMED_QUERY", message)
}
