//! Collections and composite requests.

use salesforce_simulator::MailKind;
use serde_json::{Value, json};

use crate::world::{World, encoded};

fn record(kind: &str, mut fields: Value) -> Value {
    fields["attributes"] = json!({ "type": kind });
    fields
}

fn collection(all_or_none: bool, records: &[Value]) -> Value {
    json!({ "allOrNone": all_or_none, "records": records })
}

#[tokio::test]
async fn a_collection_answers_record_by_record_in_order() {
    let world = World::start().await;
    let group = world.group("Acme");
    let invitation = |email: &str| {
        let fields = json!({ "SharedEntityId": group, "InvitedUserEmail": email });
        record("CollaborationInvitation", fields)
    };
    let emails = ["a@acme.example", "no address", "b@acme.example"];
    let records: Vec<Value> = emails.into_iter().map(invitation).collect();

    let reply = world.post("/composite/sobjects", collection(false, &records)).await;

    assert_eq!(reply.status, 200);
    let ids: Vec<_> = world.org.invitations().into_iter().map(|it| it.id).collect();
    assert_eq!(reply.body[0], json!({ "id": ids[0], "success": true, "errors": [] }));
    assert_eq!(reply.body[2], json!({ "id": ids[1], "success": true, "errors": [] }));
    let failed = reply.body[1].as_object().unwrap();
    assert!(!failed.contains_key("id") && failed["success"] == false);
    assert_eq!(failed["errors"][0]["statusCode"], "INVALID_EMAIL_ADDRESS");
    assert_eq!(failed["errors"][0]["fields"], json!(["InvitedUserEmail"]));
    let delete = format!("/composite/sobjects?ids={},{}&allOrNone=false", ids[0], ids[1]);
    let deleted = world.delete(&delete).await;
    assert_eq!((deleted.status, deleted.body.as_array().unwrap().len()), (200, 2));
    let again = world.delete(&delete).await;
    assert_eq!(again.body[0]["errors"][0]["statusCode"], "ENTITY_IS_DELETED");
    let unknown = world.delete("/composite/sobjects?ids=0FB000000000001,x").await;
    assert_eq!(unknown.body[0]["errors"][0]["statusCode"], "INVALID_CROSS_REFERENCE_KEY");
    assert_eq!(unknown.body[1]["errors"][0]["statusCode"], "MALFORMED_ID");
}

#[tokio::test]
async fn all_or_none_undoes_records_and_mails() {
    let world = World::start().await;
    let group = world.group("Acme");
    let invitation = |email: &str| {
        let fields = json!({ "SharedEntityId": group, "InvitedUserEmail": email });
        record("CollaborationInvitation", fields)
    };
    let records = [invitation("a@acme.example"), invitation("no address")];

    let reply = world.post("/composite/sobjects", collection(true, &records)).await;

    assert_eq!(reply.body[0]["success"], false);
    let rolled_back = &reply.body[0]["errors"][0]["statusCode"];
    assert_eq!(rolled_back, "ALL_OR_NONE_OPERATION_ROLLED_BACK");
    assert!(reply.body[0]["id"].is_string());
    assert_eq!(reply.body[1]["errors"][0]["statusCode"], "INVALID_EMAIL_ADDRESS");
    assert!(world.org.invitations().is_empty() && world.org.mails().is_empty());
    assert!(!world.org.calls()[0].changed);
}

#[tokio::test]
async fn users_are_changed_by_collection_with_a_lower_case_id() {
    let world = World::start().await;
    let (ana, bo) = (world.customer("ana@acme.example"), world.customer("bo@acme.example"));
    world.org.block_deactivation(Some(&bo), "no").unwrap();
    let records = [
        record("User", json!({ "id": ana, "IsActive": false })),
        record("User", json!({ "id": bo, "IsActive": false })),
        record("User", json!({ "Id": bo, "IsActive": false })),
        record("User", json!({ "id": "0F9000000000001", "IsActive": false })),
        record("Nope", json!({ "id": bo })),
    ];
    let reply = world.patch("/composite/sobjects", collection(false, &records)).await;
    let code = |index: usize| reply.body[index]["errors"][0]["statusCode"].clone();
    assert_eq!(reply.body[0]["success"], true);
    assert_eq!(code(1), "FIELD_CUSTOM_VALIDATION_EXCEPTION");
    assert_eq!(code(2), "MISSING_ARGUMENT");
    assert_eq!(code(3), "MALFORMED_ID");
    assert_eq!(code(4), "INVALID_TYPE");
    assert!(!world.org.user_by_email("ana@acme.example").unwrap().is_active);
}

#[tokio::test]
async fn users_and_memberships_do_not_mix_in_one_collection() {
    let world = World::start().await;
    let group = world.group("Acme");
    let ana = world.customer("ana@acme.example");
    let member = world.org.add_member(&group, &ana, "Standard").unwrap();
    let records = [
        record("CollaborationGroupMember", json!({ "id": member, "CollaborationRole": "Admin" })),
        record("User", json!({ "id": ana, "IsActive": false })),
    ];
    for all_or_none in [true, false] {
        let body = collection(all_or_none, &records);
        let reply = world.patch("/composite/sobjects", body).await;
        assert_eq!(reply.refusal(), (400, "MIXED_DML_OPERATION"));
    }
    let ids = world.delete(&format!("/composite/sobjects?ids={member},{ana}")).await;
    assert_eq!(ids.refusal(), (400, "MIXED_DML_OPERATION"));
    assert!(world.org.user_by_email("ana@acme.example").unwrap().is_active);
    assert_eq!(world.org.member("Acme", &ana).unwrap().role, "Standard");
}

#[tokio::test]
async fn collections_have_limits_and_may_be_refused() {
    let world = World::start().await;
    let group = || record("CollaborationGroup", json!({}));
    let member = || record("CollaborationGroupMember", json!({}));
    let post = async |records: &[Value]| {
        world.post("/composite/sobjects", collection(false, records)).await
    };

    assert_eq!(post(&vec![group(); 200]).await.status, 200);
    assert_eq!(post(&vec![group(); 201]).await.refusal(), (400, "EXCEEDED_ID_LIMIT"));
    let ten: Vec<_> = (0..5).flat_map(|_| [group(), member()]).collect();
    assert_eq!(post(&ten).await.status, 200);
    let eleven: Vec<_> = ten.into_iter().chain([group()]).collect();
    assert_eq!(post(&eleven).await.refusal(), (400, "LIMIT_EXCEEDED"));
    world.org.change_rules(|rules| rules.refuse_collections_of = vec!["User".to_owned()]);
    assert_eq!(post(&[record("User", json!({}))]).await.refusal(), (400, "INVALID_TYPE"));
    assert_eq!(post(&[group()]).await.status, 200);
    world.org.change_rules(|rules| rules.refuse_collections = true);
    assert_eq!(post(&[group()]).await.refusal(), (404, "NOT_FOUND"));
}

fn query(reference: &str, soql: &str) -> Value {
    let url = format!("/services/data/v66.0/query?q={}", encoded(soql));
    json!({ "method": "GET", "url": url, "referenceId": reference })
}

fn composite(parts: &[Value]) -> Value {
    json!({ "allOrNone": false, "collateSubrequests": false, "compositeRequest": parts })
}

#[tokio::test]
async fn a_composite_request_counts_once_and_answers_part_by_part() {
    let world = World::start().await;
    let group = world.group("Acme");
    let user = world.customer("ana@acme.example");
    let create = json!({
        "method": "POST",
        "url": "/services/data/v66.0/sobjects/CollaborationGroupMember",
        "referenceId": "join",
        "body": { "CollaborationGroupId": group, "MemberId": user },
    });
    let parts = [
        create.clone(),
        query("members", "SELECT Id FROM CollaborationGroupMember WHERE Member.IsActive = true"),
        query("wrong", "SELECT Nope FROM User"),
        json!({
            "method": "PATCH",
            "url": format!("/services/data/v66.0/sobjects/User/{user}"),
            "referenceId": "user",
            "body": { "IsActive": false },
        }),
        json!({ "method": "GET", "url": "/services/data/v66.0/limits", "referenceId": "limits" }),
        json!({ "method": "GET", "url": "/elsewhere", "referenceId": "elsewhere" }),
    ];

    let reply = world.post("/composite", composite(&parts)).await;

    assert_eq!((reply.status, reply.usage()), (200, Some("api-usage=1/15000")));
    let answers = reply.body["compositeResponse"].as_array().unwrap();
    let statuses: Vec<_> = answers.iter().map(|it| it["httpStatusCode"].clone()).collect();
    assert_eq!(statuses, [201, 200, 400, 204, 404, 404]);
    let references: Vec<_> = answers.iter().map(|it| it["referenceId"].clone()).collect();
    assert_eq!(references, ["join", "members", "wrong", "user", "limits", "elsewhere"]);
    assert_eq!(answers[1]["body"]["totalSize"], 2, "the owner and the new member");
    assert_eq!(answers[2]["body"][0]["errorCode"], "INVALID_FIELD");
    assert_eq!(answers[3]["body"], Value::Null);
    let call = &world.org.calls()[0];
    assert!(call.write && call.changed && call.counted);
    assert_eq!(call.objects, ["CollaborationGroupMember", "User"]);
    assert_eq!(call.subrequests[0].status, Some(201));
    assert!(call.subrequests[0].write && !call.subrequests[1].write);
    assert_eq!(world.org.mails()[0].kind, MailKind::Added);
}

#[tokio::test]
async fn a_composite_request_has_limits_and_does_not_refer_back() {
    let world = World::start().await;
    let code = async |body: Value| world.post("/composite", body).await.refusal().1.to_owned();
    let soql = "SELECT Id FROM User";
    let queries: Vec<_> = (0..6).map(|number| query(&format!("q{number}"), soql)).collect();
    let writes: Vec<_> = (0..26)
        .map(|number| {
            let url = "/services/data/v66.0/sobjects/CollaborationGroup";
            json!({ "method": "POST", "url": url, "referenceId": format!("w{number}"), "body": {} })
        })
        .collect();

    assert_eq!(world.post("/composite", composite(&queries[..5])).await.status, 200);
    assert_eq!(code(composite(&queries)).await, "LIMIT_EXCEEDED");
    assert_eq!(world.post("/composite", composite(&writes[..25])).await.status, 200);
    assert_eq!(code(composite(&writes)).await, "LIMIT_EXCEEDED");
    assert_eq!(code(composite(&[])).await, "JSON_PARSER_ERROR");
    let twice = [queries[0].clone(), queries[0].clone()];
    assert_eq!(code(composite(&twice)).await, "JSON_PARSER_ERROR");
    let refers = [query("a", "SELECT Id FROM User WHERE Id = '@{b.id}'")];
    let refers_plain = json!({
        "method": "DELETE",
        "url": "/services/data/v66.0/sobjects/CollaborationGroup/@{a.id}",
        "referenceId": "b",
    });
    assert_eq!(code(composite(&[refers_plain])).await, "NOT_SUPPORTED_BY_SIMULATOR");
    let answer = world.post("/composite", composite(&refers)).await;
    let refused = &answer.body["compositeResponse"][0]["body"][0]["errorCode"];
    assert_eq!(refused, "INVALID_QUERY_FILTER_OPERATOR");
    let mut whole = composite(&queries[..1]);
    whole["allOrNone"] = json!(true);
    assert_eq!(code(whole).await, "NOT_SUPPORTED_BY_SIMULATOR");
    world.org.change_rules(|rules| rules.refuse_composite = true);
    assert_eq!(code(composite(&queries[..1])).await, "NOT_FOUND");
}

#[tokio::test]
async fn collated_parts_run_in_another_order_than_written() {
    let world = World::start().await;
    let group = world.group("Acme");
    let user = world.customer("ana@acme.example");
    let mut body = composite(&[
        json!({
            "method": "POST",
            "url": "/services/data/v66.0/sobjects/CollaborationGroupMember",
            "referenceId": "join",
            "body": { "CollaborationGroupId": group, "MemberId": user },
        }),
        query("members", "SELECT Id FROM CollaborationGroupMember"),
    ]);
    body.as_object_mut().unwrap().remove("collateSubrequests");
    let reply = world.post("/composite", body).await;
    assert_eq!(reply.body["compositeResponse"][1]["body"]["totalSize"], 1, "only the owner");
    assert!(world.org.is_member("Acme", &user));
}

#[tokio::test]
async fn settings_are_read_together_by_the_tooling_composite() {
    let world = World::start().await;
    let part = |name: &str| {
        let url = format!("/services/data/v66.0/tooling/query?q=SELECT+Metadata+FROM+{name}");
        json!({ "method": "GET", "url": url, "referenceId": name })
    };
    let parts = [
        part("ChatterSettings"),
        part("MyDomainSettings"),
        part("SecuritySettings"),
        query("data", "SELECT Id FROM User"),
    ];
    let reply = world.post("/tooling/composite", composite(&parts)).await;
    let answers = reply.body["compositeResponse"].as_array().unwrap();
    let statuses: Vec<_> = answers.iter().map(|it| it["httpStatusCode"].clone()).collect();
    assert_eq!(statuses, [200, 200, 200, 404]);
    assert_eq!(answers[0]["body"]["records"][0]["Metadata"]["enableInviteCsnUsers"], true);
    let crossed = world.post("/composite", composite(&parts[..1])).await;
    assert_eq!(crossed.body["compositeResponse"][0]["httpStatusCode"], 404);
    world.org.change_rules(|rules| rules.refuse_tooling_composite = true);
    let refused = world.post("/tooling/composite", composite(&parts)).await;
    assert_eq!(refused.refusal(), (404, "NOT_FOUND"));
}
