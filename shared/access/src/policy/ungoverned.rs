//! What a company wants done about access for which no grant answers.

use std::collections::BTreeSet;

use serde_json::Value;

use super::reading::days;
use crate::words::{Email, Group, folded_name};

/// What is done about ungoverned access. By default it is told, and nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UngovernedPolicy {
    /// Makes it a grant.
    pub adopt: Option<Adoption>,
    /// Groups that are left to others, by id or by [`folded_name`].
    pub except_groups: BTreeSet<String>,
    /// Domains of addresses that are left to others, without the `@`.
    pub except_domains: BTreeSet<String>,
}

/// How ungoverned access becomes a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adoption {
    /// Days until it ends, unless somebody extends it.
    pub days: u32,
    /// Who answers for it.
    pub sponsor: Email,
}

impl UngovernedPolicy {
    /// Whether customers of a group are left to others.
    #[must_use]
    pub fn leaves_group(&self, group: &Group) -> bool {
        self.except_groups.contains(group.id.as_str())
            || self.except_groups.contains(&folded_name(&group.name))
    }

    /// Whether customers with such an address are left to others.
    #[must_use]
    pub fn leaves_address(&self, address: &str) -> bool {
        let domain = address.rsplit_once('@').map(|(_, domain)| domain.trim().to_lowercase());
        domain.is_some_and(|domain| self.except_domains.contains(&domain))
    }

    /// Reads the field `ungoverned` of a policy.
    pub(crate) fn read(value: &Value) -> Result<Self, &'static str> {
        const EXPECTED: &str = "must be an object with adopt, exceptGroups or exceptDomains";
        let mut policy = Self::default();
        for (field, value) in value.as_object().ok_or(EXPECTED)? {
            match field.as_str() {
                "adopt" => policy.adopt = Some(Adoption::read(value)?),
                "exceptGroups" => {
                    let expected = "exceptGroups must be a list of names or ids of groups";
                    let name = |it: &str| Some(it).filter(|it| !it.is_empty()).map(group_name);
                    policy.except_groups = texts(value, name).ok_or(expected)?;
                }
                "exceptDomains" => {
                    let expected = "exceptDomains must be a list of domains with a leading @";
                    policy.except_domains = texts(value, domain).ok_or(expected)?;
                }
                _ => return Err(EXPECTED),
            }
        }
        Ok(policy)
    }
}

impl Adoption {
    fn read(value: &Value) -> Result<Self, &'static str> {
        const EXPECTED: &str =
            "adopt must be an object with days, from 1 to 36500, and the address of a sponsor";
        let fields = value.as_object().filter(|it| it.len() == 2).ok_or(EXPECTED)?;
        let days = fields.get("days").and_then(|it| days(it).ok()).ok_or(EXPECTED)?;
        let sponsor = fields.get("sponsor").and_then(Value::as_str);
        let sponsor = sponsor.and_then(|it| Email::parse(it).ok()).ok_or(EXPECTED)?;
        Ok(Self { days, sponsor })
    }
}

fn texts(value: &Value, read: impl Fn(&str) -> Option<String>) -> Option<BTreeSet<String>> {
    value.as_array()?.iter().map(|it| read(it.as_str()?.trim())).collect()
}

/// An id keeps its case, in which it differs from others.
fn group_name(text: &str) -> String {
    if crate::GroupId::parse(text).is_ok() { text.to_owned() } else { folded_name(text) }
}

fn domain(text: &str) -> Option<String> {
    let domain = text.strip_prefix('@')?.to_lowercase();
    Email::parse(&format!("x@{domain}")).ok().map(|_| domain)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Adoption, UngovernedPolicy};
    use crate::{Email, Group, GroupId};

    #[test]
    fn what_is_done_about_ungoverned_access_is_read_field_by_field() {
        let read = UngovernedPolicy::read(&json!({
            "adopt": { "days": 30, "sponsor": "Kim@corp.example" },
            "exceptGroups": ["Partner Lounge", "Café", "0F9000000000001AAA"],
            "exceptDomains": ["@Partner.example"],
        }));
        let policy = read.unwrap();
        let sponsor = Email::parse("kim@corp.example").unwrap();
        assert_eq!(policy.adopt, Some(Adoption { days: 30, sponsor }));
        let group =
            |id: &str, name: &str| Group { id: GroupId::parse(id).unwrap(), name: name.to_owned() };
        assert!(policy.leaves_group(&group("0F9000000000002AAA", "partner LOUNGE")));
        assert!(policy.leaves_group(&group("0F9000000000002AAA", "CAFE\u{301}")));
        assert!(policy.leaves_group(&group("0F9000000000001AAA", "Acme")));
        assert!(!policy.leaves_group(&group("0F9000000000002AAA", "Acme")));
        assert!(
            policy.leaves_address("Bo@PARTNER.example") && !policy.leaves_address("bo@x.example")
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (value, expected) in [
            (json!([]), "must be an object"),
            (json!({ "adapt": {} }), "must be an object"),
            (json!({ "adopt": { "days": 0, "sponsor": "kim@corp.example" } }), "adopt must be"),
            (json!({ "adopt": { "days": 3, "sponsor": "kim" } }), "adopt must be"),
            (json!({ "adopt": { "days": 3 } }), "adopt must be"),
            (json!({ "exceptGroups": "Acme" }), "exceptGroups must be"),
            (json!({ "exceptGroups": [""] }), "exceptGroups must be"),
            (json!({ "exceptDomains": ["partner.example"] }), "exceptDomains must be"),
        ] {
            let error = UngovernedPolicy::read(&value).expect_err("it is wrong");
            assert!(error.starts_with(expected), "{value}: {error}");
        }
    }
}
