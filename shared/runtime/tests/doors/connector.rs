//! The AWS SDK over the shared HTTP client.

use std::time::Duration;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::Builder;
use aws_sdk_secretsmanager::config::retry::RetryConfig;
use aws_sdk_secretsmanager::config::timeout::TimeoutConfig;
use aws_sdk_secretsmanager::error::SdkError;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket};
use tokio::time::Instant;

use crate::door::{self, Door};

#[tokio::test]
async fn an_answer_of_500_is_tried_again() {
    let door = Door::open(|before, _| async move {
        if before < 2 {
            door::json(500, &json!({}))
        } else {
            door::json(200, &json!({ "SecretString": "s" }))
        }
    })
    .await;
    let answer = get(&client(&door.endpoint, 3, PATIENCE)).await.unwrap();

    assert_eq!(answer.as_deref(), Some("s"));
    let asked = door.asked();
    assert_eq!(asked.len(), 3);
    assert_eq!(asked[0].target, "secretsmanager.GetSecretValue");
    assert_eq!(asked[0].json(), json!({ "SecretId": "lanyard/main" }));
    assert!(asked[0].authorization.contains("Credential=local-key/"), "{}", asked[0].authorization);
    assert!(asked[0].authorization.contains("/eu-central-1/secretsmanager/"));
}

#[tokio::test]
async fn a_dropped_connection_is_tried_again() {
    let endpoint = raw_door(|connection| match connection {
        0 => Raw::Drop,
        _ => Raw::Answer("HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{\"SecretString\":\"s\"}"),
    })
    .await;
    let answer = get(&client(&endpoint, 2, PATIENCE)).await.unwrap();
    assert_eq!(answer.as_deref(), Some("s"));
}

#[tokio::test]
async fn a_connection_dropped_each_time_is_an_io_failure() {
    let endpoint = raw_door(|_| Raw::Drop).await;
    let error = get(&client(&endpoint, 1, PATIENCE)).await.unwrap_err();
    assert!(matches!(&error, SdkError::DispatchFailure(failure) if failure.is_io()), "{error:?}");
}

#[tokio::test]
async fn nobody_listening_is_an_io_failure() {
    // Kept, so that nobody else gets the port and listens.
    let silent = TcpSocket::new_v4().unwrap();
    silent.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let error = get(&client(&endpoint, 1, PATIENCE)).await.unwrap_err();
    assert!(matches!(&error, SdkError::DispatchFailure(failure) if failure.is_io()), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_come_is_a_timeout() {
    for raw in [Raw::Silence, Raw::Stall("HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{\"Sec")] {
        let endpoint = raw_door(move |_| raw).await;
        let client = client(&endpoint, 1, Duration::from_millis(200));
        let before = Instant::now();
        let error = get(&client).await.unwrap_err();
        assert!(
            matches!(&error, SdkError::DispatchFailure(failure) if failure.is_timeout()),
            "{error:?}"
        );
        // The clock stands still but for waiting, so this is how long was waited. The SDK's own watch over streams that
        // stand still would have taken five seconds.
        assert!(before.elapsed() < Duration::from_secs(2));
    }
}

#[tokio::test]
async fn all_services_share_one_connection() {
    let door = Door::open(|_, _| async {
        door::json(200, &json!({ "FailedEntryCount": 0, "Entries": [] }))
    })
    .await;
    let http = runtime::http_client(None).unwrap();
    let sdk = runtime::local_sdk_config(&http, &door.endpoint, "eu-central-1", "key").unwrap();
    for _ in 0..2 {
        let _ = get(&Client::new(&sdk)).await;
        let events = aws_sdk_eventbridge::Client::new(&sdk);
        let _ = events.put_events().set_entries(Some(Vec::new())).send().await;
    }
    http.get(&door.endpoint).send().await.unwrap().bytes().await.unwrap();

    assert_eq!(door.asked().len(), 5);
    assert_eq!(door.connections(), 1);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_a_journey() {
    let door = Door::open(|_, _| async {
        let mut answer = door::json(302, &json!({}));
        answer.headers_mut().insert("location", "/elsewhere".parse().unwrap());
        answer
    })
    .await;
    let http = runtime::http_client(None).unwrap();
    assert_eq!(http.get(&door.endpoint).send().await.unwrap().status().as_u16(), 302);
    assert_eq!(door.asked().len(), 1);
}

#[tokio::test]
async fn a_local_endpoint_must_be_local() {
    let http = runtime::http_client(None).unwrap();
    for endpoint in [
        "https://dynamodb.eu-central-1.amazonaws.com",
        "http://example.com",
        "https://127.0.0.1:8000",
        "http://127.0.0.1.example.com",
        "nonsense",
    ] {
        let refused = runtime::local_sdk_config(&http, endpoint, "eu-central-1", "key");
        assert!(refused.is_err(), "{endpoint}");
    }
    for endpoint in ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"] {
        let accepted = runtime::local_sdk_config(&http, endpoint, "eu-central-1", "key");
        assert!(accepted.is_ok(), "{endpoint}");
    }
}

/// Longer than an answer takes on however busy a machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A client that tries `attempts` times and waits so long for each answer.
fn client(endpoint: &str, attempts: u32, patience: Duration) -> Client {
    let http = runtime::http_client(None).expect("an HTTP client");
    let sdk = runtime::local_sdk_config(&http, endpoint, "eu-central-1", "local-key");
    let retries = RetryConfig::standard().with_max_attempts(attempts);
    let config = Builder::from(&sdk.expect("a local endpoint"))
        .timeout_config(TimeoutConfig::builder().read_timeout(patience).build())
        .retry_config(retries.with_initial_backoff(Duration::from_millis(1)))
        .build();
    Client::from_conf(config)
}

async fn get(
    client: &Client,
) -> Result<
    Option<String>,
    SdkError<aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError>,
> {
    let answer = client.get_secret_value().secret_id("lanyard/main").send().await?;
    Ok(answer.secret_string().map(ToOwned::to_owned))
}

/// What a connection gets once its request is there.
#[derive(Clone, Copy)]
enum Raw {
    Drop,
    Silence,
    Answer(&'static str),
    Stall(&'static str),
}

async fn raw_door(script: impl Fn(usize) -> Raw + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        let mut kept = Vec::new();
        for number in 0.. {
            let Ok((mut connection, _)) = listener.accept().await else { return };
            let _ = connection.read(&mut [0; 4096]).await;
            match script(number) {
                Raw::Drop => continue,
                Raw::Silence => {}
                Raw::Answer(text) | Raw::Stall(text) => {
                    let _ = connection.write_all(text.as_bytes()).await;
                }
            }
            kept.push(connection);
        }
    });
    endpoint
}
