//! Whoever takes a user from another address is known there before anything leads away from it.

use access::{Customer, UserId};
use ledger::{CommitError, CustomerChange};

use crate::world::{Fault, World, audit, change, customer, email, grant, grant_id, opening, org};

const TRANSACT: &str = "TransactWriteItems";

fn user(number: u32) -> UserId {
    UserId::parse(&format!("00500000000000{number}AAA")).expect("a user id")
}

/// The change that lets a customer in who is known as this user, and knows the customer of another number.
fn taking(number: u32, taken: UserId, other: u32) -> CustomerChange {
    let mut change = opening(customer(number), number, "P-1");
    change.customer.users = [taken].into();
    change.customer.aliases = [email(other)].into();
    change
}

/// A world in which the first customer has the first user.
async fn world() -> World {
    let world = World::new().await;
    let mut first = world.admit(1, "P-0").await;
    first.users = [user(1)].into();
    world.ledger.writer.commit(vec![change(first)]).await.remove(0).expect("it is committed");
    world
}

async fn commit(world: &World, changes: Vec<CustomerChange>) -> Vec<Result<Customer, CommitError>> {
    world.ledger.writer.commit(changes).await
}

async fn leads(world: &World, number: u32) -> Option<access::Email> {
    let found = world.ledger.reader.addresses_of_users(&org(), &[user(number)].into()).await;
    found.expect("the ledger answers").read.remove(&user(number))
}

#[tokio::test]
async fn whoever_had_a_user_knows_of_who_takes_it_wherever_the_taking_stops() {
    let lost = || vec![Fault::RequestLost; 3];
    for (faults, knows, takes) in [
        (lost(), false, false),
        ([vec![Fault::Nothing], lost()].concat(), true, false),
        (Vec::new(), true, true),
    ] {
        let world = world().await;
        let before = world.read(1).await;
        world.wire.plan(TRANSACT, faults);
        let taken = commit(&world, vec![taking(2, user(1), 1)]).await.remove(0);
        world.wire.calm();
        assert_eq!(taken.is_ok(), takes, "{taken:?}");
        if let Err(error) = taken {
            assert!(matches!(error, CommitError::Unavailable(_)), "{error}");
        }
        let first = world.read(1).await;
        assert_eq!(first.aliases.contains(&email(2)), knows);
        assert_eq!(
            Customer { aliases: before.aliases.clone(), version: before.version, ..first },
            before
        );
        assert_eq!(world.read(2).await.version, u64::from(takes));
        assert_eq!(leads(&world, 1).await, Some(email(if takes { 2 } else { 1 })));
    }
}

#[tokio::test]
async fn two_who_take_a_user_from_each_other_at_once_both_go_on_from_their_introductions() {
    let world = world().await;
    let mut change = opening(customer(2), 2, "P-1");
    change.customer.users = [user(2)].into();
    commit(&world, vec![change]).await.remove(0).expect("nobody has the second user");
    let (first, second) = (world.read(1).await, world.read(2).await);
    let changes = [(first, 2), (second, 1)].map(|(customer, other)| {
        let (users, aliases) = ([user(1), user(2)].into(), [email(other)].into());
        crate::world::change(Customer { users, aliases, ..customer })
    });
    for (number, result) in (1..).zip(commit(&world, changes.into()).await) {
        let committed = result.expect("each knows of the other");
        assert_eq!(world.read(number).await, committed);
        assert_eq!(committed.aliases, [email(3 - number)].into());
    }
}

#[tokio::test]
async fn who_is_changed_together_with_the_taker_and_was_read_before_somebody_else_wrote_is_a_conflict()
 {
    let world = world().await;
    let read = world.read(1).await;
    commit(&world, vec![change(read.clone())]).await.remove(0).expect("it is committed");
    let mut results = commit(&world, vec![change(read), taking(2, user(1), 1)]).await;
    assert!(results.remove(1).is_ok());
    assert!(matches!(results.remove(0), Err(CommitError::Conflict)));
    assert!(world.read(1).await.aliases.contains(&email(2)));
}

#[tokio::test]
async fn who_takes_nothing_or_is_known_already_or_knows_of_nobody_introduces_nobody() {
    let world = world().await;
    let taken = commit(&world, vec![taking(2, user(1), 1)]).await.remove(0).expect("it is taken");
    let (introduced, mut third) = (world.read(1).await.version, taking(3, user(3), 4));
    world.wire.forget();
    commit(&world, vec![change(taken)]).await.remove(0).expect("it is committed");
    third.customer.aliases.clear();
    commit(&world, vec![third]).await.remove(0).expect("it is committed");
    assert_eq!(world.wire.count("BatchGetItem"), 0, "nothing is looked up");
    assert_eq!(world.wire.count(TRANSACT), 2);

    let mut known = world.read(2).await;
    known.users.insert(user(4));
    world.wire.forget();
    commit(&world, vec![change(known)]).await.remove(0).expect("it is committed");
    assert_eq!(world.wire.count(TRANSACT), 1);
    assert_eq!(world.read(1).await.version, introduced);
}

#[tokio::test]
async fn of_an_address_of_which_nothing_is_recorded_nothing_is_written() {
    let world = World::new().await;
    commit(&world, vec![taking(2, user(1), 1)]).await.remove(0).expect("nobody has the user");
    assert_eq!(world.read(1).await, customer(1));
}

#[tokio::test]
async fn the_first_part_of_a_change_that_takes_a_user_knows_from_whom() {
    let world = world().await;
    let mut change = taking(2, user(1), 1);
    for number in 3..150 {
        let mut next = grant(number, "P-1");
        next.id = grant_id(number);
        change.audit.push(audit(&next));
        change.customer.grants.insert(next.id.clone(), next);
    }
    // The introduction and the first part arrive.
    let faults = [vec![Fault::Nothing; 2], vec![Fault::RequestLost; 3]].concat();
    world.wire.plan(TRANSACT, faults);
    commit(&world, vec![change]).await.remove(0).expect_err("not all of it is committed");
    assert_eq!(leads(&world, 1).await, Some(email(2)));
    assert_eq!(world.read(2).await.aliases, [email(1)].into());
}
