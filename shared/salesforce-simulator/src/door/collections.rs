//! `/composite/sobjects`: up to 200 records in one call, each with its own result.

use serde_json::{Map, Value as Json, json};

use super::visit::Visit;
use crate::id::RecordId;
use crate::org::Org;
use crate::refusal::Refusal;
use crate::schema::Object;
use crate::web::{self, Answer};

const MOST_RECORDS: usize = 200;
const MOST_CHUNKS: usize = 10;

/// One record of a collection.
struct Item {
    object: Result<Object, Refusal>,
    id: Option<String>,
    fields: Map<String, Json>,
}

/// Carries out a collection call.
pub(super) fn collections(org: &mut Org, visit: &Visit<'_>) -> Result<Answer, Refusal> {
    if org.rules.refuse_collections {
        return Err(Refusal::not_found());
    }
    let (items, all_or_none) = match visit.method {
        "POST" | "PATCH" => of_body(visit.body()?)?,
        "DELETE" => of_ids(visit.query)?,
        method => return Err(web::method_not_allowed(method, "POST,PATCH,DELETE")),
    };
    check(org, &items)?;
    let savepoint = org.savepoint();
    let keep = org.disturbance.keep.unwrap_or(usize::MAX);
    let results: Vec<Result<RecordId, Refusal>> = items
        .iter()
        .enumerate()
        .map(|(index, item)| if index < keep { carry_out(org, visit, item) } else { lost() })
        .collect();
    let is_undone = all_or_none && results.iter().any(Result::is_err);
    if is_undone {
        org.roll_back(savepoint);
    }
    let results: Json = results.into_iter().map(|result| shown(result, is_undone)).collect();
    Ok(Answer::json(200, results))
}

fn of_body(mut body: Map<String, Json>) -> Result<(Vec<Item>, bool), Refusal> {
    let all_or_none = body.get("allOrNone") == Some(&Json::Bool(true));
    let Some(Json::Array(records)) = body.remove("records") else {
        return Err(Refusal::new("JSON_PARSER_ERROR", "records must be a list"));
    };
    let items = records.into_iter().map(|record| {
        let Json::Object(mut fields) = record else {
            return Err(Refusal::new("JSON_PARSER_ERROR", "a record must be an object"));
        };
        let attributes = fields.remove("attributes").unwrap_or_default();
        let name = attributes.get("type").and_then(Json::as_str).unwrap_or_default();
        let object = Object::named(name).ok_or_else(|| {
            Refusal::new("INVALID_TYPE", format!("sObject type '{name}' is not supported."))
        });
        let id = fields.remove("id").and_then(|id| id.as_str().map(str::to_owned));
        Ok(Item { object, id, fields })
    });
    Ok((items.collect::<Result<_, _>>()?, all_or_none))
}

fn of_ids(query: Option<&str>) -> Result<(Vec<Item>, bool), Refusal> {
    let all_or_none = web::parameter(query, "allOrNone").as_deref() == Some("true");
    let ids = web::parameter(query, "ids").unwrap_or_default();
    if ids.is_empty() {
        return Err(Refusal::new("MISSING_ARGUMENT", "The ids parameter is missing."));
    }
    let items = ids.split(',').map(|id| {
        let object = RecordId::parse(id).and_then(Object::of).ok_or_else(|| malformed(id));
        Item { object, id: Some(id.to_owned()), fields: Map::new() }
    });
    Ok((items.collect(), all_or_none))
}

/// What makes Salesforce refuse the call as a whole.
fn check(org: &Org, items: &[Item]) -> Result<(), Refusal> {
    if items.len() > MOST_RECORDS {
        let message = "record limit reached. cannot submit more than 200 records into this call";
        return Err(Refusal::new("EXCEEDED_ID_LIMIT", message));
    }
    let objects: Vec<Object> =
        items.iter().filter_map(|item| item.object.as_ref().ok().copied()).collect();
    let chunks = objects.chunk_by(|a, b| a == b).count();
    if chunks > MOST_CHUNKS {
        let message = "Cannot have more than 10 chunks in a single operation. Please rearrange the \
                       data to reduce chunking.";
        return Err(Refusal::new("LIMIT_EXCEEDED", message));
    }
    let refused = &org.rules.refuse_collections_of;
    let is_refused = |it: &&Object| refused.iter().any(|name| name.eq_ignore_ascii_case(it.name()));
    if let Some(object) = objects.iter().find(is_refused) {
        let message = format!("{} is not supported by this resource", object.name());
        return Err(Refusal::new("INVALID_TYPE", message));
    }
    let setup = objects.iter().find(|object| object.is_setup());
    let other = objects.iter().find(|object| !object.is_setup());
    if let (Some(setup), Some(other)) = (setup, other) {
        let message = format!(
            "DML operation on setup object is not permitted after you have updated a non-setup \
             object (or vice versa): {}, original object: {}",
            setup.name(),
            other.name()
        );
        return Err(Refusal::new("MIXED_DML_OPERATION", message));
    }
    Ok(())
}

fn carry_out(org: &mut Org, visit: &Visit<'_>, item: &Item) -> Result<RecordId, Refusal> {
    let object = item.object.clone()?;
    if visit.method == "POST" {
        return match item.id {
            Some(_) => {
                let message = "cannot specify Id in an insert call";
                Err(Refusal::new("INVALID_FIELD_FOR_INSERT_UPDATE", message).on(&["Id"]))
            }
            None => org.create(visit.caller, object, &item.fields),
        };
    }
    let Some(text) = &item.id else {
        return Err(Refusal::new("MISSING_ARGUMENT", "Id not specified in an update call"));
    };
    let id = RecordId::parse(text)
        .filter(|id| Object::of(*id) == Some(object))
        .ok_or_else(|| malformed(text))?;
    let result = if visit.method == "PATCH" {
        org.update(visit.caller, object, id, &item.fields)
    } else {
        org.delete(visit.caller, object, id)
    };
    result.map(|()| id).map_err(|refusal| {
        // Here an unknown id is a record's error, not a missing resource.
        if refusal.code == "NOT_FOUND" {
            Refusal::new("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        } else {
            refusal
        }
    })
}

/// The result of a record that the scheduled fault leaves out.
fn lost() -> Result<RecordId, Refusal> {
    Err(Refusal::new("UNKNOWN_EXCEPTION", "An unexpected error occurred."))
}

fn malformed(id: &str) -> Refusal {
    Refusal::new("MALFORMED_ID", format!("id value of incorrect type: {id}")).on(&["Id"])
}

fn shown(result: Result<RecordId, Refusal>, is_undone: bool) -> Json {
    match result {
        Ok(id) if is_undone => {
            let message = "Record rolled back because not all records were valid and the request \
                           was using AllOrNone header";
            let refusal = Refusal::new("ALL_OR_NONE_OPERATION_ROLLED_BACK", message);
            json!({ "id": id.as_str(), "success": false, "errors": [refusal.as_record_error()] })
        }
        Ok(id) => web::saved(id.as_str()),
        Err(refusal) => json!({ "success": false, "errors": [refusal.as_record_error()] }),
    }
}
