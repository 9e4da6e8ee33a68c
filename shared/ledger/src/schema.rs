//! The table, as data: what the template declares, and what a local run creates.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};

use crate::error::RequestFailure;
use crate::item::{DUE_AT, DUE_SHARD, ORG, PARTITION, SORT};

/// A table; every key attribute is a string, and it is billed by request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// The partition key's attribute.
    pub partition: &'static str,
    /// The sort key's attribute.
    pub sort: &'static str,
    /// The only index: what is found by an instant, which is what is due and, in partitions by month, evidence.
    pub due: Index,
}

/// A global secondary index; sparse, since only what is found by an instant has its attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: &'static str,
    /// The partition key's attribute.
    pub partition: &'static str,
    /// The sort key's attribute.
    pub sort: &'static str,
    /// What it holds besides keys: enough to know whose turn it is, and no more to pay for.
    pub included: &'static [&'static str],
}

/// The ledger's table.
pub const TABLE: Table = Table {
    partition: PARTITION,
    sort: SORT,
    due: Index { name: "due", partition: DUE_SHARD, sort: DUE_AT, included: &[ORG] },
};

/// Creates the table, for local runs and tests; a stack declares it in its template.
///
/// # Errors
/// [`RequestFailure`], also when there is a table of that name.
pub async fn create_table(client: &Client, table: &str) -> Result<(), RequestFailure> {
    let Table { partition, sort, due } = TABLE;
    let attributes: Result<Vec<_>, BuildError> =
        [partition, sort, due.partition, due.sort].into_iter().map(string).collect();
    let built = attributes.and_then(|attributes| {
        let request = client
            .create_table()
            .table_name(table)
            .billing_mode(BillingMode::PayPerRequest)
            .set_attribute_definitions(Some(attributes))
            .key_schema(key(partition, KeyType::Hash)?)
            .key_schema(key(sort, KeyType::Range)?);
        Ok(request.global_secondary_indexes(index(&due)?))
    });
    let request = built.map_err(RequestFailure::before_sending)?;
    request.send().await.map_err(RequestFailure::of)?;
    Ok(())
}

fn index(index: &Index) -> Result<GlobalSecondaryIndex, BuildError> {
    let included = index.included.iter().map(|name| (*name).to_owned()).collect();
    let projection = Projection::builder()
        .projection_type(ProjectionType::Include)
        .set_non_key_attributes(Some(included));
    GlobalSecondaryIndex::builder()
        .index_name(index.name)
        .key_schema(key(index.partition, KeyType::Hash)?)
        .key_schema(key(index.sort, KeyType::Range)?)
        .projection(projection.build())
        .build()
}

fn string(name: &str) -> Result<AttributeDefinition, BuildError> {
    let definition = AttributeDefinition::builder().attribute_name(name);
    definition.attribute_type(ScalarAttributeType::S).build()
}

fn key(name: &str, kind: KeyType) -> Result<KeySchemaElement, BuildError> {
    KeySchemaElement::builder().attribute_name(name).key_type(kind).build()
}
