//! What lasts in an org, in AWS or in the secret: told with its cause and its fix, after three calls, and never as an outage.

use access::OrgAlias;
use lanyard_local::batch;
use machinery::doors::{failures, post};
use machinery::world::{
    World, closed, counts, event, failed, invitation_mails, invite, join, minutes, request, seat,
    sweep, text, world,
};
use salesforce_simulator::{
    Entrance, Fault, FaultKind, Matching, NewGroup, Redirect, SignInRefusal,
};
use serde_json::{Value, json};

use crate::metrics::counted;

#[tokio::test]
async fn an_api_that_refuses_everything_is_told_by_every_function_and_goes_on_once_mended() {
    for (status, code, fix) in [
        (403, "API_DISABLED_FOR_ORG", "API Enabled"),
        (403, "FUNCTIONALITY_NOT_ENABLED", "Chatter"),
        (410, "UNSUPPORTED_API_VERSION", "apiVersion"),
        (410, "GONE", "apiVersion"),
        (400, "INVALID_TYPE", "Chatter"),
        (400, "INVALID_FIELD", "Chatter"),
        (403, "INSUFFICIENT_ACCESS", "permission set"),
        (401, "INVALID_SESSION_ID", "API Enabled"),
    ] {
        let world = world().await;
        join(&world, "P-1", "Acme", "ana@acme.example").await;
        world.pass(minutes(3));
        let broken = Fault::always(FaultKind::Refused { status, code: code.to_owned() });
        world.org().add_fault(broken.matching(Matching::path("/services/data/")));
        world.org().clear_log();

        let body = refused(&world, "bo@acme.example").await;
        assert_eq!((&body["code"], &body["cause"]), (&json!("ORG_NOT_READY"), &json!(code)));
        assert!(text(&body["fix"]).contains(fix), "{body}");
        let calls = world.org().calls().len();
        // What one query is refused for may be right for another, so those are asked one by one.
        let is_of_queries =
            matches!(code, "INVALID_TYPE" | "INVALID_FIELD" | "INSUFFICIENT_ACCESS");
        assert!(calls <= 3 || is_of_queries, "{code}: {calls} calls");

        let report = failed(world.close_project(closed(&world, "P-1")).await);
        let failure = &report["failures"][0];
        assert_eq!(failure["code"], "ORG_NOT_READY", "{code}: {report}");
        let message = text(&failure["message"]);
        assert!(message.contains(code) && message.contains(fix), "{message}");

        world.org().clear_faults();
        assert_eq!(counts(&sweep(&world).await), "looked 1, ended 1, proven 1", "{code}");
        assert_eq!(seat(&world, "ana@acme.example"), "inactive", "{code}");
    }
}

#[tokio::test]
async fn an_org_that_is_not_ready_is_asked_once_for_a_whole_batch() {
    let world = world().await;
    for (project, email) in
        [("P-1", "ana@acme.example"), ("P-2", "bo@acme.example"), ("P-3", "cy@acme.example")]
    {
        join(&world, project, project, email).await;
    }
    world.pass(minutes(3));
    let code = "API_DISABLED_FOR_ORG".to_owned();
    let broken = Fault::always(FaultKind::Refused { status: 403, code });
    world.org().add_fault(broken.matching(Matching::path("/services/data/")));
    world.org().clear_log();
    let events = ["P-1", "P-2", "P-3"].map(|it| closed(&world, it).to_string());
    let messages = batch(events.iter().map(String::as_str));
    let answer = world.close_project(messages).await.expect("a batch");
    assert_eq!(failures(&answer).len(), 3);
    assert!(world.org().calls().len() <= 3, "{} calls", world.org().calls().len());
    world.org().clear_faults();
    assert_eq!(counts(&sweep(&world).await), "looked 3, ended 3, proven 3");
}

#[tokio::test]
async fn an_api_that_is_off_for_writes_alone_is_told_with_its_cause_and_measured() {
    let code = "API_DISABLED_FOR_ORG";
    let broken = |object| {
        let refused = FaultKind::Refused { status: 403, code: code.to_owned() };
        Fault::always(refused).matching(Matching::writes_of(object))
    };
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    world.org().add_fault(broken("CollaborationInvitation"));
    let body = refused(&world, "bo@acme.example").await;
    assert_eq!((&body["code"], &body["cause"]), (&json!("ORG_NOT_READY"), &json!(code)), "{body}");
    assert!(text(&body["fix"]).contains("API Enabled"), "{body}");

    world.org().clear_faults();
    world.org().add_fault(broken("CollaborationGroupMember"));
    let report = failed(world.close_project(closed(&world, "P-1")).await);
    let failure = &report["failures"][0];
    assert_eq!(failure["code"], "ORG_NOT_READY", "{report}");
    assert!(text(&failure["message"]).contains(code), "{report}");
    let measured = counted(&world, world.sweep(json!({ "org": "main" }))).await;
    assert!(measured.contains("OrgNotReady 1"), "{measured}");
}

#[tokio::test]
async fn requests_for_an_org_that_is_not_ready_are_left_after_the_first() {
    let world = world().await;
    let code = "API_DISABLED_FOR_ORG".to_owned();
    let broken = Fault::always(FaultKind::Refused { status: 403, code });
    world.org().add_fault(broken.matching(Matching::path("/services/data/")));
    let asked = ["ana@acme.example", "bo@acme.example", "cy@acme.example"].map(|email| {
        let detail = request("P-1", "Acme", email);
        event(&world, "Customer Access Requested", &detail).to_string()
    });
    let answer = world.invite(batch(asked.iter().map(String::as_str))).await.expect("a batch");
    assert_eq!(failures(&answer).len(), 3);
    assert!(world.org().calls().len() <= 3, "{} calls", world.org().calls().len());
}

#[tokio::test]
async fn a_login_address_that_leads_elsewhere_names_the_field_and_the_new_host() {
    for (redirect, cause, names) in [
        (
            Redirect::to_host(301, "https://acme-new.my.salesforce.com"),
            "HTTP_301",
            "acme-new.my.salesforce.com",
        ),
        (
            Redirect::to(302, "https://acme.lightning.force.com/"),
            "HTTP_302",
            "acme.lightning.force.com",
        ),
        (Redirect::nowhere(), "HTTP_404", "My Domain"),
    ] {
        let world = world().await;
        world.org().redirect(Entrance::SignIn, Some(redirect));
        let body = refused(&world, "ana@acme.example").await;
        assert_eq!((&body["code"], &body["cause"]), (&json!("ORG_NOT_READY"), &json!(cause)));
        let fix = text(&body["fix"]);
        assert!(fix.contains("loginUrl") && fix.contains(names), "{fix}");
        assert_eq!(world.org().calls().len(), 1);
        let asked = request("P-1", "Acme", "ana@acme.example");
        let measured = counted(&world, world.invite(asked)).await;
        assert_eq!(measured, "invite Unavailable 1, OrgNotReady 1");

        world.org().redirect(Entrance::SignIn, None);
        let answer = invite(&world, request("P-1", "Acme", "ana@acme.example")).await;
        assert_eq!(answer, "ana@acme.example invited");
    }
}

#[tokio::test]
async fn an_org_that_was_renamed_is_signed_in_to_once_and_everything_goes_on() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    let moved = Redirect::to_host(301, "https://acme-new.my.salesforce.com");
    world.org().redirect(Entrance::Rest, Some(moved));
    let elsewhere = world.simulator.url().replace("127.0.0.1", "localhost");
    world.org().set_instance_url(Some(&elsewhere));
    assert_eq!(
        invite(&world, request("P-1", "Acme", "bo@acme.example")).await,
        "bo@acme.example invited"
    );
    let report = world.close_project(closed(&world, "P-1")).await.expect("done");
    assert_eq!(counts(&report), "looked 2, ended 2, proven 2");
    assert_eq!(invitation_mails(&world, "bo@acme.example"), 1);
}

#[tokio::test]
async fn a_sign_in_that_is_refused_keeps_salesforces_word_and_its_meaning() {
    for (refusal, cause, fix) in [
        (SignInRefusal::inactive_user(), "invalid_grant: inactive user", "activate"),
        (SignInRefusal::ip_restricted(), "invalid_grant: ip restricted", "IP restrictions"),
        (SignInRefusal::invalid_login_hours(), "invalid_grant: invalid login hours", "login hours"),
        (
            SignInRefusal::not_approved(),
            "invalid_grant: user hasn't approved this consumer",
            "Permitted Users",
        ),
        (
            SignInRefusal::new("invalid_grant", "audience validation failed"),
            "invalid_grant: audience validation failed",
            "audience",
        ),
        (
            SignInRefusal::app_blocked(),
            "OAUTH_APP_BLOCKED: the app is blocked in this org",
            "unblock",
        ),
        (
            SignInRefusal::app_not_installed(),
            "app_not_found: the app is not found or not installed in this org",
            "install",
        ),
        (SignInRefusal::new("SOMETHING_NEW", "4711"), "SOMETHING_NEW", "check"),
    ] {
        let world = world().await;
        world.org().refuse_sign_in(Some(refusal));
        let body = refused(&world, "ana@acme.example").await;
        assert_eq!(body["code"], "SALESFORCE_SIGN_IN_REFUSED");
        assert_eq!(body["cause"], cause);
        assert!(text(&body["fix"]).contains(fix), "{body}");
        let report = failed(world.sweep(json!({ "org": "main" })).await);
        let message = text(&report["failures"][0]["message"]);
        assert!(message.contains(cause), "{message}");
    }
}

#[tokio::test]
async fn a_sign_in_that_salesforce_puts_off_is_an_outage_that_passes() {
    let page = |status| {
        let page = Fault::times(Fault::always(FaultKind::MaintenancePage { status }), 4);
        page.matching(Matching::path("/services/oauth2/token"))
    };
    for status in [200, 400, 403, 404, 503] {
        let world = world().await;
        world.org().add_fault(page(status));
        assert_eq!(refused(&world, "ana@acme.example").await["code"], "SALESFORCE_UNAVAILABLE");
        assert_eq!(
            invite(&world, request("P-1", "Acme", "ana@acme.example")).await,
            "ana@acme.example invited"
        );
    }
    for refusal in [SignInRefusal::login_rate_exceeded(), SignInRefusal::server_error()] {
        let world = world().await;
        world.org().refuse_sign_in(Some(refusal));
        assert_eq!(refused(&world, "ana@acme.example").await["code"], "SALESFORCE_UNAVAILABLE");
        let asked = request("P-1", "Acme", "ana@acme.example");
        assert_eq!(counted(&world, world.invite(asked)).await, "invite Unavailable 1");
    }
}

#[tokio::test]
async fn a_secret_that_secrets_manager_does_not_give_out_names_the_secret() {
    let world = world().await;
    for code in ["AccessDeniedException", "DecryptionFailure"] {
        world.aws.refuse_secrets(Some(code));
        let body = refused(&world, "ana@acme.example").await;
        assert_eq!((&body["code"], &body["cause"]), (&json!("ORG_NOT_READY"), &json!(code)));
        assert!(text(&body["fix"]).contains("lanyard/salesforce/main"), "{body}");
    }
    world.aws.refuse_secrets(None);
    assert_eq!(
        invite(&world, request("P-1", "Acme", "ana@acme.example")).await,
        "ana@acme.example invited"
    );
}

#[tokio::test]
async fn a_version_that_was_retired_is_left_without_a_restart_once_the_secret_says_so() {
    let world = world().await;
    invite(&world, request("P-1", "Acme", "ana@acme.example")).await;
    let gone = FaultKind::Refused { status: 410, code: "UNSUPPORTED_API_VERSION".to_owned() };
    world.org().add_fault(Fault::always(gone).matching(Matching::path("/services/data/v66.0/")));
    assert_eq!(refused(&world, "bo@acme.example").await["code"], "ORG_NOT_READY");
    let mut secret: Value = serde_json::from_str(&world.simulator.secret_json()).expect("JSON");
    secret["apiVersion"] = json!("67.0");
    world.set_secret(&OrgAlias::default(), Some(secret.to_string()));
    assert_eq!(
        invite(&world, request("P-1", "Acme", "bo@acme.example")).await,
        "bo@acme.example invited"
    );
}

#[tokio::test]
async fn who_is_in_three_hundred_groups_is_told_salesforces_own_code() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    for number in 1..300 {
        let name = format!("Other {number}");
        world.org().add_group(&NewGroup::for_customers(&name)).expect("a group");
        world.org().add_member(&name, "ana@acme.example", "Standard").expect("a member");
    }
    let asked = request("P-2", "Beta", "ana@acme.example");
    let (_, body, _) = post(&world, &asked).await;
    let error = &body["customers"][0]["error"];
    assert_eq!(error["code"], "SALESFORCE_REFUSED", "{body}");
    assert!(text(&error["message"]).contains("LIMIT_EXCEEDED"), "{error}");
}

/// The error of a request for this customer, which is refused as a whole.
async fn refused(world: &World, email: &str) -> Value {
    let (status, body, _) = post(world, &request("P-1", "Acme", email)).await;
    assert!(status == 502 || status == 503, "{body}");
    body["error"].clone()
}
