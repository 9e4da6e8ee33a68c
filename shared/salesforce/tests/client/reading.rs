//! Several queries in few calls.

use std::time::Duration;

use salesforce::{ClientError, Id, Query, collaboration_group, user, user_license, user_login};
use serde_json::{Value, json};

use crate::server::{Reply, Server, id, page, refusal};

#[tokio::test]
async fn five_queries_are_one_call_and_a_sixth_goes_alone() {
    let server = Server::start(answer).await;
    let client = server.client();
    let mut reading = client.reading();
    let users = reading.add(user::by_ids(&[id("005", 1)]));
    let rest: Vec<_> = (2..7).map(|number| reading.add(logins(number))).collect();
    let mut answers = reading.send().await.unwrap();
    assert_eq!(answers.take(users).unwrap()[0].id, id("005", 1));
    for ticket in rest {
        assert_eq!(answers.take(ticket).unwrap(), []);
    }
    let mut lines = server.lines();
    lines.sort();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with("GET /query?q=SELECT Id, UserId, IsFrozen FROM UserLogin"));
    assert_eq!(lines[1], "POST /composite");
    let composite = server.asked().into_iter().find(|asked| asked.method == "POST").unwrap();
    assert_eq!(composite.parts().len(), 5);
    assert_eq!(composite.body["allOrNone"], false);
    assert_eq!(client.usage().calls, 3);
}

#[tokio::test]
async fn a_long_list_is_one_answer_from_several_pieces() {
    let server = Server::start(answer).await;
    let ids: Vec<Id> = (0..1500).map(|number| id("005", number)).collect();
    let users = server.client().query(user::by_ids(&ids)).await.unwrap();
    assert_eq!(users.into_iter().map(|user| user.id).collect::<Vec<_>>(), ids);
    assert_eq!(server.lines(), ["POST /composite"]);
}

#[tokio::test]
async fn nothing_to_ask_takes_no_call() {
    let server = Server::start(|_| Reply::Drop).await;
    assert_eq!(server.client().query(user::by_ids(&[])).await.unwrap(), []);
    assert_eq!((server.asked().len(), server.sign_ins()), (0, 0));
}

#[tokio::test]
async fn pages_are_followed_to_the_third_and_last() {
    let server = Server::start(|asked| {
        let (row, next) = match asked.path.as_str() {
            "/query/01g-2000" => (2, Some("/services/data/v66.0/query/01g-4000")),
            "/query/01g-4000" => (3, None),
            _ => (1, Some("/services/data/v66.0/query/01g-2000")),
        };
        let mut page = json!({ "totalSize": 3, "done": next.is_none(), "records": [user_row(&id("005", row))] });
        if let Some(next) = next {
            page["nextRecordsUrl"] = json!(next);
        }
        Reply::Json(200, page)
    })
    .await;
    let users =
        server.client().query(user::by_addresses_or_ids(&["a@x.example"], &[])).await.unwrap();
    let found: Vec<Id> = users.into_iter().map(|user| user.id).collect();
    assert_eq!(found, [id("005", 1), id("005", 2), id("005", 3)]);
}

#[tokio::test]
async fn pages_that_lead_elsewhere_or_nowhere_or_are_too_few_are_an_error() {
    let next = |next: Value| json!({ "totalSize": 2, "done": false, "records": [], "nextRecordsUrl": next });
    let pages = [
        next(json!("https://elsewhere.example/services/data/v66.0/query/01g")),
        next(json!("//elsewhere.example/services/data/")),
        next(json!("/services/data/../../secret")),
        next(json!("/services/data/v66.0/query/the-same")),
        next(Value::Null),
        json!({ "totalSize": 2, "done": true, "records": [] }),
        json!({ "totalSize": 0, "records": [] }),
        json!([]),
    ];
    for body in pages {
        let reply = body.clone();
        let server = Server::start(move |_| Reply::Json(200, reply.clone())).await;
        let error = server.client().query(user::by_ids(&[id("005", 1)])).await.unwrap_err();
        assert!(matches!(error, ClientError::Unexpected { .. }), "{body}: {error:?}");
        assert!(server.asked().len() <= 2, "{body}");
    }
}

#[tokio::test]
async fn the_next_page_is_asked_for_within_the_rest_api_and_nowhere_else() {
    for next in [
        "/services/data/%2e%2e/%2E%2e/secret",
        "/services/data/.%2e/.%2E/secret",
        "/services/data/../../secret",
        "/services/data/\\..\\secret",
    ] {
        let server = Server::start(move |_| {
            let body =
                json!({ "totalSize": 0, "done": false, "records": [], "nextRecordsUrl": next });
            Reply::Json(200, body)
        })
        .await;
        let error = server.client().query(user::by_ids(&[id("005", 1)])).await.unwrap_err();
        assert!(matches!(error, ClientError::Unexpected { .. }), "{next}: {error:?}");
        assert_eq!(server.asked().len(), 1, "{next}");
    }
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_an_error() {
    let mut row = user_row(&id("005", 1));
    row["IsActive"] = Value::Null;
    let server = Server::start(move |_| Reply::Json(200, page(std::slice::from_ref(&row)))).await;
    let error = server.client().query(user::by_ids(&[id("005", 1)])).await.unwrap_err();
    assert!(matches!(error, ClientError::Unexpected { .. }), "{error:?}");
}

#[tokio::test]
async fn without_composites_the_queries_go_one_by_one() {
    let server = Server::start(|asked| match asked.path.as_str() {
        "/composite" => refusal(404, "NOT_FOUND"),
        _ => answer(asked),
    })
    .await;
    let mut reading = server.client().reading();
    let users = reading.add(user::by_ids(&[id("005", 1)]));
    let logins = reading.add(logins(2));
    let mut answers = reading.send().await.unwrap();
    assert_eq!(answers.take(users).unwrap().len(), 1);
    assert_eq!(answers.take(logins).unwrap(), []);
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test]
async fn a_query_that_is_refused_leaves_the_others_their_answers() {
    let server = Server::start(|asked| {
        asked.answer_parts(|path, _| {
            if path.contains("FROM UserLicense") {
                (400, json!([{ "message": "", "errorCode": "INVALID_TYPE" }]))
            } else {
                (200, page(&[user_row(&id("005", 1))]))
            }
        })
    })
    .await;
    let mut reading = server.client().reading();
    let seats = reading.add(user_license::chatter_external());
    let users = reading.add(user::by_ids(&[id("005", 1)]));
    let mut answers = reading.send().await.unwrap();
    assert_eq!(answers.take(seats).unwrap_err().code(), "INVALID_TYPE");
    assert_eq!(answers.take(users).unwrap().len(), 1);
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn only_the_queries_that_failed_for_the_moment_are_asked_again() {
    let mut first = true;
    let server = Server::start(move |asked| {
        let slow = std::mem::take(&mut first);
        asked.answer_parts(|path, _| {
            if slow && path.contains("FROM UserLogin") {
                (400, json!([{ "message": "", "errorCode": "QUERY_TIMEOUT" }]))
            } else {
                (200, page(&[]))
            }
        })
    })
    .await;
    let mut reading = server.client().reading();
    reading.add(user::by_ids(&[id("005", 1)]));
    let tickets = [reading.add(logins(1)), reading.add(logins(2))];
    let mut answers = reading.send().await.unwrap();
    for ticket in tickets {
        assert_eq!(answers.take(ticket).unwrap(), []);
    }
    let parts: Vec<usize> = server.asked().iter().map(|asked| asked.parts().len()).collect();
    assert_eq!(parts, [3, 2]);
}

#[tokio::test]
async fn answers_are_matched_by_reference_and_a_missing_one_is_an_error() {
    let server = Server::start(|asked| {
        let Reply::Json(status, mut body) = asked.answer_parts(answer_part) else {
            panic!("a body")
        };
        let answers = body["compositeResponse"].as_array_mut().unwrap();
        answers.reverse();
        answers.pop(); // The answer to the first query.
        Reply::Json(status, body)
    })
    .await;
    let mut reading = server.client().reading();
    let missing = reading.add(collaboration_group::by_names(&["Acme"]));
    let users = reading.add(user::by_ids(&[id("005", 1)]));
    let logins = reading.add(logins(1));
    let mut answers = reading.send().await.unwrap();
    assert_eq!(answers.take(users).unwrap().len(), 1);
    assert_eq!(answers.take(logins).unwrap(), []);
    assert!(matches!(answers.take(missing), Err(ClientError::Unexpected { .. })));
}

#[tokio::test]
async fn a_ticket_is_good_for_its_own_reading_only() {
    let server = Server::start(answer).await;
    let client = server.client();
    let mut other = client.reading();
    let foreign = other.add(logins(1));
    let mut reading = client.reading();
    reading.add(logins(1));
    let mut answers = reading.send().await.unwrap();
    assert!(matches!(answers.take(foreign), Err(ClientError::Unexpected { .. })));
}

#[tokio::test]
async fn what_stops_everything_stops_the_reading() {
    let server = Server::start(|_| Reply::Hang).await;
    let client = server.client();
    client.sign_in().await.unwrap();
    let client = client.until(tokio::time::Instant::now() + Duration::from_millis(600));
    let mut reading = client.reading();
    reading.add(logins(1));
    reading.add(logins(2));
    let error = reading.send().await.unwrap_err();
    assert!(matches!(error, ClientError::OutOfTime(_)), "{error:?}");
}

fn logins(number: usize) -> Query<user_login::UserLogin> {
    user_login::by_users(&[id("005", number)])
}

fn answer(asked: &crate::server::Asked) -> Reply {
    if asked.path == "/composite" {
        return asked.answer_parts(answer_part);
    }
    let (status, body) = answer_part(&asked.path, &Value::Null);
    Reply::Json(status, body)
}

/// Users with the ids that were asked for, and nothing else.
fn answer_part(path: &str, _: &Value) -> (u16, Value) {
    let rows: Vec<Value> = path
        .split('\'')
        .filter_map(|text| Id::parse(text).ok())
        .filter(|_| path.contains(" FROM User "))
        .map(|id| user_row(&id))
        .collect();
    (200, page(&rows))
}

fn user_row(id: &Id) -> Value {
    json!({
        "attributes": { "type": "User" },
        "Id": id,
        "Email": "ana@acme.example",
        "Username": "ana@acme.example.guest",
        "IsActive": true,
        "Profile": { "UserLicense": { "Name": "Chatter External" } },
    })
}

#[tokio::test]
async fn a_number_of_rows_is_read_also_beside_rows_and_without_it_nothing_is_known() {
    let answer = |body: Value| async move {
        let server = Server::start(move |_| Reply::Json(200, body.clone())).await;
        server.client().query(user::count_active_with_license("Chatter External")).await
    };
    let counted = json!({ "totalSize": 7, "done": true, "records": [] });
    assert_eq!(answer(counted).await.unwrap(), [salesforce::Count(7)]);
    for unclear in [
        json!({ "done": true, "records": [] }),
        json!({ "totalSize": 7, "done": false, "records": [] }),
    ] {
        assert!(answer(unclear).await.is_err());
    }
}
