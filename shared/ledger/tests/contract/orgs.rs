//! Orgs, and what was told of access in them for which no grant answers.

use std::collections::BTreeSet;

use access::{Org, OrganizationId};
use ledger::{CommitError, Found};

use crate::world::{World, announcement, instant, org, other_org};

const AT: &str = "2027-01-01T00:00:00Z";

fn met(number: u8) -> Org {
    Org::new(org(), OrganizationId::parse(&format!("00D{number:0>15}")).expect("an id"))
}

#[tokio::test]
async fn an_org_is_recorded_once_and_by_whoever_has_read_it_last() {
    let world = World::new().await;
    let reader = &world.ledger.reader;
    assert_eq!((reader.org(&org()).await.unwrap(), reader.orgs().await.unwrap()), (None, vec![]));
    let first = world.ledger.writer.commit_org(met(1), Vec::new()).await.unwrap();
    assert_eq!(first.version, 1);
    let second = world.ledger.writer.commit_org(met(2), Vec::new()).await;
    assert!(matches!(second, Err(CommitError::Conflict)), "somebody else met it before");

    let counted = Org { census_at: Some(instant("2027-01-01T00:00:00Z")), ..first.clone() };
    let told = vec![announcement("a-1", AT)];
    let counted = world.ledger.writer.commit_org(counted, told).await.unwrap();
    assert_eq!(reader.org(&org()).await.unwrap(), Some(counted.clone()));
    let stale = world.ledger.writer.commit_org(first, vec![announcement("a-2", AT)]).await;
    assert!(matches!(stale, Err(CommitError::Conflict)));
    let outbox = reader.unpublished(instant("2028-01-01T00:00:00Z"), None, None, 10).await.unwrap();
    assert_eq!(outbox.due.len(), 1, "what lost its version tells nothing");

    let other = Org { alias: other_org(), ..met(3) };
    let other = world.ledger.writer.commit_org(other, Vec::new()).await.unwrap();
    let aliases: BTreeSet<_> = reader
        .orgs()
        .await
        .unwrap()
        .into_iter()
        .collect::<Vec<_>>()
        .into_iter()
        .map(|it| it.alias)
        .collect();
    assert_eq!(aliases, BTreeSet::from([counted.alias, other.alias]));
}

#[tokio::test]
async fn what_was_told_of_somebody_is_known_until_it_is_forgotten() {
    let world = World::new().await;
    let (reader, writer) = (&world.ledger.reader, &world.ledger.writer);
    let found = |who: &str, version| Found {
        who: who.to_owned(),
        groups: BTreeSet::from(["0F9000000000001AAA".to_owned()]),
        at: instant("2027-01-01T00:00:00Z"),
        version,
    };
    for who in ["005000000000001AAA", "005000000000002AAA"] {
        writer.commit_found(&org(), found(who, 0), vec![announcement(who, AT)]).await.unwrap();
    }
    let again = writer.commit_found(&org(), found("005000000000001AAA", 0), Vec::new()).await;
    assert!(matches!(again, Err(CommitError::Conflict)), "another sweep has told it");
    let told = reader.found(&org()).await.unwrap();
    assert_eq!(told["005000000000001AAA"], found("005000000000001AAA", 1));
    assert_eq!(reader.found(&other_org()).await.unwrap().len(), 0);

    writer.forget_found(&org(), [&"005000000000001AAA".to_owned()]).await.unwrap();
    let left: Vec<String> = reader.found(&org()).await.unwrap().into_keys().collect();
    assert_eq!(left, ["005000000000002AAA"]);
}
