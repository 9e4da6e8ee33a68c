//! Acceptance under any address and as anybody, and invitations in odd states.

use jiff::SignedDuration;
use salesforce_simulator::{NewUser, Normalisation, Refusal};
use serde_json::{Value, json};

use crate::world::World;

const ROWS: &str = "SELECT Id, InvitedUserEmail, InvitedUserEmailNormalized, Status, ParentId \
                    FROM CollaborationInvitation ORDER BY CreatedDate, Id";

#[tokio::test]
async fn any_text_becomes_the_address_of_the_customer_as_he_typed_it() {
    let world = World::start().await;
    let group = world.group("Acme");
    let long = format!("{}@a-rather-long-department-name.acme.example", "x".repeat(45));
    assert_eq!(long.len(), 88);
    for (number, entered) in
        [long.as_str(), "a..b3@x.example", "bé1@acme.example", "Ana@ACME.example", "no address"]
            .into_iter()
            .enumerate()
    {
        let id = world.invite(&group, &format!("c{number}@acme.example")).await.id();

        let user = world.org.accept_as(&id, entered).unwrap();

        let soql = format!("SELECT Email, IsActive FROM User WHERE Id = '{user}'");
        assert_eq!(world.records(&soql).await[0]["Email"], entered);
        let children = format!(
            "SELECT InvitedUserEmail, InvitedUserEmailNormalized, Status \
             FROM CollaborationInvitation WHERE ParentId = '{id}'"
        );
        let children = world.records(&children).await;
        assert_eq!(children.len(), 1, "{entered}");
        assert_eq!(children[0]["InvitedUserEmail"], entered);
        assert_eq!(children[0]["Status"], "Accepted");
        let is_long = children[0]["InvitedUserEmailNormalized"].is_null();
        assert_eq!(is_long, entered.len() > 80, "the field has 80 characters");
        assert!(world.org.members().iter().any(|it| it.user_id == user && it.email == entered));
    }
}

#[tokio::test]
async fn the_invited_address_in_other_case_is_no_other_address() {
    let world = World::start().await;
    let group = world.group("Acme");
    let id = world.invite(&group, "ana@acme.example").await.id();
    let user = world.org.accept_as(&id, "ANA@Acme.example").unwrap();
    let soql = format!("SELECT Email FROM User WHERE Id = '{user}'");
    assert_eq!(world.records(&soql).await[0]["Email"], "ANA@Acme.example");
    assert_eq!(world.org.invitations().len(), 1);
    assert_eq!(world.org.invitations()[0].status, "Accepted");
}

#[tokio::test]
async fn the_second_mail_to_a_group_may_be_accepted_as_the_user_of_the_first() {
    let world = World::start().await;
    let group = world.group("Acme");
    let first = world.invite(&group, "ana@acme.example").await.id();
    let second = world.invite(&group, "ana@mail.example").await.id();
    let third = world.invite(&group, "a.example@mail.example").await.id();
    let user = world.org.accept(&first).unwrap();

    assert_eq!(world.org.accept_by(&second, "ana@acme.example").unwrap(), user);
    assert_eq!(world.org.accept_as(&third, "ana@acme.example").unwrap(), user);

    let rows = world.records(ROWS).await;
    let shown: Vec<_> = rows
        .iter()
        .map(|it| (it["InvitedUserEmail"].as_str().unwrap(), it["ParentId"].as_str()))
        .collect();
    let expected = [
        ("ana@acme.example", None),
        ("ana@mail.example", None),
        ("a.example@mail.example", None),
        ("ana@acme.example", Some(second.as_str())),
        ("ana@acme.example", Some(third.as_str())),
    ];
    assert_eq!(shown, expected);
    assert!(rows.iter().all(|it| it["Status"] == "Accepted"));
    assert_eq!(world.org.members().iter().filter(|it| it.user_id == user).count(), 1);
    assert_eq!(world.org.used_seats(), 1);
}

#[tokio::test]
async fn a_customer_whom_the_org_knows_joins_by_an_invitation_of_somebody_else() {
    let world = World::start().await;
    let beta = world.group("Beta");
    let ana = world.customer("Ana@acme.example");
    world.org.add_user(NewUser::customer("cy@acme.example").inactive()).unwrap();
    let id = world.invite(&beta, "boss@acme.example").await.id();
    for nobody in ["cy@acme.example", "integration@corp.example"] {
        assert_eq!(code(world.org.accept_by(&id, nobody)), "FIELD_INTEGRITY_EXCEPTION");
    }
    assert_eq!(code(world.org.accept_by(&id, "nobody")), "NOT_FOUND");
    assert_eq!(world.org.open_invitations("boss@acme.example").len(), 1);

    assert_eq!(world.org.accept_by(&id, &ana).unwrap(), ana);

    assert!(world.org.is_member("Beta", &ana));
    let rows = world.records(ROWS).await;
    assert_eq!((rows.len(), &rows[0]["Status"]), (2, &json!("Accepted")));
    assert_eq!(rows[1]["InvitedUserEmail"], "Ana@acme.example");
    assert_eq!(rows[1]["ParentId"], json!(id));
    assert_eq!(code(world.org.accept_by(&id, &ana)), "ENTITY_IS_DELETED");
}

#[tokio::test]
async fn the_normalised_address_follows_the_rules_and_people_find_their_mails_anyway() {
    let world = World::start().await;
    let group = world.group("Acme");
    for (normalisation, expected) in [
        (Normalisation::LowerCase, json!("ana+0@acme.example")),
        (Normalisation::WithoutSubAddress, json!("ana@acme.example")),
        (Normalisation::Null, Value::Null),
    ] {
        world.org.change_rules(|rules| rules.normalisation = normalisation);
        let id = world.invite(&group, "Ana+0@Acme.example").await.id();
        let soql = format!(
            "SELECT InvitedUserEmail, InvitedUserEmailNormalized FROM CollaborationInvitation \
             WHERE Id = '{id}'"
        );
        let row = world.records(&soql).await.remove(0);
        assert_eq!(row["InvitedUserEmailNormalized"], expected);
        assert_eq!(row["InvitedUserEmail"], "Ana+0@Acme.example");
        assert_eq!(world.org.open_invitations("ana+0@acme.example").len(), 1);
        assert_eq!(world.org.invitations().last().unwrap().email, "ana+0@acme.example");
        world.org.cancel_invitation(&id).unwrap();
    }
    world.org.change_rules(|rules| rules.normalisation = Normalisation::WithoutSubAddress);
    let id = world.invite(&group, "bo@acme.example").await.id();
    world.org.accept_as(&id, "Bo+x@mail.example").unwrap();
    let child = world.records(ROWS).await.pop().unwrap();
    assert_eq!(child["InvitedUserEmailNormalized"], "bo@mail.example");
    assert!(world.org.user_by_email("bo+x@mail.example").is_some());
}

#[tokio::test]
async fn a_status_that_nobody_documented_is_shown_and_can_be_cancelled_or_not() {
    let world = World::start().await;
    let group = world.group("Acme");
    let [ana, bo, cy] = ["ana", "bo", "cy"].map(|name| format!("{name}@acme.example"));
    let expired = world.invite(&group, &ana).await.id();
    let sent = world.invite(&group, &bo).await.id();
    let used = world.invite(&group, &cy).await.id();
    world.org.set_invitation_status(&expired, "Expired").unwrap();
    world.org.set_invitation_status(&sent, "Gesendet").unwrap();
    world.org.set_invitation_status(&used, "Enviado").unwrap();
    let soql = "SELECT Id FROM CollaborationInvitation WHERE Status = 'expired'";
    assert_eq!(world.records(soql).await[0]["Id"], json!(expired));
    assert!(world.org.open_invitations(&bo).is_empty());

    world.org.change_rules(|rules| rules.undocumented_status_refuses_cancel = true);
    let path = |id: &str| format!("/sobjects/CollaborationInvitation/{id}");
    let refused = world.delete(&path(&expired)).await;
    assert_eq!(refused.refusal(), (400, "FIELD_INTEGRITY_EXCEPTION"));
    world.org.change_rules(|rules| rules.undocumented_status_refuses_cancel = false);
    assert_eq!(world.delete(&path(&expired)).await.status, 204);
    assert_eq!(world.delete(&path(&sent)).await.status, 204);

    let statuses: Vec<_> = world.org.invitations().into_iter().map(|it| it.status).collect();
    assert_eq!(statuses, ["Canceled", "Canceled", "Enviado"]);
    assert_eq!(code(world.org.accept(&expired)), "ENTITY_IS_DELETED");
    world.org.accept(&used).unwrap();
    assert!(world.org.is_member("Acme", &cy));
    assert_eq!(world.org.invitations()[2].status, "Accepted");
    assert!(world.org.set_invitation_status("0Xi000000000001", "Sent").is_err());
}

#[tokio::test]
async fn a_cancelled_link_that_works_does_so_until_the_invitation_is_too_old() {
    for disappears in [false, true] {
        let world = World::start_with(|options| {
            options.rules.cancelled_link_works = true;
            options.rules.cancelled_row_disappears = disappears;
        })
        .await;
        let group = world.group("Acme");
        let ana = world.invite(&group, "ana@acme.example").await.id();
        let bo = world.invite(&group, "bo@acme.example").await.id();
        world.pass(SignedDuration::from_hours(24));
        world.org.cancel_invitation(&ana).unwrap();
        world.org.cancel_invitation(&bo).unwrap();
        world.pass(SignedDuration::from_hours(24 * 59 - 1));
        let user = world.org.accept_as(&ana, "ana@mail.example").unwrap();
        assert!(world.org.is_member("Acme", &user));
        world.pass(SignedDuration::from_hours(2));
        assert_eq!(code(world.org.accept(&bo)), "ENTITY_IS_DELETED");
    }
}

fn code(result: Result<String, Refusal>) -> String {
    result.expect_err("a refusal").code
}
