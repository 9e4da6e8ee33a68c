//! Who may be let in, and who may answer for them, by address.

use serde_json::Value;

use super::pattern::Pattern;
use super::reading::{Wrong, fields, patterns};
use crate::words::Email;

/// Whose addresses may be let in. Whoever is in already is no matter of these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Domains {
    /// The domains that may be let in; `None` = every one.
    pub allow: Option<Vec<Pattern>>,
    /// The domains that may not, with all domains below them. They win.
    pub deny: Vec<Pattern>,
}

/// Who may answer for customers: addresses, or domains with a leading `@`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sponsors(Vec<Pattern>);

const DOMAINS: &str = "must be a list of domains such as acme.example or *.acme.example; an international one in its xn-- form";

impl Domains {
    /// Whether an address may be let in.
    #[must_use]
    pub fn admits(&self, email: &Email) -> bool {
        let domain = email.domain();
        let is_allowed = |allow: &Vec<Pattern>| allow.iter().any(|it| it.matches(domain));
        !self.denies(domain) && self.allow.as_ref().is_none_or(is_allowed)
    }

    /// Whoever denies a domain means the mailboxes below it too.
    fn denies(&self, domain: &str) -> bool {
        let mut part = Some(domain);
        while let Some(it) = part {
            if self.deny.iter().any(|denied| denied.matches(it)) {
                return true;
            }
            part = it.split_once('.').map(|(_, rest)| rest);
        }
        false
    }

    /// Reads an object with `allow` and `deny`, of which a list stands for `allow` alone.
    pub(crate) fn read(value: &Value) -> Result<Self, Wrong> {
        if value.is_array() {
            return Ok(Self { allow: Some(patterns(value, DOMAINS, domain)?), deny: Vec::new() });
        }
        let mut domains = Self::default();
        for (field, value) in
            fields(value, "must be an object with allow or deny, or a list of domains")?
        {
            let list = patterns(value, DOMAINS, domain).map_err(|wrong| wrong.within(field));
            match field.as_str() {
                "allow" => domains.allow = Some(list?),
                "deny" => domains.deny = list?,
                _ => return Err(Wrong::unknown(field)),
            }
        }
        Ok(domains)
    }
}

impl Sponsors {
    /// Whether somebody may answer for customers.
    #[must_use]
    pub fn admits(&self, email: &Email) -> bool {
        let domain = format!("@{}", email.domain());
        self.0.iter().any(|it| {
            it.matches(if it.as_str().starts_with('@') { &domain } else { email.as_str() })
        })
    }

    /// The addresses and domains, as the policy has them.
    pub fn iter(&self) -> impl Iterator<Item = &Pattern> {
        self.0.iter()
    }

    pub(crate) fn read(value: &Value) -> Result<Self, Wrong> {
        let expected = "must be a list of addresses such as kim@corp.example, or of domains such as @corp.example; * stands for any characters";
        Ok(Self(patterns(value, expected, sponsor)?))
    }
}

fn domain(text: &str) -> Option<Pattern> {
    let text = text.trim().to_lowercase();
    let domain = text.strip_prefix('@').unwrap_or(&text);
    is_domain(domain).then(|| Pattern::parse(domain)).flatten()
}

fn sponsor(text: &str) -> Option<Pattern> {
    let text = text.trim().to_lowercase();
    let is_good = match text.split_once('@') {
        Some((local, domain)) => is_domain(domain) && (local.is_empty() || is_address(&text)),
        None => false,
    };
    is_good.then(|| Pattern::parse(&text)).flatten()
}

/// A domain, or a pattern of one. A single `*` is every domain.
fn is_domain(text: &str) -> bool {
    text.contains(['.', '*']) && is_address(&format!("x@{text}"))
}

fn is_address(text: &str) -> bool {
    // `*.acme.example` and `*@acme.example` are patterns of what would be an address with any letter instead of the star.
    let example = text.replace('*', "x");
    let example = if text.ends_with("@*") { format!("{example}.x") } else { example };
    !text.contains(char::is_whitespace) && Email::parse(&example).is_ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Domains, Sponsors};
    use crate::Email;

    #[test]
    fn what_is_denied_wins_with_all_below_it_and_what_is_allowed_is_allowed_exactly() {
        let of = |value: Value| Domains::read(&value).unwrap();
        let both = json!({ "allow": ["acme.example", "*.partner.example"], "deny": ["bad.partner.example", "@competitor.example"] });
        for (rules, address, admits) in [
            (json!({}), "ana@acme.example", true),
            (json!([]), "ana@acme.example", false),
            (json!({ "allow": [] }), "ana@acme.example", false),
            (json!(["@Acme.example"]), "ana@acme.example", true),
            (both.clone(), "ana@acme.example", true),
            (both.clone(), "ana@mail.acme.example", false),
            (both.clone(), "ana@evil-acme.example", false),
            (both.clone(), "ana@eu.partner.example", true),
            (both.clone(), "ana@partner.example", false),
            (both.clone(), "ana@bad.partner.example", false),
            (both.clone(), "ana@mail.bad.partner.example", false),
            (both.clone(), "ana@competitor.example", false),
            (both, "ana@other.example", false),
            (json!({ "deny": ["competitor.example"] }), "ana@mail.competitor.example", false),
            (json!({ "deny": ["competitor.example"] }), "ana@mycompetitor.example", true),
            (json!({ "deny": ["*"] }), "ana@acme.example", false),
        ] {
            let email = Email::parse(address).unwrap();
            assert_eq!(of(rules.clone()).admits(&email), admits, "{rules} {address}");
        }
    }

    #[test]
    fn a_sponsor_is_named_by_address_or_by_domain() {
        let sponsors = json!([
            " Kim@Corp.example",
            "@corp-two.example",
            "*.lead@corp.example",
            "@*.corp.example"
        ]);
        let sponsors = Sponsors::read(&sponsors).unwrap();
        for (address, admits) in [
            ("kim@corp.example", true),
            ("lou@corp.example", false),
            ("lou@corp-two.example", true),
            ("lou@x.corp-two.example", false),
            ("lou.lead@corp.example", true),
            ("lou.lead@corp.example.evil.example", false),
            ("lou@eu.corp.example", true),
            ("kim@corp.example.evil.example", false),
        ] {
            assert_eq!(sponsors.admits(&Email::parse(address).unwrap()), admits, "{address}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (value, expected) in [
            (json!("acme.example"), "must be an object with allow or deny"),
            (json!({ "allowed": [] }), "allowed is not known"),
            (json!({ "deny": "x.example" }), "deny must be a list of domains"),
            (json!({ "allow": ["münchen.example"] }), "allow must be a list of domains"),
            (json!(["ana@acme.example"]), "must be a list of domains"),
            (json!(["acme example"]), "must be a list of domains"),
            (json!([7]), "must be a list of domains"),
            (json!([""]), "must be a list of domains"),
        ] {
            let error = Domains::read(&value).expect_err("it is wrong").to_string();
            assert!(error.starts_with(expected), "{value}: {error}");
        }
        for value in [
            json!("@corp.example"),
            json!(["corp.example"]),
            json!(["@"]),
            json!(["kim @corp.example"]),
        ] {
            let error = Sponsors::read(&value).expect_err("it is wrong").to_string();
            assert!(error.starts_with("must be a list of addresses"), "{value}: {error}");
        }
    }
}
