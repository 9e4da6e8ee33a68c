//! Several upstreams that are trusted, and what each of them sends.

use access::Policy;
use lanyard_local::batch;
use machinery::doors::failures;
use machinery::world::{World, event, minutes, text, told, with, world_with};
use serde_json::{Value, json};

/// A world in which two upstreams are trusted, under a policy.
pub(crate) async fn world_of(policy: Value) -> World {
    world_with(move |setup| {
        setup.policy = Policy::from_json(&policy.to_string()).expect("a policy");
        "corp.projects,vendor".clone_into(&mut setup.trusted_sources);
    })
    .await
}

/// Somebody accepts an invitation under another address.
pub(crate) fn accept_as(world: &World, invited: &str, entered: &str) {
    let invitation = world.org().open_invitations(invited).pop().expect("it is open");
    world.org().accept_as(&invitation.id, entered).expect("it is accepted");
}

/// Sends an event of a source through a function's queue, and says whether it is done with.
pub(crate) async fn send(world: &World, source: &str, detail_type: &str, detail: &Value) -> bool {
    world.pass(minutes(1));
    let body = with(event(world, detail_type, detail), &json!({ "source": source })).to_string();
    let batch = batch([body.as_str()]);
    let answer = if detail_type == "Customer Access Requested" {
        world.invite(batch).await
    } else {
        world.close_project(batch).await
    };
    failures(&answer.expect("a batch has no function errors")).is_empty()
}

/// Asks as a source, which is answered for good.
pub(crate) async fn ask(world: &World, source: &str, request: &Value) {
    assert!(send(world, source, "Customer Access Requested", request).await);
}

/// Closes a project as a source, and says whether that is done with.
pub(crate) async fn close(world: &World, source: &str, project: &str) -> bool {
    send(world, source, "Project Closed", &json!({ "projectId": project })).await
}

/// The codes of the refusals that were told.
pub(crate) fn refused(world: &World) -> Vec<String> {
    let told = told(world, "Customer Invitation Refused");
    told.iter().map(|it| text(&it.detail["error"]["code"])).collect()
}
