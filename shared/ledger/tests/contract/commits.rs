//! Changes of customers: one wins, one failure stops nothing else, and nothing is half written.

use std::sync::Arc;

use access::Customer;
use ledger::{CommitError, CustomerChange};
use tokio::sync::Semaphore;

use crate::world::{
    Fault, World, announcement, audit, change, customer, email, grant, grant_id, instant, opening,
    org, project_id,
};

const TRANSACT: &str = "TransactWriteItems";

#[tokio::test]
async fn what_is_committed_is_what_is_read_with_the_next_version() {
    let world = World::new().await;
    assert_eq!(world.read(1).await, customer(1));
    let committed = world.admit(1, "P-1").await;
    assert_eq!(committed.version, 1);
    assert_eq!(world.read(1).await, committed);
    let users = ["005000000000001AAA", "005000000000002AAA"];
    let mut changed = committed.clone();
    changed.users = users.iter().map(|id| access::UserId::parse(id).unwrap()).collect();
    let mut results = world.ledger.writer.commit(vec![change(changed.clone())]).await;
    let expected = Customer { version: 2, pointed: changed.users.clone(), ..changed };
    assert_eq!(results.remove(0).unwrap(), expected);
    assert!(results.is_empty());
    assert_eq!(world.read(1).await, expected);
}

#[tokio::test]
async fn of_two_writers_who_read_the_same_version_one_wins() {
    let world = World::new().await;
    for round in 0..10 {
        let read = world.read(1).await;
        let write = |number: u32| {
            let writer = world.ledger.writer.clone();
            let change = opening(read.clone(), 100 * round + number, "P-1");
            tokio::spawn(async move { writer.commit(vec![change]).await.remove(0) })
        };
        let (first, second) = (write(1), write(2));
        let results = [first.await.unwrap(), second.await.unwrap()];
        let mut winners = results.iter().filter_map(|result| result.as_ref().ok());
        let winner = winners.next().expect("one wins");
        assert!(winners.next().is_none(), "round {round}");
        assert!(results.iter().filter_map(|it| it.as_ref().err()).all(CommitError::is_conflict));
        assert_eq!(world.read(1).await, *winner);
        for number in [1, 2] {
            let id = grant_id(100 * round + number);
            let history = world.ledger.reader.history(&id).await.unwrap();
            assert_eq!(history.len(), usize::from(winner.grants.contains_key(&id)));
        }
    }
}

#[tokio::test]
async fn a_new_customer_is_new_to_one_writer_only() {
    let world = World::new().await;
    world.admit(1, "P-1").await;
    let results = world.ledger.writer.commit(vec![opening(customer(1), 2, "P-1")]).await;
    assert!(matches!(results[..], [Err(CommitError::Conflict)]));
    assert!(results[0].as_ref().is_err_and(CommitError::is_transient));
}

#[tokio::test]
async fn one_conflict_among_120_changes_stops_no_other() {
    let world = World::new().await;
    let stale = world.admit(57, "P-1").await;
    world.ledger.writer.commit(vec![change(stale)]).await.remove(0).unwrap();
    let changes: Vec<CustomerChange> =
        (0..120).map(|number| opening(customer(number), 1000 + number, "P-1")).collect();
    let results = world.ledger.writer.commit(changes.clone()).await;
    assert_eq!(results.len(), 120);
    for (number, (result, change)) in (0_u32..).zip(results.into_iter().zip(changes)) {
        match result {
            Ok(committed) => {
                let subject = committed.subject.clone();
                assert!(subject.is_some());
                let mut expected = Customer { version: 1, subject, ..change.customer };
                for (id, grant) in &mut expected.grants {
                    grant.head.clone_from(&committed.grants[id].head);
                }
                assert_eq!(committed, expected);
                assert_eq!(world.read(number).await, committed);
            }
            Err(error) => {
                assert!(error.is_conflict());
                assert_eq!(number, 57);
                assert!(world.ledger.reader.history(&grant_id(1057)).await.unwrap().is_empty());
            }
        }
    }
    let named = world.ledger.reader.customers_of_project(&org(), &project_id("P-1")).await;
    assert_eq!(named.unwrap().len(), 120);
}

#[tokio::test]
async fn changes_share_transactions_and_the_check_of_their_project() {
    let world = World::new().await;
    let mut changes: Vec<_> = (0..66).map(|it| opening(customer(it), it, "P-1")).collect();
    for change in &mut changes {
        change.announcements.clear();
    }
    world.wire.forget();
    let results = world.ledger.writer.commit(changes).await;
    assert!(results.iter().all(Result::is_ok));
    // For each a customer, an entry and the pointers from the project, the subject and the address; 16 of them and the check make
    // a transaction.
    assert_eq!(world.wire.count(TRANSACT), 5);
}

#[tokio::test]
async fn a_change_that_no_transaction_can_hold_stops_no_other() {
    let world = World::new().await;
    let mut fat = opening(customer(1), 1, "P-1");
    for number in 0..30 {
        let mut grant = grant(100 + number, "P-1");
        grant.reason = Some("because ".repeat(2_000));
        fat.customer.grants.insert(grant.id.clone(), grant);
    }
    let results = world.ledger.writer.commit(vec![fat, opening(customer(3), 3, "P-1")]).await;
    assert!(matches!(results[..], [Err(CommitError::TooLarge), Ok(_)]));
    assert_eq!(world.read(1).await.version, 0);
}

/// A change of so many grants, each with an entry and an announcement.
fn wide(mut customer: Customer, count: u32, version: u64) -> CustomerChange {
    let (mut entries, mut announcements) = (Vec::new(), Vec::new());
    for number in 1..=count {
        let grant = access::Grant { version, ..grant(number, "P-1") };
        entries.push(audit(&grant));
        let mut told = announcement(&format!("{}-{version}", grant.id), "2026-11-23T09:00:00Z");
        told.detail["grantId"] = serde_json::json!(grant.id);
        announcements.push(told);
        customer.grants.insert(grant.id.clone(), grant);
    }
    CustomerChange { audit: entries, announcements, ..change(customer) }
}

#[tokio::test]
async fn a_change_of_more_grants_than_a_transaction_holds_is_committed_in_parts_that_follow_each_other()
 {
    let world = World::new().await;
    for (round, count) in [49, 50, 100, 300].into_iter().enumerate() {
        let number = u32::try_from(round).unwrap() + 1;
        world.wire.forget();
        let changes = vec![
            wide(customer(number), count, u64::from(number)),
            opening(customer(50 + number), 900 + number, "P-1"),
        ];
        let results = world.ledger.writer.commit(changes).await;
        let committed = results[0].as_ref().expect("it is committed");
        assert!(results[1].is_ok());
        assert_eq!(world.read(number).await, *committed, "{count}");
        assert_eq!(committed.grants.len(), count as usize);
        assert_eq!(world.wire.count(TRANSACT) > 2, count > 24, "{count}");
    }
    let last = world.ledger.reader.history(&grant_id(300)).await.unwrap();
    assert_eq!(last.len(), 1);
    let now = instant("2027-01-01T00:00:00Z");
    let told = world.ledger.reader.unpublished(now, None, None, 1_000).await.unwrap().due;
    assert!(told.len() >= 300, "{}", told.len());
}

#[tokio::test]
async fn of_a_change_in_parts_that_fails_in_the_middle_what_is_recorded_is_true_and_due() {
    let world = World::new().await;
    let before =
        world.ledger.writer.commit(vec![wide(customer(1), 120, 1)]).await.remove(0).unwrap();
    let later = wide(before.clone(), 120, 2);
    world.wire.plan(
        TRANSACT,
        [Fault::Nothing, Fault::RequestLost, Fault::RequestLost, Fault::RequestLost],
    );
    let failed = world.ledger.writer.commit(vec![later]).await.remove(0);
    assert!(failed.is_err());
    let read = world.read(1).await;
    let recorded = read.grants.values().filter(|it| it.version == 2).count();
    assert!(recorded > 0 && recorded < 120, "{recorded}");
    for (id, grant) in &read.grants {
        let history = world.ledger.reader.history(id).await.unwrap();
        assert_eq!(history.len() as u64, grant.version, "a state has its entry");
    }
    let again = wide(read.clone(), 120, 2);
    let left: Vec<_> =
        again.audit.into_iter().filter(|it| read.grants[&it.grant].version == 1).collect();
    let again = CustomerChange { audit: left, ..again };
    world.ledger.writer.commit(vec![again]).await.remove(0).expect("the next run goes on");
    assert!(world.read(1).await.grants.values().all(|it| it.version == 2));
}

#[tokio::test]
async fn what_somebody_else_writes_before_the_first_of_the_parts_no_part_overwrites() {
    let world = World::new().await;
    let before =
        world.ledger.writer.commit(vec![wide(customer(1), 120, 1)]).await.remove(0).unwrap();
    let permits = Arc::new(Semaphore::new(0));
    world.wire.plan("GetItem", [Fault::AnswerHeld(Arc::clone(&permits))]);
    let asked = world.wire.count("GetItem");
    let other = Customer { unclear_until: Some(instant("2027-01-01T00:00:00Z")), ..before.clone() };
    let meanwhile = async {
        while world.wire.count("GetItem") == asked {
            tokio::task::yield_now().await;
        }
        let written = world.ledger.writer.commit(vec![change(other.clone())]).await.remove(0);
        permits.add_permits(1);
        written.expect("nobody has written before")
    };
    let (failed, written) = tokio::join!(
        world.ledger.writer.commit_with_heads(vec![wide(before.clone(), 120, 2)]),
        meanwhile,
    );
    assert!(matches!(failed[0].result, Err(CommitError::Conflict)));
    assert!(failed[0].heads.is_empty(), "{}", failed[0].heads.len());
    assert!(world.read(1).await == written);
}

#[tokio::test]
async fn one_customer_twice_in_a_commit_is_changed_once() {
    let world = World::new().await;
    let changes = vec![
        opening(customer(1), 1, "P-1"),
        opening(customer(2), 2, "P-1"),
        opening(customer(1), 3, "P-1"),
    ];
    let results = world.ledger.writer.commit(changes).await;
    assert!(matches!(results[..], [Ok(_), Ok(_), Err(CommitError::Conflict)]));
    assert!(world.read(1).await.grants.contains_key(&grant_id(1)));
}

#[tokio::test]
async fn an_entry_of_a_history_is_never_replaced() {
    let world = World::new().await;
    let committed = world.admit(1, "P-1").await;
    let written = world.ledger.reader.history(&grant_id(1)).await.unwrap();
    let mut forged = audit(&grant(1, "P-1"));
    forged.cause = "never happened".to_owned();
    let forgery = CustomerChange { audit: vec![forged], ..change(committed.clone()) };
    let results = world.ledger.writer.commit(vec![forgery]).await;
    assert!(matches!(&results[..], [Err(CommitError::Recorded(id))] if *id == grant_id(1)));
    assert_eq!(world.ledger.reader.history(&grant_id(1)).await.unwrap(), written);
    assert_eq!(world.read(1).await, committed);
}

#[tokio::test]
async fn a_history_of_more_than_a_megabyte_is_read_whole_and_in_order() {
    let world = World::new().await;
    let mut customer = customer(1);
    let mut expected = Vec::new();
    for version in 1..=12 {
        let mut entry = audit(&grant(1, "P-1"));
        entry.version = version;
        entry.answer = Some("refused ".repeat(20_000));
        expected.push((version, entry.answer.clone()));
        let change = CustomerChange { audit: vec![entry], ..change(customer) };
        customer = world.ledger.writer.commit(vec![change]).await.remove(0).unwrap();
    }
    world.wire.forget();
    let read = world.ledger.reader.history(&grant_id(1)).await.unwrap();
    let answer = |it: &access::Entry| it.personal.as_ref()?.get("answer").cloned();
    let read: Vec<_> = read.iter().map(|it| (it.version, answer(it))).collect();
    assert_eq!(read, expected);
    assert!(world.wire.count("Query") >= 2);
}

#[tokio::test]
async fn nothing_to_commit_asks_nothing() {
    let world = World::new().await;
    world.wire.forget();
    assert!(world.ledger.writer.commit(Vec::new()).await.is_empty());
    assert_eq!(world.wire.count(TRANSACT), 0);
}

#[tokio::test]
async fn one_address_in_two_orgs_is_two_customers() {
    let world = World::new().await;
    let here = world.admit(1, "P-1").await;
    let there = Customer::new(crate::world::other_org(), email(1));
    let read = world.ledger.reader.customer(&there.org, &there.email).await.unwrap();
    assert_eq!(read, there);
    let mut change = change(there);
    change.due_at = Some(instant("2027-01-01T00:00:00Z"));
    world.ledger.writer.commit(vec![change]).await.remove(0).unwrap();
    assert_eq!(world.read(1).await, here);
}
