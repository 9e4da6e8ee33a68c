//! Evidence: chained, found from a person, a subject and a project, and noticed where it was changed.

use access::{Entry, verify};
use aws_sdk_dynamodb::types::AttributeValue;
use ledger::CustomerChange;

use crate::world::{
    TABLE, World, audit, change, customer, email, grant_id, instant, opening, org, other_org,
    project_id,
};

/// Records another transition of the customer's first grant.
async fn again(world: &World) {
    let mut customer = world.read(1).await;
    let grant = customer.grants.get_mut(&grant_id(1)).expect("the grant");
    grant.version += 1;
    let entry = audit(grant);
    let change = CustomerChange { audit: vec![entry], ..change(customer) };
    world.ledger.writer.commit(vec![change]).await.remove(0).expect("it is committed");
}

fn is_whole(history: &[Entry], head: Option<&str>) -> bool {
    verify(history, head).is_empty()
}

#[tokio::test]
async fn a_history_is_chained_and_found_from_a_person_a_subject_and_a_project() {
    let world = World::new().await;
    world.admit(1, "P-1").await;
    again(&world).await;
    let customer = world.read(1).await;
    world.ledger.writer.commit(vec![opening(customer, 2, "P-2")]).await.remove(0).unwrap();

    let reader = &world.ledger.reader;
    let customer = world.read(1).await;
    let found = reader.evidence_of_person(&org(), &email(1)).await.unwrap();
    assert_eq!(found.keys().collect::<Vec<_>>(), [&grant_id(1), &grant_id(2)]);
    assert_eq!(found[&grant_id(1)].len(), 2);
    for (id, history) in &found {
        assert!(is_whole(history, customer.grants[id].head.as_deref()), "{id}");
        assert!(history.iter().all(|it| it.subject == customer.subject));
    }
    let subject = reader.subject(&org(), &email(1)).await.unwrap();
    assert_eq!(subject, customer.subject);
    assert_eq!(reader.evidence_of_subject(&subject.unwrap()).await.unwrap(), found);
    let of_project = reader.evidence_of_project(&org(), &project_id("P-2")).await.unwrap();
    assert_eq!(of_project.keys().collect::<Vec<_>>(), [&grant_id(2)]);
    assert!(reader.evidence_of_person(&org(), &email(9)).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_entry_that_is_changed_in_the_table_is_noticed() {
    let world = World::new().await;
    world.admit(1, "P-1").await;
    again(&world).await;
    let update = world.client.update_item().table_name(TABLE);
    let update = update.key("pk", AttributeValue::S(format!("grant#{}", grant_id(1))));
    let update = update.key("sk", AttributeValue::S("0000000001".to_owned()));
    let update = update.update_expression("SET trusted = :yes");
    let update = update.expression_attribute_values(":yes", AttributeValue::Bool(true));
    update.send().await.unwrap();
    let history = world.ledger.reader.history(&grant_id(1)).await.unwrap();
    let head = world.read(1).await.grants[&grant_id(1)].head.clone();
    assert_eq!(verify(&history, head.as_deref()), [access::Flaw::Changed { version: 1 }]);
}

#[tokio::test]
async fn a_customer_of_an_older_table_gets_a_subject_and_a_chain_at_the_next_change() {
    let world = World::new().await;
    world.admit(1, "P-1").await;
    let strip = |partition: String, sort: &str, expression: &str| {
        let update = world.client.update_item().table_name(TABLE);
        let update = update.key("pk", AttributeValue::S(partition));
        let update = update.key("sk", AttributeValue::S(sort.to_owned()));
        update.update_expression(expression)
    };
    let key = format!("customer#main#{}", email(1));
    let customer = strip(key, "customer", "REMOVE subject, grants.#grant.head");
    let customer = customer.expression_attribute_names("#grant", grant_id(1).as_str());
    customer.send().await.unwrap();
    let key = format!("grant#{}", grant_id(1));
    let unchain = "REMOVE subject, org, personalDigest, #hash";
    let entry = strip(key, "0000000001", unchain).expression_attribute_names("#hash", "hash");
    entry.send().await.unwrap();

    again(&world).await;
    let customer = world.read(1).await;
    let found = world.ledger.reader.evidence_of_person(&org(), &email(1)).await.unwrap();
    let history = &found[&grant_id(1)];
    assert_eq!(history.iter().map(|it| it.hash.is_some()).collect::<Vec<_>>(), [false, true]);
    assert!(is_whole(history, customer.grants[&grant_id(1)].head.as_deref()));
    assert_eq!(history[1].subject, customer.subject);
}

#[tokio::test]
async fn after_the_version_before_was_deployed_again_a_person_keeps_the_subject() {
    let world = World::new().await;
    world.admit(1, "P-1").await;
    let subject = world.read(1).await.subject;
    // It writes what it knows, and an entry without a hash.
    let update = |partition: String, sort: &str, expression: &str| {
        let update = world.client.update_item().table_name(TABLE);
        let update = update.key("pk", AttributeValue::S(partition));
        let update = update.key("sk", AttributeValue::S(sort.to_owned()));
        update.update_expression(expression)
    };
    let key = format!("customer#main#{}", email(1));
    let rewrite = "REMOVE subject, grants.#grant.head SET grants.#grant.version = :two";
    let customer = update(key, "customer", rewrite)
        .expression_attribute_names("#grant", grant_id(1).as_str())
        .expression_attribute_values(":two", AttributeValue::N("2".to_owned()));
    customer.send().await.unwrap();
    let entry = "SET #grant = :grant, version = :two, #at = :at, cause = :cause, #state = :state";
    let entry = update(format!("grant#{}", grant_id(1)), "0000000002", entry)
        .expression_attribute_names("#grant", "grant")
        .expression_attribute_names("#at", "at")
        .expression_attribute_names("#state", "state")
        .expression_attribute_values(":grant", AttributeValue::S(grant_id(1).to_string()))
        .expression_attribute_values(":two", AttributeValue::N("2".to_owned()))
        .expression_attribute_values(":at", AttributeValue::S("2026-11-24T09:00:00Z".to_owned()))
        .expression_attribute_values(":cause", AttributeValue::S("request: updated".to_owned()))
        .expression_attribute_values(":state", AttributeValue::M([].into()));
    entry.send().await.unwrap();

    for (expected, read) in [
        (&subject, world.read(1).await),
        (
            &subject,
            world.ledger.reader.customers(&org(), &[email(1)]).await.unwrap().read[&email(1)]
                .clone(),
        ),
    ] {
        assert_eq!(read.subject, *expected);
    }
    again(&world).await;
    let customer = world.read(1).await;
    assert_eq!(customer.subject, subject);
    let found = world.ledger.reader.evidence_of_person(&org(), &email(1)).await.unwrap();
    let history = &found[&grant_id(1)];
    assert_eq!(history.len(), 3);
    let head = customer.grants[&grant_id(1)].head.as_deref();
    assert_eq!(verify(history, head), [access::Flaw::Unchained { version: 2 }]);
}

#[tokio::test]
async fn the_entries_of_a_period_are_found_in_order_over_months_and_pages() {
    let world = World::new().await;
    let days = ["2026-11-30", "2026-12-01", "2026-12-31", "2027-01-01", "2027-03-05"];
    let mut expected = Vec::new();
    for (number, day) in (1..).zip(days) {
        let mut change = opening(customer(number), number, "P-1");
        // Two transitions of one moment, as a run makes them.
        let mut again = change.audit[0].clone();
        again.version = 2;
        change.audit.push(again);
        for entry in &mut change.audit {
            entry.at = instant(&format!("{day}T12:00:00Z"));
            expected.push((entry.at, entry.grant.clone(), entry.version));
        }
        world.ledger.writer.commit(vec![change]).await.remove(0).unwrap();
    }
    let found = |from: &'static str, until: &'static str, limit: usize| {
        let reader = world.ledger.reader.clone();
        async move {
            let (from, until) = (instant(from), instant(until));
            let (mut all, mut next, mut pages) = (Vec::new(), None, 0);
            loop {
                let page = reader.evidence_of_period(from, until, None, next.as_ref(), limit);
                let page = page.await.unwrap();
                assert!(page.entries.len() <= limit, "a page of {}", page.entries.len());
                pages += 1;
                all.extend(page.entries.into_iter().map(|it| (it.at, it.grant, it.version)));
                match page.next {
                    Some(place) if pages < 40 => next = Some(place),
                    Some(_) => panic!("the pages have no end"),
                    None => return all,
                }
            }
        }
    };
    for limit in [1, 2, 3, 100] {
        assert_eq!(found("2026-01-01T00:00:00Z", "2028-01-01T00:00:00Z", limit).await, expected);
    }
    // From the first instant on, and before the last.
    let part = found("2026-12-01T12:00:00Z", "2027-01-01T12:00:00Z", 100).await;
    assert_eq!(part, expected[2..6]);
    assert!(found("2027-03-06T00:00:00Z", "2027-03-05T00:00:00Z", 10).await.is_empty());

    let reader = &world.ledger.reader;
    let (from, until) = (instant("2026-01-01T00:00:00Z"), instant("2028-01-01T00:00:00Z"));
    let of_other = reader.evidence_of_period(from, until, Some(&other_org()), None, 10).await;
    assert!(of_other.unwrap().entries.is_empty());
    let of_org = reader.evidence_of_period(from, until, Some(&org()), None, 100).await.unwrap();
    assert_eq!(of_org.entries.len(), 10);
    // What the index needs is no part of what is hashed.
    for number in 1..=5 {
        let head = world.read(number).await.grants[&grant_id(number)].head.clone();
        let history = reader.history(&grant_id(number)).await.unwrap();
        assert!(is_whole(&history, head.as_deref()), "{number}");
    }
    // Evidence is never due.
    let due = reader.due_customers(until, None, None, 100).await.unwrap();
    assert!(due.due.is_empty() && due.unreadable.is_empty());
}
