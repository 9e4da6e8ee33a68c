//! Who signs with a key that is kept elsewhere.

use std::error::Error;
use std::pin::Pin;

/// A key service: it signs with keys that it keeps and never hands out.
pub trait Signer: Send + Sync {
    /// Signs `message` by RSASSA-PKCS1-v1_5 with SHA-256 (`RS256`), with the key that the service knows by the name `key`.
    ///
    /// It may be dropped at any time. Whoever implements it repeats what is worth repeating: it is not called again for the
    /// same message.
    fn sign<'a>(&'a self, key: &'a str, message: &'a [u8]) -> Signing<'a>;
}

/// A signature to come, as raw bytes.
pub type Signing<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, SigningError>> + Send + 'a>>;

/// There is no signature.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The service will not sign before a person has changed something.
    #[error("the key service refused to sign with {code}; {fix}")]
    Refused {
        /// The service's own word.
        code: &'static str,
        /// What to do.
        fix: &'static str,
    },
    /// It could not be asked, or did not answer in time. Later may be better.
    #[error("the key service did not sign")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
}
