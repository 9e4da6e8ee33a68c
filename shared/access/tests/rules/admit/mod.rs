//! What becomes of one address of a request: a table of grants, sightings and requests in, the outcome out.

mod allowed;
mod asking;
mod concluding;
mod one_person;
mod order;
mod outcomes;
mod refusals;
mod standing;
mod unexplained;

use std::collections::{BTreeMap, BTreeSet};

use access::{
    Admission, Admitted, Ask, Failure, Looked, Outcomes, Plan, Policy, Settled, Step, admit, settle,
};
use serde_json::json;

use crate::world::*;

fn admitted(looked: &Looked, ask: &Ask) -> Admitted {
    match admit(&Policy::default(), looked, ask, Some(5), &lease(), ACTOR, now()) {
        Admission::Admitted(admitted) => *admitted,
        other @ (Admission::Refused(_)
        | Admission::Superseded { .. }
        | Admission::Withdrawn
        | Admission::UnderWay { .. }
        | Admission::Unread) => {
            panic!("not admitted: {other:?}")
        }
    }
}

/// All that an admission takes was done; an invitation that was sent is that of group `a`.
fn done(it: &Admitted) -> Outcomes {
    done_of(it, it.steps())
}

/// These of the steps of an admission were done.
fn done_of(it: &Admitted, steps: &[Step]) -> Outcomes {
    let mut outcomes = Outcomes::default();
    outcomes.done.insert(it.grant.clone(), steps.iter().cloned().collect());
    if steps.contains(&Step::Invite) {
        outcomes.invited.insert(it.grant.clone(), invitation('a'));
    }
    let woken = steps.iter().filter(|step| matches!(step, Step::Reactivate { .. }));
    outcomes.unfrozen.extend(woken.filter_map(Step::user).cloned());
    outcomes
}

/// One step of an admission failed, after these were done.
fn failed(it: &Admitted, failure: Failure, done: &[Step]) -> Outcomes {
    let failures = BTreeMap::from([(it.grant.clone(), vec![failure])]);
    Outcomes { failures, ..done_of(it, done) }
}

/// The same, and what was sent may still take effect.
fn unclear(it: &Admitted, outcomes: Outcomes) -> Outcomes {
    Outcomes { unclear: BTreeSet::from([it.grant.clone()]), ..outcomes }
}

fn failure(step: Step, code: &str, is_refusal: bool) -> Failure {
    Failure { step, code: code.to_owned(), message: "no".to_owned(), is_refusal }
}

/// What is recorded of an admission once its steps were tried, without reading anything back.
fn concluded(start: &Looked, it: &Admitted, outcomes: &Outcomes) -> Settled {
    let held = committed(&it.customer);
    let decisions = BTreeMap::from([(it.grant.clone(), it.decision.clone())]);
    let acted = Plan { decisions, ..Plan::default() };
    let after = after_acting(&held, &start.customer, outcomes, &start.observed, now());
    settle(&Policy::default(), &after, &acted, &acted, outcomes, ACTOR, now())
}

/// What is told and recorded of the grants of a customer, on one line.
fn line(settled: &Settled) -> String {
    told(Some(settled)).trim().replace('\n', " | ")
}

fn printed_admission(admission: &Admission) -> String {
    match admission {
        Admission::Refused(refusal) => {
            assert!(!refusal.fix.is_empty() && !refusal.message.is_empty());
            format!("{:?}", refusal.code)
        }
        Admission::Superseded { .. } => "superseded".to_owned(),
        Admission::Withdrawn => "withdrawn since".to_owned(),
        Admission::Unread => "unread".to_owned(),
        Admission::UnderWay { until } => {
            format!("under way until {}", until.duration_since(now()).as_mins())
        }
        Admission::Admitted(it) => {
            let outcome = json!(it.outcome);
            let steps: Vec<String> = it.steps().iter().map(step).collect();
            let text = format!("{}: {}", outcome.as_str().expect("a word"), steps.join(", "));
            text.trim_end().to_owned()
        }
    }
}
