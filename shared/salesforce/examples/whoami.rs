//! Signs in with the secret in a file and tells who that is: `whoami secret.json`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "telling is what it is for")]

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use salesforce::{Client, ClientError, Credentials, Options, user_license};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Err(error) = tell().await else { return ExitCode::SUCCESS };
    let causes = std::iter::successors(Some(&*error), |error: &&dyn Error| (*error).source());
    let causes: Vec<String> = causes.map(ToString::to_string).collect();
    eprintln!("{}", causes.join(": "));
    ExitCode::FAILURE
}

async fn tell() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("give the path of a file with the secret")?;
    let credentials = Credentials::from_secret(&std::fs::read_to_string(path)?)?;
    let clock = Arc::new(|| Timestamp::try_from(SystemTime::now()).unwrap_or_default());
    let client = Client::new(http()?, credentials, Options::new(clock));

    let identity = client.identity().await.map_err(told)?;
    println!("org {}, user {}", identity.org, identity.user);
    for license in client.query(user_license::chatter_external()).await.map_err(told)? {
        let (total, used) = (license.total_licenses, license.used_licenses);
        println!("{} seats, {used} used, {} free", total, license.free());
    }
    let usage = client.usage();
    if let Some((used, limit)) = usage.api_usage {
        println!("{used} of {limit} api requests used in 24 hours");
    }
    println!("{} requests sent, sign-in included", usage.calls);
    Ok(())
}

/// What lasts is told with its fix.
fn told(error: ClientError) -> Box<dyn Error> {
    match error.not_ready() {
        Some(lasting) => lasting.into(),
        None => error.into(),
    }
}

fn http() -> Result<reqwest::Client, Box<dyn Error>> {
    let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect::<rustls::RootCertStore>();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(5))
        .build()?)
}
