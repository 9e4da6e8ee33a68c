//! Tokens to a query.

use std::iter::Peekable;
use std::vec::IntoIter;

use super::lexer::{self, Token};
use super::{Condition, LONGEST_QUERY, Literal, Operator, Order, Query, literal, malformed};
use crate::refusal::Refusal;

/// How deep parentheses may be nested: more than any client writes, and few enough to follow.
const DEEPEST: usize = 50;

/// The most rows a query may skip.
const LARGEST_OFFSET: usize = 2000;

/// Reads a query: `SELECT … FROM … [WHERE …] [GROUP BY …] [ORDER BY …] [LIMIT …] [OFFSET …]`, with
/// field paths or `COUNT()` alone.
pub(crate) fn parse(text: &str) -> Result<Query, Refusal> {
    if text.chars().count() > LONGEST_QUERY {
        return Err(malformed("SOQL statements cannot be longer than 100000 characters."));
    }
    let mut parser = Parser { tokens: lexer::tokens(text)?.into_iter().peekable(), depth: 0 };
    parser.query()
}

struct Parser {
    tokens: Peekable<IntoIter<Token>>,
    depth: usize,
}

impl Parser {
    fn query(&mut self) -> Result<Query, Refusal> {
        self.keyword("SELECT")?;
        let select = self.select()?;
        self.keyword("FROM")?;
        let from = self.path()?;
        let condition = if self.take_keyword("WHERE") { Some(self.condition()?) } else { None };
        let group = if self.take_keyword("GROUP") { self.group()? } else { Vec::new() };
        let order = if self.take_keyword("ORDER") { self.order()? } else { Vec::new() };
        let limit = if self.take_keyword("LIMIT") { Some(self.count()?) } else { None };
        let offset = if self.take_keyword("OFFSET") { self.count()? } else { 0 };
        if offset > LARGEST_OFFSET {
            let message = "Maximum SOQL offset allowed is 2000";
            return Err(Refusal::new("NUMBER_OUTSIDE_VALID_RANGE", message));
        }
        if select.is_empty() && (!order.is_empty() || offset > 0) {
            return Err(malformed("COUNT() takes neither ORDER BY nor OFFSET"));
        }
        let is_grouped = |it: &String| group.iter().any(|other| it.eq_ignore_ascii_case(other));
        if let Some(path) = select.iter().find(|it| !group.is_empty() && !is_grouped(it)) {
            return Err(malformed(format!("Field must be grouped or aggregated: {path}")));
        }
        if !group.is_empty() && (select.is_empty() || !order.is_empty()) {
            return Err(malformed("GROUP BY goes here with fields alone, and without ORDER BY"));
        }
        match self.tokens.next() {
            None => Ok(Query { select, from, condition, group, order, limit, offset }),
            Some(token) => Err(unexpected(Some(token))),
        }
    }

    /// Field paths, or `COUNT()` alone, which gives none.
    fn select(&mut self) -> Result<Vec<String>, Refusal> {
        let first = self.path()?;
        if first.eq_ignore_ascii_case("COUNT") && self.take(&Token::Open) {
            return if self.take(&Token::Close) {
                Ok(Vec::new())
            } else {
                Err(unexpected(self.tokens.next()))
            };
        }
        let mut select = vec![first];
        while self.take(&Token::Comma) {
            select.push(self.path()?);
        }
        Ok(select)
    }

    /// Conditions joined by one kind of connective; a mixture needs parentheses.
    fn condition(&mut self) -> Result<Condition, Refusal> {
        let first = self.negation()?;
        for (connective, join) in
            [("AND", Condition::All as fn(_) -> _), ("OR", Condition::Any as fn(_) -> _)]
        {
            if !self.at_keyword(connective) {
                continue;
            }
            let mut parts = vec![first];
            while self.take_keyword(connective) {
                parts.push(self.negation()?);
            }
            if self.at_keyword("AND") || self.at_keyword("OR") {
                return Err(unexpected(self.tokens.next()));
            }
            return Ok(join(parts));
        }
        Ok(first)
    }

    fn negation(&mut self) -> Result<Condition, Refusal> {
        if self.take_keyword("NOT") {
            return Ok(Condition::Not(Box::new(self.primary()?)));
        }
        self.primary()
    }

    fn primary(&mut self) -> Result<Condition, Refusal> {
        if self.take(&Token::Open) {
            self.depth += 1;
            if self.depth > DEEPEST {
                return Err(malformed("the condition is too deep"));
            }
            let inside = self.condition()?;
            self.depth -= 1;
            return if self.take(&Token::Close) {
                Ok(inside)
            } else {
                Err(unexpected(self.tokens.next()))
            };
        }
        let path = self.path()?;
        if self.take_keyword("LIKE") {
            return match self.tokens.next() {
                Some(Token::Quoted(quoted)) => {
                    Ok(Condition::Like { path, pattern: literal::pattern(&quoted)? })
                }
                other => Err(unexpected(other)),
            };
        }
        if self.take_keyword("NOT") {
            self.keyword("IN")?;
            return Ok(Condition::In { path, negated: true, literals: self.literals()? });
        }
        if self.take_keyword("IN") {
            return Ok(Condition::In { path, negated: false, literals: self.literals()? });
        }
        let operator = match self.tokens.next() {
            Some(Token::Operator("=")) => Operator::Equal,
            Some(Token::Operator("!=")) => Operator::NotEqual,
            Some(Token::Operator("<")) => Operator::Less,
            Some(Token::Operator("<=")) => Operator::LessOrEqual,
            Some(Token::Operator(">")) => Operator::Greater,
            Some(Token::Operator(">=")) => Operator::GreaterOrEqual,
            other => return Err(unexpected(other)),
        };
        Ok(Condition::Compare { path, operator, literal: self.literal()? })
    }

    fn literals(&mut self) -> Result<Vec<Literal>, Refusal> {
        if !self.take(&Token::Open) {
            return Err(unexpected(self.tokens.next()));
        }
        let mut literals = vec![self.literal()?];
        while self.take(&Token::Comma) {
            literals.push(self.literal()?);
        }
        if self.take(&Token::Close) { Ok(literals) } else { Err(unexpected(self.tokens.next())) }
    }

    fn literal(&mut self) -> Result<Literal, Refusal> {
        match self.tokens.next() {
            Some(Token::Quoted(quoted)) => literal::text(&quoted).map(Literal::Text),
            Some(Token::Word(word)) => literal::word(&word),
            other => Err(unexpected(other)),
        }
    }

    fn group(&mut self) -> Result<Vec<String>, Refusal> {
        self.keyword("BY")?;
        let mut group = vec![self.path()?];
        while self.take(&Token::Comma) {
            group.push(self.path()?);
        }
        Ok(group)
    }

    fn order(&mut self) -> Result<Vec<Order>, Refusal> {
        self.keyword("BY")?;
        let mut order = Vec::new();
        loop {
            let path = self.path()?;
            let descending = self.take_keyword("DESC");
            if !descending {
                self.take_keyword("ASC");
            }
            let mut nulls_last = false;
            if self.take_keyword("NULLS") {
                nulls_last = self.take_keyword("LAST");
                if !nulls_last {
                    self.keyword("FIRST")?;
                }
            }
            order.push(Order { path, descending, nulls_last });
            if !self.take(&Token::Comma) {
                return Ok(order);
            }
        }
    }

    fn count(&mut self) -> Result<usize, Refusal> {
        match self.tokens.next() {
            Some(Token::Word(word)) if word.bytes().all(|it| it.is_ascii_digit()) => {
                word.parse().map_err(|_| unexpected(Some(Token::Word(word))))
            }
            other => Err(unexpected(other)),
        }
    }

    /// A field path or an object name.
    fn path(&mut self) -> Result<String, Refusal> {
        match self.tokens.next() {
            Some(Token::Word(word)) if is_path(&word) => Ok(word),
            other => Err(unexpected(other)),
        }
    }

    fn keyword(&mut self, keyword: &str) -> Result<(), Refusal> {
        if self.take_keyword(keyword) { Ok(()) } else { Err(unexpected(self.tokens.next())) }
    }

    fn take_keyword(&mut self, keyword: &str) -> bool {
        let is_there = self.at_keyword(keyword);
        if is_there {
            self.tokens.next();
        }
        is_there
    }

    fn at_keyword(&mut self, keyword: &str) -> bool {
        matches!(self.tokens.peek(), Some(Token::Word(word)) if word.eq_ignore_ascii_case(keyword))
    }

    fn take(&mut self, token: &Token) -> bool {
        self.tokens.next_if_eq(token).is_some()
    }
}

fn is_path(word: &str) -> bool {
    word.split('.').all(|part| {
        part.starts_with(|first: char| first.is_ascii_alphabetic())
            && part.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
    })
}

fn unexpected(token: Option<Token>) -> Refusal {
    let shown = match token {
        None => "<EOF>".to_owned(),
        Some(Token::Word(word)) => word,
        Some(Token::Quoted(quoted)) => format!("'{quoted}'"),
        Some(Token::Comma) => ",".to_owned(),
        Some(Token::Open) => "(".to_owned(),
        Some(Token::Close) => ")".to_owned(),
        Some(Token::Operator(operator)) => operator.to_owned(),
    };
    malformed(format!("unexpected token: '{shown}'"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::soql::PatternPart;

    #[test]
    fn a_literal_keeps_what_its_escapes_stand_for() {
        let query = parse(r"SELECT Id FROM User WHERE Name = 'O\'Neil \\ \u0041\n\ud83d\ude00'");
        let Some(Condition::Compare { literal, .. }) = query.unwrap().condition else {
            panic!("one comparison");
        };
        assert_eq!(literal, Literal::Text("O'Neil \\ A\n\u{1f600}".to_owned()));
    }

    #[test]
    fn a_backslash_in_any_other_context_is_an_error() {
        for literal in [r"\x", r"\_", r"\%", r"\u12", r"\u+123", r"\ud83d", r"a\", r"\0"] {
            let refusal = parse(&format!("SELECT Id FROM User WHERE Name = '{literal}'"));
            assert_eq!(refusal.unwrap_err().code, "MALFORMED_QUERY", "{literal}");
        }
    }

    #[test]
    fn a_pattern_tells_wildcards_from_characters() {
        let query = parse(r"SELECT Id FROM User WHERE Name LIKE 'A\_b_\%%'");
        let Some(Condition::Like { pattern, .. }) = query.unwrap().condition else {
            panic!("one pattern");
        };
        let character = PatternPart::Character;
        assert_eq!(
            pattern,
            [
                character('a'),
                character('_'),
                character('b'),
                PatternPart::One,
                character('%'),
                PatternPart::Many
            ]
        );
    }

    #[test]
    fn what_is_no_query_is_malformed() {
        for text in [
            "",
            "SELECT",
            "SELECT Id",
            "SELECT Id FROM",
            "SELECT Id, FROM User",
            "SELECT * FROM User",
            "SELECT COUNT(Id) FROM User",
            "SELECT COUNT( FROM User",
            "SELECT COUNT(), Id FROM User",
            "SELECT Id, COUNT() FROM User",
            "SELECT COUNT() FROM User ORDER BY Id",
            "SELECT COUNT() FROM User OFFSET 1",
            "SELECT COUNT() FROM User GROUP BY Id",
            "SELECT Id FROM User GROUP Id",
            "SELECT Id, Email FROM User GROUP BY Email",
            "SELECT Email FROM User GROUP BY Email ORDER BY Email",
            "SELECT Id FROM User u",
            "SELECT Id FROM User WHERE",
            "SELECT Id FROM User WHERE Name",
            "SELECT Id FROM User WHERE Name = ",
            "SELECT Id FROM User WHERE Name = 'a",
            "SELECT Id FROM User WHERE Name = 'a' OR",
            "SELECT Id FROM User WHERE Name = 'a' 'b'",
            "SELECT Id FROM User WHERE Name = 'a' AND Name = 'b' OR Name = 'c'",
            "SELECT Id FROM User WHERE (Name = 'a'",
            "SELECT Id FROM User WHERE Name IN ()",
            "SELECT Id FROM User WHERE Name IN 'a'",
            "SELECT Id FROM User WHERE Name LIKE null",
            "SELECT Id FROM User WHERE Name <> 'a'",
            "SELECT Id FROM User WHERE CreatedDate > 2026-11-23",
            "SELECT Id FROM User WHERE CreatedDate > TODAY",
            "SELECT Id FROM User WHERE Name = 'a\nb'",
            "SELECT Id FROM User LIMIT many",
            "SELECT Id FROM User; DELETE",
            "SELECT Id FROM User WHERE Name = 'a' FOR UPDATE",
            "UPDATE User SET IsActive = false",
        ] {
            assert_eq!(parse(text).unwrap_err().code, "MALFORMED_QUERY", "{text}");
        }
    }

    #[test]
    fn a_query_of_more_than_a_hundred_thousand_characters_is_malformed() {
        let query = |length| format!("SELECT Id FROM User WHERE Name = '{}'", "a".repeat(length));
        let longest = LONGEST_QUERY - query(0).len();
        assert!(parse(&query(longest)).is_ok());
        assert_eq!(parse(&query(longest + 1)).unwrap_err().code, "MALFORMED_QUERY");
    }
}
