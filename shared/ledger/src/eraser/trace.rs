//! What names a person although no key leads from the person to it.

use std::collections::BTreeSet;

use access::{Announcement, Customer, Email, Entry, GrantId, OrgAlias};
use serde_json::Value;

use crate::error::{ForgetError, RequestFailure};
use crate::hold;
use crate::item::{self, Item, PARTITION};
use crate::key::{self, CUSTOMER, GRANT, Key};
use crate::reader::decode;
use crate::{ItemKind, ReadError, Reader};

/// The beginnings of the partition keys of what may name a person.
const NAMING: [&str; 6] = ["announcement#", "customer#", "grant#", "hold#", "project#", key::USER];

/// Where a person is named, beside the person's own items.
#[derive(Debug, Default)]
pub(super) struct Traces {
    /// Pointers of projects and users.
    pub(super) pointers: BTreeSet<Key>,
    /// Sets that the brake holds, by digest.
    pub(super) holds: BTreeSet<String>,
    /// Customers of whom the ledger takes it for another address.
    pub(super) aliased: Vec<Customer>,
    /// Entries of evidence.
    pub(super) entries: Vec<Entry>,
    /// Grants of other addresses that were joined under this one.
    joined: Vec<GrantId>,
    /// Whether an event about the person is not emitted yet.
    is_untold: bool,
}

impl Traces {
    /// Looks through the whole table.
    pub(super) async fn of(
        reader: &Reader,
        org: &OrgAlias,
        email: &Email,
    ) -> Result<Self, ReadError> {
        let beginnings =
            (0..NAMING.len()).map(|place| format!("begins_with(#partition, :b{place})"));
        let mut request = reader
            .client()
            .scan()
            .table_name(reader.table())
            .consistent_read(true)
            .filter_expression(beginnings.collect::<Vec<_>>().join(" OR "))
            .expression_attribute_names("#partition", PARTITION);
        for (place, beginning) in NAMING.iter().enumerate() {
            request =
                request.expression_attribute_values(format!(":b{place}"), item::text(beginning));
        }
        let mut traces = Self::default();
        let mut from = None;
        loop {
            let answer = request.clone().set_exclusive_start_key(from).send().await;
            let answer = answer.map_err(|error| ReadError::Unavailable {
                kind: ItemKind::Customer,
                source: RequestFailure::of(error),
            })?;
            for item in answer.items.unwrap_or_default() {
                traces.note(item, org, email)?;
            }
            from = answer.last_evaluated_key.filter(|last| !last.is_empty());
            if from.is_none() {
                return Ok(traces);
            }
        }
    }

    /// Nothing may be left to be done that needs the address.
    pub(super) fn must_be_done_with(&self) -> Result<(), ForgetError> {
        match self.joined.first() {
            Some(grant) => Err(ForgetError::Elsewhere(grant.clone())),
            None if self.is_untold => Err(ForgetError::Untold),
            None => Ok(()),
        }
    }

    fn note(&mut self, item: Item, org: &OrgAlias, email: &Email) -> Result<(), ReadError> {
        let Some(key) = item::key_of(&item) else { return Ok(()) };
        if key.sort == CUSTOMER {
            let customer: Customer = decode(item, ItemKind::Customer)?;
            if customer.org == *org && customer.email != *email {
                self.note_other(customer, email);
            }
        } else if key::parse_project(&key.partition).is_some_and(|(of, _)| of == *org) {
            if key::parse_pointer(&key.sort).is_some_and(|it| it == *email) {
                self.pointers.insert(key);
            }
        } else if key::parse_org_of_user(&key.partition).is_some_and(|of| of == *org) {
            if item::email(&item).is_some_and(|it| it == *email) {
                self.pointers.insert(key);
            }
        } else if key.partition.starts_with(GRANT) {
            let Ok(entry) = item::entry(item) else {
                return Err(ReadError::Unreadable(ItemKind::AuditEntry));
            };
            let personal = serde_json::json!([entry.personal, entry.actor, entry.others]);
            let state = Value::Object(entry.state.clone());
            if entry.org.as_ref().is_none_or(|of| of == org)
                && (mentions(&personal, email) || mentions(&state, email))
            {
                self.entries.push(entry);
            }
        } else if let Some(digest) = key.partition.strip_prefix("hold#") {
            if hold::names(item, org, email)? {
                self.holds.insert(digest.to_owned());
            }
        } else if key::parse_announcement(&key.partition).is_some() {
            let announcement: Announcement = decode(item, ItemKind::Announcement)?;
            let is_of_org = announcement.detail["org"] == org.as_str();
            self.is_untold |= is_of_org && names(&announcement.detail, email);
        }
        Ok(())
    }

    fn note_other(&mut self, customer: Customer, email: &Email) {
        let joined = customer.grants.values().filter(|grant| {
            grant.joined.as_ref().and_then(|it| it.joined_as.as_ref()) == Some(email)
        });
        self.joined.extend(joined.map(|grant| grant.id.clone()));
        if customer.aliases.contains(email) {
            self.aliased.push(customer);
        }
    }
}

/// Whether the address is in any text of a value.
fn mentions(value: &Value, email: &Email) -> bool {
    match value {
        Value::String(text) => text.to_lowercase().contains(email.as_str()),
        Value::Array(values) => values.iter().any(|it| mentions(it, email)),
        Value::Object(fields) => fields.values().any(|it| mentions(it, email)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether any text in a value is the address.
fn names(value: &Value, email: &Email) -> bool {
    match value {
        Value::String(text) => text.trim().to_lowercase() == email.as_str(),
        Value::Array(values) => values.iter().any(|it| names(it, email)),
        Value::Object(fields) => fields.values().any(|it| names(it, email)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
