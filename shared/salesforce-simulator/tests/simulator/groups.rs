//! `CollaborationGroup` and `CollaborationGroupMember`.

use salesforce_simulator::{Licence, MailKind, NewGroup, NewUser};
use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn a_group_is_created_with_its_owner_as_first_member() {
    let world = World::start().await;
    let body = json!({
        "Name": " Acme ",
        "CollaborationType": "Private",
        "CanHaveGuests": true,
        "Description": "x".repeat(1000),
    });

    let id = world.post("/sobjects/CollaborationGroup", body).await.id();

    let group = world.org.group_by_name("acme").unwrap();
    assert_eq!((group.id.as_str(), group.name.as_str()), (id.as_str(), "Acme"));
    assert!(group.can_have_guests && !group.is_archived);
    let members = world.org.members();
    assert_eq!(members.len(), 1);
    assert_eq!((&members[0].user_id, members[0].role.as_str()), (&group.owner_id, "Admin"));
    assert!(world.org.mails().is_empty());
}

#[tokio::test]
async fn a_group_that_breaks_a_rule_is_refused() {
    let world = World::start().await;
    world.group("Taken");
    world.org.add_group(&NewGroup::unlisted("Hidden")).unwrap();
    let inactive = world.org.add_user(NewUser::internal("bo@corp.example").inactive()).unwrap();
    let customer = world.customer("ana@acme.example");
    for (change, code) in [
        (json!({ "Name": "x".repeat(41) }), "STRING_TOO_LONG"),
        (json!({ "Name": " " }), "REQUIRED_FIELD_MISSING"),
        (json!({ "Name": null }), "REQUIRED_FIELD_MISSING"),
        (json!({ "Name": 5 }), "JSON_PARSER_ERROR"),
        (json!({ "Name": "TAKEN" }), "DUPLICATE_VALUE"),
        (json!({ "CollaborationType": "Secret" }), "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        (
            json!({ "CollaborationType": "Public", "CanHaveGuests": true }),
            "FIELD_INTEGRITY_EXCEPTION",
        ),
        (
            json!({ "CollaborationType": "Unlisted", "CanHaveGuests": true }),
            "FIELD_INTEGRITY_EXCEPTION",
        ),
        (json!({ "CanHaveGuests": "yes" }), "JSON_PARSER_ERROR"),
        (json!({ "Nope": 1 }), "INVALID_FIELD"),
        (json!({ "NetworkId": null }), "INVALID_FIELD"),
        (json!({ "MemberCount": 1 }), "INVALID_FIELD_FOR_INSERT_UPDATE"),
        (json!({ "Id": "0F9000000000001" }), "INVALID_FIELD_FOR_INSERT_UPDATE"),
        (json!({ "OwnerId": "me" }), "MALFORMED_ID"),
        (json!({ "OwnerId": "0F9000000000001" }), "MALFORMED_ID"),
        (json!({ "OwnerId": "005000000000001" }), "INVALID_CROSS_REFERENCE_KEY"),
        (json!({ "OwnerId": inactive }), "INACTIVE_OWNER_OR_USER"),
        (json!({ "OwnerId": customer }), "FIELD_INTEGRITY_EXCEPTION"),
        (json!({ "Description": "x".repeat(1001) }), "STRING_TOO_LONG"),
    ] {
        let mut body = json!({ "Name": "New", "CollaborationType": "Private" });
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let reply = world.post("/sobjects/CollaborationGroup", body).await;
        assert_eq!(reply.refusal(), (400, code), "{change}");
    }
    let typeless = world.post("/sobjects/CollaborationGroup", json!({ "Name": "New" })).await;
    assert_eq!(typeless.refusal(), (400, "REQUIRED_FIELD_MISSING"));
    assert_eq!(typeless.body[0]["fields"], json!(["CollaborationType"]));
    assert_eq!(world.org.groups().len(), 2);
    let namesake = NewGroup::private("Hidden");
    assert!(world.org.add_group(&namesake).is_ok(), "unlisted names may occur again");
}

#[tokio::test]
async fn allowing_customers_is_for_private_groups_and_for_ever() {
    let world = World::start().await;
    let private = world.org.add_group(&NewGroup::private("Private")).unwrap();
    let public = world.org.add_group(&NewGroup::public("Public")).unwrap();
    let patch = async |id: &str, body: Value| {
        world.patch(&format!("/sobjects/CollaborationGroup/{id}"), body).await
    };

    let refused = patch(&public, json!({ "CanHaveGuests": true })).await;
    assert_eq!(refused.refusal(), (400, "FIELD_INTEGRITY_EXCEPTION"));
    let allowed = patch(&private, json!({ "CanHaveGuests": true })).await;
    assert_eq!((allowed.status, allowed.text.as_str()), (204, ""));
    for change in [
        json!({ "CanHaveGuests": false }),
        json!({ "CollaborationType": "Public" }),
        json!({ "CollaborationType": "Unlisted" }),
    ] {
        let refused = patch(&private, change).await;
        assert_eq!(refused.refusal(), (400, "FIELD_INTEGRITY_EXCEPTION"));
    }
    assert_eq!(patch(&private, json!({ "Name": "PUBLIC" })).await.refusal().1, "DUPLICATE_VALUE");
    assert_eq!(patch(&private, json!({ "Name": "private" })).await.status, 204);
    assert_eq!(patch(&private, json!({ "IsArchived": true })).await.status, 204);
    let group = world.org.group_by_name("Private").unwrap();
    assert!(group.can_have_guests && group.is_archived);
    assert_eq!(group.collaboration_type, "Private");
}

#[tokio::test]
async fn a_user_of_the_org_is_added_with_a_mail_and_promoted_without_one() {
    let world = World::start().await;
    let group = world.group("Acme");
    let ana = world.customer("ana@acme.example");

    let member = world.join(&group, &ana).await.id();

    let mails = world.org.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!((mails[0].kind, mails[0].to.as_str()), (MailKind::Added, "ana@acme.example"));
    assert_eq!(world.org.member("Acme", "ana@acme.example").unwrap().role, "Standard");
    let path = format!("/sobjects/CollaborationGroupMember/{member}");
    assert_eq!(world.patch(&path, json!({ "CollaborationRole": "Admin" })).await.status, 204);
    assert_eq!(world.org.member("Acme", "ana@acme.example").unwrap().role, "Admin");
    let owner = world.patch(&path, json!({ "CollaborationRole": "Owner" })).await;
    assert_eq!(owner.refusal().1, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST");
    let moved = world.patch(&path, json!({ "MemberId": ana })).await;
    assert_eq!(moved.refusal().1, "INVALID_FIELD_FOR_INSERT_UPDATE");
    let soql = format!(
        "SELECT Id, CollaborationRole, Member.Email, Member.IsActive, CollaborationGroup.Name, \
         CollaborationGroup.CanHaveGuests FROM CollaborationGroupMember \
         WHERE CollaborationGroupId = '{group}' AND MemberId IN ('{ana}')"
    );
    let found = world.records(&soql).await;
    assert_eq!(found[0]["Member"]["Email"], "ana@acme.example");
    assert_eq!(found[0]["CollaborationGroup"]["CanHaveGuests"], true);
    assert_eq!(world.delete(&path).await.status, 204);
    assert_eq!(world.delete(&path).await.refusal(), (404, "ENTITY_IS_DELETED"));
    assert!(!world.org.is_member("Acme", "ana@acme.example"));
    assert_eq!(world.org.mails().len(), 1);
}

#[tokio::test]
async fn a_membership_that_breaks_a_rule_is_refused() {
    let world = World::start().await;
    let group = world.group("Acme");
    let closed = world.org.add_group(&NewGroup::private("Closed")).unwrap();
    let ana = world.customer("ana@acme.example");
    let inactive = world.org.add_user(NewUser::customer("bo@acme.example").inactive()).unwrap();
    world.join(&group, &ana).await.id();

    let code = async |group: &str, user: &str| world.join(group, user).await.refusal().1.to_owned();

    assert_eq!(code(&group, &ana).await, "DUPLICATE_VALUE");
    assert_eq!(code(&closed, &ana).await, "FIELD_INTEGRITY_EXCEPTION");
    assert_eq!(code(&group, &inactive).await, "INACTIVE_OWNER_OR_USER");
    assert_eq!(code("0F9000000000001", &ana).await, "INVALID_CROSS_REFERENCE_KEY");
    assert_eq!(code(&group, "005000000000001").await, "INVALID_CROSS_REFERENCE_KEY");
    assert_eq!(code(&ana, &group).await, "MALFORMED_ID");
    let owner = world.org.members()[0].id.clone();
    let leave = world.delete(&format!("/sobjects/CollaborationGroupMember/{owner}")).await;
    assert_eq!(leave.refusal().1, "FIELD_INTEGRITY_EXCEPTION");
    assert_eq!(
        world.delete("/sobjects/CollaborationGroupMember/0FB000000000001").await.status,
        404
    );
    world.org.change_rules(|rules| rules.maximum_members = Some(2));
    let cy = world.customer("cy@acme.example");
    let full = world.join(&group, &cy).await;
    assert_eq!(full.refusal(), (400, "LIMIT_EXCEEDED"));
    assert!(full.body[0]["message"].as_str().unwrap().contains("full"));
}

#[tokio::test]
async fn a_user_can_be_in_three_hundred_groups_without_the_archived_ones() {
    let world = World::start().await;
    let ana = world.customer("ana@acme.example");
    for number in 0..300 {
        let group = world.group(&format!("group {number}"));
        world.org.add_member(&group, &ana, "Standard").unwrap();
    }
    let last = world.group("last");
    assert_eq!(world.join(&last, &ana).await.refusal(), (400, "LIMIT_EXCEEDED"));
    world.org.set_archived("group 7", true).unwrap();
    assert_eq!(world.join(&last, &ana).await.status, 201);
}

#[tokio::test]
async fn without_being_an_administrator_only_own_groups_can_be_managed() {
    let world = World::start().await;
    world.org.add_user(NewUser::internal("kim@corp.example")).unwrap();
    let own = world.group("Own");
    let other = NewGroup::for_customers("Other").owner("kim@corp.example");
    let other = world.org.add_group(&other).unwrap();
    let ana = world.customer("ana@acme.example");
    world.org.change_settings(|settings| settings.administrator = false);

    assert_eq!(world.join(&own, &ana).await.status, 201);
    assert_eq!(world.join(&other, &ana).await.refusal(), (403, "INSUFFICIENT_ACCESS_OR_READONLY"));
    let invited = world.invite(&other, "new@acme.example").await;
    assert_eq!(invited.refusal(), (403, "INSUFFICIENT_ACCESS_OR_READONLY"));
    let user = world.patch(&format!("/sobjects/User/{ana}"), json!({ "IsActive": false })).await;
    assert_eq!(user.refusal(), (403, "INSUFFICIENT_ACCESS_OR_READONLY"));
    world.org.add_member("Other", "integration@corp.example", "Admin").unwrap();
    assert_eq!(world.join(&other, &ana).await.status, 201);
}

#[tokio::test]
async fn deleting_a_group_takes_its_memberships_and_invitations_along() {
    let world = World::start().await;
    let group = world.group("Acme");
    world.invite(&group, "ana@acme.example").await.id();
    let deleted = world.delete(&format!("/sobjects/CollaborationGroup/{group}")).await;
    assert_eq!(deleted.status, 204);
    assert!(world.org.members().is_empty() && world.org.invitations().is_empty());
    let join = world.join(&group, &world.customer("bo@acme.example")).await;
    assert_eq!(join.refusal().1, "INVALID_CROSS_REFERENCE_KEY");
}

#[tokio::test]
async fn the_connect_call_says_of_each_address_what_became_of_it() {
    let world = World::start().await;
    let group = world.group("Acme");
    let ana = world.customer("ana@acme.example");
    let kim = NewUser::with_licence("kim@corp.example", Licence::ChatterFree);
    let kim = world.org.add_user(kim).unwrap();
    world.org.add_user(NewUser::customer("off@acme.example").inactive()).unwrap();
    world.org.add_member(&group, &ana, "Standard").unwrap();
    world.org.clear_log();
    let path = format!("/chatter/groups/group/{group}/invite");
    let emails = ["ana@acme.example", "kim@corp.example", "o'x@acme.example", "off@acme.example"];
    let body = json!({ "invitees": { "emails": emails }, "message": "Join" });

    let reply = world.post(&path, body.clone()).await;

    assert_eq!((reply.status, reply.usage()), (201, None));
    let expected = json!([
        { "email": "ana@acme.example", "status": "NoActionNeededUser", "userId": ana },
        { "email": "kim@corp.example", "status": "ActedUponUser", "userId": kim },
        { "email": "o&#39;x@acme.example", "status": "Invited", "userId": "" },
        {
            "email": "off@acme.example",
            "status": "Unhandled",
            "userId": world.org.user_by_email("off@acme.example").unwrap().id,
        },
    ]);
    assert_eq!(reply.body["invitations"], expected);
    let kinds: Vec<_> = world.org.mails().into_iter().map(|mail| mail.kind).collect();
    assert_eq!(kinds, [MailKind::Added, MailKind::Invitation]);
    assert_eq!(world.org.open_invitations("o'x@acme.example").len(), 1);
    assert_eq!(world.org.api_usage(), 0);
    let raw = world.request(reqwest::Method::POST, &path).json(&body);
    let raw = crate::world::send(raw.header("X-Chatter-Entity-Encoding", "false")).await;
    assert_eq!(raw.body["invitations"][2]["email"], "o'x@acme.example");
    world.org.change_rules(|rules| rules.maximum_members = Some(3));
    world.customer("di@acme.example");
    let full = json!({ "invitees": { "emails": ["di@acme.example"] } });
    let full = world.post(&path, full).await;
    assert_eq!(full.body["invitations"][0]["status"], "MaxedOutUsers");
    let wrong = world.post("/chatter/groups/group/me/invite", body).await;
    assert_eq!(wrong.refusal(), (400, "INVALID_ID_FIELD"));
}
