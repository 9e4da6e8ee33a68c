//! Sign-ins that are refused, pages of regret, and who has used the allocation.

use salesforce_simulator::{Fault, FaultKind, Matching, SignInRefusal};
use serde_json::{Value, json};

use crate::world::{Reply, World};

async fn sign_in(world: &World) -> Reply {
    world.token_for(&world.assertion(|_| {})).await
}

#[tokio::test]
async fn every_refusal_has_its_own_words() {
    let world = World::start().await;
    for (refusal, error, description) in [
        (SignInRefusal::inactive_user(), "invalid_grant", "inactive user"),
        (SignInRefusal::ip_restricted(), "invalid_grant", "ip restricted"),
        (SignInRefusal::invalid_login_hours(), "invalid_grant", "invalid login hours"),
        (SignInRefusal::not_approved(), "invalid_grant", "user hasn't approved this consumer"),
        (SignInRefusal::app_blocked(), "OAUTH_APP_BLOCKED", "this app is blocked by admin"),
        (
            SignInRefusal::app_not_installed(),
            "app_not_found",
            "External client app is not installed in this org",
        ),
        (SignInRefusal::login_rate_exceeded(), "invalid_grant", "login rate exceeded"),
        (SignInRefusal::server_error(), "server_error", "unexpected error"),
        (
            SignInRefusal::new("invalid_grant", "Benutzer inaktiv"),
            "invalid_grant",
            "Benutzer inaktiv",
        ),
    ] {
        world.org.refuse_sign_in(Some(refusal.clone()));
        let reply = sign_in(&world).await;
        let expected = json!({ "error": error, "error_description": description });
        assert_eq!((reply.status, &reply.body), (400, &expected));
        world.org.refuse_sign_in(Some(refusal.with_status(500)));
        let reply = sign_in(&world).await;
        assert_eq!((reply.status, &reply.body), (500, &expected));
    }
    world.org.refuse_sign_in(None);
    assert_eq!(sign_in(&world).await.status, 200);
}

#[tokio::test]
async fn a_maintenance_page_comes_with_any_status_and_nothing_is_done() {
    for status in [200, 503] {
        let world = World::start().await;
        let page = FaultKind::MaintenancePage { status };
        let sign_ins = Matching::path("/services/oauth2/token");
        world.org.add_fault(Fault::once(page.clone()).matching(sign_ins));

        let reply = sign_in(&world).await;

        assert_eq!((reply.status, &reply.body), (status, &Value::Null));
        assert!(reply.text.starts_with("<html>"), "{}", reply.text);
        assert_eq!(reply.headers["content-type"], "text/html;charset=UTF-8");
        assert_eq!(sign_in(&world).await.status, 200);
        world.org.add_fault(Fault::once(page));
        let group = world.group("Acme");
        assert_eq!(world.invite(&group, "ana@acme.example").await.status, status);
        assert!(world.org.invitations().is_empty() && world.org.mails().is_empty());
    }
}

#[tokio::test]
async fn the_limits_header_may_have_an_entry_for_the_app() {
    let world = World::start_with(|options| options.rules.per_app_usage = true).await;
    world.org.add_foreign_calls(14_883);
    for _ in 0..16 {
        world.get("/limits").await;
    }

    let reply = world.get("/limits").await;

    let expected = "api-usage=14900/15000; per-app-api-usage=17/250(appName=lanyard)";
    assert_eq!(reply.usage(), Some(expected));
    assert_eq!(world.org.api_usage(), 14_900);
    world.org.add_foreign_calls(100);
    assert_eq!(world.get("/limits").await.refusal(), (403, "REQUEST_LIMIT_EXCEEDED"));
    world.pass(jiff::SignedDuration::from_hours(25));
    assert_eq!(world.org.api_usage(), 15_000, "until the next call");
    world.org.change_rules(|rules| rules.per_app_usage = false);
    let mut world = world;
    world.sign_in().await;
    assert_eq!(world.get("/limits").await.usage(), Some("api-usage=1/15000"));
}
