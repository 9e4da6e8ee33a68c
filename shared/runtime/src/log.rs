//! Log lines: one JSON object each, ids only, nothing that other crates print below a warning.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::{self, Debug, Write as _};
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

use crate::clock;

/// Our own libraries: they log ids only and may be asked for their debug lines. A function's own crate joins them.
const OUR_CRATES: [&str; 6] = ["access", "chatter", "ledger", "run", "runtime", "salesforce"];

/// Where the Lambda runtime crate prints a failed handler's error in its debug form. The failure is logged here already,
/// inside its invocation.
const FAILURES_AGAIN: &str = "lambda_runtime::layers::panic";

/// What a line already says by itself; a field of that name gives way.
const RESERVED: [&str; 5] = ["timestamp", "level", "message", "function", "target"];

/// How a function logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// The function's name, in every line.
    pub function: String,
    /// The level down to which our own crates are heard.
    pub level: LevelFilter,
    /// What a line looks like.
    pub format: LogFormat,
}

/// What a line looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object.
    Json,
    /// Words and `name=value`, for people.
    Text,
}

impl LogSettings {
    /// Reads `AWS_LAMBDA_LOG_LEVEL` and `AWS_LAMBDA_LOG_FORMAT`, which the platform sets from the function's logging
    /// configuration; JSON at INFO where they are absent or say nothing known.
    #[must_use]
    pub fn from_environment(function: &str, lookup: impl Fn(&str) -> Option<String>) -> Self {
        let level = lookup("AWS_LAMBDA_LOG_LEVEL").unwrap_or_default().to_uppercase();
        let level = match level.as_str() {
            "TRACE" => LevelFilter::TRACE,
            "DEBUG" => LevelFilter::DEBUG,
            "WARN" => LevelFilter::WARN,
            "ERROR" | "FATAL" => LevelFilter::ERROR,
            _ => LevelFilter::INFO,
        };
        let format = lookup("AWS_LAMBDA_LOG_FORMAT").unwrap_or_default();
        let is_text = format.eq_ignore_ascii_case("text");
        let format = if is_text { LogFormat::Text } else { LogFormat::Json };
        Self { function: function.to_owned(), level, format }
    }
}

/// Makes every line of the process go to standard output, and a panic one line of its own: where it happened, without
/// its payload, which can hold anything.
pub(crate) fn init(settings: LogSettings) {
    // A second call, as when several handlers share a process, leaves the first in place.
    if tracing::subscriber::set_global_default(subscriber(io::stdout(), settings)).is_ok() {
        std::panic::set_hook(Box::new(|panic| {
            let location = panic.location().map(ToString::to_string).unwrap_or_default();
            tracing::error!(location, "panicked");
        }));
    }
}

/// The subscriber that a function installs, writing to `writer`, one call for each line.
pub fn subscriber(
    writer: impl Write + Send + 'static,
    settings: LogSettings,
) -> impl Subscriber + Send + Sync {
    let LogSettings { function, level, format } = settings;
    let own_crate = function.replace('-', "_");
    let filter = filter_fn(move |metadata| is_heard(metadata, &own_crate, level));
    let lines = Lines { writer: Mutex::new(writer), function, format };
    tracing_subscriber::registry().with(filter.with_max_level_hint(level)).with(lines)
}

/// Joins an error and all its causes with `: ` into one field.
#[must_use]
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| (*error).source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn is_heard(metadata: &Metadata<'_>, own_crate: &str, level: LevelFilter) -> bool {
    let target = metadata.target();
    if target == FAILURES_AGAIN {
        return false;
    }
    let name = target.split("::").next().unwrap_or_default();
    let is_ours = name == own_crate || OUR_CRATES.contains(&name);
    // Levels order by verbosity: TRACE is the greatest.
    *metadata.level() <= level && (is_ours || *metadata.level() <= Level::WARN)
}

struct Lines<W> {
    writer: Mutex<W>,
    function: String,
    format: LogFormat,
}

impl<S, W> Layer<S> for Lines<W>
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    W: Write + Send + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        for span in context.event_scope(event).into_iter().flatten() {
            let extensions = span.extensions();
            for (name, value) in extensions.get::<Fields>().into_iter().flat_map(|it| &it.0) {
                // From the innermost span outwards: what is nearer wins.
                fields.0.entry(*name).or_insert_with(|| value.clone());
            }
        }
        event.record(&mut fields);
        let line = self.line(event.metadata(), fields);
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        // A line that cannot be written has nowhere to be reported.
        let _ = writer.write_all(line.as_bytes());
    }
}

impl<W> Lines<W> {
    fn line(&self, metadata: &Metadata<'_>, Fields(mut fields): Fields) -> String {
        let message = match fields.remove("message") {
            Some(Value::String(message)) => message,
            Some(other) => other.to_string(),
            None => String::new(),
        };
        fields.retain(|name, _| !RESERVED.contains(name));
        let line = Line {
            timestamp: format!("{:.3}", clock::now()),
            level: metadata.level().as_str(),
            message,
            function: &self.function,
            target: metadata.target(),
            fields,
        };
        let mut text = match self.format {
            LogFormat::Json => serde_json::to_string(&line).unwrap_or_default(),
            LogFormat::Text => line.to_string().replace(char::is_control, " "),
        };
        text.push('\n');
        text
    }
}

#[derive(Serialize)]
struct Line<'a> {
    timestamp: String,
    level: &'static str,
    message: String,
    function: &'a str,
    target: &'a str,
    #[serde(flatten)]
    fields: BTreeMap<&'static str, Value>,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { timestamp, level, message, function, target, fields } = self;
        write!(formatter, "{timestamp} {level} {function} {target}: {message}")?;
        fields.iter().try_for_each(|(name, value)| write!(formatter, " {name}={value}"))
    }
}

/// The fields of an event or a span, by name.
#[derive(Default)]
struct Fields(BTreeMap<&'static str, Value>);

impl Fields {
    fn set(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name(), value.into());
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let mut text = String::new();
        // Only a broken `Debug` can fail here; what it wrote so far is kept.
        let _ = write!(text, "{value:?}");
        self.set(field, text);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.set(field, chain(value));
    }
}
