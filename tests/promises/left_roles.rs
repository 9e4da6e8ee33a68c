//! A request that names no role leaves the role of a grant that exists: asking again with `days` alone extends and changes nothing else.

use machinery::doors::post;
use machinery::world::{
    World, customer, grants, invite, join, manager, outcomes, request, seat, sweep, told, with,
    world,
};
use serde_json::{Value, json};

use crate::upstreams::{ask, refused, send, world_of};

const ANA: &str = "ana@acme.example";

#[tokio::test]
async fn days_alone_extend_the_access_of_a_manager_who_stays_one_by_every_door() {
    for door in ["direct", "http", "queue"] {
        let world = world_of(json!({})).await;
        let mut first = request("P-1", "Acme", manager(ANA));
        first["project"]["name"] = json!("Rollout");
        let first = with(first, &json!({ "message": "Welcome", "reason": "joint delivery" }));
        invite(&world, first).await;
        world.org().accept_from("Acme", ANA).unwrap();
        sweep(&world).await;
        let before = only_grant(&world).await;
        world.org().clear_log();

        let longer = with(request("P-1", "Acme", ANA), &json!({ "days": 200 }));
        match door {
            "direct" => assert_eq!(as_manager(&world.invite(longer).await.unwrap()), "updated"),
            "http" => assert_eq!(as_manager(&post(&world, &longer).await.1), "updated"),
            _ => assert!(send(&world, "corp.projects", "Customer Access Requested", &longer).await),
        }

        assert_eq!(seat(&world, ANA), "active in Acme as manager", "{door}");
        assert_eq!(world.org().writes(), [], "{door}");
        let after = only_grant(&world).await;
        assert!(after.expires_at > before.expires_at, "{door}");
        let unchanged = access::Grant {
            expires_at: before.expires_at,
            asked: before.asked.clone(),
            noticed: before.noticed,
            version: before.version,
            head: before.head.clone(),
            ..after
        };
        assert_eq!(unchanged, before, "{door}");
        let told = told(&world, "Customer Access Changed");
        assert_eq!(told[0].detail["changed"], json!(["expiresAt"]), "{door}");
        assert_eq!(told[0].detail["role"], "manager", "{door}");
    }
}

#[tokio::test]
async fn who_is_new_and_named_without_a_role_is_a_member_and_a_role_that_is_named_counts() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    assert_eq!(grants(&world, ANA).await, ["P-1 member active"]);
    for (customers, expected) in [
        (manager(ANA), "active in Acme as manager"),
        (json!([{ "email": ANA, "role": null }]), "active in Acme as manager"),
        (json!(ANA), "active in Acme as manager"),
        (json!([{ "email": ANA, "role": "member" }]), "active in Acme"),
        (json!([{ "email": ANA }, { "email": ANA, "role": "member" }]), "active in Acme"),
    ] {
        invite(&world, request("P-1", "Acme", customers.clone())).await;
        assert_eq!(seat(&world, ANA), expected, "{customers}");
    }
}

#[tokio::test]
async fn an_invitation_that_waits_keeps_its_role_until_it_is_accepted() {
    let world = world().await;
    invite(&world, request("P-1", "Acme", manager(ANA))).await;
    let longer = with(request("P-1", "Acme", ANA), &json!({ "days": 200 }));
    assert_eq!(as_manager(&world.invite(longer).await.unwrap()), "updated");
    world.org().accept_from("Acme", ANA).unwrap();
    sweep(&world).await;
    assert_eq!(seat(&world, ANA), "active in Acme as manager");
}

#[tokio::test]
async fn what_ended_gives_its_role_to_nothing_that_comes_after() {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    invite(&world, request("P-1", "Acme", manager(ANA))).await;
    world.close_project(json!({ "customers": ANA })).await.unwrap();
    world.pass(machinery::world::minutes(20));
    invite(&world, request("P-1", "Acme", ANA)).await;
    assert_eq!(seat(&world, ANA), "active in Acme");
}

#[tokio::test]
async fn a_request_that_is_older_than_one_without_a_role_changes_none() {
    let world = world().await;
    invite(&world, request("P-1", "Acme", manager(ANA))).await;
    world.pass(machinery::world::minutes(10));
    let longer = with(request("P-1", "Acme", ANA), &json!({ "days": 200 }));
    invite(&world, longer).await;
    let older = with(
        request("P-1", "Acme", json!([{ "email": ANA, "role": "member" }])),
        &json!({ "requestedAt": world.now() - machinery::world::minutes(5) }),
    );
    assert_eq!(invite(&world, older.clone()).await, "ana@acme.example superseded");
    let without_role = with(older, &json!({ "customers": ANA }));
    assert_eq!(as_manager(&world.invite(without_role).await.unwrap()), "superseded");
    assert_eq!(grants(&world, ANA).await, ["P-1 manager invited"]);
}

#[tokio::test]
async fn who_may_not_make_managers_keeps_none_for_longer_by_naming_no_role() {
    let world = world_of(json!({ "sources": {
        "corp.projects": {}, "vendor": { "roles": ["member"], "end": "any" },
    } }))
    .await;
    ask(&world, "corp.projects", &request("P-1", "Acme", manager(ANA))).await;
    let before = only_grant(&world).await;
    let longer = with(request("P-1", "Acme", ANA), &json!({ "days": 200 }));
    ask(&world, "vendor", &longer).await;
    assert_eq!(refused(&world), ["SOURCE_NOT_ALLOWED"]);
    assert_eq!(only_grant(&world).await, before);
    // Less may be asked for, whatever the role.
    let sooner = with(request("P-1", "Acme", ANA), &json!({ "days": 2 }));
    ask(&world, "vendor", &sooner).await;
    assert_eq!(refused(&world).len(), 1);
    let after = only_grant(&world).await;
    assert!(after.expires_at < before.expires_at);
    assert_eq!(after.role, access::Role::Manager);
}

#[tokio::test]
async fn who_may_make_managers_only_makes_no_member_and_no_group_by_naming_no_role() {
    let world = world_of(json!({ "sources": { "operator": { "roles": ["manager"] } } })).await;
    let answer = world.invite(request("P-1", "Acme", ANA)).await.unwrap();
    assert_eq!(answer["error"]["code"], "SOURCE_NOT_ALLOWED", "{answer}");
    assert_eq!(world.org().writes(), []);
    assert_eq!(
        invite(&world, request("P-1", "Acme", manager(ANA))).await,
        format!("{ANA} invited")
    );
    let another = request("P-1", "Acme", "bo@acme.example");
    assert_eq!(invite(&world, another).await, "bo@acme.example refused SOURCE_NOT_ALLOWED");
    let longer = with(request("P-1", "Acme", ANA), &json!({ "days": 200 }));
    assert_eq!(invite(&world, longer).await, format!("{ANA} updated"));
}

async fn only_grant(world: &World) -> access::Grant {
    let mut grants = customer(world, ANA).await.grants.into_values();
    let grant = grants.next().expect("a grant");
    assert!(grants.next().is_none(), "there are two");
    grant
}

/// The outcome of an answer about one customer who is a manager.
fn as_manager(answer: &Value) -> String {
    let only = &answer["customers"][0];
    assert_eq!(only["role"], "manager", "{answer}");
    outcomes(answer).replace("ana@acme.example ", "")
}
