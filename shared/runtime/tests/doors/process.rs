//! A whole function process against an emulated Lambda Runtime API.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use runtime::{Clients, FunctionError, Invocation, Metric};
use serde_json::{Value, json};

use crate::door::{self, Asked, Door};

/// What must never be in a log.
const PRIVATE: &str = "ana@acme.example";

#[tokio::test]
async fn invocations_are_answered_and_failures_carry_their_code() {
    let lambda = Lambda::start(vec![
        json!({ "do": "answer", "email": PRIVATE }),
        json!({ "do": "fail", "email": PRIVATE }),
        json!({ "do": "panic", "email": PRIVATE }),
        json!({ "do": "answer" }),
    ])
    .await;
    let (answers, lines) = lambda.finish(4).await;

    let [(first, answer), (second, failure), (third, _), (fourth, _)] = answers.as_slice() else {
        panic!("four answers: {answers:?}")
    };
    assert!(first.ends_with("/invocation/r-0/response"), "{first}");
    assert_eq!(answer["requestId"], "r-0");
    assert_eq!(answer["door"], "queue", "the platform says by which alias it was invoked");
    assert!((1_800..=3_600).contains(&answer["seconds"].as_u64().unwrap()), "{answer}");
    assert!(second.ends_with("/invocation/r-1/error"), "{second}");
    assert_eq!(failure["errorType"], "RunFailed");
    assert_eq!(failure["errorMessage"], PRIVATE);
    // Builds for AWS end the process at a panic; this one answers and goes on.
    assert!(third.ends_with("/invocation/r-2/error"), "{third}");
    assert!(fourth.ends_with("/invocation/r-3/response"), "{fourth}");

    let about = |id: &str| lines.iter().filter(|it| it["requestId"] == id).collect::<Vec<_>>();
    let worked = about("r-0");
    assert_eq!(worked.len(), 2, "{lines:?}");
    assert_eq!(worked[0]["message"], "working");
    assert_eq!(worked[0]["function"], "sample");
    assert_eq!((&worked[1]["Ledger"], &worked[1]["Ended"]), (&json!("ledger"), &json!(1)));
    let failed = about("r-1");
    assert_eq!(failed.len(), 1, "{lines:?}");
    assert_eq!(failed[0]["errorType"], "RunFailed");
    let panicked = about("r-2");
    assert_eq!(panicked.len(), 1, "{lines:?}");
    assert_eq!(panicked[0]["message"], "panicked");
    assert!(panicked[0]["location"].as_str().unwrap().contains("process.rs:"), "{lines:?}");
    assert!(!format!("{lines:?}").contains(PRIVATE), "{lines:?}");
}

#[tokio::test]
async fn what_a_function_fetches_ahead_comes_before_its_first_invocation_and_may_be_absent() {
    let lambda = Lambda::start(vec![json!({ "do": "answer" })]).await;
    let asked = Arc::clone(&lambda.door);
    let (answers, lines) = lambda.finish(1).await;

    assert_eq!(answers.len(), 1);
    let first = &asked.asked()[0];
    assert_eq!(first.target, "secretsmanager.GetSecretValue");
    assert_eq!(first.json()["SecretId"], "lanyard/main");
    assert!(first.authorization.contains("Credential=environment-key/"), "{}", first.authorization);
    assert!(first.authorization.contains("/eu-west-1/"), "{}", first.authorization);
    let line = lines.iter().find(|line| line["message"] == "not prefetched").unwrap();
    assert_eq!(line["what"], "secret");
    assert!(line["error"].as_str().unwrap().contains("ResourceNotFoundException"), "{line}");
}

#[test]
fn a_function_that_cannot_start_says_why_once_and_fails() {
    for (absent, expected) in [
        (
            "AWS_LAMBDA_RUNTIME_API",
            "AWS_LAMBDA_RUNTIME_API is not set: this program runs inside AWS Lambda",
        ),
        (
            "LEDGER_TABLE",
            "the configuration is not complete: LEDGER_TABLE is not set: give it the name",
        ),
        ("AWS_REGION", "there are no AWS clients: AWS_REGION is not set: give it the region"),
        (
            "AWS_ACCESS_KEY_ID",
            "there are no AWS clients: AWS_ACCESS_KEY_ID is not set: Lambda sets it from the function's role",
        ),
    ] {
        let output = sample("127.0.0.1:1").env_remove(absent).output().unwrap();
        says_once(&output, expected);
    }
    let output = sample("127.0.0.1:1").env("AWS_USE_FIPS_ENDPOINT", "1").output().unwrap();
    says_once(&output, "there are no AWS clients: AWS_USE_FIPS_ENDPOINT must be true or false");
    let output = sample("127.0.0.1:1").env("EXTRA_CA_BUNDLE", "/absent.pem").output().unwrap();
    says_once(
        &output,
        "there is no HTTP client: EXTRA_CA_BUNDLE names a file that cannot be read: /absent.pem: No such file",
    );
    let output = sample("127.0.0.1:1").env("SAMPLE_BUILD", "fails").output().unwrap();
    says_once(&output, "the function could not be built: no tools");
}

/// The process that the others start.
#[test]
#[ignore = "the process that the other tests start"]
fn a_function() {
    let code = runtime::serve("sample", build, handle);
    assert_eq!(format!("{code:?}"), format!("{:?}", std::process::ExitCode::SUCCESS));
}

async fn build(clients: Clients) -> Result<Clients, std::io::Error> {
    if std::env::var_os("SAMPLE_BUILD").is_some() {
        return Err(std::io::Error::other("no tools"));
    }
    let name = format!("{}main", clients.configuration.secret_prefix);
    runtime::ahead("secret", clients.secrets.get_secret_value().secret_id(name).send()).await;
    Ok(clients)
}

async fn handle(
    clients: &Clients,
    invocation: Invocation,
    payload: Value,
) -> Result<Value, FunctionError> {
    assert_eq!(clients.configuration.ledger_table, "ledger");
    match payload["do"].as_str() {
        Some("fail") => Err(FunctionError::new("RunFailed", PRIVATE)),
        Some("panic") => panic!("{PRIVATE}"),
        _ => {
            tracing::info!(target: "runtime", "working");
            clients.metrics.record("sample", &invocation, &BTreeMap::from([(Metric::Ended, 1)]));
            Ok(json!({
                "requestId": invocation.request_id,
                "door": invocation.door().name(),
                "seconds": invocation.remaining().as_secs(),
            }))
        }
    }
}

/// The platform: hands out events, takes answers, and is the AWS endpoint as well.
struct Lambda {
    door: Arc<Door>,
    function: Child,
}

impl Lambda {
    async fn start(events: Vec<Value>) -> Self {
        let events = Arc::new(Mutex::new(events.into_iter().enumerate()));
        let door = Door::open(move |_, request: Asked| {
            let events = Arc::clone(&events);
            async move {
                if request.path.ends_with("/invocation/next") {
                    let next = events.lock().expect("no panic before").next();
                    match next {
                        Some((number, event)) => invocation(number, &event),
                        None => std::future::pending().await,
                    }
                } else if request.target.is_empty() {
                    door::json(202, &json!({ "status": "OK" }))
                } else {
                    door::json(400, &json!({ "__type": "ResourceNotFoundException" }))
                }
            }
        })
        .await;
        let address = door.endpoint.trim_start_matches("http://");
        let function = sample(address)
            .env("AWS_ENDPOINT_URL", &door.endpoint)
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        Self { door: Arc::new(door), function }
    }

    /// Waits for that many answers, ends the process, and gives the answers with their paths, and the log.
    async fn finish(mut self, count: usize) -> (Vec<(String, Value)>, Vec<Value>) {
        let is_answer = |asked: &Asked| asked.target.is_empty() && !asked.path.ends_with("/next");
        let are_there =
            |asked: &[Asked]| asked.iter().filter(|asked| is_answer(asked)).count() >= count;
        let function = &mut self.function;
        let has_ended = async {
            while function.try_wait().expect("a process of ours").is_none() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::select! {
            () = self.door.until(are_there) => {}
            // What it said until then is for the test to judge.
            () = has_ended => {}
            () = tokio::time::sleep(Duration::from_mins(5)) => {}
        }
        self.function.kill().expect("a process of ours");
        let output = self.function.wait_with_output().expect("its output");
        let answers = self.door.asked().into_iter().filter(is_answer);
        (answers.map(|asked| (asked.path.clone(), asked.json())).collect(), log(&output))
    }
}

fn invocation(number: usize, event: &Value) -> Response {
    let deadline = runtime::now().as_millisecond() + 3_600_000;
    let headers = [
        ("lambda-runtime-aws-request-id", format!("r-{number}")),
        ("lambda-runtime-deadline-ms", deadline.to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-central-1:1:function:sample:queue".to_owned(),
        ),
    ];
    (headers, event.to_string()).into_response()
}

/// A profile. Were it read, the endpoint in the environment would count for nothing. Written once, before the first process
/// starts, so that none finds half of it.
static PROFILE: LazyLock<PathBuf> = LazyLock::new(|| {
    let profile = Path::new(env!("CARGO_TARGET_TMPDIR")).join("profile");
    std::fs::write(&profile, "[default]\nignore_configured_endpoint_urls = true\n")
        .expect("a file");
    profile
});

/// This very binary as a function, with a whole environment and nothing of this one's.
fn sample(runtime_api: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("a path"));
    command
        // With one thread, as on one core, the harness would begin the line in which the function's first one ends.
        .args(["--exact", "process::a_function", "--ignored", "--nocapture", "--test-threads=2"])
        .env_clear()
        .env("AWS_CONFIG_FILE", PROFILE.as_path())
        .env("HTTP_PROXY", "http://127.0.0.1:1")
        .env("AWS_LAMBDA_RUNTIME_API", runtime_api)
        .env("AWS_LAMBDA_FUNCTION_NAME", "sample-1")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", "environment-key")
        .env("AWS_SECRET_ACCESS_KEY", "environment-secret")
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        .env("LEDGER_TABLE", "ledger")
        .env("EVENT_BUS", "bus")
        .env("TRUSTED_SOURCES", "corp.projects")
        .env("SALESFORCE_SECRET_PREFIX", "lanyard/");
    command
}

fn says_once(output: &Output, expected: &str) {
    assert!(!output.status.success());
    let lines = log(output);
    let errors: Vec<_> =
        lines.iter().filter(|line| line["message"] == "function stopped").collect();
    assert_eq!(errors.len(), 1, "{output:?}");
    let error = errors[0]["error"].as_str().expect("a text");
    assert!(error.starts_with(expected), "{error}");
}

/// The JSON lines among what the test harness prints.
fn log(output: &Output) -> Vec<Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}
