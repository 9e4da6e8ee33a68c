//! Whether a field stands twice in an object of a JSON text. The parser takes the last one and says nothing.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// The first field that stands twice in one object.
pub(super) fn repeated(text: &str) -> Option<String> {
    let mut found = None;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    // Where this fails, the text is no JSON, which is found out elsewhere.
    let _ = Look(&mut found).deserialize(&mut deserializer);
    found
}

/// Looks through a value, and notes what it finds.
struct Look<'a>(&'a mut Option<String>);

impl<'de> DeserializeSeed<'de> for Look<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Look<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut fields = BTreeSet::new();
        while let Some(field) = map.next_key::<String>()? {
            map.next_value_seed(Look(self.0))?;
            if !fields.insert(field.clone()) {
                self.0.get_or_insert(field);
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Look(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::repeated;

    #[test]
    fn a_field_that_stands_twice_in_one_object_is_found_wherever_it_is() {
        for (text, expected) in [
            (r#"{"a": 1, "b": {"a": [true, null, "x", 1.5, -1]}}"#, None),
            (r#"{"a": 1, "a": 2}"#, Some("a")),
            (r#"{"a": {"b": {}, "b": {}}}"#, Some("b")),
            (r#"{"a": [{"c": 1}, {"c": 1, "\u0063": 2}]}"#, Some("c")),
            ("[", None),
        ] {
            assert_eq!(repeated(text).as_deref(), expected, "{text}");
        }
    }
}
