//! A wire that loses answers, an engine that is busy: what is known afterwards is said, and nothing else.

use std::error::Error;

use ledger::{CommitError, ReadError};
use serde_json::{Value, json};

use crate::world::{Fault, TABLE, World, change, customer, email, grant_id, opening, org};

const TRANSACT: &str = "TransactWriteItems";

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_and_nothing_is_done_twice() {
    let world = World::new().await;
    world.wire.plan(TRANSACT, [Fault::AnswerLost]);
    let committed = world.admit(1, "P-1").await;
    assert_eq!(world.wire.count(TRANSACT), 2);
    assert_eq!(world.read(1).await, committed);
    assert_eq!(world.ledger.reader.history(&grant_id(1)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn when_all_answers_are_lost_the_items_tell_what_was_committed() {
    let world = World::new().await;
    world.wire.plan(TRANSACT, vec![Fault::AnswerLost; 3]);
    let changes = (0..5).map(|number| opening(customer(number), number, "P-1")).collect();
    let results = world.ledger.writer.commit(changes).await;
    assert_eq!(world.wire.count(TRANSACT), 3);
    for (number, result) in (0..).zip(results) {
        assert_eq!(world.read(number).await, result.unwrap());
    }
    world.wire.plan(TRANSACT, vec![Fault::AnswerLost; 3]);
    assert_eq!(world.close("P-1").await.version, 1);
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_known_whatever_was_answered_to_its_repetition() {
    let mut busy = ["None"; 8];
    busy[1] = "TransactionConflict";
    for last in [cancelled(&busy), answer(400, "ThrottlingException")] {
        let world = World::new().await;
        world.wire.plan(TRANSACT, [Fault::AnswerLost, last.clone(), last]);
        let committed = world.admit(1, "P-1").await;
        assert_eq!(world.read(1).await, committed);
        assert_eq!(committed.version, 1);
        assert_eq!(world.ledger.reader.history(&grant_id(1)).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn somebody_elses_commit_is_not_taken_for_ones_own() {
    let world = World::new().await;
    let read = world.read(1).await;
    // The same content at the same version, by another writer.
    let first = world.ledger.writer.commit(vec![change(read.clone())]).await.remove(0);
    world.wire.plan(TRANSACT, vec![Fault::RequestLost; 3]);
    let second = world.ledger.writer.commit(vec![change(read)]).await.remove(0);
    assert!(first.is_ok());
    assert!(matches!(second, Err(CommitError::Unavailable(_))));
}

#[tokio::test]
async fn what_never_arrived_is_unavailable_and_may_be_tried_again() {
    let world = World::new().await;
    for fault in
        [Fault::RequestLost, answer(500, "InternalServerError"), answer(400, "ThrottlingException")]
    {
        world.wire.plan(TRANSACT, vec![fault; 3]);
        let result =
            world.ledger.writer.commit(vec![opening(customer(1), 1, "P-1")]).await.remove(0);
        let error = result.unwrap_err();
        assert!(matches!(error, CommitError::Unavailable(_)));
        assert!(error.is_transient() && !error.is_conflict());
        assert_eq!(world.read(1).await, customer(1));
    }
    world.admit(1, "P-1").await;
}

#[tokio::test]
async fn transactions_that_met_others_are_tried_again() {
    let world = World::new().await;
    let mut met = ["None"; 8];
    met[0] = "TransactionConflict";
    let met = cancelled(&met);
    world.wire.plan(TRANSACT, [met.clone(), met]);
    world.wire.forget();
    world.admit(1, "P-1").await;
    assert_eq!(world.wire.count(TRANSACT), 3);
}

#[tokio::test]
async fn a_customer_whom_others_keep_busy_stops_no_other() {
    let world = World::new().await;
    let changes = (1..=3).map(|number| change(customer(number))).collect();
    world.wire.plan(TRANSACT, vec![cancelled(&["None", "TransactionConflict", "None"]); 6]);
    let results = world.ledger.writer.commit(changes).await;
    assert!(matches!(results[..], [Ok(_), Err(CommitError::Contended), Ok(_)]));
    assert_eq!(world.read(2).await, customer(2));
    assert_eq!(world.read(3).await.version, 1);
}

#[tokio::test]
async fn a_form_that_is_refused_is_found_by_trying_each_alone() {
    let world = World::new().await;
    let refusal = answer(400, "ValidationException");
    // The whole, the first and the second.
    world.wire.plan(TRANSACT, [refusal.clone()]);
    let changes = (1..=3).map(|number| change(customer(number))).collect();
    assert!(world.ledger.writer.commit(changes).await.iter().all(Result::is_ok));
    assert_eq!(world.wire.count(TRANSACT), 4);

    world.wire.plan(TRANSACT, [refusal.clone(), refusal]);
    let changes = (11..=13).map(|number| change(customer(number))).collect();
    let results = world.ledger.writer.commit(changes).await;
    assert!(matches!(results[..], [Err(CommitError::Refused(_)), Ok(_), Ok(_)]));
    assert!(!results[0].as_ref().unwrap_err().is_transient());
}

#[tokio::test]
async fn keys_that_are_put_off_are_asked_for_again_but_not_for_ever() {
    let world = World::new().await;
    let committed = world.admit(1, "P-1").await;
    let put_off = || {
        let keys = json!([{ "pk": { "S": "customer#main#customer1@acme.example" }, "sk": { "S": "customer" } }]);
        let unprocessed = json!({ TABLE: { "Keys": keys, "ConsistentRead": true } });
        Fault::Answer(200, json!({ "Responses": { TABLE: [] }, "UnprocessedKeys": unprocessed }))
    };
    world.wire.plan("BatchGetItem", [put_off(), put_off()]);
    let read = world.ledger.reader.customers(&org(), &[email(1)]).await.unwrap();
    assert_eq!(read.read[&email(1)], committed);
    assert_eq!(world.wire.count("BatchGetItem"), 3);

    world.wire.plan("BatchGetItem", (0..6).map(|_| put_off()));
    let error = world.ledger.reader.customers(&org(), &[email(1)]).await.unwrap_err();
    assert!(matches!(error, ReadError::PutOff(_)) && error.is_transient());
}

#[tokio::test]
async fn writes_that_are_put_off_are_written_again() {
    let world = World::new().await;
    let key = json!({ "pk": { "S": "announcement#a" }, "sk": { "S": "announcement" } });
    let left = json!({ TABLE: [{ "DeleteRequest": { "Key": key } }] });
    let put_off = Fault::Answer(200, json!({ "UnprocessedItems": left }));
    world.wire.plan("BatchWriteItem", vec![put_off.clone(); 2]);
    world.ledger.writer.published(&["a"]).await.unwrap();
    assert_eq!(world.wire.count("BatchWriteItem"), 3);
    world.wire.plan("BatchWriteItem", vec![put_off; 6]);
    assert!(world.ledger.writer.published(&["a"]).await.unwrap_err().is_transient());
}

#[tokio::test]
async fn no_error_repeats_what_was_sent_or_answered() {
    let world = World::new().await;
    let secret = "customer1@acme.example";
    let refusal = Fault::Answer(
        400,
        json!({ "__type": "com.amazon.coral.validate#ValidationException", "message": format!("Value '{secret}'") }),
    );
    world.wire.plan(TRANSACT, [refusal.clone()]);
    world.wire.plan("GetItem", [refusal]);
    let error = world.ledger.writer.commit(vec![opening(customer(1), 1, "P-1")]).await.remove(0);
    let error = error.unwrap_err();
    assert!(
        matches!(&error, CommitError::Refused(Some(source)) if source.code() == Some("ValidationException"))
    );
    let read = world.ledger.reader.customer(&org(), &email(1)).await.unwrap_err();
    world.wire.plan("GetItem", [garbled(secret), garbled(secret), garbled(secret)]);
    let garbled = world.ledger.reader.customer(&org(), &email(1)).await.unwrap_err();
    for error in [&error as &dyn Error, &read, &garbled] {
        let mut texts = vec![format!("{error:?}")];
        let mut link = Some(error);
        while let Some(error) = link {
            texts.push(error.to_string());
            link = error.source();
        }
        assert!(texts.iter().all(|text| !text.contains("acme")), "{texts:?}");
    }
}

fn answer(status: u16, code: &str) -> Fault {
    Fault::Answer(
        status,
        json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": "" }),
    )
}

fn cancelled(codes: &[&str]) -> Fault {
    let reasons: Vec<Value> = codes.iter().map(|code| json!({ "Code": code })).collect();
    let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
    Fault::Answer(
        400,
        json!({ "__type": kind, "Message": "cancelled", "CancellationReasons": reasons }),
    )
}

fn garbled(text: &str) -> Fault {
    Fault::Answer(200, json!({ "Item": { text: text } }))
}
