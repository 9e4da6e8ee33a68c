//! Numbers that the org shows, and how far they may be from the truth.

use salesforce_simulator::NewUser;
use serde_json::{Value, json};

use crate::world::World;

async fn used(world: &World) -> Value {
    let soql = "SELECT UsedLicenses FROM UserLicense WHERE Name = 'Chatter External'";
    world.records(soql).await[0]["UsedLicenses"].clone()
}

#[tokio::test]
async fn the_number_of_records_alone_is_answered_without_records() {
    let world = World::start_with(|options| options.page_size = 2).await;
    for number in 0..5 {
        world.customer(&format!("c{number}@acme.example"));
    }
    let count = async |rest: &str| world.soql(&format!("SELECT COUNT() FROM User{rest}")).await;

    let all = count("").await;

    assert_eq!(all.body, json!({ "totalSize": 7, "done": true, "records": [] }));
    let some = count(" WHERE Email IN ('c0@acme.example', 'c3@acme.example')").await;
    assert_eq!(some.body["totalSize"], 2);
    assert_eq!(count(" WHERE Email LIKE 'c%' LIMIT 3").await.body["totalSize"], 3);
    assert_eq!(count(" WHERE Email = 'nobody'").await.body["totalSize"], 0);
    assert_eq!(count(" ORDER BY Email").await.refusal(), (400, "MALFORMED_QUERY"));
    assert_eq!(count(" WHERE Nope = 'x'").await.refusal(), (400, "INVALID_FIELD"));
    let settings = world.get("/tooling/query?q=SELECT+COUNT()+FROM+ChatterSettings").await;
    assert_eq!(settings.refusal(), (400, "MALFORMED_QUERY"));
}

#[tokio::test]
async fn used_licences_follow_every_hand_and_hidden_users_count() {
    let world = World::start().await;
    let group = world.group("Acme");
    let both = async |expected: i64| {
        assert_eq!((world.org.used_seats(), used(&world).await), (expected, json!(expected)));
    };
    both(0).await;
    let ana = world.invite(&group, "ana@acme.example").await.id();
    world.org.accept(&ana).unwrap();
    both(1).await;
    world.customer("bo@acme.example");
    world.org.add_user(NewUser::customer("cy@acme.example").inactive()).unwrap();
    world.org.add_user(NewUser::internal("kim@corp.example")).unwrap();
    both(2).await;
    world.org.activate("cy@acme.example").unwrap();
    both(3).await;
    world.org.deactivate("ana@acme.example").unwrap();
    both(2).await;
    world.org.set_frozen("bo@acme.example", true).unwrap();
    world.org.hide_user("bo@acme.example", true).unwrap();
    world.org.hide_profile("cy@acme.example", true).unwrap();
    both(2).await;
    world.org.change_settings(|settings| settings.view_all_users = false);
    both(2).await;
}

#[tokio::test]
async fn used_licences_as_shown_may_be_off_or_old_and_the_truth_is_not() {
    let world = World::start().await;
    world.customer("ana@acme.example");

    world.org.change_rules(|rules| rules.used_licences_offset = -2);
    assert_eq!((world.org.used_seats(), used(&world).await), (1, json!(-1)));
    world.org.change_rules(|rules| {
        rules.used_licences_offset = 0;
        rules.used_licences_stale = true;
    });
    world.customer("bo@acme.example");
    world.customer("cy@acme.example");
    world.org.deactivate("ana@acme.example").unwrap();
    world.org.deactivate("bo@acme.example").unwrap();
    world.org.deactivate("cy@acme.example").unwrap();
    assert_eq!((world.org.used_seats(), used(&world).await), (0, json!(1)));
    world.org.change_rules(|rules| rules.used_licences_offset = 1);
    assert_eq!(used(&world).await, json!(2));
    world.org.settle();
    assert_eq!((world.org.used_seats(), used(&world).await), (0, json!(1)));
    world.org.change_rules(|rules| *rules = salesforce_simulator::Rules::default());
    assert_eq!(used(&world).await, json!(0));
}

#[tokio::test]
async fn the_number_of_members_may_be_null() {
    let world = World::start().await;
    world.group("Acme");
    world.org.change_rules(|rules| rules.member_count_null = true);
    let soql = "SELECT MemberCount FROM CollaborationGroup";
    assert_eq!(world.records(soql).await[0]["MemberCount"], Value::Null);
    let members = world.records("SELECT Id FROM CollaborationGroupMember").await;
    assert_eq!(members.len(), 1);
}
