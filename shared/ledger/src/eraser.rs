//! Erasure: a person is forgotten, and the evidence stays.

mod trace;

use std::collections::{BTreeMap, BTreeSet};

use access::{Customer, Email, Entry, Grant, GrantId, OrgAlias, State, Subject};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, Put, TransactWriteItem, Update,
};

use self::trace::Traces;
use crate::error::{ForgetError, RequestFailure};
use crate::item::{self, ALIASES, EMAIL, PARTITION, PERSONAL, POINTED, VERSION, WRITE};
use crate::key::Key;
use crate::{ItemKind, Reader, WriteError, Writer, commit};

/// How many items are changed in one transaction.
const AT_ONCE: usize = 50;

/// Forgets people: the only thing that deletes what is personal. No function holds one, and none has the permissions that it needs,
/// which the README names.
#[derive(Clone, Debug)]
pub struct Eraser {
    reader: Reader,
    writer: Writer,
}

/// What was forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// What stands for the person in the evidence that stays; `None` where there is none.
    pub subject: Option<Subject>,
    /// Entries of evidence of which the personal part was erased now.
    pub entries: usize,
    /// Records that named the person and are gone now: the person's own, pointers of projects, sets that the brake held, other
    /// addresses.
    pub records: usize,
}

impl Eraser {
    /// For the table of that name.
    #[must_use]
    pub fn new(client: Client, table: String) -> Self {
        let reader = Reader::new(client, table);
        Self { writer: Writer::new(reader.clone()), reader }
    }

    /// Forgets a person of whom nothing is left to be done. The address and all texts go; what happened stays, under the subject, and
    /// verifies as before. Once more, it finds nothing; after a failure it goes on.
    ///
    /// It reads the whole table once, because nothing else leads to all that names somebody. Entries of others that name the address, under
    /// which somebody has joined, lose their personal part as well. Entries of tables older than evidence that is chained are erased where
    /// they name the address, or where a chained entry of the same grant leads to them. Ids of projects and groups stay.
    ///
    /// # Errors
    /// [`ForgetError`]; the first four before anything is changed.
    pub async fn forget(&self, org: &OrgAlias, email: &Email) -> Result<Forgotten, ForgetError> {
        let own: Option<Customer> =
            self.reader.record(&Key::customer(org, email), ItemKind::Customer).await?;
        if let Some(own) = &own {
            must_be_over(own)?;
        }
        let traces = Traces::of(&self.reader, org, email).await?;
        traces.must_be_done_with()?;
        let subject = self.reader.subject(org, email).await?;
        let subject = subject.or_else(|| own.as_ref().and_then(|it| it.subject.clone()));
        let mut forgotten = Forgotten { subject: subject.clone(), ..Forgotten::default() };

        let (key, version) = (Key::customer(org, email), own.as_ref().map(|it| it.version));
        // Before anything goes that leads to it. Whoever is let in again from here on is somebody new, or the version has changed.
        let entries = self.entries_of(subject.as_ref(), traces.entries).await?;
        let pointers: Vec<Key> = traces.pointers.into_iter().collect();
        let leads = leads(&traces.aliased);
        for pointers in pointers.chunks(AT_ONCE) {
            let changes = pointers.iter().map(|key| match leads.get(key) {
                Some(other) => self.redirection(key, email, other),
                None => self.deletion(key),
            });
            self.change(self.own(&key, version, false), changes.collect()).await?;
            forgotten.records += pointers.len();
        }
        for customer in &traces.aliased {
            self.drop_alias(customer, email, &traces.aliased).await?;
            forgotten.records += 1;
        }
        for digest in &traces.holds {
            self.writer.lift_hold(digest).await?;
            forgotten.records += 1;
        }
        for entries in entries.chunks(AT_ONCE) {
            let erasures = entries.iter().map(|it| self.erasure(it)).collect();
            self.change(self.own(&key, version, false), erasures).await?;
            forgotten.entries += entries.len();
        }
        // What leads to all of it goes last: until then, whoever tries again goes on.
        let person = vec![self.deletion(&Key::person(org, email))];
        self.change(self.own(&key, version, true), person).await?;
        forgotten.records += usize::from(version.is_some());
        Ok(forgotten)
    }

    /// The entries of which the personal part is to go: the subject's, and those of others that name the address.
    async fn entries_of(
        &self,
        subject: Option<&Subject>,
        others: Vec<Entry>,
    ) -> Result<Vec<Entry>, ForgetError> {
        let mut entries: BTreeMap<(GrantId, u64), Entry> = BTreeMap::new();
        let own = match subject {
            Some(subject) => self.reader.evidence_of_subject(subject).await?,
            None => crate::Histories::new(),
        };
        for entry in own.into_values().flatten().chain(others).filter(|it| !it.is_erased()) {
            entries.insert((entry.grant.clone(), entry.version), entry);
        }
        Ok(entries.into_values().collect())
    }

    /// Carries changes out on condition that the person's own item is as it was read: with that version, or not there. A request that
    /// goes on at the same time writes the pointers and entries that it needs, and they must not be taken from it.
    async fn change(
        &self,
        own: Result<TransactWriteItem, BuildError>,
        changes: Vec<Result<TransactWriteItem, BuildError>>,
    ) -> Result<(), ForgetError> {
        let kind = ItemKind::Customer;
        let actions: Result<Vec<_>, BuildError> = std::iter::once(own).chain(changes).collect();
        let actions =
            actions.map_err(|error| not_written(kind, RequestFailure::before_sending(error)))?;
        let request = self.reader.client().transact_write_items();
        let Err(error) = request.set_transact_items(Some(actions)).send().await else {
            return Ok(());
        };
        let is_other = |it: &TransactWriteItemsError| it.is_transaction_canceled_exception();
        if error.as_service_error().is_some_and(is_other) {
            return Err(ForgetError::Changed);
        }
        Err(not_written(kind, RequestFailure::of(error)))
    }

    fn deletion(&self, key: &Key) -> Result<TransactWriteItem, BuildError> {
        let delete = Delete::builder().table_name(self.reader.table());
        let delete = delete.set_key(Some(item::of_key(key))).build()?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    /// Lets what leads from a user to the person lead to another address under which the same person stays known.
    fn redirection(
        &self,
        key: &Key,
        email: &Email,
        other: &Email,
    ) -> Result<TransactWriteItem, BuildError> {
        let (_, item) = item::of_user(key, other);
        let put = Put::builder().table_name(self.reader.table()).set_item(Some(item));
        let put = put
            .condition_expression("#email = :email")
            .expression_attribute_names("#email", EMAIL)
            .expression_attribute_values(":email", item::text(email.as_str()));
        Ok(TransactWriteItem::builder().put(put.build()?).build())
    }

    /// Erases the personal part of an entry. Of one without a hash what is personal is among the rest.
    fn erasure(&self, entry: &Entry) -> Result<TransactWriteItem, BuildError> {
        let key = Key::audit(&entry.grant, entry.version);
        let action = TransactWriteItem::builder();
        if entry.hash.is_some() {
            let update = Update::builder().table_name(self.reader.table());
            let update = update
                .set_key(Some(item::of_key(&key)))
                .update_expression("REMOVE #personal")
                .condition_expression("attribute_exists(#partition)")
                .expression_attribute_names("#partition", PARTITION)
                .expression_attribute_names("#personal", PERSONAL);
            return Ok(action.update(update.build()?).build());
        }
        let mut erased = entry.clone();
        erased.erase();
        let item = item::encode(&key, &erased).ok();
        let put = Put::builder().table_name(self.reader.table()).set_item(item);
        Ok(action.put(put.build()?).build())
    }

    /// The action that checks, or deletes, the person's own item.
    fn own(
        &self,
        key: &Key,
        version: Option<u64>,
        deletes: bool,
    ) -> Result<TransactWriteItem, BuildError> {
        let key = item::of_key(key);
        let condition = match version {
            Some(_) => "#version = :version",
            None => "attribute_not_exists(#version)",
        };
        let names = [("#version".to_owned(), VERSION.to_owned())].into();
        let values = version.map(|it| [(":version".to_owned(), item::number(it))].into());
        let action = TransactWriteItem::builder();
        Ok(if deletes && version.is_some() {
            let delete = Delete::builder().table_name(self.reader.table()).set_key(Some(key));
            let delete = delete
                .condition_expression(condition)
                .set_expression_attribute_names(Some(names))
                .set_expression_attribute_values(values);
            action.delete(delete.build()?).build()
        } else {
            let check = ConditionCheck::builder().table_name(self.reader.table());
            let check = check
                .set_key(Some(key))
                .condition_expression(condition)
                .set_expression_attribute_names(Some(names))
                .set_expression_attribute_values(values);
            action.condition_check(check.build()?).build()
        })
    }

    /// Another address of somebody who stays known. When that customer is due stays as it is. Those who knew each other only through the
    /// address know each other themselves from now on.
    async fn drop_alias(
        &self,
        customer: &Customer,
        email: &Email,
        same: &[Customer],
    ) -> Result<(), ForgetError> {
        let write =
            commit::random_name().map_err(|error| not_written(ItemKind::Customer, error))?;
        let others = same.iter().map(|it| &it.email).filter(|it| **it != customer.email);
        let aliases: BTreeSet<&Email> = customer.aliases.iter().chain(others).collect();
        let aliases = aliases.into_iter().filter(|it| *it != email);
        let aliases = aliases.map(|it| item::text(it.as_str())).collect();
        let key = Key::customer(&customer.org, &customer.email);
        let update = self.reader.client().update_item().table_name(self.reader.table());
        let update = update
            .set_key(Some(item::of_key(&key)))
            // What leads to this customer from users is written anew with the next change.
            .update_expression(
                "SET #aliases = :aliases, #version = :next, #write = :write REMOVE #pointed",
            )
            .condition_expression("#version = :version")
            .expression_attribute_names("#aliases", ALIASES)
            .expression_attribute_names("#pointed", POINTED)
            .expression_attribute_names("#version", VERSION)
            .expression_attribute_names("#write", WRITE)
            .expression_attribute_values(":aliases", AttributeValue::L(aliases))
            .expression_attribute_values(":version", item::number(customer.version))
            .expression_attribute_values(":next", item::number(customer.version + 1))
            .expression_attribute_values(":write", item::text(&write));
        let Err(error) = update.send().await else { return Ok(()) };
        let is_other = |it: &UpdateItemError| it.is_conditional_check_failed_exception();
        if error.as_service_error().is_some_and(is_other) {
            return Err(ForgetError::Changed);
        }
        Err(not_written(ItemKind::Customer, RequestFailure::of(error)))
    }
}

/// To whom what leads from users to a forgotten address leads from now on: one of those who know it for another address of theirs.
fn leads(aliased: &[Customer]) -> BTreeMap<Key, Email> {
    let leads = aliased.iter().flat_map(|customer| {
        let Customer { org, email, users, .. } = customer;
        users.iter().map(move |user| (Key::user(org, user), email.clone()))
    });
    leads.collect()
}

/// Nothing may be left to be done about a customer.
fn must_be_over(customer: &Customer) -> Result<(), ForgetError> {
    let is_over =
        |grant: &&Grant| matches!(grant.state, State::Ended { .. } | State::Refused { .. });
    let (over, open): (Vec<_>, Vec<_>) = customer.grants.values().partition(is_over);
    match (open.first(), over.first()) {
        (Some(grant), _) => Err(ForgetError::Open(grant.id.clone())),
        (None, Some(grant)) => Err(ForgetError::Unfinished(grant.id.clone())),
        (None, None) => Ok(()),
    }
}

fn not_written(kind: ItemKind, source: RequestFailure) -> ForgetError {
    ForgetError::Write(WriteError::Unavailable { kind, source })
}
