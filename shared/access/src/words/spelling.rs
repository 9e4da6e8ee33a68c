//! The spellings of one name: in any case and in any of Unicode's normal forms.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// Whether two texts are spellings of one name, white space around them aside.
#[must_use]
pub fn is_one_name(one: &str, other: &str) -> bool {
    folded_name(one) == folded_name(other)
}

/// What all spellings of a name have in common: NFC of the name with its case folded, one letter for one letter as in Unicode's simple
/// case folding, so that `Maße` stays apart from `Masse`.
#[must_use]
pub fn folded_name(name: &str) -> String {
    name.trim().nfd().map(folded).nfc().collect()
}

/// The likeliest spellings of a name, by which to ask somebody who may compare letters outside ASCII by their bytes: as it is given, in
/// lower and in upper case, each in NFC and in NFD. Those that differ in the case of ASCII letters alone are there once.
#[must_use]
pub fn spellings(name: &str) -> Vec<String> {
    let name = name.trim();
    let cases =
        [name.to_owned(), name.nfd().map(folded).collect(), name.nfd().map(upper).collect()];
    let forms = cases.iter().flat_map(|it: &String| [it.nfc().collect(), it.nfd().collect()]);
    let mut known = BTreeSet::new();
    let all = std::iter::once(name.to_owned()).chain(forms);
    all.filter(|it: &String| known.insert(it.to_ascii_lowercase())).collect()
}

/// Whether a name has spellings that no list has all of.
#[must_use]
pub fn has_many_spellings(name: &str) -> bool {
    !name.is_ascii()
}

/// What every spelling of a name has in this order, but for the case of ASCII letters: between the parts may be anything. Empty where
/// nothing is sure.
#[must_use]
pub fn sure_parts(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut characters = name.trim().nfc().peekable();
    while let Some(character) = characters.next() {
        // With a mark after it, a letter may be one character together with it elsewhere.
        let is_marked = |next: &char| canonical_combining_class(*next) != 0;
        let is_sure = character.is_ascii() && !characters.peek().is_some_and(is_marked);
        match parts.last_mut() {
            Some(last) if is_sure => last.push(character),
            _ => parts.push(String::new()),
        }
    }
    parts.retain(|it| !it.is_empty());
    parts
}

fn folded(character: char) -> char {
    // The dotless i has a letter of its own in lower case, but none in upper case.
    if character == 'ı' {
        return character;
    }
    lower(upper(lower(character)))
}

fn lower(character: char) -> char {
    only(character.to_lowercase()).unwrap_or(character)
}

fn upper(character: char) -> char {
    only(character.to_uppercase()).unwrap_or(character)
}

/// The one character of a mapping that has no more.
fn only(mut mapped: impl Iterator<Item = char>) -> Option<char> {
    mapped.next().filter(|_| mapped.next().is_none())
}

#[cfg(test)]
mod tests;
