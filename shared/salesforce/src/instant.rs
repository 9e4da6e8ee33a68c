//! Instants as Salesforce prints them: with an offset without a colon, such as `+0000`, which RFC 3339 does not have.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, de};

/// Reads an instant.
pub(crate) fn required<'de, D: Deserializer<'de>>(field: D) -> Result<Timestamp, D::Error> {
    String::deserialize(field)?.parse().map_err(de::Error::custom)
}

/// Reads an instant that may be null.
pub(crate) fn optional<'de, D: Deserializer<'de>>(field: D) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<String>::deserialize(field)?;
    text.map(|text| text.parse().map_err(de::Error::custom)).transpose()
}
