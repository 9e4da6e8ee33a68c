//! What a log line holds, and what never gets into one.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use runtime::{Invocation, LogFormat, LogSettings, Random, subscriber};
use serde_json::Value;

#[test]
fn a_line_is_one_json_object_with_its_fields_at_the_top() {
    let before = runtime::now().as_millisecond();
    let lines = captured("INFO", LogFormat::Json, || {
        let invocation =
            Invocation::new("r-1", runtime::now(), Duration::from_secs(1), Random::from_fn(|| 1));
        let _inside = invocation.span().entered();
        tracing::info!(target: "ledger::due", grantId = "g-1", looked = 3, dryRun = false, "read\nwhat is due");
    });

    let [line] = lines.as_slice() else { panic!("one line: {lines:?}") };
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["message"], "read\nwhat is due");
    assert_eq!(line["function"], "close-project");
    assert_eq!(line["requestId"], "r-1");
    assert_eq!(line["grantId"], "g-1");
    assert_eq!(line["looked"], 3);
    assert_eq!(line["dryRun"], false);
    assert_eq!(line["target"], "ledger::due");
    let timestamp: jiff::Timestamp = line["timestamp"].as_str().unwrap().parse().unwrap();
    let after = runtime::now().as_millisecond();
    assert!((before..=after).contains(&timestamp.as_millisecond()));
}

#[test]
fn other_crates_are_not_heard_below_a_warning_at_any_level() {
    for level in ["DEBUG", "TRACE"] {
        let lines = captured(level, LogFormat::Json, || {
            tracing::trace!(target: "lambda_runtime::layers::api_response", body = "PAYLOAD", "raw JSON event");
            tracing::debug!(target: "hyper_util::client", "PAYLOAD");
            tracing::info!(target: "aws_smithy_runtime::client", "PAYLOAD");
            tracing::debug!(target: "ledgerdemain", "PAYLOAD");
            tracing::error!(target: "lambda_runtime::layers::panic", "PAYLOAD");
            tracing::warn!(target: "rustls", "heard");
            tracing::debug!(target: "salesforce::transport", "heard");
            tracing::debug!(target: "close_project", "heard");
        });
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert!(lines.iter().all(|line| line.contains("\"heard\"")), "{lines:?}");
    }
}

#[test]
fn the_level_is_the_one_asked_for_and_never_takes_the_request_id() {
    let lines = captured("ERROR", LogFormat::Json, || {
        let invocation =
            Invocation::new("r-1", runtime::now(), Duration::from_secs(1), Random::from_fn(|| 1));
        let _inside = invocation.span().entered();
        tracing::warn!(target: "runtime", "too low");
        tracing::error!(target: "runtime", "heard");
    });
    assert_eq!(lines.len(), 1);
    assert!(lines[0].contains("\"requestId\":\"r-1\""), "{lines:?}");
}

#[test]
fn a_text_line_stays_one_line() {
    let lines = captured("INFO", LogFormat::Text, || {
        tracing::info!(target: "runtime", code = "A\nB", "two\nlines");
    });
    assert_eq!(lines.len(), 1);
    assert!(
        lines[0].ends_with(" INFO close-project runtime: two lines code=\"A\\nB\""),
        "{lines:?}"
    );
}

#[test]
fn an_error_is_written_with_its_causes() {
    let source = "x".parse::<u8>().unwrap_err();
    let error = io::Error::other(source);
    let lines = captured("INFO", LogFormat::Json, || {
        let error: &(dyn std::error::Error + 'static) = &Outer(error);
        tracing::info!(target: "runtime", error, "failed");
    });
    let line: Value = serde_json::from_str(&lines[0]).unwrap();
    // An `io::Error` speaks for what it wraps and has its wrapped error's cause as its own.
    assert_eq!(line["error"], "failed to read a number: invalid digit found in string");
}

#[test]
fn settings_come_from_the_platform() {
    let read = |level: &str, format: &str| {
        let (level, format) = (level.to_owned(), format.to_owned());
        let settings = LogSettings::from_environment("sweep", |name| match name {
            "AWS_LAMBDA_LOG_LEVEL" => Some(level.clone()),
            "AWS_LAMBDA_LOG_FORMAT" => Some(format.clone()),
            _ => None,
        });
        (settings.level.to_string(), settings.format)
    };
    assert_eq!(read("", ""), ("info".to_owned(), LogFormat::Json));
    assert_eq!(read("debug", "Text"), ("debug".to_owned(), LogFormat::Text));
    assert_eq!(read("FATAL", "JSON"), ("error".to_owned(), LogFormat::Json));
}

#[derive(Debug)]
struct Outer(io::Error);

impl std::fmt::Display for Outer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("failed to read a number")
    }
}

impl std::error::Error for Outer {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

fn captured(level: &str, format: LogFormat, log: impl FnOnce()) -> Vec<String> {
    let writer = Memory::default();
    let settings = LogSettings {
        function: "close-project".to_owned(),
        level: level.parse().expect("a level"),
        format,
    };
    tracing::subscriber::with_default(subscriber(writer.clone(), settings), log);
    writer.lines()
}

/// A writer that keeps what is written.
#[derive(Clone, Default)]
pub(crate) struct Memory(Arc<Mutex<Vec<u8>>>);

impl Memory {
    pub(crate) fn lines(&self) -> Vec<String> {
        let bytes = self.0.lock().expect("no panic before").clone();
        String::from_utf8(bytes).expect("text").lines().map(ToOwned::to_owned).collect()
    }
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic before").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
