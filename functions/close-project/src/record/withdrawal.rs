//! Whose access is said to be over.

use std::collections::BTreeSet;

use access::{Actor, Email, withdraw};
use ledger::{CommitError, CustomerChange};
use run::code::{LEDGER_UNAVAILABLE, LEDGER_UNREADABLE};
use run::{Services, Trigger};
use runtime::{Caller, FunctionError, Invocation};

use super::allowed;
use super::recorded::{Recorded, Word};
use crate::unavailable;
use crate::withdrawal::NamedWithdrawal;

/// How often a customer is read anew because somebody else wrote meanwhile: many, since nothing slow lies between reading and writing.
const ATTEMPTS: usize = 25;

/// Records the word for every grant that it takes. No request that goes on at the same time keeps it from being recorded.
pub(super) async fn record(
    services: &Services,
    invocation: &Invocation,
    caller: &Caller,
    named: NamedWithdrawal,
    origin: String,
) -> Result<Recorded, FunctionError> {
    let NamedWithdrawal { org, customers, withdrawal } = named;
    let authority = allowed::authority(services, invocation, caller)?;
    let project = withdrawal.project.as_ref();
    allowed::judge_withdrawal(services, invocation, &authority, &org, project).await?;
    let actor = Actor { name: &caller.actor, plan_digest: None };
    let mut open: Vec<Email> = customers.iter().cloned().collect();
    let mut unmatched = BTreeSet::new();
    for _ in 0..ATTEMPTS {
        let records = services.ledger.reader.customers(&org, &open).await;
        let records = records.map_err(|error| unavailable(&error))?;
        if !records.unreadable.is_empty() {
            let text = "a customer's record is not understood";
            return Err(FunctionError::new(LEDGER_UNREADABLE, text));
        }
        let mut changes = Vec::new();
        for (email, customer) in records.read {
            // What was found before somebody else wrote counts no more.
            unmatched.remove(&email);
            let withdrawn = withdraw(&customer, &withdrawal, actor, invocation.now);
            let after = withdrawn.as_ref().map_or(&customer, |(next, _)| next);
            let mut named = after.grants.values().filter(|it| withdrawal.names(it)).peekable();
            // What was asked for later stays, and whoever withdraws should know.
            if named.peek().is_none() || named.any(|it| it.is_open() && it.withdrawn.is_none()) {
                unmatched.insert(email);
            }
            if let Some((customer, audit)) = withdrawn {
                let due_at = customer.due_at(&services.policy);
                let (opens, announcements) = (BTreeSet::new(), Vec::new());
                changes.push(CustomerChange { customer, due_at, opens, audit, announcements });
            }
        }
        open = changes.iter().map(|change| change.customer.email.clone()).collect();
        let mut contended = BTreeSet::new();
        for (email, result) in open.iter().zip(services.ledger.writer.commit(changes).await) {
            match result {
                Ok(_) => {}
                Err(CommitError::Conflict | CommitError::Contended) => {
                    contended.insert(email.clone());
                }
                Err(error) => return Err(unavailable(&error)),
            }
        }
        open.retain(|email| contended.contains(email));
        if open.is_empty() {
            let (customers_named, source) = (customers.len(), &caller.source);
            tracing::info!(%org, customers = customers_named, unmatched = unmatched.len(), %source, "withdrawn");
            let word = Word::Withdrawal { unmatched: unmatched.len(), customers };
            // A withdrawal with a field that is not known was refused.
            let unknown = Vec::new();
            return Ok(Recorded {
                trigger: Trigger::Event,
                org,
                word,
                attempt: 0,
                origin,
                unknown,
            });
        }
    }
    Err(FunctionError::new(LEDGER_UNAVAILABLE, "a customer is written by others all the time"))
}
