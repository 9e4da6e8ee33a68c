//! Lists of addresses, as people and systems write them: one text, or a list.

use access::Email;
use access::event::Problem;
use serde_json::Value;

/// How many addresses one list may have.
pub const MAXIMUM_ADDRESSES: usize = 1_000;

/// An address as it is written in a list of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WrittenAddress<'a> {
    /// A part of one text.
    InText(&'a str),
    /// An entry of a list, whatever it is.
    InList(&'a Value),
}

impl<'a> WrittenAddress<'a> {
    /// The addresses of a value: those of one text stand between commas, semicolons and white space. `None` where it is neither a
    /// text nor a list.
    #[must_use]
    pub fn all(value: &'a Value) -> Option<Vec<Self>> {
        match value {
            Value::String(text) => {
                let separators = |it: char| it == ',' || it == ';' || it.is_whitespace();
                let parts = text.split(separators).filter(|address| !address.is_empty());
                Some(parts.map(Self::InText).collect())
            }
            Value::Array(list) => Some(list.iter().map(Self::InList).collect()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
        }
    }

    /// The address: the text itself, or the `email` of an object. `None` where that is no text.
    #[must_use]
    pub fn text(self) -> Option<&'a str> {
        match self {
            Self::InText(text) => Some(text),
            Self::InList(entry) => entry.as_str().or_else(|| entry.get("email")?.as_str()),
        }
    }
}

/// The address that is written at a path.
///
/// # Errors
/// The [`Problem`] names the path and does not repeat what is written there.
pub fn parse_address(field: &str, text: &str) -> Result<Email, Problem> {
    let problem = |error: access::InvalidEmail| Problem {
        field: field.to_owned(),
        message: error.to_string(),
    };
    Email::parse(text).map_err(problem)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{WrittenAddress, parse_address};

    #[test]
    fn addresses_are_one_text_or_a_list_of_texts_and_of_objects() {
        for (value, expected) in [
            (json!("a@x.example"), Some(vec![Some("a@x.example")])),
            (json!(" a, b;c\nd ;, "), Some(vec![Some("a"), Some("b"), Some("c"), Some("d")])),
            (json!(" ,; "), Some(vec![])),
            (json!([]), Some(vec![])),
            // What stands alone in a list is taken as it is.
            (json!(["a, b", { "email": "c" }]), Some(vec![Some("a, b"), Some("c")])),
            (json!([7, null, {}, { "email": 7 }, ["a"]]), Some(vec![None; 5])),
            (json!({ "email": "a" }), None),
            (json!(7), None),
            (json!(null), None),
        ] {
            let all = WrittenAddress::all(&value);
            let texts = all.map(|all| all.into_iter().map(WrittenAddress::text).collect());
            assert_eq!(texts, expected, "{value}");
        }
    }

    #[test]
    fn what_is_wrong_with_an_address_is_named_by_its_path_and_does_not_repeat_it() {
        assert_eq!(parse_address("customers[0]", " A@x.example ").unwrap().as_str(), "a@x.example");
        let problem = parse_address("customers[1].email", "nobody@secret").unwrap_err();
        assert_eq!(problem.field, "customers[1].email");
        assert_eq!(problem.message, "must be an e-mail address like ana@example.com");
    }
}
