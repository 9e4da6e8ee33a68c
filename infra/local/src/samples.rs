//! The sample events of `infra/events`: what is rehearsed here is what is deployed.

use serde_json::Value;

use crate::stop::Stop;

/// Kim's request for three customers, as a direct invocation.
pub(crate) const INVITE_DIRECT: &str = include_str!("../../events/invite/direct.json");
/// A request through the HTTP API.
pub(crate) const INVITE_HTTP: &str = include_str!("../../events/invite/http-api.json");
/// A request from the queue.
pub(crate) const INVITE_QUEUE: &str = include_str!("../../events/invite/queue.json");
/// The close of Kim's project, from the queue.
pub(crate) const CLOSE_QUEUE: &str = include_str!("../../events/close-project/queue.json");
/// One customer's access, taken away by name.
pub(crate) const WITHDRAW_DIRECT: &str = include_str!("../../events/close-project/withdraw.json");
/// The nightly schedule.
pub(crate) const SWEEP_SCHEDULE: &str = include_str!("../../events/sweep/schedule.json");
/// What would be due on a day to come.
pub(crate) const SWEEP_DRY_RUN_AT: &str = include_str!("../../events/sweep/dry-run-at.json");

/// A sample as JSON.
pub(crate) fn parse(sample: &str) -> Result<Value, Stop> {
    serde_json::from_str(sample).map_err(Stop::Sample)
}
