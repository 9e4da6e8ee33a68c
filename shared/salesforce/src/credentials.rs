//! How to sign in, as kept in a secret.

use std::fmt;

use reqwest::Url;
use serde_json::Value;

use crate::key::Key;
use crate::secret::{CredentialsError, Secret};

/// Version of the API if the secret does not say.
const DEFAULT_VERSION: (u16, u16) = (66, 0);
/// Versions below are retired, or will be (Salesforce's end-of-life policy).
const LEAST_VERSION: u16 = 41;

/// What it takes to sign in with the OAuth JWT bearer flow.
///
/// Two compare equal if they lead to the same sign-in, which tells whether a secret was rotated.
#[derive(Clone)]
pub struct Credentials {
    login_url: String,
    audience: String,
    client_id: String,
    username: String,
    key: Key,
    api_version: String,
}

impl Credentials {
    /// Reads a secret: `{ "loginUrl", "audience"?, "clientId", "username", "privateKey" or "kmsKeyId", "apiVersion"? }`.
    ///
    /// `privateKey` holds the key itself; `kmsKeyId` names one that a key service keeps, and [`crate::Options::signer`] leads
    /// there. A secret has exactly one of them.
    ///
    /// The audience is the login address if it is not given: `login.salesforce.com` and
    /// `test.salesforce.com` are refused by External Client Apps, My Domain is taken everywhere.
    ///
    /// # Errors
    /// [`CredentialsError`], which names the first field that is wrong.
    pub fn from_secret(json: &str) -> Result<Self, CredentialsError> {
        let secret = Secret::parse(json)?;
        if ["loginUrl", "clientId", "username", "privateKey", "kmsKeyId"]
            .iter()
            .all(|field| secret.is_blank(field))
        {
            return Err(CredentialsError::Empty);
        }
        let expected = "the https address of the org's My Domain, without a path";
        let login_url = origin(secret.text("loginUrl", expected)?)
            .ok_or(CredentialsError::Field { field: "loginUrl", expected })?;
        let audience = if secret.is_blank("audience") {
            login_url.clone()
        } else {
            secret.text("audience", "the audience of the assertion, or left out")?.to_owned()
        };
        let client_id = secret.text("clientId", "the consumer key of the app")?.to_owned();
        let username = secret.text("username", "the username of the integration user")?.to_owned();
        let key = Key::of(&secret)?;
        let api_version = version(&secret)?;
        Ok(Self { login_url, audience, client_id, username, key, api_version })
    }

    /// Address that signs in, without a slash at the end.
    pub(crate) fn login_url(&self) -> &str {
        &self.login_url
    }

    /// Version of the API, for example `66.0`.
    pub(crate) fn api_version(&self) -> &str {
        &self.api_version
    }

    pub(crate) fn audience(&self) -> &str {
        &self.audience
    }

    pub(crate) fn client_id(&self) -> &str {
        &self.client_id
    }

    pub(crate) fn username(&self) -> &str {
        &self.username
    }

    /// The key that signs.
    pub(crate) fn key(&self) -> &Key {
        &self.key
    }
}

impl PartialEq for Credentials {
    fn eq(&self, other: &Self) -> bool {
        // Destructured so that a new field is not forgotten here.
        let Self { login_url, audience, client_id, username, key, api_version } = self;
        *login_url == other.login_url
            && *audience == other.audience
            && *client_id == other.client_id
            && *username == other.username
            && *key == other.key
            && *api_version == other.api_version
    }
}

impl Eq for Credentials {}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("login_url", &self.login_url)
            .field("api_version", &self.api_version)
            .finish_non_exhaustive()
    }
}

/// The scheme, host and port of an address that a token may be sent to: `https`, or `http` on this machine.
pub(crate) fn origin(address: &str) -> Option<String> {
    let address = address.trim();
    // Names outside ASCII are not supported, and an unoptimised build panics over those with a capital letter in them.
    if !address.is_ascii() || address.contains('%') {
        return None;
    }
    let url = Url::parse(address).ok()?;
    let bare = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    let safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    (bare && safe && url.has_host()).then(|| url.origin().ascii_serialization())
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare == "localhost"
        || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn version(secret: &Secret) -> Result<String, CredentialsError> {
    let given = match secret.get("apiVersion") {
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::String(text)) => text.trim().to_owned(),
        None | Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
            String::new()
        }
    };
    let wrong = CredentialsError::Field {
        field: "apiVersion",
        expected: "a version of the API from 41.0, such as 66.0, or left out",
    };
    let (major, minor) = if secret.is_blank("apiVersion") {
        DEFAULT_VERSION
    } else {
        let (major, minor) = given.split_once('.').unwrap_or((&given, "0"));
        let major = major.parse().map_err(|_| wrong)?;
        (major, minor.parse().map_err(|_| wrong)?)
    };
    if (LEAST_VERSION..1000).contains(&major) { Ok(format!("{major}.{minor}")) } else { Err(wrong) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const KEY: &str = include_str!("../../salesforce-simulator/src/demo-key.pem");
    const OTHER_KEY: &str = include_str!("../../salesforce-simulator/src/rotated-demo-key.pem");

    #[test]
    fn what_is_left_out_has_defaults() {
        let credentials = read(&json!({})).unwrap();
        assert_eq!(credentials.login_url(), "https://acme.my.salesforce.com");
        assert_eq!(credentials.audience(), "https://acme.my.salesforce.com");
        assert_eq!(credentials.api_version(), "66.0");
    }

    #[test]
    fn a_key_with_literal_line_ends_is_the_same_key() {
        let pasted = KEY.replace('\n', "\\n");
        assert_eq!(read(&json!({ "privateKey": pasted })), read(&json!({})));
    }

    #[test]
    fn a_rotated_key_makes_other_credentials() {
        assert_ne!(read(&json!({ "privateKey": OTHER_KEY })), read(&json!({})));
    }

    #[test]
    fn a_secret_that_nobody_filled_is_told_from_a_wrong_one() {
        let unfilled =
            json!({ "loginUrl": "", "clientId": " ", "username": null, "apiVersion": "66.0" });
        for secret in ["", "  ", "null", "{}", &unfilled.to_string()] {
            assert_eq!(Credentials::from_secret(secret), Err(CredentialsError::Empty), "{secret}");
        }
        assert_eq!(Credentials::from_secret("[]"), Err(CredentialsError::NotJson));
        assert_eq!(Credentials::from_secret("password"), Err(CredentialsError::NotJson));
    }

    #[test]
    fn each_wrong_field_is_named_and_its_value_is_not() {
        let wrong = [
            ("loginUrl", json!("http://acme.my.salesforce.com")),
            ("loginUrl", json!("https://acme.my.salesforce.com/services")),
            ("loginUrl", json!("https://s3cret@acme.my.salesforce.com")),
            ("loginUrl", json!("acme s3cret")),
            ("audience", json!(["s3cret"])),
            ("clientId", json!("")),
            ("username", json!(7)),
            ("privateKey", json!("s3cret")),
            ("privateKey", json!("-----BEGIN RSA PRIVATE KEY-----\ns3cret")),
            (
                "privateKey",
                json!("-----BEGIN PRIVATE KEY-----\nczNjcmV0\n-----END PRIVATE KEY-----"),
            ),
            ("apiVersion", json!("40.0")),
            ("apiVersion", json!("v66.0")),
            ("apiVersion", json!(true)),
        ];
        for (name, value) in wrong {
            let error = read(&json!({ name: value })).unwrap_err();
            assert!(
                matches!(error, CredentialsError::Field { field, .. } if field == name),
                "{error}"
            );
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for address in
            ["http://127.0.0.1:80/", "http://127.8.9.1:1", "http://[::1]:90", "http://localhost:1"]
        {
            assert!(origin(address).is_some(), "{address}");
        }
        for address in
            ["http://10.0.0.1", "http://localhost.acme.example", "ftp://localhost", "http://[::2]"]
        {
            assert_eq!(origin(address), None, "{address}");
        }
    }

    #[test]
    fn a_host_name_outside_ascii_is_refused_however_it_is_written() {
        // The library that reads addresses panics over such a name with a capital letter in it.
        for address in [
            "https://Acm\u{e9}.my.salesforce.com",
            "https://A\u{11800}.example",
            "https://%41cm%C3%A9.example",
            "http://127.0.0.1:1A\u{11800}",
        ] {
            assert_eq!(origin(address), None, "{address}");
        }
        assert!(origin("https://ACME.my.salesforce.com").is_some());
        assert!(origin("https://xn--acm-dma.example").is_some());
    }

    #[test]
    fn debug_shows_neither_key_nor_user() {
        let shown = format!("{:?}", read(&json!({})).unwrap());
        assert!(!shown.contains("kim@corp.example") && !shown.contains("3MVG9"), "{shown}");
    }

    fn read(changes: &Value) -> Result<Credentials, CredentialsError> {
        let mut secret = json!({
            "loginUrl": "https://acme.my.salesforce.com/",
            "clientId": "3MVG9",
            "username": "kim@corp.example",
            "privateKey": KEY,
        });
        for (name, value) in changes.as_object().unwrap() {
            secret[name] = value.clone();
        }
        Credentials::from_secret(&secret.to_string())
    }
}
