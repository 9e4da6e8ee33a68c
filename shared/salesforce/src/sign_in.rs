//! The OAuth JWT bearer flow: the assertion, the answer, and what a refusal means.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;
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
    #[error("salesforce refused the sign-in: {cause}; {fix}")]
    Refused {
        /// Salesforce's word and what its description means, for example `invalid_grant: inactive user`.
        cause: String,
        /// What to do.
        fix: &'static str,
    },
    /// The login address leads elsewhere, or there is no sign-in at it.
    #[error("there is no sign-in at the login address: status {status}")]
    Moved {
        /// HTTP status: 3xx, 404 or 410.
        status: u16,
        /// The host to which it leads, if it names one.
        host: Option<String>,
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

/// Domains of Salesforce's: each org has a host under one of them.
const DOMAINS: [&str; 6] = [
    "salesforce.com",
    "force.com",
    "salesforce.mil",
    "cloudforce.com",
    "database.com",
    "sfcrmproducts.cn",
];

/// Whether an address is one of Salesforce's, or that of the sign-in itself, or where that is on this machine also on this machine.
fn is_salesforce(instance: &str, login_url: &str) -> bool {
    let host = |address: &str| {
        Url::parse(address).ok().and_then(|it| it.host_str().map(str::to_lowercase))
    };
    let (Some(instance_host), Some(login_host)) = (host(instance), host(login_url)) else {
        return false;
    };
    let is_under = |domain: &str| {
        instance_host
            .strip_suffix(domain)
            .is_some_and(|rest| rest.ends_with('.') && instance.starts_with("https:"))
    };
    instance_host == login_host
        || DOMAINS.iter().any(|it| is_under(it))
        || (login_url.starts_with("http:") && instance.starts_with("http:"))
}

/// Reads the answer of a sign-in at this address that succeeded. The token is sent to Salesforce's own hosts only.
pub(crate) fn granted(login_url: &str, body: &[u8]) -> Result<Granted, SignInError> {
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
    if !is_salesforce(&instance, login_url) {
        return Err(SignInError::Answer { what: "instance_url is no host of salesforce" });
    }
    let mut path = answer.id.rsplit('/');
    let mut last = || path.next().and_then(|id| Id::parse(id).ok());
    let (Some(user), Some(org)) = (last(), last()) else {
        return Err(SignInError::Answer { what: "id does not end in the ids of org and user" });
    };
    Ok(Granted { access_token: token, instance, identity: Identity { org, user } })
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
    fn a_token_for_an_unsafe_address_is_not_used() {
        let body = |instance: &str, id: &str| {
            json!({ "access_token": "t", "instance_url": instance, "id": id }).to_string()
        };
        let id = "https://login.salesforce.com/id/00D000000000001EAA/005000000000001AAA";
        let login = "https://acme.my.salesforce.com";
        let granted = |body: &[u8]| super::granted(login, body);
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
        for (instance, is_used) in [
            ("https://acme--uat.sandbox.my.salesforce.com", true),
            ("https://ACME.my.salesforce.com", true),
            ("https://na1.force.com", true),
            ("https://acme.my.salesforce.com.attacker.example", false),
            ("https://notsalesforce.com", false),
            ("https://salesforce.com", false),
            ("https://attacker.example", false),
            ("http://127.0.0.1:1", false),
        ] {
            assert_eq!(granted(body(instance, id).as_bytes()).is_ok(), is_used, "{instance}");
        }
        let own = super::granted(
            "https://login.acme.example",
            body("https://login.acme.example", id).as_bytes(),
        );
        assert!(own.is_ok(), "the login host itself");
        let local = super::granted("http://127.0.0.1:7", body("http://localhost:7", id).as_bytes());
        assert!(local.is_ok(), "on one machine");
    }
}
