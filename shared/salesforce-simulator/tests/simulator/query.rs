//! SOQL over HTTP.

use salesforce_simulator::{Licence, NewGroup, NewUser};
use serde_json::json;

use crate::world::{World, send};

#[tokio::test]
async fn records_come_with_attributes_nested_relationships_and_salesforce_instants() {
    let world = World::start().await;
    let group = world.group("Acme");

    let soql = "SELECT Id, Name, CanHaveGuests, MemberCount, Description, CreatedDate, \
                Owner.IsActive, Owner.Profile.UserLicense.Name FROM CollaborationGroup";
    let reply = world.soql(soql).await;

    assert_eq!(reply.body["totalSize"], 1);
    assert_eq!(reply.body["done"], true);
    assert!(reply.body.get("nextRecordsUrl").is_none());
    let mut record = reply.body["records"][0].clone();
    let owner = record["Owner"].take();
    let expected = json!({
        "attributes": {
            "type": "CollaborationGroup",
            "url": format!("/services/data/v66.0/sobjects/CollaborationGroup/{group}"),
        },
        "Id": group,
        "Name": "Acme",
        "CanHaveGuests": true,
        "MemberCount": 1,
        "Description": null,
        "CreatedDate": "2026-11-23T09:00:00.000+0000",
        "Owner": null,
    });
    assert_eq!(record, expected);
    assert_eq!(owner["attributes"]["type"], "User");
    assert_eq!(owner["IsActive"], true);
    assert_eq!(owner["Profile"]["UserLicense"]["Name"], "Salesforce");
}

#[tokio::test]
async fn all_conditions_mean_what_they_say() {
    let world = World::start().await;
    for email in ["ana@acme.example", "Bo@Acme.example", "cy_d@acme.example", "cyxd@acme.example"] {
        world.customer(email);
    }
    world.org.deactivate("ana@acme.example").unwrap();
    let customers = "Profile.UserLicense.Name = 'chatter external'";
    for (condition, expected) in [
        ("Email = 'ANA@acme.example'", "ana"),
        ("Email IN ('ana@acme.example', 'bo@acme.example', 'x')", "ana Bo"),
        ("Email NOT IN ('ana@acme.example', 'bo@acme.example')", "cy_d cyxd"),
        ("Email != 'ana@acme.example'", "Bo cy_d cyxd"),
        (r"Email LIKE 'cy\_d%'", "cy_d"),
        ("Email LIKE 'cy_d@%'", "cy_d cyxd"),
        ("Email LIKE '%A@ACME%'", "ana"),
        ("Email LIKE '%@acme'", ""),
        ("IsActive = false", "ana"),
        ("(NOT IsActive = true)", "ana"),
        ("(Email < 'b' OR Email >= 'cyxd@acme.example')", "ana cyxd"),
        ("FirstName = null AND LastLoginDate = NULL", "ana Bo cy_d cyxd"),
        ("FirstName != 'Ana'", "ana Bo cy_d cyxd"),
        ("LastLoginDate > 2020-01-01T00:00:00Z", ""),
        ("CreatedDate <= 2026-11-23T10:00:00+01:00", "ana Bo cy_d cyxd"),
        ("CreatedDate > 2026-11-23T09:00:00.000+0000", ""),
    ] {
        let soql = format!("SELECT LastName FROM User WHERE {customers} AND {condition}");
        let found = world.records(&format!("{soql} ORDER BY LastName")).await;
        let names: Vec<_> = found.iter().map(|it| it["LastName"].as_str().unwrap()).collect();
        assert_eq!(names.join(" "), expected, "{condition}");
    }
}

#[tokio::test]
async fn order_limit_and_offset_cut_the_result() {
    let world = World::start().await;
    for (name, description) in [("a", Some("x")), ("B", None), ("c", Some("y"))] {
        let mut group = NewGroup::private(name);
        group.description = description.map(str::to_owned);
        world.org.add_group(&group).unwrap();
    }
    for (rest, expected) in [
        ("ORDER BY Name DESC", "c B a"),
        ("ORDER BY Name LIMIT 2", "a B"),
        ("ORDER BY Name ASC LIMIT 5 OFFSET 2", "c"),
        ("ORDER BY Description, Name", "B a c"),
        ("ORDER BY Description DESC NULLS LAST", "c a B"),
        ("LIMIT 0", ""),
    ] {
        let found = world.records(&format!("SELECT Name FROM CollaborationGroup {rest}")).await;
        let names: Vec<_> = found.iter().map(|it| it["Name"].as_str().unwrap()).collect();
        assert_eq!(names.join(" "), expected, "{rest}");
    }
    let reply = world.soql("SELECT Id FROM CollaborationGroup OFFSET 2001").await;
    assert_eq!(reply.refusal(), (400, "NUMBER_OUTSIDE_VALID_RANGE"));
}

#[tokio::test]
async fn hostile_literals_find_what_they_name_and_nothing_else() {
    let world = World::start().await;
    let names = [
        "O'Neil & sons",
        r"back\slash",
        r"' OR Name != '",
        "100% _sure_",
        "emoji \u{1f600}",
        "tab\there",
    ];
    for name in names {
        world.org.add_group(&NewGroup::private(name)).unwrap();
    }
    for name in names {
        let literal = name.replace('\\', r"\\").replace('\'', r"\'").replace('\t', r"\t");
        let soql = format!("SELECT Name FROM CollaborationGroup WHERE Name = '{literal}'");
        let found = world.records(&soql).await;
        assert_eq!(found.len(), 1, "{soql}");
        assert_eq!(found[0]["Name"], name);
    }
    // Unescaped, the third name would close the literal.
    for name in ["O'Neil", r"back\slash", r"a\"] {
        let soql = format!("SELECT Name FROM CollaborationGroup WHERE Name = '{name}'");
        assert_eq!(world.soql(&soql).await.refusal(), (400, "MALFORMED_QUERY"), "{soql}");
    }
}

#[tokio::test]
async fn a_plus_sign_that_is_not_encoded_is_a_space() {
    let world = World::start().await;
    world.customer("ana+x@acme.example");
    let query = |email: &str| format!("/query/?q=SELECT+Id+FROM+User+WHERE+Email='{email}'");
    assert_eq!(world.get(&query("ana%2Bx@acme.example")).await.body["totalSize"], 1);
    assert_eq!(world.get(&query("ana+x@acme.example")).await.body["totalSize"], 0);
}

#[tokio::test]
async fn unknown_names_and_wrong_uses_have_their_codes() {
    let world = World::start().await;
    for (soql, code) in [
        ("SELECT Id FROM Account", "INVALID_TYPE"),
        ("SELECT Metadata FROM ChatterSettings", "INVALID_TYPE"),
        ("SELECT Id, Nope FROM User", "INVALID_FIELD"),
        ("SELECT NetworkId FROM CollaborationGroup", "INVALID_FIELD"),
        ("SELECT Id, Id FROM User", "INVALID_FIELD"),
        ("SELECT Nope.Name FROM User", "INVALID_FIELD"),
        ("SELECT Id FROM User ORDER BY Nope", "INVALID_FIELD"),
        ("SELECT Id FROM CollaborationGroup WHERE InformationBody = 'x'", "INVALID_FIELD"),
        ("SELECT Id FROM CollaborationGroup WHERE GroupEmail = 'x'", "INVALID_FIELD"),
        ("SELECT Id FROM UserLicense WHERE UsedLicenses > 1", "INVALID_FIELD"),
        ("SELECT Id FROM User WHERE IsActive = 'true'", "INVALID_FIELD"),
        ("SELECT Id FROM User WHERE Email = 5", "INVALID_FIELD"),
        ("SELECT Id FROM UserLicense WHERE TotalLicenses = 'many'", "INVALID_FIELD"),
        ("SELECT Id FROM User WHERE Id = '005'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM User WHERE Id IN ('')", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM User WHERE ProfileId = 'a@b.example'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM User WHERE Id LIKE '005%'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM User WHERE IsActive > false", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT COUNT(Id) FROM User", "MALFORMED_QUERY"),
        ("SELECT Id FROM User GROUP BY Id", "INVALID_FIELD"),
        ("", "MALFORMED_QUERY"),
    ] {
        let reply = world.soql(soql).await;
        assert_eq!(reply.refusal(), (400, code), "{soql}: {}", reply.text);
    }
    let invalid = world.soql("SELECT Id FROM User WHERE Id = 'abc'").await;
    assert_eq!(invalid.body[0]["message"], "invalid ID field: abc");
    assert_eq!(world.get("/query").await.refusal(), (400, "MALFORMED_QUERY"));
}

#[tokio::test]
async fn ids_match_with_fifteen_and_eighteen_characters_and_with_regard_to_case() {
    let world = World::start().await;
    let ids: Vec<String> = (0..60).map(|n| world.group(&format!("group {n}"))).collect();
    let find = async |id: &str| {
        let soql = format!("SELECT Id FROM CollaborationGroup WHERE Id = '{id}'");
        world.records(&soql).await.len()
    };
    for id in &ids {
        assert_eq!(find(id).await, 1, "{id}");
        assert_eq!(find(&id[..15]).await, 1, "{id}");
    }
    let has_letter = ids.iter().find(|id| id[5..15].bytes().any(|it| it.is_ascii_lowercase()));
    let other_case = has_letter.expect("one of sixty")[..15].to_uppercase();
    assert_eq!(find(&other_case).await, 0);
}

#[tokio::test]
async fn long_answers_come_in_pages() {
    let world = World::start_with(|options| options.page_size = 3).await;
    for number in 0..7 {
        world.customer(&format!("c{number}@acme.example"));
    }
    let soql = "SELECT Email FROM User WHERE Email LIKE 'c_@acme.example' ORDER BY Email";
    let mut emails = Vec::new();
    let mut reply = world.soql(soql).await;
    let mut pages = 1;
    loop {
        assert_eq!(reply.body["totalSize"], 7);
        let records = reply.body["records"].as_array().unwrap();
        emails.extend(records.iter().map(|it| it["Email"].as_str().unwrap().to_owned()));
        let Some(next) = reply.body["nextRecordsUrl"].as_str() else { break };
        assert_eq!(reply.body["done"], false);
        let url = format!("{}{next}", world.simulator.url());
        reply = send(world.http.get(url).bearer_auth(&world.token)).await;
        pages += 1;
    }
    assert_eq!((reply.body["done"].clone(), pages), (json!(true), 3));
    let expected: Vec<_> = (0..7).map(|number| format!("c{number}@acme.example")).collect();
    assert_eq!(emails, expected);
    let unknown = world.get("/query/0r85g0000000000099-3").await;
    assert_eq!(unknown.refusal(), (400, "INVALID_QUERY_LOCATOR"));
}

#[tokio::test]
async fn the_batch_size_is_a_hint_of_at_least_two_hundred() {
    let world = World::start().await;
    for number in 0..250 {
        world.customer(&format!("c{number}@acme.example"));
    }
    let request = world.request(reqwest::Method::GET, "/query?q=SELECT+Id+FROM+User");
    let page = send(request.header("sforce-query-options", "batchSize=10")).await;
    assert_eq!(page.body["records"].as_array().unwrap().len(), 200);
    assert_eq!(page.body["done"], false);
}

#[tokio::test]
async fn one_record_can_be_retrieved() {
    let world = World::start().await;
    let group = world.group("Acme");
    let path = format!("/sobjects/CollaborationGroup/{group}");

    let some = world.get(&format!("{path}?fields=Name,OwnerId")).await;
    let all = world.get(&path).await;

    assert_eq!(some.body.as_object().unwrap().len(), 3);
    assert_eq!(some.body["Name"], "Acme");
    assert_eq!(all.body["CollaborationType"], "Private");
    assert_eq!(world.get(&format!("{path}?fields=Nope")).await.refusal(), (400, "INVALID_FIELD"));
    let unknown = world.get("/sobjects/CollaborationGroup/0F9000000000001").await;
    assert_eq!(unknown.refusal(), (404, "NOT_FOUND"));
    let malformed = world.get("/sobjects/CollaborationGroup/x").await;
    assert_eq!(malformed.refusal(), (400, "MALFORMED_ID"));
    world.org.delete_group("Acme").unwrap();
    assert_eq!(world.get(&path).await.refusal(), (404, "ENTITY_IS_DELETED"));
}

#[tokio::test]
async fn licences_permissions_and_the_organization_can_be_read() {
    let world = World::start_with(|options| {
        options.seats = 7;
        options.is_sandbox = true;
    })
    .await;
    world.customer("ana@acme.example");
    world.org.add_user(NewUser::with_licence("bo@corp.example", Licence::ChatterFree)).unwrap();

    let seats = "SELECT Name, Status, TotalLicenses, UsedLicenses FROM UserLicense \
                 WHERE Name = 'Chatter External'";
    let mut found = world.records(seats).await.remove(0);
    found.as_object_mut().unwrap().remove("attributes");
    let expected = json!({
        "Name": "Chatter External",
        "Status": "Active",
        "TotalLicenses": 7,
        "UsedLicenses": 1,
    });
    assert_eq!(found, expected);
    let organization = world.records("SELECT Id, Name, IsSandbox FROM Organization").await;
    assert_eq!(organization[0]["IsSandbox"], true);
    let me = world.org.user_by_email("integration@corp.example").unwrap().id;
    let permission = format!(
        "SELECT Id FROM PermissionSetAssignment WHERE AssigneeId = '{me}' AND \
         PermissionSet.PermissionsChatterInviteExternalUsers = true"
    );
    assert_eq!(world.records(&permission).await.len(), 1);
    world.org.change_settings(|settings| {
        settings.invite_permission = false;
        settings.view_setup = false;
    });
    assert_eq!(world.records(&permission).await.len(), 0);
    assert_eq!(world.soql(seats).await.refusal(), (400, "INVALID_TYPE"));
}

#[tokio::test]
async fn a_condition_in_thousands_of_parentheses_is_refused_like_any_other_text() {
    let world = World::start().await;
    let depth = 2_500;
    let condition = format!("{}Name='a'{}", "(".repeat(depth), ")".repeat(depth));
    let reply = world.soql(&format!("SELECT Id FROM User WHERE {condition}")).await;
    assert_eq!((reply.status, &reply.body[0]["errorCode"]), (400, &json!("MALFORMED_QUERY")));
}
