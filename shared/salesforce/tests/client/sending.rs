//! Repeating, and giving up.

use std::time::{Duration, Instant};

use salesforce::collaboration_group::NewGroup;
use salesforce::{ClientError, Disposition, Error, user};
use serde_json::json;

use crate::server::{Reply, Server, chain, id, page, refusal};

#[tokio::test]
async fn a_read_is_repeated_after_html_and_after_a_dropped_connection() {
    let mut replies =
        vec![Reply::Json(200, page(&[])), Reply::Html(200), Reply::Drop, Reply::Html(503)];
    let server = Server::start(move |_| replies.pop().unwrap_or(Reply::Drop)).await;
    let client = server.client_with(|options| options.attempts = 4);
    assert_eq!(client.query(user::by_ids(&[id("005", 1)])).await.unwrap(), []);
    assert_eq!(server.asked().len(), 4);
    assert_eq!(client.usage().calls, 5);
    assert_eq!(client.usage().api_usage, Some((49, 15_000)));
}

#[tokio::test]
async fn attempts_are_bounded() {
    let server = Server::start(|_| Reply::Html(502)).await;
    let error = server.client().query(user::by_ids(&[id("005", 1)])).await.unwrap_err();
    assert!(matches!(error, ClientError::Status { status: 502 }), "{error:?}");
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test]
async fn a_creation_that_may_have_happened_is_not_repeated() {
    let doubtful: [fn() -> Reply; 6] = [
        || Reply::Drop,
        || Reply::Hang,
        || Reply::Html(502),
        || refusal(500, "UNKNOWN_EXCEPTION"),
        || Reply::Json(201, json!({ "success": true })),
        || Reply::Html(200),
    ];
    for (case, reply) in doubtful.into_iter().enumerate() {
        let server = Server::start(move |_| reply()).await;
        let client = server.client_with(|options| options.request_timeout = Duration::from_secs(1));
        let error = client.create_private_group(&group()).await.unwrap_err();
        let error = error.client().unwrap();
        assert!(matches!(error, ClientError::Ambiguous(_)), "case {case}: {error:?}");
        assert!(error.is_ambiguous());
        assert_eq!(server.asked().len(), 1, "case {case}");
    }
}

#[tokio::test]
async fn a_creation_that_was_refused_for_the_moment_is_repeated() {
    let group_id = id("0F9", 1);
    let created = json!({ "id": group_id, "success": true, "errors": [] });
    let mut replies = vec![
        Reply::Json(201, created),
        refusal(400, "UNABLE_TO_LOCK_ROW"),
        refusal(401, "INVALID_SESSION_ID"),
    ];
    let server = Server::start(move |_| replies.pop().unwrap_or(Reply::Drop)).await;
    assert_eq!(server.client().create_private_group(&group()).await.unwrap(), group_id);
}

#[tokio::test]
async fn the_daily_limit_is_not_tried_again() {
    let server = Server::start(|_| {
        let error = json!({ "message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED" });
        Reply::Json(403, json!([error]))
    })
    .await;
    let error = server.client().query(user::by_ids(&[id("005", 1)])).await.unwrap_err();
    assert_eq!(error.disposition(), Disposition::Later);
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn retry_after_is_honoured() {
    let mut replies = vec![Reply::Json(200, page(&[])), Reply::Header(503, "Retry-After", "1")];
    let server = Server::start(move |_| replies.pop().unwrap_or(Reply::Drop)).await;
    let client = server.client();
    let begin = Instant::now();
    client.query(user::by_ids(&[id("005", 1)])).await.unwrap();
    assert!(begin.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn nothing_is_waited_for_that_lies_beyond_the_deadline() {
    let server = Server::start(|_| Reply::Header(503, "Retry-After", "60")).await;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    let client = server.client().until(deadline);
    let begin = Instant::now();
    let error = client.query(user::by_ids(&[id("005", 1)])).await.unwrap_err();
    assert!(begin.elapsed() < Duration::from_secs(10));
    let ClientError::OutOfTime(Some(last)) = error else { panic!("{error:?}") };
    assert!(matches!(*last, ClientError::Status { status: 503 }));
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn without_a_deadline_no_server_makes_the_client_wait_for_long() {
    let server = Server::start(|_| Reply::Header(503, "Retry-After", "3600")).await;
    let begin = Instant::now();
    let error = server.client().query(user::by_ids(&[id("005", 1)])).await.unwrap_err();
    assert!(begin.elapsed() < Duration::from_secs(10));
    assert!(matches!(error, ClientError::Status { status: 503 }), "{error:?}");
}

#[tokio::test]
async fn nothing_is_begun_that_cannot_finish() {
    let server = Server::start(|_| Reply::Json(200, page(&[]))).await;
    let signed_in = server.client();
    signed_in.sign_in().await.unwrap();
    let soon = signed_in.until(tokio::time::Instant::now() + Duration::from_millis(500));
    let error = soon.create_private_group(&group()).await.unwrap_err();
    assert!(matches!(error, Error::Client(ClientError::OutOfTime(None))), "{error:?}");
    assert!(!error.client().unwrap().is_ambiguous());
    assert_eq!(soon.usage().calls, 0);
    assert_eq!(signed_in.usage().calls, 1);
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn a_server_that_is_not_there_was_sent_nothing() {
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let mut address = format!("http://{gone}");
    let server = Server::start_without_sign_in(move |_| {
        Reply::Json(200, crate::server::token("t", &std::mem::take(&mut address)))
    })
    .await;
    let client = server.client();
    let error = client.create_private_group(&group()).await.unwrap_err();
    assert!(matches!(error, Error::Client(ClientError::Unreachable(_))), "{error:?}");
    assert!(!error.client().unwrap().is_ambiguous());
    assert_eq!(client.usage().calls, 1);
}

#[tokio::test]
async fn a_body_without_end_is_not_read() {
    let server = Server::start(|_| Reply::Bytes(17 * 1024 * 1024)).await;
    let error = server.client().query(user::by_ids(&[id("005", 1)])).await.unwrap_err();
    assert!(matches!(error, ClientError::Unexpected { .. }), "{error:?}");
}

#[tokio::test]
async fn no_error_shows_what_was_asked_or_answered() {
    let replies: [fn() -> Reply; 4] = [
        || Reply::Drop,
        || Reply::Html(200),
        || Reply::Html(500),
        || refusal(400, "MALFORMED_QUERY"),
    ];
    for reply in replies {
        let server = Server::start(move |_| reply()).await;
        let error = server
            .client()
            .query(user::by_addresses_or_ids(&["ana@acme.example"], &[]))
            .await
            .unwrap_err();
        let shown = chain(&error);
        for secret in ["ana", "acme", "token-1", "SELECT", "html", "Not so", "127.0.0.1"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

fn group() -> NewGroup<'static> {
    NewGroup { name: "Acme rollout", ..NewGroup::default() }
}
