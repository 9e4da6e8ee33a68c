//! `User`, `UserLogin`, licences, and the org's settings.

use salesforce_simulator::{Licence, NewUser, Tooling};
use serde_json::{Value, json};

use crate::world::{Reply, World};

async fn set_active(world: &World, user: &str, is_active: bool) -> Reply {
    world.patch(&format!("/sobjects/User/{user}"), json!({ "IsActive": is_active })).await
}

#[tokio::test]
async fn deactivation_frees_the_seat_and_keeps_the_memberships() {
    let world = World::start_with(|options| options.seats = 1).await;
    let group = world.group("Acme");
    let ana = world.customer("ana@acme.example");
    world.org.add_member(&group, &ana, "Standard").unwrap();

    assert_eq!(set_active(&world, &ana, false).await.status, 204);

    assert_eq!(world.org.used_seats(), 0);
    assert!(world.org.is_member("Acme", "ana@acme.example"));
    let bo = world.customer("bo@acme.example");
    let refused = set_active(&world, &ana, true).await;
    assert_eq!(refused.refusal(), (400, "LICENSE_LIMIT_EXCEEDED"));
    assert_eq!(set_active(&world, &bo, false).await.status, 204);
    assert_eq!(set_active(&world, &ana, true).await.status, 204);
    world.org.set_seats(0);
    assert_eq!(set_active(&world, &ana, true).await.status, 204, "he is active already");
}

#[tokio::test]
async fn a_validation_rule_blocks_deactivation_of_one_or_of_all() {
    let world = World::start().await;
    let ana = world.customer("ana@acme.example");
    let bo = world.customer("bo@acme.example");

    world.org.block_deactivation(Some("ana@acme.example"), "Ask the owner first").unwrap();

    let refused = set_active(&world, &ana, false).await;
    assert_eq!(refused.refusal(), (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION"));
    assert_eq!(refused.body[0]["message"], "Ask the owner first");
    assert!(world.org.deactivate("ana@acme.example").is_err());
    assert_eq!(set_active(&world, &bo, false).await.status, 204);
    assert_eq!(set_active(&world, &bo, true).await.status, 204);
    world.org.block_deactivation(None, "Nobody leaves").unwrap();
    assert_eq!(set_active(&world, &bo, false).await.body[0]["message"], "Nobody leaves");
    world.org.unblock_deactivation();
    assert_eq!(set_active(&world, &ana, false).await.status, 204);
}

#[tokio::test]
async fn freezing_keeps_the_seat_and_needs_a_login_row() {
    let world = World::start().await;
    let ana = world.customer("ana@acme.example");
    let bare = NewUser::customer("bo@acme.example").without_login_row();
    let bare = world.org.add_user(bare).unwrap();
    let login = async |user: &str| {
        let soql = format!("SELECT Id, UserId, IsFrozen FROM UserLogin WHERE UserId IN ('{user}')");
        world.records(&soql).await
    };
    let row = login(&ana).await.remove(0);
    let path = format!("/sobjects/UserLogin/{}", row["Id"].as_str().unwrap());

    assert_eq!(world.patch(&path, json!({ "IsFrozen": true })).await.status, 204);

    assert_eq!(world.org.user_by_email("ana@acme.example").unwrap().is_frozen, Some(true));
    assert_eq!(world.org.used_seats(), 2);
    assert!(login(&bare).await.is_empty());
    let moved = world.patch(&path, json!({ "UserId": bare })).await;
    assert_eq!(moved.refusal().1, "INVALID_FIELD_FOR_INSERT_UPDATE");
    let locked = world.patch(&path, json!({ "IsPasswordLocked": true })).await;
    assert_eq!(locked.refusal().1, "FIELD_INTEGRITY_EXCEPTION");
    assert_eq!(world.patch(&path, json!({ "IsPasswordLocked": false })).await.status, 204);
    assert_eq!(world.delete(&path).await.refusal().1, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY");
}

#[tokio::test]
async fn users_are_neither_created_nor_deleted_nor_renamed() {
    let world = World::start().await;
    let ana = world.customer("ana@acme.example");
    let path = format!("/sobjects/User/{ana}");
    let unsupported = (400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY");
    assert_eq!(world.delete(&path).await.refusal(), unsupported);
    assert_eq!(world.post("/sobjects/User", json!({})).await.refusal(), unsupported);
    assert_eq!(world.post("/sobjects/UserLicense", json!({})).await.refusal(), unsupported);
    let email = world.patch(&path, json!({ "Email": "x@acme.example" })).await;
    assert_eq!(email.refusal().1, "INVALID_FIELD_FOR_INSERT_UPDATE");
    let unknown = set_active(&world, "005000000000001", false).await;
    assert_eq!(unknown.refusal(), (404, "NOT_FOUND"));
    let null = world.patch(&path, json!({ "IsActive": null })).await;
    assert_eq!(null.refusal().1, "JSON_PARSER_ERROR");
    let me = world.org.user_by_email("integration@corp.example").unwrap().id;
    assert_eq!(set_active(&world, &me, false).await.refusal().1, "CANNOT_DISABLE_LAST_ADMIN");
}

#[tokio::test]
async fn the_stock_users_are_there_from_the_start() {
    for (licence, name) in
        [(Licence::ChatterFree, "Chatter Free"), (Licence::ChatterExternal, "Chatter External")]
    {
        let world = World::start_with(|options| options.stock_user_licence = licence).await;
        let soql = "SELECT Username, Profile.UserLicense.Name, Profile.Name FROM User \
                    WHERE Email = 'noreply@chatter.salesforce.com'";
        let expert = world.records(soql).await.remove(0);
        let username = expert["Username"].as_str().unwrap();
        assert!(username.starts_with("chatty.00D"), "{username}");
        assert!(username.ends_with("@chatter.salesforce.com"), "{username}");
        assert_eq!(expert["Profile"]["UserLicense"]["Name"], name);
        let me = world.org.user_by_email("integration@corp.example").unwrap();
        assert_eq!(me.licence, "Salesforce");
    }
}

#[tokio::test]
async fn settings_are_read_through_the_tooling_api_or_cannot_be() {
    let world = World::start().await;
    let read = async |name: &str| {
        world.get(&format!("/tooling/query/?q=SELECT+Metadata+FROM+{name}")).await
    };

    let chatter = read("ChatterSettings").await;
    assert_eq!((&chatter.body["size"], chatter.usage().is_some()), (&json!(1), true));
    assert_eq!(chatter.body["records"][0]["Metadata"]["enableInviteCsnUsers"], true);
    world.org.change_settings(|settings| {
        settings.customer_invitations = false;
        settings.my_domain_login_only = true;
        settings.single_sign_on = true;
        settings.ip_ranges = true;
    });
    let metadata = async |name: &str| read(name).await.body["records"][0]["Metadata"].clone();
    assert_eq!(metadata("ChatterSettings").await["enableInviteCsnUsers"], false);
    assert_eq!(metadata("MyDomainSettings").await["canOnlyLoginWithMyDomainUrl"], true);
    let security = metadata("SecuritySettings").await;
    assert_eq!(security["singleSignOnSettings"]["enableSamlLogin"], true);
    assert_eq!(security["sessionSettings"]["enforceIpRangesEveryRequest"], true);
    world.org.change_settings(|settings| settings.tooling = Tooling::KeyMissing);
    assert!(metadata("ChatterSettings").await.get("enableInviteCsnUsers").is_none());
    assert_eq!(metadata("ChatterSettings").await["enableChatter"], true);
    world.org.change_settings(|settings| settings.tooling = Tooling::MetadataNull);
    assert_eq!(metadata("ChatterSettings").await, Value::Null);
    world.org.change_settings(|settings| settings.tooling = Tooling::Forbidden);
    assert_eq!(read("ChatterSettings").await.refusal(), (403, "INSUFFICIENT_ACCESS"));
    assert_eq!(read("CaseSettings").await.refusal(), (400, "INVALID_TYPE"));
    let flat = world.get("/tooling/query?q=SELECT+IsChatterEnabled+FROM+ChatterSettings").await;
    assert_eq!(flat.refusal(), (400, "INVALID_FIELD"));
}
