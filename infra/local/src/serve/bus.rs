//! What EventBridge does: rules that put events into the functions' queues.

use lanyard_local::{World, batch};
use runtime::{Door, FunctionError};
use serde_json::{Map, Value, json};

use crate::serve::served::Served;

/// Where the rules send an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    Invite,
    CloseProject,
    Sweep,
}

/// Takes an event as `PutEvents` does, adds what the bus adds, and gives it to the function whose rule matches.
pub(crate) async fn put(
    served: &Served,
    event: Map<String, Value>,
) -> Result<Value, FunctionError> {
    let event = completed(served, event);
    let answer = match target(&event, &served.sources) {
        None => json!({ "matched": null }),
        Some(target) => {
            let answer = deliver(&served.world, target, &event).await?;
            json!({ "matched": target.name(), "answer": answer })
        }
    };
    continue_runs(served).await;
    Ok(answer)
}

/// Gives the continuations that were emitted back to their functions, as the deployed rules do.
pub(crate) async fn continue_runs(served: &Served) {
    let mut seen = served.looked_through.lock().await;
    loop {
        let events = served.world.events();
        let Some(event) = events.get(*seen) else { return };
        *seen += 1;
        if event.detail_type != "Continuation" {
            continue;
        }
        let fields = json!({
            "source": event.source, "detail-type": event.detail_type, "detail": event.detail,
        });
        let Value::Object(fields) = fields else { continue };
        let event = completed(served, fields);
        let Some(target) = target(&event, &served.sources) else { continue };
        if let Err(error) = deliver(&served.world, target, &event).await {
            // As deployed: it is in the run's report, and the next sweep goes on.
            tracing::warn!(errorType = error.error_type, "a continuation failed");
        }
    }
}

impl Target {
    fn name(self) -> &'static str {
        match self {
            Self::Invite => "invite",
            Self::CloseProject => "close-project",
            Self::Sweep => "sweep",
        }
    }
}

/// The event with what the bus adds to an entry of `PutEvents`. What the sender gives is kept, but for the account, which is the bus's
/// to say.
fn completed(served: &Served, mut event: Map<String, Value>) -> Value {
    let now = served.world.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let defaults = [
        ("version", json!("0")),
        ("id", json!(format!("event-{}", served.number()))),
        ("source", json!(World::TRUSTED_SOURCE)),
        ("time", json!(now)),
        ("region", json!("eu-central-1")),
        ("resources", json!([])),
    ];
    for (field, value) in defaults {
        event.entry(field).or_insert(value);
    }
    event.insert("account".to_owned(), json!(World::ACCOUNT));
    Value::Object(event)
}

fn target(event: &Value, sources: &str) -> Option<Target> {
    let text = |pointer| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let is_trusted = sources.split(',').any(|it| it.trim() == text("/source"));
    match (text("/detail-type"), text("/source"), text("/detail/function")) {
        ("Customer Access Requested", _, _) if is_trusted => Some(Target::Invite),
        ("Project Closed" | "Project Reopened" | "Customer Access Withdrawn", _, _)
            if is_trusted =>
        {
            Some(Target::CloseProject)
        }
        ("Continuation", "lanyard", "close-project") => Some(Target::CloseProject),
        ("Continuation", "lanyard", "sweep") => Some(Target::Sweep),
        (_, _, _) => None,
    }
}

/// A queue is in front of each function.
async fn deliver(world: &World, target: Target, event: &Value) -> Result<Value, FunctionError> {
    let batch = batch([event.to_string().as_str()]);
    let queue = world.by(Door::Queue);
    match target {
        Target::Invite => queue.invite(batch).await,
        Target::CloseProject => queue.close_project(batch).await,
        Target::Sweep => queue.sweep(batch).await,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Target, target};

    #[test]
    fn events_go_where_the_rules_send_them() {
        for (detail_type, source, function, expected) in [
            ("Customer Access Requested", "corp.projects", "", Some(Target::Invite)),
            ("Project Closed", "corp.projects", "", Some(Target::CloseProject)),
            ("Project Reopened", "corp.projects", "", Some(Target::CloseProject)),
            ("Customer Access Withdrawn", "corp.projects", "", Some(Target::CloseProject)),
            ("Customer Access Requested", "crm", "", Some(Target::Invite)),
            ("Customer Access Requested", "corp", "", None),
            ("Project Closed", "corp", "", None),
            ("Project Closed", "lanyard", "", None),
            ("Continuation", "lanyard", "close-project", Some(Target::CloseProject)),
            ("Continuation", "lanyard", "sweep", Some(Target::Sweep)),
            ("Continuation", "corp", "sweep", None),
            ("Customer Joined", "lanyard", "", None),
        ] {
            let detail = json!({ "function": function });
            let event = json!({ "detail-type": detail_type, "source": source, "detail": detail });
            assert_eq!(target(&event, "corp.projects, crm"), expected, "{event}");
        }
    }
}
