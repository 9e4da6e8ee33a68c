//! `/services/oauth2/token`.

use jiff::Timestamp;
use ring::digest;
use serde_json::json;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::org::{Org, SignInRefusal};
use crate::web::{self, Answer, Request};

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Gives a token for an assertion; no other grant type is offered.
pub(super) fn token(org: &mut Org, request: &Request, now: Timestamp) -> Answer {
    if request.method != "POST" {
        return web::method_not_allowed(&request.method, "POST").into();
    }
    let form = std::str::from_utf8(&request.body).unwrap_or_default();
    let is_jwt_bearer = web::parameter(Some(form), "grant_type").as_deref() == Some(JWT_BEARER);
    let token = if is_jwt_bearer {
        let assertion = web::parameter(Some(form), "assertion").unwrap_or_default();
        org.access.sign_in(&assertion, now)
    } else {
        Err(SignInRefusal::new("unsupported_grant_type", "grant type not supported"))
    };
    match token {
        Ok(token) => {
            org.note_login(org.me, now);
            granted(org, &token, now)
        }
        Err(SignInRefusal { error, error_description, status }) => {
            let body = json!({ "error": error, "error_description": error_description });
            Answer::json(status, body)
        }
    }
}

fn granted(org: &Org, token: &str, now: Timestamp) -> Answer {
    let id = format!("https://login.salesforce.com/id/{}/{}", org.organization, org.me);
    let issued_at = now.as_millisecond().to_string();
    let signed = digest::digest(&digest::SHA256, format!("{id}{issued_at}").as_bytes());
    let body = json!({
        "access_token": token,
        "instance_url": org.instance_url,
        "id": id,
        "token_type": "Bearer",
        "scope": "api",
        "issued_at": issued_at,
        "signature": STANDARD.encode(signed),
    });
    Answer::json(200, body)
}
