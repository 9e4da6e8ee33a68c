//! Record ids: 15 case-sensitive characters, or the same with a 3-character check-sum.

use std::fmt;

/// A record id in its 18-character form.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RecordId([u8; 18]);

impl RecordId {
    /// The `sequence`-th id that an instance of Salesforce gives to the object with this
    /// three-character prefix.
    pub(crate) fn new(prefix: &str, instance: [u8; 2], sequence: u64) -> Self {
        let mut id = [b'0'; 18];
        for (place, byte) in id.iter_mut().zip(prefix.bytes().take(3).chain(instance)) {
            *place = byte;
        }
        let mut rest = sequence;
        for place in id[5..15].iter_mut().rev() {
            *place = digit(rest % 62);
            rest /= 62;
        }
        let suffix = checksum(&id);
        id[15..].copy_from_slice(&suffix);
        Self(id)
    }

    /// Reads an id of 15 or 18 characters; `None` for anything else, a wrong check-sum included.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if !bytes.iter().all(u8::is_ascii_alphanumeric) || !matches!(bytes.len(), 15 | 18) {
            return None;
        }
        let mut id = [b'0'; 18];
        id[..15].copy_from_slice(&bytes[..15]);
        let suffix = checksum(&id);
        id[15..].copy_from_slice(&suffix);
        let given = &bytes[15..];
        (given.is_empty() || given.eq_ignore_ascii_case(&suffix)).then_some(Self(id))
    }

    /// The 18-character form.
    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The two characters that tell the instance of Salesforce.
    pub(crate) fn instance(&self) -> [u8; 2] {
        [self.0[3], self.0[4]]
    }

    /// The three characters that tell the object.
    pub(crate) fn prefix(&self) -> &str {
        self.as_str().get(..3).unwrap_or_default()
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One base-62 digit. Both cases occur, so that a comparison that ignores case mixes ids up.
fn digit(value: u64) -> u8 {
    let value = u8::try_from(value).unwrap_or_default();
    match value {
        0..=9 => b'0' + value,
        10..=35 => b'A' + (value - 10),
        _ => b'a' + (value.saturating_sub(36)),
    }
}

/// The suffix that carries the case of the first 15 characters, five to a character.
fn checksum(id: &[u8; 18]) -> [u8; 3] {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
    let mut suffix = [b'A'; 3];
    for (place, chunk) in suffix.iter_mut().zip(id[..15].chunks(5)) {
        let bits = chunk
            .iter()
            .enumerate()
            .filter(|(_, byte)| byte.is_ascii_uppercase())
            .fold(0_usize, |bits, (index, _)| bits | (1 << index));
        *place = ALPHABET[bits & 31];
    }
    suffix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suffix_has_a_bit_for_each_capital_letter() {
        // The only capital is the third of the first five characters: bit 2, the letter E.
        let id = RecordId::parse("00D000000000062").unwrap();
        assert_eq!(id.as_str(), "00D000000000062EAA");
        assert_eq!(RecordId::parse("00D000000000062EAA"), Some(id));
    }

    #[test]
    fn ids_that_are_no_ids_are_refused() {
        for text in ["", "005", "00D00000000006", "00D000000000062EAB", "00D0000000000'2EAA"] {
            assert_eq!(RecordId::parse(text), None, "{text}");
        }
    }
}
