//! What is recorded and told: before anything is done, and after it was read back.

mod doing;
mod ending;
mod freezing;
mod giving;
mod lagging;
mod rereading;
mod stuck;
mod unknown;
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
    let start = looked_at(start, at);
    let one = std::slice::from_ref(&start);
    let plan = decide(&Policy::default(), one, &closed(&[]), Brake::Armed, at);
    let begun = begin(&start.customer, &plan, &lease_at(at), ACTOR, at);
    let customer: Customer =
        begun.map_or_else(|| start.customer.clone(), |it| committed(&it.customer));
    (plan, Looked { customer, ..start })
}

fn settled(read: &Looked, acted: &Plan, outcomes: &Outcomes) -> Option<Settled> {
    settled_at(read, acted, outcomes, now())
}

/// What follows when this came of it, for a customer of whom nothing was under way before; `None` where nothing is said of any grant.
fn settled_at(read: &Looked, acted: &Plan, outcomes: &Outcomes, at: Timestamp) -> Option<Settled> {
    Some(recorded_at(read, acted, outcomes, at)).filter(is_news)
}

/// The same, also where only the customer changes.
fn recorded_at(read: &Looked, acted: &Plan, outcomes: &Outcomes, at: Timestamp) -> Settled {
    let (policy, nothing) = (Policy::default(), BTreeMap::new());
    let nobody = customer([]);
    let after = after_acting(&read.customer, &nobody, outcomes, &read.observed, at);
    let one = std::slice::from_ref(&after);
    let plan = decide(&policy, one, &closed(&[]), Brake::Released(&nothing), at);
    settle(&policy, &after, &plan, acted, outcomes, ACTOR, at)
}

fn refused(step: Step, code: &str) -> Outcomes {
    let (code, message) = (code.to_owned(), "no".to_owned());
    let failure = Failure { step, code, message, is_refusal: true };
    let failures = BTreeMap::from([(grant_id(1), vec![failure])]);
    Outcomes { failures, ..Outcomes::default() }
}
