//! Many records, with a result for each.

use std::time::Duration;

use salesforce::collaboration_group_member::{NewMember, Role};
use salesforce::collaboration_invitation::NewInvitation;
use salesforce::{Deleted, Disposition, Id, WriteError};
use serde_json::{Value, json};

use crate::server::{Asked, Reply, Server, id, refusal, results_of};

#[tokio::test]
async fn invitations_go_two_hundred_to_a_call_and_come_back_in_order() {
    let server = Server::start(saves).await;
    let results = invite(&server, 450).await;
    assert_eq!(results.len(), 450);
    for (place, result) in results.into_iter().enumerate() {
        assert_eq!(result.unwrap(), id("0Mk", place));
    }
    let sizes: Vec<usize> = server
        .asked()
        .iter()
        .map(|asked| asked.body["records"].as_array().unwrap().len())
        .collect();
    assert_eq!(sizes, [200, 200, 50]);
    let first = &server.asked()[0];
    assert_eq!(format!("{} {}", first.method, first.path), "POST /composite/sobjects");
    assert_eq!(
        first.body["records"][7],
        json!({
            "attributes": { "type": "CollaborationInvitation" },
            "SharedEntityId": id("0F9", 1),
            "InvitedUserEmail": "7@acme.example",
            "OptionalMessage": "Join us.",
        })
    );
    assert_eq!(first.body["allOrNone"], false);
}

#[tokio::test]
async fn a_chunk_whose_answer_is_lost_is_doubtful_and_the_others_are_not() {
    let mut call = 0;
    let server = Server::start(move |asked| {
        call += 1;
        if call == 2 { Reply::Drop } else { saves(asked) }
    })
    .await;
    let results = invite(&server, 450).await;
    assert_eq!(server.asked().len(), 3);
    assert!(results[..200].iter().all(Result::is_ok));
    assert!(results[200..400].iter().all(|r| matches!(r, Err(WriteError::Ambiguous(_)))));
    assert!(results[400..].iter().all(Result::is_ok));
}

#[tokio::test]
async fn results_that_do_not_fit_the_records_are_doubtful() {
    let bodies: [fn(&mut Vec<Value>); 3] = [
        |results| drop(results.pop()),
        |results| results.push(json!({ "success": true, "id": id("005", 9) })),
        |results| results.reverse(),
    ];
    for change in bodies {
        let server = Server::start(move |asked| {
            let mut results = results(&asked.body);
            change(&mut results);
            Reply::Json(200, json!(results))
        })
        .await;
        let results = results_of(server.client().set_active(&users(3)).await);
        assert_eq!(results.len(), 3);
        assert!(results.iter().all(|r| r.as_ref().is_err_and(WriteError::is_ambiguous)));
        assert_eq!(server.asked().len(), 1);
    }
}

#[tokio::test]
async fn a_result_without_an_id_is_doubtful_for_its_record_alone() {
    let server = Server::start(|asked| {
        let mut results = results(&asked.body);
        results[1] = json!({ "success": true, "errors": [] });
        Reply::Json(200, json!(results))
    })
    .await;
    let results = invite(&server, 3).await;
    assert!(results[0].is_ok() && results[2].is_ok());
    assert!(matches!(results[1], Err(WriteError::Ambiguous(_))));
}

#[tokio::test]
async fn a_thousand_users_are_deactivated_in_one_call() {
    let server = Server::start(saves).await;
    let client = server.client();
    let results = results_of(client.set_active(&users(1000)).await);
    assert!(results.len() == 1000 && results.iter().all(Result::is_ok));
    assert_eq!(server.lines(), ["POST /composite"]);
    let parts = server.asked()[0].parts();
    assert_eq!(parts.len(), 5);
    for (path, body) in parts {
        assert_eq!(path, "/composite/sobjects");
        assert_eq!(body["records"].as_array().unwrap().len(), 200);
        let record = &body["records"][0];
        assert_eq!(record.as_object().unwrap().len(), 3, "IsActive and nothing else: {record}");
        assert_eq!(record["IsActive"], false);
    }
}

#[tokio::test]
async fn creations_never_share_a_call() {
    let server = Server::start(saves).await;
    let member =
        |number| NewMember { group: id("0F9", 1), user: id("005", number), role: Role::Admin };
    let members: Vec<NewMember> = (0..300).map(member).collect();
    let results = results_of(server.client().add_members(&members).await);
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(server.lines(), ["POST /composite/sobjects", "POST /composite/sobjects"]);
    assert_eq!(server.asked()[0].body["records"][0]["CollaborationRole"], "Admin");
}

#[tokio::test]
async fn only_what_was_deleted_already_counts_as_deleted() {
    let server = Server::start(|asked| {
        let codes = [
            "",
            "ENTITY_IS_DELETED",
            "NOT_FOUND",
            "INVALID_CROSS_REFERENCE_KEY",
            "INSUFFICIENT_ACCESS",
        ];
        let mut results = deletions(&asked.path);
        for (result, code) in results.iter_mut().zip(codes).skip(1) {
            *result =
                json!({ "success": false, "errors": [{ "statusCode": code, "message": "" }] });
        }
        Reply::Json(200, json!(results))
    })
    .await;
    let ids: Vec<Id> = (0..5).map(|number| id("0FB", number)).collect();
    let results = results_of(server.client().delete_members(&ids).await);
    let done: Vec<Option<Deleted>> = results.iter().map(|r| r.as_ref().ok().copied()).collect();
    let gone = Some(Deleted::AlreadyGone);
    // What is not found may be what the caller may not see.
    assert_eq!(done, [Some(Deleted::Now), gone, None, None, None]);
    let list: Vec<&str> = ids.iter().map(Id::as_str).collect();
    let expected = format!("DELETE /composite/sobjects?ids={}&allOrNone=false", list.join(","));
    assert_eq!(server.lines(), [expected]);
}

#[tokio::test]
async fn a_refused_sign_in_is_not_tried_for_each_chunk() {
    let server = Server::start_without_sign_in(|_| {
        Reply::Json(400, json!({ "error": "invalid_client_id" }))
    })
    .await;
    let results = invite(&server, 450).await;
    assert_eq!(server.sign_ins(), 1);
    for result in results {
        let error = result.unwrap_err();
        assert!(matches!(error, WriteError::NotSent(_)));
        assert_eq!((error.disposition(), &*error.code()), (Disposition::Human, "SIGN_IN_REFUSED"));
    }
}

#[tokio::test]
async fn the_daily_limit_ends_the_writing_and_keeps_what_was_written() {
    let mut call = 0;
    let server = Server::start(move |asked| {
        call += 1;
        if call == 1 { saves(asked) } else { refusal(403, "REQUEST_LIMIT_EXCEEDED") }
    })
    .await;
    let results = invite(&server, 600).await;
    assert_eq!(server.asked().len(), 2);
    assert!(results[..200].iter().all(Result::is_ok));
    for result in &results[200..] {
        let error = result.as_ref().unwrap_err();
        assert_eq!(error.disposition(), Disposition::Later);
        assert!(!error.is_ambiguous() && !error.is_refusal());
    }
}

#[tokio::test]
async fn what_the_deadline_cuts_off_is_told_from_what_was_not_sent() {
    let mut call = 0;
    let server = Server::start(move |asked| {
        call += 1;
        if call == 1 { saves(asked) } else { Reply::Hang }
    })
    .await;
    let client = server.client();
    client.sign_in().await.unwrap();
    let client = client.until(tokio::time::Instant::now() + Duration::from_secs(3));
    let texts = addresses(600);
    let results = results_of(client.create_invitations(&id("0F9", 1), &invitations(&texts)).await);
    assert!(results[..200].iter().all(Result::is_ok));
    assert!(results[200..400].iter().all(|r| matches!(r, Err(WriteError::Ambiguous(_)))));
    assert!(results[400..].iter().all(|r| matches!(r, Err(WriteError::NotSent(_)))));
    assert_eq!(server.asked().len(), 2);
}

async fn invite(server: &Server, count: usize) -> Vec<Result<Id, WriteError>> {
    let texts = addresses(count);
    results_of(server.client().create_invitations(&id("0F9", 1), &invitations(&texts)).await)
}

fn addresses(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{number}@acme.example")).collect()
}

fn invitations(texts: &[String]) -> Vec<NewInvitation<'_>> {
    texts.iter().map(|address| NewInvitation { address, message: Some("Join us.") }).collect()
}

pub(crate) fn users(count: usize) -> Vec<(Id, bool)> {
    (0..count).map(|number| (id("005", number), false)).collect()
}

/// Writes everything.
pub(crate) fn saves(asked: &Asked) -> Reply {
    match asked.path.as_str() {
        "/composite" => asked.answer_parts(|_, body| (200, json!(results(body)))),
        "/composite/sobjects" => Reply::Json(200, json!(results(&asked.body))),
        path if path.contains("ids=") => Reply::Json(200, json!(deletions(path))),
        _ => Reply::Json(204, Value::Null),
    }
}

/// Good results, with the ids of the records or with new ones: numbered as the addresses are.
pub(crate) fn results(collection: &Value) -> Vec<Value> {
    let records = collection["records"].as_array().expect("records");
    let number = |record: &Value| {
        let address = record["InvitedUserEmail"].as_str().unwrap_or("0@");
        address.split('@').next().and_then(|number| number.parse().ok()).unwrap_or_default()
    };
    records
        .iter()
        .map(|record| {
            let new = json!(id("0Mk", number(record)));
            let id = record.get("id").unwrap_or(&new);
            json!({ "id": id, "success": true, "errors": [] })
        })
        .collect()
}

fn deletions(path: &str) -> Vec<Value> {
    let ids = path.split("ids=").nth(1).and_then(|rest| rest.split('&').next()).unwrap_or_default();
    ids.split(',').map(|id| json!({ "id": id, "success": true, "errors": [] })).collect()
}
