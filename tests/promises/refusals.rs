//! Whole requests that are refused, as HTTP shows them: status, code, fix, and when to come again.

use jiff::SignedDuration;
use machinery::doors::post;
use machinery::world::{
    World, close, lose_ledger, request, table, text, with, world, world_with_org,
};
use salesforce_simulator::{Fault, FaultKind, NewGroup, SignInRefusal};
use serde_json::{Value, json};

#[tokio::test]
async fn what_a_request_asks_for_in_vain_has_a_status_and_a_code_and_changes_nothing() {
    let world = world().await;
    let org = world.org();
    org.add_group(&NewGroup::public("Everybody")).expect("a group");
    let hidden = org.add_group(&NewGroup::unlisted("Hidden")).expect("a group");
    org.add_group(&NewGroup::private("Staff")).expect("a group");
    org.add_group(&NewGroup::for_customers("Past")).expect("a group");
    org.set_archived("Past", true).expect("archived");
    close(&world, "P-closed").await;
    let of_group =
        |group: Value| with(request("P-1", "-", "ana@acme.example"), &json!({ "group": group }));
    let in_group = |name: &str| of_group(json!({ "name": name }));
    let plain = request("P-1", "Acme", "ana@acme.example");
    let (before, groups) = (table(&world).await, org.groups());
    for (asked, status, code) in [
        (with(plain.clone(), &json!({ "sponsor": "kim" })), 400, "INVALID_REQUEST"),
        (with(plain.clone(), &json!({ "days": 366 })), 400, "EXPIRY_BEYOND_POLICY"),
        (
            with(plain.clone(), &json!({ "expiresAt": "2028-01-05T00:00:00Z" })),
            400,
            "EXPIRY_BEYOND_POLICY",
        ),
        (with(plain.clone(), &json!({ "days": 10_000_000_000_u64 })), 400, "EXPIRY_BEYOND_POLICY"),
        (with(plain.clone(), &json!({ "org": "unknown" })), 404, "ORG_UNKNOWN"),
        (of_group(json!({ "id": "0F9000000000XyZ" })), 404, "GROUP_NOT_FOUND"),
        (with(plain.clone(), &json!({ "project": { "id": "P-closed" } })), 409, "PROJECT_CLOSED"),
        (in_group("Everybody"), 409, "GROUP_NOT_PRIVATE"),
        (of_group(json!({ "id": hidden })), 409, "GROUP_NOT_PRIVATE"),
        (in_group("STAFF"), 409, "GROUP_DISALLOWS_CUSTOMERS"),
        (in_group("Past"), 409, "GROUP_ARCHIVED"),
    ] {
        let refused = refused(&world, &asked).await;
        assert_eq!(
            (refused.status, refused.code.as_str(), refused.retry_after),
            (status, code, None),
            "{asked}"
        );
    }
    assert_eq!(table(&world).await, before);
    assert_eq!(org.groups(), groups);
    assert_eq!(org.writes(), []);
}

#[tokio::test]
async fn an_org_that_does_not_allow_customer_invitations_refuses_before_a_group_is_made() {
    let world = world_with_org(|options| options.settings.customer_invitations = false).await;

    let refused = refused(&world, &request("P-1", "Acme", "ana@acme.example")).await;

    assert_eq!((refused.status, refused.code.as_str()), (409, "CUSTOMER_INVITATIONS_OFF"));
    assert!(refused.fix.contains("Chatter Settings"), "{}", refused.fix);
    assert_eq!(world.org().writes(), []);
}

#[tokio::test]
async fn a_switch_that_an_admin_turns_on_is_seen_at_once() {
    let world = world_with_org(|options| options.settings.customer_invitations = false).await;
    let asked = request("P-1", "Acme", "ana@acme.example");
    assert_eq!(refused(&world, &asked).await.code, "CUSTOMER_INVITATIONS_OFF");

    world.org().change_settings(|settings| settings.customer_invitations = true);

    assert_eq!(post(&world, &asked).await.0, 200);
}

#[tokio::test]
async fn who_is_not_let_in_is_told_which_setting_to_look_at() {
    let world = world().await;
    for (refusal, setting) in [
        (
            SignInRefusal::new("invalid_grant", "user hasn't approved this consumer"),
            "Permitted Users",
        ),
        (SignInRefusal::new("invalid_grant", "audience is invalid"), "audience"),
        (SignInRefusal::new("invalid_client_id", "client identifier invalid"), "clientId"),
        (SignInRefusal::new("app_not_found", "External client app is not found"), "My Domain"),
        (SignInRefusal::new("invalid_app_access", "user is not admin approved"), "permission set"),
    ] {
        world.org().refuse_sign_in(Some(refusal));
        let refused = refused(&world, &request("P-1", "Acme", "ana@acme.example")).await;
        assert_eq!((refused.status, refused.code.as_str()), (502, "SALESFORCE_SIGN_IN_REFUSED"));
        assert!(refused.fix.contains(setting), "{setting}: {}", refused.fix);
    }
}

#[tokio::test]
async fn a_salesforce_that_does_not_answer_says_when_to_come_again() {
    let world = world().await;
    let asked = request("P-1", "Acme", "ana@acme.example");
    world.org().add_fault(Fault::always(FaultKind::DropBefore));
    let refused_now = refused(&world, &asked).await;
    assert_eq!((refused_now.status, refused_now.code.as_str()), (503, "SALESFORCE_UNAVAILABLE"));
    assert_eq!(refused_now.retry_after.as_deref(), Some("30"));

    world.org().clear_faults();
    assert_eq!(post(&world, &asked).await.0, 200);
}

#[tokio::test]
async fn a_used_up_daily_allowance_asks_for_an_hour() {
    let world = world().await;
    let asked = request("P-1", "Acme", "ana@acme.example");
    world.org().set_api_limit(0);
    let refused_now = refused(&world, &asked).await;
    assert_eq!((refused_now.status, refused_now.code.as_str()), (503, "SALESFORCE_UNAVAILABLE"));
    assert_eq!(refused_now.retry_after.as_deref(), Some("3600"));

    world.org().set_api_limit(15_000);
    world.pass(SignedDuration::from_hours(1));
    assert_eq!(post(&world, &asked).await.0, 200);
}

#[tokio::test]
async fn a_ledger_that_does_not_answer_lets_nobody_in() {
    let world = world().await;
    lose_ledger(&world).await;

    let refused = refused(&world, &request("P-1", "Acme", "ana@acme.example")).await;

    assert_eq!((refused.status, refused.code.as_str()), (503, "LEDGER_UNAVAILABLE"));
    assert_eq!(refused.retry_after.as_deref(), Some("5"));
    assert_eq!(world.org().mails(), []);
}

struct Refused {
    status: u64,
    code: String,
    fix: String,
    retry_after: Option<String>,
}

/// Posts a request that is refused as a whole.
async fn refused(world: &World, request: &Value) -> Refused {
    let (status, body, retry_after) = post(world, request).await;
    let error = &body["error"];
    assert!(error.is_object() && body.as_object().is_some_and(|body| body.len() == 1), "{body}");
    assert!(!text(&error["message"]).is_empty() && !text(&error["fix"]).is_empty(), "{body}");
    Refused { status, code: text(&error["code"]), fix: text(&error["fix"]), retry_after }
}
