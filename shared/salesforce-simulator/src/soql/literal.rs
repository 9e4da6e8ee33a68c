//! The inside of quoted literals, and the words that are constants.

use super::{Literal, PatternPart, malformed};
use crate::refusal::Refusal;

/// Reads the escapes of an ordinary literal: `\n \r \t \b \f \" \' \\` and `\u` with four digits.
/// "If you use a backslash character in any other context, an error occurs."
pub(super) fn text(quoted: &str) -> Result<String, Refusal> {
    let mut units = Vec::new();
    let mut rest = quoted.chars();
    while let Some(character) = rest.next() {
        let mut buffer = [0; 2];
        if character == '\\' {
            units.push(escape(&mut rest)?);
        } else {
            units.extend_from_slice(character.encode_utf16(&mut buffer));
        }
    }
    String::from_utf16(&units).map_err(|_| malformed("Illegal string literal"))
}

/// Reads a `LIKE` pattern, where `\_` and `\%` are the characters themselves.
pub(super) fn pattern(quoted: &str) -> Result<Vec<PatternPart>, Refusal> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut rest = quoted.chars();
    while let Some(character) = rest.next() {
        match character {
            '%' | '_' => {
                push_text(&mut parts, &mut plain)?;
                parts.push(if character == '%' { PatternPart::Many } else { PatternPart::One });
            }
            '\\' => match rest.as_str().chars().next() {
                Some(wildcard @ ('_' | '%')) => {
                    rest.next();
                    push_text(&mut parts, &mut plain)?;
                    parts.push(PatternPart::Character(wildcard));
                }
                Some(escaped) => {
                    rest.next();
                    plain.extend(['\\', escaped]);
                }
                None => return Err(malformed("Invalid escape sequence")),
            },
            _ => plain.push(character),
        }
    }
    push_text(&mut parts, &mut plain)?;
    Ok(parts)
}

fn push_text(parts: &mut Vec<PatternPart>, plain: &mut String) -> Result<(), Refusal> {
    let folded = text(plain)?.to_ascii_lowercase();
    parts.extend(folded.chars().map(PatternPart::Character));
    plain.clear();
    Ok(())
}

/// The code unit of an escape whose backslash is read.
fn escape(rest: &mut std::str::Chars<'_>) -> Result<u16, Refusal> {
    let unit = match rest.next() {
        Some('n' | 'N') => '\n',
        Some('r' | 'R') => '\r',
        Some('t' | 'T') => '\t',
        Some('b' | 'B') => '\u{8}',
        Some('f' | 'F') => '\u{c}',
        Some(same @ ('"' | '\'' | '\\')) => same,
        Some('u') => {
            let digits: String = rest.take(4).collect();
            let is_hex = digits.len() == 4 && digits.bytes().all(|it| it.is_ascii_hexdigit());
            return u16::from_str_radix(&digits, 16)
                .ok()
                .filter(|_| is_hex)
                .ok_or_else(|| malformed("Illegal Unicode escape sequence"));
        }
        _ => return Err(malformed("Invalid string literal: illegal escape sequence")),
    };
    Ok(u16::try_from(u32::from(unit)).unwrap_or_default())
}

/// Reads a word that stands where a constant must stand.
pub(super) fn word(word: &str) -> Result<Literal, Refusal> {
    if word.eq_ignore_ascii_case("null") {
        return Ok(Literal::Null);
    }
    if word.eq_ignore_ascii_case("true") || word.eq_ignore_ascii_case("false") {
        return Ok(Literal::Boolean(word.eq_ignore_ascii_case("true")));
    }
    let is_number = word.bytes().all(|it| it.is_ascii_digit() || matches!(it, b'.' | b'-' | b'+'));
    if let (true, Ok(number)) = (is_number, word.parse()) {
        return Ok(Literal::Number(number));
    }
    // `T` is required, so that a bare date is not taken for an instant.
    match word.parse() {
        Ok(instant) if word.contains('T') => Ok(Literal::Instant(instant)),
        _ => Err(malformed(format!("unexpected token: '{word}'"))),
    }
}
