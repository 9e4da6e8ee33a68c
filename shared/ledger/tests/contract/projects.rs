//! Projects: a closed one admits nobody, and names everybody who was let in before.

use std::collections::BTreeSet;
use std::time::Duration;

use access::Project;
use ledger::CommitError;

use crate::world::{
    World, announcement, customer, email, grant_id, instant, opening, org, other_org, project_id,
};

#[tokio::test]
async fn a_closed_project_admits_nobody_and_leaves_nothing_behind() {
    let world = World::new().await;
    world.close("P-1").await;
    let changes = vec![
        opening(customer(1), 1, "P-1"),
        opening(customer(2), 2, "P-2"),
        opening(customer(3), 3, "P-1"),
    ];
    let results = world.ledger.writer.commit(changes).await;
    for closed in [&results[0], &results[2]] {
        assert!(matches!(closed, Err(CommitError::ProjectClosed(id)) if id.as_str() == "P-1"));
    }
    assert!(results[1].is_ok());
    let reader = &world.ledger.reader;
    assert_eq!(world.read(1).await, customer(1));
    assert!(reader.history(&grant_id(1)).await.unwrap().is_empty());
    assert!(reader.customers_of_project(&org(), &project_id("P-1")).await.unwrap().is_empty());
    let outbox = reader.unpublished(instant("2028-01-01T00:00:00Z"), None, None, 10).await.unwrap();
    assert_eq!(outbox.due.len(), 1);

    world.change_project("P-1", false, "2027-01-03T00:00:00Z").await;
    world.admit(1, "P-1").await;
}

#[tokio::test]
async fn whoever_is_let_in_while_a_project_closes_is_named_by_it_afterwards() {
    let world = World::new().await;
    let admitters: Vec<_> = (0..4)
        .map(|admitter| {
            let writer = world.ledger.writer.clone();
            tokio::spawn(async move {
                let mut results = Vec::new();
                for number in (20 * admitter)..(20 * admitter + 20) {
                    let change = opening(customer(number), number, "P-1");
                    results.push((number, writer.commit(vec![change]).await.remove(0)));
                }
                results
            })
        })
        .collect();
    while world.wire.count("TransactWriteItems") < 10 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    world.close("P-1").await;
    let named = world.ledger.reader.customers_of_project(&org(), &project_id("P-1")).await.unwrap();
    let (mut admitted, mut refused) = (BTreeSet::new(), 0);
    for admitter in admitters {
        for (number, result) in admitter.await.unwrap() {
            match result {
                Ok(customer) => assert!(admitted.insert(customer.email)),
                Err(CommitError::ProjectClosed(_)) => {
                    assert_eq!(world.read(number).await, customer(number));
                    refused += 1;
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
    assert!(admitted.len() >= 6 && refused > 0, "{} and {refused}", admitted.len());
    assert_eq!(named.into_iter().collect::<BTreeSet<_>>(), admitted);
}

#[tokio::test]
async fn a_project_is_what_was_committed_and_of_two_writers_one_wins() {
    let world = World::new().await;
    let absent = world.ledger.reader.project(&org(), &project_id("P-1")).await.unwrap();
    assert_eq!(absent, Project::new(org(), project_id("P-1")));
    let closed = world.close("P-1").await;
    assert_eq!(closed.version, 1);
    assert_eq!(world.ledger.reader.project(&org(), &project_id("P-1")).await.unwrap(), closed);
    let late = Project { version: 0, ..closed.finished() };
    let lost =
        world.ledger.writer.commit_project(late, vec![announcement("a", "2027-01-01T00:00:00Z")]);
    assert!(lost.await.unwrap_err().is_conflict());
    let now = instant("2028-01-01T00:00:00Z");
    assert!(world.ledger.reader.unpublished(now, None, None, 9).await.unwrap().due.is_empty());
    let finished = world.ledger.writer.commit_project(closed.finished(), Vec::new()).await.unwrap();
    assert_eq!((finished.version, finished.is_closing()), (2, false));
}

#[tokio::test]
async fn many_projects_are_read_at_once_the_unknown_as_open() {
    let world = World::new().await;
    let closed = world.close("P-7").await;
    let ids: BTreeSet<_> = (0..150).map(|number| project_id(&format!("P-{number}"))).collect();
    world.wire.forget();
    let projects = world.ledger.reader.projects(&org(), &ids).await.unwrap();
    assert_eq!(world.wire.count("BatchGetItem"), 2);
    assert_eq!(projects.read.len(), 150);
    assert!(projects.unreadable.is_empty());
    for (id, project) in projects.read {
        let expected = if id == closed.id { closed.clone() } else { Project::new(org(), id) };
        assert_eq!(project, expected);
    }
}

#[tokio::test]
async fn hostile_project_ids_are_projects_of_their_own() {
    let world = World::new().await;
    let long = "🧨".repeat(128);
    let ids = [
        "a",
        "a#b",
        "a#",
        "#",
        "##",
        "#a",
        "project",
        "customer#a",
        "a#customer#x",
        "main#a",
        " ",
        "A",
        "é",
        "e\u{301}",
        "{\"S\":\"a\"}",
        "' OR 1",
        &long,
    ];
    for (number, id) in (0..).zip(ids) {
        world.admit(number, id).await;
    }
    world.close("a").await;
    world.close("#").await;
    for (number, id) in (0..).zip(ids) {
        let project = world.ledger.reader.project(&org(), &project_id(id)).await.unwrap();
        assert_eq!(project.is_closed(), ["a", "#"].contains(&id), "{id}");
        let customers = world.ledger.reader.customers_of_project(&org(), &project_id(id)).await;
        assert_eq!(customers.unwrap(), [email(number)], "{id}");
        let reader = &world.ledger.reader;
        let elsewhere = reader.customers_of_project(&other_org(), &project_id(id)).await;
        assert!(elsewhere.unwrap().is_empty(), "{id}");
    }
    let due = world.ledger.reader.due_projects(instant("2028-01-01T00:00:00Z"), None, None, 10);
    let due: BTreeSet<_> = due.await.unwrap().due.into_iter().map(|it| it.id).collect();
    assert_eq!(due, BTreeSet::from([project_id("a"), project_id("#")]));
}

#[tokio::test]
async fn a_project_of_six_thousand_customers_names_them_all() {
    let world = World::new().await;
    // What a commit would write; written in batches for the sake of time.
    let key = "project#main#P-1";
    for batch in 0..240 {
        let pointer = |number: u32| {
            let sort = format!("customer#{:0>60}", email(25 * batch + number).as_str());
            let text = aws_sdk_dynamodb::types::AttributeValue::S;
            let put = aws_sdk_dynamodb::types::PutRequest::builder()
                .item("pk", text(key.to_owned()))
                .item("sk", text(sort))
                .item("note", text("x".repeat(150)))
                .build()
                .unwrap();
            aws_sdk_dynamodb::types::WriteRequest::builder().put_request(put).build()
        };
        let batch = world.client.batch_write_item();
        let pointers = (0..25).map(pointer).collect();
        batch.request_items(crate::world::TABLE, pointers).send().await.unwrap();
    }
    world.close("P-1").await;
    world.wire.forget();
    let named = world.ledger.reader.customers_of_project(&org(), &project_id("P-1")).await.unwrap();
    assert_eq!(named.len(), 6_000);
    assert!(world.wire.count("Query") >= 2);
}

#[tokio::test]
async fn a_project_that_anybody_ever_belonged_to_is_known_to_have_had_customers() {
    let world = World::new().await;
    let has =
        async |id: &str| world.ledger.reader.has_customers(&org(), &project_id(id)).await.unwrap();
    assert!(!has("P-1").await);
    // Its own record and what leads to grants are nobody who belongs to it.
    world.change_project("P-1", false, "2027-01-03T00:00:00Z").await;
    assert!(!has("P-1").await);
    world.admit(1, "P-1").await;
    assert!(has("P-1").await && !has("P-2").await);
}
