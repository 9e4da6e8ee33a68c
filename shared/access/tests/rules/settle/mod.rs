//! What is recorded and told: before anything is done, and after it was read back.

mod doing;
mod ending;
mod giving;
mod rereading;
mod stuck;
mod untold;

use std::collections::BTreeMap;

use access::{
    Brake, Customer, Failure, Looked, Outcomes, Plan, Policy, Settled, Step, begin, decide, settle,
};
use jiff::Timestamp;

use crate::world::*;

fn begun(start: &Looked) -> (Plan, Looked) {
    begun_at(start, now())
}

/// The plan, and the customer with the intent as it is read back when nothing has changed in Salesforce.
fn begun_at(start: &Looked, at: Timestamp) -> (Plan, Looked) {
    let one = std::slice::from_ref(start);
    let plan = decide(&Policy::default(), one, &closed(&[]), Brake::Armed, at);
    let begun = begin(&start.customer, &plan, ACTOR, at);
    let customer: Customer =
        begun.map_or_else(|| start.customer.clone(), |it| committed(&it.customer));
    (plan, Looked { customer, observed: start.observed.clone() })
}

fn settled(read: &Looked, acted: &Plan, outcomes: &Outcomes) -> Option<Settled> {
    settled_at(read, acted, outcomes, now())
}

fn settled_at(read: &Looked, acted: &Plan, outcomes: &Outcomes, at: Timestamp) -> Option<Settled> {
    let (policy, nothing) = (Policy::default(), BTreeMap::new());
    let one = std::slice::from_ref(read);
    let plan = decide(&policy, one, &closed(&[]), Brake::Released(&nothing), at);
    settle(&policy, read, &plan, acted, outcomes, ACTOR, at)
}

fn refused(step: Step, code: &str) -> Outcomes {
    let (code, message) = (code.to_owned(), "no".to_owned());
    let failure = Failure { step, code, message, is_refusal: true };
    let failures = BTreeMap::from([(grant_id(1), vec![failure])]);
    Outcomes { failures, ..Outcomes::default() }
}
