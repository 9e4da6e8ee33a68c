//! The functions' log lines, for who asks for them.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;

/// The crates whose lines are worth reading; others are heard from a warning on.
const OURS: [&str; 8] =
    ["chatter", "close_project", "invite", "lanyard_local", "ledger", "run", "runtime", "sweep"];

/// Prints log lines to standard error if `LANYARD_LOG` names a level, and nothing else ever.
pub(crate) fn init() {
    let level = std::env::var("LANYARD_LOG").ok().and_then(|it| it.parse::<LevelFilter>().ok());
    let Some(level) = level else { return };
    let filter = filter_fn(move |metadata| {
        let name = metadata.target().split("::").next().unwrap_or_default();
        let is_ours = OURS.contains(&name) || name == "salesforce";
        *metadata.level() <= level && (is_ours || *metadata.level() <= LevelFilter::WARN)
    });
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_filter(filter);
    // Nothing else in this process listens.
    let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(lines));
}
