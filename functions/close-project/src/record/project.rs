//! What is said of a project: that it closed or was reopened.

use access::event::ProjectEventIgnored;
use access::{
    Announcement, AnnouncementKind, OrgAlias, Project, ProjectChange, ProjectId, UnknownField,
};
use run::code::LEDGER_UNAVAILABLE;
use run::{Services, Trigger, deliver};
use runtime::{Caller, FunctionError, Invocation};

use super::allowed;
use super::recorded::{Recorded, Word};
use crate::event::Event;
use crate::unavailable;

/// How often a project is read anew because somebody else wrote it meanwhile.
const ATTEMPTS: usize = 5;

/// Records what an event says of its project. A continuation says nothing, and is given the project as it is recorded.
pub(super) async fn record(
    services: &Services,
    invocation: &Invocation,
    caller: &Caller,
    event: Event,
) -> Result<Recorded, FunctionError> {
    let Event { org, project, change, attempt, origin, unknown } = event;
    let project = if let Some(change) = &change {
        let said = Said { caller, event: &origin, change };
        change_project(services, invocation, &org, &project, &said).await?
    } else {
        let project = services.ledger.reader.project(&org, &project).await;
        project.map_err(|error| unavailable(&error))?
    };
    let (id, source) = (&project.id, &caller.source);
    tracing::info!(%org, project = %id, closed = project.is_closed(), %source, "project");
    if let Some(meant) = UnknownField::meant(&unknown) {
        // A name that no field has may be anything, so it does not stand in the log.
        let (code, fields) = (UnknownField::CODE, unknown.len());
        tracing::warn!(%org, project = %id, code, fields, meant, "the event has fields that are not known");
    }
    let (trigger, word) = (Trigger::Event, Word::Project(project));
    Ok(Recorded { trigger, org, word, attempt, origin, unknown })
}

/// What is said of a project, by whom, and with which event.
struct Said<'a> {
    caller: &'a Caller,
    event: &'a str,
    change: &'a ProjectChange,
}

async fn change_project(
    services: &Services,
    invocation: &Invocation,
    org: &OrgAlias,
    id: &ProjectId,
    said: &Said<'_>,
) -> Result<Project, FunctionError> {
    let Said { caller, event, change } = *said;
    let authority = allowed::authority(services, invocation, caller)?;
    for _ in 0..ATTEMPTS {
        let project = services.ledger.reader.project(org, id).await;
        let project = project.map_err(|error| unavailable(&error))?;
        let project = allowed::named(services, invocation, &authority, project).await?;
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
