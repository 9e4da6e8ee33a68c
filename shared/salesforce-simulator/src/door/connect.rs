//! `/chatter/groups/group/{id}/invite`: one call for people outside and inside the org.

use serde_json::{Value as Json, json};

use super::visit::Visit;
use crate::id::RecordId;
use crate::org::{Message, Org, normalised};
use crate::refusal::Refusal;
use crate::schema::Object;
use crate::web::{self, Answer};

/// Invites addresses, or adds the users that have them.
pub(super) fn invite(org: &mut Org, visit: &Visit<'_>, group: &str) -> Result<Answer, Refusal> {
    if visit.method != "POST" {
        return Err(web::method_not_allowed(visit.method, "POST"));
    }
    let group = RecordId::parse(group)
        .filter(|id| Object::of(*id) == Some(Object::CollaborationGroup))
        .ok_or_else(|| Refusal::new("INVALID_ID_FIELD", "The group id is not valid."))?;
    let body = Json::Object(visit.body()?);
    let emails = body.pointer("/invitees/emails").and_then(Json::as_array);
    let emails = emails.ok_or_else(|| {
        Refusal::new("JSON_PARSER_ERROR", "invitees must be an object with a list of emails")
    })?;
    let message = body.get("message").and_then(Json::as_str);
    org.existing(Object::CollaborationGroup, group)?;
    org.check_manages(visit.caller, group)?;
    let is_encoded = visit.header("x-chatter-entity-encoding") != Some("false");
    let invitations: Vec<Json> = emails
        .iter()
        .map(|email| email.as_str().unwrap_or_default())
        .map(|email| {
            let (status, user) = one(org, visit, group, email, message);
            let shown = if is_encoded { encoded(email) } else { email.to_owned() };
            let user = user.map(|id| id.to_string()).unwrap_or_default();
            json!({ "email": shown, "status": status, "userId": user })
        })
        .collect();
    Ok(Answer::json(201, json!({ "invitations": invitations })))
}

/// Does what one address needs; gives its status and the user that it belongs to.
fn one(
    org: &mut Org,
    visit: &Visit<'_>,
    group: RecordId,
    email: &str,
    message: Message<'_>,
) -> (&'static str, Option<RecordId>) {
    let address = normalised(email);
    let Some(user) = org.named(Object::User, "Email", &address) else {
        let row = json!({
            "SharedEntityId": group.as_str(),
            "InvitedUserEmail": email,
            "OptionalMessage": message,
        });
        let fields = row.as_object().cloned().unwrap_or_default();
        let created = org.create(visit.caller, Object::CollaborationInvitation, &fields);
        if let (Ok(id), true) = (&created, org.rules.connect_leaves_no_row) {
            org.store.delete(Object::CollaborationInvitation, *id);
        }
        return (if created.is_ok() { "Invited" } else { "Unhandled" }, None);
    };
    if org.membership(group, user).is_some() {
        return ("NoActionNeededUser", Some(user));
    }
    let row = json!({ "CollaborationGroupId": group.as_str(), "MemberId": user.as_str() });
    let fields = row.as_object().cloned().unwrap_or_default();
    let status = match org.create(visit.caller, Object::CollaborationGroupMember, &fields) {
        Ok(_) => "ActedUponUser",
        Err(_) if org.is_full(group) => "MaxedOutUsers",
        Err(_) => "Unhandled",
    };
    (status, Some(user))
}

/// Chatter answers are HTML-entity-encoded unless the client asks for raw text.
fn encoded(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
