//! Another org under the same alias: a sandbox that was refreshed, or an org that has moved.

use std::collections::BTreeSet;

use access::{Customer, Email, Org, OrgAlias, OrganizationId};
use jiff::Timestamp;
use ledger::CustomerChange;
use run::Services;
use run::code::{ORG_CHANGED, SALESFORCE_UNAVAILABLE};
use runtime::{FunctionError, Invocation, chain};

use crate::gathering::PAGE;
use crate::unavailable;

/// Takes the org to which the secret leads now for the one that the alias means, if it is the one that a person names.
pub(crate) async fn accept(
    services: &Services,
    alias: &OrgAlias,
    id: &OrganizationId,
    invocation: &Invocation,
) -> Result<(), FunctionError> {
    let connected = services.organizations.connect(alias, invocation.deadline).await;
    let client =
        connected.map_err(|error| FunctionError::new(run::code_of(&error), chain(&error)))?;
    let found = run::organization_of(&client).await;
    let found = found.map_err(|error| FunctionError::new(SALESFORCE_UNAVAILABLE, chain(&error)))?;
    if found != *id {
        let text =
            format!("the secret of org {alias} leads to {found}, which is not the one named");
        return Err(FunctionError::new(ORG_CHANGED, text));
    }
    let known = services.ledger.reader.org(alias).await.map_err(|error| unavailable(&error))?;
    if known.as_ref().is_some_and(|it| it.id != found) {
        // Before the alias means the new org: until then nothing is decided there, so that this may be done again.
        forget_records(services, alias).await?;
    }
    let version = known.map_or(0, |it| it.version);
    let next = Org { version, ..Org::new(alias.clone(), found) };
    let committed = services.ledger.writer.commit_org(next, Vec::new()).await;
    committed.map_err(|error| unavailable(&error))?;
    tracing::info!(org = %alias, "org accepted");
    Ok(())
}

/// Forgets which users and invitations of the org before are those of its customers.
async fn forget_records(services: &Services, alias: &OrgAlias) -> Result<(), FunctionError> {
    let ledger::Ledger { reader, writer } = &services.ledger;
    let mut after = None;
    loop {
        let due = reader.due_customers(Timestamp::MAX, Some(alias), after.as_ref(), PAGE).await;
        let due = due.map_err(|error| unavailable(&error))?;
        let emails: Vec<Email> = due.due.into_iter().map(|it| it.email).collect();
        let read = reader.customers(alias, &emails).await.map_err(|error| unavailable(&error))?;
        let changes: Vec<CustomerChange> = read
            .read
            .values()
            .filter_map(Customer::in_another_org)
            .map(|customer| CustomerChange {
                due_at: customer.due_at(&services.policy),
                customer,
                opens: BTreeSet::new(),
                audit: Vec::new(),
                announcements: Vec::new(),
            })
            .collect();
        for result in writer.commit(changes).await {
            result.map_err(|error| unavailable(&error))?;
        }
        after = due.next;
        if after.is_none() {
            return Ok(());
        }
    }
}
