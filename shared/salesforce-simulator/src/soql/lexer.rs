//! Splits SOQL into tokens.

use super::malformed;
use crate::refusal::Refusal;

/// One token. A string keeps its escapes: which are valid depends on where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A keyword, a field path, a number or a date: a run of characters without a space.
    Word(String),
    /// The inside of a quoted literal, as written.
    Quoted(String),
    Comma,
    Open,
    Close,
    Operator(&'static str),
}

/// Splits a query.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Refusal> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            _ if first.is_ascii_whitespace() => (None, 1),
            ',' => (Some(Token::Comma), 1),
            '(' => (Some(Token::Open), 1),
            ')' => (Some(Token::Close), 1),
            '\'' => {
                let inside = quoted(&rest[1..])?;
                (Some(Token::Quoted(inside.to_owned())), inside.len() + 2)
            }
            '=' | '!' | '<' | '>' => {
                let operator = operator(rest)?;
                (Some(Token::Operator(operator)), operator.len())
            }
            _ if is_word(first) => {
                let end = rest.find(|it| !is_word(it)).unwrap_or(rest.len());
                (Some(Token::Word(rest[..end].to_owned())), end)
            }
            other => return Err(malformed(format!("line 1: unexpected char '{other}'"))),
        };
        tokens.extend(token);
        rest = &rest[length..];
    }
    Ok(tokens)
}

/// The text up to the closing quote, which is not part of it.
fn quoted(text: &str) -> Result<&str, Refusal> {
    let mut escaped = false;
    for (index, character) in text.char_indices() {
        match character {
            '\n' | '\r' => return Err(malformed("line breaks not allowed in string literals")),
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\'' => return Ok(&text[..index]),
            _ => {}
        }
    }
    Err(malformed("unexpected token: '<EOF>'"))
}

fn operator(text: &str) -> Result<&'static str, Refusal> {
    // The longer ones first, `<>` being the old spelling of `!=`, which is not offered here.
    ["!=", "<=", ">=", "=", "<", ">"]
        .into_iter()
        .find(|operator| text.starts_with(operator))
        .ok_or_else(|| malformed("unexpected token: '!'"))
}

/// Letters, digits, and what stands in paths (`.`, `_`), numbers and instants (`-`, `+`, `:`).
fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-' | '+' | ':')
}
