//! Every log line is JSON, and none holds an address, a name, a message or a secret.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use lanyard_local::{PutEventsFault, batch};
use machinery::world::{
    World, closed, days, event, lose_ledger, minutes, request, text, with, world_with,
};
use runtime::{FunctionError, LogFormat, LogSettings};
use salesforce_simulator::{DEMO_KEY, Fault, FaultKind, Matching, NewUser, SignInRefusal};
use serde_json::{Value, json};
use tracing::instrument::WithSubscriber;

#[tokio::test]
async fn no_line_of_any_function_holds_what_is_personal_or_secret() {
    let world = world_with(|setup| setup.policy.maximum_ends_per_run = 2).await;
    let log = Log::default();

    everything(&world, &log).await;

    let mut lines = log.lines();
    assert!(lines.len() > 35, "{} lines", lines.len());
    let levels: std::collections::BTreeSet<String> =
        lines.iter().map(|line| text(&line["level"])).collect();
    for level in ["DEBUG", "INFO", "WARN", "ERROR"] {
        assert!(levels.contains(level), "{level} of {levels:?}");
    }
    let metrics = world.metrics();
    assert!(metrics.len() > 20, "{} lines", metrics.len());
    lines.extend(metrics);
    let secret: Value = serde_json::from_str(&world.simulator.secret_json()).unwrap();
    let key: Vec<&str> = DEMO_KEY.lines().filter(|line| !line.starts_with("-----")).collect();
    let mut personal = vec![
        "@",
        "acme.example",
        "corp.example",
        "Secret Alliance",
        "Operation Nightfall",
        "Come and see",
        "joint delivery",
        "Tier 1 rule",
        "Bearer",
        "00D5g!",
        "eyJ",
        "PRIVATE KEY",
        "SELECT ",
    ];
    personal.extend(key);
    let client_id = text(&secret["clientId"]);
    personal.push(&client_id);
    for line in &lines {
        let line = line.to_string();
        for word in &personal {
            assert!(!line.contains(word), "{word} is in {line}");
        }
    }
}

#[tokio::test]
async fn the_report_of_a_run_is_logged_once_whether_or_not_it_failed() {
    let world = world_with(|_| {}).await;
    let log = Log::default();
    log.invite(&world, request("P-1", "Acme", "ana@acme.example")).await.unwrap();
    world.org().accept_from("Acme", "ana@acme.example").unwrap();
    let sweep = log.sweep(&world, json!({})).await.unwrap();
    world.org().block_deactivation(None, "ask Kim first").unwrap();
    let closing = log.close(&world, closed(&world, "P-1")).await;
    let closing: Value = serde_json::from_str(&closing.expect_err("it is stuck").message).unwrap();

    let reports: Vec<Value> = log
        .lines()
        .iter()
        .filter_map(|line| line.get("report"))
        .map(|report| serde_json::from_str(&text(report)).expect("the report is JSON"))
        .collect();

    let mut logged = closing.clone();
    let said = logged["failures"][0].as_object_mut().unwrap().remove("message");
    assert_eq!(said, Some(json!("ask Kim first")), "an admin's words are for whoever invoked it");
    assert_eq!(reports, [sweep, logged]);
}

/// All that the functions do and all that can go wrong with it, heard at the most talkative level.
async fn everything(world: &World, log: &Log) {
    requests(world, log).await;
    faults(world, log).await;
    endings(world, log).await;
    lose_ledger(world).await;
    let _ = log.invite(world, asked("ana@acme.example")).await;
    let _ = log.sweep(world, json!({})).await;
    let _ = log.close(world, closed(world, "P-1")).await;
}

async fn requests(world: &World, log: &Log) {
    world.org().add_user(NewUser::internal("lee@corp.example")).expect("a user");
    let emails = "ana@acme.example bo@acme.example cy@acme.example lee@corp.example";
    let _ = log.invite(world, asked(emails)).await;
    let _ = log.invite(world, asked("not an address")).await;
    let requested = event(world, "Customer Access Requested", &asked("dee@acme.example"));
    let bodies = [requested.to_string(), "poison ana@acme.example".to_owned()];
    let _ = log.invite(world, batch(bodies.iter().map(String::as_str))).await;
}

async fn faults(world: &World, log: &Log) {
    let org = world.org();
    for matching in [Matching::writes_of("CollaborationInvitation"), Matching::reads_of("User")] {
        for fault in [
            FaultKind::DropAfter,
            FaultKind::BadGateway { committed: false },
            FaultKind::GarbageBody,
            FaultKind::DailyLimit,
            FaultKind::LockError { values: Vec::new(), fraction: 1.0, seed: 1 },
        ] {
            org.add_fault(Fault::once(fault).matching(matching.clone()));
            let _ = log.invite(world, asked("eve@acme.example fay@acme.example")).await;
            org.clear_faults();
            world.pass(minutes(16));
        }
    }
    let description = "ana@acme.example hasn't approved this consumer";
    org.refuse_sign_in(Some(SignInRefusal::new("invalid_grant", description)));
    org.expire_sessions();
    let _ = log.invite(world, asked("ana@acme.example")).await;
    let _ = log.sweep(world, json!({})).await;
    org.refuse_sign_in(None);
}

async fn endings(world: &World, log: &Log) {
    let org = world.org();
    for email in ["ana@acme.example", "bo@acme.example"] {
        org.accept_from("Secret Alliance", email).expect("the invitation is open");
    }
    world.aws.set_fault(Some(PutEventsFault::FirstEntryFails));
    let _ = log.sweep(world, json!({})).await;
    world.aws.set_fault(None);
    let closing = log.close(world, closed(world, "P-1")).await.expect("held is not failed");
    assert_ne!(closing["held"], 0);
    let rule = "Tier 1 rule of kim@corp.example";
    org.block_deactivation(Some("bo@acme.example"), rule).expect("a user");
    let _ = log.sweep(world, json!({ "release": closing["planDigest"] })).await;
    world.pass(days(1));
    let _ = log.sweep(world, json!({ "dryRun": true })).await;
    let _ = log.sweep(world, json!({})).await;
    let poison = json!({ "projectId": 7, "by": "kim@corp.example" });
    let _ = log.close(world, event(world, "Project Closed", &poison)).await;
}

fn asked(customers: &str) -> Value {
    let mut asked = request("P-1", "Secret Alliance", customers);
    asked["project"]["name"] = json!("Operation Nightfall");
    with(asked, &json!({ "message": "Come and see", "reason": "joint delivery" }))
}

/// What was logged.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub(crate) async fn invite(
        &self,
        world: &World,
        payload: Value,
    ) -> Result<Value, FunctionError> {
        self.heard("invite", Box::pin(world.invite(payload))).await
    }

    pub(crate) async fn close(
        &self,
        world: &World,
        payload: Value,
    ) -> Result<Value, FunctionError> {
        self.heard("close-project", Box::pin(world.close_project(payload))).await
    }

    async fn sweep(&self, world: &World, payload: Value) -> Result<Value, FunctionError> {
        self.heard("sweep", Box::pin(world.sweep(payload))).await
    }

    /// Runs a function while its lines are written down.
    async fn heard(
        &self,
        function: &str,
        running: impl Future<Output = Result<Value, FunctionError>>,
    ) -> Result<Value, FunctionError> {
        let settings = LogSettings {
            function: function.to_owned(),
            level: tracing::level_filters::LevelFilter::TRACE,
            format: LogFormat::Json,
        };
        running.with_subscriber(runtime::subscriber(self.clone(), settings)).await
    }

    pub(crate) fn lines(&self) -> Vec<Value> {
        let bytes = self.0.lock().expect("no panic").clone();
        let text = String::from_utf8(bytes).expect("the log is text");
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
            .collect()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
