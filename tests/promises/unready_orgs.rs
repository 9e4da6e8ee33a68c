//! Orgs that are not ready for a while, or for a part of what is asked: told by every door, and everything goes on once they are mended.

use access::OrgAlias;
use lanyard_local::batch;
use machinery::doors::{failures, post};
use machinery::world::{
    World, close, closed, counts, customer, days, event, failed, invitation_mails, invite, join,
    manager, minutes, project, request, seat, sweep, text, told, with, world, world_with_org,
};
use salesforce_simulator::{Entrance, Fault, FaultKind, Matching, Redirect, SignInRefusal};
use serde_json::json;

use crate::metrics::counted;

const DISABLED: &str = "API_DISABLED_FOR_ORG";

#[tokio::test]
async fn an_api_that_is_off_for_writes_alone_leaves_nobody_stuck_and_is_ended_once_mended() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    world.pass(minutes(3));
    let matching = Matching::writes_of("CollaborationGroupMember");
    world.org().add_fault(refusing(403, DISABLED).matching(matching));
    failed(world.close_project(closed(&world, "P-1")).await);
    assert_eq!(told(&world, "Customer Access Ended").len(), 0);
    assert_eq!(told(&world, "Customer Access Stuck").len(), 0);
    world.org().clear_faults();
    assert_eq!(counts(&sweep(&world).await), "looked 1, ended 1, proven 1");
    assert_eq!(told(&world, "Customer Access Ended").len(), 1);
}

#[tokio::test]
async fn a_refusal_that_begins_at_any_call_of_an_invitation_sends_one_mail_in_the_end() {
    let mut wrong = Vec::new();
    for code in [(403, DISABLED), (401, "INVALID_SESSION_ID"), (410, "GONE")] {
        for nth in 1..=12 {
            let world = world().await;
            world.org().add_fault(rest(refusing(code.0, code.1)).from_nth(nth));
            let asked = request("P-1", "Acme", "ana@acme.example");
            let (status, body, _) = post(&world, &asked).await;
            if world.org().faults()[0].hit == 0 {
                break;
            }
            let is_told = body["error"]["code"] == "ORG_NOT_READY";
            if !is_told && status != 200 {
                wrong.push(format!("{} at call {nth}: {status} {body}", code.1));
            }
            world.org().clear_faults();
            world.pass(minutes(30));
            let again = invite(&world, asked).await;
            let mails = invitation_mails(&world, "ana@acme.example");
            assert_eq!(mails, 1, "{} at call {nth}: {again}", code.1);
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[tokio::test]
async fn a_lasting_refusal_is_told_also_while_the_secret_cannot_be_read_for_a_moment() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    world.pass(minutes(3));
    world.org().add_fault(rest(refusing(403, DISABLED)));
    world.aws.refuse_secrets(Some("ThrottlingException"));
    let (_, body, _) = post(&world, &request("P-1", "Acme", "bo@acme.example")).await;
    assert_eq!(body["error"]["cause"], DISABLED, "{body}");
}

#[tokio::test]
async fn a_lasting_refusal_is_told_by_a_close_also_while_the_secret_cannot_be_read_for_a_moment() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    join(&world, "P-9", "Beta", "bo@acme.example").await;
    close(&world, "P-9").await;
    world.pass(minutes(3));
    world.org().add_fault(rest(refusing(403, DISABLED)));
    world.aws.refuse_secrets(Some("ThrottlingException"));
    let report = failed(world.close_project(closed(&world, "P-1")).await);
    let failure = &report["failures"][0];
    assert!(text(&failure["message"]).contains(DISABLED), "{failure}");
}

#[tokio::test]
async fn a_refused_sign_in_is_told_also_while_the_secret_cannot_be_read_for_a_moment() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    world.org().refuse_sign_in(Some(SignInRefusal::inactive_user()));
    world.org().expire_sessions();
    world.aws.refuse_secrets(Some("ThrottlingException"));
    let (_, body, _) = post(&world, &request("P-1", "Acme", "bo@acme.example")).await;
    assert_eq!(body["error"]["code"], "SALESFORCE_SIGN_IN_REFUSED", "{body}");
}

#[tokio::test]
async fn a_secret_that_passes_to_be_read_again_is_an_outage_and_a_warm_function_goes_on() {
    let world = world().await;
    for code in ["ThrottlingException", "InternalServiceError", "ServiceUnavailableException"] {
        world.aws.refuse_secrets(Some(code));
        let (status, body, _) = post(&world, &request("P-1", "Acme", "ana@acme.example")).await;
        assert_eq!((status, &body["error"]["code"]), (503, &json!("SALESFORCE_UNAVAILABLE")));
    }
    world.aws.refuse_secrets(None);
    invite(&world, request("P-1", "Acme", "ana@acme.example")).await;
    world.aws.refuse_secrets(Some("AccessDeniedException"));
    let answer = invite(&world, request("P-1", "Acme", "bo@acme.example")).await;
    assert_eq!(answer, "bo@acme.example invited", "the session lives");
}

#[tokio::test]
async fn a_secret_that_is_changed_wrongly_and_back_while_warm_needs_no_restart() {
    let world = world().await;
    let main = OrgAlias::default();
    let right = world.simulator.secret_json();
    invite(&world, request("P-1", "Acme", "ana@acme.example")).await;
    let other = with(serde_json::from_str(&right).unwrap(), &json!({ "clientId": "wrong" }));
    for wrong in [Some("{".to_owned()), None, Some(String::new()), Some(other.to_string())] {
        world.set_secret(&main, wrong.clone());
        world.org().expire_sessions();
        let email = "bo@acme.example";
        let _ = invite(&world, request("P-2", "Beta", email)).await;
        world.org().expire_sessions();
        let _ = world.sweep(json!({})).await;
        world.set_secret(&main, Some(right.clone()));
        world.org().expire_sessions();
        let answer = invite(&world, request("P-3", "Gamma", "cy@acme.example")).await;
        assert!(
            answer.ends_with("invited") || answer.ends_with("unchanged"),
            "{wrong:?}: {answer}"
        );
        sweep(&world).await;
    }
}

#[tokio::test]
async fn a_code_that_nobody_knows_is_told_by_the_close_of_many_as_an_org_that_is_not_ready() {
    let world = many(60).await;
    world.org().add_fault(rest(refusing(403, "SOME_NEW_CODE")));
    world.org().clear_log();
    let report = failed(world.close_project(closed(&world, "P-1")).await);
    let failure = &report["failures"][0];
    let calls = world.org().calls().len();
    assert_eq!(failure["code"], "ORG_NOT_READY", "{calls} calls, {failure}");
}

#[tokio::test]
async fn a_code_that_nobody_knows_costs_the_close_of_many_few_calls() {
    let world = many(60).await;
    world.org().add_fault(rest(refusing(403, "SOME_NEW_CODE")));
    world.org().clear_log();
    failed(world.close_project(closed(&world, "P-1")).await);
    let calls = world.org().calls().len();
    assert!(calls <= 50, "{calls} calls");
}

#[tokio::test]
async fn a_field_that_is_missing_costs_the_close_of_many_few_calls() {
    for code in ["INVALID_FIELD", "INVALID_TYPE"] {
        let world = many(60).await;
        world.org().add_fault(rest(refusing(400, code)));
        world.org().clear_log();
        let report = failed(world.close_project(closed(&world, "P-1")).await);
        assert_eq!(report["failures"][0]["code"], "ORG_NOT_READY", "{report}");
        let calls = world.org().calls().len();
        assert!(calls <= 12, "{code}: {calls} calls");
    }
}

#[tokio::test]
async fn an_org_that_is_not_ready_for_weeks_is_told_every_night_and_ends_once_when_it_is_mended() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    join(&world, "P-2", "Beta", "bo@acme.example").await;
    invite(&world, request("P-1", "Acme", "cy@acme.example")).await;
    world.pass(minutes(3));
    world.org().add_fault(rest(refusing(403, DISABLED)));
    failed(world.close_project(closed(&world, "P-1")).await);
    for night in 0..21 {
        world.pass(days(1));
        let report = failed(world.sweep(json!({})).await);
        assert_eq!(report["failures"][0]["code"], "ORG_NOT_READY", "night {night}");
        assert_eq!((report["ended"].clone(), report["proven"].clone()), (json!(0), json!(0)));
    }
    assert_eq!(told(&world, "Customer Access Ended").len(), 0);
    assert_eq!(told(&world, "Customer Access Drifted").len(), 0);
    assert_eq!(project(&world, "P-1").await, "closing");
    world.org().clear_faults();
    sweep(&world).await;
    assert_eq!(seat(&world, "ana@acme.example"), "inactive");
    assert_eq!(seat(&world, "bo@acme.example"), "active in Beta");
    assert_eq!(world.org().open_invitations("cy@acme.example").len(), 0);
    assert_eq!(told(&world, "Customer Access Ended").len(), 2);
    assert_eq!(project(&world, "P-1").await, "closed");
}

#[tokio::test]
async fn a_night_without_an_api_in_which_something_is_due_is_no_completed_sweep() {
    let world = world().await;
    invite(&world, with(request("P-1", "Acme", "ana@acme.example"), &json!({ "days": 1 }))).await;
    world.pass(days(1) + minutes(1));
    world.org().add_fault(rest(refusing(403, DISABLED)));
    let measured = counted(&world, world.sweep(json!({}))).await;
    assert!(measured.contains("OrgNotReady 1"), "{measured}");
    assert!(!measured.contains("CompletedSweeps 1"), "{measured}");
}

#[tokio::test]
async fn an_api_that_is_off_costs_the_close_of_five_hundred_three_calls() {
    let world = many(500).await;
    world.org().add_fault(rest(refusing(403, DISABLED)));
    world.org().clear_log();
    let report = failed(world.close_project(closed(&world, "P-1")).await);
    assert_eq!(report["failures"][0]["code"], "ORG_NOT_READY");
    let calls = world.org().calls().len();
    assert!(calls <= 3, "{calls} calls");
}

#[tokio::test]
async fn one_org_that_is_not_ready_stops_no_other() {
    let world = world().await;
    let second = OrgAlias::parse("second").unwrap();
    let other = world_with_org(|_| ()).await;
    world.set_secret(&second, Some(other.simulator.secret_json()));
    invite(&world, with(request("P-1", "Acme", "ana@acme.example"), &json!({ "days": 1 }))).await;
    let asked =
        with(request("P-1", "Acme", "bo@acme.example"), &json!({ "org": "second", "days": 1 }));
    invite(&world, asked).await;
    world.pass(days(1) + minutes(1));
    other.pass(days(1) + minutes(1));
    other.org().add_fault(rest(refusing(403, DISABLED)));
    let report = failed(world.sweep(json!({})).await);
    assert_eq!(report["ended"], 1, "{report}");
    assert_eq!(report["failures"].as_array().unwrap().len(), 1);
    assert_eq!(report["failures"][0]["code"], "ORG_NOT_READY", "{report}");
    assert_eq!(world.org().open_invitations("ana@acme.example").len(), 0);
}

#[tokio::test]
async fn a_batch_of_two_orgs_waits_for_the_one_that_is_not_ready_alone() {
    let world = world().await;
    let second = OrgAlias::parse("second").unwrap();
    let other = world_with_org(|_| ()).await;
    world.set_secret(&second, Some(other.simulator.secret_json()));
    other.org().add_fault(rest(refusing(403, DISABLED)));
    let asked = |org: &str, email: &str| {
        let asked = with(request("P-1", "Acme", email), &json!({ "org": org }));
        event(&world, "Customer Access Requested", &asked).to_string()
    };
    let texts = [
        asked("second", "bo@acme.example"),
        asked("second", "cy@acme.example"),
        asked("second", "di@acme.example"),
        asked("main", "ana@acme.example"),
    ];
    let messages = batch(texts.iter().map(String::as_str));
    let answer = world.invite(messages).await.expect("a batch");
    assert_eq!(failures(&answer).len(), 3);
    assert_eq!(invitation_mails(&world, "ana@acme.example"), 1);
    assert!(other.org().calls().len() <= 3, "{} calls", other.org().calls().len());
}

#[tokio::test]
async fn an_org_that_has_lost_the_tooling_api_alone_still_invites() {
    let world = world().await;
    for (status, code) in [(404, "NOT_FOUND"), (403, "INSUFFICIENT_ACCESS"), (400, "INVALID_TYPE")]
    {
        world.org().add_fault(refusing(status, code).matching(Matching::path("/tooling/")));
        let answer =
            invite(&world, request("P-1", "Acme", &*format!("a{status}@acme.example"))).await;
        assert_eq!(answer, format!("a{status}@acme.example invited"));
        world.org().clear_faults();
    }
}

#[tokio::test]
async fn a_renamed_org_that_redirects_while_invitations_are_written_sends_one_mail() {
    for status in [301, 302, 307, 308] {
        let world = world().await;
        invite(&world, request("P-1", "Acme", "zoe@acme.example")).await;
        world.pass(minutes(3));
        let moved = Redirect::to_host(status, "https://acme-new.my.salesforce.com");
        world.org().redirect(Entrance::Rest, Some(moved));
        let elsewhere = world.simulator.url().replace("127.0.0.1", "localhost");
        world.org().set_instance_url(Some(&elsewhere));
        let answer = invite(&world, request("P-1", "Acme", "ana@acme.example")).await;
        assert_eq!(answer, "ana@acme.example invited");
        assert_eq!(invitation_mails(&world, "ana@acme.example"), 1);
    }
}

#[tokio::test]
async fn a_session_that_ends_with_every_second_call_sends_one_mail_and_ends_everybody() {
    let world = world().await;
    let ending = Fault::always(FaultKind::ExpireSessionAfter);
    world.org().add_fault(rest(ending));
    assert_eq!(
        invite(&world, request("P-1", "Acme", manager("ana@acme.example"))).await,
        "ana@acme.example invited"
    );
    assert_eq!(invitation_mails(&world, "ana@acme.example"), 1);
    world.org().accept_from("Acme", "ana@acme.example").unwrap();
    world.pass(minutes(3));
    let report = world.close_project(closed(&world, "P-1")).await.expect("done");
    assert_eq!(counts(&report), "looked 1, ended 1, proven 1");
}

#[tokio::test]
async fn an_org_that_is_not_ready_is_told_by_a_withdrawal_and_by_a_dry_run() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    world.pass(minutes(3));
    world.org().add_fault(rest(refusing(403, DISABLED)));
    let withdrawal = json!({ "customers": ["ana@acme.example"] });
    let report = failed(world.close_project(withdrawal).await);
    assert_eq!(report["failures"][0]["code"], "ORG_NOT_READY", "{report}");
    let report = failed(world.sweep(json!({ "dryRun": true })).await);
    assert_eq!(report["failures"][0]["code"], "ORG_NOT_READY", "{report}");
    world.org().clear_faults();
    assert_eq!(counts(&sweep(&world).await), "looked 1, ended 1, proven 1");
}

#[tokio::test]
async fn a_report_of_an_org_that_is_not_ready_names_no_address() {
    let world = many(5).await;
    for (status, code) in [(403, DISABLED), (403, "SOME_NEW_CODE"), (400, "INVALID_FIELD")] {
        world.org().add_fault(rest(refusing(status, code)));
        let report = failed(world.close_project(closed(&world, "P-1")).await);
        assert!(!report.to_string().contains("@acme.example"), "{report}");
        world.org().clear_faults();
    }
}

#[tokio::test]
async fn a_lasting_refusal_that_begins_within_the_close_of_many_tells_what_was_done() {
    let world = many(60).await;
    let matching = Matching::writes_of("User");
    world.org().add_fault(refusing(403, DISABLED).matching(matching));
    let report = failed(world.close_project(closed(&world, "P-1")).await);
    let members = world.org().members().len();
    assert!(members <= 1, "{members} memberships are still there");
    assert_eq!(report["failed"], 60, "{}", counts(&report));
    assert_eq!(told(&world, "Customer Access Ended").len(), 0);
    world.org().clear_faults();
    world.pass(minutes(20));
    assert_eq!(counts(&sweep(&world).await), "looked 60, ended 60, proven 60");
    assert_eq!(told(&world, "Customer Access Ended").len(), 60);
    assert_eq!(told(&world, "Customer Access Drifted").len(), 0);
}

#[tokio::test]
async fn a_customer_of_an_org_that_is_not_ready_can_be_asked_for_at_once_when_it_is_mended() {
    let world = world().await;
    for matching in [
        writes(),
        Matching::writes_of("CollaborationInvitation"),
        Matching::path("/services/data/"),
    ] {
        world.org().add_fault(refusing(403, DISABLED).matching(matching));
        let _ = invite(&world, request("P-1", "Acme", "ana@acme.example")).await;
        world.org().clear_faults();
    }
    let answer = invite(&world, request("P-1", "Acme", "ana@acme.example")).await;
    assert_eq!(answer, "ana@acme.example invited");
    assert_eq!(customer(&world, "ana@acme.example").await.grants.len(), 1);
}

/// A world in which so many customers have joined one project.
async fn many(number: usize) -> World {
    let world = world_with_org(|options| options.seats = 1_000).await;
    let emails: Vec<String> = (0..number).map(|it| format!("c{it}@acme.example")).collect();
    let answer = world.invite(request("P-1", "Acme", emails.join(" "))).await.expect("an answer");
    assert!(answer["error"].is_null(), "{answer}");
    for email in &emails {
        world.org().accept_from("Acme", email).expect("the invitation is open");
    }
    sweep(&world).await;
    world.pass(minutes(3));
    world
}

fn refusing(status: u16, code: &str) -> Fault {
    Fault::always(FaultKind::Refused { status, code: code.to_owned() })
}

fn rest(fault: Fault) -> Fault {
    fault.matching(Matching::path("/services/data/"))
}

fn writes() -> Matching {
    Matching { write: Some(true), ..Matching::default() }
}
