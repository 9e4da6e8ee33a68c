//! The names by which things are known: validated once, then only compared.

use serde::{Deserialize, Serialize};
use unicode_normalization::is_nfc;

use super::text::clean_name;

/// Why a text is not a name of its kind. The text says what is expected and never repeats the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidName(&'static str);

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $check:expr, $expected:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Validates a text.
            ///
            /// # Errors
            /// [`InvalidName`] says what is expected.
            pub fn parse(text: &str) -> Result<Self, InvalidName> {
                let check: fn(&str) -> bool = $check;
                if check(text) { Ok(Self(text.to_owned())) } else { Err(InvalidName($expected)) }
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidName;

            fn try_from(text: String) -> Result<Self, InvalidName> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }
    };
}

name!(
    /// The short alias of one Salesforce org; the last part of its secret's name.
    OrgAlias,
    |text| {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        (1..=32).contains(&text.len())
            && text.bytes().all(|byte| plain(byte) || byte == b'-')
            && !text.starts_with('-')
    },
    "must be 1 to 32 lower-case letters, digits or hyphens, and not begin with a hyphen"
);
name!(
    /// The 18-character id of a Salesforce org (`Organization`, key prefix `00D`).
    OrganizationId,
    |text| is_record_id(text) && text.starts_with("00D"),
    "must be an 18-character Salesforce id that begins with 00D"
);
name!(
    /// The upstream's own id of a project.
    ProjectId,
    |text| (1..=128).contains(&text.chars().count()) && !text.chars().any(char::is_control),
    "must be 1 to 128 characters without control characters"
);
name!(
    /// The 18-character id of a Chatter group (`CollaborationGroup`, key prefix `0F9`).
    GroupId,
    |text| is_record_id(text) && text.starts_with("0F9"),
    "must be an 18-character Salesforce id that begins with 0F9"
);
name!(
    /// The 18-character id of a Salesforce user (key prefix `005`).
    UserId,
    |text| is_record_id(text) && text.starts_with("005"),
    "must be an 18-character Salesforce id that begins with 005"
);
name!(
    /// The 18-character id of a `CollaborationInvitation`; its key prefix is not documented.
    InvitationId,
    is_record_id,
    "must be an 18-character Salesforce id"
);
name!(
    /// The id of a grant: 32 hexadecimal digits without meaning, safe to log.
    GrantId,
    |text| text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)),
    "must be 32 lower-case hexadecimal digits"
);

name!(
    /// A random id that stands for a customer in evidence and outlives the address: 32 hexadecimal digits, safe to log.
    Subject,
    |text| text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)),
    "must be 32 lower-case hexadecimal digits"
);

impl ProjectId {
    /// Validates the id of a project for which access is asked, more strictly than [`Self::parse`]: nothing of it may be hidden, and
    /// it has one spelling. What was let in before under another id can still be ended by it.
    ///
    /// # Errors
    /// [`InvalidName`] says what is expected.
    pub fn parse_asked(text: &str) -> Result<Self, InvalidName> {
        const CLEAN: &str =
            "must be visible text without control, bidirectional and invisible characters";
        let id = Self::parse(text)?;
        if !is_nfc(text) {
            return Err(InvalidName("must be written in Unicode's normal form NFC"));
        }
        clean_name(text).map(|_| id).map_err(|_| InvalidName(CLEAN))
    }
}

impl Subject {
    /// The subject made of the given random bits.
    #[must_use]
    pub fn from_random(bits: u128) -> Self {
        Self(format!("{bits:032x}"))
    }
}

impl GrantId {
    /// The id made of the given random bits.
    #[must_use]
    pub fn from_random(bits: u128) -> Self {
        Self(format!("{bits:032x}"))
    }
}

impl Default for OrgAlias {
    /// `main`, the org of a request that names none.
    fn default() -> Self {
        Self("main".to_owned())
    }
}

fn is_record_id(text: &str) -> bool {
    text.len() == 18 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::{GrantId, GroupId, InvalidName, InvitationId, OrgAlias, ProjectId, UserId};

    fn assert_names<T>(
        parse: fn(&str) -> Result<T, InvalidName>,
        valid: &[&str],
        invalid: &[&str],
    ) {
        for text in valid {
            assert!(parse(text).is_ok(), "{text:?}");
        }
        for text in invalid {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_names_of_upstream_are_checked_up_to_their_limits() {
        let longest = "a".repeat(32);
        assert_names(
            OrgAlias::parse,
            &["main", "a", "7", "eu-1", "a-", &longest],
            &["", "-a", "Main", "a_b", "a b", "é", &format!("{longest}a")],
        );
        let longest = "é".repeat(128);
        assert_names(
            ProjectId::parse,
            &["P-42", " ", &longest],
            &["", "P\n42", "P\u{7f}", &format!("{longest}é")],
        );
    }

    #[test]
    fn access_is_asked_for_with_an_id_that_hides_nothing_and_ended_by_any() {
        let clean = ["P-42", "é", "東京"];
        let hidden = ["P\u{202e}42", "P\u{200b}", "e\u{301}", "P\u{200d}", "\u{2800}"];
        assert_names(ProjectId::parse_asked, &clean, &["", "P\n42", " "]);
        assert_names(ProjectId::parse_asked, &[], &hidden);
        assert_names(
            ProjectId::parse,
            &[clean, ["P\u{202e}42", "e\u{301}", "P\u{200d}"]].concat(),
            &[],
        );
    }

    #[test]
    fn a_record_id_has_eighteen_letters_and_digits_and_its_own_prefix() {
        let invalid = [
            "",
            "0F9000000000001",
            "0F90000000000000001",
            "0F9_00000000000001",
            "0F9é0000000000001",
        ];
        assert_names(InvitationId::parse, &["inv000000000000001", "0F9xA000000000001Z"], &invalid);
        assert_names(GroupId::parse, &["0F9xA000000000001Z"], &invalid);
        assert_names(GroupId::parse, &[], &["005xA000000000001Z", "0f9xA000000000001Z"]);
        assert_names(UserId::parse, &["005xA000000000001Z"], &["0F9xA000000000001Z", "005"]);
    }

    #[test]
    fn a_grant_is_known_by_thirty_two_lower_case_hexadecimal_digits() {
        let id = GrantId::from_random(0xab);
        assert_eq!(id.as_str(), "000000000000000000000000000000ab");
        assert_eq!(GrantId::parse(id.as_str()), Ok(id.clone()));
        let widest = GrantId::from_random(u128::MAX);
        assert_eq!(widest.as_str(), "f".repeat(32));
        let invalid = ["", "ab", &"g".repeat(32), &"A".repeat(32), &"a".repeat(33)];
        assert_names(GrantId::parse, &[&"09af".repeat(8)], &invalid);
    }

    #[test]
    fn a_name_is_written_as_it_is_read_and_refused_without_repeating_it() {
        let read = |text: &str| serde_json::from_str::<OrgAlias>(text);
        assert_eq!(OrgAlias::default().to_string(), "main");
        assert_eq!(read("\"main\"").unwrap(), OrgAlias::default());
        assert_eq!(serde_json::to_string(&OrgAlias::default()).unwrap(), "\"main\"");
        let refused = read("\"-secret\"").unwrap_err().to_string();
        assert!(refused.starts_with("must be 1 to 32 lower-case letters"), "{refused}");
        assert!(!refused.contains("secret"), "{refused}");
    }
}
