//! AWS KMS as the key service: it signs with keys that it never hands out.

use std::fmt;
use std::io;
use std::sync::OnceLock;

use aws_sdk_kms::Client;
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kms::operation::sign::SignError;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{MessageType, SigningAlgorithmSpec};
use aws_types::SdkConfig;
use salesforce::{Signer, Signing, SigningError};

/// AWS KMS, reached once a secret names a key (`kmsKeyId`).
pub struct KeyService {
    config: SdkConfig,
    /// Made for the first signature, for most orgs have their key in the secret.
    client: OnceLock<Client>,
}

impl KeyService {
    /// KMS behind this configuration. Sends nothing and makes no client yet.
    #[must_use]
    pub fn new(config: SdkConfig) -> Self {
        Self { config, client: OnceLock::new() }
    }

    async fn ask(&self, key: &str, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        let client = self.client.get_or_init(|| Client::new(&self.config));
        // KMS makes the digest itself, so what it signs is what it was sent: a few hundred bytes of at most 4,096.
        let request = client
            .sign()
            .key_id(key)
            .message(Blob::new(message))
            .message_type(MessageType::Raw)
            .signing_algorithm(SigningAlgorithmSpec::RsassaPkcs1V15Sha256);
        let answer = request.send().await.map_err(refused)?;
        let missing = || SigningError::Unavailable(io::Error::other("no signature").into());
        answer.signature.map(Blob::into_inner).ok_or_else(missing)
    }
}

impl Signer for KeyService {
    fn sign<'a>(&'a self, key: &'a str, message: &'a [u8]) -> Signing<'a> {
        Box::pin(self.ask(key, message))
    }
}

impl fmt::Debug for KeyService {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("KeyService")
    }
}

/// What a person must mend is told from what passes: throttling, time-outs, KMS's own faults, and what is not known.
fn refused(error: SdkError<SignError>) -> SigningError {
    match error.code().and_then(lasting) {
        Some((code, fix)) => SigningError::Refused { code, fix },
        None => SigningError::Unavailable(error.into()),
    }
}

/// KMS's word for what stays until a person changes something, and what that is.
fn lasting(code: &str) -> Option<(&'static str, &'static str)> {
    Some(match code {
        "AccessDeniedException" => (
            "AccessDeniedException",
            "deploy with the ARN of the key in SigningKeyArn, and see that the key's own policy lets the account's roles use it",
        ),
        "DisabledException" => {
            ("DisabledException", "enable the KMS key, or name another one in kmsKeyId")
        }
        "NotFoundException" => (
            "NotFoundException",
            "name a KMS key of this region in kmsKeyId, by its ARN if it is another account's",
        ),
        "InvalidKeyUsageException" | "UnsupportedOperationException" => (
            "InvalidKeyUsageException",
            "name a KMS key in kmsKeyId that is RSA and for SIGN_VERIFY",
        ),
        "KMSInvalidStateException" => (
            "KMSInvalidStateException",
            "cancel the deletion of the KMS key or finish its import, or name another one in kmsKeyId",
        ),
        "ValidationException" => {
            ("ValidationException", "put the id, the ARN or the alias of a KMS key into kmsKeyId")
        }
        _ => return None,
    })
}
