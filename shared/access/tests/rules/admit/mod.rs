//! What becomes of one address of a request: a table of grants, sightings and requests in, the outcome out.

mod asking;
mod concluding;
mod order;
mod outcomes;
mod refusals;

use access::{
    Admission, Admitted, Ask, Carried, Customer, Failure, Looked, Policy, Step, admit, conclude,
};
use serde_json::json;

use crate::world::*;

fn admitted(looked: &Looked, ask: &Ask) -> Admitted {
    match admit(&Policy::default(), looked, ask, Some(5), ACTOR, now()) {
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

fn done() -> Carried {
    Carried::Done { invitation: Some(invitation('a')) }
}

fn failure(step: Step, code: &str, is_refusal: bool) -> Failure {
    Failure { step, code: code.to_owned(), message: "no".to_owned(), is_refusal }
}

/// What is told and recorded of an admission, on one line.
fn concluded(customer: &Customer, it: &Admitted, carried: &Carried) -> String {
    let Some(after) = conclude(customer, &it.grant, &it.steps, carried, ACTOR, now()) else {
        return "nothing".to_owned();
    };
    assert_eq!(after.audit.len(), 1);
    assert_eq!(after.audit[0].version, customer.grants[&it.grant].version + 1);
    let number = it.grant.as_str().trim_start_matches('0');
    let told = after.announcements.iter().map(|it| format!("{} g{number}", it.kind.detail_type()));
    told.chain(after.customer.grants.values().map(standing)).collect::<Vec<_>>().join(" | ")
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
            let steps: Vec<String> = it.steps.iter().map(step).collect();
            let text = format!("{}: {}", outcome.as_str().expect("a word"), steps.join(", "));
            text.trim_end().to_owned()
        }
    }
}
