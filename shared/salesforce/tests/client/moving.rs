//! Sessions that end, hosts that move, and addresses that are too long.

use salesforce::{Id, collaboration_group_member, user};
use serde_json::json;

use crate::asking::{everybody, found, old_session, rows};
use crate::server::{Reply, Server, id, page, refusal};

#[tokio::test]
async fn an_org_that_moved_is_signed_in_to_once_and_followed() {
    for moved in [301, 302, 307, 308] {
        let server = Server::start(move |asked| match asked.token.as_str() {
            "token-1" => Reply::Header(moved, "Location", "https://new.my.salesforce.com/"),
            _ => Reply::Json(200, page(&[])),
        })
        .await;
        let client = old_session(&server).await;
        client.query(user::by_ids(&[id("005", 1)])).await.unwrap();
        assert_eq!((server.sign_ins(), server.asked().len()), (2, 2), "{moved}");
    }
    let server =
        Server::start(|_| Reply::Header(301, "Location", "https://new.my.salesforce.com/"));
    let server = server.await;
    let client = old_session(&server).await;
    let error = client.query(user::by_ids(&[id("005", 1)])).await.unwrap_err();
    let ready = error.not_ready().unwrap();
    assert_eq!(ready.cause, "HTTP_301");
    assert!(ready.fix.contains("loginUrl") && ready.fix.contains("new.my.salesforce.com"));
    assert_eq!(client.usage().calls, 4, "the first sign-in among them");
}

#[tokio::test]
async fn a_token_that_a_host_calls_not_valid_is_replaced_however_it_says_so() {
    for reply in [
        refusal(401, "INVALID_SESSION_ID"),
        refusal(403, "INVALID_SESSION_ID"),
        refusal(401, "INVALID_AUTH_HEADER"),
        Reply::Page(403, "Bad_OAuth_Token"),
        Reply::Json(401, json!({ "error": "invalid_token" })),
        Reply::Json(403, json!({ "error": "invalid_token" })),
        Reply::Page(
            401,
            "<Errors><Error><errorCode>INVALID_SESSION_ID</errorCode></Error></Errors>",
        ),
    ] {
        let server = Server::start(move |asked| match asked.token.as_str() {
            "token-1" => reply.clone(),
            _ => Reply::Json(200, page(&[])),
        })
        .await;
        let client = old_session(&server).await;
        client.query(user::by_ids(&[id("005", 1)])).await.unwrap();
        assert_eq!(server.sign_ins(), 2);
    }
}

#[tokio::test]
async fn a_token_that_the_host_knows_a_moment_later_is_kept() {
    let mut first = true;
    let server = Server::start(move |_| {
        if std::mem::take(&mut first) {
            return refusal(401, "INVALID_SESSION_ID");
        }
        Reply::Json(200, page(&[]))
    })
    .await;
    server.client().query(user::by_ids(&[id("005", 1)])).await.unwrap();
    assert_eq!((server.sign_ins(), server.asked().len()), (1, 2));
}

#[tokio::test]
async fn a_query_whose_session_ends_between_two_pages_is_asked_anew() {
    let server = Server::start(|asked| match (asked.path.as_str(), asked.token.as_str()) {
        ("/query/0r8-1", "token-1") => refusal(401, "INVALID_SESSION_ID"),
        ("/query/0r8-1", _) => refusal(400, "INVALID_QUERY_LOCATOR"),
        ("/query/0r8-2", _) => Reply::Json(200, rows(&[3], None)),
        (_, "token-1") => Reply::Json(200, rows(&[1, 2], Some("/services/data/v66.0/query/0r8-1"))),
        _ => Reply::Json(200, rows(&[1, 2], Some("/services/data/v66.0/query/0r8-2"))),
    })
    .await;
    let found = old_session(&server).await.query(everybody()).await.unwrap();
    let found: Vec<Id> = found.into_iter().map(|it| it.user).collect();
    assert_eq!(found, [id("005", 1), id("005", 2), id("005", 3)], "each once");
}

#[tokio::test]
async fn a_query_whose_pages_are_always_lost_is_an_error() {
    let server = Server::start(|asked| match asked.path.as_str() {
        "/query/0r8-1" => refusal(400, "INVALID_QUERY_LOCATOR"),
        _ => Reply::Json(200, rows(&[1], Some("/services/data/v66.0/query/0r8-1"))),
    })
    .await;
    let error = server.client().query(everybody()).await.unwrap_err();
    assert_eq!((&*error.code(), error.not_ready()), ("INVALID_QUERY_LOCATOR", None));
    assert_eq!(server.asked().len(), 6, "it was begun three times");
}

#[tokio::test]
async fn an_address_that_is_too_long_is_made_shorter_and_every_row_read_once() {
    for status in [414, 431] {
        let server = Server::start(move |asked| match asked.method.as_str() {
            "POST" => refusal(404, "NOT_FOUND"),
            _ if asked.length > 6_000 => Reply::Html(status),
            _ => Reply::Json(200, found(&asked.path)),
        })
        .await;
        let client = server.client();
        let ids: Vec<Id> = (0..1_500).map(|number| id("005", number)).collect();
        let members = client.query(collaboration_group_member::by_members(&ids)).await.unwrap();
        let found: Vec<Id> = members.into_iter().map(|it| it.user).collect();
        assert_eq!(found, ids);
        let refused =
            |server: &Server| server.asked().iter().filter(|it| it.length > 6_000).count();
        let before = refused(&server);
        client.query(collaboration_group_member::by_members(&ids)).await.unwrap();
        assert_eq!(refused(&server), before, "what was learnt is kept");
    }
}

#[tokio::test]
async fn an_address_that_is_too_long_whatever_its_length_is_an_error() {
    let server = Server::start(|_| Reply::Html(431)).await;
    let error = server.client().query(user::by_ids(&[id("005", 1)])).await.unwrap_err();
    assert_eq!(error.code(), "HTTP_431");
    assert!(server.asked().len() <= 5);
}

#[tokio::test]
async fn what_the_app_may_still_ask_counts_as_well() {
    let server = Server::start(|_| {
        let usage = "api-usage=100/15000; per-app-api-usage=240/250(appName=lanyard)";
        Reply::Header(200, "Sforce-Limit-Info", usage)
    })
    .await;
    let client = server.client();
    let _ = client.query(user::by_ids(&[id("005", 1)])).await;
    assert_eq!(client.usage().app_usage, Some((240, 250)));
    assert_eq!(client.usage().percent_used(), Some(96));
}
