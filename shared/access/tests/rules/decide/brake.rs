//! The brake, and the digest and the spelling of the plan that it holds.

use std::collections::BTreeSet;

use access::{
    Brake, Braked, Customer, EndReason, Grant, GrantId, Looked, Plan, Policy, Reason, Verdict,
    decide,
};

use crate::world::*;

#[test]
fn more_endings_than_the_policy_allows_are_held_as_a_whole() {
    let world = many();
    let plan = decide(&up_to(2), &world, &closed(&[]), Brake::Armed, now());
    let text = printed(&plan).replace(&plan.braked[0].digest, "…");
    // Grant 4 is live and grant 6 was decided before: the brake touches neither. The held grants 1 and 5 keep the
    // place and the seat of those beside them.
    insta::assert_snapshot!(text, @r"
    g1 keep (brake)
    g2 keep (brake)
    g3 keep (brake)
    g4 keep (live)
    g5 end (expired)
    g6 end (expired): removeMember, deactivate
    held 3 of project P-1, digest …
    ");
    let within = decide(&up_to(3), &world, &closed(&[]), Brake::Armed, now());
    let digest = &plan.braked[0].digest;
    assert_eq!((within.held(), &within.digest), (0, digest), "the digest is that of the set");
    assert_eq!(plan.digest, Plan::digest_of([]), "nothing begins");
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
    let whole = held.braked[0].endings.clone();
    let all = decide(&up_to(2), &world, &closed(&[]), Brake::Released(&whole), now());
    assert_eq!((all.held(), &all.digest), (0, &held.braked[0].digest));
    let mut fewer = whole;
    fewer.remove(&grant_id(1));
    fewer.insert(grant_id(2), Reason::ProjectClosed);
    let some = decide(&up_to(2), &world, &closed(&[]), Brake::Released(&fewer), now());
    let new_ends: Vec<_> = some.decisions.iter().filter(|(_, it)| it.is_new_end).collect();
    assert_eq!(new_ends.len(), 1, "only what was released for the same reason: {some}");
    assert_eq!(new_ends[0].0, &grant_id(3));
    assert_eq!(some.decisions[&grant_id(1)].reason, Reason::Brake);
    assert_eq!(some.decisions[&grant_id(2)].reason, Reason::Brake);
    assert_eq!(some.braked, [], "what is left out is for the next run to hold");
    assert_eq!(some.digest, Plan::digest_of([(&grant_id(3), Reason::Expired)]));
}

#[test]
fn what_a_run_has_set_out_to_end_it_ends_for_whatever_reason_and_nothing_else() {
    let world = many();
    let begun = [(grant_id(1), Reason::Expired), (grant_id(2), Reason::ProjectClosed)].into();
    let plan = decide(&up_to(0), &world, &closed(&[]), Brake::Begun(&begun), now());
    let new_ends = plan.decisions.iter().filter(|(_, it)| it.is_new_end);
    let new_ends: Vec<_> = new_ends.map(|(id, it)| (id.clone(), it.reason)).collect();
    assert_eq!(new_ends, [(grant_id(1), Reason::Expired), (grant_id(2), Reason::Expired)]);
    assert_eq!(plan.decisions[&grant_id(3)].reason, Reason::Brake);
    assert_eq!(
        (plan.held(), &plan.braked),
        (0, &Vec::new()),
        "what is left out is for the next run"
    );
}

#[test]
fn a_project_beyond_is_held_and_the_rest_goes_on() {
    let world = projects(&[("P-1", 3), ("P-2", 2), ("P-3", 1)]);
    let policy = Policy { maximum_ends_per_project: Some(2), ..up_to(6) };
    let plan = decide(&policy, &world, &closed(&[]), Brake::Armed, now());
    assert_eq!(sets(&plan), ["P-1 1 2 3"]);
    assert_eq!(ending_now(&plan), [4, 5, 6]);
    assert_eq!(plan.held(), 3);
    let ends = [4, 5, 6].map(|it| (grant_id(it), Reason::Expired));
    assert_eq!(plan.digest, Plan::digest_of(ends.iter().map(|(id, reason)| (id, *reason))));
}

#[test]
fn a_project_beyond_does_not_count_for_the_org() {
    let world = projects(&[("P-1", 3), ("P-2", 2)]);
    let plan = decide(&up_to(2), &world, &closed(&[]), Brake::Armed, now());
    assert_eq!(sets(&plan), ["P-1 1 2 3"]);
    assert_eq!(ending_now(&plan), [4, 5]);
}

#[test]
fn what_is_left_and_still_too_much_for_the_org_is_held_as_a_whole() {
    let world = projects(&[("P-1", 3), ("P-2", 2), ("P-3", 2), ("P-4", 1), ("P-5", 3)]);
    let policy = Policy { maximum_ends_per_project: Some(2), ..up_to(4) };
    let plan = decide(&policy, &world, &closed(&[]), Brake::Armed, now());
    assert_eq!(sets(&plan), ["P-1 1 2 3", "P-5 9 10 11", "org 4 5 6 7 8"]);
    assert_eq!(ending_now(&plan), []);
}

#[test]
fn one_set_is_released_after_the_other_and_what_has_changed_is_left_out() {
    let mut world = projects(&[("P-1", 3), ("P-2", 3)]);
    let armed = |world: &[Looked]| decide(&up_to(2), world, &closed(&[]), Brake::Armed, now());
    let held = armed(&world);
    assert_eq!(sets(&held), ["P-1 1 2 3", "P-2 4 5 6"]);
    let extended = world[1].customer.grants.get_mut(&grant_id(2)).unwrap();
    extended.expires_at = days(5);

    let set = Brake::Released(&held.braked[0].endings);
    let released = decide(&up_to(2), &world, &closed(&[]), set, now());

    assert_eq!(ending_now(&released), [1, 3]);
    assert_eq!(released.decisions[&grant_id(2)].reason, Reason::Live);
    assert_eq!(released.decisions[&grant_id(4)].reason, Reason::Brake);
    let next = armed(&world[3..]);
    assert_eq!(next.braked, held.braked[1..], "the other set is the same as before");
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

/// One customer for each grant that has expired, with the grants numbered from 1: so many of each project.
fn projects(counts: &[(&str, usize)]) -> Vec<Looked> {
    let each = counts.iter().flat_map(|(project, count)| std::iter::repeat_n(*project, *count));
    let person = |(number, project): (u8, &str)| {
        let name = format!("c{number}@acme.example");
        let users = BTreeSet::from([user(number)]);
        let grant = grant(number, active(-9)).expires(0).of_project(project);
        let customer = Customer { email: email(&name), users, ..customer([grant]) };
        let observed = seen().user(number).with_email(number, &name).member(number, 'a');
        Looked::new(customer, observed, now())
    };
    (1..).zip(each).map(person).collect()
}

/// What is held: whose, and the numbers of the grants.
fn sets(plan: &Plan) -> Vec<String> {
    let set = |it: &Braked| {
        let project = it.project.as_ref().map_or("org", |it| it.as_str());
        let numbers = it.endings.keys().map(|id| number(id).to_string());
        [project.to_owned()].into_iter().chain(numbers).collect::<Vec<_>>().join(" ")
    };
    plan.braked.iter().map(set).collect()
}

/// The numbers of the grants that begin to end.
fn ending_now(plan: &Plan) -> Vec<u128> {
    plan.decisions.iter().filter(|(_, it)| it.is_new_end).map(|(id, _)| number(id)).collect()
}

fn number(grant: &GrantId) -> u128 {
    u128::from_str_radix(grant.as_str(), 16).expect("hexadecimal")
}

/// Four customers: three new endings, a live grant, and two endings that were decided before.
fn many() -> Vec<Looked> {
    let person = |name: &str, grants: Vec<Grant>, number: u8| {
        let address = email(name);
        let users = BTreeSet::from([user(number)]);
        let customer = Customer { email: address, users, ..customer(grants) };
        let observed = seen().user(number).with_email(number, name).member(number, 'a');
        Looked::new(customer, observed, now())
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
