//! Instants as contracts write them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// The text is not an RFC 3339 instant with an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an RFC 3339 instant with an offset, like 2027-01-31T00:00:00Z")]
pub struct InvalidInstant;

/// An instant without fraction and offset; a `0` stands for any digit.
const SECONDS: &str = "0000-00-00T00:00:00";

/// Digits of a second that are told apart.
const FRACTION_DIGITS: usize = 9;

const SECONDS_OF_A_DAY: i64 = 24 * 60 * 60;

/// Reads an instant in the form of RFC 3339, and in no other: date and time, a `T` between them, and an offset.
///
/// The `FromStr` of [`Timestamp`] also takes a space for the `T`, times without minutes or seconds, offsets without
/// minutes, and names of time zones. What one reader of an event takes and another refuses is no contract.
///
/// What lies beyond the last instant that can be told is that last instant.
///
/// # Errors
/// [`InvalidInstant`], also for a day or a leap second that never was.
pub fn parse_instant(text: &str) -> Result<Timestamp, InvalidInstant> {
    instant(text).ok_or(InvalidInstant)
}

fn instant(text: &str) -> Option<Timestamp> {
    let (seconds, rest) = text.split_at_checked(SECONDS.len())?;
    if form(seconds) != SECONDS {
        return None;
    }
    let (fraction, offset) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(rest.find(|it: char| !it.is_ascii_digit())?),
        None => ("0", rest),
    };
    let told = fraction.get(..FRACTION_DIGITS).unwrap_or(fraction);
    let local: DateTime = format!("{seconds}.{told}").parse().ok()?;
    // Nothing that is told lies before the year 0, so only the end can be passed.
    let at = offset_of(offset)?.to_timestamp(local).unwrap_or(Timestamp::MAX);
    let is_last_second = at.as_second().rem_euclid(SECONDS_OF_A_DAY) == SECONDS_OF_A_DAY - 1;
    (!seconds.ends_with(":60") || is_last_second).then_some(at)
}

fn offset_of(text: &str) -> Option<Offset> {
    if text.eq_ignore_ascii_case("Z") {
        return Some(Offset::UTC);
    }
    if !matches!(form(text).as_str(), "+00:00" | "-00:00") {
        return None;
    }
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i32>().ok();
    let (hours, minutes) = (number(1..3)?, number(4..6)?);
    let sign = if text.starts_with('-') { -1 } else { 1 };
    if hours > 23 || minutes > 59 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 60 + minutes) * 60).ok()
}

/// The text with a `0` for every digit.
fn form(text: &str) -> String {
    text.chars().map(|it| if it.is_ascii_digit() { '0' } else { it.to_ascii_uppercase() }).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{InvalidInstant, parse_instant};

    #[test]
    fn an_instant_is_read_whatever_its_offset_and_fraction() {
        for (text, expected) in [
            ("2027-01-31T00:00:00Z", "2027-01-31T00:00:00Z"),
            ("2027-01-31t00:00:00z", "2027-01-31T00:00:00Z"),
            ("2027-01-31T00:00:00.5+05:30", "2027-01-30T18:30:00.5Z"),
            ("2027-01-31T00:00:00.1234567899-00:00", "2027-01-31T00:00:00.123456789Z"),
            ("2028-02-29T12:00:00-23:59", "2028-03-01T11:59:00Z"),
            ("0000-01-01T00:00:00+23:59", "-000001-12-31T00:01:00Z"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
            ("2017-01-01T00:59:60+01:00", "2016-12-31T23:59:59Z"),
        ] {
            assert_eq!(
                parse_instant(text).map(|it| it.to_string()).as_deref(),
                Ok(expected),
                "{text}"
            );
        }
    }

    #[test]
    fn what_lies_beyond_the_last_instant_is_the_last_instant() {
        for text in ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999999999-23:59"] {
            assert_eq!(parse_instant(text), Ok(Timestamp::MAX), "{text}");
        }
    }

    #[test]
    fn what_is_not_in_the_form_of_rfc_3339_is_no_instant() {
        for text in [
            "",
            "never",
            "2027-01-31",
            "2027-01-31T00:00:00",
            "2027-01-31 00:00:00Z",
            "2027-01-31T00:00Z",
            "2027-01-31T00Z",
            "20270131T000000Z",
            "2027-1-31T00:00:00Z",
            "+002027-01-31T00:00:00Z",
            "-000001-01-31T00:00:00Z",
            "2027-01-31T00:00:00,5Z",
            "2027-01-31T00:00:00.Z",
            "2027-01-31T00:00:00+01",
            "2027-01-31T00:00:00+0100",
            "2027-01-31T00:00:00+01:00:30",
            "2027-01-31T00:00:00+24:00",
            "2027-01-31T00:00:00+01:60",
            "2027-01-31T00:00:00Z[UTC]",
            "2027-01-31T00:00:00+01:00[Europe/Paris]",
            " 2027-01-31T00:00:00Z",
            "2027-01-31T00:00:00Z ",
            "2027-01-31T00:00:00\u{2212}01:00",
            "２027-01-31T00:00:00Z",
            "2027-02-29T00:00:00Z",
            "2027-01-31T24:00:00Z",
            "2027-01-31T12:00:60Z",
            "2027-01-31T23:59:60+01:00",
        ] {
            assert_eq!(parse_instant(text), Err(InvalidInstant), "{text}");
        }
    }
}
