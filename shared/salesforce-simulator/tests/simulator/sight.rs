//! What the integration user does not see, while it is there.

use salesforce_simulator::NewUser;
use serde_json::{Value, json};

use crate::world::World;

const USERS: &str = "SELECT Email FROM User WHERE Email LIKE '%.example' ORDER BY Email";
const MEMBERS: &str = "SELECT MemberId, Member.Email, Member.Profile.UserLicense.Name \
                       FROM CollaborationGroupMember ORDER BY CreatedDate, Id";

async fn emails(world: &World) -> Vec<String> {
    let found = world.records(USERS).await;
    found.iter().map(|it| it["Email"].as_str().expect("text").to_owned()).collect()
}

/// A group of the integration user with the customers Ana and Bo.
async fn acme() -> World {
    let world = World::start().await;
    world.group("Acme");
    for email in ["ana@acme.example", "bo@acme.example"] {
        world.customer(email);
        world.org.add_member("Acme", email, "Standard").expect("a free place");
    }
    world
}

#[tokio::test]
async fn without_view_all_users_no_customer_has_a_row_and_members_read_null() {
    let world = acme().await;
    world.org.add_user(NewUser::internal("kim@corp.example")).unwrap();
    let ana = world.org.user_by_email("ana@acme.example").unwrap().id;
    assert_eq!(emails(&world).await.len(), 4);

    world.org.change_settings(|settings| settings.view_all_users = false);

    assert_eq!(emails(&world).await, ["integration@corp.example", "kim@corp.example"]);
    let members = world.records(MEMBERS).await;
    assert_eq!((members.len(), &members[1]["MemberId"]), (3, &json!(ana)));
    assert_eq!(members[0]["Member"]["Email"], "integration@corp.example");
    assert_eq!((&members[1]["Member"], &members[2]["Member"]), (&Value::Null, &Value::Null));
    for (condition, expected) in [
        ("Member.Email = 'ana@acme.example'", 0),
        ("Member.IsActive = true", 1),
        ("Member.IsActive = false", 0),
        ("Member.Profile.UserLicense.Name = 'Chatter External'", 0),
        ("Member.Email = null", 2),
        ("Member.Email != 'ana@acme.example'", 3),
    ] {
        let soql = format!("SELECT COUNT() FROM CollaborationGroupMember WHERE {condition}");
        assert_eq!(world.soql(&soql).await.body["totalSize"], expected, "{condition}");
    }
    let logins = world.records("SELECT UserId FROM UserLogin").await;
    assert!(logins.iter().all(|login| login["UserId"] != json!(ana)));
    assert_eq!(world.get(&format!("/sobjects/User/{ana}")).await.refusal(), (404, "NOT_FOUND"));
    assert_eq!(world.org.users().len(), 5, "the admin sees them all");
    assert!(world.org.is_member("Acme", "ana@acme.example"));
    let seats = "SELECT UsedLicenses FROM UserLicense WHERE Name = 'Chatter External'";
    assert_eq!(world.records(seats).await[0]["UsedLicenses"], 2);
    world.org.change_settings(|settings| settings.view_all_users = true);
    assert_eq!(emails(&world).await.len(), 4);
}

#[tokio::test]
async fn one_user_is_hidden_and_shown_again() {
    let world = acme().await;

    world.org.hide_user("ana@acme.example", true).unwrap();

    assert_eq!(emails(&world).await, ["bo@acme.example", "integration@corp.example"]);
    let members = world.records(MEMBERS).await;
    assert_eq!(members[1]["Member"], Value::Null);
    assert_eq!(members[2]["Member"]["Email"], "bo@acme.example");
    assert_eq!(world.org.user_by_email("ana@acme.example").unwrap().is_frozen, Some(false));
    world.org.hide_user("ana@acme.example", false).unwrap();
    assert_eq!(emails(&world).await.len(), 3);
    world.org.hide_user("integration@corp.example", true).unwrap();
    assert_eq!(emails(&world).await.len(), 3, "everybody sees himself");
    assert!(world.org.hide_user("cy@acme.example", true).is_err());
}

#[tokio::test]
async fn what_is_not_seen_cannot_be_changed_but_the_membership_can_be_taken_away() {
    let world = acme().await;
    let ana = world.org.user_by_email("ana@acme.example").unwrap().id;
    let beta = world.group("Beta");
    let login = format!("SELECT Id FROM UserLogin WHERE UserId = '{ana}'");
    let login = world.records(&login).await[0]["Id"].as_str().unwrap().to_owned();
    let member = world.org.member("Acme", &ana).unwrap().id;
    world.org.hide_user("ana@acme.example", true).unwrap();

    let path = format!("/sobjects/User/{ana}");
    let refused = world.patch(&path, json!({ "IsActive": false })).await;
    assert_eq!(refused.refusal(), (403, "INSUFFICIENT_ACCESS_OR_READONLY"));
    let path = format!("/sobjects/UserLogin/{login}");
    let refused = world.patch(&path, json!({ "IsFrozen": true })).await;
    assert_eq!(refused.refusal(), (403, "INSUFFICIENT_ACCESS_OR_READONLY"));
    let refused = world.join(&beta, &ana).await;
    assert_eq!(refused.refusal(), (400, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"));
    let refused = world.invite(&beta, "ana@acme.example").await;
    assert_eq!(refused.refusal(), (400, "FIELD_INTEGRITY_EXCEPTION"), "the org knows him");
    let path = format!("/sobjects/CollaborationGroupMember/{member}");
    assert_eq!(world.delete(&path).await.status, 204);
    assert!(!world.org.is_member("Acme", "ana@acme.example"));
}

#[tokio::test]
async fn a_profile_or_its_licence_reads_null() {
    let world = acme().await;
    let soql = "SELECT Email, ProfileId, Profile.UserLicense.Name FROM User \
                WHERE Email LIKE '%@acme.example' ORDER BY Email";
    let customers = "SELECT Email FROM User WHERE Profile.UserLicense.Name = 'Chatter External'";

    world.org.hide_profile("ana@acme.example", true).unwrap();

    let users = world.records(soql).await;
    assert!(users[0]["ProfileId"].is_string());
    assert_eq!(users[0]["Profile"], Value::Null);
    assert_eq!(users[1]["Profile"]["UserLicense"]["Name"], "Chatter External");
    assert_eq!(world.records(customers).await.len(), 1);
    assert_eq!(world.records(MEMBERS).await[1]["Member"]["Profile"], Value::Null);
    assert_eq!(world.org.user_by_email("ana@acme.example").unwrap().licence, "Chatter External");
    world.org.hide_profile("ana@acme.example", false).unwrap();
    assert_eq!(world.records(customers).await.len(), 2);

    world.org.change_rules(|rules| rules.profile_licence_null = true);

    let users = world.records(soql).await;
    assert!(users[1]["Profile"].is_object());
    assert_eq!(users[1]["Profile"]["UserLicense"], Value::Null);
    assert_eq!(world.records(customers).await.len(), 0);
    assert_eq!(world.org.used_seats(), 2);
}

#[tokio::test]
async fn of_a_hidden_group_nothing_is_shown_or_written_and_it_is_there() {
    let world = acme().await;
    let group = world.org.group_by_name("Acme").unwrap().id;
    let invitation = world.org.add_invitation("Acme", "cy@acme.example").unwrap();
    let grouped = format!(
        "SELECT CollaborationGroupId FROM CollaborationGroupMember \
         WHERE CollaborationGroupId IN ('{group}') GROUP BY CollaborationGroupId"
    );
    let shown =
        json!([{ "attributes": { "type": "AggregateResult" }, "CollaborationGroupId": group }]);
    assert_eq!(json!(world.records(&grouped).await), shown, "three members, and one row");

    world.org.hide_group("Acme", true).unwrap();

    for soql in [
        "SELECT Id FROM CollaborationGroup",
        "SELECT Id FROM CollaborationGroupMember",
        "SELECT Id FROM CollaborationInvitation",
        grouped.as_str(),
    ] {
        assert_eq!(world.records(soql).await, Vec::<Value>::new(), "{soql}");
    }
    for path in [
        format!("/sobjects/CollaborationGroup/{group}"),
        format!("/sobjects/CollaborationInvitation/{invitation}"),
    ] {
        assert_eq!(world.get(&path).await.refusal(), (404, "NOT_FOUND"), "{path}");
        assert_eq!(world.delete(&path).await.refusal(), (404, "NOT_FOUND"), "{path}");
    }
    assert!(world.org.is_member("Acme", "ana@acme.example"));
    assert_eq!(world.org.open_invitations("cy@acme.example").len(), 1);

    world.org.hide_group("Acme", false).unwrap();
    world.org.hide_invitation(&invitation, true).unwrap();
    assert_eq!(world.records("SELECT Id FROM CollaborationInvitation").await.len(), 0);
    assert_eq!(world.records(&grouped).await.len(), 1);
    world.org.delete_group("Acme").unwrap();
    let path = format!("/sobjects/CollaborationGroup/{group}");
    assert_eq!(world.get(&path).await.refusal(), (404, "ENTITY_IS_DELETED"));
}
