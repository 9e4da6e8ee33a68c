//! What a message says is written before anything is done about it: from then on a closed project admits nobody.

use access::event::ProjectEventIgnored;
use access::{Announcement, AnnouncementKind, OrgAlias, Project, ProjectChange, ProjectId};
use run::code::LEDGER_UNAVAILABLE;
use run::{RunReport, Services, Trigger, deliver};
use runtime::{FunctionError, Invocation};
use serde_json::Value;

use crate::event::Event;
use crate::{FUNCTION, unavailable};

/// How often a project is read anew because somebody else wrote it meanwhile.
const ATTEMPTS: usize = 5;

/// A message whose word is recorded, and which is to be carried out.
pub(crate) struct Recorded {
    pub(crate) trigger: Trigger,
    pub(crate) org: OrgAlias,
    /// The project as it is recorded now.
    pub(crate) project: Project,
    /// How many continuations came before.
    pub(crate) attempt: u32,
    /// What the chain of runs began with.
    pub(crate) origin: String,
}

/// Records what a message says. `Err` before anything is ended.
pub(crate) async fn record(
    services: &Services,
    invocation: &Invocation,
    event: &Value,
    run_id: &str,
) -> Result<Recorded, FunctionError> {
    let event = Event::parse(event, invocation.now)
        .map_err(|error| FunctionError::new("INVALID_REQUEST", error.to_string()))?;
    let Event { org, project, change, attempt, origin } = event;
    let trigger = if change.is_some() { Trigger::Event } else { Trigger::Continuation };
    let recorded = change_project(services, invocation, &org, &project, &origin, change.as_ref());
    match recorded.await {
        Ok(project) => {
            tracing::info!(%org, project = %project.id, closed = project.is_closed, "project");
            Ok(Recorded { trigger, org, project, attempt, origin })
        }
        Err(error) => {
            let report = RunReport::new(run_id.to_owned(), trigger, invocation.now, false);
            Err(services.give_up(report, error, FUNCTION, invocation))
        }
    }
}

async fn change_project(
    services: &Services,
    invocation: &Invocation,
    org: &OrgAlias,
    id: &ProjectId,
    event: &str,
    change: Option<&ProjectChange>,
) -> Result<Project, FunctionError> {
    for _ in 0..ATTEMPTS {
        let project = services.ledger.reader.project(org, id).await;
        let project = project.map_err(|error| unavailable(&error))?;
        let Some(change) = change else { return Ok(project) };
        let Some(next) = project.after(change) else {
            if let Some(ignored) = ProjectEventIgnored::of(&project, change) {
                tell(services, invocation, org, event, ignored).await?;
            }
            return Ok(project);
        };
        match services.ledger.writer.commit_project(next, Vec::new()).await {
            Ok(project) => return Ok(project),
            Err(error) if error.is_conflict() => {}
            Err(error) => return Err(unavailable(&error)),
        }
    }
    Err(FunctionError::new(LEDGER_UNAVAILABLE, "the project is written by others all the time"))
}

/// Tells people of an event that changed nothing: whoever sent it may believe that it did.
async fn tell(
    services: &Services,
    invocation: &Invocation,
    org: &OrgAlias,
    event: &str,
    ignored: ProjectEventIgnored,
) -> Result<(), FunctionError> {
    tracing::warn!(%org, project = %ignored.project, "a newer project event is recorded");
    let id = format!("{event}-ProjectEventIgnored");
    let kind = AnnouncementKind::ProjectEventIgnored;
    let announcements = vec![Announcement::new(id, kind, org, invocation.now, ignored)];
    let writer = &services.ledger.writer;
    writer.announce(announcements.clone()).await.map_err(|error| unavailable(&error))?;
    deliver(&services.bus, writer, &announcements).await;
    Ok(())
}
