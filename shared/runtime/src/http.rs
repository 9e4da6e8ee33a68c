//! The one HTTP client: one TLS configuration, one connection pool, for AWS and for Salesforce.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// How long opening a connection, with its TLS handshake, may take. The AWS SDK's own default.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(3100);

/// How long an idle connection is kept. Below the shortest time after which the other side is known to close one (S3: some
/// 20 s; DynamoDB and Salesforce later), so that a request seldom meets a connection that is just being closed.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(15);

/// Why there is no HTTP client. All of it is found at the start.
#[derive(Debug, thiserror::Error)]
pub enum HttpClientError {
    /// The file of further roots cannot be read.
    #[error("EXTRA_CA_BUNDLE names a file that cannot be read: {}", path.display())]
    UnreadableRoots {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file of further roots is not what it should be.
    #[error("EXTRA_CA_BUNDLE names a file that {problem}: {}", path.display())]
    UnusableRoots {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The TLS library refuses its configuration.
    #[error("failed to configure TLS")]
    Tls(#[source] rustls::Error),
    /// The HTTP library refuses its configuration.
    #[error("failed to build the HTTP client")]
    Build(#[source] reqwest::Error),
}

/// Builds the HTTP client; `extra_roots` is a PEM file of certificates to trust besides the compiled-in ones.
///
/// It speaks HTTP/1.1, follows no redirect, repeats nothing and ignores proxy variables: what it reaches is what the caller named.
///
/// # Errors
/// [`HttpClientError`], naming `EXTRA_CA_BUNDLE` where that is the cause.
pub fn http_client(extra_roots: Option<&Path>) -> Result<reqwest::Client, HttpClientError> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls(extra_roots)?)
        .http1_only()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(POOL_IDLE_TIMEOUT)
        .tcp_nodelay(true)
        .build()
        .map_err(HttpClientError::Build)
}

fn tls(extra_roots: Option<&Path>) -> Result<ClientConfig, HttpClientError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(path) = extra_roots {
        add_roots(&mut roots, path)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(HttpClientError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

fn add_roots(roots: &mut RootCertStore, path: &Path) -> Result<(), HttpClientError> {
    let unusable = |problem| HttpClientError::UnusableRoots { path: path.to_owned(), problem };
    let pem = std::fs::read(path)
        .map_err(|source| HttpClientError::UnreadableRoots { path: path.to_owned(), source })?;
    let before = roots.len();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        // The parser's own error would repeat the line that it stumbled on.
        let certificate = certificate.map_err(|_| unusable("is not PEM"))?;
        roots
            .add(certificate)
            .map_err(|_| unusable("holds a certificate that cannot be a root"))?;
    }
    if roots.len() == before { Err(unusable("holds no certificate")) } else { Ok(()) }
}
