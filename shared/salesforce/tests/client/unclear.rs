//! Whether a request may still take effect, although a later attempt was answered.

use std::time::Duration;

use salesforce::collaboration_group_member::{NewMember, Role};
use salesforce::{ClientError, Deleted, Id, WriteError, Written};
use salesforce_simulator::{Fault, FaultKind, Matching, NewUser};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpSocket};

use crate::server::{Asked, Reply, Server, id, refusal, token};
use crate::simulated::{client_of, start};
use crate::writing::{results, saves, users};

/// Long for a server on the same machine.
const SHORT: Duration = Duration::from_millis(300);

#[tokio::test]
async fn every_fault_leaves_a_request_clear_or_unclear() {
    let (simulator, _) = start(|_| ()).await;
    let org = simulator.org();
    let client = client_of(&simulator, |options| options.request_timeout = SHORT);
    let faults = [
        (FaultKind::TimeoutBeforeCommit, true),
        (FaultKind::TimeoutAfterCommit, true),
        (FaultKind::DropBefore, true),
        (FaultKind::DropAfter, true),
        (FaultKind::BadGateway { committed: false }, true),
        (FaultKind::BadGateway { committed: true }, true),
        (FaultKind::Unavailable { committed: false, retry_after: None }, true),
        (FaultKind::Unavailable { committed: true, retry_after: Some(0) }, true),
        (FaultKind::NoRouting, true),
        (FaultKind::MaintenancePage { status: 200 }, true),
        (FaultKind::GarbageBody, true),
        (FaultKind::ConcurrentLimit, false),
        (FaultKind::ExpireSession, false),
        (FaultKind::ExpireSessionAfter, false),
        (FaultKind::LockError { values: Vec::new(), fraction: 1.0, seed: 1 }, false),
        (FaultKind::Slow { milliseconds: 1 }, false),
    ];
    for (number, (fault, is_unclear)) in faults.into_iter().enumerate() {
        let user = org.add_user(NewUser::customer(&format!("{number}@acme.example"))).unwrap();
        let user = Id::parse(&user).unwrap();
        let hit = Fault::once(fault.clone()).matching(Matching::writes_of("User"));
        org.add_fault(hit);
        let written = client.set_active(&[(user, false)]).await.remove(0);
        assert!(written.result.is_ok(), "{fault:?}: {written:?}");
        assert_eq!(written.was_unclear, is_unclear, "{fault:?}");
        assert_eq!(org.faults().last().unwrap().hit, 1, "{fault:?}");
    }
}

#[tokio::test]
async fn an_attempt_that_was_interrupted_stays_open_behind_a_refusal() {
    let refusals: [fn(&Asked) -> Reply; 3] = [
        |_| refusal(403, "INSUFFICIENT_ACCESS"),
        |asked| match asked.path.as_str() {
            "/composite/sobjects" => refusal(400, "INVALID_TYPE"),
            _ => refusal(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION"),
        },
        |asked| {
            let mut results = results(&asked.body);
            results.fill(refused("FIELD_CUSTOM_VALIDATION_EXCEPTION"));
            Reply::Json(200, json!(results))
        },
    ];
    for refuse in refusals {
        let clear = Server::start(refuse).await;
        let written = clear.client().set_active(&users(2)).await;
        assert!(written.iter().all(|it| it.result.is_err() && !it.was_unclear), "{written:?}");

        let server = Server::start(first(|_| Reply::Drop, refuse)).await;
        let written = server.client().set_active(&users(2)).await;
        for it in written {
            assert!(!it.result.unwrap_err().is_ambiguous(), "the last answer is a refusal");
            assert!(it.was_unclear);
        }
        assert_eq!(server.asked().len(), clear.asked().len() + 1);
    }
}

#[tokio::test]
async fn what_was_interrupted_and_is_gone_then_counts_as_deleted_and_unclear() {
    let gone = |_: &Asked| Reply::Json(200, json!([refused("ENTITY_IS_DELETED")]));
    let server = Server::start(first(|_| Reply::Drop, gone)).await;
    let written = server.client().delete_members(&[id("0FB", 1)]).await.remove(0);
    assert_eq!(written.result.unwrap(), Deleted::AlreadyGone);
    assert!(written.was_unclear);
}

#[tokio::test]
async fn an_open_attempt_is_not_forgotten_when_time_or_the_sign_in_ends_the_rest() {
    // There is no time for the next attempt, or no token.
    let server = Server::start(|_| Reply::Header(503, "Retry-After", "60")).await;
    let late = server.client().until(tokio::time::Instant::now() + Duration::from_secs(5));
    let written = late.set_active(&users(1)).await.remove(0);
    assert!(matches!(written.result, Err(WriteError::Ambiguous(_))), "{written:?}");
    assert!(written.was_unclear);

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let mut replies = vec![
        Reply::Json(400, json!({ "error": "invalid_grant" })),
        refusal(401, "INVALID_SESSION_ID"),
        Reply::Drop,
        Reply::Json(200, token("token-1", &address)),
    ];
    let server = Server::on(listener, move |_| replies.pop().unwrap_or(Reply::Drop));
    let client = server.client();
    client.sign_in().await.unwrap();
    server.pass(120);
    let written = client.set_active(&users(1)).await.remove(0);
    assert!(matches!(written.result, Err(WriteError::NotSent(_))), "{written:?}");
    assert!(written.was_unclear);
    assert_eq!((server.sign_ins(), server.asked().len()), (2, 2));
}

#[tokio::test]
async fn what_was_surely_not_sent_is_clear() {
    // No time.
    let server = Server::start(saves).await;
    let client = server.client();
    client.sign_in().await.unwrap();
    let late = client.until(tokio::time::Instant::now());
    let written = late.set_active(&users(1)).await.remove(0);
    assert!(is_out_of_time(&written) && !written.was_unclear, "{written:?}");

    // No token, whether it is refused or its answer is lost.
    let replies: [fn() -> Reply; 2] =
        [|| Reply::Json(400, json!({ "error": "invalid_client_id" })), || Reply::Drop];
    for reply in replies {
        let server = Server::start_without_sign_in(move |_| reply()).await;
        let written = server.client().set_active(&users(1)).await.remove(0);
        assert!(matches!(written.result, Err(WriteError::NotSent(_))), "{written:?}");
        assert!(!written.was_unclear);
        assert_eq!(server.asked().len(), 0);
    }
}

#[tokio::test]
async fn an_attempt_without_a_connection_is_clear() {
    // Until it listens, the port refuses connections.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = format!("http://{}", socket.local_addr().unwrap());
    let entrance =
        Server::start_without_sign_in(move |_| Reply::Json(200, token("token-1", &address))).await;
    let client = entrance.client_with(|options| {
        options.first_wait = SHORT;
        options.attempts = 8;
    });
    client.sign_in().await.unwrap();
    let open = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        Server::on(socket.listen(8).unwrap(), saves)
    };
    let (mut written, org) = tokio::join!(async { client.set_active(&users(1)).await }, open);
    let written = written.remove(0);
    assert!(written.result.is_ok() && !written.was_unclear, "{written:?}");
    assert_eq!(org.asked().len(), 1);
}

#[tokio::test]
async fn a_creation_whose_answer_is_lost_is_unclear_and_those_of_other_calls_are_clear() {
    let mut call = 0;
    let server = Server::start(move |asked| {
        call += 1;
        if call == 2 { Reply::Drop } else { saves(asked) }
    })
    .await;
    let member =
        |number| NewMember { group: id("0F9", 1), user: id("005", number), role: Role::Standard };
    let members: Vec<NewMember> = (0..450).map(member).collect();
    let written = server.client().add_members(&members).await;
    assert_eq!(unclear(&written), (200..400).collect::<Vec<_>>());
    assert!(written[200..400].iter().all(|it| it.result.is_err()));
}

#[tokio::test]
async fn a_result_that_says_neither_yes_nor_no_is_unclear_for_its_record_alone() {
    let server = Server::start(|asked| {
        let mut results = results(&asked.body);
        results[1] = json!({ "id": id("005", 1) });
        Reply::Json(200, json!(results))
    })
    .await;
    assert_eq!(unclear(&server.client().set_active(&users(3)).await), [1]);
}

#[tokio::test]
async fn of_a_composite_only_the_part_that_was_repeated_and_interrupted_is_unclear() {
    let mut call = 0;
    let server = Server::start(move |asked| {
        call += 1;
        match call {
            1 => asked.answer_parts(|_, body| match body["records"][0]["id"].as_str() {
                Some(user) if user == id("005", 200).as_str() => {
                    (400, json!([{ "errorCode": "UNABLE_TO_LOCK_ROW", "message": "" }]))
                }
                _ => (200, json!(results(body))),
            }),
            2 => Reply::Drop,
            _ => saves(asked),
        }
    })
    .await;
    let written = server.client().set_active(&users(450)).await;
    assert!(written.iter().all(|it| it.result.is_ok()));
    let part: Vec<usize> = (200..400).collect();
    assert_eq!(unclear(&written), part[..], "the rest was answered at once");
}

#[tokio::test]
async fn of_a_composite_only_the_part_without_a_clear_answer_is_unclear() {
    let unknown = |part: usize| {
        move |asked: &Asked| {
            asked.answer_parts(move |_, body| match body["records"][0]["id"].as_str() {
                Some(user) if user == id("005", part * 200).as_str() => (500, Value::Null),
                _ => (200, json!(results(body))),
            })
        }
    };
    let server = Server::start(unknown(1)).await;
    let written = server.client().set_active(&users(450)).await;
    assert_eq!(unclear(&written), (200..400).collect::<Vec<_>>());
    assert!(written[200..400].iter().all(|it| it.result.is_err()));
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_composite_that_was_interrupted_is_unclear_in_all_its_parts_and_in_no_other() {
    // Whether the whole succeeds then, or is refused so that its collections are sent one by one.
    let repeated: [fn(&Asked) -> Reply; 2] = [saves, |asked| match asked.path.as_str() {
        "/composite" => refusal(404, "NOT_FOUND"),
        _ => saves(asked),
    }];
    for reply in repeated {
        let server = Server::start(first(|_| Reply::Drop, reply)).await;
        let written = server.client().set_active(&users(1100)).await;
        assert!(written.iter().all(|it| it.result.is_ok()));
        assert_eq!(unclear(&written), (0..1000).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn of_records_that_are_sent_one_by_one_only_the_interrupted_one_is_unclear() {
    let mut dropped = false;
    let server = Server::start(move |asked| match asked.path.as_str() {
        "/composite/sobjects" => refusal(400, "INVALID_TYPE"),
        path if path.ends_with(id("005", 1).as_str()) && !std::mem::replace(&mut dropped, true) => {
            Reply::Drop
        }
        _ => saves(asked),
    })
    .await;
    let written = server.client().set_active(&users(3)).await;
    assert!(written.iter().all(|it| it.result.is_ok()));
    assert_eq!(unclear(&written), [1]);
}

#[tokio::test]
async fn what_was_unclear_once_stays_so_while_its_locked_records_are_tried_again() {
    let mut call = 0;
    let server = Server::start(move |asked| {
        call += 1;
        match call {
            1 => Reply::Drop,
            2 => {
                let mut results = results(&asked.body);
                results[1] = refused("UNABLE_TO_LOCK_ROW");
                Reply::Json(200, json!(results))
            }
            _ => saves(asked),
        }
    })
    .await;
    let written = server.client().set_active(&users(2)).await;
    assert!(written.iter().all(|it| it.result.is_ok()));
    assert_eq!((unclear(&written), server.asked().len()), (vec![0, 1], 3));
}

/// The first request is answered by the one, all others by the other.
fn first(
    one: impl Fn(&Asked) -> Reply + Send + 'static,
    other: impl Fn(&Asked) -> Reply + Send + 'static,
) -> impl FnMut(&Asked) -> Reply + Send + 'static {
    let mut is_first = true;
    move |asked| if std::mem::take(&mut is_first) { one(asked) } else { other(asked) }
}

/// The records that were unclear, by their place.
fn unclear<T>(written: &[Written<T>]) -> Vec<usize> {
    let places = written.iter().enumerate().filter(|(_, it)| it.was_unclear);
    places.map(|(place, _)| place).collect()
}

fn refused(code: &str) -> Value {
    json!({ "success": false, "errors": [{ "statusCode": code, "message": "", "fields": [] }] })
}

fn is_out_of_time<T>(written: &Written<T>) -> bool {
    let Err(WriteError::NotSent(error)) = &written.result else { return false };
    matches!(**error, ClientError::OutOfTime(None))
}
