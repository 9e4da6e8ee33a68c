//! Evidence: chained, found from a person, a subject and a project, and noticed where it was changed.

use access::{Entry, verify};
use aws_sdk_dynamodb::types::AttributeValue;
use ledger::CustomerChange;

use crate::world::{TABLE, World, audit, change, email, grant_id, opening, org, project_id};

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
