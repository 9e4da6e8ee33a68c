//! Which calls the machinery takes to conflict.

use machinery::network::Footprint;
use serde_json::{Value, json};

#[test]
fn calls_conflict_where_one_writes_what_the_other_touches() {
    let ana = item("customer#main#ana@acme.example", "customer");
    let bo = item("customer#main#bo@acme.example", "customer");
    let project = item("project#main#P-1", "project");
    let pointer = item("project#main#P-1", "customer#ana@acme.example");
    let put = |items: &[&Value]| {
        let puts: Vec<Value> = items.iter().map(|it| json!({ "Put": { "Item": it } })).collect();
        Footprint::of_ledger("TransactWriteItems", &json!({ "TransactItems": puts }))
    };
    let check = json!({ "TransactItems": [
        { "ConditionCheck": { "Key": project } }, { "Put": { "Item": ana } },
    ] });
    let check = Footprint::of_ledger("TransactWriteItems", &check);
    let delete = json!({ "TransactItems": [{ "Delete": { "Key": ana } }] });
    let delete = Footprint::of_ledger("TransactWriteItems", &delete);
    let pointers = json!({ "ExpressionAttributeValues": {
        ":partition": { "S": "project#main#P-1" }, ":begins": { "S": "customer#" },
    } });
    let pointers = Footprint::of_ledger("Query", &pointers);
    let read = json!({ "RequestItems": { "t": { "Keys": [ana, bo] } } });
    let read = Footprint::of_ledger("BatchGetItem", &read);
    let unknown = Footprint::of_ledger("UpdateItem", &json!({}));
    for (one, other, expected) in [
        (&put(&[&ana]), &put(&[&ana]), true),
        (&put(&[&ana]), &put(&[&bo]), false),
        (&put(&[&project]), &check, true),
        (&check, &check, true),
        (&put(&[&bo]), &check, false),
        (&delete, &put(&[&ana]), true),
        (&delete, &put(&[&bo]), false),
        (&put(&[&pointer]), &pointers, true),
        (&put(&[&project]), &pointers, false),
        (&put(&[&bo]), &read, true),
        (&put(&[&project]), &read, false),
        (&read, &read, false),
        (&unknown, &read, true),
        (&unknown, &Footprint::of_org(true), false),
        (&Footprint::of_org(true), &Footprint::of_org(false), true),
        (&Footprint::of_org(false), &Footprint::of_org(false), false),
    ] {
        assert_eq!(one.conflicts_with(other), expected, "{one:?} {other:?}");
        assert_eq!(other.conflicts_with(one), expected, "{one:?} {other:?}");
    }
}

#[test]
fn an_index_shows_what_is_written_to_its_shard() {
    let shard = |shard: &str| {
        let values = json!({ ":shard": { "S": shard }, ":from": { "S": "0" } });
        let query = json!({ "IndexName": "due", "ExpressionAttributeValues": values });
        Footprint::of_ledger("Query", &query)
    };
    // printf 'customer#main#c1@acme.example' | sha256sum begins with 17.
    let put = json!({ "Item": item("customer#main#c1@acme.example", "customer") });
    let put = Footprint::of_ledger("PutItem", &put);
    let conflicting = (0..8).filter(|it| put.conflicts_with(&shard(&format!("customer#{it}"))));
    assert_eq!(conflicting.collect::<Vec<_>>(), [0x17 % 8]);
    assert!(!put.conflicts_with(&shard("project#7")));
}

fn item(partition: &str, sort: &str) -> Value {
    json!({ ledger::TABLE.partition: { "S": partition }, ledger::TABLE.sort: { "S": sort } })
}
