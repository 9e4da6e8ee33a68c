//! The project closes: who goes, and what stays.

use access::{EndReason, Proof, State};
use lanyard_local::Event;
use serde_json::{Value, json};

use crate::cast::{ANA, BO, CY, LOUNGE};
use crate::samples;
use crate::stop::Stop;
use crate::story::beginning::GROUP;
use crate::story::teller::{Teller, name, text};

/// The announcement of an ending, which carries its proof.
pub(crate) const ENDED: &str = "Customer Access Ended";

pub(crate) async fn tell(teller: &mut Teller<'_>) -> Result<(), Stop> {
    teller.chapter("2026-11-25T16:00:05Z", "The project closes")?;
    teller.say(
        "The projects' own system announces that P-42 was delivered; the event waits in a queue and \
         arrives five seconds later as infra/events/close-project/queue.json.",
    );
    let before = teller.world.org().writes().len();
    let answer = teller.close_project(samples::parse(samples::CLOSE_QUEUE)?).await?;
    teller.checks.same("the event is consumed", answer, json!({ "batchItemFailures": [] }));
    let step = teller.step();
    let mut rows = Vec::new();
    for email in [ANA, BO, CY] {
        let proof = proof(&step.events, email)?;
        let seat = if teller.is_active(email) { "seat kept" } else { "seat given back" };
        rows.push([name(email), format!("out of {GROUP}"), seat.to_owned(), read_back(&proof)]);
        let is_member = teller.world.org().is_member(GROUP, email);
        teller.checks.that(&format!("{email} is out of the group"), !is_member);
        let open = teller.world.org().open_invitations(email).len();
        teller.checks.same(&format!("open invitations of {email}"), open, 0);
        teller.checks.same(&format!("{email} is read back as no member"), &proof["member"], false);
        let is_ended = matches!(
            teller.grant(email).await?.state,
            State::Ended { reason: EndReason::ProjectClosed, proof: Proof::Proven { .. }, .. }
        );
        teller.checks.that(&format!("the ledger has the end of {email} as proven"), is_ended);
        let is_seat_read_active = &proof["seatActive"];
        teller.checks.same(
            &format!("the seat of {email} is read back as kept or not"),
            is_seat_read_active,
            email == CY,
        );
    }
    teller.page.table(&rows);
    teller.say(
        "Memberships went first and seats second, in requests of their own, because Salesforce does \
         not let them share one. Cy is still a customer of somebody else: the seat is held by \
         Partner lounge, which is none of Lanyard's business. What was done was then read back, and \
         only that reading is called proof.",
    );
    teller.cost_of(&step);
    let seats = [ANA, BO, CY].map(|email| teller.is_active(email));
    teller.checks.same("who can still sign in", seats, [false, false, true]);
    let is_in_lounge = teller.world.org().is_member(LOUNGE, CY);
    teller.checks.that("cy is still in the other group", is_in_lounge);
    let project = teller.project("P-42").await?;
    teller.checks.same("the project is closed, and nothing of it is left", project, (true, false));
    order(teller, before);
    Ok(())
}

/// Of the writes after the first so many, membership deletions all come before the first change of a user, and never in the same
/// request.
fn order(teller: &mut Teller<'_>, before: usize) {
    let writes = teller.world.org().writes().split_off(before);
    let of = |object: &str| -> Vec<usize> {
        let touches =
            |call: &salesforce_simulator::Call| call.objects.iter().any(|it| it == object);
        writes.iter().enumerate().filter(|(_, call)| touches(call)).map(|(at, _)| at).collect()
    };
    let (members, users) = (of("CollaborationGroupMember"), of("User"));
    let is_ordered = members.last().zip(users.first()).is_some_and(|(last, first)| last < first);
    teller.checks.that("memberships went first, seats second", is_ordered);
}

/// The proof that was announced for a customer.
pub(crate) fn proof(events: &[Event], email: &str) -> Result<Value, Stop> {
    let of = |event: &&Event| event.detail_type == ENDED && text(&event.detail, "/email") == email;
    let proof = events.iter().find(of).and_then(|event| event.detail.get("proof")).cloned();
    proof.ok_or_else(|| Stop::Missing(format!("announced proof for {email}")))
}

/// What a proof says, in words.
pub(crate) fn read_back(proof: &Value) -> String {
    let is = |field: &str| proof.get(field).and_then(Value::as_bool).unwrap_or(true);
    let member = if is("member") { "still a member" } else { "no member" };
    let invited = if is("invited") { "invited" } else { "no invitation" };
    let seat = if is("seatActive") { "an active seat" } else { "no active seat" };
    let at = text(proof, "/readAt").get(11..16).unwrap_or_default();
    format!("read back at {at}: {member}, {invited}, {seat}")
}
