//! Asking again is the way to change a grant: the latest request wins.

use machinery::world::{
    close, customer, days, grants, history, invite, join, manager, request, seat, sweep, told,
    with, world,
};
use serde_json::json;

#[tokio::test]
async fn the_latest_request_wins_for_expiry_longer_or_shorter() {
    let world = world().await;
    let asked = request("P-1", "Acme", "ana@acme.example");
    let expiry = async |fields: serde_json::Value| {
        let answer = world.invite(with(asked.clone(), &fields)).await.expect("an answer");
        let customer = &answer["customers"][0];
        format!("{} {}", customer["outcome"], customer["expiresAt"]).replace('"', "")
    };
    assert_eq!(expiry(json!({})).await, "invited 2027-04-04T09:00:00Z");
    assert_eq!(expiry(json!({ "days": 200 })).await, "updated 2027-07-23T09:00:00Z");
    assert_eq!(
        expiry(json!({ "expiresAt": "2027-01-10T00:00:00+01:00" })).await,
        "updated 2027-01-09T23:00:00Z"
    );
    assert_eq!(
        expiry(json!({})).await,
        "unchanged 2027-01-09T23:00:00Z",
        "no expiry named is no change"
    );
    assert_eq!(world.org().mails().len(), 1, "a change sends no second mail");

    let changes: Vec<String> = told(&world, "Customer Access Changed")
        .iter()
        .map(|it| it.detail["changed"].to_string())
        .collect();
    assert_eq!(changes, [r#"["expiresAt"]"#, r#"["expiresAt"]"#]);
}

#[tokio::test]
async fn a_shorter_expiry_is_the_one_that_ends_access() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    let shorter = with(
        request("P-1", "Acme", "ana@acme.example"),
        &json!({ "expiresAt": "2027-01-05T09:00:00Z" }),
    );
    assert_eq!(invite(&world, shorter).await, "ana@acme.example updated");

    world.pass_until("2027-01-05T09:00:00Z".parse().unwrap());
    sweep(&world).await;

    assert_eq!(grants(&world, "ana@acme.example").await, ["P-1 member ended expired proven 0"]);
    assert_eq!(seat(&world, "ana@acme.example"), "inactive");
}

#[tokio::test]
async fn a_role_is_changed_at_once_up_and_down_where_the_customer_has_joined() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;

    let up = request("P-1", "Acme", manager("ana@acme.example"));
    assert_eq!(invite(&world, up).await, "ana@acme.example updated");
    assert_eq!(seat(&world, "ana@acme.example"), "active in Acme as manager");

    let member = json!([{ "email": "ana@acme.example", "role": "member" }]);
    let down = request("P-1", "Acme", member);
    assert_eq!(invite(&world, down).await, "ana@acme.example updated");
    assert_eq!(seat(&world, "ana@acme.example"), "active in Acme");
    assert_eq!(grants(&world, "ana@acme.example").await, ["P-1 member active"]);
}

#[tokio::test]
async fn the_role_of_who_has_not_joined_yet_is_the_one_that_was_asked_for_last() {
    let world = world().await;
    for (email, role, last) in [("ana", "member", "manager"), ("bo", "manager", "member")] {
        let asked = |role| {
            request(
                "P-1",
                "Acme",
                json!([{ "email": format!("{email}@acme.example"), "role": role }]),
            )
        };
        assert!(invite(&world, asked(role)).await.ends_with("invited"));
        assert!(invite(&world, asked(last)).await.ends_with("updated"));
        world.org().accept_from("Acme", &format!("{email}@acme.example")).unwrap();
    }
    sweep(&world).await;
    assert_eq!(seat(&world, "ana@acme.example"), "active in Acme as manager");
    assert_eq!(seat(&world, "bo@acme.example"), "active in Acme");
}

#[tokio::test]
async fn sponsor_and_reason_are_the_latest() {
    let world = world().await;
    let asked = request("P-1", "Acme", "ana@acme.example");
    invite(&world, with(asked.clone(), &json!({ "reason": "joint delivery" }))).await;
    let again = with(asked.clone(), &json!({ "sponsor": "Lee@corp.example", "reason": "support" }));
    assert_eq!(invite(&world, again.clone()).await, "ana@acme.example updated");
    assert_eq!(invite(&world, again).await, "ana@acme.example unchanged");

    let customer = customer(&world, "ana@acme.example").await;
    let grant = customer.grants.values().next().unwrap();
    assert_eq!(
        (grant.sponsor.as_str(), grant.reason.as_deref()),
        ("lee@corp.example", Some("support"))
    );
    let history = history(&world, &grant.id).await;
    let causes: Vec<&str> = history.iter().map(|entry| entry.cause.as_str()).collect();
    // What changes nothing is kept too: an older request that comes later must not count.
    let expected =
        ["request: invited", "invite (live): invite", "request: updated", "request: unchanged"];
    assert_eq!(causes, expected);
}

#[tokio::test]
async fn of_several_live_grants_the_highest_role_counts() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    let asked = request("P-2", "Acme", manager("ana@acme.example"));
    assert_eq!(invite(&world, asked).await, "ana@acme.example added");
    assert_eq!(seat(&world, "ana@acme.example"), "active in Acme as manager");

    // The member's grant asked for again does not take the other's role away.
    let asked = request("P-1", "Acme", "ana@acme.example");
    assert_eq!(invite(&world, asked).await, "ana@acme.example unchanged");
    assert_eq!(seat(&world, "ana@acme.example"), "active in Acme as manager");

    close(&world, "P-2").await;
    sweep(&world).await;
    assert_eq!(
        seat(&world, "ana@acme.example"),
        "active in Acme",
        "the role ends with the grant that gave it"
    );
}

#[tokio::test]
async fn an_ended_grant_is_over_and_asking_again_makes_a_new_one() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    close(&world, "P-1").await;
    assert_eq!(seat(&world, "ana@acme.example"), "inactive");

    assert_eq!(
        invite(&world, request("P-2", "Acme", "ana@acme.example")).await,
        "ana@acme.example reactivated"
    );
    assert_eq!(seat(&world, "ana@acme.example"), "active in Acme");
    assert_eq!(
        grants(&world, "ana@acme.example").await,
        ["P-1 member ended projectClosed proven 0", "P-2 member active"]
    );
    world.pass(days(1));
    sweep(&world).await;
    assert_eq!(
        seat(&world, "ana@acme.example"),
        "active in Acme",
        "the old grant's re-read leaves the new one alone"
    );
}
