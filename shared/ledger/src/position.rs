//! Where things are in the index: sort values that order as instants do, places between them, ranges of them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A place in the order of what is due. Holds an instant and a hash, no address, so it may travel in events and logs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DueCursor(String);

impl DueCursor {
    /// The place of what has this sort value.
    pub(crate) fn at(position: &str) -> Self {
        Self(position.to_owned())
    }

    /// The instant of what is at that place, to the millisecond.
    pub(crate) fn instant(&self) -> Option<Timestamp> {
        instant(&self.0)
    }
}

/// The index's sort value: an instant of fixed width, so that texts sort as instants do, and a hash that makes it
/// unique.
///
/// Instants are cut to milliseconds here and in [`Range::new`]: what is due at `now` is never missed, and what is not
/// may be listed less than a millisecond early. Anything before 1970 is as overdue as 1970.
pub(crate) fn position(at: Timestamp, hash: &str) -> String {
    format!("{}#{hash}", cut(at))
}

fn cut(at: Timestamp) -> String {
    format!("{:.3}", at.max(Timestamp::UNIX_EPOCH))
}

/// The instant of a sort value.
pub(crate) fn instant(position: &str) -> Option<Timestamp> {
    position.split_once('#')?.0.parse().ok()
}

/// Sort values, both ends included.
pub(crate) struct Range {
    pub(crate) from: String,
    pub(crate) until: String,
}

impl Range {
    /// All until an instant, that one included, behind a place.
    ///
    /// `$` follows `#`, and no sort value ends in it: `<instant>$` is behind all entries of that instant, and
    /// `<sort value>$` right behind that entry.
    pub(crate) fn new(now: Timestamp, after: Option<&DueCursor>) -> Self {
        Self { from: "0".to_owned(), until: format!("{}$", cut(now)) }.behind(after)
    }

    /// From an instant on, and before another one.
    pub(crate) fn between(from: Timestamp, until: Timestamp) -> Self {
        Self { from: cut(from), until: cut(until) }
    }

    /// What is left of it behind a place in it.
    pub(crate) fn behind(self, after: Option<&DueCursor>) -> Self {
        match after {
            Some(DueCursor(last)) => Self { from: format!("{last}$").max(self.from), ..self },
            None => self,
        }
    }

    /// DynamoDB refuses a range that ends before it begins.
    pub(crate) fn is_empty(&self) -> bool {
        self.until < self.from
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{DueCursor, Range, cut, instant, position};

    #[test]
    fn instants_have_one_width_and_sort_as_texts() {
        for (at, expected) in [
            ("2027-01-31T00:00:00Z", "2027-01-31T00:00:00.000Z"),
            ("2027-01-31T01:00:00.0019999+01:00", "2027-01-31T00:00:00.001Z"),
            ("2027-01-31T00:00:00.999999999Z", "2027-01-31T00:00:00.999Z"),
            ("1969-12-31T23:59:59Z", "1970-01-01T00:00:00.000Z"),
            ("-000044-03-15T00:00:00Z", "1970-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(cut(at.parse().unwrap()), expected, "{at}");
        }
        assert_eq!(cut(Timestamp::MAX), "9999-12-30T22:00:00.999Z");
        let at: Timestamp = "2027-01-31T00:00:00.25Z".parse().unwrap();
        assert_eq!(instant(&position(at, "ab")), Some(at));
    }

    #[test]
    fn a_range_takes_what_is_due_at_its_very_end_and_goes_on_right_behind_its_cursor() {
        let now = "2027-01-31T00:00:00.0005Z".parse().unwrap();
        let cursor = DueCursor("2027-01-30T00:00:00.000Z#7f".to_owned());
        let range = Range::new(now, Some(&cursor));
        let is_in = |position: &str| (&*range.from..=&*range.until).contains(&position);
        assert!(is_in(&position(now, "ffff")));
        assert!(is_in("2027-01-30T00:00:00.000Z#80"));
        assert!(!is_in("2027-01-30T00:00:00.000Z#7f"));
        assert!(!is_in("2027-01-31T00:00:00.001Z#00"));
        assert!(Range::new(now, None).from < position(Timestamp::MIN, "00"));
        let behind = DueCursor("2027-02-01T00:00:00.000Z#00".to_owned());
        assert!(Range::new(now, Some(&behind)).is_empty());
    }
}
