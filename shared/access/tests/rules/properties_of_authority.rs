//! Whatever a source asks for and in whatever order: it gives no access that its rule does not allow, and keeps nobody longer than the
//! policy lets them stay.

use access::{
    Admission, Ask, Asked, Group, Looked, Outcomes, Plan, Policy, Role, Source, admit, settle,
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::json;

use crate::world::*;

/// Days of an unbroken stay that the policy allows.
const TOTAL: i64 = 100;

/// One request, and how many days after the one before it comes.
#[derive(Clone, Debug)]
struct Asks {
    after: i64,
    source: &'static str,
    project: &'static str,
    letter: char,
    role: Role,
    days: Option<i64>,
}

fn any_asks() -> impl Strategy<Value = Asks> {
    let source = prop::sample::select(vec!["vendor", "corp"]);
    let project = prop::sample::select(vec!["V-1", "P-1"]);
    let role = prop::sample::select(vec![Role::Member, Role::Manager]);
    let days = prop::option::of(1..90_i64);
    (0..45_i64, source, project, prop::sample::select(vec!['a', 'b']), role, days).prop_map(
        |(after, source, project, letter, role, days)| Asks {
            after,
            source,
            project,
            letter,
            role,
            days,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, rng_seed: RngSeed::Fixed(2027), ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_requests_gives_more_than_the_rules_or_keeps_anybody_longer(asks in prop::collection::vec(any_asks(), 1..14)) {
        let vendor = json!({ "projects": ["V-*"], "groups": ["Group b"], "roles": ["member"] });
        let policy = json!({
            "maximumTotalDays": TOTAL, "maximumDays": 90, "defaultDays": 30, "sources": { "vendor": vendor, "corp": {} },
        });
        let policy = Policy::from_json(&policy.to_string()).expect("a policy");
        let mut looked = Looked::new(customer([]), seen().user(1), now());
        let (mut at, mut began, mut left) = (now(), None::<Timestamp>, None::<Timestamp>);
        for (number, asks) in asks.iter().enumerate() {
            for _ in 0..asks.after {
                at += SignedDuration::from_hours(24);
                looked = run(&Looked { at, ..looked }, at).looked;
                watch(&looked, at, &mut began, &mut left)?;
            }
            let may = may(&policy, asks);
            let before = looked.customer.grants.len();
            looked = asked(&policy, looked, asks, u8::try_from(number).expect("few requests"), at);
            prop_assert!(may || looked.customer.grants.len() == before);
            watch(&looked, at, &mut began, &mut left)?;
            for grant in looked.customer.grants.values().filter(|it| it.source == Some(Source::of_event("vendor"))) {
                prop_assert!(grant.project.as_str() == "V-1" && grant.group.name == "Group b");
            }
        }
        let corp_asked = asks.iter().any(|it| it.source == "corp");
        for place in &looked.observed.members {
            prop_assert!(corp_asked || (place.group == group('b') && place.role == Role::Member), "{:?}", place);
        }
    }
}

/// Keeps an account of its own of how long somebody has been there without a day's break.
fn watch(
    looked: &Looked,
    at: Timestamp,
    began: &mut Option<Timestamp>,
    left: &mut Option<Timestamp>,
) -> Result<(), TestCaseError> {
    let day = SignedDuration::from_hours(24);
    if looked.observed.members.is_empty() {
        left.get_or_insert(at);
        return Ok(());
    }
    if left.take().is_some_and(|it| at.duration_since(it) >= day) {
        *began = None;
    }
    let began = *began.get_or_insert(at);
    prop_assert!(
        at.duration_since(began) <= day * i32::try_from(TOTAL).expect("few days"),
        "since {began} at {at}"
    );
    Ok(())
}

/// What a function asks before it looks at a customer.
fn may(policy: &Policy, asks: &Asks) -> bool {
    let source = Source::of_event(asks.source);
    let authority = policy.authority(&source).expect("a rule");
    let (org, project) = (access::OrgAlias::default(), project(asks.project));
    authority.may_ask(&org, &project, [asks.role]).is_ok()
        && authority.may_enter(&group_of(asks)).is_ok()
}

fn group_of(asks: &Asks) -> Group {
    Group { id: group(asks.letter), name: format!("Group {}", asks.letter) }
}

/// The ledger and Salesforce once a request is carried out.
fn asked(policy: &Policy, looked: Looked, asks: &Asks, number: u8, at: Timestamp) -> Looked {
    if !may(policy, asks) {
        return looked;
    }
    let ask = Ask {
        project: project(asks.project),
        group: group_of(asks),
        role: Some(asks.role),
        expires_at: asks.days.map(|days| at + SignedDuration::from_hours(24 * days)),
        asked: Asked::new(at, &format!("r-{number}")),
        source: Source::of_event(asks.source),
        new_grant: grant_id(number),
        ..ask()
    };
    let lease = lease_at(at);
    let start = Looked::new(looked.customer.clone(), looked.observed.clone(), at);
    let Admission::Admitted(it) = admit(policy, &start, &ask, Some(5), &lease, ACTOR, at) else {
        return looked;
    };
    let held = committed(&it.customer);
    let acted =
        Plan { decisions: [(it.grant.clone(), it.decision.clone())].into(), ..Plan::default() };
    let (mut read, mut outcomes) = (looked.observed, Outcomes::default());
    carry_out(&acted, &held, &mut read, &mut outcomes, |_, _| true);
    let after =
        if it.steps().is_empty() { held } else { outcomes.carried_out(held, &looked.customer, at) };
    let after = Looked::new(after, read.clone(), at);
    let settled = settle(policy, &after, &acted, &acted, &outcomes, ACTOR, at);
    Looked { customer: committed(&settled.customer), observed: read, at }
}
