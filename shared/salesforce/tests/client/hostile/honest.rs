//! What an honest org answers, to be spoilt.

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::asked::Asked;
use crate::server::{id, page};

/// A token, to be found in no text.
pub(super) const TOKEN: &str = "t0ken-s3cret";

/// Words of Salesforce's own, to be found in no text.
pub(super) const WORDS: &str = "w0rds of ana@globex.example";

/// Status and body of the answer.
pub(super) fn answer(asked: &Asked, address: &str) -> (u16, Value) {
    if asked.is_sign_in() {
        return (200, crate::server::token(TOKEN, address));
    }
    let target = percent_decode_str(&asked.target).decode_utf8_lossy();
    part(&asked.method, &target, &asked.body)
}

/// The address of the next page after this many.
pub(super) fn next_page(number: usize) -> String {
    format!("/services/data/v66.0/query/01g-{number}")
}

fn part(method: &str, target: &str, body: &Value) -> (u16, Value) {
    let path = target.strip_prefix("/services/data/v66.0/").unwrap_or(target);
    let resource = path.split('?').next().unwrap_or_default();
    match (method, resource) {
        ("GET", "query") => (200, page(&[row(object(path))])),
        ("GET", "tooling/query") => {
            let metadata =
                json!({ "enableInviteCsnUsers": true, "canOnlyLoginWithMyDomainUrl": false });
            (200, json!({ "size": 1, "done": true, "records": [{ "Metadata": metadata }] }))
        }
        ("GET", "limits") => {
            (200, json!({ "DailyApiRequests": { "Max": 15_000, "Remaining": 14_998 } }))
        }
        ("POST", "composite" | "tooling/composite") => (200, composite(body)),
        ("DELETE", "composite/sobjects") => {
            let ids = path.split_once("ids=").map_or("", |(_, ids)| ids);
            let ids = ids.split('&').next().unwrap_or_default().split(',');
            let saved = ids.map(|id| json!({ "id": id, "success": true, "errors": [] }));
            (200, saved.collect())
        }
        (_, "composite/sobjects") => {
            let records = body["records"].as_array().cloned().unwrap_or_default();
            let saved = records.iter().enumerate().map(|(number, record)| {
                let new = json!(id("0F9", number));
                let id = record.get("id").unwrap_or(&new);
                if number % 3 == 2 {
                    refused()
                } else {
                    json!({ "id": id, "success": true, "errors": [] })
                }
            });
            (200, saved.collect())
        }
        ("POST", _) => (201, json!({ "id": id("0F9", 7), "success": true, "errors": [] })),
        ("PATCH" | "DELETE", _) => (204, Value::Null),
        _ => (200, page(&[])),
    }
}

fn refused() -> Value {
    let error = json!({ "statusCode": "UNABLE_TO_LOCK_ROW", "message": WORDS, "fields": [WORDS] });
    json!({ "success": false, "errors": [error] })
}

fn composite(body: &Value) -> Value {
    let parts = body["compositeRequest"].as_array().cloned().unwrap_or_default();
    let answers = parts.iter().map(|asked| {
        let text = |field: &str| asked[field].as_str().unwrap_or_default();
        let url = percent_decode_str(text("url")).decode_utf8_lossy();
        let (status, body) = part(text("method"), &url, &asked["body"]);
        json!({ "body": body, "httpStatusCode": status, "httpHeaders": {}, "referenceId": asked["referenceId"] })
    });
    json!({ "compositeResponse": answers.collect::<Vec<_>>() })
}

/// The object that a query is about.
fn object(query: &str) -> &str {
    query.split_once(" FROM ").and_then(|(_, rest)| rest.split(' ').next()).unwrap_or_default()
}

fn row(object: &str) -> Value {
    let fixture = match object {
        "CollaborationGroup" => include_str!("../../fixtures/groups.json"),
        "CollaborationGroupMember" => include_str!("../../fixtures/members.json"),
        "CollaborationInvitation" => include_str!("../../fixtures/invitations.json"),
        "User" => include_str!("../../fixtures/users.json"),
        "UserLogin" => include_str!("../../fixtures/user_logins.json"),
        "UserLicense" => include_str!("../../fixtures/user_licenses.json"),
        _ => return json!({ "Id": id("0Pa", 1) }),
    };
    let page: Value = serde_json::from_str(fixture).expect("JSON");
    page["records"][0].clone()
}
