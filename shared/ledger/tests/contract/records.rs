//! Runs, holds, the table itself, and records that nobody understands.

use access::{Customer, Email, Org, OrganizationId, Reason, Subject};
use aws_sdk_dynamodb::types::{AttributeValue, KeyType, ProjectionType};
use ledger::{HeldEnding, Hold, ItemKind, ReadError, Run, TABLE, WriteError};
use serde_json::json;

use crate::world::{World, change, customer, email, grant, grant_id, instant, org, project_id};

#[tokio::test]
async fn a_run_is_kept_with_its_report() {
    let world = World::new().await;
    let (reader, writer) = (&world.ledger.reader, &world.ledger.writer);
    let at = instant("2027-01-31T03:00:00Z");
    let report =
        json!({ "ended": 48, "failures": [{ "grantId": null, "code": "" }], "ratio": 0.5 });
    writer.record_run("run-1", at, "sweep", false, report.clone()).await.unwrap();
    let run_id = "run-1".to_owned();
    let run = Run { run_id, at, function: "sweep".to_owned(), complete: false, report };
    assert_eq!(reader.run("run-1").await.unwrap(), Some(run));
    assert_eq!(reader.run("run-2").await.unwrap(), None);
    let huge = json!(vec!["x"; 250_000]);
    let error = writer.record_run("run-3", at, "sweep", true, huge).await.unwrap_err();
    assert!(matches!(error, WriteError::TooLarge(ItemKind::Run)));
}

#[tokio::test]
async fn a_hold_of_ten_thousand_endings_is_kept_in_parts_and_released_as_one() {
    let world = World::new().await;
    let (reader, writer) = (&world.ledger.reader, &world.ledger.writer);
    let ending = |number: u32| HeldEnding {
        grant: grant_id(number),
        email: email(number),
        reason: Reason::ProjectClosed.to_string(),
    };
    let hold = Hold {
        org: org(),
        digest: "5e".repeat(32),
        at: instant("2027-01-31T03:00:00Z"),
        endings: (0..10_000).map(ending).collect(),
    };
    writer.place_hold(hold.clone()).await.unwrap();
    assert!(world.wire.count("PutItem") > 1);
    assert_eq!(reader.hold(&hold.digest).await.unwrap(), Some(hold.clone()));
    // Held again the night after: the day begins anew.
    let again = Hold { at: instant("2027-02-01T03:00:00Z"), ..hold.clone() };
    writer.place_hold(again.clone()).await.unwrap();
    assert_eq!(reader.hold(&hold.digest).await.unwrap(), Some(again));
    writer.lift_hold(&hold.digest).await.unwrap();
    assert_eq!(reader.hold(&hold.digest).await.unwrap(), None);
    writer.lift_hold(&hold.digest).await.unwrap();
}

#[tokio::test]
async fn a_hold_with_a_part_missing_cannot_be_released() {
    let world = World::new().await;
    let endings = (0..10_000).map(|number| HeldEnding {
        grant: grant_id(number),
        email: email(number),
        reason: Reason::Expired.to_string(),
    });
    let (digest, at) = ("5e".repeat(32), instant("2027-01-31T03:00:00Z"));
    let hold = Hold { org: org(), digest: digest.clone(), at, endings: endings.collect() };
    world.ledger.writer.place_hold(hold).await.unwrap();
    let delete = world.client.delete_item().table_name(crate::world::TABLE);
    let delete = delete.key("pk", AttributeValue::S(format!("hold#{digest}")));
    delete.key("sk", AttributeValue::S("part#0001".to_owned())).send().await.unwrap();
    assert_eq!(world.ledger.reader.hold(&digest).await.unwrap(), None);
}

#[tokio::test]
async fn what_is_no_digest_names_no_hold() {
    let world = World::new().await;
    let long = "f".repeat(5_000);
    for text in ["", "*", "../x", "5E5E", long.as_str()] {
        assert_eq!(world.ledger.reader.hold(text).await.unwrap(), None);
        world.ledger.writer.lift_hold(text).await.unwrap();
        let (org, at) = (org(), instant("2027-01-31T03:00:00Z"));
        let hold = Hold { org, digest: text.to_owned(), at, endings: Vec::new() };
        assert!(world.ledger.writer.place_hold(hold).await.is_err());
    }
    assert_eq!(world.wire.count("Query"), 0);
}

#[tokio::test]
async fn a_record_that_is_not_understood_is_an_error_alone_and_set_aside_among_others() {
    let world = World::new().await;
    for number in 1..=3 {
        world.admit(number, "P-1").await;
    }
    let update = world.client.update_item().table_name(crate::world::TABLE);
    let update = update.key("pk", AttributeValue::S(format!("customer#main#{}", email(2))));
    let update = update.key("sk", AttributeValue::S("customer".to_owned()));
    let update = update.update_expression("SET grants = :grants");
    let grants = AttributeValue::S("ana@acme.example has none".to_owned());
    update.expression_attribute_values(":grants", grants).send().await.unwrap();

    let error = world.ledger.reader.customer(&org(), &email(2)).await.unwrap_err();
    assert!(matches!(error, ReadError::Unreadable(ItemKind::Customer)));
    assert!(!error.is_transient());
    for text in [error.to_string(), format!("{error:?}")] {
        assert!(!text.contains("acme"), "{text}");
    }
    let emails: Vec<Email> = (1..=4).map(email).collect();
    let customers = world.ledger.reader.customers(&org(), &emails).await.unwrap();
    assert_eq!(customers.unreadable.into_iter().collect::<Vec<_>>(), [email(2)]);
    assert_eq!(customers.read.into_keys().collect::<Vec<_>>(), [email(1), email(3), email(4)]);
}

#[tokio::test]
async fn an_org_a_project_and_its_customers_are_read_in_one_request() {
    let world = World::new().await;
    for number in 1..=2 {
        world.admit(number, "P-1").await;
    }
    world.close("P-1").await;
    let read = async |project: &str| {
        let emails: Vec<Email> = (1..=3).map(email).collect();
        let reader = &world.ledger.reader;
        reader.org_project_and_customers(&org(), &project_id(project), &emails).await
    };
    world.wire.forget();
    let (known, project, customers) = read("P-1").await.unwrap();
    assert_eq!(known, None);
    assert_eq!((world.wire.count("BatchGetItem"), world.wire.count("GetItem")), (1, 0));
    assert_eq!(project, world.ledger.reader.project(&org(), &project_id("P-1")).await.unwrap());
    assert!(project.is_closed());
    let versions = customers.read.values().map(|customer| customer.version);
    assert_eq!(versions.collect::<Vec<_>>(), [1, 1, 0]);
    let met = Org::new(org(), OrganizationId::parse("00D000000000001AAA").unwrap());
    let met = world.ledger.writer.commit_org(met, Vec::new()).await.unwrap();
    let (known, unknown, _) = read("P-2").await.unwrap();
    assert_eq!(known, Some(met));
    assert!(!unknown.is_closed() && unknown.version == 0);

    let update = world.client.update_item().table_name(crate::world::TABLE);
    let update = update.key("pk", AttributeValue::S("project#main#P-1".to_owned()));
    let update = update.key("sk", AttributeValue::S("project".to_owned()));
    let update = update.update_expression("SET version = :version");
    let version = AttributeValue::S("the first".to_owned());
    update.expression_attribute_values(":version", version).send().await.unwrap();
    let error = read("P-1").await.unwrap_err();
    assert!(matches!(error, ReadError::Unreadable(ItemKind::Project)), "{error:?}");
}

#[tokio::test]
async fn fetching_ahead_takes_one_request_and_needs_nothing_that_is_recorded() {
    let world = World::new().await;
    world.ledger.reader.prefetch().await.unwrap();
    assert_eq!(world.wire.count("GetItem"), 1);
    world.client.delete_table().table_name(crate::world::TABLE).send().await.unwrap();
    assert!(world.ledger.reader.prefetch().await.is_err());
}

#[tokio::test]
async fn a_thousand_customers_are_read_in_ten_requests_the_unknown_as_new() {
    let world = World::new().await;
    let named = |number: u32| {
        let subject = Some(Subject::from_random(u128::from(number)));
        change(Customer { subject, ..customer(2 * number) })
    };
    let changes = (0..500).map(named).collect();
    let results = world.ledger.writer.commit(changes).await;
    assert!(results.iter().all(Result::is_ok));
    let mut emails: Vec<Email> = (0..1_000).map(email).collect();
    emails.push(email(0));
    world.wire.forget();
    let customers = world.ledger.reader.customers(&org(), &emails).await.unwrap().read;
    assert_eq!(world.wire.count("BatchGetItem"), 10);
    assert_eq!(customers.len(), 1_000);
    for number in 0..1_000 {
        let version = u64::from(number % 2 == 0);
        assert_eq!(customers[&email(number)].version, version, "{number}");
    }
}

#[tokio::test]
async fn customers_of_more_than_one_answer_can_hold_are_asked_for_again() {
    let world = World::new().await;
    let fat = |number: u32| {
        let mut customer = customer(number);
        for place in 0..20 {
            let mut grant = grant(1_000 * number + place, "P-1");
            grant.reason = Some("because ".repeat(2_000));
            customer.grants.insert(grant.id.clone(), grant);
        }
        customer
    };
    let changes = (0..60).map(|number| change(fat(number))).collect();
    assert!(world.ledger.writer.commit(changes).await.iter().all(Result::is_ok));
    let emails: Vec<Email> = (0..60).map(email).collect();
    world.wire.forget();
    let customers = world.ledger.reader.customers(&org(), &emails).await.unwrap().read;
    let requests = world.wire.count("BatchGetItem");
    assert_eq!(requests > 1, world.limits_answers, "an answer holds 16 MB");
    assert_eq!(customers.len(), 60);
    assert!(customers.values().all(|customer| customer.grants.len() == 20));
}

#[tokio::test]
async fn the_table_is_what_its_definition_says() {
    let world = World::new().await;
    let described = world.client.describe_table().table_name(crate::world::TABLE).send().await;
    let described = described.unwrap().table.unwrap();
    let keys = |schema: &[aws_sdk_dynamodb::types::KeySchemaElement]| {
        let name = |kind: &KeyType| {
            let found = schema.iter().find(|element| element.key_type() == kind);
            found.map(|element| element.attribute_name().to_owned()).unwrap()
        };
        (name(&KeyType::Hash), name(&KeyType::Range))
    };
    assert_eq!(keys(described.key_schema()), (TABLE.partition.into(), TABLE.sort.into()));
    let [index] = described.global_secondary_indexes() else { panic!("one index") };
    assert_eq!(index.index_name(), Some(TABLE.due.name));
    assert_eq!(keys(index.key_schema()), (TABLE.due.partition.into(), TABLE.due.sort.into()));
    let projection = index.projection().unwrap();
    assert_eq!(projection.projection_type(), Some(&ProjectionType::Include));
    assert_eq!(projection.non_key_attributes(), TABLE.due.included);
    let again = ledger::create_table(&world.client, crate::world::TABLE).await.unwrap_err();
    assert_eq!(again.code(), Some("ResourceInUseException"));
}
