//! What tests ask, and the rows that answer it.

use salesforce::{Client, ClientError, Id, Query, collaboration_group_member, user};
use serde_json::{Value, json};

use crate::server::{Server, id, page};

/// A client whose session is some minutes old.
pub(crate) async fn old_session(server: &Server) -> Client {
    let client = server.client();
    client.sign_in().await.expect("a session");
    server.pass(120);
    client
}

/// Two queries at once, which is a composite.
pub(crate) async fn read_two(client: &Client) -> Result<(), ClientError> {
    let mut reading = client.reading();
    let first = reading.add(user::by_ids(&[id("005", 1)]));
    let second = reading.add(user::by_ids(&[id("005", 2)]));
    let mut answers = reading.send().await?;
    answers.take(first)?;
    answers.take(second).map(drop)
}

/// The memberships of somebody.
pub(crate) fn everybody() -> Query<collaboration_group_member::Member> {
    collaboration_group_member::by_members(&[id("005", 1)])
}

/// A page of three memberships with these of them.
pub(crate) fn rows(numbers: &[usize], next: Option<&str>) -> Value {
    let rows: Vec<Value> = numbers.iter().map(|number| row(&id("005", *number))).collect();
    json!({ "totalSize": 3, "done": next.is_none(), "records": rows, "nextRecordsUrl": next })
}

/// A membership of each user that the query of a path names.
pub(crate) fn found(path: &str) -> Value {
    let ids = path.split('\'').filter_map(|part| Id::parse(part).ok());
    page(&ids.map(|id| row(&id)).collect::<Vec<_>>())
}

/// A membership of a user.
pub(crate) fn row(user: &Id) -> Value {
    let fixture: Value =
        serde_json::from_str(include_str!("../fixtures/members.json")).expect("a fixture");
    let mut row = fixture["records"][0].clone();
    row["MemberId"] = json!(user);
    row
}
