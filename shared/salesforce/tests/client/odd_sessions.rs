//! Sessions, redirects and pages that behave as nobody has shown yet.

use std::sync::{Arc, Mutex};

use salesforce::{Client, ClientError, Id, collaboration_invitation, user};
use serde_json::{Value, json};

use crate::asking::{everybody, old_session, read_two, rows};
use crate::server::{Asked, Reply, Server, chain, id, page, refusal};

#[tokio::test]
async fn a_locator_that_is_lost_again_and_again_is_never_said_to_last() {
    let server = Server::start(|asked| match asked.path.as_str() {
        "/query/0r8-1" => refusal(400, "INVALID_QUERY_LOCATOR"),
        _ => Reply::Json(200, rows(&[1], Some("/services/data/v66.0/query/0r8-1"))),
    })
    .await;
    let error = server.client().query(everybody()).await.unwrap_err();
    assert_eq!(error.not_ready(), None);
}

#[tokio::test]
async fn a_session_that_ends_at_every_second_call_is_replaced_each_time() {
    let used = Arc::new(Mutex::new(std::collections::BTreeSet::new()));
    let server = Server::start(move |asked| {
        if used.lock().unwrap().insert(asked.token.clone()) {
            Reply::Json(200, page(&[]))
        } else {
            refusal(401, "INVALID_SESSION_ID")
        }
    })
    .await;
    let client = server.client();
    for _ in 0..5 {
        client.query(user::by_ids(&[id("005", 1)])).await.unwrap();
    }
    assert_eq!(server.sign_ins(), 5);
}

#[tokio::test]
async fn a_session_that_ends_within_a_composite_is_replaced() {
    let server = Server::start(|asked| {
        let is_old = asked.token == "token-1";
        asked.answer_parts(|_, _| {
            if is_old {
                (401, json!([{ "errorCode": "INVALID_SESSION_ID", "message": "" }]))
            } else {
                (200, page(&[]))
            }
        })
    })
    .await;
    let client = old_session(&server).await;
    read_two(&client).await.unwrap();
    assert_eq!(server.sign_ins(), 2);
}

#[tokio::test]
async fn a_redirected_create_sends_no_second_invitation() {
    let mut sent = Vec::new();
    for moved in [301, 302, 303, 307, 308] {
        let server = Server::start(move |asked| match asked.token.as_str() {
            "token-1" => Reply::Header(moved, "Location", "https://new.my.salesforce.com/"),
            _ => Reply::Json(200, created(asked)),
        })
        .await;
        let client = old_session(&server).await;
        invite(&client).await;
        let posts = server.asked().iter().filter(|it| it.method == "POST").count();
        // 303 says that the request was carried out and its answer is elsewhere: nothing may be repeated.
        let allowed = if moved == 303 { 1 } else { 2 };
        if posts > allowed {
            sent.push((moved, posts));
        }
    }
    assert_eq!(sent, []);
}

#[tokio::test]
async fn a_page_where_the_answer_to_a_create_should_be_sends_no_second_invitation() {
    for reply in [
        Reply::Html(200),
        Reply::Html(201),
        Reply::Page(503, "maintenance"),
        Reply::Page(500, "maintenance"),
        Reply::Json(200, json!({})),
        Reply::Json(200, json!([])),
        Reply::Json(200, json!([{}])),
    ] {
        let server = Server::start(move |_| reply.clone()).await;
        let client = server.client();
        invite(&client).await;
        let posts = server.asked().iter().filter(|it| it.method == "POST").count();
        assert_eq!(posts, 1);
    }
}

#[tokio::test]
async fn a_page_of_maintenance_where_a_page_of_rows_should_be_passes() {
    for reply in [
        Reply::Page(200, "<html>maintenance</html>"),
        Reply::Page(403, "<html>maintenance</html>"),
        Reply::Page(404, "<html>maintenance</html>"),
        Reply::Page(503, "<html>maintenance</html>"),
        Reply::Json(200, json!({ "message": "down" })),
        Reply::Json(200, json!({ "records": null, "done": true })),
    ] {
        let server = Server::start(move |asked| match asked.path.as_str() {
            "/query/0r8-1" => reply.clone(),
            _ => Reply::Json(200, rows(&[1], Some("/services/data/v66.0/query/0r8-1"))),
        })
        .await;
        let error = server.client().query(everybody()).await.unwrap_err();
        assert_eq!(error.not_ready(), None, "{error:?}");
    }
}

#[tokio::test]
async fn a_locator_that_leads_elsewhere_is_not_followed() {
    for next in [
        "https://attacker.example/services/data/v66.0/query/1",
        "//attacker.example/services/data/",
        "/services/data/%2e%2e/%2e%2e/secret",
        "/services/data/v66.0/../../secret",
        "@attacker.example/services/data/",
        ".attacker.example/services/data/",
        "/services/data/\\attacker.example",
        "/services/data/v66.0/query/a b",
        "",
    ] {
        let server = Server::start(move |_| Reply::Json(200, rows(&[1], Some(next)))).await;
        let error = server.client().query(everybody()).await.unwrap_err();
        assert!(matches!(error, ClientError::Unexpected { .. }), "{next}: {error:?}");
        assert_eq!(server.asked().len(), 1, "{next}");
    }
}

#[tokio::test]
async fn a_query_that_is_begun_anew_and_has_other_rows_then_neither_loops_nor_doubles() {
    let mut begun = 0;
    let server = Server::start(move |asked| match asked.path.as_str() {
        "/query/0r8-1" | "/query/0r8-2" => refusal(400, "INVALID_QUERY_LOCATOR"),
        "/query/0r8-3" => Reply::Json(200, rows(&[2, 3], None)),
        _ => {
            begun += 1;
            let next = format!("/services/data/v66.0/query/0r8-{begun}");
            Reply::Json(200, rows(&[1], Some(&next)))
        }
    })
    .await;
    let found = server.client().query(everybody()).await.unwrap();
    let found: Vec<Id> = found.into_iter().map(|it| it.user).collect();
    assert_eq!(found, [id("005", 1), id("005", 2), id("005", 3)]);
}

#[tokio::test]
async fn a_host_that_a_redirect_names_is_shown_without_user_path_and_query() {
    for location in [
        "https://kim:secret@new.my.salesforce.com/x?email=ana@acme.example#t",
        "//kim:secret@new.my.salesforce.com/x",
        "javascript:alert(1)",
        "https://new.my.salesforce.com\u{7f}/ana@acme.example",
    ] {
        let server =
            Server::start_without_sign_in(move |_| Reply::Header(302, "Location", location)).await;
        let error = server.client().sign_in().await.unwrap_err();
        let told = format!("{} {:?}", chain(&error), error.not_ready());
        assert!(
            !told.contains("kim") && !told.contains("ana@") && !told.contains("secret "),
            "{told}"
        );
    }
}

#[tokio::test]
async fn a_secret_or_a_token_is_in_no_error() {
    for reply in [
        Reply::Html(403),
        Reply::Page(401, "token-1 is not valid"),
        refusal(401, "token-1"),
        Reply::Header(302, "Location", "https://new.my.salesforce.com/?sid=token-1"),
        Reply::Drop,
    ] {
        let server = Server::start(move |_| reply.clone()).await;
        let error = server.client().query(user::by_ids(&[id("005", 1)])).await.unwrap_err();
        let told = format!("{} {error:?} {:?}", chain(&error), error.not_ready());
        let shown = told.contains("Bearer") || told.contains("sid=");
        assert!(!shown, "{told}");
    }
}

async fn invite(client: &Client) {
    let invitation =
        collaboration_invitation::NewInvitation { address: "ana@acme.example", message: None };
    client.create_invitations(&id("0F9", 1), &[invitation]).await;
}

fn created(asked: &Asked) -> Value {
    let count = asked.body["records"].as_array().map_or(0, Vec::len);
    let results =
        (0..count).map(|it| json!({ "id": id("0FC", it), "success": true, "errors": [] }));
    results.collect()
}
