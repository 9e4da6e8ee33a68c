//! The key that signs assertions: in the secret, or kept by a key service.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::RsaKeyPair;

use crate::secret::{CredentialsError, Secret};

/// The longest name of a key that AWS KMS takes, in bytes.
const LONGEST_ID: usize = 2_048;

/// The key that signs.
#[derive(Clone)]
pub(crate) enum Key {
    /// At hand, from the secret.
    Held {
        /// The key.
        pair: Arc<RsaKeyPair>,
        /// What it was read from, by which two are compared.
        bytes: Arc<[u8]>,
    },
    /// Kept by a key service, which signs with it and hands it out to nobody.
    Kept {
        /// By which name the service knows it.
        id: Arc<str>,
    },
}

impl Key {
    /// The key of a secret, which is in `privateKey` or named by `kmsKeyId`.
    pub(crate) fn of(secret: &Secret) -> Result<Self, CredentialsError> {
        match (secret.is_blank("privateKey"), secret.is_blank("kmsKeyId")) {
            (true, true) => Err(CredentialsError::Field {
                field: "privateKey",
                expected: "a PKCS#8 PEM text that begins with -----BEGIN PRIVATE KEY-----, or left out where kmsKeyId names \
                           a key",
            }),
            (false, false) => Err(CredentialsError::Field {
                field: "kmsKeyId",
                expected: "left out where there is a privateKey: a secret has exactly one of the two",
            }),
            (false, true) => held(secret),
            (true, false) => kept(secret),
        }
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Held { bytes, .. }, Self::Held { bytes: others, .. }) => bytes == others,
            (Self::Kept { id }, Self::Kept { id: other }) => id == other,
            (Self::Held { .. }, Self::Kept { .. }) | (Self::Kept { .. }, Self::Held { .. }) => {
                false
            }
        }
    }
}

/// Secrets are often pasted through a shell or a form, which leaves the two characters `\n` for a line's end.
fn held(secret: &Secret) -> Result<Key, CredentialsError> {
    let field = "privateKey";
    let expected = "a PKCS#8 PEM text that begins with -----BEGIN PRIVATE KEY-----";
    let pem = secret.text(field, expected)?.replace("\\r", "").replace("\\n", "\n");
    let body: String = pem
        .split_once("-----BEGIN PRIVATE KEY-----")
        .and_then(|(_, rest)| rest.split_once("-----END PRIVATE KEY-----"))
        .map(|(body, _)| body.split_whitespace().collect())
        .ok_or(CredentialsError::Field { field, expected })?;
    let bytes = STANDARD.decode(body).map_err(|_| CredentialsError::Field { field, expected })?;
    let expected = "an RSA key of 2,048 to 4,096 bits in PKCS#8";
    let pair =
        RsaKeyPair::from_pkcs8(&bytes).map_err(|_| CredentialsError::Field { field, expected })?;
    Ok(Key::Held { pair: Arc::new(pair), bytes: bytes.into() })
}

fn kept(secret: &Secret) -> Result<Key, CredentialsError> {
    let field = "kmsKeyId";
    let expected = "the id, the ARN or the alias (alias/…) of a KMS key";
    let id = secret.text(field, expected)?;
    if id.len() <= LONGEST_ID && names_a_key(id) {
        Ok(Key::Kept { id: id.into() })
    } else {
        Err(CredentialsError::Field { field, expected })
    }
}

/// Whether KMS may know a key by this name: a key's id, `alias/` and a name, or the ARN of either.
fn names_a_key(id: &str) -> bool {
    let is_all = |text: &str, others: &[u8]| {
        !text.is_empty()
            && text.bytes().all(|it| it.is_ascii_alphanumeric() || others.contains(&it))
    };
    let is_id = |text: &str| is_all(text, b"-");
    let is_alias =
        |text: &str| text.strip_prefix("alias/").is_some_and(|name| is_all(name, b"-_/"));
    let Some(arn) = id.strip_prefix("arn:") else { return is_alias(id) || is_id(id) };
    let parts: Vec<&str> = arn.splitn(5, ':').collect();
    let [partition, "kms", region, account, resource] = parts[..] else { return false };
    let is_resource = resource.strip_prefix("key/").is_some_and(is_id) || is_alias(resource);
    [partition, region].iter().all(|it| is_all(it, b"-"))
        && account.bytes().all(|it| it.is_ascii_digit())
        && account.len() == 12
        && is_resource
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const PEM: &str = include_str!("../../salesforce-simulator/src/demo-key.pem");
    const ARN: &str =
        "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    #[test]
    fn a_key_is_held_or_kept() {
        assert!(matches!(read(PEM, ""), Ok(Key::Held { .. })));
        for id in [
            "1234abcd-12ab-34cd-56ef-1234567890ab",
            "mrk-1234abcd12ab34cd56ef1234567890ab",
            "alias/lanyard/main_2",
            ARN,
            "arn:aws-us-gov:kms:us-gov-west-1:123456789012:alias/lanyard",
            " alias/lanyard\n",
        ] {
            let Ok(Key::Kept { id: kept }) = read("", id) else { panic!("{id}") };
            assert_eq!(*kept, *id.trim());
        }
    }

    #[test]
    fn what_is_no_name_of_a_key_is_refused_by_its_field() {
        let long = format!("alias/{}", "a".repeat(LONGEST_ID));
        for id in [
            "alias/",
            "alias/a b",
            "key/1234abcd",
            "a\u{a0}b",
            "arn:aws:kms:eu-central-1:123456789012:key/",
            "arn:aws:kms:eu-central-1:12345:key/1234abcd",
            "arn:aws:kms::123456789012:key/1234abcd",
            "arn:aws:iam:eu-central-1:123456789012:key/1234abcd",
            "arn:aws:kms:eu-central-1:123456789012:role/1234abcd",
            "arn:aws:kms:eu-central-1:123456789012:key/1234abcd:more",
            "arn:aws:kms",
            "-----BEGIN PRIVATE KEY-----",
            &long,
        ] {
            assert_eq!(field(&read("", id)), "kmsKeyId", "{id}");
        }
    }

    #[test]
    fn a_secret_has_exactly_one_key() {
        assert_eq!(field(&read(PEM, ARN)), "kmsKeyId");
        assert_eq!(field(&read("", "  ")), "privateKey");
        assert_eq!(field(&Key::of(&Secret::parse(r#"{"kmsKeyId": 7}"#).unwrap())), "kmsKeyId");
    }

    #[test]
    fn another_name_or_another_place_is_another_key() {
        let same = |one: Key, other: Key| one == other;
        assert!(same(read("", ARN).unwrap(), read("", ARN).unwrap()));
        assert!(!same(read("", ARN).unwrap(), read("", "alias/lanyard").unwrap()));
        assert!(!same(read(PEM, "").unwrap(), read("", ARN).unwrap()));
        assert!(!same(read("", ARN).unwrap(), read(PEM, "").unwrap()));
    }

    fn read(private_key: &str, kms_key_id: &str) -> Result<Key, CredentialsError> {
        let secret = json!({ "privateKey": private_key, "kmsKeyId": kms_key_id });
        Key::of(&Secret::parse(&secret.to_string())?)
    }

    fn field(read: &Result<Key, CredentialsError>) -> &'static str {
        match read {
            Err(CredentialsError::Field { field, .. }) => field,
            Err(error) => panic!("{error}"),
            Ok(_) => panic!("a key"),
        }
    }
}
