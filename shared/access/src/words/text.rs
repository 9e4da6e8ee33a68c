//! Texts from outside, of which only those are taken that everybody reads the same.

use unicode_normalization::UnicodeNormalization;

/// Why a text is not taken. It says what to change and never repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UncleanText {
    /// It has a control character, or a separator of lines.
    #[error("must be one line, without line breaks, tabs and other control characters")]
    Control,
    /// It has a mark that changes the direction in which text is shown.
    #[error("must not contain marks that change the direction of text")]
    Bidirectional,
    /// It has a character of which nothing is seen, or of which nobody else knows what it is.
    #[error("must not contain invisible, private-use or undefined characters")]
    Invisible,
    /// Nothing of it is seen.
    #[error("must not be blank")]
    Blank,
}

/// The text as it is kept: in Unicode's normal form NFC, and otherwise as it was given.
///
/// The joiners `U+200C` and `U+200D`, which change how the letters of many languages are written and make one picture of several, may
/// follow a visible character outside ASCII, and so may the selector `U+FE0F`, which asks for a coloured picture.
///
/// # Errors
/// [`UncleanText`] of the first character that is not taken: control characters, explicit marks of direction, and what is not seen.
pub fn clean_text(text: &str) -> Result<String, UncleanText> {
    let text: String = text.nfc().collect();
    let mut before = Before::Other;
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        before = match (character, before) {
            ('\u{fe0f}', Before::Visible) => Before::Selected,
            ('\u{fe0f}', Before::OfKey) if rest.as_str().starts_with('\u{20e3}') => Before::Other,
            ('\u{200c}' | '\u{200d}', Before::Visible | Before::Selected) => Before::Other,
            (_, _) => match unclean(character) {
                Some(problem) => return Err(problem),
                None => Before::of(character),
            },
        };
    }
    Ok(text)
}

/// The text as [`clean_text`] takes it: each character that would not be taken is a blank. For texts that only explain what has to be done
/// whatever they say.
#[must_use]
pub fn cleaned_text(text: &str) -> String {
    let clean = |it: &str| clean_text(it).ok();
    clean(text).unwrap_or_else(|| {
        let characters = text.nfc().map(|it| if unclean(it).is_some() { ' ' } else { it });
        characters.collect::<String>().trim().to_owned()
    })
}

/// The name as it is kept: in Unicode's normal form NFC, without white space around it.
///
/// # Errors
/// As [`clean_text`], without its exceptions: in a name each character must be seen. [`UncleanText::Blank`] where none is left.
pub fn clean_name(name: &str) -> Result<String, UncleanText> {
    let name: String = name.trim().nfc().collect();
    match name.chars().find_map(unclean) {
        Some(problem) => Err(problem),
        None if name.chars().all(is_blank) => Err(UncleanText::Blank),
        None => Ok(name),
    }
}

/// What a joiner or a selector follows.
#[derive(Clone, Copy)]
enum Before {
    /// A visible character outside ASCII.
    Visible,
    /// The same, with the selector after it.
    Selected,
    /// A digit or sign of which `U+20E3` makes the picture of a key.
    OfKey,
    /// Anything else.
    Other,
}

impl Before {
    fn of(character: char) -> Self {
        match character {
            '0'..='9' | '#' | '*' => Self::OfKey,
            _ if character.is_ascii() || character.is_whitespace() => Self::Other,
            _ => Self::Visible,
        }
    }
}

/// White space, or the empty pattern of Braille.
fn is_blank(character: char) -> bool {
    character.is_whitespace() || character == '\u{2800}'
}

fn unclean(character: char) -> Option<UncleanText> {
    match character {
        '\u{2028}' | '\u{2029}' => Some(UncleanText::Control),
        _ if character.is_control() => Some(UncleanText::Control),
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            Some(UncleanText::Bidirectional)
        }
        _ if is_ignorable(character) || is_unknown(character) => Some(UncleanText::Invisible),
        _ => None,
    }
}

/// Unicode's `Default_Ignorable_Code_Point`, which a reader that does not know them shows as nothing.
fn is_ignorable(character: char) -> bool {
    matches!(character,
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fff8}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Noncharacters, private use, and the frame of annotations, which is not meant to be shown.
fn is_unknown(character: char) -> bool {
    let is_noncharacter = u32::from(character) & 0xfffe == 0xfffe;
    is_noncharacter
        || matches!(character,
            '\u{fdd0}'..='\u{fdef}'
            | '\u{e000}'..='\u{f8ff}'
            | '\u{e0000}'..='\u{10ffff}'
            | '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests;
