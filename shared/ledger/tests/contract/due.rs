//! What is due: nothing else, nothing missed, oldest first, page after page.

use std::collections::BTreeSet;

use access::Email;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use ledger::{CustomerChange, DueCursor, ItemKind, TABLE};

use crate::world::{World, change, customer, email, instant, org, other_org};

const NOW: &str = "2027-02-01T00:00:00Z";

#[tokio::test]
async fn three_pages_hold_everything_that_is_due_once_and_oldest_first() {
    let world = World::new().await;
    // The higher the number, the longer overdue; the last few are due only after now, or not at all.
    let now = instant(NOW);
    let due_at = |number: u32| match number {
        0..25 => Some(now - SignedDuration::from_hours(i64::from(number))),
        25..28 => Some(now + SignedDuration::from_millis(1)),
        _ => None,
    };
    commit_due(&world, (0..32).map(|number| (number, due_at(number)))).await;

    let (mut seen, mut pages, mut after) = (Vec::new(), 0, None);
    loop {
        let page = world.ledger.reader.due_customers(now, None, after.as_ref(), 10).await.unwrap();
        assert!(page.unreadable.is_empty());
        assert!(page.due.len() <= 10);
        pages += 1;
        for due in page.due {
            assert_eq!(Some(due.since), due_at(number_of(&due.email)));
            assert_eq!(due.org, org());
            seen.push(number_of(&due.email));
        }
        let Some(next) = page.next else { break };
        // A cursor travels through an event as text, and has nothing in it that must not.
        let text = serde_json::to_string(&next).unwrap();
        assert!(!text.contains("acme"), "{text}");
        after = Some(serde_json::from_str::<DueCursor>(&text).unwrap());
    }
    assert_eq!(seen, (0..25).rev().collect::<Vec<_>>());
    assert_eq!(pages, 3);
}

#[tokio::test]
async fn nothing_due_is_one_request_to_each_shard() {
    let world = World::new().await;
    commit_due(&world, (0..20).map(|number| (number, None))).await;
    world.wire.forget();
    let page = world.ledger.reader.due_customers(instant(NOW), None, None, 500).await.unwrap();
    assert_eq!((page.due.len(), page.next), (0, None));
    assert_eq!(world.wire.count("Query"), 8);
}

#[tokio::test]
async fn what_needs_nothing_any_more_leaves_the_index() {
    let world = World::new().await;
    commit_due(&world, [(1, Some(instant(NOW))), (2, Some(instant(NOW)))]).await;
    assert_eq!(index_size(&world).await, 2);
    let settled = change(world.read(1).await);
    world.ledger.writer.commit(vec![settled]).await.remove(0).unwrap();
    assert_eq!(index_size(&world).await, 1);
    let page = world.ledger.reader.due_customers(instant(NOW), None, None, 10).await.unwrap();
    assert_eq!(page.due.into_iter().map(|due| due.email).collect::<Vec<_>>(), [email(2)]);
}

#[tokio::test]
async fn what_is_due_at_this_very_nanosecond_is_due() {
    let world = World::new().await;
    let now = instant("2027-02-01T00:00:00.123456789Z");
    commit_due(&world, [(1, Some(now)), (2, Some(Timestamp::MIN)), (3, Some(Timestamp::MAX))])
        .await;
    let page = world.ledger.reader.due_customers(now, None, None, 10).await.unwrap();
    assert_eq!(page.due.into_iter().map(|due| due.email).collect::<Vec<_>>(), [email(2), email(1)]);
}

#[tokio::test]
async fn one_org_is_read_without_the_others_and_to_the_end() {
    let world = World::new().await;
    let now = instant(NOW);
    commit_due(&world, (0..40).map(|number| (number, Some(now)))).await;
    let mut wanted = BTreeSet::new();
    for number in 0..3 {
        let customer = access::Customer::new(other_org(), email(number));
        wanted.insert(customer.email.clone());
        let due_at = Some(now + SignedDuration::from_secs(i64::from(number)));
        let change = CustomerChange { due_at, ..change(customer) };
        world.ledger.writer.commit(vec![change]).await.remove(0).unwrap();
    }
    let (mut seen, mut after) = (BTreeSet::new(), None);
    let until = now + SignedDuration::from_hours(1);
    loop {
        let reader = &world.ledger.reader;
        let page =
            reader.due_customers(until, Some(&other_org()), after.as_ref(), 2).await.unwrap();
        for due in page.due {
            assert_eq!(due.org, other_org());
            assert!(seen.insert(due.email));
        }
        let Some(next) = page.next else { break };
        assert!(after.is_none_or(|after| after < next), "the cursor moves on");
        after = Some(next);
    }
    assert_eq!(seen, wanted);
}

#[tokio::test]
async fn a_cursor_from_after_now_finds_nothing() {
    let world = World::new().await;
    commit_due(&world, (0..5).map(|number| (number, Some(instant(NOW))))).await;
    let reader = &world.ledger.reader;
    let next = reader.due_customers(instant(NOW), None, None, 2).await.unwrap().next.unwrap();
    let earlier = instant("2027-01-01T00:00:00Z");
    let page = reader.due_customers(earlier, None, Some(&next), 2).await.unwrap();
    assert_eq!((page.due.len(), page.next), (0, None));
}

#[tokio::test]
async fn a_key_that_is_not_understood_is_reported_and_stops_no_other() {
    let world = World::new().await;
    commit_due(&world, [(1, Some(instant(NOW)))]).await;
    for (partition, position) in [
        ("customer#main#not an address", "2027-01-01T00:00:00.000Z#00"),
        ("customer#main", "2027-01-01T00:00:00.000Z#01"),
        ("customer#main#customer9@acme.example", "2027 or so"),
    ] {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let put = world.client.put_item().table_name(crate::world::TABLE);
        let put = put.item("pk", text(partition)).item("sk", text("customer"));
        let put = put.item("dueShard", text("customer#3")).item("dueAt", text(position));
        put.send().await.unwrap();
    }
    let page = world.ledger.reader.due_customers(instant(NOW), None, None, 10).await.unwrap();
    assert_eq!(page.due.into_iter().map(|due| due.email).collect::<Vec<_>>(), [email(1)]);
    assert_eq!(page.unreadable.len(), 3);
    assert!(page.unreadable.iter().all(|it| it.kind == ItemKind::Customer));
    assert!(page.unreadable.iter().any(|it| it.position == "2027 or so"));
}

#[tokio::test]
async fn a_project_is_due_while_its_close_is_not_finished() {
    let world = World::new().await;
    let closed = world.close("P-1").await;
    let due = |at: &'static str| {
        let reader = world.ledger.reader.clone();
        async move { reader.due_projects(instant(at), None, None, 10).await.unwrap().due }
    };
    assert!(due("2027-01-01T23:59:59Z").await.is_empty());
    let listed = due("2027-01-02T00:00:00Z").await;
    assert_eq!((listed.len(), &listed[0].id), (1, &closed.id));
    assert_eq!(Some(listed[0].since), closed.changed_at);
    world.ledger.writer.commit_project(closed.finished(), Vec::new()).await.unwrap();
    assert!(due("2027-01-02T00:00:00Z").await.is_empty());
}

async fn commit_due(world: &World, due: impl IntoIterator<Item = (u32, Option<Timestamp>)>) {
    let changes = due
        .into_iter()
        .map(|(number, due_at)| CustomerChange { due_at, ..change(customer(number)) })
        .collect();
    let results = world.ledger.writer.commit(changes).await;
    assert!(results.iter().all(Result::is_ok));
}

async fn index_size(world: &World) -> i32 {
    let scan = world.client.scan().table_name(crate::world::TABLE).index_name(TABLE.due.name);
    scan.send().await.expect("the index can be scanned").count()
}

fn number_of(email: &Email) -> u32 {
    let digits: String = email.as_str().chars().filter(char::is_ascii_digit).collect();
    digits.parse().expect("the address has a number")
}
