//! From a Salesforce user the ledger leads to the address that was last recorded as theirs.

use std::collections::{BTreeMap, BTreeSet};

use access::{Customer, UserId};
use aws_sdk_dynamodb::types::AttributeValue;

use crate::world::{
    TABLE, World, change, customer, email, grant, grant_id, opening, org, other_org,
};

fn user(number: u32) -> UserId {
    UserId::parse(&format!("00500000000000{number}AAA")).expect("a user id")
}

async fn write(world: &World, customer: Customer) -> Customer {
    world.ledger.writer.commit(vec![change(customer)]).await.remove(0).expect("it is committed")
}

#[tokio::test]
async fn each_user_of_a_customer_leads_to_them_from_the_write_on_that_names_the_user() {
    let world = World::new().await;
    let asked: BTreeSet<UserId> = [1, 2, 3].map(user).into();
    let leads = async || {
        let found = world.ledger.reader.addresses_of_users(&org(), &asked).await;
        let found = found.expect("the ledger answers");
        assert!(found.unreadable.is_empty());
        found.read
    };
    assert_eq!(leads().await, BTreeMap::new());

    let mut first = world.admit(1, "P-1").await;
    first.users = [1, 2].map(user).into();
    write(&world, first).await;
    assert_eq!(leads().await, [(user(1), email(1)), (user(2), email(1))].into());
    let other = world.ledger.reader.addresses_of_users(&other_org(), &asked).await;
    assert!(other.expect("the ledger answers").read.is_empty(), "ids are those of one org");

    let mut second = world.admit(2, "P-1").await;
    second.users = [user(2)].into();
    let mut results = world.ledger.writer.commit(vec![change(second.clone())]).await;
    let taken = results.remove(0).unwrap_err();
    assert!(matches!(taken, ledger::CommitError::Conflict), "of whom it knows nothing: {taken}");
    assert_eq!(world.read(2).await.version, 1);
    second.aliases = [email(1)].into();
    write(&world, second).await;
    let both: BTreeMap<UserId, _> = [(user(1), email(1)), (user(2), email(2))].into();
    assert_eq!(leads().await, both, "who took the user last");
    let first = world.read(1).await;
    assert_eq!(first.aliases, [email(2)].into(), "who had it knows of who has it");
    write(&world, first).await;
    assert_eq!(leads().await, both, "and nothing is written twice");
}

#[tokio::test]
async fn a_change_of_more_grants_than_a_transaction_holds_takes_the_users_with_it() {
    let world = World::new().await;
    let mut change = opening(customer(1), 1, "P-1");
    change.customer.users = [user(1)].into();
    for number in 2..120 {
        let mut next = grant(number, "P-1");
        next.id = grant_id(number);
        change.audit.push(crate::world::audit(&next));
        change.customer.grants.insert(next.id.clone(), next);
    }
    world.ledger.writer.commit(vec![change]).await.remove(0).expect("it is committed");
    assert_eq!(world.read(1).await.pointed, [user(1)].into());
    let found = world.ledger.reader.addresses_of_users(&org(), &[user(1)].into()).await;
    assert_eq!(found.expect("the ledger answers").read, [(user(1), email(1))].into());
}

#[tokio::test]
async fn a_pointer_that_is_not_understood_is_set_aside() {
    let world = World::new().await;
    let mut first = world.admit(1, "P-1").await;
    first.users = [user(1)].into();
    write(&world, first).await;
    let put = world.client.put_item().table_name(TABLE);
    let put = put
        .item("pk", AttributeValue::S(format!("user#main#{}", user(2))))
        .item("sk", AttributeValue::S("user".to_owned()))
        .item("email", AttributeValue::S("nobody".to_owned()));
    put.send().await.expect("it is written");
    let asked = [1, 2].map(user).into();
    let found = world.ledger.reader.addresses_of_users(&org(), &asked).await;
    let found = found.expect("the ledger answers");
    assert_eq!(found.read, [(user(1), email(1))].into());
    assert_eq!(found.unreadable, [user(2)].into());
}
