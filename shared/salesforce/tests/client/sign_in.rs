//! Signing in, and keeping the token.

use std::time::Duration;

use salesforce::{Client, ClientError, Disposition, SignInError, user};
use serde_json::json;

use crate::server::{Reply, Server, chain, id, page, refusal, token};

#[tokio::test]
async fn callers_at_the_same_time_sign_in_once() {
    let server = Server::start(|_| Reply::Json(200, page(&[]))).await;
    let client = server.client();
    let ask = || async { client.query(user::by_ids(&[id("005", 1)])).await.unwrap() };
    tokio::join!(ask(), ask(), ask(), ask());
    assert_eq!(server.sign_ins(), 1);
    assert_eq!(client.usage().calls, 5);
}

#[test]
fn what_a_client_does_may_move_between_threads() {
    fn moves<T: Send>(_: impl Fn(Client) -> T) {}
    moves(|client| async move { client.sign_in().await });
    moves(|client| async move { client.reading().send().await.map(drop) });
    moves(|client| async move { client.set_active(&[]).await });
    moves(|client| async move { client.create_invitations(&id("0F9", 1), &[]).await });
    moves(|client| async move { client.delete_members(&[]).await });
    moves(|client| async move { client.settings().await });
}

#[tokio::test]
async fn who_is_signed_in_is_known_from_the_token_answer() {
    let server = Server::start(|_| refusal(500, "UNEXPECTED")).await;
    let identity = server.client().identity().await.unwrap();
    assert_eq!(identity.org.prefix(), "00D");
    assert_eq!(identity.user.prefix(), "005");
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn a_token_is_replaced_before_its_life_ends() {
    let server = Server::start(|_| Reply::Json(200, page(&[]))).await;
    let client = server.client_with(|options| options.token_life = Duration::from_hours(1));
    client.sign_in().await.unwrap();
    server.pass(3500);
    client.sign_in().await.unwrap();
    assert_eq!(server.sign_ins(), 1);
    server.pass(60);
    client.sign_in().await.unwrap();
    assert_eq!(server.sign_ins(), 2);
}

#[tokio::test]
async fn refused_credentials_are_tried_once_whoever_waits() {
    let server = Server::start_without_sign_in(|_| {
        let description = "user hasn't approved this consumer";
        Reply::Json(400, json!({ "error": "invalid_grant", "error_description": description }))
    })
    .await;
    let client = server.client();
    let (first, second, third) = tokio::join!(client.sign_in(), client.sign_in(), client.sign_in());
    for error in [first.unwrap_err(), second.unwrap_err(), third.unwrap_err()] {
        assert_eq!(error.disposition(), Disposition::Human);
        let ClientError::SignIn(SignInError::Refused { cause, fix }) = error else {
            panic!("{error:?}");
        };
        assert_eq!(cause, "invalid_grant: user hasn't approved this consumer");
        assert!(fix.contains("Permitted Users"));
    }
    assert_eq!(server.sign_ins(), 1);
}

#[tokio::test]
async fn a_later_caller_tries_refused_credentials_anew() {
    let mut first = true;
    let server = Server::start_without_sign_in(move |_| {
        if std::mem::take(&mut first) {
            return Reply::Json(400, json!({ "error": "invalid_app_access" }));
        }
        Reply::Json(200, token("t", "https://acme.my.salesforce.com"))
    })
    .await;
    let client = server.client();
    assert!(client.sign_in().await.is_err());
    assert!(client.sign_in().await.is_ok());
}

#[tokio::test]
async fn failures_on_the_way_to_a_token_are_tried_again() {
    let mut replies = vec![
        Reply::Json(200, token("t", "https://acme.my.salesforce.com")),
        Reply::Drop,
        Reply::Html(503),
    ];
    let server = Server::start_without_sign_in(move |_| replies.pop().unwrap_or(Reply::Drop)).await;
    server.client().sign_in().await.unwrap();
    assert_eq!(server.sign_ins(), 3);
}

#[tokio::test]
async fn an_expired_session_is_renewed_and_the_request_repeated_once() {
    let server = Server::start(|asked| match asked.token.as_str() {
        "token-1" => refusal(401, "INVALID_SESSION_ID"),
        _ => Reply::Json(200, page(&[])),
    })
    .await;
    let client = server.client();
    client.sign_in().await.unwrap();
    server.pass(120);
    client.query(user::by_ids(&[id("005", 1)])).await.unwrap();
    let tokens: Vec<String> = server.asked().into_iter().map(|asked| asked.token).collect();
    assert_eq!(tokens, ["token-1", "token-2"]);
}

#[tokio::test]
async fn a_session_that_is_refused_again_is_an_error_after_three_calls_and_not_taken_up_again() {
    for age in [0, 120] {
        let server = Server::start(|_| refusal(401, "INVALID_SESSION_ID")).await;
        let client = server.client();
        client.sign_in().await.unwrap();
        server.pass(age);
        let error = client.query(user::by_ids(&[id("005", 1)])).await.unwrap_err();
        assert_eq!(error.code(), "INVALID_SESSION_ID");
        let calls = (server.sign_ins(), server.asked().len());
        assert_eq!(calls, if age == 0 { (1, 2) } else { (2, 2) }, "{age} s after the sign-in");
        let ready = error.not_ready().unwrap();
        assert_eq!(ready.cause, "INVALID_SESSION_ID");
        assert!(ready.fix.contains("API Enabled"), "{}", ready.fix);
        client.sign_in().await.unwrap();
        assert_eq!(server.sign_ins(), calls.0 + 1);
    }
}

#[tokio::test]
async fn a_lost_session_of_many_callers_is_renewed_once() {
    let server = Server::start(|asked| match asked.token.as_str() {
        "token-1" => refusal(401, "INVALID_SESSION_ID"),
        _ => Reply::Json(200, page(&[])),
    })
    .await;
    let client = server.client();
    client.sign_in().await.unwrap();
    server.pass(120);
    let ask = || async { client.query(user::by_ids(&[id("005", 1)])).await.unwrap() };
    tokio::join!(ask(), ask(), ask());
    assert_eq!(server.sign_ins(), 2);
}

#[tokio::test]
async fn no_error_of_a_sign_in_shows_a_secret() {
    let server = Server::start_without_sign_in(|_| Reply::Drop).await;
    let error = server.client().sign_in().await.unwrap_err();
    let shown = format!("{} {error:?}", chain(&error));
    for secret in ["assertion", "integration@corp.example", "3MVG9", "oauth2"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
