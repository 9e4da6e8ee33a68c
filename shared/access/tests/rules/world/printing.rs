//! Plans, grants and what is told, as a person reads them.

use access::{Decision, Grant, GrantId, Plan, Proof, Settled, State, Step};

use crate::world::*;

/// A plan as a person reads it, with short names of grants.
pub(crate) fn printed(plan: &Plan) -> String {
    let mut text = plan.to_string();
    for number in (0..=u8::MAX).rev() {
        text = text.replace(grant_id(number).as_str(), &format!("g{number}"));
    }
    text
}

/// The decision about one customer's grants, with short names, the users and the invitations.
pub(crate) fn printed_in_full(plan: &Plan) -> String {
    let line = |(id, decision): (&GrantId, &Decision)| {
        let steps: Vec<String> = decision.steps.iter().map(step).collect();
        let number = u128::from_str_radix(id.as_str(), 16).expect("hexadecimal");
        let Decision { verdict, reason, .. } = decision;
        format!("g{number} {verdict} ({reason}) [{}]\n", steps.join(", "))
    };
    plan.decisions.iter().map(line).collect()
}

/// The announcements and the state of each grant, as a person reads them.
pub(crate) fn told(settled: Option<&Settled>) -> String {
    let Some(Settled { customer, announcements, .. }) = settled else {
        return "nothing".to_owned();
    };
    let events = announcements.iter().map(|it| {
        let number = it.detail["grantId"].as_str().expect("a grant").trim_start_matches('0');
        format!("{} g{number}\n", it.kind.detail_type())
    });
    events.chain(customer.grants.values().map(|grant| standing(grant) + "\n")).collect()
}

/// Where a grant stands, without its instants.
pub(crate) fn standing(grant: &Grant) -> String {
    let number = grant.id.as_str().trim_start_matches('0');
    let state = match &grant.state {
        State::Requested { .. } => "requested".to_owned(),
        State::Invited { .. } => "invited".to_owned(),
        State::Active { .. } => "active".to_owned(),
        State::Ending { reason, stuck: None, .. } => format!("ending {reason:?}"),
        State::Ending { reason, stuck: Some(stuck), .. } => {
            let frozen = if stuck.frozen { ", frozen" } else { "" };
            format!("stuck {reason:?}: {} {}{frozen}", stuck.step, stuck.code)
        }
        State::Ended { reason, proof, .. } => match proof {
            Proof::Unproven => format!("ended {reason:?}, unproven"),
            Proof::Proven { rereads, .. } => format!("ended {reason:?}, re-read {rereads} times"),
            Proof::Drifted { .. } => format!("ended {reason:?}, drifted"),
        },
        State::Refused { code, .. } => format!("refused {code}"),
    };
    format!("g{number} is {state}")
}

pub(crate) fn step(step: &Step) -> String {
    let short = |id: &str| id.trim_start_matches("005").trim_start_matches('0').to_owned();
    let invitation = |id: &str| id.trim_start_matches("inv").trim_start_matches('0').to_owned();
    if let Step::CancelInvitation { invitation: id } = step {
        return format!("{} {}", step.name(), invitation(id.as_str()));
    }
    match step.user() {
        Some(user) => format!("{} {}", step.name(), short(user.as_str())),
        None => step.name().to_owned(),
    }
}
