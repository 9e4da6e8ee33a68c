//! Record ids.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The id of a Salesforce record, in its 18-character form.
///
/// Salesforce hands out ids of 15 case-sensitive characters, and the same with a suffix of three that encodes
/// the case. Both name one record, so they are normalised to the longer form and compare equal here.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Id(String);

/// The text is not a Salesforce record id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a salesforce record id: 15 letters and digits, or 18 of which the last three fit the rest"
)]
pub struct InvalidId;

impl Id {
    /// Reads an id of 15 or 18 characters.
    ///
    /// # Errors
    /// [`InvalidId`] for any other form, and for a suffix that does not fit.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        if !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(InvalidId);
        }
        let (Some(significant), 15 | 18) = (text.get(..15), text.len()) else {
            return Err(InvalidId);
        };
        let id = format!("{significant}{}", suffix(significant));
        if text.len() == 18 && id != text { Err(InvalidId) } else { Ok(Self(id)) }
    }

    /// The 18 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first three characters, which name the object: `005` a user, `0F9` a group.
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.0.get(..3).unwrap_or_default()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Id {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        Self::parse(&text)
    }
}

impl From<Id> for String {
    fn from(id: Id) -> Self {
        id.0
    }
}

impl std::str::FromStr for Id {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Self::parse(text)
    }
}

/// One character for each five: which of them are capitals, the first being the lowest bit.
fn suffix(significant: &str) -> String {
    significant
        .as_bytes()
        .chunks(5)
        .map(|five| {
            let bits = five
                .iter()
                .enumerate()
                .filter(|(_, byte)| byte.is_ascii_uppercase())
                .fold(0_u8, |bits, (place, _)| bits | 1 << place);
            char::from(if bits < 26 { b'A' + bits } else { b'0' + bits - 26 })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_an_id_are_one() {
        let short = Id::parse("0F9B000000001dX").unwrap();
        let long = Id::parse(short.as_str()).unwrap();
        assert_eq!(short, long);
        assert_eq!(long.as_str().len(), 18);
        assert_eq!(long.prefix(), "0F9");
    }

    #[test]
    fn the_suffix_is_the_one_salesforce_prints() {
        // The answer to the creation of an account in the REST guide.
        let printed = "001D000000IqhSLIAZ";
        assert_eq!(Id::parse(&printed[..15]).map(String::from).as_deref(), Ok(printed));
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in [
            "",
            "0F9",
            "0F9B000000001dX1",
            "0F9B000000001dXAAA",
            "0F9B00000000'dX",
            "0F9B0000000é1dX",
        ] {
            assert_eq!(Id::parse(text), Err(InvalidId), "{text}");
        }
    }
}
