//! What the brake holds: a set of endings, split over as many items as it needs.

use access::{Email, GrantId, OrgAlias};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::item::{self, Item};
use crate::key::Key;
use crate::reader::decode;
use crate::{ItemKind, ReadError, Reader, WriteError, Writer};

/// How many bytes of endings one part holds, at most: an item takes 400 KB, and the rest of the part is small.
const PART_BYTES: usize = 300_000;

/// Endings that wait for a person's word, as one set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// The org.
    pub org: OrgAlias,
    /// The digest of the set, by which it is released: 64 hexadecimal digits.
    pub digest: String,
    /// When it was held.
    pub at: Timestamp,
    /// The set; in the order of the grants when it was read.
    pub endings: Vec<HeldEnding>,
}

/// One ending that is held.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HeldEnding {
    /// The grant.
    pub grant: GrantId,
    /// The customer.
    pub email: Email,
    /// Why it would end, as the plan spells it.
    pub reason: String,
}

impl Reader {
    /// The set of that digest, if it is held. What is no digest names no hold.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn hold(&self, digest: &str) -> Result<Option<Hold>, ReadError> {
        if !is_digest(digest) {
            return Ok(None);
        }
        let items = self.partition(&Key::hold(digest), "", ItemKind::Hold).await?;
        let parts: Result<Vec<Part>, _> =
            items.into_iter().map(|item| decode(item, ItemKind::Hold)).collect();
        Ok(join(digest, parts?))
    }
}

impl Writer {
    /// Records a set that is held. The same set again is the same hold, with the new instant.
    ///
    /// # Errors
    /// [`WriteError`]; a hold of which only a part was written does not count as one.
    pub async fn place_hold(&self, hold: Hold) -> Result<(), WriteError> {
        if !is_digest(&hold.digest) {
            return Err(WriteError::Unwritable(ItemKind::Hold));
        }
        let digest = hold.digest.clone();
        for part in split(hold) {
            self.record(&Key::hold_part(&digest, part.number), &part, ItemKind::Hold).await?;
        }
        Ok(())
    }

    /// Forgets a set, since it was released or is out of date.
    ///
    /// # Errors
    /// [`WriteError`]; a hold of which a part is gone does not count as one.
    pub async fn lift_hold(&self, digest: &str) -> Result<(), WriteError> {
        if !is_digest(digest) {
            return Ok(());
        }
        let items = self.reader().partition(&Key::hold(digest), "", ItemKind::Hold).await;
        let items = items.map_err(WriteError::from_read)?;
        let keys = items.iter().filter_map(item::key_of).collect();
        self.delete(keys, ItemKind::Hold).await
    }
}

/// One item of a hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Part {
    org: OrgAlias,
    at: Timestamp,
    /// Which one, from 0.
    number: usize,
    /// Of how many.
    of: usize,
    endings: Vec<HeldEnding>,
}

/// Whether a part of a hold names a person.
pub(crate) fn names(part: Item, org: &OrgAlias, email: &Email) -> Result<bool, ReadError> {
    let part: Part = decode(part, ItemKind::Hold)?;
    Ok(part.org == *org && part.endings.iter().any(|it| it.email == *email))
}

fn split(hold: Hold) -> Vec<Part> {
    let Hold { org, digest: _, at, mut endings } = hold;
    // The same set is split in the same places, so that writing it again leaves nothing of an earlier split behind.
    endings.sort_unstable();
    let mut chunks = vec![Vec::new()];
    let mut bytes = 0;
    for ending in endings {
        // Names of attributes, and what DynamoDB counts for a map with three elements.
        let size =
            40 + ending.grant.as_str().len() + ending.email.as_str().len() + ending.reason.len();
        if bytes + size > PART_BYTES {
            chunks.push(Vec::new());
            bytes = 0;
        }
        bytes += size;
        if let Some(chunk) = chunks.last_mut() {
            chunk.push(ending);
        }
    }
    let of = chunks.len();
    let part = |(number, endings)| Part { org: org.clone(), at, number, of, endings };
    chunks.into_iter().enumerate().map(part).collect()
}

/// The set, if every part of it is there. Of two instants the older counts: a hold lasts a day.
fn join(digest: &str, mut parts: Vec<Part>) -> Option<Hold> {
    parts.sort_by_key(|part| part.number);
    let first = parts.first()?;
    let (org, count) = (first.org.clone(), first.of);
    let is_whole = parts.len() == count
        && parts.iter().enumerate().all(|(place, part)| part.number == place && part.of == count);
    let at = parts.iter().map(|part| part.at).min()?;
    let endings = parts.into_iter().flat_map(|part| part.endings).collect();
    is_whole.then(|| Hold { org, digest: digest.to_owned(), at, endings })
}

fn is_digest(text: &str) -> bool {
    text.len() == 64
        && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[cfg(test)]
mod tests {
    use access::{Email, GrantId, OrgAlias};

    use super::{HeldEnding, Hold, PART_BYTES, is_digest, join, split};
    use crate::item::{ITEM_BYTES, bytes, encode};
    use crate::key::Key;

    #[test]
    fn parts_fit_into_items_and_make_the_same_set_again() {
        let hold = hold(10_000);
        let parts = split(hold.clone());
        assert!(parts.len() > 1);
        for part in &parts {
            let item = encode(&Key::hold_part(&hold.digest, part.number), part).unwrap();
            assert!(bytes(&item) < ITEM_BYTES, "part {}", part.number);
        }
        assert_eq!(join(&hold.digest, parts.into_iter().rev().collect()), Some(hold));
        const { assert!(PART_BYTES < ITEM_BYTES) };
    }

    #[test]
    fn a_hold_with_a_part_missing_is_none_and_the_oldest_instant_counts() {
        let hold = hold(10_000);
        let parts = split(hold.clone());
        for missing in 0..parts.len() {
            let mut rest = parts.clone();
            rest.remove(missing);
            assert_eq!(join(&hold.digest, rest), None, "without part {missing}");
        }
        assert_eq!(join(&hold.digest, Vec::new()), None);
        let mut newer = parts;
        newer[0].at = "2027-03-01T00:00:00Z".parse().unwrap();
        assert_eq!(join(&hold.digest, newer).unwrap().at, hold.at);
    }

    #[test]
    fn only_a_digest_is_a_digest() {
        assert!(is_digest(&"0af9".repeat(16)));
        for text in ["", "0af9", &"0AF9".repeat(16), &"x".repeat(64), &"0".repeat(65)] {
            assert!(!is_digest(text), "{text}");
        }
    }

    fn hold(count: u32) -> Hold {
        let ending = |number: u32| HeldEnding {
            grant: GrantId::from_random(u128::from(number)),
            email: Email::parse(&format!("{:a>60}{number}@acme.example", "")).unwrap(),
            reason: "projectClosed".to_owned(),
        };
        Hold {
            org: OrgAlias::default(),
            digest: "0af9".repeat(16),
            at: "2027-01-31T00:00:00Z".parse().unwrap(),
            endings: (0..count).map(ending).collect(),
        }
    }
}
