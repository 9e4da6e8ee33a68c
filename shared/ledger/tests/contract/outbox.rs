//! Announcements: kept with the change that they announce until they are published.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use ledger::{CustomerChange, ItemKind};
use serde_json::json;

use crate::world::{Fault, TABLE, World, announcement, change, customer, instant, org, other_org};

#[tokio::test]
async fn what_a_change_announces_stays_in_the_outbox_until_it_is_published() {
    let world = World::new().await;
    let (reader, writer) = (&world.ledger.reader, &world.ledger.writer);
    let later = announcement("later", "2027-01-02T00:00:00Z");
    let earlier = announcement("earlier", "2027-01-01T00:00:00Z");
    let announcements = vec![later.clone(), earlier.clone(), later.clone()];
    let change = CustomerChange { announcements, ..change(customer(1)) };
    writer.commit(vec![change]).await.remove(0).unwrap();

    let now = instant("2027-01-02T00:00:00Z");
    let page = reader.unpublished(now, None, None, 10).await.unwrap();
    assert_eq!(page.due, [earlier.clone(), later.clone()]);
    writer.published(&["earlier"]).await.unwrap();
    writer.announce(vec![later.clone()]).await.unwrap();
    assert_eq!(reader.unpublished(now, None, None, 10).await.unwrap().due, [later]);
    writer.published(&["later", "later", "never was"]).await.unwrap();
    assert!(reader.unpublished(now, None, None, 10).await.unwrap().due.is_empty());
}

#[tokio::test]
async fn announcements_that_go_with_no_change_are_written_and_deleted_in_batches() {
    let world = World::new().await;
    let (reader, writer) = (&world.ledger.reader, &world.ledger.writer);
    let ids: Vec<String> = (0..130).map(|number| format!("{number:03}#odd id/é")).collect();
    let announcements = ids.iter().map(|id| announcement(id, "2027-01-01T00:00:00Z")).collect();
    writer.announce(announcements).await.unwrap();
    assert_eq!(world.wire.count("BatchWriteItem"), 6);
    let now = instant("2027-01-01T00:00:00Z");
    let (mut seen, mut after) = (BTreeSet::new(), None);
    loop {
        let page = reader.unpublished(now, Some(&org()), after.as_ref(), 50).await.unwrap();
        seen.extend(page.due.into_iter().map(|it| it.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ids);
    assert!(reader.unpublished(now, Some(&other_org()), None, 50).await.unwrap().due.is_empty());
    writer.published(&ids[..5]).await.unwrap();
    assert_eq!(world.wire.count("TransactWriteItems"), 0, "a few are one batch");
    world.wire.forget();
    writer.published(&ids).await.unwrap();
    let requests = ["TransactWriteItems", "BatchWriteItem"].map(|it| world.wire.count(it));
    assert_eq!(requests, [2, 0], "130 are two requests");
    assert!(reader.unpublished(now, None, None, 50).await.unwrap().due.is_empty());
}

#[tokio::test]
async fn what_no_transaction_takes_out_of_the_outbox_the_batches_do() {
    let world = World::new().await;
    let (reader, writer) = (&world.ledger.reader, &world.ledger.writer);
    let at = "2027-01-01T00:00:00Z";
    let ids: Vec<String> = (0..60).map(|number| format!("{number:03}")).collect();
    writer.announce(ids.iter().map(|id| announcement(id, at)).collect()).await.unwrap();
    let denied = Fault::Answer(400, json!({ "__type": "AccessDeniedException" }));
    world.wire.plan("TransactWriteItems", [denied]);
    world.wire.forget();
    writer.published(&ids).await.unwrap();
    assert_eq!(world.wire.count("BatchWriteItem"), 3);
    assert!(reader.unpublished(instant(at), None, None, 50).await.unwrap().due.is_empty());
}

#[tokio::test]
async fn an_announcement_without_an_instant_is_due_at_once() {
    let world = World::new().await;
    let mut bare = announcement("bare", "2027-01-01T00:00:00Z");
    bare.detail = json!({ "at": "tomorrow" });
    world.ledger.writer.announce(vec![bare.clone()]).await.unwrap();
    let page =
        world.ledger.reader.unpublished(instant("1970-01-01T00:00:00Z"), None, None, 5).await;
    assert_eq!(page.unwrap().due, [bare]);
}

#[tokio::test]
async fn an_announcement_that_is_not_understood_stops_no_other() {
    let world = World::new().await;
    let at = "2027-01-01T00:00:00Z";
    let announcements = vec![announcement("good", at), announcement("broken", at)];
    world.ledger.writer.announce(announcements.clone()).await.unwrap();
    let update = world.client.update_item().table_name(TABLE);
    let update = update.key("pk", AttributeValue::S("announcement#broken".to_owned()));
    let update = update.key("sk", AttributeValue::S("announcement".to_owned()));
    let update =
        update.update_expression("SET #kind = :kind").expression_attribute_names("#kind", "kind");
    let kind = AttributeValue::S("Customer Abducted".to_owned());
    update.expression_attribute_values(":kind", kind).send().await.unwrap();
    let page = world.ledger.reader.unpublished(instant(at), None, None, 10).await.unwrap();
    assert_eq!(page.due, announcements[..1]);
    assert_eq!(page.unreadable.len(), 1);
    assert_eq!(page.unreadable[0].kind, ItemKind::Announcement);
}
