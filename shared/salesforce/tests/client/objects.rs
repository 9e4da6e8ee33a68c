//! What is asked of each object, and how its rows are read.

use salesforce::collaboration_group::{self, CreateGroupError, Kind, NewGroup};
use salesforce::collaboration_group_member::{self as member, Role};
use salesforce::collaboration_invitation::{self as invitation, Concerning, Status};
use salesforce::limits::Allowance;
use salesforce::settings::Settings;
use salesforce::{Error, Query, permission_set_assignment, user, user_license, user_login};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::server::{Reply, Server, id, page, refusal, results_of};

#[tokio::test]
async fn groups_are_found_by_name_whatever_it_holds() {
    let (groups, soql) = ask(
        collaboration_group::by_names(&["O'Brien \\ Sons"]),
        include_str!("../fixtures/groups.json"),
    )
    .await;
    assert_eq!(
        soql,
        "SELECT Id, Name, CollaborationType, CanHaveGuests, IsArchived, OwnerId, Owner.IsActive FROM \
         CollaborationGroup WHERE Name IN ('O\\'Brien \\\\ Sons')"
    );
    assert_eq!((groups[0].kind, groups[0].owner_is_active), (Kind::Private, Some(false)));
    assert!(groups[0].can_have_guests && groups[0].name == "Acme Rollout");
    assert_eq!((groups[1].kind, groups[1].owner_is_active), (Kind::Other, None));
    assert!(groups[1].is_archived);
}

#[tokio::test]
async fn users_are_found_by_address_with_their_licence() {
    let (users, soql) = ask(
        user::by_addresses_or_ids(&["ana@acme.example"], &[]),
        include_str!("../fixtures/users.json"),
    )
    .await;
    let expected = "SELECT Id, Email, Username, IsActive, Profile.UserLicense.Name, LastLoginDate, CreatedDate FROM User WHERE Email IN \
                    ('ana@acme.example')";
    assert_eq!(soql, expected);
    assert_eq!(users[0].license.as_deref(), Some("Chatter External"));
    assert!(users[0].is_active && !users[1].is_active);
    assert_eq!(users[1].license, None);
}

#[tokio::test]
async fn memberships_are_found_with_role_and_address() {
    let rows = include_str!("../fixtures/members.json");
    let (members, soql) = ask(member::of_group(&id("0F9", 1), &[id("005", 2)]), rows).await;
    let expected = format!(
        "SELECT Id, CollaborationGroupId, MemberId, CollaborationRole, CreatedDate, LastFeedAccessDate, \
         Member.Email, Member.Username, Member.IsActive, Member.Profile.UserLicense.Name FROM \
         CollaborationGroupMember WHERE CollaborationGroupId = '{}' AND MemberId IN ('{}')",
        id("0F9", 1),
        id("005", 2)
    );
    assert_eq!(soql, expected);
    let roles: Vec<Option<Role>> = members.iter().map(|member| member.role).collect();
    assert_eq!(roles, [Some(Role::Admin), Some(Role::Standard), None]);
    let bo = members[1].member.as_ref().unwrap();
    assert_eq!((bo.email.as_str(), bo.is_active), ("bo@acme.example", false));
    assert_eq!(members[2].member, None, "somebody whom the caller may not see");

    let (_, soql) = ask(member::by_addresses_or_members(&["ana@acme.example"], &[]), rows).await;
    assert!(soql.ends_with("WHERE Member.Email IN ('ana@acme.example')"), "{soql}");
    let (_, soql) = ask(member::by_members(&[id("005", 2)]), rows).await;
    assert!(soql.ends_with(&format!("WHERE MemberId IN ('{}')", id("005", 2))), "{soql}");
}

#[tokio::test]
async fn invitations_are_read_with_unknown_statuses_and_prefixes() {
    let rows = include_str!("../fixtures/invitations.json");
    let (invitations, soql) = ask(invitation::by_addresses(&["ana@acme.example"]), rows).await;
    assert_eq!(
        soql,
        "SELECT Id, SharedEntityId, InvitedUserEmail, InvitedUserEmailNormalized, ParentId, InviterId, Status, \
         CreatedDate, LastModifiedDate FROM CollaborationInvitation WHERE InvitedUserEmailNormalized IN ('ana@acme.example')"
    );
    let statuses: Vec<Status> = invitations.iter().map(|invitation| invitation.status).collect();
    assert_eq!(statuses, [Status::Accepted, Status::Other, Status::Canceled]);
    assert_eq!(invitations[1].parent_id.as_ref(), Some(&invitations[0].id));
    assert_eq!(invitations[0].created_date.to_string(), "2026-11-22T09:30:00Z");

    let ids = [invitations[0].id.clone()];
    let addresses = ["ana@acme.example".to_owned()];
    let groups = [id("0F9", 1)];
    let asked = Concerning { addresses: &addresses, ids: &ids, parents: &ids, open_in: &groups };
    let (_, soql) = ask(invitation::concerning(asked), rows).await;
    let [id, group] = [&ids[0], &groups[0]];
    let expected = format!(
        "WHERE (InvitedUserEmailNormalized IN ('ana@acme.example') OR Id IN ('{id}') OR ParentId IN ('{id}') OR \
         (SharedEntityId IN ('{group}') AND Status NOT IN ('Accepted','Canceled')))"
    );
    assert!(soql.ends_with(&expected), "{soql}");
}

#[tokio::test]
async fn logins_seats_and_permissions_are_read() {
    let rows = include_str!("../fixtures/user_logins.json");
    let (logins, soql) = ask(user_login::by_users(&[id("005", 2)]), rows).await;
    assert_eq!(
        soql,
        format!("SELECT Id, UserId, IsFrozen FROM UserLogin WHERE UserId IN ('{}')", id("005", 2))
    );
    assert!(logins[0].is_frozen);

    let rows = include_str!("../fixtures/user_licenses.json");
    let (licenses, soql) = ask(user_license::chatter_external(), rows).await;
    let expected = "SELECT Name, Status, TotalLicenses, UsedLicenses FROM UserLicense WHERE Name = 'Chatter External'";
    assert_eq!(soql, expected);
    assert_eq!(licenses[0].free(), 2);

    let (sets, soql) =
        ask(permission_set_assignment::inviting(&id("005", 1)), &page(&[]).to_string()).await;
    let expected = format!(
        "SELECT Id FROM PermissionSetAssignment WHERE AssigneeId = '{}' AND \
         PermissionSet.PermissionsChatterInviteExternalUsers = true",
        id("005", 1)
    );
    assert_eq!((soql, sets.len()), (expected, 0));
}

#[tokio::test]
async fn whether_the_user_may_invite_is_yes_no_or_unknown() {
    let row = json!({ "Id": id("0Pa", 1) });
    for (reply, expected) in
        [(page(&[row]), Some(true)), (page(&[]), Some(false)), (json!({}), None)]
    {
        let server = Server::start(move |_| Reply::Json(200, reply.clone())).await;
        assert_eq!(server.client().may_invite_customers().await, expected);
    }
}

#[tokio::test]
async fn a_group_is_created_private_with_customers_allowed() {
    let group = id("0F9", 1);
    let created = json!({ "id": group, "success": true, "errors": [] });
    let server = Server::start(move |_| Reply::Json(201, created.clone())).await;
    let new = NewGroup {
        name: "Acme rollout",
        information_title: Some("Governed"),
        information_body: Some("by Lanyard"),
        ..NewGroup::default()
    };
    assert_eq!(server.client().create_private_group(&new).await.unwrap(), group);
    assert_eq!(server.lines(), ["POST /sobjects/CollaborationGroup"]);
    assert_eq!(
        server.asked()[0].body,
        json!({
            "Name": "Acme rollout",
            "CollaborationType": "Private",
            "CanHaveGuests": true,
            "InformationTitle": "Governed",
            "InformationBody": "by Lanyard",
        })
    );
}

#[tokio::test]
async fn a_name_that_is_taken_is_told_from_other_refusals() {
    for (code, taken) in [("DUPLICATE_VALUE", true), ("STRING_TOO_LONG", false)] {
        let server = Server::start(move |_| refusal(400, code)).await;
        let error = server.client().create_private_group(&NewGroup::default()).await.unwrap_err();
        assert_eq!(
            matches!(error, Error::Service(CreateGroupError::DuplicateName)),
            taken,
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn customers_are_allowed_by_an_update_of_that_alone() {
    let server = Server::start(|_| Reply::Json(200, json!({}))).await;
    server.client().allow_customers(&id("0F9", 1)).await.unwrap();
    assert_eq!(server.lines(), [format!("PATCH /sobjects/CollaborationGroup/{}", id("0F9", 1))]);
    assert_eq!(server.asked()[0].body, json!({ "CanHaveGuests": true }));
}

#[tokio::test]
async fn roles_and_freezing_are_updates_of_one_field() {
    let server = Server::start(crate::writing::saves).await;
    let client = server.client();
    assert!(results_of(client.change_roles(&[(id("0FB", 1), Role::Admin)]).await)[0].is_ok());
    assert!(results_of(client.set_frozen(&[(id("0Yw", 1), true)]).await)[0].is_ok());
    let records: Vec<Value> =
        server.asked().iter().map(|asked| asked.body["records"][0].clone()).collect();
    let role = json!({ "type": "CollaborationGroupMember" });
    let login = json!({ "type": "UserLogin" });
    assert_eq!(
        records,
        [
            json!({ "attributes": role, "id": id("0FB", 1), "CollaborationRole": "Admin" }),
            json!({ "attributes": login, "id": id("0Yw", 1), "IsFrozen": true }),
        ]
    );
}

#[tokio::test]
async fn the_daily_allowance_is_read() {
    let body: Value = serde_json::from_str(include_str!("../fixtures/limits.json")).unwrap();
    let server = Server::start(move |_| Reply::Json(200, body.clone())).await;
    let limits = server.client().limits().await.unwrap();
    assert_eq!(limits.daily_api_requests, Some(Allowance { max: 15_000, remaining: 14_951 }));
    assert_eq!(server.lines(), ["GET /limits"]);
}

#[tokio::test]
async fn settings_are_one_call_and_each_fails_alone() {
    let server = Server::start(|asked| {
        asked.answer_parts(|path, _| match path {
            "/tooling/query?q=SELECT Metadata FROM ChatterSettings" => {
                (200, page(&[json!({ "Metadata": { "enableInviteCsnUsers": false } })]))
            }
            path if path.contains("MyDomainSettings") => {
                (200, page(&[json!({ "Metadata": null })]))
            }
            _ => (403, json!([{ "message": "", "errorCode": "INSUFFICIENT_ACCESS" }])),
        })
    })
    .await;
    let expected = Settings { customer_invitations: Some(false), ..Settings::default() };
    assert_eq!(server.client().settings().await.unwrap(), expected);
    assert_eq!(server.lines(), ["POST /tooling/composite"]);
}

#[tokio::test]
async fn without_composites_settings_are_asked_one_by_one() {
    let server = Server::start(|asked| match asked.path.as_str() {
        "/tooling/composite" => refusal(404, "NOT_FOUND"),
        path if path.ends_with("ChatterSettings") => {
            Reply::Json(200, page(&[json!({ "Metadata": { "enableInviteCsnUsers": true } })]))
        }
        path if path.ends_with("MyDomainSettings") => refusal(400, "INVALID_TYPE"),
        _ => {
            let metadata = json!({ "sessionSettings": { "enforceIpRangesEveryRequest": false } });
            Reply::Json(200, page(&[json!({ "Metadata": metadata })]))
        }
    })
    .await;
    let expected = Settings {
        customer_invitations: Some(true),
        ip_ranges: Some(false),
        ..Settings::default()
    };
    assert_eq!(server.client().settings().await.unwrap(), expected);
    assert_eq!(server.asked().len(), 4);
}

/// Asks the query of a server that answers with this body: the rows, and the SOQL it was sent.
async fn ask<T: DeserializeOwned>(query: Query<T>, body: &str) -> (Vec<T>, String) {
    let body: Value = serde_json::from_str(body).expect("a fixture in json");
    let server = Server::start(move |_| Reply::Json(200, body.clone())).await;
    let rows = server.client().query(query).await.expect("rows");
    let lines = server.lines();
    let soql = lines[0].strip_prefix("GET /query?q=").expect("a query").to_owned();
    (rows, soql)
}
