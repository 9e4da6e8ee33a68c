//! The admin's side over HTTP, and the call log.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Reply, World, send};

async fn admin(world: &World, method: Method, path: &str, body: Value) -> Reply {
    let url = format!("{}/simulator{path}", world.simulator.url());
    send(world.http.request(method, url).json(&body)).await
}

#[tokio::test]
async fn a_whole_life_can_be_played_by_hand() {
    let world = World::start().await;
    let post = async |path: &str, body: Value| {
        let reply = admin(&world, Method::POST, path, body).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text);
        reply.body
    };
    let get = async |path: &str| admin(&world, Method::GET, path, Value::Null).await.body;

    post("/groups", json!({ "name": "Acme", "canHaveGuests": true })).await;
    post("/invitations", json!({ "group": "Acme", "email": "ana@acme.example" })).await;
    post("/accept", json!({ "group": "Acme", "email": "ana@acme.example" })).await;
    let place = json!({ "group": "Acme", "user": "ana@acme.example", "role": "Admin" });
    post("/members/role", place.clone()).await;
    assert_eq!(world.org.member("Acme", "ana@acme.example").unwrap().role, "Admin");
    assert_eq!(get("/mails").await[0]["kind"], "invitation");
    assert_eq!(admin(&world, Method::DELETE, "/members", place).await.status, 200);
    post("/users/frozen", json!({ "user": "ana@acme.example", "value": true })).await;
    post("/users/active", json!({ "user": "ana@acme.example", "value": false })).await;
    let users = get("/users").await;
    let ana = users.as_array().unwrap().iter().find(|it| it["email"] == "ana@acme.example");
    assert_eq!(ana.unwrap()["isActive"], false);
    assert_eq!(ana.unwrap()["isFrozen"], true);
    post("/users", json!({ "email": "kim@corp.example", "licence": "Salesforce" })).await;
    post("/members", json!({ "group": "Acme", "user": "kim@corp.example" })).await;
    assert_eq!(get("/members").await.as_array().unwrap().len(), 2);
    post("/groups/archived", json!({ "group": "Acme", "value": true })).await;
    post("/groups/name", json!({ "group": "Acme", "name": "Acme 2" })).await;
    let kind = json!({ "group": "Acme 2", "type": "Public" });
    let refused = admin(&world, Method::POST, "/groups/type", kind).await;
    assert_eq!(refused.refusal(), (400, "FIELD_INTEGRITY_EXCEPTION"));
    assert_eq!(get("/groups").await[0]["isArchived"], true);
}

#[tokio::test]
async fn settings_rules_faults_and_logs_are_within_reach() {
    let world = World::start().await;
    let call = async |method: Method, path: &str, body: Value| {
        let reply = admin(&world, method, path, body).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text);
        reply.body
    };
    let change = json!({ "customerInvitations": false, "tooling": "forbidden" });
    let settings = call(Method::PATCH, "/settings", change).await;
    assert_eq!((&settings["tooling"], &settings["viewSetup"]), (&json!("forbidden"), &json!(true)));
    call(Method::PATCH, "/rules", json!({ "maximumMembers": 3 })).await;
    assert_eq!(world.org.rules().maximum_members, Some(3));
    let unknown = admin(&world, Method::PATCH, "/rules", json!({ "nope": 1 })).await;
    assert_eq!(unknown.refusal(), (400, "JSON_PARSER_ERROR"));
    call(Method::POST, "/seats", json!({ "total": 2 })).await;
    call(Method::POST, "/blocks/deactivation", json!({ "message": "no" })).await;
    call(Method::POST, "/api-limit", json!({ "limit": 9 })).await;
    let fault = json!({
        "fault": { "kind": "unavailable", "committed": false, "retryAfter": 3 },
        "matching": { "path": "/limits" },
        "times": 1,
    });
    call(Method::POST, "/faults", fault).await;
    assert_eq!(world.get("/limits").await.status, 503);
    assert_eq!(world.get("/limits").await.usage(), Some("api-usage=1/9"));
    let faults = call(Method::GET, "/faults", Value::Null).await;
    assert_eq!((&faults[0]["hit"], &faults[0]["remaining"]), (&json!(1), &json!(0)));
    let calls = call(Method::GET, "/calls", Value::Null).await;
    assert_eq!((&calls[0]["fault"], &calls[0]["status"]), (&json!("unavailable"), &json!(503)));
    call(Method::DELETE, "/log", Value::Null).await;
    assert_eq!(call(Method::GET, "/writes", Value::Null).await, json!([]));
    let refusal = json!({ "error": "app_not_found", "error_description": "gone" });
    call(Method::POST, "/sign-in-refusal", refusal).await;
    assert_eq!(world.token_for(&world.assertion(|_| {})).await.status, 400);
    call(Method::DELETE, "/sign-in-refusal", Value::Null).await;
    call(Method::POST, "/expire-sessions", Value::Null).await;
    assert_eq!(world.get("/limits").await.status, 401);
    let secret = call(Method::GET, "/secret", Value::Null).await;
    assert_eq!(secret["loginUrl"], world.simulator.url());
    let index = call(Method::GET, "", Value::Null).await;
    assert!(index["calls"].as_array().unwrap().len() > 20);
    assert_eq!(admin(&world, Method::GET, "/nothing", Value::Null).await.status, 404);
}

#[tokio::test]
async fn what_is_hidden_odd_or_late_can_be_made_by_hand() {
    let world = World::start().await;
    let post = async |path: &str, body: Value| {
        let reply = admin(&world, Method::POST, path, body).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text);
        reply.body
    };
    let group = world.group("Acme");
    world.customer("ana@acme.example");
    let first = world.invite(&group, "bo@acme.example").await.id();
    let second = world.invite(&group, "cy@acme.example").await.id();

    let status = json!({ "invitation": second, "status": "Expired" });
    post("/invitations/status", status).await;
    assert_eq!(world.org.invitations()[1].status, "Expired");
    post("/accept", json!({ "invitation": first, "by": "ana@acme.example" })).await;
    let trace =
        json!({ "group": "Acme", "user": "ana@acme.example", "at": "2026-11-01T00:00:00Z" });
    post("/members/feed-access", trace).await;
    let trace = json!({ "user": "ana@acme.example", "at": "2026-11-02T00:00:00Z" });
    post("/users/login", trace).await;
    let soql = "SELECT LastFeedAccessDate, Member.LastLoginDate FROM CollaborationGroupMember \
                WHERE Member.Email = 'ana@acme.example'";
    let member = world.records(soql).await.remove(0);
    assert_eq!(member["LastFeedAccessDate"], "2026-11-01T00:00:00.000+0000");
    assert_eq!(member["Member"]["LastLoginDate"], "2026-11-02T00:00:00.000+0000");
    let hidden = json!({ "user": "ana@acme.example", "value": true });
    post("/users/profile-hidden", hidden.clone()).await;
    let soql = "SELECT Profile.Name FROM User WHERE Email = 'ana@acme.example'";
    assert_eq!(world.records(soql).await[0]["Profile"], Value::Null);
    post("/users/hidden", hidden).await;
    assert!(world.records(soql).await.is_empty());
    let settings =
        admin(&world, Method::PATCH, "/settings", json!({ "viewAllUsers": false })).await;
    assert_eq!(settings.body["viewAllUsers"], false);
    let rules = json!({ "normalisation": "withoutSubAddress", "usedLicencesStale": true });
    let rules = admin(&world, Method::PATCH, "/rules", rules).await;
    assert_eq!(rules.body["normalisation"], "withoutSubAddress");
    world.customer("dee@acme.example");
    let used = "SELECT UsedLicenses FROM UserLicense WHERE Name = 'Chatter External'";
    assert_eq!(world.records(used).await[0]["UsedLicenses"], 1);
    post("/settle", Value::Null).await;
    assert_eq!(world.records(used).await[0]["UsedLicenses"], 2);
    let both = json!({ "invitation": second, "as": "x@acme.example", "by": "ana@acme.example" });
    assert_eq!(admin(&world, Method::POST, "/accept", both).await.status, 400);
}

#[tokio::test]
async fn sign_ins_entrances_and_foreign_calls_are_within_reach() {
    let mut world = World::start().await;
    world.http =
        reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let call = async |method: Method, path: &str, body: Value| {
        let reply = admin(&world, method, path, body).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text);
    };
    let refusal = json!({ "error": "server_error", "error_description": "oh", "status": 500 });
    call(Method::POST, "/sign-in-refusal", refusal).await;
    assert_eq!(world.token_for(&world.assertion(|_| {})).await.status, 500);
    call(Method::DELETE, "/sign-in-refusal", Value::Null).await;
    let certificate = json!({ "pem": include_str!("rotated-demo-key.crt") });
    let before = world.assertion(|_| {});
    call(Method::POST, "/certificate", certificate).await;
    assert_eq!(world.token_for(&before).await.status, 400);
    let wrong = json!({ "pem": "no certificate" });
    assert_eq!(admin(&world, Method::POST, "/certificate", wrong).await.status, 400);
    call(Method::DELETE, "/certificate", Value::Null).await;
    let url = json!({ "url": "https://new.my.example" });
    call(Method::POST, "/instance-url", url).await;
    let token = world.token_for(&world.assertion(|_| {})).await;
    assert_eq!(token.body["instance_url"], "https://new.my.example");
    call(Method::DELETE, "/instance-url", Value::Null).await;
    let redirect =
        json!({ "status": 302, "location": "https://new.my.example", "keepsPath": true });
    let moved = json!({ "entrance": "rest", "redirect": redirect });
    call(Method::POST, "/redirects", moved.clone()).await;
    let reply = world.get("/limits").await;
    assert_eq!(reply.headers["location"], "https://new.my.example/services/data/v66.0/limits");
    assert_eq!(admin(&world, Method::DELETE, "/redirects", moved).await.status, 400);
    call(Method::DELETE, "/redirects", json!({ "entrance": "rest" })).await;
    call(Method::POST, "/foreign-calls", json!({ "count": 41 })).await;
    assert_eq!(world.get("/limits").await.usage(), Some("api-usage=42/15000"));
}

#[tokio::test]
async fn the_call_log_tells_reads_from_writes_and_keeps_no_secret() {
    let world = World::start().await;
    let group = world.group("Acme");
    world.soql("SELECT Id FROM User WHERE Email = 'ana@acme.example'").await;
    world.invite(&group, "ana@acme.example").await.id();
    world.invite(&group, "no address").await;
    world.token_for(&world.assertion(|_| {})).await;

    let calls = world.org.calls();

    let shown: Vec<_> = calls
        .iter()
        .map(|it| (it.method.as_str(), it.objects.join(","), it.write, it.changed, it.status))
        .collect();
    let invitation = || "CollaborationInvitation".to_owned();
    assert_eq!(
        shown,
        [
            ("GET", "User".to_owned(), false, false, Some(200)),
            ("POST", invitation(), true, true, Some(201)),
            ("POST", invitation(), true, false, Some(400)),
            ("POST", String::new(), false, false, Some(200)),
        ]
    );
    assert_eq!(world.org.writes().len(), 2);
    assert_eq!(calls[0].path, "/services/data/v66.0/query");
    let soql = calls[0].soql.as_deref();
    assert_eq!(soql, Some("SELECT Id FROM User WHERE Email = 'ana@acme.example'"));
    assert!(calls[..3].iter().all(|call| call.counted) && !calls[3].counted);
    let log = serde_json::to_string(&calls).unwrap();
    assert!(!log.contains(&world.token) && !log.contains("assertion="));
}

#[tokio::test]
async fn a_page_of_another_site_is_turned_away() {
    let world = World::start().await;
    let url = format!("{}/simulator/expire-sessions", world.simulator.url());
    let ask = || world.http.post(&url);
    let json = ("content-type", "application/json");
    for (request, expected) in [
        (ask().header(json.0, json.1), 200),
        (ask().header(json.0, json.1).header("host", "evil.example"), 403),
        (ask().header(json.0, json.1).header("origin", "http://evil.example"), 403),
        (ask().header("content-type", "text/plain"), 415),
    ] {
        let reply = send(request).await;
        assert_eq!(reply.status, expected, "{}", reply.text);
    }
}
