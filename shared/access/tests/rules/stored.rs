//! Customers as they are written, by this version and by the one before.

use access::{Customer, Done, EndReason, Lease, Proof, Standing, State, Step};
use serde_json::{Value, json};

use crate::world::*;

/// One grant as the version before wrote it.
fn older(state: &Value) -> Value {
    json!({
        "id": grant_id(1),
        "project": "P-1",
        "group": { "id": group('a'), "name": "Acme rollout" },
        "role": "member",
        "sponsor": "kim@corp.example",
        "expiresAt": days(31),
        "requestedAt": days(-10),
        "state": state,
        "confirmed": 5,
        "version": 3,
    })
}

fn older_customer(state: &Value) -> Value {
    let grants = [(grant_id(1).to_string(), older(state))];
    json!({
        "org": "main",
        "email": ana(),
        "users": [user(1)],
        "frozen": [],
        "grants": grants.into_iter().collect::<serde_json::Map<_, _>>(),
        "version": 5,
    })
}

#[test]
fn what_the_version_before_wrote_is_read() {
    let requested_until = json!({ "is": "requested", "claimedUntil": minutes(5) });
    let proven = json!({ "is": "proven", "at": days(-2), "rereads": 1 });
    let ended = json!({
        "is": "ended", "reason": "expired", "at": days(-2), "steps": [], "settled": 4, "proof": proven,
    });
    let (reason, at) = (EndReason::Expired, days(-2));
    let proof = Proof::Proven { at, rereads: 1 };
    for (written, expected) in [
        (requested_until, requested(5)),
        (ended, State::Ended { reason, at, steps: vec![], version: 4, proof }),
    ] {
        let read: Customer = serde_json::from_value(older_customer(&written)).expect("a customer");
        assert_eq!(read.grants[&grant_id(1)].state, expected);
        assert_eq!(read.standing(now()), Standing::Free);
        assert_eq!((read.done.len(), read.may_be_frozen.len()), (0, 0));
    }
}

#[test]
fn the_one_invitation_that_an_older_version_wrote_is_known() {
    let invited = json!({ "is": "invited", "since": days(-1), "invitation": invitation('a') });
    let read: Customer = serde_json::from_value(older_customer(&invited)).expect("a customer");
    let grant = &read.grants[&grant_id(1)];
    assert_eq!(grant.known_invitations().collect::<Vec<_>>(), [&invitation('a')]);
}

#[test]
fn what_is_written_has_all_that_the_version_before_needs() {
    let state = |state| serde_json::to_value(grant(1, state)).unwrap()["state"].take();
    let expected = json!({ "is": "requested", "claimedUntil": minutes(5) });
    assert_eq!(state(requested(5)), expected);
    let ended = state(ended(EndReason::Expired, 0, &[]));
    assert_eq!((&ended["settled"], &ended["is"]), (&json!(5), &json!("ended")));
    assert!(ended.get("version").is_none(), "{ended}");
}

#[test]
fn a_free_customer_is_written_as_older_releases_wrote_them() {
    let written = serde_json::to_value(customer([])).unwrap();
    let names: Vec<&str> = written.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["email", "frozen", "grants", "org", "users", "version"]);
    assert_eq!(serde_json::from_value::<Customer>(written).unwrap(), customer([]));
}

#[test]
fn what_may_be_under_way_is_written_and_read_again() {
    let done = |step, invitation| Done { step, group: group('a'), invitation, at: now() };
    let customer = Customer {
        busy: Some(Lease::from_random(1, minutes(5))),
        unclear_until: Some(minutes(20)),
        may_be_frozen: [user(1)].into(),
        done: vec![done(Step::Invite, Some(invitation('a'))), done(deactivate(1), None)],
        ..customer([])
    };
    let written = serde_json::to_value(&customer).unwrap();
    let token = "00000000000000000000000000000001";
    assert_eq!(written["busy"], json!({ "token": token, "until": minutes(5) }));
    assert_eq!(written["unclearUntil"], json!(minutes(20)));
    assert_eq!(written["mayBeFrozen"], json!([user(1)]));
    let first = json!({
        "step": { "do": "invite" }, "group": group('a'), "invitation": invitation('a'), "at": now(),
    });
    assert_eq!(written["done"][0], first);
    let second = json!({
        "step": { "do": "deactivate", "user": user(1) }, "group": group('a'), "at": now(),
    });
    assert_eq!(written["done"][1], second);
    assert_eq!(serde_json::from_value::<Customer>(written).unwrap(), customer);
}

#[test]
fn once_the_alias_means_another_org_nothing_of_the_org_before_is_under_way() {
    let step = remove(1);
    let customer = Customer {
        unclear_until: Some(minutes(20)),
        may_be_frozen: [user(1)].into(),
        done: vec![Done { step, group: group('a'), invitation: None, at: now() }],
        ..customer([])
    };
    let moved = customer.in_another_org().expect("something was known");
    assert_eq!(moved, Customer { users: [].into(), ..crate::world::customer([]) });
}

#[test]
fn a_customer_is_due_again_once_nothing_that_was_sent_can_take_effect() {
    let policy = access::Policy::default();
    let unclear = |grants: Vec<access::Grant>| Customer {
        unclear_until: Some(minutes(15)),
        ..customer(grants)
    };
    let lasting = || grant(1, active(-1)).expires(100);
    assert_eq!(unclear(vec![lasting()]).due_at(&policy), Some(minutes(15)));
    assert_eq!(unclear(vec![grant(1, requested(5))]).due_at(&policy), Some(minutes(5)));
    assert_eq!(unclear(vec![]).due_at(&policy), None, "of whom nothing is left");
    assert_eq!(customer([lasting()]).due_at(&policy), Some(days(70)), "the first notice");
}
