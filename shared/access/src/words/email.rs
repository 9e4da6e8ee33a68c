//! E-mail addresses, normalised on construction.

use email_address::{EmailAddress, Options};
use serde::{Deserialize, Serialize};

/// A normalised e-mail address: two spellings of one address are one value.
///
/// Normalised means trimmed and lower-case, the form that Salesforce keeps in
/// `CollaborationInvitation.InvitedUserEmailNormalized`. Sub-addresses (`ana+x@`) stay what they are: Salesforce
/// tells them apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

/// Why a text is not an address that can be invited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEmail {
    /// Not `local@domain.tld`.
    #[error("must be an e-mail address like ana@example.com")]
    Syntax,
    /// Letters outside ASCII, which can spell one mailbox in two ways.
    #[error("must be ASCII; write an international domain in its xn-- form")]
    NotAscii,
    /// Longer than `InvitedUserEmailNormalized` can hold.
    #[error("must have at most {} characters", Email::MAXIMUM_LENGTH)]
    TooLong,
}

impl Email {
    /// The length of `InvitedUserEmailNormalized`, in characters.
    pub const MAXIMUM_LENGTH: usize = 80;

    /// Parses and normalises an address.
    ///
    /// # Errors
    /// [`InvalidEmail`] says what to change; it never repeats the address.
    pub fn parse(text: &str) -> Result<Self, InvalidEmail> {
        let trimmed = text.trim();
        // Before the case is folded, which makes ASCII letters of some others.
        if !trimmed.is_ascii() {
            return Err(InvalidEmail::NotAscii);
        }
        let normalised = trimmed.to_ascii_lowercase();
        if normalised.len() > Self::MAXIMUM_LENGTH {
            return Err(InvalidEmail::TooLong);
        }
        let options =
            Options::default().with_required_tld().without_display_text().without_domain_literal();
        let address = EmailAddress::parse_with_options(&normalised, options)
            .map_err(|_| InvalidEmail::Syntax)?;
        let plain = |character: char| {
            character.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(character)
        };
        if !address.local_part().chars().all(plain) {
            return Err(InvalidEmail::Syntax);
        }
        Ok(Self(normalised))
    }

    /// The normalised text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The mailbox: the address without its sub-address. `ana+x@acme.example` and `ana@acme.example` are read by one person.
    #[must_use]
    pub fn mailbox(&self) -> (&str, &str) {
        let local = self.0.rsplit_once('@').map_or("", |(local, _)| local);
        (local.split_once('+').map_or(local, |(name, _)| name), self.domain())
    }

    /// The address of the mailbox, without a sub-address.
    #[must_use]
    pub fn without_sub_address(&self) -> Self {
        let (local, domain) = self.mailbox();
        Self::parse(&format!("{local}@{domain}")).unwrap_or_else(|_| self.clone())
    }

    /// The part behind the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl std::fmt::Display for Email {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for Email {
    type Error = InvalidEmail;

    fn try_from(text: String) -> Result<Self, InvalidEmail> {
        Self::parse(&text)
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

#[cfg(test)]
mod tests {
    use super::{Email, InvalidEmail};

    #[test]
    fn two_spellings_are_one_person() {
        assert_eq!(Email::parse(" Ana@ACME.example "), Email::parse("ana@acme.example"));
        assert_ne!(Email::parse("ana+x@acme.example"), Email::parse("ana@acme.example"));
        assert_eq!(Email::parse(" Ana@ACME.example ").unwrap().to_string(), "ana@acme.example");
    }

    #[test]
    fn what_is_not_an_address_says_why() {
        for text in ["", "ana", "ana@", "@acme.example", "ana@acme", "Ana <ana@acme.example>"] {
            assert_eq!(Email::parse(text), Err(InvalidEmail::Syntax), "{text}");
        }
        for text in
            ["a b@acme.example", "\"a b\"@acme.example", "ana@[127.0.0.1]", "a'--\n@b.example"]
        {
            assert_eq!(Email::parse(text), Err(InvalidEmail::Syntax), "{text}");
        }
        assert_eq!(Email::parse("ana@münchen.example"), Err(InvalidEmail::NotAscii));
        // The Kelvin sign, whose lower-case form is the letter k.
        assert_eq!(Email::parse("\u{212a}im@corp.example"), Err(InvalidEmail::NotAscii));
        let long = format!("{}@acme.example", "a".repeat(68));
        assert_eq!(Email::parse(&long), Err(InvalidEmail::TooLong));
        let longest = format!("{}@{}.example", "a".repeat(60), "b".repeat(11));
        assert!(longest.len() == Email::MAXIMUM_LENGTH && Email::parse(&longest).is_ok());
        assert!(Email::parse("o'brien@acme.example").is_ok());
    }
}
