//! What a request writes and tells at once: a new grant, a changed one, or nothing.

use access::{
    Admission, AnnouncementKind, Ask, Customer, EndReason, Grant, Joined, Looked, Outcome, Role,
};
use serde_json::json;

use super::{admitted, concluded, done, printed_admission};
use crate::world::*;

#[test]
fn a_new_grant_is_an_intent_with_the_policys_expiry() {
    let it = admitted(&looked([], seen()), &Ask { message: Some("Hi".to_owned()), ..ask() });
    let new = &it.customer.grants[&grant_id(9)];
    assert_eq!(new.state, requested(20), "due once what its run sends has surely taken effect");
    assert_eq!((new.expires_at, new.noticed, new.version), (days(90), None, 1));
    assert_eq!(new.message.as_deref(), Some("Hi"));
    assert!(it.opens && it.is_change && it.announcements.is_empty());
    assert_eq!(it.audit[0].cause, "request: invited");
    let short = admitted(&looked([], seen()), &Ask { expires_at: Some(days(5)), ..ask() });
    assert_eq!(short.customer.grants[&grant_id(9)].noticed, Some(7), "that threshold was past");
}

#[test]
fn asking_again_lets_the_latest_request_win() {
    let start = || {
        let before =
            Grant { noticed: Some(30), reason: Some("old".to_owned()), ..grant(1, active(-9)) };
        looked([before.expires(20)], seen().user(1).member(1, 'a'))
    };
    let cases: [(&str, Ask, &[&str]); 7] = [
        ("longer", Ask { expires_at: Some(days(200)), ..ask() }, &["expiresAt"]),
        ("longer alone", Ask { role: None, expires_at: Some(days(200)), ..ask() }, &["expiresAt"]),
        ("shorter", Ask { expires_at: Some(days(2)), ..ask() }, &["expiresAt"]),
        ("role", Ask { role: Some(Role::Manager), ..ask() }, &["role"]),
        ("sponsor", Ask { sponsor: email("lu@corp.example"), ..ask() }, &["sponsor"]),
        ("reason", Ask { reason: Some("new".to_owned()), ..ask() }, &["reason"]),
        (
            "all",
            Ask {
                expires_at: Some(days(3)),
                role: Some(Role::Manager),
                sponsor: email("lu@corp.example"),
                reason: Some("new".to_owned()),
                ..ask()
            },
            &["expiresAt", "role", "sponsor", "reason"],
        ),
    ];
    for (case, ask, changed) in cases {
        let it = admitted(&start(), &ask);
        assert_eq!(it.outcome, Outcome::Updated, "{case}");
        assert!(it.is_change && !it.opens, "{case}");
        assert_eq!(it.announcements.len(), 1, "{case}");
        assert_eq!(it.announcements[0].kind, AnnouncementKind::Changed, "{case}");
        assert_eq!(it.announcements[0].detail["changed"], json!(changed), "{case}");
        let grant = &it.customer.grants[&grant_id(1)];
        assert_eq!(grant.expires_at, ask.expires_at.unwrap_or(days(20)), "{case}");
        assert_eq!(
            (grant.role, &grant.sponsor),
            (ask.role.unwrap_or(Role::Member), &ask.sponsor),
            "{case}"
        );
        let retry = (ask.role == Some(Role::Manager)).then(now);
        assert_eq!(grant.retry_at, retry, "{case}: a role in progress keeps it due");
    }
    let longer = admitted(&start(), &Ask { expires_at: Some(days(200)), ..ask() });
    assert_eq!(longer.customer.grants[&grant_id(1)].noticed, None, "notices begin anew");
}

#[test]
fn a_request_without_a_role_leaves_that_of_the_grant_and_makes_who_is_new_a_member() {
    for role in [Role::Member, Role::Manager] {
        let start = looked([Grant { role, ..grant(1, invited(-9)) }], seen().invited('a'));
        let ask = Ask { role: None, expires_at: Some(days(200)), ..ask() };
        let it = admitted(&start, &ask);
        assert_eq!((it.customer.grants[&grant_id(1)].role, it.role_in_group), (role, role));
        assert_eq!(it.announcements[0].detail["changed"], json!(["expiresAt"]));
        let new = admitted(&looked([], seen()), &ask);
        assert_eq!(new.customer.grants[&grant_id(9)].role, Role::Member);
    }
}

#[test]
fn the_same_again_writes_nothing() {
    let start = looked([grant(1, active(-9))], seen().user(1).member(1, 'a'));
    let it = admitted(&start, &ask());
    assert_eq!(it.outcome, Outcome::Unchanged);
    assert!(!it.is_change && it.audit.is_empty() && it.announcements.is_empty());
    assert_eq!(it.customer, start.customer);
}

#[test]
fn the_message_is_that_of_the_last_mail_and_no_change_of_its_own() {
    let message = |text: &str| Some(text.to_owned());
    let before = |state| Grant { message: message("old"), ..grant(1, state) };
    for (case, grant, observed, asked, expected) in [
        ("another mail", before(invited(-9)), seen(), message("new"), "new"),
        ("another mail, without one", before(invited(-9)), seen(), None, "old"),
        ("no mail", before(active(-9)), seen().user(1).member(1, 'a'), message("new"), "old"),
    ] {
        let it = admitted(&looked([grant], observed), &Ask { message: asked, ..ask() });
        let after = &it.customer.grants[&grant_id(1)];
        assert_eq!(after.message.as_deref(), Some(expected), "{case}");
        assert_eq!(it.is_change, it.outcome == Outcome::Invited, "{case}");
    }
}

#[test]
fn what_lapsed_and_is_not_ended_yet_gets_a_new_term() {
    let start = looked([grant(1, active(-9)).expires(0)], seen().user(1).member(1, 'a'));
    let it = admitted(&start, &ask());
    assert_eq!(it.outcome, Outcome::Updated);
    assert_eq!(it.customer.grants[&grant_id(1)].expires_at, days(90));
}

#[test]
fn giving_access_again_needs_an_open_project_too() {
    let removed = admitted(&looked([grant(1, active(-9))], seen().user(1)), &ask());
    assert!(removed.opens, "though the grant was open already");
}

#[test]
fn adopting_is_recorded_and_told_at_once() {
    let observed =
        seen().user(2).with_email(2, "ana@home.example").member(2, 'a').accepted_as('a', 2);
    let it = admitted(&looked([], observed), &ask());
    let adopted = &it.customer.grants[&grant_id(9)];
    assert_eq!(standing(adopted), "g9 is active");
    let joined_as = Some(email("ana@home.example"));
    assert_eq!(adopted.joined, Some(Joined { at: now(), joined_as }));
    assert!(it.customer.users.contains(&user(2)));
    assert_eq!(it.announcements[0].kind, AnnouncementKind::Joined);
    assert_eq!(it.announcements[0].detail["joinedAs"], "ana@home.example");
    let pending = admitted(&looked([], seen().invited('a')), &ask());
    assert_eq!(standing(&pending.customer.grants[&grant_id(9)]), "g9 is invited");
    assert_eq!(pending.announcements[0].detail["alreadyInvited"], true);
}

#[test]
fn who_is_or_may_be_frozen_is_reactivated_with_the_request() {
    let there = || seen().user(1).member(1, 'a');
    for (case, number, observed, expected) in [
        ("in the group", 1, there(), "reactivated: reactivate 1"),
        ("in no group", 1, seen().user(1), "reactivated: reactivate 1, addMember 1"),
        ("another user", 2, there(), "adopted:"),
    ] {
        let start = looked([], observed);
        let frozen = [user(number)].into();
        let is_frozen = Customer { frozen, ..start.customer.clone() };
        let may_be = Customer { may_be_frozen: is_frozen.frozen.clone(), ..start.customer.clone() };
        for customer in [is_frozen, may_be] {
            let start = Looked { customer, ..start.clone() };
            let it = admitted(&start, &ask());
            let after = concluded(&start, &it, &done(&it)).customer;
            let admission = Admission::Admitted(Box::new(it));
            assert_eq!(printed_admission(&admission), expected, "{case}");
            let is_left = [&after.frozen, &after.may_be_frozen].map(|it| it.contains(&user(1)));
            assert_eq!(is_left, [false, false], "{case}");
        }
    }
}

#[test]
fn whom_a_hand_removes_after_a_request_is_not_put_back_for_what_was_over_long_before() {
    let over = grant(1, proven(EndReason::Expired, -20, 2, &[deactivate(1), remove(1)]));
    let start = looked([over], seen().user(1).member(1, 'a'));
    let it = admitted(&start, &ask());
    let by_hand = Looked::new(committed(&it.customer), seen().inactive(1), now());
    let plan = printed(&plan(&by_hand));
    assert!(!plan.contains("reactivate"), "{plan}");
}

#[test]
fn what_is_carried_out_is_called_in_the_history_what_a_plan_calls_it() {
    let there = || seen().user(1).member(1, 'a');
    for (start, role, expected) in [
        (looked([], seen()), Role::Member, "invite (live): invite"),
        (looked([], seen().user(1)), Role::Member, "join (live): addMember"),
        (looked([], seen().inactive(1)), Role::Member, "reactivate (live): reactivate, addMember"),
        (looked([], there()), Role::Manager, "promote (live): promote"),
        (looked([], seen().user(1).manager(1, 'a')), Role::Member, "demote (live): demote"),
        (looked([], there()), Role::Member, "keep (live)"),
    ] {
        let it = admitted(&start, &Ask { role: Some(role), ..ask() });
        assert_eq!(it.decision.to_string(), expected);
    }
}

#[test]
fn what_needs_a_step_is_written_also_where_the_grant_stays_as_it_is() {
    let before = Grant { retry_at: Some(now()), ..grant(1, active(-9)).manager() };
    let start = looked([before], seen().user(1).member(1, 'a'));
    let it = admitted(&start, &Ask { role: Some(Role::Manager), ..ask() });
    assert_eq!(it.customer.grants, start.customer.grants, "the last attempt failed");
    assert!(it.is_change && it.customer.is_leased_by(&lease()) && it.audit.is_empty());
}
