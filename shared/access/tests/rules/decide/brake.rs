//! The brake, and the digest and the spelling of the plan that it holds.

use std::collections::BTreeSet;

use access::{Brake, Customer, EndReason, Grant, Looked, Plan, Reason, Verdict, decide};

use crate::world::*;

#[test]
fn more_endings_than_the_policy_allows_are_held_as_a_whole() {
    let world = many();
    let plan = decide(&up_to(2), &world, &closed(&[]), Brake::Armed, now());
    let text = printed(&plan).replace(&plan.digest, "…");
    // Grant 4 is live and grant 6 was decided before: the brake touches neither. The held grants 1 and 5 keep the
    // place and the seat of those beside them.
    insta::assert_snapshot!(text, @r"
    g1 keep (brake)
    g2 keep (brake)
    g3 keep (brake)
    g4 keep (live)
    g5 end (expired)
    g6 end (expired): removeMember, deactivate
    held 3, digest …
    ");
    assert_eq!(plan.held, plan.held_endings.len());
    let within = decide(&up_to(3), &world, &closed(&[]), Brake::Armed, now());
    assert_eq!((within.held, &within.digest), (0, &plan.digest), "the digest is that of the set");
    insta::assert_snapshot!(printed(&within), @r"
    g1 end (expired): removeMember, deactivate
    g2 end (expired): removeMember, deactivate
    g3 end (expired): removeMember, deactivate
    g4 keep (live)
    g5 end (expired): removeMember, deactivate
    g6 end (expired): removeMember, deactivate
    ");
}

#[test]
fn a_release_carries_out_exactly_the_set() {
    let world = many();
    let held = decide(&up_to(2), &world, &closed(&[]), Brake::Armed, now());
    let whole = held.held_endings.clone();
    let all = decide(&up_to(2), &world, &closed(&[]), Brake::Released(&whole), now());
    assert_eq!((all.held, &all.digest), (0, &held.digest));
    let mut fewer = whole;
    fewer.remove(&grant_id(1));
    fewer.insert(grant_id(2), Reason::ProjectClosed);
    let some = decide(&up_to(2), &world, &closed(&[]), Brake::Released(&fewer), now());
    let new_ends: Vec<_> = some.decisions.iter().filter(|(_, it)| it.is_new_end).collect();
    assert_eq!(new_ends.len(), 1, "only what was released for the same reason: {some}");
    assert_eq!(new_ends[0].0, &grant_id(3));
    assert_eq!(some.decisions[&grant_id(1)].reason, Reason::Brake);
    assert_eq!(some.decisions[&grant_id(2)].reason, Reason::Brake);
    assert_ne!(some.digest, held.digest);
}

#[test]
fn the_order_of_the_customers_leaves_no_trace() {
    let mut world = many();
    let plan = decide(&up_to(2), &world, &closed(&[]), Brake::Armed, now());
    world.reverse();
    assert_eq!(plan, decide(&up_to(2), &world, &closed(&[]), Brake::Armed, now()));
}

#[test]
fn a_plan_serialises_as_contracts_spell_it() {
    let plan = plan(&looked([grant(1, active(-9)).expires(0)], seen().user(1).member(1, 'a')));
    insta::assert_snapshot!(
        serde_json::to_string(&plan.decisions[&grant_id(1)]).unwrap(),
        @r#"{"decision":"end","reason":"expired","steps":["removeMember","deactivate"]}"#
    );
    assert_eq!(
        Plan::digest_of([(&grant_id(1), Reason::Expired)]),
        "c8ef4cda093aa46892896afdbc13e8a3dbe98e36993998ef26146f96b6caf429",
        "SHA-256 of the id, a space, the reason and a line feed"
    );
    assert!(plan.decisions.values().all(|it| it.verdict == Verdict::End));
}

/// Four customers: three new endings, a live grant, and two endings that were decided before.
fn many() -> Vec<Looked> {
    let person = |name: &str, grants: Vec<Grant>, number: u8| {
        let address = email(name);
        let users = BTreeSet::from([user(number)]);
        let customer = Customer { email: address, users, ..customer(grants) };
        Looked {
            customer,
            observed: seen().user(number).with_email(number, name).member(number, 'a'),
        }
    };
    vec![
        person(
            "bo@acme.example",
            vec![
                grant(1, active(-9)).expires(0),
                grant(5, ending(EndReason::Expired, -1, &[remove(1)])).of_project("P-2"),
            ],
            1,
        ),
        person("cy@acme.example", vec![grant(2, active(-9)).expires(0)], 2),
        person("di@acme.example", vec![grant(3, active(-9)).expires(-1)], 3),
        person("el@acme.example", vec![grant(4, active(-9))], 4),
        person("fa@acme.example", vec![grant(6, ending(EndReason::Expired, -1, &[remove(5)]))], 5),
    ]
}
