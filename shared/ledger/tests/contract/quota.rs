//! What is counted of a source on one day.

use access::Source;
use ledger::CommitError;

use crate::world::{Fault, World, instant};

const NOON: &str = "2027-01-01T12:00:00Z";

#[tokio::test]
async fn a_source_lets_in_as_many_a_day_as_its_rule_says_and_no_more() {
    let world = World::new().await;
    let (corp, principal) = (Source::of_event("corp"), Source::of_principal("corp"));
    let count = async |source: &Source, number: u32, at: &str| {
        world.ledger.writer.count_let_in(source, number, 5, instant(at)).await.unwrap()
    };
    assert!(count(&corp, 3, NOON).await);
    assert!(!count(&corp, 3, NOON).await, "six are too many");
    assert!(count(&corp, 2, NOON).await, "what was refused is not counted");
    assert!(!count(&corp, 1, "2027-01-01T23:59:59Z").await);
    assert!(count(&principal, 5, NOON).await, "another source of that name has a count of its own");
    assert!(count(&corp, 5, "2027-01-02T00:00:00Z").await, "the next day begins anew");
    assert!(!count(&corp, 1, "2027-01-01T23:59:59Z").await, "a clock that is behind begins no day");
    assert!(!count(&Source::Operator, 6, NOON).await, "more than a day's in one request");
}

#[tokio::test]
async fn of_requests_at_the_same_time_none_is_counted_beside_the_others() {
    let world = World::new().await;
    let counters: Vec<_> = (0..8)
        .map(|_| {
            let writer = world.ledger.writer.clone();
            tokio::spawn(async move {
                writer.count_let_in(&Source::Operator, 1, 5, instant(NOON)).await
            })
        })
        .collect();
    let mut let_in = 0;
    for counter in counters {
        match counter.await.unwrap() {
            Ok(is_in) => let_in += usize::from(is_in),
            Err(error) => assert!(matches!(error, CommitError::Contended), "{error}"),
        }
    }
    assert!((1..=5).contains(&let_in), "{let_in}");
    while world.ledger.writer.count_let_in(&Source::Operator, 1, 5, instant(NOON)).await.unwrap() {
        let_in += 1;
    }
    assert_eq!(let_in, 5);
}

#[tokio::test]
async fn a_count_whose_answer_is_lost_is_made_once_or_fails() {
    let world = World::new().await;
    world.wire.plan("TransactWriteItems", [Fault::AnswerLost]);
    let first = world.ledger.writer.count_let_in(&Source::Operator, 3, 5, instant(NOON)).await;
    assert!(first.is_ok_and(|is_in| is_in));
    assert!(
        !world.ledger.writer.count_let_in(&Source::Operator, 3, 5, instant(NOON)).await.unwrap()
    );
}
