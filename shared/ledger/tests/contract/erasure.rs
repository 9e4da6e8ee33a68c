//! A person is forgotten: the address and all texts go, the evidence stays, and nobody else loses anything.

use std::collections::BTreeMap;
use std::sync::Arc;

use access::{Customer, Email, Joined, Reason, State, Subject, verify};
use aws_sdk_dynamodb::types::AttributeValue;
use ledger::{CustomerChange, ForgetError, HeldEnding, Hold};
use serde_json::json;
use tokio::sync::Semaphore;

use crate::world::{
    Fault, TABLE, World, audit, change, customer, email, grant_id, instant, opening, org,
    project_id,
};

/// What is written about the first customer and must be gone.
const TEXTS: [&str; 4] = ["customer1@acme.example", "ana@private.example", "kim's words", "Apollo"];

/// A table in which everything that can name the first customer does, with nothing left to be done about it.
async fn written() -> World {
    let world = World::new().await;
    for number in [2, 1] {
        let mut change = opening(customer(number), number, "P-1");
        change.customer.users = [shared_user()].into();
        let id = grant_id(number);
        let grant = change.customer.grants.get_mut(&id).expect("the grant");
        grant.reason = Some("kim's words".to_owned());
        grant.project_name = Some("Apollo".to_owned());
        let joined_as = Some(Email::parse("ana@private.example").expect("an address"));
        grant.joined = Some(Joined { at: grant.requested_at, joined_as }).filter(|_| number == 1);
        change.audit = vec![audit(grant)];
        change.announcements.clear();
        if number == 2 {
            change.customer.aliases.insert(email(1));
            change.due_at = Some(instant("2027-01-31T00:00:00Z"));
            // Only of the first all texts must be gone.
            let grant = change.customer.grants.get_mut(&id).expect("the grant");
            (grant.reason, grant.project_name) = (None, None);
            change.audit = vec![audit(grant)];
        } else {
            change.customer.aliases.insert(email(2));
        }
        world.ledger.writer.commit(vec![change]).await.remove(0).expect("it is committed");
    }
    let endings = [1, 2].map(|number| HeldEnding {
        grant: grant_id(number),
        email: email(number),
        reason: Reason::ProjectClosed.to_string(),
    });
    let at = instant("2027-01-31T00:00:00Z");
    let hold = Hold { org: org(), digest: "0a".repeat(32), at, endings: endings.to_vec() };
    world.ledger.writer.place_hold(hold).await.expect("it is held");
    let customer = finish(&world).await;
    assert!(customer.grants.is_empty());
    world
}

/// Who both customers were known as.
fn shared_user() -> access::UserId {
    access::UserId::parse("005000000000001AAA").expect("a user id")
}

/// Forgets the first customer's grant, as a run does about which nothing will be done again.
async fn finish(world: &World) -> Customer {
    let mut customer = world.read(1).await;
    let mut grant = customer.grants.remove(&grant_id(1)).expect("the grant");
    grant.version += 1;
    let change = CustomerChange { audit: vec![audit(&grant)], ..change(customer) };
    world.ledger.writer.commit(vec![change]).await.remove(0).expect("it is committed")
}

/// All items of the table, by key.
async fn table(world: &World) -> BTreeMap<String, AttributeValue> {
    let mut items = BTreeMap::new();
    let mut from = None;
    loop {
        let scan = world.client.scan().table_name(TABLE).set_exclusive_start_key(from);
        let answer = scan.send().await.expect("a page");
        let sorted = answer.items.unwrap_or_default().into_iter().map(|item| {
            let key = format!("{:?} {:?}", item["pk"], item["sk"]);
            (key, AttributeValue::M(item))
        });
        items.extend(sorted);
        from = answer.last_evaluated_key.filter(|last| !last.is_empty());
        if from.is_none() {
            return items;
        }
    }
}

async fn subject(world: &World) -> Subject {
    world.read(1).await.subject.expect("a subject")
}

/// Nothing names the first customer, the history is whole, and the second customer has lost nothing.
async fn check(world: &World, subject: &Subject) {
    for (key, item) in table(world).await {
        for text in TEXTS {
            assert!(!format!("{item:?}").contains(text), "{text} in {key}");
        }
    }
    let found = world.ledger.reader.evidence_of_subject(subject).await.expect("it is there");
    let history = &found[&grant_id(1)];
    assert_eq!(history.len(), 2);
    assert_eq!(verify(history, None), []);
    assert!(history.iter().all(access::Entry::is_erased));
    let of_project = world.ledger.reader.evidence_of_project(&org(), &project_id("P-1")).await;
    assert_eq!(of_project.expect("it is there").len(), 2);
    let left = world
        .ledger
        .reader
        .customers_of_project(&org(), &project_id("P-1"))
        .await
        .expect("it is there");
    assert_eq!(left, [email(2)]);
    assert!(world.read(2).await.grants.contains_key(&grant_id(2)));
    let at = instant("2027-02-01T00:00:00Z");
    let due = world.ledger.reader.due_customers(at, None, None, 10).await.expect("it is there").due;
    assert_eq!(due.iter().map(|it| it.email.clone()).collect::<Vec<_>>(), [email(2)]);
    assert_eq!(world.read(1).await, customer(1));
    // The user leads to the second again once that is written the next time.
    let other = world.read(2).await;
    assert_eq!((other.users.len(), other.pointed.len()), (1, 0));
    world.ledger.writer.commit(vec![change(other)]).await.remove(0).expect("it is committed");
    let users = [shared_user()].into();
    let leads = world.ledger.reader.addresses_of_users(&org(), &users).await.expect("it is there");
    assert_eq!(leads.read, [(shared_user(), email(2))].into());
}

#[tokio::test]
async fn nothing_names_who_was_forgotten_and_the_evidence_verifies() {
    let world = written().await;
    let subject = subject(&world).await;
    let forgotten = world.eraser.forget(&org(), &email(1)).await.unwrap();
    assert_eq!(forgotten.subject.as_ref(), Some(&subject));
    // The pointers of the project and the user, the other address, the set that was held, and the customer.
    assert_eq!((forgotten.entries, forgotten.records), (2, 5));
    check(&world, &subject).await;
    let before = table(&world).await;
    let again = world.eraser.forget(&org(), &email(1)).await.unwrap();
    assert_eq!(again, ledger::Forgotten::default());
    assert!(table(&world).await == before);
    // Who comes back is somebody new.
    let back = opening(customer(1), 4, "P-1");
    world.ledger.writer.commit(vec![back]).await.remove(0).unwrap();
    assert_ne!(world.read(1).await.subject, Some(subject));
}

#[tokio::test]
async fn whoever_tries_again_after_any_failure_gets_to_the_same_end() {
    let operations =
        ["TransactWriteItems", "UpdateItem", "BatchWriteItem", "Scan", "Query", "GetItem"];
    let mut failures = 0;
    for operation in operations {
        for lost in [Fault::RequestLost, Fault::AnswerLost] {
            for before in 0.. {
                let world = written().await;
                let subject = subject(&world).await;
                world.wire.forget();
                world.wire.plan(operation, vec![Fault::Nothing; before]);
                world.wire.plan(operation, vec![lost.clone(); 3]);
                let first = world.eraser.forget(&org(), &email(1)).await;
                let is_over = world.wire.count(operation) < before + 3;
                failures += usize::from(first.is_err());
                world.wire.calm();
                while world.eraser.forget(&org(), &email(1)).await.is_err() {}
                check(&world, &subject).await;
                if is_over {
                    break;
                }
            }
        }
    }
    assert!(failures > 15, "only {failures} failures were tried");
}

#[tokio::test]
async fn nobody_is_forgotten_of_whom_something_is_left_to_be_done() {
    let ended = json!({
        "is": "ended", "reason": "expired", "at": "2027-01-31T00:00:00Z", "steps": [], "settled": 2,
        "proof": { "is": "proven", "at": "2027-01-31T00:00:00Z", "rereads": 0 },
    });
    let ended: State = serde_json::from_value(ended).unwrap();
    for (name, state, expected) in
        [("open", None, "is not over"), ("to be read again", Some(ended), "will be read again")]
    {
        let world = World::new().await;
        let mut change = opening(customer(1), 1, "P-1");
        let grant = change.customer.grants.get_mut(&grant_id(1)).unwrap();
        grant.state = state.unwrap_or_else(|| grant.state.clone());
        world.ledger.writer.commit(vec![change]).await.remove(0).unwrap();
        let before = table(&world).await;
        let error = world.eraser.forget(&org(), &email(1)).await.unwrap_err().to_string();
        assert!(error.contains(expected) && !error.contains('@'), "{name}: {error}");
        assert!(table(&world).await == before, "{name}");
    }
}

#[tokio::test]
async fn nobody_is_forgotten_who_has_joined_for_another_address_or_is_still_to_be_told_of() {
    let world = written().await;
    let mut other = world.read(2).await;
    let grant = other.grants.get_mut(&grant_id(2)).unwrap();
    grant.joined = Some(Joined { at: grant.requested_at, joined_as: Some(email(1)) });
    let other = world.ledger.writer.commit(vec![change(other)]).await.remove(0).unwrap();
    let before = table(&world).await;
    let error = world.eraser.forget(&org(), &email(1)).await.unwrap_err();
    assert!(matches!(&error, ForgetError::Elsewhere(id) if *id == grant_id(2)), "{error}");
    assert!(table(&world).await == before);

    let mut other = other;
    other.grants.get_mut(&grant_id(2)).unwrap().joined = None;
    let told = access::Announcement::new(
        "1".to_owned(),
        access::AnnouncementKind::Ended,
        &org(),
        instant("2027-01-31T00:00:00Z"),
        json!({ "email": email(1) }),
    );
    let change = CustomerChange { announcements: vec![told], ..change(other) };
    world.ledger.writer.commit(vec![change]).await.remove(0).unwrap();
    let error = world.eraser.forget(&org(), &email(1)).await.unwrap_err();
    assert!(matches!(error, ForgetError::Untold), "{error}");
    world.ledger.writer.published(&["1"]).await.unwrap();
    world.eraser.forget(&org(), &email(1)).await.unwrap();
}

#[tokio::test]
async fn who_is_let_in_again_meanwhile_keeps_what_leads_to_them() {
    let world = written().await;
    let permits = Arc::new(Semaphore::new(0));
    world.wire.plan("Scan", [Fault::AnswerHeld(Arc::clone(&permits))]);
    world.wire.forget();
    let eraser = world.eraser.clone();
    let forgetting = tokio::spawn(async move { eraser.forget(&org(), &email(1)).await });
    while world.wire.count("Scan") == 0 {
        tokio::task::yield_now().await;
    }
    let customer = world.read(1).await;
    world.ledger.writer.commit(vec![opening(customer, 3, "P-1")]).await.remove(0).unwrap();
    permits.add_permits(1);
    let error = forgetting.await.unwrap().unwrap_err();
    assert!(matches!(error, ForgetError::Changed), "{error}");
    let left = world.ledger.reader.customers_of_project(&org(), &project_id("P-1")).await.unwrap();
    assert_eq!(left, [email(1), email(2)]);
    assert!(matches!(world.eraser.forget(&org(), &email(1)).await, Err(ForgetError::Open(_))));
}
