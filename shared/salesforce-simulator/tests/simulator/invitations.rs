//! `CollaborationInvitation`, and what customers do with it.

use jiff::SignedDuration;
use salesforce_simulator::{MailKind, NewGroup, NewUser, Refusal};
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn an_invitation_is_sent_accepted_and_makes_a_customer() {
    let world = World::start().await;
    let group = world.group("Acme");
    let body = json!({
        "SharedEntityId": &group[..15],
        "InvitedUserEmail": "Ana@Acme.example",
        "OptionalMessage": "Join us",
    });

    let id = world.post("/sobjects/CollaborationInvitation", body).await.id();

    let mails = world.org.mails();
    assert_eq!((mails.len(), mails[0].kind), (1, MailKind::Invitation));
    assert_eq!((mails[0].to.as_str(), mails[0].group.as_str()), ("ana@acme.example", "Acme"));
    assert_eq!(mails[0].message.as_deref(), Some("Join us"));
    let soql = "SELECT Id, SharedEntityId, InvitedUserEmail, InvitedUserEmailNormalized, ParentId, \
                Status, CreatedDate FROM CollaborationInvitation \
                WHERE InvitedUserEmailNormalized IN ('ana@acme.example') AND Status = 'Sent'";
    let found = world.records(soql).await;
    assert_eq!((&found[0]["Id"], &found[0]["SharedEntityId"]), (&json!(id), &json!(group)));
    assert_eq!(found[0]["InvitedUserEmail"], "Ana@Acme.example");

    world.org.accept(&id).unwrap();

    assert_eq!(world.org.invitations()[0].status, "Accepted");
    let ana = world.org.user_by_email("ana@acme.example").unwrap();
    assert_eq!(ana.licence, "Chatter External");
    assert!(ana.is_active && ana.username.contains("guest") && ana.username != ana.email);
    assert_eq!(ana.is_frozen, Some(false));
    assert_eq!(world.org.member("Acme", "ana@acme.example").unwrap().role, "Standard");
    assert_eq!(world.org.used_seats(), 1);
    assert_eq!(world.org.mails().len(), 1);
}

#[tokio::test]
async fn a_second_invitation_to_the_same_address_is_a_second_mail() {
    let world = World::start().await;
    let group = world.group("Acme");
    world.invite(&group, "ana@acme.example").await.id();
    world.invite(&group, "ANA@acme.example").await.id();
    assert_eq!(world.org.mails().len(), 2);
    assert_eq!(world.org.open_invitations("ana@acme.example").len(), 2);
}

#[tokio::test]
async fn an_invitation_that_breaks_a_rule_is_refused_and_sends_nothing() {
    let world = World::start().await;
    let group = world.group("Acme");
    let closed = world.org.add_group(&NewGroup::private("Closed")).unwrap();
    let archived = world.group("Archived");
    world.org.set_archived("Archived", true).unwrap();
    let active = world.customer("ana@acme.example");
    world.org.add_user(NewUser::internal("bo@corp.example").inactive()).unwrap();
    for (change, code) in [
        (json!({ "SharedEntityId": closed }), "FIELD_INTEGRITY_EXCEPTION"),
        (json!({ "SharedEntityId": archived }), "ENTITY_IS_ARCHIVED"),
        (json!({ "SharedEntityId": "0F9000000000001" }), "INVALID_CROSS_REFERENCE_KEY"),
        (json!({ "SharedEntityId": "Acme" }), "MALFORMED_ID"),
        (json!({ "InvitedUserEmail": "ANA@acme.example" }), "FIELD_INTEGRITY_EXCEPTION"),
        (json!({ "InvitedUserEmail": "bo@corp.example" }), "FIELD_INTEGRITY_EXCEPTION"),
        (json!({ "InvitedUserEmail": null }), "REQUIRED_FIELD_MISSING"),
        (json!({ "InvitedUserEmail": "x".repeat(241) }), "STRING_TOO_LONG"),
        (json!({ "OptionalMessage": "x".repeat(256) }), "STRING_TOO_LONG"),
        (json!({ "Status": "Sent" }), "INVALID_FIELD_FOR_INSERT_UPDATE"),
        (json!({ "CollaborationRole": "Admin" }), "INVALID_FIELD"),
    ] {
        let mut body = json!({ "SharedEntityId": group, "InvitedUserEmail": "new@acme.example" });
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let reply = world.post("/sobjects/CollaborationInvitation", body).await;
        assert_eq!(reply.refusal(), (400, code), "{change}");
    }
    let colleague = world.invite(&active, "new@acme.example").await;
    assert_eq!(colleague.refusal(), (403, "FUNCTIONALITY_NOT_ENABLED"));
    for address in ["no address", "a@b", "@acme.example", "a@b@c.example", "a b@acme.example"] {
        let refused = world.invite(&group, address).await;
        assert_eq!(refused.refusal(), (400, "INVALID_EMAIL_ADDRESS"), "{address}");
    }
    world.org.change_rules(|rules| rules.existing_user_code = "DUPLICATE_VALUE".to_owned());
    let existing = world.invite(&group, "ana@acme.example").await;
    assert_eq!(existing.refusal(), (400, "DUPLICATE_VALUE"));
    let text = existing.body[0]["message"].as_str().unwrap();
    assert!(text.contains("can't send invitations to users of the organization"), "{text}");
    world.org.change_settings(|settings| settings.invite_permission = false);
    let refused = world.invite(&group, "new@acme.example").await;
    assert_eq!(refused.refusal(), (403, "INSUFFICIENT_ACCESS_OR_READONLY"));
    world.org.change_settings(|settings| settings.customer_invitations = false);
    let refused = world.invite(&group, "new@acme.example").await;
    assert_eq!(refused.refusal(), (403, "FUNCTIONALITY_NOT_ENABLED"));
    assert!(world.org.mails().is_empty() && world.org.invitations().is_empty());
}

#[tokio::test]
async fn a_cancelled_invitation_stays_as_canceled_or_goes_as_the_rules_have_it() {
    let world = World::start().await;
    let group = world.group("Acme");
    let kept = world.invite(&group, "ana@acme.example").await.id();
    let path = |id: &str| format!("/sobjects/CollaborationInvitation/{id}");

    assert_eq!(world.delete(&path(&kept)).await.status, 204);
    assert_eq!(world.delete(&path(&kept)).await.refusal(), (404, "ENTITY_IS_DELETED"));
    assert_eq!(world.org.invitations()[0].status, "Canceled");
    assert!(world.org.open_invitations("ana@acme.example").is_empty());
    assert_eq!(code(world.org.accept(&kept)), "ENTITY_IS_DELETED");

    world.org.change_rules(|rules| {
        rules.cancelled_row_disappears = true;
        rules.cancelled_link_works = true;
    });
    let gone = world.invite(&group, "bo@acme.example").await.id();
    assert_eq!(world.delete(&path(&gone)).await.status, 204);
    assert_eq!(world.org.invitations().len(), 1);
    world.org.accept(&gone).unwrap();
    world.org.accept(&kept).unwrap();
    assert!(world.org.is_member("Acme", "bo@acme.example"));
    assert!(world.org.is_member("Acme", "ana@acme.example"));
    let accepted = world.delete(&path(&kept)).await;
    assert_eq!(accepted.refusal(), (400, "FIELD_INTEGRITY_EXCEPTION"));
    let update = world.patch(&path(&kept), json!({ "Status": "Sent" })).await;
    assert_eq!(update.refusal(), (400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"));
}

#[tokio::test]
async fn acceptance_under_another_address_leaves_a_second_row_with_its_parent() {
    let world = World::start().await;
    let group = world.group("Acme");
    let first = world.invite(&group, "ana@acme.example").await.id();

    world.org.accept_as(&first, "Ana.Private@mail.example").unwrap();

    let invitations = world.org.invitations();
    let shown: Vec<_> = invitations
        .iter()
        .map(|it| (it.email.as_str(), it.status.as_str(), it.parent_id.as_deref()))
        .collect();
    let expected = [
        ("ana@acme.example", "Accepted", None),
        ("ana.private@mail.example", "Accepted", Some(first.as_str())),
    ];
    assert_eq!(shown, expected);
    assert!(world.org.is_member("Acme", "ana.private@mail.example"));
    assert!(world.org.user_by_email("ana@acme.example").is_none());
    let soql = format!("SELECT Id FROM CollaborationInvitation WHERE ParentId IN ('{first}')");
    assert_eq!(world.records(&soql).await.len(), 1);

    world.org.change_rules(|rules| rules.original_stays_sent = true);
    let second = world.invite(&group, "bo@acme.example").await.id();
    world.org.accept_as(&second, "bo@mail.example").unwrap();
    assert_eq!(world.org.open_invitations("bo@acme.example").len(), 1);
}

#[tokio::test]
async fn an_acceptance_that_fails_leaves_the_invitation_sent() {
    let world = World::start_with(|options| options.seats = 1).await;
    let group = world.group("Acme");
    let ana = world.invite(&group, "ana@acme.example").await.id();
    let bo = world.invite(&group, "bo@acme.example").await.id();

    world.org.block_acceptance(true);
    assert_eq!(code(world.org.accept(&ana)), "FIELD_CUSTOM_VALIDATION_EXCEPTION");
    world.org.block_acceptance(false);
    world.org.accept(&ana).unwrap();
    assert_eq!(code(world.org.accept(&bo)), "LICENSE_LIMIT_EXCEEDED");
    assert_eq!(world.org.open_invitations("bo@acme.example").len(), 1);
    assert!(world.org.user_by_email("bo@acme.example").is_none());
    world.org.deactivate("ana@acme.example").unwrap();
    world.org.accept_from("Acme", "bo@acme.example").unwrap();
    assert!(world.org.is_member("Acme", "bo@acme.example"));
    assert_eq!(code(world.org.accept(&bo)), "ENTITY_IS_DELETED");
}

#[tokio::test]
async fn the_link_works_for_sixty_days() {
    let world = World::start().await;
    let group = world.group("Acme");
    let ana = world.invite(&group, "ana@acme.example").await.id();
    world.pass(SignedDuration::from_hours(24 * 60 + 1));
    assert_eq!(code(world.org.accept(&ana)), "ENTITY_IS_DELETED");
}

#[tokio::test]
async fn a_second_invitation_brings_the_same_customer_into_the_other_group() {
    let world = World::start().await;
    let (alpha, beta) = (world.group("Alpha"), world.group("Beta"));
    let first = world.invite(&alpha, "ana@acme.example").await.id();
    let second = world.invite(&beta, "ana@acme.example").await.id();
    let user = world.org.accept(&first).unwrap();
    assert_eq!(world.org.accept(&second).unwrap(), user);
    assert!(world.org.is_member("Alpha", &user) && world.org.is_member("Beta", &user));
    assert_eq!(world.org.used_seats(), 1);
}

fn code(result: Result<String, Refusal>) -> String {
    result.expect_err("a refusal").code
}
