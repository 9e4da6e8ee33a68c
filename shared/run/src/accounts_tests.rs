use std::collections::{BTreeMap, BTreeSet};

use access::{
    AuditEntry, Brake, Customer, Email, EndReason, Failure, Grant, GrantId, Group, GroupId, Looked,
    Observed, OrgAlias, Plan, Policy, ProjectId, Proof, Role, Sight, State, Step, UserId, decide,
};
use jiff::Timestamp;

use super::Accounts;
use crate::fault::{Fault, NotLooked, Stage};
use crate::known::unreadable;
use crate::report::{RunReport, Trigger};
use crate::run::Run;

const NOW: &str = "2027-03-01T00:00:00Z";
const EARLIER: &str = "2027-02-01T00:00:00Z";
const LATER: &str = "2027-04-01T00:00:00Z";

#[test]
fn a_grant_that_failed_counts_once_however_often_it_did() {
    let mut accounts = opened(&[(invited(), LATER)], Sight::full());
    let id = GrantId::from_random(0);
    accounts.fail(&id, &Fault::new(Stage::Observe, "A", "first"));
    accounts.fail(&id, &Fault::new(Stage::WriteLedger, "B", "second"));
    let report = report_of(accounts);
    assert_eq!((report.looked, report.kept, report.failed), (1, 0, 1));
    assert_eq!(report.failures[0].code, "A");
}

#[test]
fn a_run_with_a_failure_fails_and_its_report_holds_no_address() {
    let mut accounts = Accounts::new(OrgAlias::default(), instant(NOW));
    assert!(report_of(Accounts::new(OrgAlias::default(), instant(NOW))).verdict().is_ok());
    let failure = Failure {
        step: Step::Deactivate { user: UserId::parse("005000000000001AAA").unwrap() },
        code: "DEPENDENCY_EXISTS".to_owned(),
        message: "user <ana@acme.example> is in use".to_owned(),
        is_refusal: true,
    };
    accounts.account(&GrantId::from_random(1)).fail_steps(&[failure]);
    let report = report_of(accounts);
    let log = report.to_log();
    assert!(log.contains("DEPENDENCY_EXISTS") && !log.contains("in use"), "{log}");
    let text = report.verdict().expect_err("it has a failure").to_string();
    assert!(text.contains(r#""failed":1"#) && text.contains("user … is in use"), "{text}");
}

#[test]
fn customers_who_could_not_be_read_make_no_success() {
    let report = report_of(opened(&[(invited(), LATER)], Sight::default()));
    assert_eq!((report.looked, report.kept, report.failed), (1, 0, 1));
    assert!(report.verdict().is_err());

    let report = report_of(opened(&[(active(), LATER)], Sight::default()));
    assert_eq!(report.failed, 0, "nothing of this one was due");
    assert!(report.verdict().is_ok());
}

#[test]
fn what_nobody_could_look_at_waits_where_only_the_time_is_over_and_has_failed_otherwise() {
    let emails = BTreeSet::from([email()]);
    let mut accounts = opened(&[(active(), EARLIER)], Sight::full());
    accounts.unseen(&emails, &NotLooked::OutOfTime);
    let report = report_of(accounts);
    assert_eq!((report.looked, report.deferred, report.failed), (1, 1, 0));
    assert!(!report.complete);
    assert_eq!(report.oldest_overdue_minutes, 28 * 24 * 60, "it is as overdue as before");

    let mut accounts = opened(&[(active(), EARLIER)], Sight::full());
    accounts.unseen(&emails, &NotLooked::Failed(Fault::new(Stage::Connect, "C", "m")));
    let report = report_of(accounts);
    assert_eq!((report.looked, report.deferred, report.failed), (1, 0, 1));
    assert!(report.complete);
}

#[test]
fn a_record_that_is_not_understood_counts_once_however_often_it_is_met() {
    let mut accounts = opened(&[(invited(), LATER)], Sight::full());
    let fault = [unreadable("a customer's record")];
    for _ in 0..2 {
        accounts.look(&looked(&[(invited(), LATER)], Sight::full()), &fault, &Plan::default());
    }
    assert_eq!(report_of(accounts).failed, 1);
}

#[test]
fn of_an_attempt_that_did_nothing_only_its_calls_stay() {
    let mut accounts = opened(&[(invited(), LATER)], Sight::default());
    accounts.calls = 3;
    let report = report_of(accounts.anew());
    assert_eq!((report.looked, report.failed, report.salesforce_calls), (0, 0, 3));

    let mut accounts = opened(&[(invited(), LATER)], Sight::default());
    accounts.measures.has_acted = true;
    assert_eq!(report_of(accounts.anew()).looked, 1);
}

#[test]
fn each_count_is_of_what_changed() {
    let proven = |rereads| ended(Proof::Proven { at: instant(EARLIER), rereads });
    let drifted = ended(Proof::Drifted { at: instant(NOW) });
    for (before, after, expected) in [
        (invited(), invited(), "kept"),
        (invited(), active(), "joined"),
        (invited(), ended(Proof::Unproven), "ended"),
        (invited(), proven(0), "ended proven"),
        (ended(Proof::Unproven), proven(0), "proven"),
        (proven(0), proven(1), "reproven"),
        (proven(0), drifted, "drifted"),
    ] {
        // Of what is not read whole nothing new is decided, so that only what was recorded counts.
        let mut accounts = opened(&[(before.clone(), LATER)], Sight::default());
        let grant = grant(0, after.clone(), LATER);
        let heads = BTreeMap::from([(grant.id.clone(), "head".to_owned())]);
        assert_eq!(accounts.record(&[entry(&grant)], heads), []);
        for account in accounts.grants.values_mut() {
            account.failure = None;
        }
        let report = report_of(accounts);
        let counts = [
            ("kept", report.kept),
            ("joined", report.joined),
            ("ended", report.ended),
            ("proven", report.proven),
            ("reproven", report.reproven),
            ("drifted", report.drifted),
        ];
        let told: Vec<&str> =
            counts.iter().filter(|(_, count)| *count > 0).map(|(name, _)| *name).collect();
        assert_eq!(told.join(" "), expected, "{before:?} {after:?}");
        assert_eq!(report.looked, 1);
    }
}

#[test]
fn what_a_close_should_have_ended_is_overdue_since_the_close() {
    let (policy, now) = (Policy::default(), instant(NOW));
    let looked = looked(&[(active(), LATER)], Sight::full());
    let closed_at =
        BTreeMap::from([(ProjectId::parse("P-1").unwrap(), Some(instant("2027-02-28T23:15:00Z")))]);
    let mut accounts = Accounts::new(OrgAlias::default(), now);
    accounts.open(&policy, &looked, &closed_at, &Plan::default());
    assert_eq!(report_of(accounts).oldest_overdue_minutes, 45);
}

/// The accounts of a run that has looked and done nothing yet.
fn opened(grants: &[(State, &str)], sight: Sight) -> Accounts {
    let (policy, now, looked) = (Policy::default(), instant(NOW), looked(grants, sight));
    let nothing = BTreeMap::new();
    let closed = BTreeSet::new();
    let plan: Plan = decide(&policy, &looked, &closed, Brake::Released(&nothing), now);
    let mut accounts = Accounts::new(OrgAlias::default(), now);
    accounts.open(&policy, &looked, &BTreeMap::new(), &plan);
    accounts.look(&looked, &[], &plan);
    accounts
}

fn report_of(accounts: Accounts) -> RunReport {
    let mut run = Run::new("r-1".to_owned(), Trigger::Schedule, accounts.now, false);
    run.visits.push(accounts);
    run.into_report()
}

fn looked(grants: &[(State, &str)], sight: Sight) -> Vec<Looked> {
    let observed = Observed { sight, ..Observed::default() };
    vec![Looked::new(customer(grants), observed, NOW.parse().unwrap())]
}

fn customer(grants: &[(State, &str)]) -> Customer {
    let mut customer = Customer::new(OrgAlias::default(), email());
    for (number, (state, expires_at)) in grants.iter().enumerate() {
        let grant = grant(number as u128, state.clone(), expires_at);
        customer.grants.insert(grant.id.clone(), grant);
    }
    customer
}

fn grant(number: u128, state: State, expires_at: &str) -> Grant {
    Grant {
        id: GrantId::from_random(number),
        project: ProjectId::parse("P-1").unwrap(),
        project_name: None,
        group: Group { id: GroupId::parse("0F9000000000001AAA").unwrap(), name: "Acme".to_owned() },
        role: Role::Member,
        sponsor: Email::parse("kim@corp.example").unwrap(),
        reason: None,
        message: None,
        expires_at: instant(expires_at),
        requested_at: instant(EARLIER),
        source: None,
        asked: None,
        withdrawn: None,
        closed_at: None,
        state,
        joined: None,
        noticed: Some(1),
        retry_at: None,
        invitations: std::collections::BTreeSet::new(),
        version: 1,
        head: None,
    }
}

fn entry(grant: &Grant) -> AuditEntry {
    AuditEntry {
        grant: grant.id.clone(),
        version: 2,
        at: instant(NOW),
        actor: "r-1".to_owned(),
        cause: "look".to_owned(),
        plan_digest: None,
        answer: None,
        closed: None,
        state: grant.clone(),
    }
}

fn invited() -> State {
    State::Invited { since: instant("2027-02-20T00:00:00Z"), invitation: None }
}

fn active() -> State {
    State::Active { since: instant(EARLIER) }
}

fn ended(proof: Proof) -> State {
    let (reason, at) = (EndReason::Expired, instant(EARLIER));
    State::Ended { reason, at, steps: Vec::new(), version: 1, proof }
}

fn email() -> Email {
    Email::parse("ana@acme.example").unwrap()
}

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}
