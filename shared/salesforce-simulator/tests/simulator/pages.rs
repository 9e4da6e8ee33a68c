//! Queries whose session ends between two pages.

use salesforce_simulator::{Fault, FaultKind, Matching};
use serde_json::json;

use crate::world::{Reply, World, send};

const SOQL: &str = "SELECT Email FROM User WHERE Email LIKE 'c_@acme.example' ORDER BY Email";

/// Seven customers, three to a page.
async fn seven() -> World {
    let world = World::start_with(|options| options.page_size = 3).await;
    for number in 0..7 {
        world.customer(&format!("c{number}@acme.example"));
    }
    world
}

async fn next(world: &World, page: &Reply) -> Reply {
    let next = page.body["nextRecordsUrl"].as_str().expect("a next page");
    send(world.http.get(format!("{}{next}", world.simulator.url())).bearer_auth(&world.token)).await
}

#[tokio::test]
async fn a_locator_has_its_prefix_and_is_known_to_its_own_session_alone() {
    let mut world = seven().await;
    let first = world.soql(SOQL).await;
    let locator = first.body["nextRecordsUrl"].as_str().unwrap();
    assert!(locator.starts_with("/services/data/v66.0/query/0r8"), "{locator}");
    assert!(locator.ends_with("-3"), "{locator}");
    let old = world.token.clone();

    world.sign_in().await;

    assert_eq!(next(&world, &first).await.refusal(), (400, "INVALID_QUERY_LOCATOR"));
    world.token = old;
    assert_eq!(next(&world, &first).await.body["records"][0]["Email"], "c3@acme.example");
}

#[tokio::test]
async fn a_session_that_ends_after_the_first_page_takes_the_locator_with_it() {
    let mut world = seven().await;
    let queries = Matching::reads_of("User");
    world.org.add_fault(Fault::once(FaultKind::ExpireSessionAfter).matching(queries));

    let first = world.soql(SOQL).await;

    assert_eq!((first.status, &first.body["done"]), (200, &json!(false)));
    assert_eq!(world.org.calls()[0].fault.as_deref(), Some("expireSessionAfter"));
    assert_eq!(next(&world, &first).await.refusal(), (401, "INVALID_SESSION_ID"));
    world.sign_in().await;
    assert_eq!(next(&world, &first).await.refusal(), (400, "INVALID_QUERY_LOCATOR"));
    let again = world.soql(SOQL).await;
    assert_eq!(next(&world, &again).await.body["records"][0]["Email"], "c3@acme.example");
}
