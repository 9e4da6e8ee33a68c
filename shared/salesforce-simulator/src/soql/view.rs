//! A query as the org reads it, for assertions.

use super::{Condition, Literal, Query, parse};
use crate::refusal::Refusal;

/// A query as the org reads it: what it asks, apart from the texts that it asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryView {
    /// Fields, object, conditions, order and limits, with an empty text in the place of each text. Two queries that differ in
    /// their texts alone have the same; its spelling means nothing.
    pub structure: String,
    /// The texts that fields are compared with, in their order and without their escapes. Patterns are part of the structure.
    pub texts: Vec<String>,
}

impl QueryView {
    /// Reads SOQL.
    ///
    /// # Errors
    ///
    /// The org's refusal of what it cannot read.
    pub fn of(soql: &str) -> Result<Self, Refusal> {
        let mut query = parse(soql)?;
        let texts = take_texts(&mut query);
        Ok(Self { structure: format!("{query:?}"), texts })
    }
}

fn take_texts(query: &mut Query) -> Vec<String> {
    let mut texts = Vec::new();
    let mut conditions: Vec<&mut Condition> = query.condition.iter_mut().collect();
    while let Some(condition) = conditions.pop() {
        match condition {
            // The last is looked at first.
            Condition::All(parts) | Condition::Any(parts) => {
                conditions.extend(parts.iter_mut().rev());
            }
            Condition::Not(part) => conditions.push(part),
            Condition::Compare { literal, .. } => take_text(literal, &mut texts),
            Condition::In { literals, .. } => {
                for literal in literals {
                    take_text(literal, &mut texts);
                }
            }
            Condition::Like { .. } => {}
        }
    }
    texts
}

fn take_text(literal: &mut Literal, texts: &mut Vec<String>) {
    if let Literal::Text(text) = literal {
        texts.push(std::mem::take(text));
    }
}

#[cfg(test)]
mod tests {
    use super::QueryView;

    #[test]
    fn queries_that_differ_in_their_texts_alone_have_one_structure() {
        let view = |soql| QueryView::of(soql).unwrap();
        let one = view(
            r"SELECT Id FROM User WHERE Name = 'a' AND (Email IN ('b', 'c') OR NOT Name = 'd\'')",
        );
        let other =
            view("SELECT Id FROM User WHERE Name = '' AND (Email IN ('', 'x') OR NOT Name = '1')");
        assert_eq!(one.texts, ["a", "b", "c", "d'"]);
        assert_eq!(one.structure, other.structure);
        for soql in [
            "SELECT Id FROM User WHERE Name = 'a'",
            "SELECT Id FROM User WHERE Name = 'a' AND (Email IN ('b') OR NOT Name = 'd')",
            "SELECT Id FROM User WHERE Name = 'a' AND (Email IN ('b', 'c') OR NOT Name != 'd')",
            "SELECT Id FROM User WHERE Name = 'a' AND (Email IN ('b', 'c') OR NOT Name = 'd') LIMIT 1",
        ] {
            assert_ne!(view(soql).structure, one.structure, "{soql}");
        }
    }
}
