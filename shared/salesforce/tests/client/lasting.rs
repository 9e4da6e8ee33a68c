//! What lasts is told from what passes, with its cause and its fix, after three calls at most.

use salesforce::{ClientError, Disposition, user};
use serde_json::{Value, json};

use crate::asking::read_two;
use crate::server::{Reply, Server, id, page, refusal};

#[tokio::test]
async fn what_is_refused_of_every_request_is_not_asked_in_other_ways() {
    for (status, code, fix) in [
        (403, "API_DISABLED_FOR_ORG", "API Enabled"),
        (403, "FUNCTIONALITY_NOT_ENABLED", "Chatter"),
        (410, "UNSUPPORTED_API_VERSION", "apiVersion"),
        (410, "GONE", "apiVersion"),
        (404, "UNSUPPORTED_API_VERSION", "apiVersion"),
        (400, "INVALID_VERSION", "apiVersion"),
        (403, "ORG_LOCKED", "unlock"),
        (403, "TRIAL_EXPIRED", "trial"),
        (401, "INVALID_SESSION_ID", "API Enabled"),
    ] {
        let server = Server::start(move |_| refusal(status, code)).await;
        let client = server.client();
        let error = read_two(&client).await.unwrap_err();
        let ready = error.not_ready().unwrap();
        assert_eq!(ready.cause, code);
        assert!(ready.fix.contains(fix), "{code}: {}", ready.fix);
        assert!(client.usage().calls <= 3, "{code}: {} calls", client.usage().calls);
        let calls = client.usage().calls;
        assert!(client.settings().await.is_err(), "{code}");
        assert!(client.usage().calls - calls <= 3, "{code}");
    }
}

#[tokio::test]
async fn a_version_that_is_not_there_is_told_from_a_resource_that_is_not() {
    let missing = || Reply::Html(404);
    for (versions, cause, fix) in [
        (
            Reply::Json(200, json!([{ "version": "65.0" }, { "version": "9.0" }])),
            "HTTP_404",
            "put 65.0",
        ),
        (Reply::Json(404, Value::Null), "HTTP_404", "loginUrl"),
    ] {
        let mut versions = Some(versions);
        let server = asked_for_versions(move || versions.take().unwrap(), move |_| missing()).await;
        let client = server.client();
        let ready = read_two(&client).await.unwrap_err().not_ready().unwrap();
        assert_eq!(ready.cause, cause);
        assert!(ready.fix.contains(fix), "{}", ready.fix);
        assert_eq!(client.usage().calls, 3);
    }
    let mut asked = 0;
    let versions = move || {
        asked += 1;
        assert_eq!(asked, 1, "what was learnt once is known");
        Reply::Json(200, json!([{ "version": "66.0" }]))
    };
    let server = asked_for_versions(versions, move |method| match method {
        "POST" => missing(),
        _ => Reply::Json(200, page(&[])),
    })
    .await;
    let client = server.client();
    read_two(&client).await.unwrap();
    read_two(&client).await.unwrap();
}

#[tokio::test]
async fn an_object_or_field_that_is_not_there_lasts() {
    for code in ["INVALID_TYPE", "INVALID_FIELD", "INSUFFICIENT_ACCESS", "SOME_NEW_CODE"] {
        let server = Server::start(move |_| refusal(400, code)).await;
        let error = server.client().query(user::by_ids(&[id("005", 1)])).await.unwrap_err();
        let ready = error.not_ready().unwrap();
        assert_eq!(ready.cause, code);
        assert!(!ready.fix.is_empty());
    }
}

#[tokio::test]
async fn what_passes_is_never_said_to_last() {
    for reply in [
        || refusal(503, "SERVER_UNAVAILABLE"),
        || refusal(403, "REQUEST_LIMIT_EXCEEDED"),
        || refusal(403, "API_CURRENTLY_DISABLED"),
        || Reply::Html(502),
        || Reply::Html(200),
        || Reply::Page(404, "Down for <b>Maintenance</b>"),
        || Reply::Drop,
    ] {
        let server = Server::start(move |_| reply()).await;
        let error = server.client().query(user::by_ids(&[id("005", 1)])).await.unwrap_err();
        assert_eq!(error.not_ready(), None, "{error:?}");
    }
}

#[tokio::test]
async fn a_sign_in_that_passes_is_waited_for_and_one_that_is_refused_is_not() {
    let oauth = |error: &str, text: &str| json!({ "error": error, "error_description": text });
    for (reply, disposition, sign_ins) in [
        (Reply::Json(400, oauth("server_error", "unexpected")), Disposition::Retry, 3),
        (Reply::Json(400, oauth("TEMPORARILY_UNAVAILABLE", "")), Disposition::Retry, 3),
        (Reply::Json(400, oauth("invalid_grant", "login rate exceeded")), Disposition::Later, 1),
        (Reply::Html(200), Disposition::Retry, 3),
        (Reply::Html(400), Disposition::Retry, 3),
        (Reply::Html(503), Disposition::Retry, 3),
        (Reply::Page(404, "maintenance"), Disposition::Retry, 3),
        (Reply::Json(400, oauth("invalid_grant", "ip restricted")), Disposition::Human, 1),
        (Reply::Html(404), Disposition::Human, 1),
        (Reply::Header(302, "Location", "https://new.my.salesforce.com/x"), Disposition::Human, 1),
    ] {
        let server = Server::start_without_sign_in(move |_| reply.clone()).await;
        let error = server.client().sign_in().await.unwrap_err();
        assert_eq!((error.disposition(), server.sign_ins()), (disposition, sign_ins), "{error:?}");
        let is_refused = matches!(error, ClientError::SignIn(_));
        assert_eq!(is_refused, disposition == Disposition::Human);
    }
}

/// A server that answers questions about versions as told, signs in, and answers the rest by its method.
async fn asked_for_versions(
    mut versions: impl FnMut() -> Reply + Send + 'static,
    rest: impl Fn(&str) -> Reply + Send + 'static,
) -> Server {
    let server = Server::start_scripted(move |asked| {
        if asked.is_about_versions() { versions() } else { rest(&asked.method) }
    });
    server.await
}
