//! `CollaborationGroup`: a Chatter group.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::request::{Repeatable, Request};
use crate::saved::created;
use crate::soql::{In, Row, Select};
use crate::{Client, ClientError, Error, ErrorCode, Id, Query, RecordError};

const OBJECT: &str = "CollaborationGroup";

/// A Chatter group.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "Fields")]
pub struct Group {
    /// `Id`, prefix `0F9`.
    pub id: Id,
    /// `Name`. Unique across public and private groups.
    pub name: String,
    /// `CollaborationType`.
    pub kind: Kind,
    /// `CanHaveGuests`: *Allow Customers*. Once true, it stays so.
    pub can_have_guests: bool,
    /// `IsArchived`.
    pub is_archived: bool,
    /// `Owner.IsActive`; `None` if the owner is not visible to the caller.
    pub owner_is_active: Option<bool>,
}

/// Who sees a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Kind {
    /// Members. Only these groups may have customers.
    Private,
    /// Everybody in the org.
    Public,
    /// Members only, and hidden from others.
    Unlisted,
    /// A value that is not documented.
    #[serde(other)]
    Other,
}

/// A group to create.
#[derive(Clone, Copy, Debug, Default)]
pub struct NewGroup<'a> {
    /// At most 40 characters.
    pub name: &'a str,
    /// At most 1,000 characters.
    pub description: Option<&'a str>,
    /// Title of the information that members see, at most 30 characters.
    pub information_title: Option<&'a str>,
    /// Text of the information that members see, at most 4,000 characters.
    pub information_body: Option<&'a str>,
}

/// Why a group is not created, where a caller decides by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreateGroupError {
    /// There is a public or private group of that name.
    #[error("there is a group of that name")]
    DuplicateName,
}

/// Groups whose name is one of these. Salesforce compares without regard to case, but does not say so for every field and letter, nor
/// what it makes of normal forms, so that whoever asks compares again.
#[must_use]
pub fn by_names<T: AsRef<str>>(names: &[T]) -> Query<Group> {
    Select::new().any_of([In::exactly("Name", names.iter().map(AsRef::as_ref))])
}

/// Groups in whose name these parts come in this order, with anything before, between and after them: without parts, all groups.
#[must_use]
pub fn by_parts_of_name<T: AsRef<str>>(parts: &[T]) -> Query<Group> {
    Select::new().like("Name", parts.iter().map(AsRef::as_ref)).query()
}

/// The groups of these ids.
#[must_use]
pub fn by_ids(ids: &[Id]) -> Query<Group> {
    Select::new().one_of_ids("Id", ids)
}

impl Client {
    /// Those of these groups that were deleted for sure, among groups that no query shows.
    ///
    /// # Errors
    /// [`ClientError`] if Salesforce could not be asked.
    pub async fn deleted_groups(&self, groups: &[Id]) -> Result<BTreeSet<Id>, ClientError> {
        self.deleted(OBJECT, groups).await
    }

    /// Creates a private group that may have customers. Never repeated: if the answer is lost, the group is
    /// found by its name.
    ///
    /// # Errors
    /// [`CreateGroupError`], or [`ClientError`] for everything else.
    pub async fn create_private_group(
        &self,
        group: &NewGroup<'_>,
    ) -> Result<Id, Error<CreateGroupError>> {
        let path = self.path(&format!("sobjects/{OBJECT}"));
        let request = Request::post(path, fields(group), Repeatable::No);
        let answer = self.send(&request).await.and_then(|body| created(&body));
        // The sources name no code for a name that is taken; this one says that a unique value is.
        let taken = |error: &RecordError| error.code == ErrorCode::DuplicateValue;
        answer.map_err(|error| {
            if error.refusal().is_some_and(taken) {
                Error::Service(CreateGroupError::DuplicateName)
            } else {
                Error::Client(error)
            }
        })
    }

    /// Turns *Allow Customers* on. It cannot be turned off again.
    ///
    /// # Errors
    /// [`ClientError`], [`ClientError::Refused`] if the group is not private.
    pub async fn allow_customers(&self, group: &Id) -> Result<(), ClientError> {
        let path = self.path(&format!("sobjects/{OBJECT}/{group}"));
        self.send(&Request::patch(path, json!({ "CanHaveGuests": true }))).await.map(drop)
    }
}

fn fields(group: &NewGroup<'_>) -> Value {
    let NewGroup { name, description, information_title, information_body } = *group;
    let mut fields = Map::new();
    fields.insert("Name".to_owned(), json!(name));
    fields.insert("CollaborationType".to_owned(), json!("Private"));
    fields.insert("CanHaveGuests".to_owned(), json!(true));
    let optional = [
        ("Description", description),
        ("InformationTitle", information_title),
        ("InformationBody", information_body),
    ];
    for (field, text) in optional {
        if let Some(text) = text {
            fields.insert(field.to_owned(), json!(text));
        }
    }
    Value::Object(fields)
}

impl Row for Group {
    const OBJECT: &'static str = OBJECT;
    const FIELDS: &'static str =
        "Id, Name, CollaborationType, CanHaveGuests, IsArchived, OwnerId, Owner.IsActive";
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Fields {
    id: Id,
    name: String,
    collaboration_type: Kind,
    can_have_guests: bool,
    is_archived: bool,
    owner: Option<Owner>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Owner {
    is_active: Option<bool>,
}

impl From<Fields> for Group {
    fn from(fields: Fields) -> Self {
        let Fields { id, name, collaboration_type, can_have_guests, is_archived, owner } = fields;
        let owner_is_active = owner.and_then(|owner| owner.is_active);
        Self { id, name, kind: collaboration_type, can_have_guests, is_archived, owner_is_active }
    }
}
