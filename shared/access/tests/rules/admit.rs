//! What becomes of one address of a request: a table of grants, sightings and requests in, the outcome out.

use std::collections::BTreeSet;

use access::{
    Admission, Admitted, AnnouncementKind, Ask, Carried, Customer, EndReason, Failure, Grant,
    Looked, Observed, Outcome, Policy, RefusalCode, Role, State, Step, admit, conclude,
    refusal_of_failure, release,
};
use jiff::SignedDuration;
use serde_json::json;

use crate::world::*;

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn an_outcome_says_what_is_done_and_nothing_is_done_twice() {
    let with = |change: fn(&mut Ask)| {
        let mut ask = ask();
        change(&mut ask);
        ask
    };
    let same = || grant(1, active(-9));
    let young = || State::Invited { since: minutes(-1), invitation: None };
    let there = || seen().user(1).member(1, 'a');
    let manager = |ask: &mut Ask| ask.role = Role::Manager;
    let other = |ask: &mut Ask| ask.project = project("P-2");
    for (case, grants, observed, ask, expected) in [
        ("a new person", vec![], seen(), ask(), "invited: invite"),
        ("invited by hand", vec![], seen().invited('a'), ask(), "pending:"),
        (
            "invited for another project",
            vec![grant(1, invited(-9))],
            seen().invited('a'),
            with(other),
            "pending:",
        ),
        (
            "the mail left, its outcome unrecorded",
            vec![grant(1, requested(5))],
            seen().invited('a'),
            ask(),
            "pending:",
        ),
        ("a customer of the org", vec![], seen().user(1), ask(), "added: addMember 1"),
        ("in the group for another project", vec![same()], there(), with(other), "added:"),
        (
            "in the group as a member for another project",
            vec![same()],
            there(),
            with(|ask| {
                ask.project = project("P-2");
                ask.role = Role::Manager;
            }),
            "added: promote 1",
        ),
        (
            "in the group as another project's manager",
            vec![same().manager()],
            seen().user(1).manager(1, 'a'),
            with(other),
            "added:",
        ),
        (
            "an inactive customer",
            vec![],
            seen().inactive(1),
            ask(),
            "reactivated: reactivate 1, addMember 1",
        ),
        (
            "an inactive customer who is still a member",
            vec![],
            seen().inactive(1).member(1, 'a'),
            ask(),
            "reactivated: reactivate 1",
        ),
        (
            "an inactive customer who was its manager",
            vec![],
            seen().inactive(1).manager(1, 'a'),
            ask(),
            "reactivated: reactivate 1, demote 1",
        ),
        ("in the group by hand", vec![], there(), ask(), "adopted:"),
        (
            "in the group by hand, with a lower role",
            vec![],
            there(),
            with(manager),
            "adopted: promote 1",
        ),
        (
            "in the group by hand, with a higher role",
            vec![],
            seen().user(1).manager(1, 'a'),
            ask(),
            "adopted: demote 1",
        ),
        ("the same again", vec![same()], there(), ask(), "unchanged:"),
        (
            "the same again, not accepted yet",
            vec![grant(1, State::Invited { since: days(-9), invitation: Some(invitation('a')) })],
            seen().invited('a'),
            ask(),
            "unchanged:",
        ),
        ("another role", vec![same()], there(), with(manager), "updated: promote 1"),
        (
            "a lower role",
            vec![same().manager()],
            seen().user(1).manager(1, 'a'),
            ask(),
            "updated: demote 1",
        ),
        (
            "a lower role that another grant keeps up",
            vec![same().manager(), grant(2, active(-9)).manager().of_project("P-2")],
            seen().user(1).manager(1, 'a'),
            ask(),
            "updated:",
        ),
        (
            "the role was changed by hand",
            vec![same()],
            seen().user(1).manager(1, 'a'),
            ask(),
            "updated: demote 1",
        ),
        ("accepted since", vec![grant(1, invited(-9))], there(), ask(), "updated:"),
        (
            "removed by hand, and asked for again",
            vec![same()],
            seen().user(1),
            ask(),
            "added: addMember 1",
        ),
        (
            "withdrawn by hand, and asked for again",
            vec![grant(1, invited(-9))],
            seen(),
            ask(),
            "invited: invite",
        ),
        (
            "somebody is carrying it out",
            vec![grant(1, requested(5))],
            seen(),
            ask(),
            "under way until 5",
        ),
        (
            "for another project of the group",
            vec![grant(1, requested(5))],
            seen(),
            with(other),
            "under way until 5",
        ),
        (
            "the mail has left and is not visible",
            vec![grant(1, young())],
            seen(),
            ask(),
            "under way until 14",
        ),
        (
            "for another project, not visible",
            vec![grant(1, young())],
            seen(),
            with(other),
            "under way until 14",
        ),
        (
            "ended while it was being carried out",
            vec![grant(1, ending(EndReason::ProjectClosed, 0, &[]))],
            seen(),
            with(other),
            "under way until 15",
        ),
        ("interrupted before", vec![grant(1, requested(0))], seen(), ask(), "invited: invite"),
        (
            "being added for another project: harmless to repeat",
            vec![grant(1, requested(5))],
            seen().user(1),
            with(other),
            "added: addMember 1",
        ),
        (
            "an old grant is being ended",
            vec![grant(1, ending(EndReason::Expired, -1, &[]))],
            there(),
            ask(),
            "adopted:",
        ),
        (
            "a colleague shares the address: the customer is meant",
            vec![],
            seen().user(1).colleague(2),
            ask(),
            "added: addMember 1",
        ),
        (
            "the user's address has changed since",
            vec![],
            seen().user(1).with_email(1, "ana@home.example"),
            ask(),
            "added: addMember 1",
        ),
        ("a colleague, and nobody else", vec![], seen().colleague(2), ask(), "NotACustomer"),
        (
            "the customer has become a colleague",
            vec![],
            seen().colleague(1).with_email(1, "ana@corp.example"),
            ask(),
            "NotACustomer",
        ),
        ("two customers", vec![], seen().user(1).user(2), ask(), "AmbiguousCustomer"),
        ("a stock user", vec![], seen().stock(1), ask(), "ProtectedAddress"),
        (
            "a stock user beside a customer",
            vec![],
            seen().user(1).stock(2),
            ask(),
            "ProtectedAddress",
        ),
    ] {
        let looked = looked(grants, observed);
        let admission = admit(&Policy::default(), &looked, &ask, Some(1), ACTOR, now());
        assert_eq!(printed_admission(&admission), expected, "{case}");
    }
}

#[test]
fn a_protected_address_is_refused() {
    let policy =
        Policy { protected: BTreeSet::from(["ana@acme.example".to_owned()]), ..Policy::default() };
    let admission = admit(&policy, &looked([], seen()), &ask(), None, ACTOR, now());
    assert_eq!(printed_admission(&admission), "ProtectedAddress");
}

#[test]
fn without_a_free_seat_only_those_who_need_one_are_refused() {
    let mut frozen = looked([], seen().user(1));
    frozen.customer.frozen = BTreeSet::from([user(1)]);
    for (case, looked, expected) in [
        ("a new person", looked([], seen()), "SeatsExhausted"),
        ("an inactive customer", looked([], seen().inactive(1)), "SeatsExhausted"),
        ("an active customer", looked([], seen().user(1)), "added: addMember 1"),
        ("a member", looked([], seen().user(1).member(1, 'a')), "adopted:"),
        ("an open invitation", looked([], seen().invited('a')), "pending:"),
        ("a frozen customer has the seat still", frozen, "reactivated: reactivate 1, addMember 1"),
    ] {
        let admission = admit(&Policy::default(), &looked, &ask(), Some(0), ACTOR, now());
        assert_eq!(printed_admission(&admission), expected, "{case}");
    }
    assert!(admitted(&looked([], seen().inactive(1)), &ask()).takes_seat());
    assert!(!admitted(&looked([], seen()), &ask()).takes_seat(), "an invitation takes it later");
}

#[test]
fn a_new_grant_is_an_intent_with_the_policys_expiry() {
    let it = admitted(&looked([], seen()), &Ask { message: Some("Hi".to_owned()), ..ask() });
    let new = &it.customer.grants[&grant_id(9)];
    assert_eq!(new.state, State::Requested { claimed_until: minutes(15) });
    assert_eq!((new.expires_at, new.noticed, new.version), (days(90), None, 1));
    assert_eq!(new.message.as_deref(), Some("Hi"));
    assert_eq!(new.confirmed, 5, "what was recorded before it cannot have undone it");
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
    let cases: [(&str, Ask, &[&str]); 6] = [
        ("longer", Ask { expires_at: Some(days(200)), ..ask() }, &["expiresAt"]),
        ("shorter", Ask { expires_at: Some(days(2)), ..ask() }, &["expiresAt"]),
        ("role", Ask { role: Role::Manager, ..ask() }, &["role"]),
        ("sponsor", Ask { sponsor: email("lu@corp.example"), ..ask() }, &["sponsor"]),
        ("reason", Ask { reason: Some("new".to_owned()), ..ask() }, &["reason"]),
        (
            "all",
            Ask {
                expires_at: Some(days(3)),
                role: Role::Manager,
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
        assert_eq!((grant.role, &grant.sponsor), (ask.role, &ask.sponsor), "{case}");
        let retry = (ask.role == Role::Manager).then(now);
        assert_eq!(grant.retry_at, retry, "{case}: a role in progress keeps it due");
    }
    let longer = admitted(&start(), &Ask { expires_at: Some(days(200)), ..ask() });
    assert_eq!(longer.customer.grants[&grant_id(1)].noticed, None, "notices begin anew");
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
    let observed = seen().user(2).with_email(2, "ana@home.example").member(2, 'a');
    let it = admitted(&looked([], observed), &ask());
    assert_eq!(standing(&it.customer.grants[&grant_id(9)]), "g9 is active");
    assert!(it.customer.users.contains(&user(2)));
    assert_eq!(it.announcements[0].kind, AnnouncementKind::Joined);
    assert_eq!(it.announcements[0].detail["joinedAs"], "ana@home.example");
    let pending = admitted(&looked([], seen().invited('a')), &ask());
    assert_eq!(standing(&pending.customer.grants[&grant_id(9)]), "g9 is invited");
    assert_eq!(pending.announcements[0].detail["alreadyInvited"], true);
}

#[test]
fn what_was_carried_out_is_recorded() {
    let add = Step::AddMember { user: user(1) };
    let wake = Step::Reactivate { user: user(1) };
    for (observed, steps, expected) in [
        (seen(), vec![Step::Invite], "Customer Invited g9 | g9 is invited"),
        (seen().user(1), vec![add.clone()], "Customer Joined g9 | g9 is active"),
        (seen().inactive(1), vec![wake, add], "Customer Joined g9 | g9 is active"),
    ] {
        let it = admitted(&looked([], observed), &ask());
        assert_eq!(it.steps, steps);
        assert_eq!(concluded(&committed(&it.customer), &it, &done()), expected);
    }
    let promoted = admitted(
        &looked([grant(1, active(-9))], seen().user(1).member(1, 'a')),
        &Ask { role: Role::Manager, ..ask() },
    );
    let after = conclude(&promoted.customer, &grant_id(1), &promoted.steps, &done(), ACTOR, now());
    assert_eq!(after.unwrap().customer.grants[&grant_id(1)].retry_at, None);
}

#[test]
fn what_a_sweep_has_recorded_meanwhile_is_not_told_again() {
    let it = admitted(&looked([], seen()), &ask());
    let mut customer = committed(&it.customer);
    let grant = customer.grants.get_mut(&grant_id(9)).unwrap();
    grant.state = State::Invited { since: now(), invitation: Some(invitation('a')) };
    assert_eq!(concluded(&customer, &it, &done()), "nothing");
    let grant = customer.grants.get_mut(&grant_id(9)).unwrap();
    grant.state = active(0);
    assert_eq!(concluded(&customer, &it, &done()), "nothing", "accepted already");
}

#[test]
fn a_request_that_salesforce_refuses_leaves_nobody_behind() {
    let add = || Step::AddMember { user: user(1) };
    let wake = Step::Reactivate { user: user(1) };
    let case = |grants: Vec<Grant>, observed: Observed, step: Step, done: Vec<Step>| {
        let it = admitted(&looked(grants, observed), &ask());
        let carried = Carried::Failed { failure: failure(step, "NO", true), done };
        concluded(&committed(&it.customer), &it, &carried)
    };
    let told = "Customer Invitation Refused";
    assert_eq!(case(vec![], seen(), Step::Invite, vec![]), format!("{told} g9"));
    assert_eq!(case(vec![], seen().user(1), add(), vec![]), format!("{told} g9"));
    assert_eq!(
        case(vec![], seen().inactive(1), add(), vec![wake]),
        format!("{told} g9 | g9 is ending NeverJoined")
    );
    assert_eq!(
        case(vec![grant(1, active(-9))], seen().user(1), add(), vec![]),
        format!("{told} g1 | g1 is ending RemovedByHand"),
        "who was in the group before has a seat that somebody must take away"
    );
}

#[test]
fn what_may_pass_leaves_the_intent_to_the_next_attempt() {
    let it = admitted(&looked([], seen()), &ask());
    let carried = Carried::Failed { failure: failure(Step::Invite, "X", false), done: vec![] };
    let customer = committed(&it.customer);
    assert_eq!(concluded(&customer, &it, &carried), "nothing");
    // Where it is certain that nothing has left, nobody need wait.
    let released = release(&customer, &grant_id(9), ACTOR, now()).unwrap();
    let next = looked([], seen());
    let next = Looked { customer: committed(&released.customer), ..next };
    assert_eq!(admitted(&next, &ask()).outcome, Outcome::Invited);
    assert!(release(&next.customer, &grant_id(9), ACTOR, now()).is_none(), "once is enough");
}

#[test]
fn what_was_given_after_the_grant_had_ended_is_taken_away_again() {
    let wake = || Step::Reactivate { user: user(1) };
    let add = || Step::AddMember { user: user(1) };
    let reason = EndReason::ProjectClosed;
    for (case, state, steps, carried, expected) in [
        (
            "proven gone before the mail left",
            proven(reason, 0, 0, &[]),
            vec![Step::Invite],
            done(),
            vec![cancel('a')],
        ),
        ("being ended", ending(reason, 0, &[remove(1)]), vec![add()], done(), vec![remove(1)]),
        (
            "woken and added",
            ended(reason, 0, &[]),
            vec![wake(), add()],
            done(),
            vec![remove(1), deactivate(1)],
        ),
        (
            "woken, and refused by the group",
            proven(reason, 0, 0, &[]),
            vec![wake(), add()],
            Carried::Failed { failure: failure(add(), "NO", true), done: vec![wake()] },
            vec![deactivate(1)],
        ),
        (
            "perhaps invited",
            proven(reason, 0, 0, &[]),
            vec![Step::Invite],
            Carried::Failed { failure: failure(Step::Invite, "X", false), done: vec![] },
            vec![],
        ),
    ] {
        let mut customer = customer([grant(9, state)]);
        let after = conclude(&customer, &grant_id(9), &steps, &carried, ACTOR, now());
        if let Some(after) = after {
            assert!(after.announcements.is_empty(), "{case}");
            customer = after.customer;
        }
        let State::Ending { steps, .. } = &customer.grants[&grant_id(9)].state else {
            panic!("{case}: not being ended")
        };
        assert_eq!(*steps, expected, "{case}");
    }
    let nothing = Carried::Failed { failure: failure(Step::Invite, "NO", true), done: vec![] };
    let customer = customer([grant(9, proven(reason, 0, 0, &[]))]);
    let after = conclude(&customer, &grant_id(9), &[Step::Invite], &nothing, ACTOR, now());
    assert!(after.is_none(), "nothing was given");
    assert!(conclude(&customer, &grant_id(8), &[], &done(), ACTOR, now()).is_none());
}

#[test]
fn a_failure_is_refused_with_a_code_that_says_what_to_do() {
    for (step, code, expected) in [
        (Step::Reactivate { user: user(1) }, "LICENSE_LIMIT_EXCEEDED", RefusalCode::SeatsExhausted),
        (Step::AddMember { user: user(1) }, "LIMIT_EXCEEDED", RefusalCode::GroupFull),
        (Step::Invite, "LIMIT_EXCEEDED", RefusalCode::SalesforceRefused),
        (Step::Invite, "INSUFFICIENT_ACCESS", RefusalCode::SalesforceRefused),
    ] {
        let refusal = refusal_of_failure(&failure(step, code, true));
        assert_eq!(refusal.code, expected, "{code}");
        assert!(!refusal.fix.is_empty() && !refusal.message.is_empty());
    }
    let refusal = refusal_of_failure(&failure(Step::Invite, "INSUFFICIENT_ACCESS", true));
    assert_eq!(refusal.message, "INSUFFICIENT_ACCESS: no", "Salesforce's own words");
    assert_eq!(json!(RefusalCode::NotACustomer), "NOT_A_CUSTOMER");
    assert_eq!(json!(Outcome::Unchanged), "unchanged");
}

#[test]
fn a_second_request_in_the_same_breath_sends_no_second_mail() {
    let first = admitted(&looked([], seen()), &ask());
    let customer = committed(&first.customer);
    // Before the mail, after it, and once it is recorded, with a read that shows nothing yet.
    let after = conclude(&customer, &first.grant, &first.steps, &done(), ACTOR, now()).unwrap();
    for customer in [customer, committed(&after.customer)] {
        for second in [ask(), Ask { project: project("P-2"), ..ask() }] {
            let looked = Looked { customer: customer.clone(), observed: seen() };
            let at = now() + SignedDuration::from_mins(1);
            let admission = admit(&Policy::default(), &looked, &second, None, ACTOR, at);
            assert!(matches!(admission, Admission::UnderWay { .. }), "{admission:?}");
        }
    }
}

fn admitted(looked: &Looked, ask: &Ask) -> Admitted {
    match admit(&Policy::default(), looked, ask, Some(5), ACTOR, now()) {
        Admission::Admitted(admitted) => *admitted,
        other @ (Admission::Refused(_) | Admission::UnderWay { .. }) => {
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
