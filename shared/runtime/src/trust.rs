//! Whose events are believed.

use std::collections::BTreeSet;

use crate::envelope::Envelope;

/// The source of Lanyard's own events.
const OWN_SOURCE: &str = "lanyard";

/// The only event of Lanyard's own that a function listens to.
const CONTINUATION: &str = "Continuation";

/// How many characters a source may have to be repeated in a log.
const MAXIMUM_SOURCE: usize = 64;

/// Whose events a function believes. The rules in front of its queue say the same: this is the second wall, for a bus that others own
/// too, and for a rule or a queue that somebody has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    sources: BTreeSet<String>,
    accounts: BTreeSet<String>,
}

/// Why a list of whom to trust is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTrust {
    /// A list between whose commas there is nothing.
    #[error(
        "names no source: give the sources of the systems whose events count, separated by commas"
    )]
    NoSource,
    /// Lanyard's own source.
    #[error("names lanyard, which only Lanyard itself is: leave it out")]
    OwnSource,
    /// Something that is no account.
    #[error("names what is no account: give account numbers of twelve digits, separated by commas")]
    NoAccount,
}

/// Why an event is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Untrusted {
    /// It comes from another account.
    #[error("its account is not trusted")]
    Account,
    /// Its source is no trusted one. A source may be any text, so only what has the form of a name is repeated.
    #[error("its source{} is not trusted", .0.as_ref().map_or_else(String::new, |it| format!(" {it}")))]
    Source(Option<String>),
}

impl Trust {
    /// Trusts nobody's events but Lanyard's own.
    #[must_use]
    pub fn in_nobody() -> Self {
        Self { sources: BTreeSet::new(), accounts: BTreeSet::new() }
    }

    /// Trusts events of these sources, in the function's own account and in these others; both are lists with commas.
    ///
    /// # Errors
    /// [`InvalidTrust`].
    pub fn in_sources(sources: &str) -> Result<Self, InvalidTrust> {
        let sources = names(sources);
        if sources.is_empty() {
            return Err(InvalidTrust::NoSource);
        }
        if sources.contains(OWN_SOURCE) {
            return Err(InvalidTrust::OwnSource);
        }
        Ok(Self { sources, accounts: BTreeSet::new() })
    }

    /// The same for events of further accounts than the function's own, as a list with commas.
    ///
    /// # Errors
    /// [`InvalidTrust::NoAccount`].
    pub fn and_accounts(self, accounts: &str) -> Result<Self, InvalidTrust> {
        let accounts = names(accounts);
        let is_account =
            |it: &String| it.len() == 12 && it.bytes().all(|byte| byte.is_ascii_digit());
        if accounts.iter().all(is_account) {
            Ok(Self { accounts, ..self })
        } else {
            Err(InvalidTrust::NoAccount)
        }
    }

    /// Whether a function in the account `own` believes an event.
    ///
    /// # Errors
    /// [`Untrusted`] says why not.
    pub fn check(&self, envelope: &Envelope, own: &str) -> Result<(), Untrusted> {
        let is_ours = envelope.source == OWN_SOURCE;
        let is_near = envelope.account == own;
        if !is_near && (is_ours || !self.accounts.contains(&envelope.account)) {
            return Err(Untrusted::Account);
        }
        let is_trusted = if is_ours {
            envelope.detail_type == CONTINUATION
        } else {
            self.sources.contains(&envelope.source)
        };
        if is_trusted { Ok(()) } else { Err(Untrusted::Source(nameable(&envelope.source))) }
    }
}

fn names(list: &str) -> BTreeSet<String> {
    list.split(',').map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

fn nameable(source: &str) -> Option<String> {
    let is_of_a_name = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte);
    let is_name = source.len() <= MAXIMUM_SOURCE && source.bytes().all(is_of_a_name);
    is_name.then(|| source.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{InvalidTrust, Trust, Untrusted};
    use crate::envelope::Envelope;

    const OWN: &str = "123456789012";

    #[test]
    fn an_event_is_believed_by_source_and_account() {
        let trust = Trust::in_sources("corp.projects, corp.crm").unwrap();
        let trust = trust.and_accounts("210987654321").unwrap();
        let of = |source: &str| Untrusted::Source(Some(source.to_owned()));
        for (source, account, kind, expected) in [
            ("corp.projects", OWN, "Project Closed", Ok(())),
            ("corp.crm", "210987654321", "Project Closed", Ok(())),
            ("corp.crm", "111111111111", "Project Closed", Err(Untrusted::Account)),
            ("corp", OWN, "Project Closed", Err(of("corp"))),
            ("Corp.Projects", OWN, "Project Closed", Err(of("Corp.Projects"))),
            ("lanyard", OWN, "Continuation", Ok(())),
            ("lanyard", OWN, "Project Closed", Err(of("lanyard"))),
            ("lanyard", "210987654321", "Continuation", Err(Untrusted::Account)),
            ("corp.crm", OWN, "Continuation", Ok(())),
            ("ana@acme.example", OWN, "Project Closed", Err(Untrusted::Source(None))),
        ] {
            let checked = trust.check(&event(source, account, kind), OWN);
            assert_eq!(checked, expected, "{source} {account} {kind}");
        }
    }

    #[test]
    fn a_function_that_knows_no_account_of_its_own_believes_nothing() {
        let trust = Trust::in_sources("corp.projects").unwrap();
        let event = event("corp.projects", OWN, "Project Closed");
        assert_eq!(trust.check(&event, ""), Err(Untrusted::Account));
    }

    #[test]
    fn why_an_event_is_not_believed_repeats_nothing_but_a_name() {
        for (untrusted, expected) in [
            (Untrusted::Account, "its account is not trusted"),
            (Untrusted::Source(None), "its source is not trusted"),
            (Untrusted::Source(Some("corp".to_owned())), "its source corp is not trusted"),
        ] {
            assert_eq!(untrusted.to_string(), expected);
        }
    }

    #[test]
    fn a_list_of_whom_to_trust_names_others_than_lanyard() {
        for list in ["", " ", ",", " , "] {
            assert_eq!(Trust::in_sources(list), Err(InvalidTrust::NoSource), "{list:?}");
        }
        assert_eq!(Trust::in_sources("corp,lanyard"), Err(InvalidTrust::OwnSource));
        let trust = Trust::in_sources("corp,").unwrap();
        assert_eq!(trust.clone().and_accounts(""), Ok(trust.clone()));
        for list in ["12345678901", "1234567890123", "12345678901x"] {
            let refused = trust.clone().and_accounts(list);
            assert_eq!(refused, Err(InvalidTrust::NoAccount), "{list}");
        }
    }

    fn event(source: &str, account: &str, kind: &str) -> Envelope {
        let event: Value = json!({
            "id": "e-1", "source": source, "account": account, "detail-type": kind,
            "time": "2026-11-23T09:00:00Z", "detail": {},
        });
        Envelope::parse(&event).expect("an event")
    }
}
