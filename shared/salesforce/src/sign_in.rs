//! The OAuth JWT bearer flow: the assertion, the answer, and what a refusal means.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::json;

use crate::credentials::origin;
use crate::{Credentials, Id};

/// Seconds that an assertion is good for. Salesforce takes at most three minutes, and clocks differ.
pub(crate) const ASSERTION_SECONDS: i64 = 120;

/// No token was to be had. Never retried: repeated refusals lock the user out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// Salesforce refuses these credentials.
    #[error("salesforce refused the sign-in with {error}; look at {setting}")]
    Refused {
        /// Salesforce's word, for example `invalid_grant`.
        error: String,
        /// The field of the secret or the setting in Salesforce to look at.
        setting: &'static str,
    },
    /// The private key does not sign.
    #[error("the private key does not sign the assertion")]
    Signature,
    /// The key service that keeps the key refuses to sign, before Salesforce is asked for anything.
    #[error("the key does not sign the assertion: {code}; {fix}")]
    Key {
        /// The key service's own word, for example `AccessDeniedException`.
        code: &'static str,
        /// What to do.
        fix: &'static str,
    },
    /// The answer is no token that may be used.
    #[error("the answer to the sign-in was not understood: {what}")]
    Answer {
        /// What is wrong with it.
        what: &'static str,
    },
}

/// Who is signed in where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Id of the org, prefix `00D`.
    pub org: Id,
    /// Id of the integration user, prefix `005`.
    pub user: Id,
}

/// What a sign-in gives.
pub(crate) struct Granted {
    pub(crate) access_token: String,
    pub(crate) instance: String,
    pub(crate) identity: Identity,
}

/// What is to be signed: who wants in where, and until when.
pub(crate) fn assertion(credentials: &Credentials, now: Timestamp) -> String {
    let claims = json!({
        "iss": credentials.client_id(),
        "sub": credentials.username(),
        "aud": credentials.audience(),
        "exp": now.as_second() + ASSERTION_SECONDS,
    });
    let mut assertion = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256"}"#);
    assertion.push('.');
    URL_SAFE_NO_PAD.encode_string(claims.to_string(), &mut assertion);
    assertion
}

/// The body of the token request.
pub(crate) fn form(mut assertion: String, signature: &[u8]) -> String {
    assertion.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut assertion);
    let grant =
        utf8_percent_encode("urn:ietf:params:oauth:grant-type:jwt-bearer", NON_ALPHANUMERIC);
    // The alphabet of the assertion needs no escaping.
    format!("grant_type={grant}&assertion={assertion}")
}

/// Reads the answer of a sign-in that succeeded.
pub(crate) fn granted(body: &[u8]) -> Result<Granted, SignInError> {
    #[derive(Deserialize)]
    struct Answer {
        access_token: String,
        instance_url: String,
        id: String,
    }
    let answer: Answer = serde_json::from_slice(body)
        .map_err(|_| SignInError::Answer { what: "a field of the token answer is missing" })?;
    let token = answer.access_token;
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(SignInError::Answer { what: "access_token is empty or no token" });
    }
    let instance = origin(&answer.instance_url)
        .ok_or(SignInError::Answer { what: "instance_url is not an https address" })?;
    let mut path = answer.id.rsplit('/');
    let mut last = || path.next().and_then(|id| Id::parse(id).ok());
    let (Some(user), Some(org)) = (last(), last()) else {
        return Err(SignInError::Answer { what: "id does not end in the ids of org and user" });
    };
    Ok(Granted { access_token: token, instance, identity: Identity { org, user } })
}

/// Reads the answer of a sign-in that was refused. `None` if it is not in the shape of OAuth.
pub(crate) fn refused(body: &[u8]) -> Option<SignInError> {
    #[derive(Deserialize)]
    struct Answer {
        error: String,
        #[serde(default)]
        error_description: Option<String>,
    }
    let answer: Answer = serde_json::from_slice(body).ok()?;
    let description = answer.error_description.unwrap_or_default().to_lowercase();
    let setting = setting(&answer.error, &description);
    let plain = (1..=60).contains(&answer.error.len())
        && answer.error.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    let error = if plain { answer.error } else { "an unknown error".to_owned() };
    Some(SignInError::Refused { error, setting })
}

/// Where to look, by the descriptions that are known.
fn setting(error: &str, description: &str) -> &'static str {
    let says = |text: &str| description.contains(text);
    match error {
        _ if says("no client credentials user enabled") => "the run-as user of the app's flow",
        "invalid_grant" if says("hasn't approved this consumer") => {
            "the app's policy Permitted Users (admin approved users are pre-authorized, by a permission set or \
             profile of the user), and the fields username, loginUrl and audience of the secret"
        }
        "invalid_grant" if says("audience is invalid") => "the field audience of the secret",
        "invalid_grant" if says("expired authorization code") => {
            "the clock of this machine, by which the assertion expires"
        }
        "invalid_grant" if says("authentication failure") => {
            "the field username of the secret: whether the user is active and may log in from here"
        }
        "invalid_app_access" => "the permission sets or profiles that the app admits",
        "invalid_client_id" | "invalid_client" => {
            "the fields clientId and loginUrl of the secret: whether the app exists in this org"
        }
        "app_not_found" => {
            "the field audience of the secret: External Client Apps take the My Domain address, not \
             test.salesforce.com"
        }
        "unsupported_grant_type" => {
            "the app's OAuth settings: whether the JWT bearer flow is enabled"
        }
        _ => {
            "the fields clientId, username, audience and loginUrl of the secret, and whether the certificate \
             of the app belongs to privateKey or kmsKeyId"
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn an_assertion_says_who_wants_in_where_and_expires_within_three_minutes() {
        let secret = json!({
            "loginUrl": "https://acme.my.salesforce.com",
            "audience": "https://login.salesforce.com",
            "clientId": "3MVG9",
            "username": "kim@corp.example",
            "kmsKeyId": "alias/lanyard",
        });
        let credentials = Credentials::from_secret(&secret.to_string()).unwrap();
        let assertion = assertion(&credentials, Timestamp::from_second(1_700_000_000).unwrap());
        let claims = URL_SAFE_NO_PAD.decode(assertion.split('.').nth(1).unwrap()).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(
            claims,
            json!({
                "iss": "3MVG9",
                "sub": "kim@corp.example",
                "aud": "https://login.salesforce.com",
                "exp": 1_700_000_120,
            })
        );
        assert_eq!(
            form(assertion.clone(), b"?>"),
            format!(
                "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant%2Dtype%3Ajwt%2Dbearer&assertion={assertion}.Pz4"
            )
        );
    }

    #[test]
    fn each_known_refusal_points_at_its_setting() {
        let table = [
            ("invalid_grant", "user hasn't approved this consumer", "Permitted Users"),
            ("invalid_grant", "audience is invalid", "audience"),
            ("invalid_grant", "expired authorization code", "clock"),
            ("invalid_grant", "authentication failure", "username"),
            (
                "invalid_app_access",
                "user is not admin approved to access this app",
                "permission sets",
            ),
            ("invalid_client_id", "client identifier invalid", "clientId"),
            ("app_not_found", "", "My Domain"),
            ("invalid_request", "no client credentials user enabled", "run-as"),
            ("invalid_grant", "something new", "certificate"),
        ];
        for (word, description, hint) in table {
            let body = json!({ "error": word, "error_description": description }).to_string();
            let Some(SignInError::Refused { error, setting }) = refused(body.as_bytes()) else {
                panic!("{word} was not read");
            };
            assert_eq!(error, word);
            assert!(setting.contains(hint), "{word}, {description}: {setting}");
        }
    }

    #[test]
    fn a_word_from_outside_is_not_repeated_unless_it_looks_like_one() {
        let error = refused(br#"{"error":"kim@corp.example is unknown"}"#).unwrap();
        assert!(!error.to_string().contains("kim"), "{error}");
        assert_eq!(refused(b"<html>"), None);
    }

    #[test]
    fn a_token_for_an_unsafe_address_is_not_used() {
        let body = |instance: &str, id: &str| {
            json!({ "access_token": "t", "instance_url": instance, "id": id }).to_string()
        };
        let id = "https://login.salesforce.com/id/00D000000000001EAA/005000000000001AAA";
        let recorded = granted(include_bytes!("../tests/fixtures/token.json")).ok();
        assert_eq!(
            recorded.map(|it| it.instance).as_deref(),
            Some("https://acme.my.salesforce.com")
        );
        let good = granted(body("https://acme.my.salesforce.com", id).as_bytes()).ok();
        assert_eq!(good.map(|good| good.identity.user.prefix().to_owned()).as_deref(), Some("005"));
        assert!(granted(body("http://acme.my.salesforce.com", id).as_bytes()).is_err());
        assert!(
            granted(body("https://acme.my.salesforce.com", "https://x/id").as_bytes()).is_err()
        );
        assert!(granted(b"{}").is_err());
    }
}
