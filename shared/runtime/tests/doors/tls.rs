//! Which servers are trusted.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use runtime::http_client;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

#[tokio::test]
async fn a_server_of_an_extra_root_is_trusted_and_no_other() {
    let address = tls_server();
    let trusting = http_client(Some(&folder().join("root.pem"))).unwrap();
    let answer = trusting.get(&address).send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "ok");

    let error = http_client(None).unwrap().get(&address).send().await.unwrap_err();
    assert!(
        runtime::chain(&error).contains("invalid peer certificate: UnknownIssuer"),
        "{error:?}"
    );
}

#[test]
fn a_wrong_file_of_roots_names_the_variable() {
    for (name, content, expected) in [
        ("absent.pem", None, "cannot be read"),
        ("empty.pem", Some(""), "holds no certificate"),
        ("words.pem", Some("not a certificate"), "holds no certificate"),
        ("cut.pem", Some("-----BEGIN CERTIFICATE-----\nAAAA\n"), "is not PEM"),
        (
            "hollow.pem",
            Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
            "holds a certificate that cannot be a root",
        ),
    ] {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        if let Some(content) = content {
            std::fs::write(&path, content).unwrap();
        }
        let error = http_client(Some(&path)).expect_err(name).to_string();
        assert!(error.starts_with("EXTRA_CA_BUNDLE names a file that "), "{error}");
        assert!(error.contains(expected) && error.contains(name), "{error}");
    }
}

/// A TLS server for `localhost` that answers `ok` to whoever trusts it. Blocking, on a thread of its own.
fn tls_server() -> String {
    let read = |name| std::fs::read(folder().join(name)).expect("a test file");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(read("server-key.der")));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("protocol versions")
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(read("server.der"))], key)
        .expect("a key that fits its certificate");
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let session = ServerConnection::new(Arc::clone(&config)).expect("a session");
            let mut stream = StreamOwned::new(session, connection);
            if stream.read(&mut [0; 4096]).is_ok() {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
                let _ = stream.flush();
            }
        }
    });
    format!("https://localhost:{port}/")
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/doors/tls")
}
