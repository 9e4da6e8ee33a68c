//! Evidence that somebody has tampered with, and erasing while others write.

use std::sync::Arc;

use access::{Flaw, verify};
use ledger::{CustomerChange, ForgetError};
use tokio::sync::Semaphore;

use crate::world::{
    Fault, World, audit, change, customer, email, grant_id, opening, org, project_id,
};

/// A customer whose only grant is finished and forgotten.
async fn finished() -> World {
    let world = World::new().await;
    let mut first = opening(customer(1), 1, "P-1");
    first.announcements.clear();
    world.ledger.writer.commit(vec![first]).await.remove(0).expect("it is there");
    let mut customer = world.read(1).await;
    let mut grant = customer.grants.remove(&grant_id(1)).expect("it is there");
    grant.version += 1;
    let last = CustomerChange { audit: vec![audit(&grant)], ..change(customer) };
    world.ledger.writer.commit(vec![last]).await.remove(0).expect("it is there");
    world
}

/// A request lets the person in again after the pointers are deleted and before the entries are erased: what it says, who asked and who
/// answers for it, must stay.
#[tokio::test]
async fn who_is_let_in_again_while_being_forgotten_keeps_what_the_new_entries_say() {
    let world = finished().await;
    let permits = Arc::new(Semaphore::new(0));
    world.wire.plan("TransactWriteItems", [Fault::AnswerHeld(Arc::clone(&permits))]);
    world.wire.forget();
    let eraser = world.eraser.clone();
    let forgetting = tokio::spawn(async move { eraser.forget(&org(), &email(1)).await });
    while world.wire.count("TransactWriteItems") == 0 {
        tokio::task::yield_now().await;
    }
    // Its pointer is gone by now.
    loop {
        let left =
            world.ledger.reader.customers_of_project(&org(), &project_id("P-1")).await.unwrap();
        if left.is_empty() {
            break;
        }
    }
    let mut again = opening(world.read(1).await, 2, "P-1");
    again.announcements.clear();
    world.ledger.writer.commit(vec![again]).await.remove(0).unwrap();
    permits.add_permits(1);
    let error = forgetting.await.unwrap().unwrap_err();
    assert!(matches!(error, ForgetError::Changed), "{error}");
    let left = world.ledger.reader.customers_of_project(&org(), &project_id("P-1")).await.unwrap();
    assert_eq!(left, [email(1)], "the pointer is there");
    let history = world.ledger.reader.history(&grant_id(2)).await.unwrap();
    assert!(
        !history[0].is_erased(),
        "the entry of the open grant lost who asked for it: {:?}",
        history[0]
    );
}

/// All hashes are taken away, and with them all that could be noticed; the head is gone with the grant.
#[tokio::test]
async fn a_history_of_which_all_hashes_were_removed_is_not_taken_for_one_of_an_older_table() {
    let world = finished().await;
    let mut history = world.ledger.reader.history(&grant_id(1)).await.unwrap();
    for entry in &mut history {
        entry.hash = None;
        entry.cause = "nothing happened".to_owned();
    }
    assert_ne!(
        verify(&history, None),
        [],
        "they still have a subject, a personalDigest and a previous"
    );
}

/// An entry that is put before the first of a chain.
#[tokio::test]
async fn an_entry_that_is_added_before_the_first_is_noticed() {
    let world = finished().await;
    let mut history = world.ledger.reader.history(&grant_id(1)).await.unwrap();
    let mut forged = history[0].clone();
    forged.version = 0;
    forged.hash = None;
    forged.cause = "a person allowed it".to_owned();
    history.insert(0, forged);
    assert_ne!(verify(&history, None), []);
}

/// The first entries are made to look like those of an older table, and then removed or changed.
#[tokio::test]
async fn what_is_done_to_a_chain_is_named() {
    let world = World::new().await;
    world.admit(1, "P-1").await;
    for _ in 0..5 {
        let mut customer = world.read(1).await;
        let grant = customer.grants.get_mut(&grant_id(1)).unwrap();
        grant.version += 1;
        let entry = audit(grant);
        let next = CustomerChange { audit: vec![entry], ..change(customer) };
        world.ledger.writer.commit(vec![next]).await.remove(0).unwrap();
    }
    let whole = world.ledger.reader.history(&grant_id(1)).await.unwrap();
    let head = world.read(1).await.grants[&grant_id(1)].head.clone();
    assert_eq!(verify(&whole, head.as_deref()), []);
    for place in 0..whole.len() {
        let mut unhashed = whole.clone();
        for entry in &mut unhashed[..=place] {
            entry.hash = None;
            entry.cause = "x".to_owned();
        }
        assert_ne!(verify(&unhashed, head.as_deref()), [], "the first {place} without a hash");
        let mut one = whole.clone();
        one[place].hash = None;
        assert_ne!(verify(&one, head.as_deref()), [], "{place} without a hash");
        let mut removed = whole.clone();
        removed.remove(place);
        assert_ne!(verify(&removed, head.as_deref()), [], "without {place}");
        let mut renamed = whole.clone();
        renamed[place].version += 100;
        renamed.sort_by_key(|it| it.version);
        let flaws = verify(&renamed, head.as_deref());
        assert!(flaws.iter().any(|it| matches!(it, Flaw::Changed { .. })), "{flaws:?}");
        let mut twice = whole.clone();
        twice.insert(place, whole[place].clone());
        assert_ne!(verify(&twice, head.as_deref()), [], "{place} twice");
    }
    assert_ne!(verify(&[], head.as_deref()), []);
}

/// Forgetting one and the same person at the same time from two sides, while others write.
#[tokio::test]
async fn two_who_forget_at_once_get_to_the_same_end() {
    let world = finished().await;
    let subject = world.read(1).await.subject.unwrap();
    let (org, email) = (org(), email(1));
    // Either may be told to try again.
    let _ = tokio::join!(world.eraser.forget(&org, &email), world.eraser.forget(&org, &email));
    while world.eraser.forget(&org, &email).await.is_err() {}
    let found = world.ledger.reader.evidence_of_subject(&subject).await.unwrap();
    assert_eq!(verify(&found[&grant_id(1)], None), []);
    assert!(found[&grant_id(1)].iter().all(access::Entry::is_erased));
}
