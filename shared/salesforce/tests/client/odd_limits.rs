//! Limits, lengths and refusals of everything in forms that nobody has shown yet.

use std::sync::{Arc, Mutex};

use salesforce::{Id, collaboration_group_member, user};
use serde_json::Value;

use crate::asking::found;
use crate::server::{Reply, Server, id, page, refusal, token};

#[tokio::test]
async fn an_unknown_code_with_a_status_that_passes_is_never_said_to_last() {
    let mut wrong = Vec::new();
    for (status, code) in [
        (503, "SERVICE_UNAVAILABLE"),
        (500, "SOME_NEW_CODE"),
        (502, "BAD_GATEWAY"),
        (504, "GATEWAY_TIMEOUT"),
        (429, "TOO_MANY_REQUESTS"),
        (408, "REQUEST_TIMEOUT"),
        (420, "NO_ROUTING"),
    ] {
        let server = Server::start(move |_| refusal(status, code)).await;
        let error = server.client().query(user::by_ids(&[id("005", 1)])).await.unwrap_err();
        if error.not_ready().is_some() {
            wrong.push((status, code, server.asked().len()));
        }
    }
    assert_eq!(wrong, [], "told as lasting, after so many requests");
}

#[tokio::test]
async fn a_token_of_twenty_thousand_characters_is_used_with_the_shortest_addresses() {
    let long = "t".repeat(20_000);
    let address = Arc::new(Mutex::new(String::new()));
    let own = Arc::clone(&address);
    let server = Server::start_without_sign_in(move |asked| {
        if asked.is_sign_in() {
            return Reply::Json(200, token(&long, &own.lock().unwrap()));
        }
        if asked.method == "POST" {
            return asked.answer_parts(|_, _| (200, page(&[])));
        }
        Reply::Json(200, page(&[]))
    })
    .await;
    address.lock().unwrap().clone_from(&server.address);
    let ids: Vec<Id> = (0..100).map(|it| id("005", it)).collect();
    server.client().query(user::by_ids(&ids)).await.unwrap();
    for asked in server.asked().iter().filter(|it| it.method == "GET") {
        assert!(asked.length <= 1_000, "{}", asked.length);
    }
}

#[tokio::test]
async fn a_head_that_is_too_large_for_its_token_is_not_blamed_on_the_version() {
    let server = Server::start(|_| Reply::Html(431)).await;
    let error = server.client().query(user::by_ids(&[id("005", 1)])).await.unwrap_err();
    let told = error.not_ready().map(|it| it.fix).unwrap_or_default();
    assert!(!told.contains("apiVersion"), "{told}");
}

#[tokio::test]
async fn one_part_of_a_composite_that_is_too_long_neither_loses_nor_doubles_rows() {
    let server = Server::start(|asked| {
        if asked.method == "POST" {
            return asked.answer_parts(|path, _| {
                if path.len() > 3_000 { (414, Value::Null) } else { (200, found(path)) }
            });
        }
        if asked.length > 3_000 { Reply::Html(414) } else { Reply::Json(200, found(&asked.path)) }
    })
    .await;
    let ids: Vec<Id> = (0..900).map(|it| id("005", it)).collect();
    let client = server.client();
    let mut reading = client.reading();
    let few = reading.add(collaboration_group_member::by_members(&ids[..3]));
    let many = reading.add(collaboration_group_member::by_members(&ids));
    let mut answers = reading.send().await.unwrap();
    let users = |rows: Vec<collaboration_group_member::Member>| -> Vec<Id> {
        rows.into_iter().map(|it| it.user).collect()
    };
    assert_eq!(users(answers.take(few).unwrap()), ids[..3]);
    assert_eq!(users(answers.take(many).unwrap()), ids);
}

#[tokio::test]
async fn limits_in_two_header_lines_both_count() {
    let server = Server::start(|_| {
        let lines =
            "api-usage=100/15000\r\nSforce-Limit-Info: per-app-api-usage=240/250(appName=lanyard)";
        Reply::Header(200, "Sforce-Limit-Info", lines)
    })
    .await;
    assert_eq!(percent(&server).await, Some(96));
}

#[tokio::test]
async fn limits_of_an_app_whose_name_is_not_ascii_count() {
    let server = Server::start(|_| {
        let line =
            "api-usage=14900/15000; per-app-api-usage=17/250(appName=Lanyard f\u{fc}r Kunden)";
        Reply::Header(200, "Sforce-Limit-Info", line)
    })
    .await;
    assert_eq!(percent(&server).await, Some(99));
}

#[tokio::test]
async fn limits_that_are_odd_are_neither_a_panic_nor_a_false_alarm() {
    for (line, expected) in [
        // The sign-in before it said 49 of 15,000.
        ("api-usage=5/0", None),
        ("api-usage=99999999999999999999/1", Some(0)),
        ("per-app-api-usage=1/250(appName=api-usage=9)", Some(0)),
    ] {
        let server = Server::start(move |_| Reply::Header(200, "Sforce-Limit-Info", line)).await;
        assert_eq!(percent(&server).await, expected, "{line}");
    }
}

#[tokio::test]
async fn an_app_whose_name_looks_like_a_limit_is_not_taken_for_one() {
    let server = Server::start(|_| {
        let line = "per-app-api-usage=1/250(appName=x api-usage=9/10); api-usage=100/15000";
        Reply::Header(200, "Sforce-Limit-Info", line)
    })
    .await;
    assert_eq!(percent(&server).await, Some(0));
}

#[tokio::test]
async fn a_lasting_refusal_of_writes_alone_stops_after_three_calls() {
    for (status, code) in [
        (403, "API_DISABLED_FOR_ORG"),
        (403, "FUNCTIONALITY_NOT_ENABLED"),
        (410, "UNSUPPORTED_API_VERSION"),
        (401, "INVALID_SESSION_ID"),
        (403, "SOME_NEW_CODE"),
        (400, "INVALID_TYPE"),
        (403, "INSUFFICIENT_ACCESS"),
    ] {
        let server = Server::start(move |_| refusal(status, code)).await;
        let client = server.client();
        client.sign_in().await.unwrap();
        let ids: Vec<Id> = (0..1_000).map(|it| id("0FB", it)).collect();
        let before = client.usage().calls;
        let written = client.delete_members(&ids).await;
        assert!(written.iter().all(|it| it.result.is_err()));
        let calls = client.usage().calls - before;
        let of_the_org = !matches!(code, "SOME_NEW_CODE" | "INVALID_TYPE" | "INSUFFICIENT_ACCESS");
        assert!(calls <= 3 || !of_the_org, "{code}: {calls} calls");
        assert!(calls <= 20, "{code}: {calls} calls");
    }
}

#[tokio::test]
async fn a_refusal_that_passes_once_is_not_kept_by_the_client() {
    let mut first = true;
    let server = Server::start(move |_| {
        if std::mem::take(&mut first) {
            refusal(403, "API_DISABLED_FOR_ORG")
        } else {
            Reply::Json(200, page(&[]))
        }
    })
    .await;
    let client = server.client();
    assert!(client.query(user::by_ids(&[id("005", 1)])).await.is_err());
    client.query(user::by_ids(&[id("005", 1)])).await.unwrap();
}

async fn percent(server: &Server) -> Option<u64> {
    let client = server.client();
    let _ = client.query(user::by_ids(&[id("005", 1)])).await;
    client.usage().percent_used()
}
