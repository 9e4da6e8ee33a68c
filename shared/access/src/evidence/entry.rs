//! One line of a grant's history, with the hash that binds it to the one before.

use std::collections::BTreeMap;

use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::transition::AuditEntry;
use crate::records::State;
use crate::words::{GrantId, OrgAlias, Subject, hex};

/// One line of a grant's history, as it is recorded; append-only, but for the personal part, which can be erased.
///
/// An entry of an older table has no subject and no hash, and its texts are in the state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// The grant.
    pub grant: GrantId,
    /// The grant's version after the transition: the entry's place in its history.
    pub version: u64,
    /// When.
    pub at: Timestamp,
    /// Who asked for it; in the personal part where it contains an `@`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// What happened, in a few words.
    pub cause: String,
    /// The digest of the plan that decided it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_digest: Option<String>,
    /// Of an ending that a close began: when the project was closed, as the sender dates it. Who and why is in the personal part, as
    /// `closedBy` and `closeReason`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
    /// The org.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org: Option<OrgAlias>,
    /// What stands for the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// The grant after the transition, without what is personal.
    pub state: Map<String, Value>,
    /// The hash of the entry before; absent for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// The digest of the personal part, which the hash covers in its stead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub personal_digest: Option<String>,
    /// Addresses, names, texts that people wrote, Salesforce's answer, and a random salt; `None` once it is erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub personal: Option<BTreeMap<String, String>>,
    /// The hash of all the rest but the personal part: SHA-256, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// What this release does not know; the hash covers it.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// What is personal in the state of a grant: its name in the personal part, and where it is in the state.
const PERSONAL: [(&str, &[&str]); 11] = [
    ("sponsor", &["sponsor"]),
    ("reason", &["reason"]),
    ("message", &["message"]),
    ("projectName", &["projectName"]),
    ("groupName", &["group", "name"]),
    ("joinedAs", &["joined", "joinedAs"]),
    ("stuckMessage", &["state", "stuck", "message"]),
    // Ids that senders choose; some choose addresses.
    ("askedBy", &["asked", "by"]),
    // The ARN of a user may be an address.
    ("source", &["source"]),
    ("withdrawnBy", &["withdrawn", "by"]),
    ("withdrawnReason", &["withdrawn", "reason"]),
];

/// Salesforce's answer: its name in the personal part, and in entries of older tables.
const ANSWER: &str = "answer";

impl Entry {
    /// The entry with its hash. `salt` must be random: without it, whoever knows a digest could try addresses until one fits.
    #[must_use]
    pub fn seal(
        transition: &AuditEntry,
        org: &OrgAlias,
        subject: &Subject,
        previous: Option<String>,
        salt: String,
    ) -> Self {
        let mut state = object(json!(transition.state));
        // The entry names the head from before it as `previous`.
        state.remove("head");
        let mut personal = take_personal(&mut state);
        personal.insert("salt".to_owned(), salt);
        // The ARN of a session contains the address of a person who signs in with one.
        let (named, actor) = if transition.actor.contains('@') {
            (Some(transition.actor.clone()), None)
        } else {
            (None, Some(transition.actor.clone()))
        };
        personal.extend(named.map(|actor| ("actor".to_owned(), actor)));
        personal.extend(transition.answer.clone().map(|answer| (ANSWER.to_owned(), answer)));
        let close = transition.closed.as_ref();
        let told = [
            ("closedBy", close.and_then(|it| it.by.clone())),
            ("closeReason", close.and_then(|it| it.reason.clone())),
        ];
        personal.extend(told.into_iter().filter_map(|(name, it)| Some((name.to_owned(), it?))));
        let mut entry = Self {
            grant: transition.grant.clone(),
            version: transition.version,
            at: transition.at,
            actor,
            cause: transition.cause.clone(),
            plan_digest: transition.plan_digest.clone(),
            closed_at: close.map(|it| it.at),
            org: Some(org.clone()),
            subject: Some(subject.clone()),
            state,
            previous,
            personal_digest: Some(digest_of(&json!(personal))),
            personal: Some(personal),
            hash: None,
            others: Map::new(),
        };
        entry.hash = Some(entry.computed());
        entry
    }

    /// Who asked for it, as far as it is not erased.
    #[must_use]
    pub fn actor(&self) -> Option<&str> {
        let named = || self.personal.as_ref()?.get("actor").map(String::as_str);
        self.actor.as_deref().or_else(named)
    }

    /// Where the grant stood after the transition; Salesforce's text about what is stuck is empty. `None` where the state is not
    /// understood.
    #[must_use]
    pub fn standing(&self) -> Option<State> {
        let mut state = self.state.get("state")?.clone();
        if let Some(stuck) = state.get_mut("stuck").and_then(Value::as_object_mut) {
            stuck.entry("message").or_insert_with(|| json!(""));
        }
        serde_json::from_value(state).ok()
    }

    /// Erases what is personal. The entry verifies as before.
    pub fn erase(&mut self) {
        self.personal = None;
        // No hash covers an entry of an older table, and what is personal is among the rest there.
        if self.hash.is_none() {
            take_personal(&mut self.state);
            self.others.remove(ANSWER);
            self.actor = self.actor.take().filter(|actor| !actor.contains('@'));
        }
    }

    /// Whether anything personal is left in it.
    #[must_use]
    pub fn is_erased(&self) -> bool {
        let mut erased = self.clone();
        erased.erase();
        erased == *self
    }

    /// The hash that the entry should have.
    fn computed(&self) -> String {
        let mut fields = object(json!(self));
        fields.remove("hash");
        fields.remove("personal");
        digest_of(&Value::Object(fields))
    }

    /// Whether what the entry says is what it said when its hash was made.
    pub(super) fn is_whole(&self) -> bool {
        let personal = self.personal.as_ref().map(|personal| digest_of(&json!(personal)));
        let is_bound = personal.is_none() || personal == self.personal_digest;
        self.hash.as_ref() == Some(&self.computed()) && is_bound
    }
}

/// The digest of the newest entries of grants: SHA-256, in hexadecimal, over the canonical form of an object with the hash of the
/// newest entry for each grant.
#[must_use]
pub fn digest_of_heads(heads: &BTreeMap<GrantId, String>) -> String {
    let heads = heads.iter().map(|(grant, head)| (grant.to_string(), json!(head)));
    digest_of(&Value::Object(heads.collect()))
}

/// The heads that a run moved: of each grant the newest entry whose actor is the run, of its instant. Their digest is in the run's
/// record and log.
#[must_use]
pub fn heads_of_run<'a>(
    entries: impl IntoIterator<Item = &'a Entry>,
    run: &str,
    at: Timestamp,
) -> BTreeMap<GrantId, String> {
    let mut newest: BTreeMap<&GrantId, &Entry> = BTreeMap::new();
    for entry in entries.into_iter().filter(|it| it.at == at && it.actor() == Some(run)) {
        let known = newest.entry(&entry.grant).or_insert(entry);
        if known.version < entry.version {
            *known = entry;
        }
    }
    let hashed = newest.into_iter().filter_map(|(id, it)| Some((id.clone(), it.hash.clone()?)));
    hashed.collect()
}

fn digest_of(value: &Value) -> String {
    let mut text = String::new();
    canonical(value, &mut text);
    hex(digest(&SHA256, text.as_bytes()).as_ref())
}

/// JSON without white space, the keys of objects in the order of their bytes.
fn canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let sorted: BTreeMap<&String, &Value> = fields.iter().collect();
            text.push('{');
            for (place, (name, value)) in sorted.into_iter().enumerate() {
                text.push_str(if place == 0 { "" } else { "," });
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                canonical(value, text);
            }
            text.push('}');
        }
        Value::Array(values) => {
            text.push('[');
            for (place, value) in values.iter().enumerate() {
                text.push_str(if place == 0 { "" } else { "," });
                canonical(value, text);
            }
            text.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            text.push_str(&value.to_string());
        }
    }
}

/// Takes what is personal out of a grant's state.
fn take_personal(state: &mut Map<String, Value>) -> BTreeMap<String, String> {
    let taken = PERSONAL.iter().filter_map(|(name, path)| {
        let (last, path) = path.split_last()?;
        let mut fields = &mut *state;
        for name in path {
            fields = fields.get_mut(*name)?.as_object_mut()?;
        }
        let value = fields.remove(*last)?;
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Some(((*name).to_owned(), text))
    });
    taken.collect()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    }
}
