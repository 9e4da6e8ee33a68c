//! Writing in smaller units what was refused in larger ones.

use salesforce::collaboration_invitation::NewInvitation;
use salesforce::{Disposition, ErrorCode, WriteError};
use serde_json::{Value, json};

use crate::server::{Asked, Reply, Server, id, refusal, results_of};
use crate::writing::{results, saves, users};

#[tokio::test]
async fn without_composites_collections_are_sent_one_by_one() {
    let server = Server::start(|asked| match asked.path.as_str() {
        "/composite" => refusal(404, "NOT_FOUND"),
        _ => saves(asked),
    })
    .await;
    let results = results_of(server.client().set_active(&users(1100)).await);
    assert!(results.len() == 1100 && results.iter().all(Result::is_ok));
    let lines = server.lines();
    assert_eq!((lines.len(), lines[0].as_str()), (7, "POST /composite"));
    assert!(lines[1..].iter().all(|line| line == "PATCH /composite/sobjects"));
}

#[tokio::test]
async fn without_collections_records_are_sent_one_by_one() {
    let server = Server::start(|asked| match asked.path.as_str() {
        "/composite" => asked.answer_parts(|_, _| (400, error_body("INVALID_TYPE"))),
        "/composite/sobjects" => refusal(400, "INVALID_TYPE"),
        _ => saves(asked),
    })
    .await;
    let results = results_of(server.client().set_active(&users(203)).await);
    assert!(results.len() == 203 && results.iter().all(Result::is_ok));
    let lines = server.lines();
    assert_eq!(lines[..2], ["POST /composite", "PATCH /composite/sobjects"]);
    assert_eq!(lines.len(), 2 + 203);
    assert!(lines.contains(&format!("PATCH /sobjects/User/{}", id("005", 202))));
    assert_eq!(server.asked()[2].body, json!({ "IsActive": false }));
}

#[tokio::test]
async fn single_creations_have_results_of_their_own() {
    let server = Server::start(|asked| match asked.body["InvitedUserEmail"].as_str() {
        None => refusal(400, "INVALID_TYPE"),
        Some("bo@acme.example") => refusal(400, "INVALID_EMAIL_ADDRESS"),
        Some("cy@acme.example") => Reply::Drop,
        Some(_) => Reply::Json(201, json!({ "id": id("0Mk", 1), "success": true, "errors": [] })),
    })
    .await;
    let addresses = ["ana@acme.example", "bo@acme.example", "cy@acme.example", "di@acme.example"];
    let invitations = addresses.map(|address| NewInvitation { address, message: None });
    let results = results_of(server.client().create_invitations(&id("0F9", 1), &invitations).await);
    assert_eq!(results[0].as_ref().unwrap(), &id("0Mk", 1));
    let Err(WriteError::Refused(error)) = &results[1] else { panic!("{results:?}") };
    assert_eq!(error.code, ErrorCode::InvalidEmailAddress);
    assert!(matches!(results[2], Err(WriteError::Ambiguous(_))), "{results:?}");
    assert!(results[3].is_ok());
    assert_eq!(server.asked().len(), 5);
}

#[tokio::test]
async fn a_refusal_for_lack_of_permission_is_not_repeated_for_each_record() {
    let server = Server::start(|_| refusal(403, "INSUFFICIENT_ACCESS")).await;
    let results = results_of(server.client().set_active(&users(3)).await);
    assert_eq!(server.asked().len(), 1);
    for result in results {
        let error = result.unwrap_err();
        assert!(matches!(error, WriteError::NotSent(_)));
        assert_eq!(
            (error.disposition(), &*error.code()),
            (Disposition::Human, "INSUFFICIENT_ACCESS")
        );
    }
}

#[tokio::test]
async fn records_that_are_locked_are_tried_again_alone_and_in_smaller_batches() {
    let server = Server::start(locks_first(120)).await;
    let results = results_of(server.client().set_active(&users(200)).await);
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    let sizes: Vec<usize> = server
        .asked()
        .iter()
        .flat_map(|asked| match asked.path.as_str() {
            "/composite" => asked.parts().into_iter().map(|(_, body)| count(&body)).collect(),
            _ => vec![count(&asked.body)],
        })
        .collect();
    assert_eq!(sizes, [200, 50, 50, 20]);
}

#[tokio::test]
async fn locked_records_stay_refused_when_the_attempts_are_used_up() {
    let server = Server::start(|asked| {
        let body = json!({ "success": false, "errors": [{ "statusCode": "UNABLE_TO_LOCK_ROW", "message": "" }] });
        Reply::Json(200, json!(vec![body; count(&asked.body)]))
    })
    .await;
    let results = results_of(server.client().set_active(&users(2)).await);
    assert_eq!(server.asked().len(), 3);
    for result in results {
        let error = result.unwrap_err();
        assert!(error.is_refusal());
        assert_eq!(error.disposition(), Disposition::Retry);
    }
}

#[tokio::test]
async fn a_chunk_that_is_locked_within_a_composite_is_tried_again() {
    let mut first = true;
    let server = Server::start(move |asked| {
        if !std::mem::take(&mut first) {
            return saves(asked);
        }
        asked.answer_parts(|_, body| match body["records"][0]["id"].as_str() {
            Some(user) if user == id("005", 0).as_str() => (200, json!(results(body))),
            _ => (400, error_body("UNABLE_TO_LOCK_ROW")),
        })
    })
    .await;
    let results = results_of(server.client().set_active(&users(210)).await);
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(server.lines(), ["POST /composite", "PATCH /composite/sobjects"]);
    assert_eq!(count(&server.asked()[1].body), 10);
}

#[tokio::test]
async fn a_single_deletion_of_what_is_gone_counts_as_deleted() {
    let server = Server::start(|asked| match asked.path.as_str() {
        path if path.starts_with("/composite") => refusal(404, "NOT_FOUND"),
        _ => refusal(404, "ENTITY_IS_DELETED"),
    })
    .await;
    let gone = results_of(server.client().cancel_invitations(&[id("0Mk", 1)]).await);
    assert!(matches!(gone[..], [Ok(salesforce::Deleted::AlreadyGone)]), "{gone:?}");
}

/// Refuses the first so many records of the first call.
fn locks_first(locked: usize) -> impl FnMut(&Asked) -> Reply + Send {
    let mut first = true;
    move |asked| {
        if !std::mem::take(&mut first) {
            return saves(asked);
        }
        let mut results = results(&asked.body);
        for result in results.iter_mut().take(locked) {
            let error = json!({ "statusCode": "UNABLE_TO_LOCK_ROW", "message": "", "fields": [] });
            *result = json!({ "success": false, "errors": [error] });
        }
        Reply::Json(200, json!(results))
    }
}

fn error_body(code: &str) -> Value {
    json!([{ "message": "", "errorCode": code }])
}

fn count(collection: &Value) -> usize {
    collection["records"].as_array().map_or(0, Vec::len)
}
