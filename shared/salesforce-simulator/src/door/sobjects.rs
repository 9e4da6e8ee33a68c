//! `/sobjects`: single records.

use serde_json::json;

use super::visit::Visit;
use crate::id::RecordId;
use crate::org::Org;
use crate::refusal::Refusal;
use crate::schema::Object;
use crate::soql;
use crate::web::{self, Answer};

/// Creates, shows, changes or deletes one record.
pub(super) fn sobjects(org: &mut Org, visit: &Visit<'_>) -> Result<Answer, Refusal> {
    let [_, object, rest @ ..] = visit.path else { return Err(Refusal::not_found()) };
    let object = Object::named(object).ok_or_else(Refusal::not_found)?;
    match (rest, visit.method) {
        ([], "POST") => {
            let id = org.create(visit.caller, object, &visit.body()?)?;
            let url = format!("/services/data/v{}/sobjects/{}/{id}", visit.version, object.name());
            Ok(Answer::json(201, web::saved(id.as_str())).with("location", url))
        }
        ([], method) => Err(web::method_not_allowed(method, "POST")),
        ([id], "GET") => retrieve(org, visit, object, record_id(object, id)?),
        ([id], "PATCH") => {
            org.update(visit.caller, object, record_id(object, id)?, &visit.body()?)?;
            Ok(Answer::empty(204))
        }
        ([id], "DELETE") => {
            org.delete(visit.caller, object, record_id(object, id)?)?;
            Ok(Answer::empty(204))
        }
        ([_], method) => Err(web::method_not_allowed(method, "GET,PATCH,DELETE")),
        _ => Err(Refusal::not_found()),
    }
}

fn retrieve(org: &Org, visit: &Visit<'_>, object: Object, id: RecordId) -> Result<Answer, Refusal> {
    let names = match web::parameter(visit.query, "fields") {
        Some(names) => names.split(',').map(|name| name.trim().to_owned()).collect(),
        None => object.all_fields().map(|field| field.name.to_owned()).collect::<Vec<_>>(),
    };
    let paths = names.iter().map(|name| soql::path(object, name));
    let paths = paths.collect::<Result<Vec<_>, _>>()?;
    let Some(row) = org.view().row(object, id) else {
        return Err(org.existing(object, id).err().unwrap_or_else(Refusal::not_found));
    };
    Ok(Answer::json(200, json!(soql::show(org.view(), object, row, &paths, visit.version))))
}

fn record_id(object: Object, text: &str) -> Result<RecordId, Refusal> {
    RecordId::parse(text).ok_or_else(|| {
        let message = format!("{} ID: id value of incorrect type: {text}", object.name());
        Refusal::new("MALFORMED_ID", message).on(&["Id"])
    })
}
