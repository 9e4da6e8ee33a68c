//! One Salesforce user who is known under two addresses: whatever is done for one of them spares what the other holds.

use std::collections::BTreeMap;

use access::Policy;
use aws_sdk_dynamodb::types::AttributeValue;
use machinery::world::{
    World, close, closed, customer, days, failed, grants, invite, join, minutes, request, seat,
    sweep, with, world, world_with,
};
use salesforce_simulator::NewGroup;
use serde_json::json;

const ANA: &str = "ana@acme.example";
const NEW: &str = "ana@new.example";

/// Ana has joined Acme for P-1, and her user has another address by now, for which P-2 asks.
async fn asked_twice(group: &str, role: &str) -> (World, String) {
    let world = world().await;
    join(&world, "P-1", "Acme", ANA).await;
    let user = world.org().user_by_email(ANA).expect("she has joined").id;
    world.org().set_email(&user, NEW).expect("her user is known");
    let role = json!([{ "email": NEW, "role": role }]);
    let answer = invite(&world, with(request("P-2", group, NEW), &json!({ "customers": role })));
    assert_eq!(answer.await, format!("{NEW} added"));
    (world, user)
}

#[tokio::test]
async fn what_the_address_holds_that_was_invited_is_spared_by_the_end_of_the_other() {
    for waits in [false, true] {
        for group in ["Acme", "Other"] {
            let (world, user) = asked_twice(group, "member").await;
            if waits {
                world.pass(days(1));
                sweep(&world).await;
            }
            close(&world, "P-2").await;
            assert_eq!(seat(&world, &user), "active in Acme", "{group}, {waits}");
            world.pass(days(1));
            sweep(&world).await;
            assert_eq!(grants(&world, ANA).await, ["P-1 member active"], "{group}, {waits}");
            close(&world, "P-1").await;
            assert_eq!(seat(&world, &user), "inactive", "{group}, {waits}");
        }
    }
}

#[tokio::test]
async fn what_the_address_holds_that_was_asked_for_later_is_spared_by_the_end_of_the_other() {
    for (group, left) in [("Acme", "active in Acme"), ("Other", "active in Other")] {
        let (world, user) = asked_twice(group, "member").await;
        // By now the user has none of the two.
        world.org().set_email(&user, "ana@third.example").unwrap();
        close(&world, "P-1").await;
        assert_eq!(seat(&world, &user), left);
        world.pass(days(1));
        sweep(&world).await;
        assert_eq!(grants(&world, NEW).await, ["P-2 member active"]);
        close(&world, "P-2").await;
        assert_eq!(seat(&world, &user), "inactive");
    }
}

#[tokio::test]
async fn each_address_knows_the_other_once_both_were_looked_at() {
    let (world, user) = asked_twice("Acme", "member").await;
    for (one, other) in [(ANA, NEW), (NEW, ANA)] {
        let aliases = customer(&world, one).await.aliases;
        let aliases: Vec<&str> = aliases.iter().map(access::Email::as_str).collect();
        assert_eq!(aliases, [other]);
    }
    world.org().set_email(&user, "ana@third.example").unwrap();
    let third = request("P-3", "Acme", "ana@third.example");
    assert_eq!(invite(&world, third).await, "ana@third.example added");
    close(&world, "P-3").await;
    close(&world, "P-2").await;
    assert_eq!(seat(&world, &user), "active in Acme");
}

#[tokio::test]
async fn the_higher_role_of_two_addresses_stays_night_after_night() {
    let (world, user) = asked_twice("Acme", "manager").await;
    assert_eq!(seat(&world, &user), "active in Acme as manager");
    for _ in 0..3 {
        world.pass(days(1));
        let report = sweep(&world).await;
        assert_eq!(report["promoted"], 0);
        assert_eq!(seat(&world, &user), "active in Acme as manager");
    }
    // A request for the one does not take from the other.
    let answer = invite(&world, with(request("P-1", "Acme", ANA), &json!({ "days": 30 }))).await;
    assert_eq!(answer, format!("{ANA} updated"));
    assert_eq!(seat(&world, &user), "active in Acme as manager");
    world.pass(minutes(20));
    close(&world, "P-2").await;
    world.pass(days(1));
    sweep(&world).await;
    assert_eq!(seat(&world, &user), "active in Acme", "nobody wants a manager any more");
}

#[tokio::test]
async fn what_is_adopted_under_the_new_address_spares_what_the_other_holds() {
    let policy =
        json!({ "ungoverned": { "adopt": { "days": 20, "sponsor": "kim@corp.example" } } });
    let policy = Policy::from_json(&policy.to_string()).unwrap();
    let world = world_with(|setup| setup.policy = policy).await;
    join(&world, "P-1", "Acme", ANA).await;
    let user = world.org().user_by_email(ANA).expect("she has joined").id;
    world.org().set_email(&user, NEW).expect("her user is known");
    world.org().add_group(&NewGroup::for_customers("Lounge")).unwrap();
    world.org().add_member("Lounge", &user, "Standard").unwrap();
    world.pass(days(1));
    sweep(&world).await;
    assert_eq!(grants(&world, NEW).await, ["ungoverned member active"]);

    assert_eq!(invite(&world, request("P-2", "Acme", NEW)).await, format!("{NEW} added"));
    close(&world, "P-2").await;
    let withdrawn = world.close_project(json!({ "customers": [NEW] })).await;
    withdrawn.expect("it is withdrawn");

    assert_eq!(seat(&world, &user), "active in Acme");
    world.pass(days(1));
    sweep(&world).await;
    assert_eq!(grants(&world, ANA).await, ["P-1 member active"]);
}

#[tokio::test]
async fn a_run_that_meets_the_user_for_the_first_time_learns_of_the_other_address_before_it_acts() {
    for is_close in [true, false] {
        let world = world().await;
        join(&world, "P-1", "Acme", ANA).await;
        let user = world.org().user_by_email(ANA).expect("she has joined").id;
        // What was sent to the new address before the user had it.
        let asked = with(request("P-2", "Acme", NEW), &json!({ "days": 2 }));
        assert_eq!(invite(&world, asked).await, format!("{NEW} invited"));
        world.org().set_email(&user, NEW).expect("her user is known");
        world.org().accept_from("Acme", NEW).unwrap();
        world.pass(days(2));

        if is_close {
            close(&world, "P-2").await;
        } else {
            sweep(&world).await;
        }

        assert_eq!(seat(&world, &user), "active in Acme", "{is_close}");
        world.pass(days(1));
        sweep(&world).await;
        assert_eq!(grants(&world, ANA).await, ["P-1 member active"], "{is_close}");
    }
}

#[tokio::test]
async fn one_request_for_both_addresses_takes_no_role_away() {
    let (world, user) = asked_twice("Acme", "manager").await;
    world.pass(minutes(20));
    let both = request("P-3", "Acme", format!("{ANA} {NEW}"));
    assert_eq!(invite(&world, both).await, format!("{ANA} added, {NEW} added"));
    assert_eq!(seat(&world, &user), "active in Acme as manager");
}

#[tokio::test]
async fn whoever_cannot_be_read_keeps_what_the_other_would_take() {
    let (world, user) = asked_twice("Acme", "member").await;
    world.pass(days(1));
    sweep(&world).await;
    let item = spoil(&world, ANA).await;

    let report = failed(world.close_project(closed(&world, "P-2")).await);

    assert_eq!(report["failures"][0]["code"], "LEDGER_UNREADABLE");
    assert_eq!(seat(&world, &user), "active in Acme");
    assert_eq!(grants(&world, NEW).await, ["P-2 member ending projectClosed"]);
    world
        .dynamodb
        .put_item()
        .table_name(World::TABLE)
        .set_item(Some(item.into_iter().collect()))
        .send()
        .await
        .unwrap();
    world.pass(days(1));
    sweep(&world).await;
    assert_eq!(seat(&world, &user), "active in Acme");
    assert_eq!(grants(&world, NEW).await, ["P-2 member ended projectClosed proven 0"]);
}

/// Makes a customer's record one that no release understands, and gives what it was.
async fn spoil(world: &World, email: &str) -> BTreeMap<String, AttributeValue> {
    let table = machinery::world::table(world).await;
    let is_meant = |item: &&BTreeMap<String, AttributeValue>| {
        item.values().any(|it| it.as_s().is_ok_and(|it| *it == format!("customer#main#{email}")))
    };
    let item = table.iter().find(is_meant).expect("a record").clone();
    let mut spoilt = item.clone();
    spoilt.insert("grants".to_owned(), AttributeValue::S("?".to_owned()));
    let put = world.dynamodb.put_item().table_name(World::TABLE);
    put.set_item(Some(spoilt.into_iter().collect())).send().await.expect("it is written");
    item
}
