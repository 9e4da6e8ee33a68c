//! Fields of a request or an event that nobody reads, each with the known field that was probably meant.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

/// How many of them are told: whoever mends the first few knows what to do about the rest.
const MAXIMUM_TOLD: usize = 20;

/// How many characters a name has at most that is told as it was sent, or compared with others.
const LONGEST_NAME: usize = 40;

/// A field that is not known. It asks for nothing, and nothing is refused because of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownField {
    /// Its path; where its name is not one that a field could have, the path of what it stands in.
    pub field: String,
    /// The path of the known field that is meant, if one is near enough to say so.
    pub nearest: Option<String>,
}

impl UnknownField {
    /// The code of the warning, as contracts spell it.
    pub const CODE: &str = "UNKNOWN_FIELD";

    /// For a log, which must not repeat what was sent: the known fields that are meant by these, in one text that may be empty. `None`
    /// where there are no unknown fields.
    #[must_use]
    pub fn meant(unknown: &[Self]) -> Option<String> {
        let meant: Vec<&str> = unknown.iter().filter_map(|it| it.nearest.as_deref()).collect();
        (!unknown.is_empty()).then(|| meant.join(", "))
    }

    /// The fields of `value` that are not among `known`, which are paths such as `project.id` and `customers[].email`. `whole` names the
    /// value itself, and `prefix` is the path at which its fields are. A field that is `null` counts as absent. At most 20.
    #[must_use]
    pub fn all(value: &Value, known: &[&str], whole: &str, prefix: &str) -> Vec<Self> {
        let mut search = Search { known, prefix, found: Vec::new() };
        if let Some(fields) = value.as_object() {
            search.object(fields, "", whole, prefix);
        }
        search.found
    }
}

impl Serialize for UnknownField {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fix = match &self.nearest {
            Some(nearest) => format!("write {nearest} if that is meant, else leave it out"),
            None => "leave it out, or look for its name in what the request may have".to_owned(),
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", Self::CODE)?;
        map.serialize_entry("message", "there is a field that is not known; it asks for nothing")?;
        map.serialize_entry("fix", &fix)?;
        map.serialize_entry("field", &self.field)?;
        if let Some(nearest) = &self.nearest {
            map.serialize_entry("nearest", nearest)?;
        }
        map.end()
    }
}

struct Search<'a> {
    known: &'a [&'a str],
    prefix: &'a str,
    found: Vec<UnknownField>,
}

impl<'a> Search<'a> {
    /// Looks at the fields of an object: `level` is its place among the known paths, `place` the path by which it is told, and `prefix` what
    /// stands before the names of its fields.
    fn object(&mut self, fields: &Map<String, Value>, level: &str, place: &str, prefix: &str) {
        for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
            if !self.names(level).any(|known| known == name) {
                self.note(name, level, place, prefix);
                continue;
            }
            let path = format!("{prefix}{name}");
            match value {
                Value::Object(fields) => {
                    self.object(fields, &format!("{level}{name}."), &path, &format!("{path}."));
                }
                Value::Array(entries) => {
                    for (index, entry) in entries.iter().enumerate() {
                        let Some(fields) = entry.as_object() else { continue };
                        let path = format!("{path}[{index}]");
                        let level = format!("{level}{name}[].");
                        self.object(fields, &level, &path, &format!("{path}."));
                    }
                }
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            }
        }
    }

    /// The names that a field may have at a level.
    fn names(&self, level: &str) -> impl Iterator<Item = &'a str> {
        let of_level = self.known.iter().filter_map(move |path| path.strip_prefix(level));
        of_level.filter_map(|rest| rest.split(['.', '[']).next())
    }

    fn note(&mut self, name: &str, level: &str, place: &str, prefix: &str) {
        let field = if is_plain(name) { format!("{prefix}{name}") } else { place.to_owned() };
        let nearest = self.nearest(name, level, prefix);
        let unknown = UnknownField { field, nearest };
        if self.found.len() < MAXIMUM_TOLD && !self.found.contains(&unknown) {
            self.found.push(unknown);
        }
    }

    /// The field that is meant: one beside it with the same name in another spelling, else the only one elsewhere that has this name or
    /// this path, else one beside it with nearly the same name.
    fn nearest(&self, name: &str, level: &str, prefix: &str) -> Option<String> {
        if name.chars().count() > LONGEST_NAME {
            return None;
        }
        let written = letters(name);
        let distance = |known: &str| strsim::osa_distance(&written, &letters(known));
        let beside = self.names(level).map(|known| (distance(known), known));
        let beside = beside.filter(|(distance, known)| {
            *distance <= (known.len() / 3).max(1) && *distance < written.len()
        });
        let beside = beside.min_by_key(|(distance, _)| *distance);
        let path_beside = beside.map(|(_, known)| format!("{prefix}{known}"));
        if beside.is_some_and(|(distance, _)| distance == 0) {
            return path_beside;
        }
        self.elsewhere(&written).or(path_beside)
    }

    /// The path of the only field anywhere that has this very name, or this very path.
    fn elsewhere(&self, written: &str) -> Option<String> {
        let is_meant = |path: &&&str| {
            let last = path.rsplit('.').next().unwrap_or(path);
            letters(last) == written || letters(path) == written
        };
        let mut meant = self.known.iter().filter(is_meant);
        let (first, others) = (meant.next()?, meant.next());
        others.is_none().then(|| format!("{}{}", self.prefix, first.replace("[]", "[0]")))
    }
}

/// Whether a name can be that of a field. Anything else may be what belongs into one, such as an address.
fn is_plain(name: &str) -> bool {
    let is_of_name = |it: u8| it.is_ascii_alphanumeric() || b"_-".contains(&it);
    !name.is_empty() && name.len() <= LONGEST_NAME && name.bytes().all(is_of_name)
}

/// What of a name is the same however its words are joined.
fn letters(name: &str) -> String {
    name.chars().filter(|it| it.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::UnknownField;

    const KNOWN: [&str; 9] = [
        "org",
        "project.id",
        "group.id",
        "group.name",
        "group.allowCustomers",
        "customers[].email",
        "customers[].role",
        "expiresAt",
        "days",
    ];

    #[test]
    fn what_is_not_known_is_told_by_its_path_with_the_field_that_is_meant() {
        for (value, field, nearest) in [
            (json!({ "day": 10 }), "day", Some("days")),
            (json!({ "Days": 10 }), "Days", Some("days")),
            (json!({ "dasy": 10 }), "dasy", Some("days")),
            (json!({ "expires_at": "" }), "expires_at", Some("expiresAt")),
            (json!({ "expires": "" }), "expires", Some("expiresAt")),
            (json!({ "group": { "nmae": "" } }), "group.nmae", Some("group.name")),
            (json!({ "customers": [{}, { "emial": "" }] }), "customers[1].emial", {
                Some("customers[1].email")
            }),
            (json!({ "custmers": [] }), "custmers", Some("customers")),
            // What stands one level too high or too low.
            (json!({ "allowCustomers": true }), "allowCustomers", Some("group.allowCustomers")),
            (json!({ "projectId": "" }), "projectId", Some("project.id")),
            (json!({ "group_name": "" }), "group_name", Some("group.name")),
            (json!({ "role": "manager" }), "role", Some("customers[0].role")),
            (json!({ "customers": [{ "days": 3 }] }), "customers[0].days", Some("days")),
            // What could be either of two, or is like none.
            (json!({ "id": "" }), "id", None),
            (json!({ "x": 1 }), "x", None),
            (json!({ "correlation": 1 }), "correlation", None),
            // What no field is called is not repeated.
            (json!({ "days ": 1 }), "request", Some("days")),
            (json!({ "ana@acme.example": 1 }), "request", None),
            (json!({ "group": { "": 1 } }), "group", None),
            (json!({ "x".repeat(41): 1 }), "request", None),
        ] {
            let nearest = nearest.map(str::to_owned);
            let expected = UnknownField { field: field.to_owned(), nearest };
            assert_eq!(UnknownField::all(&value, &KNOWN, "request", ""), [expected], "{value}");
        }
    }

    #[test]
    fn what_is_known_or_absent_or_not_looked_at_is_not_told() {
        for value in [
            json!({ "org": "main", "project": { "id": "" }, "customers": [{ "email": "" }] }),
            json!({ "day": null }),
            json!({ "customers": "ana@acme.example", "group": [1] }),
            json!(["day"]),
            json!("day"),
        ] {
            assert_eq!(UnknownField::all(&value, &KNOWN, "request", ""), [], "{value}");
        }
    }

    #[test]
    fn no_more_are_told_than_somebody_reads_and_none_twice() {
        let customers: Vec<Value> = (0..1_000).map(|it| json!({ format!("x{it}"): 1 })).collect();
        let value = json!({ "customers": customers });
        assert_eq!(UnknownField::all(&value, &KNOWN, "request", "").len(), 20);
        let value = json!({ "a b": 1, "c d": 1 });
        assert_eq!(UnknownField::all(&value, &KNOWN, "request", "").len(), 1);
    }

    #[test]
    fn a_field_of_an_event_has_the_path_that_it_has_there() {
        let unknown = UnknownField::all(&json!({ "day": 1 }), &KNOWN, "detail", "detail.");
        assert_eq!(
            json!(unknown),
            json!([{
                "code": "UNKNOWN_FIELD",
                "message": "there is a field that is not known; it asks for nothing",
                "fix": "write detail.days if that is meant, else leave it out",
                "field": "detail.day",
                "nearest": "detail.days",
            }])
        );
    }
}
